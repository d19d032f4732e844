"""Reading a node's address book before and after a pod of it is deleted."""

from collections.abc import Iterable
from functools import partial
from typing import Final
from urllib.parse import quote

from conformance.errors import HarnessError
from conformance.handles import NodeUnderTest, Pod
from conformance.objects import ApiPod, read
from conformance.probes.load_balancing import converge
from conformance.probes.paths import dead_address, placed
from conformance.probes.wire import evidence_on
from conformance.userlands import evidence
from verdicts.observations.cni import AddressBook, BookEntry, PlacedPod

NO_BOOK: Final = "it shows no folder of host-local"


def address_book(node: NodeUnderTest) -> AddressBook:
    """Return whether the deleted pod's address is given back, once it had the time to be.

    Raises:
        HarnessError: the pod was not deleted, or the evidence pod is not ready or could not be asked.
    """
    gone = dead_address(node)
    name = node.judged.node.name
    unread = AddressBook(
        node=name,
        living=placed(node.probe_pod),
        gone=PlacedPod(pod=gone.pod, node=name, addresses=(gone.address,)),
        entries=None,
    )
    pod, reason = evidence_on(node, name)
    if pod is None:
        return unread.model_copy(update={"reason": reason})
    entries, waited = converge(
        partial(entries_of, pod, (*unread.living.addresses, *unread.gone.addresses)),
        lambda found: not unread.model_copy(update={"entries": found}).kept,
        what=f"{gone.address} is given back",
        bound=node.patience.address_given_back,
    )
    if entries is None:
        return unread.model_copy(update={"reason": NO_BOOK})
    book = unread.model_copy(update={"entries": entries, "seconds": waited.seconds})
    heirs = _heirs(node, gone.address) if book.kept else ()
    return book.model_copy(update={"heirs": heirs})


def entries_of(pod: Pod, addresses: Iterable[str]) -> tuple[BookEntry, ...] | None:
    """Return which of these addresses the books of an evidence pod's node have; None without one.

    Raises:
        HarnessError: they could not be read.
    """
    return evidence.read_book(pod.first.shell(evidence.book_command(addresses)).output)


def _heirs(node: NodeUnderTest, address: str) -> tuple[str, ...]:
    """Return the living pods of the cluster that have an address."""
    found = node.cluster.get(f"/api/v1/pods?fieldSelector={quote(f'status.podIP={address}')}")
    items = found.get("items")
    if not isinstance(items, list):
        raise HarnessError(
            f"pods with the address {address} - Expected: a list Actual: {str(found)[:100]!r}",
            next_step="see that the kubeconfig's server is a Kubernetes API",
        )
    pods = [read(ApiPod, item) for item in items if isinstance(item, dict)]
    return tuple(
        f"{pod.metadata.namespace}/{pod.metadata.name}" for pod in pods if not pod.has_ended
    )
