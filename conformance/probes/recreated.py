"""Deleting a Service and making it again under its name."""

from functools import partial

from conformance.errors import HarnessError
from conformance.handles import NodeUnderTest
from conformance.kinds import path_of
from conformance.objects import ApiService, read
from conformance.probes.convergence import SOON
from conformance.probes.load_balancing import first_answer
from conformance.probes.service_forms import PORT, service_manifest
from verdicts.observations.attempts import Attempts
from verdicts.observations.convergence import Recreated
from verdicts.observations.load_balancing import Convergence


def recreated(node: NodeUnderTest) -> Recreated:
    """Delete a Service and make it again under its name, and ask for it by that name.

    Raises:
        HarnessError: the client could not be asked, or the Service not be made.
    """
    return node.once("recreated", partial(_recreate, node))


def _recreate(node: NodeUnderTest) -> Recreated:
    client, backend = node.probe_pod.first, node.services.nodeport
    if backend.selector is None:
        raise HarnessError(f"{backend} selects nothing", next_step="see the fleet's plan")
    manifest = service_manifest(node, f"again-{node.id}", backend.selector[0])
    name = f"again-{node.id}.{node.fleet.namespace}.svc.{node.facts.cluster_domain}"

    def made() -> tuple[str, Attempts]:
        address = read(ApiService, node.cluster.create(manifest)).spec.cluster_ip
        answered, _ = first_answer(
            partial(client.dial, address, PORT),
            what=f"first answer of {address}:{PORT}",
            bound=node.patience.service_programmed,
        )
        return address, answered

    def by_name(bound: float) -> tuple[Attempts, Convergence]:
        return first_answer(
            partial(client.dial, name, PORT), what=f"an answer of {name}", bound=bound
        )

    try:
        old, _ = made()
        before, _ = by_name(node.patience.service_programmed)
        node.cluster.delete(path_of(manifest))
        new, directly = made()
        after, convergence = by_name(node.patience.endpoints_follow)
    finally:
        node.cluster.delete(path_of(manifest))
    return Recreated(
        name=name,
        addresses=(old, new),
        before=before,
        directly=directly,
        after=after,
        convergence=convergence,
        soon=SOON,
    )
