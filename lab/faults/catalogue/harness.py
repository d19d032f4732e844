"""Faults of what the suite asks by: none of them may be read as a defect of a platform."""

from lab.errors import LabError
from lab.faults import places, proofs
from lab.faults.fault import Fault, Undecided
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import Trial


def _ask_for_logs(site: Site, trial: Trial) -> str:
    """Ask the kubelet, through the API server, as exec does."""
    pod = trial.pod(site.node)
    path = f"/api/v1/namespaces/{trial.namespace}/pods/{pod.name}/log?container=first"
    try:
        return f"{len(trial.api.text(path))} letters of log"
    except LabError as error:
        return str(error.args[0])


FAULTS = (
    Fault(
        name="exec-broken",
        sentence="The API server is refused at the node's kubelet: no exec, no logs.",
        source="https://github.com/kubernetes/kubernetes/issues/40817",
        where=places.ANY_NODE,
        expects=Undecided(survives=False),
        # Pods may still ask for the kubelet's port, which is a check of its own.
        means=NodeRules(
            """
            chain input {
              type filter hook input priority -10; policy accept;
              ip saddr $api tcp dport 10250 counter reject with tcp reset
            }
            """
        ),
        proof=proofs.counted(_ask_for_logs),
    ),
)
