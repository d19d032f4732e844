"""Pods of a trial: what each is made of, and how it is reached from the host."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.api import Object, name_of, objects
from lab.cgroups import Cgroups
from lab.faults.asking import Space
from lab.faults.pods import ROLE_LABEL
from lab.node_description import Node

PORTS = {"first": 8080, "second": 8090, "third": 8100}
"""Where each container of a trial's pod listens, over TCP and UDP."""
_NOBODYS_PORT = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What of a trial's pod is otherwise than of the others."""

    is_ready: bool = True
    """Else its readiness probe asks a port that nobody serves."""
    host_port: int = 0
    """Of its node, for the first container's; 0 for none."""
    spec: Mapping[str, object] = field(default_factory=dict)
    """More of its specification."""


@dataclass(frozen=True, slots=True)
class TrialPod:
    """A running pod of three containers."""

    name: str
    node: Node
    address: str
    spaces: Mapping[str, Space]
    """The network namespace of each container, by its name."""
    roots: Mapping[str, Path]
    """The root folder of each container, seen from the host."""

    def ask(self, action: str, *arguments: object, container: str = "first") -> str:
        """Ask from a container's network namespace; see `asking`."""
        return self.spaces[container].ask(action, *arguments)

    def get(self, address: object, port: int = 80) -> str:
        """Ask over HTTP for the name of the pod that answers, or tell how it ended instead."""
        return self.ask("get", address, port, "/hostname")

    def names(self, address: object, times: int, port: int = 80) -> list[str]:
        """Do so on so many connections: what came of each, up to the first that timed out."""
        return self.repeatedly(times, "get", address, port, "/hostname")

    def repeatedly(self, times: int, action: str, *arguments: object) -> list[str]:
        """Ask so many times; what came of each, up to the first that timed out."""
        return self.ask("repeatedly", times, action, *arguments).splitlines()

    def read(self, path: str, *, container: str = "first") -> str:
        """Read a file as a container has it."""
        return Path(self.roots[container], path.lstrip("/")).read_text()


def manifest(
    name: str, node: Node, *, role: str, image: str, wishes: Wishes
) -> Mapping[str, object]:
    """Return a pod of three containers, of which the first has a readiness probe and named ports."""
    containers: list[dict[str, object]] = [
        {
            "name": container,
            "image": image,
            "imagePullPolicy": "Never",
            "args": ["netexec", f"--http-port={port}", f"--udp-port={port}"],
        }
        for container, port in PORTS.items()
    ]
    first, host = PORTS["first"], {"hostPort": wishes.host_port} if wishes.host_port else {}
    probed = first if wishes.is_ready else _NOBODYS_PORT
    containers[0]["readinessProbe"] = {"httpGet": {"port": probed}, "periodSeconds": 1}
    containers[0]["ports"] = [
        {"name": "tcp", "containerPort": first, "protocol": "TCP", **host},
        {"name": "udp", "containerPort": first, "protocol": "UDP"},
    ]
    return {
        "metadata": {"name": name, "labels": {"role": role, ROLE_LABEL: role}},
        "spec": {
            # By name and not by the scheduler: a fault may concern whatever that looks at.
            "nodeName": node.name,
            "tolerations": [{"operator": "Exists"}],
            "terminationGracePeriodSeconds": 0,
            "enableServiceLinks": False,
            "automountServiceAccountToken": False,
            "containers": containers,
            **wishes.spec,
        },
    }


def found(pod: Object, node: Node) -> TrialPod:
    """Return a running pod as it is reached from the host."""
    status = pod["status"]
    assert isinstance(status, dict)
    pids = {
        str(each["name"]): _pid(node, str(each["containerID"]).rpartition("/")[2])
        for each in objects(status["containerStatuses"])
    }
    return TrialPod(
        name=name_of(pod),
        node=node,
        address=str(status["podIP"]),
        spaces={name: Space(Path(f"/proc/{pid}/ns/net")) for name, pid in pids.items()},
        roots={name: Path(f"/proc/{pid}/root") for name, pid in pids.items()},
    )


def all_running(pod: Object) -> bool:
    """Tell whether every container of a pod runs, and the pod has its address."""
    status = pod.get("status")
    if not isinstance(status, dict) or not status.get("podIP"):
        return False
    containers = objects(status.get("containerStatuses"))
    return len(containers) == len(PORTS) and all(
        isinstance(each["state"], dict) and "running" in each["state"] for each in containers
    )


def restarts(pod: Object, container: str) -> int:
    """Count how often a container was started again."""
    status = pod["status"]
    assert isinstance(status, dict)
    statuses = {str(each["name"]): each for each in objects(status["containerStatuses"])}
    return int(str(statuses[container]["restartCount"]))


def _pid(node: Node, container: str) -> int:
    """Return the host's pid of a container's first process, by the node's own cgroup.

    Pods that ask for no resources have theirs there; those of others, which come and go, are not
    looked into.
    """
    root = Cgroups.mounted().hierarchies[0].root
    of_pods = f"{node.cgroup}/kubepods/besteffort/pod*"
    (tasks,) = root.glob(f"{of_pods}/{container}/cgroup.procs")
    return int(tasks.read_text().split()[0])
