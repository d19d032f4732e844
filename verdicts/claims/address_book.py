"""The claim of the row cni-plugin on what a deleted pod leaves behind in its node's address book."""

from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.cni import AddressBook


def a_deleted_pods_address_is_given_back(observation: AddressBook) -> Finding:
    """After a pod was deleted the plugin's own book no longer has its address as given away.

    Code: `leaked`. Not applicable: `unread` (no evidence pod is allowed to look, or the node has no
    such book), `kept-elsewhere` where the book does not know a living pod of the same node either: it
    is another IPAM's, or another network's. Inconclusive: `given-again`, where a living pod has
    the address by now, so that the entry may be that one's.

    Facts: `address`, `network`, `seconds` (until it was given back, or was given up).
    Source: https://www.cni.dev/docs/spec/#del-remove-container-from-network-or-un-apply-modifications;
    leaks: https://github.com/kubernetes/kubernetes/issues/68511.
    """
    if observation.entries is None:
        return Finding.not_applicable(
            "unread", f"no address book of {observation.node} was read: {observation.reason}"
        )
    networks = observation.networks
    if not networks:
        return Finding.not_applicable(
            "kept-elsewhere",
            f"no address book of {observation.node} has {observation.living.addresses[0]} of "
            f"{observation.living.pod}, which is alive",
        )
    kept = observation.kept
    facts = _facts(observation, networks)
    if not kept:
        return Finding.passed(
            f"{observation.gone.addresses[0]} of the deleted pod is given back to "
            f"{', '.join(sorted(networks))}",
            **facts,
        )
    if observation.heirs:
        return Finding.inconclusive(
            "given-again",
            f"{kept[0].address} of {observation.gone.pod} is {observation.heirs[0]}'s by now",
            **facts,
        )
    return Finding.failed(
        "leaked",
        f"{observation.gone.pod} is gone, and {kept[0].network} has its {kept[0].address} as given "
        f"away {observation.seconds:.0f} s later",
        **facts,
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    a_deleted_pods_address_is_given_back.__name__: a_deleted_pods_address_is_given_back
}


def _facts(observation: AddressBook, networks: Iterable[str]) -> dict[str, JsonValue]:
    return {
        "address": observation.gone.addresses[0],
        "network": ", ".join(sorted(networks)),
        "seconds": observation.seconds,
    }
