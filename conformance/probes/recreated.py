"""Deleting a Service and making it again under its name."""

from functools import partial

from conformance import manifests
from conformance.handles import NodeUnderTest
from conformance.kinds import path_of
from conformance.plan import PlannedService
from conformance.probes.dns import look_up, tries_past_its_proxy
from conformance.probes.load_balancing import converge
from conformance.probes.own_services import made_anew
from conformance.probes.stage import SOON
from conformance.userlands.names import LIMIT
from verdicts.observations.convergence import Recreated
from verdicts.observations.dns import Lookup
from verdicts.observations.load_balancing import Convergence


def recreated(node: NodeUnderTest) -> Recreated:
    """Delete a Service and make it again under its name, and look that name up meanwhile.

    It has no backends: what a service proxy makes of it is no matter of names.

    Raises:
        HarnessError: the resolver could not be asked, or the Service not be made.
    """
    return node.once("recreated", partial(_recreate, node))


def _recreate(node: NodeUnderTest) -> Recreated:
    planned = PlannedService(
        name=f"again-{node.id}", namespace=node.fleet.namespace, selects=False
    )
    manifest = manifests.service(planned, run_id=node.fleet.run_id)
    name = f"{planned.name}.{planned.namespace}.svc.{node.facts.cluster_domain}."
    tries = tries_past_its_proxy(node)
    # A question that the proxy loses is waited for as long as that and spoils the next one.
    lost = LIMIT if tries > 1 else 0

    def asked() -> Lookup:
        _, found = look_up(node.probe_pod.first, (name,), tries=tries)
        return found[name]

    def yields(address: str, bound: float) -> tuple[Lookup, Convergence]:
        return converge(
            asked,
            lambda lookup: lookup.addresses == (address,),
            what=f"{name} yields {address}",
            bound=bound,
        )

    try:
        old = made_anew(node, manifest)
        before, _ = yields(old, node.patience.service_programmed + lost)
        new = made_anew(node, manifest)
        after, convergence = yields(new, node.patience.endpoints_follow + lost)
    finally:
        node.cluster.delete(path_of(manifest))
    return Recreated(
        name=name,
        addresses=(old, new),
        before=before,
        after=after,
        convergence=convergence,
        soon=SOON,
    )
