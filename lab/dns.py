"""The cluster's DNS: CoreDNS on a Linux node, behind the Service that every pod asks."""

from collections.abc import Mapping

from lab.api import Api
from lab.node_description import Emulation
from lab.topology import Topology

_NAME = "coredns"
_NAMESPACE = "kube-system"
_LABELS = {"k8s-app": "kube-dns"}
_BUILT_IN_DOMAIN = "cluster.local"
_RBAC = "rbac.authorization.k8s.io"

Manifest = Mapping[str, object]


def corefile(topology: Topology) -> str:
    """Return CoreDNS's configuration: the cluster's names, and NXDOMAIN for all others.

    CoreDNS without a forwarder would say SERVFAIL to foreign names, which a resolver takes as
    "ask again" and not as "no such name".
    """
    zones = _zones(topology)
    return f"""\
{" ".join(f"{zone}:53" for zone in zones)} {{
    errors
    health
    ready
    kubernetes {" ".join(zones)} {{
        pods insecure
        ttl 1
    }}
}}
.:53 {{
    errors
    template ANY ANY {{
        rcode NXDOMAIN
        authority "{{{{ .Zone }}}} 1 {{{{ .Class }}}} SOA ns.{topology.cluster_domain}. \
hostmaster.{topology.cluster_domain}. (1 60 60 60 1)"
    }}
}}
"""


def _zones(topology: Topology) -> list[str]:
    """Return the zones in which the cluster's names are answered.

    The Windows user-mode proxier has `cluster.local` built in (winuserspace/proxysocket.go), so
    beside one that was started for another domain the built-in one is answered as well.
    """
    zones = [topology.cluster_domain]
    if any(node.emulates(Emulation.WINDOWS_PROXIER) for node in topology.nodes):
        zones.append(_BUILT_IN_DOMAIN)
    return [*dict.fromkeys(zones), "in-addr.arpa"]


def manifests(topology: Topology, image: str) -> list[tuple[str, Manifest]]:
    """Return the objects of CoreDNS, each with the API path under which it is created."""
    core, rbac = f"/api/v1/namespaces/{_NAMESPACE}", f"/apis/{_RBAC}/v1"
    return [
        # A fresh API server makes it by itself, soon after it is ready.
        ("/api/v1/namespaces", {"metadata": {"name": _NAMESPACE}}),
        (
            f"{core}/serviceaccounts",
            _object("v1", "ServiceAccount"),
        ),
        (
            f"{rbac}/clusterroles",
            _object(
                f"{_RBAC}/v1",
                "ClusterRole",
                rules=[
                    _readable("", "endpoints", "services", "pods", "namespaces"),
                    _readable("discovery.k8s.io", "endpointslices"),
                ],
            ),
        ),
        (
            f"{rbac}/clusterrolebindings",
            _object(
                f"{_RBAC}/v1",
                "ClusterRoleBinding",
                roleRef={"apiGroup": _RBAC, "kind": "ClusterRole", "name": _NAME},
                subjects=[{"kind": "ServiceAccount", "name": _NAME, "namespace": _NAMESPACE}],
            ),
        ),
        (f"{core}/configmaps", _object("v1", "ConfigMap", data={"Corefile": corefile(topology)})),
        (f"{core}/services", _service(topology)),
        (f"/apis/apps/v1/namespaces/{_NAMESPACE}/deployments", _deployment(topology, image)),
    ]


def _object(api_version: str, kind: str, **content: object) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": _NAME}, **content}


def _readable(group: str, *resources: str) -> Manifest:
    return {"apiGroups": [group], "resources": list(resources), "verbs": ["list", "watch"]}


def _service(topology: Topology) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "labels": _LABELS},
        "spec": {
            "clusterIP": str(topology.dns_address),
            "selector": _LABELS,
            "ports": [
                # The Windows user-mode proxier rewrites requests to ports of exactly this name.
                {"name": "dns", "port": 53, "protocol": "UDP"},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
            ],
        },
    }


def _deployment(topology: Topology, image: str) -> Manifest:
    container = {
        "name": _NAME,
        "image": image,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
    }
    return _object(
        "apps/v1",
        "Deployment",
        spec={
            "replicas": 1,
            "selector": {"matchLabels": _LABELS},
            "template": {
                "metadata": {"labels": _LABELS},
                "spec": {
                    "serviceAccountName": _NAME,
                    "dnsPolicy": "Default",
                    "enableServiceLinks": False,
                    # Placed by hand, it starts while its node is still becoming Ready.
                    "nodeName": topology.dns_node.name,
                    "tolerations": [{"operator": "Exists"}],
                    "containers": [container],
                    "volumes": [{"name": "config", "configMap": {"name": _NAME}}],
                },
            },
        },
    )


def apply(api: Api, topology: Topology, image: str) -> None:
    """Create CoreDNS and all that it needs; nothing waits for it here."""
    for path, manifest in manifests(topology, image):
        api.create(path, manifest)


def is_ready(deployment: Mapping[str, object]) -> bool:
    """Tell from the Deployment whether CoreDNS answers."""
    status = deployment.get("status")
    return isinstance(status, Mapping) and bool(status.get("readyReplicas"))


DEPLOYMENTS = f"/apis/apps/v1/namespaces/{_NAMESPACE}/deployments"
