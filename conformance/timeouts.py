"""Every duration, in seconds, named for what it bounds.

*Contract*: part of what is claimed; never scaled. *Convenience*: how long we are willing to wait
for something that is not itself under test; a slower cluster may need more of it. Those conveniences
that a broken cluster lets pass whole are a run's `Patience`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

HANDSHAKE: Final = 3.0
"""Contract: a TCP handshake that has not completed by then is `timed-out`."""

DIAL_TRY: Final = 5.0
"""Contract: agnhost gives each try of `/dial` this long (dialHTTP and dialUDP, 1.37.2)."""

REQUEST: Final = 15.0
"""Convenience: one request through the API server that does not itself wait for anything."""

API_SERVICE: Final = 8.0
"""Convenience: until pods are answered at the API server's own Service.

It is as old as the cluster, so that no proxy has it to program yet; but an API server may be away
for a moment, and clusters that keep pods from it are not to be waited for at length.
"""

CONNECT_TO_API: Final = 5.0
"""Convenience: until the API server accepts a connection."""

SHELL: Final = 20.0
"""Convenience: one short command in a container."""

EXEC: Final = 30.0
"""Convenience: one command by exec, its websocket's opening included."""

IMAGE_PULL_GRACE: Final = 30.0
"""Convenience: how long a failing image pull may go on before the pod is given up."""

POD_TOLD_OF: Final = 10.0
"""Convenience: from a pod's being asked for, which exists by then, to the watch's telling of it.

One that is not told of by then was deleted by somebody.
"""

TRANSPORT_SELF_TEST: Final = 10.0
"""Convenience: from a container Running to its netexec listening."""

SELF_TEST_REQUEST: Final = 5.0
"""Convenience: one request of the transport self-test."""

FLEET_REMOVED: Final = 20.0
"""Contract of a run with its user: the fleet is gone by then, or what is left is named."""

LEASE: Final = 40.0
"""Convenience: a run whose Lease was not renewed for so long is dead."""

LEASE_RENEWAL: Final = 10.0
"""Convenience: how often a living run renews its Lease."""

POD_LIFETIME: Final = 3600
"""Convenience: activeDeadlineSeconds of every pod, should nobody be left to delete it."""

WATCH_REOPENED: Final = 60.0
"""Convenience: how long one watch request lasts before it is opened anew."""


class Profile(StrEnum):
    """How patient a run is, by name."""

    FIELD = "field"
    """As any cluster needs it."""
    LAB = "lab"
    """As the one-machine lab needs it, so that a defect that was made there shows in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a run waits for what a cluster does in its own time; all of it convenience."""

    pod_ready: Mapping[str, float]
    """From a pod's creation to Ready, its image's pull included, by userland.

    Pulls of Windows images take minutes: https://github.com/kubernetes-sigs/windows-testing
    """
    evidence_ready: float
    """The same for an evidence pod, which a run can do without.

    It never becomes ready where a node has no /etc/cni/net.d, and only the kubelet's events say so.
    """
    ready_after_running: float
    """From all of a pod's containers running to its kubelet finding it ready.

    The fleet's readiness probes are asked every second; a pod that runs for so long unready has a
    kubelet that does not get through to it, or a server that does not come up.
    """
    unready_given_up: float
    """The same, where a pod is of no use unready: whatever is left of the time that it was given.

    Longer, as nothing can be asked of what is given up.
    """
    restarted: float
    """From a container's end to its server's answering again.

    The first restart comes at once, but kubelets look for ended containers once a second only.
    """
    service_programmed: float
    """From a Service with ready backends to its first answer on a node.

    kube-proxy and HNS work asynchronously; seen up to tens of seconds:
    https://github.com/kubernetes/kubernetes/issues/109162
    """
    endpoints_follow: float
    """From a backend's label changing to the proxy's following it.

    Proxies of Windows are given the time of a Service's first programming.
    """
    host_port_mapped: float
    """From a pod with a hostPort being ready to its node's port leading to it.

    CNI plugins map it before the pod's containers start; datapaths that learn of it by a watch
    follow within seconds. Where nothing maps it, all of this is waited for.
    https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/#support-hostport
    """
    pod_gone: float
    """From a pod's deletion to its address no longer answering."""
    address_given_back: float
    """From a pod's being gone to its address being given away no longer.

    It is given back when the plugin executes DEL; one that is kept is waited for in vain.
    https://www.cni.dev/docs/spec/#del-remove-container-from-network-or-un-apply-modifications
    """


FIELD: Final = Patience(
    pod_ready=MappingProxyType({"linux": 180.0, "windows": 600.0}),
    evidence_ready=60.0,
    ready_after_running=60.0,
    unready_given_up=120.0,
    restarted=60.0,
    service_programmed=120.0,
    endpoints_follow=120.0,
    host_port_mapped=10.0,
    pod_gone=60.0,
    address_given_back=60.0,
)
LAB: Final = Patience(
    pod_ready=MappingProxyType({"linux": 60.0, "windows": 60.0}),
    evidence_ready=30.0,
    ready_after_running=8.0,
    unready_given_up=20.0,
    restarted=12.0,
    # The slowest of hundreds of waits on a busy lab: 6 s, for the proxy of Kubernetes 1.25.
    service_programmed=8.0,
    endpoints_follow=8.0,
    host_port_mapped=4.0,
    pod_gone=20.0,
    address_given_back=8.0,
)

PATIENCE: Final = MappingProxyType({Profile.FIELD: FIELD, Profile.LAB: LAB})
