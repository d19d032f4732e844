"""Faults of what the suite asks by: none of them may be read as a defect of a platform."""

from lab.errors import LabError
from lab.faults import places, proofs, stand_in
from lab.faults.cables import PulledCable
from lab.faults.fault import Bite, Fault, Moment, Proof, Undecided
from lab.faults.load import BusyProcessors
from lab.faults.plugins import WrappedPlugin
from lab.faults.pods import DeletedPod, deleted
from lab.faults.programs import Restarted, kept_pid
from lab.faults.rules import NodeRules
from lab.faults.site import Site
from lab.faults.trial import Trial, comes_true
from lab.faults.trial_pods import PORTS
from lab.processes import PYTHON
from lab.proxies import PROXY_MODE_PORT

_API_SERVER = "kube-apiserver"


def _ask_for_logs(site: Site, trial: Trial) -> str:
    """Ask the kubelet, through the API server, as exec does."""
    pod = trial.pod(site.node)
    path = f"/api/v1/namespaces/{trial.namespace}/pods/{pod.name}/log?container=first"
    try:
        return f"{len(trial.api.text(path))} letters of log"
    except LabError as error:
        return str(error.args[0])


def _is_another_process(site: Site, _trial: Trial) -> Bite:
    before, now = kept_pid(site, _API_SERVER), site.machine.running().get(_API_SERVER)
    return Bite(
        before is not None and now is not None and before != now,
        f"its process is {now}, and was {before or now}",
    )


def _ask_the_node(site: Site, trial: Trial) -> str:
    """Ask the judged node's proxy for its mode, from a pod of another node."""
    client = trial.pod(proofs.other_node(site))
    return client.ask("get", site.topology.address(site.node), PROXY_MODE_PORT, "/proxyMode")


def _loops_run(site: Site, _trial: Trial) -> Bite:
    loops = [name for name in site.machine.running() if name.startswith("fault-busy")]
    return Bite(bool(loops), f"{len(loops)} loops run")


def _ask_through_the_api(site: Site, trial: Trial) -> str:
    """Ask a pod by the API server's pod proxy."""
    pod = trial.pod(site.node)
    path = f"/api/v1/namespaces/{trial.namespace}/pods/{pod.name}:8080/proxy/hostname"
    try:
        return trial.api.text(path)
    except LabError as error:
        return str(error.args[0])


def _pod_is_gone(site: Site, _trial: Trial) -> Bite:
    path = deleted(site)
    if path is None:
        return Bite(bites=False, seen="no pod was deleted")
    gone = comes_true(
        lambda: not _is_there(site, path), what="the pod is gone", timeout=proofs.LONG_ENOUGH
    )
    return Bite(gone, f"{path} {'is gone' if gone else 'is there'}")


def _is_there(site: Site, path: str) -> bool:
    try:
        metadata = site.api.get(path)["metadata"]
    except LabError:
        return False
    return isinstance(metadata, dict) and "deletionTimestamp" not in metadata


def _says_nonsense(name: str) -> Proof:
    """Prove that a pod of a name says nonsense when it is asked who it is, in- and outside."""

    def proof(site: Site, trial: Trial) -> Bite:
        pod, client = trial.fresh(site.node, name=name), trial.pod(site.node)

        def said() -> set[str]:
            return {client.get(pod.address, PORTS["first"]), pod.get("127.0.0.1", PORTS["first"])}

        nonsense = comes_true(
            lambda: said() == {_NONSENSE},
            what="nonsense is answered",
            timeout=proofs.LONG_ENOUGH if site.is_made else 0,
        )
        seen = sorted(said())
        trial.remove(pod)
        return Bite(nonsense, f"answered {seen}")

    return proof


_NONSENSE = "%PDF-1.4 <html>502</html> {"
"""Not empty, no JSON, and nobody's name."""
_LISTENING = ", ".join(str(port) for port in PORTS.values())


def _nonsense_of(pods: str) -> WrappedPlugin:
    """Inside too: whatever way the suite has into these pods, it comes to the same answer."""
    return WrappedPlugin(
        pods=(pods,),
        server=(*PYTHON, stand_in.__file__, str(stand_in.PORT), _NONSENSE),
        rules=f"""
        chain prerouting {{
          type nat hook prerouting priority -100; policy accept;
          tcp dport {{ {_LISTENING} }} counter redirect to :{stand_in.PORT}
        }}
        chain output {{
          type nat hook output priority -100; policy accept;
          fib daddr type local tcp dport {{ {_LISTENING} }} counter redirect to :{stand_in.PORT}
        }}
        """,
    )


FAULTS = (
    Fault(
        name="pod-proxy-broken",
        sentence="The API server is refused at the node's pods, as where it has no way to them.",
        source="https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/#apiserver-to-nodes-pods-and-services",
        where=places.ROUTED_PODS,
        expects=Undecided(survives=False),
        means=NodeRules(
            """
            chain forward {
              type filter hook forward priority -10; policy accept;
              ct direction original ip saddr $api ip daddr $pods counter reject
            }
            """
        ),
        proof=proofs.counted(_ask_through_the_api),
    ),
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
    Fault(
        name="api-server-restarted",
        sentence="The API server is killed in mid-run, and started again.",
        source="https://github.com/Azure/AKS/issues/2150",
        where=places.CLUSTER,
        expects=Undecided(survives=False),
        means=Restarted(_API_SERVER),
        proof=_is_another_process,
        moment=Moment.DURING_RUN,
    ),
    Fault(
        name="node-lost",
        sentence="In mid-run the node is cut off: nobody reaches it, and it reaches nobody.",
        source="https://kubernetes.io/docs/concepts/architecture/nodes/#node-status",
        where=places.ANY_NODE,
        expects=Undecided(survives=False),
        means=PulledCable(),
        proof=proofs.answered(_ask_the_node, "timed out"),
        moment=Moment.DURING_RUN,
    ),
    Fault(
        name="processors-busy",
        sentence="A busy loop runs on each processor of the machine.",
        source="https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
        where=places.CLUSTER,
        expects=Undecided(survives=False),
        means=BusyProcessors(),
        proof=_loops_run,
    ),
    Fault(
        name="probe-pod-deleted",
        sentence="The node's probe pod is deleted in mid-run, as evictions and people do.",
        source="https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/",
        where=places.ANY_NODE,
        expects=Undecided(survives=False),
        means=DeletedPod("probe"),
        proof=_pod_is_gone,
        moment=Moment.DURING_RUN,
    ),
    Fault(
        name="probe-answers-nonsense",
        sentence="The node's probe pod answers every request with the same nonsense.",
        source="https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#are-the-pods-working",
        where=places.SHARED_COMPARTMENT,
        expects=Undecided(survives=False),
        means=_nonsense_of("probe-*"),
        proof=_says_nonsense("probe-of-a-trial"),
    ),
    Fault(
        name="peer-answers-nonsense",
        sentence="A pod that is asked by others answers every request with the same nonsense.",
        source="https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#are-the-pods-working",
        where=places.SHARED_COMPARTMENT,
        expects=Undecided(survives=False),
        means=_nonsense_of("peer-*-0"),
        proof=_says_nonsense("peer-of-a-trial-0"),
    ),
)
