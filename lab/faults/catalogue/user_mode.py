"""Faults of load balancing in user mode."""

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.programs import Stopped
from lab.faults.service_proxies import PROXY, MisinformedProxy
from lab.faults.site import Site
from lab.faults.trial import Trial, comes_true

_ROW = "user-mode-load-balancing"


def _does_not_answer(site: Site, trial: Trial) -> Bite:
    """A Service that another node's pods are answered by is silent from this node's."""
    backend = trial.pod(proofs.other_node(site), role="served")
    service = trial.service("served", role="served")
    trial.await_served(service, trial.pod(proofs.other_node(site)), {backend.name})
    client = trial.pod(site.node)
    answers = comes_true(
        lambda: client.get(service.address) == backend.name,
        what="the Service answers",
        timeout=proofs.LONG_ENOUGH,
    )
    return Bite(not answers, f"the Service {'answers' if answers else 'is silent'}")


FAULTS = (
    Fault(
        name="proxy-dead",
        sentence="The service proxy of the node has ended, and nobody starts it again.",
        source="https://github.com/Azure/acs-engine/issues/531",
        where=places.USER_MODE,
        expects=Turns(check="user-tcp-backends", feature=_ROW, codes=("no-answer",)),
        means=Stopped(PROXY),
        proof=_does_not_answer,
    ),
    Fault(
        name="removed-endpoint-served-user-mode",
        sentence="The user-mode proxy goes on choosing endpoints that a Service has lost.",
        source="https://github.com/kubernetes/kubernetes/issues/67875",
        where=places.USER_MODE,
        expects=Turns(
            check="user-backends-follow", feature=_ROW, codes=("backend-kept",), verdict="partial"
        ),
        means=MisinformedProxy("removed-endpoints-kept"),
        proof=proofs.removed_endpoint_is_served,
    ),
)
