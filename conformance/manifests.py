"""Pure functions from a plan to API objects."""

from types import MappingProxyType
from typing import Final

from conformance import timeouts
from conformance.objects import JsonObject
from conformance.plan import (
    LABEL,
    NODE_LABEL,
    ROLE_LABEL,
    RUN_LABEL,
    FleetPlan,
    PlannedContainer,
    PlannedPod,
    PlannedService,
    Role,
)
from conformance.userlands.evidence import CNI_DIRECTORY, CNI_STATE

KEPT_ANNOTATION: Final = f"{LABEL}/kept"
FINGERPRINT_ANNOTATION: Final = f"{LABEL}/fingerprint"
ACCOUNT: Final = "netparity"
LEASE_NAME: Final = "run"
_NOBODY: Final = 65534

# A mesh's sidecar would answer in the pod's place; these are the words by which each stays away:
# https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/
# https://linkerd.io/2/reference/proxy-configuration/
# https://developer.hashicorp.com/consul/docs/k8s/annotations-and-labels
# https://kuma.io/docs/latest/reference/kubernetes-annotations/
_MESH_LABELS: Final = MappingProxyType(
    {
        "sidecar.istio.io/inject": "false",
        "istio.io/dataplane-mode": "none",
        "kuma.io/sidecar-injection": "disabled",
    }
)
_MESH_ANNOTATIONS: Final = MappingProxyType(
    {
        "linkerd.io/inject": "disabled",
        "consul.hashicorp.com/connect-inject": "false",
        "openservicemesh.io/sidecar-injection": "disabled",
    }
)


def namespaces(plan: FleetPlan, *, fingerprint: str, kept: bool) -> list[JsonObject]:
    """Return both namespaces, and in each the account of its pods.

    The account is made by hand because a namespace's own `default` comes some time after it.
    """
    levels = {plan.namespace: "restricted", plan.privileged_namespace: "privileged"}
    annotations: JsonObject = {FINGERPRINT_ANNOTATION: fingerprint}
    if kept:
        annotations[KEPT_ANNOTATION] = "true"
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": name,
                "labels": {
                    RUN_LABEL: plan.run_id,
                    "pod-security.kubernetes.io/enforce": level,
                    "istio-injection": "disabled",
                },
                "annotations": {**annotations, "linkerd.io/inject": "disabled"},
            },
        }
        for name, level in levels.items()
    ]


def accounts(plan: FleetPlan) -> list[JsonObject]:
    """Return the service account of each namespace; no pod mounts its token."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": ACCOUNT, "namespace": name, "labels": {RUN_LABEL: plan.run_id}},
            "automountServiceAccountToken": False,
        }
        for name in plan.namespaces
    ]


def service(planned: PlannedService, *, run_id: str) -> JsonObject:
    """Return a Service of the plan."""
    ports: list[JsonObject] = [
        {"name": "http", "protocol": "TCP", "port": planned.port, "targetPort": planned.target}
    ]
    if planned.udp is not None:
        port, target = planned.udp
        # Not called `dns`: winuserspace rewrites what goes through a port of that name.
        ports.append({"name": "udp", "protocol": "UDP", "port": port, "targetPort": target})
    spec: JsonObject = {
        "type": "NodePort" if planned.node_port else "ClusterIP",
        "ports": list(ports),
    }
    if planned.selector is not None:
        key, value = planned.selector
        spec["selector"] = {key: value}
    return service_of(planned.name, planned.namespace, spec, run_id=run_id)


def service_of(name: str, namespace: str, spec: JsonObject, *, run_id: str) -> JsonObject:
    """Return a Service of one IP family, so that its address is of the family asked about."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace, "labels": {RUN_LABEL: run_id}},
        "spec": {"ipFamilyPolicy": "SingleStack", "ipFamilies": ["IPv4"], **spec},
    }


def pod(planned: PlannedPod, *, run_id: str) -> JsonObject:
    """Return a pod pinned to its node, fit for a restricted namespace (evidence pods are not)."""
    evidence = planned.role is Role.EVIDENCE
    spec: JsonObject = {
        "affinity": _on_node(planned.node),
        "tolerations": [{"operator": "Exists"}],
        "activeDeadlineSeconds": timeouts.POD_LIFETIME,
        "terminationGracePeriodSeconds": 1,
        "enableServiceLinks": False,
        "serviceAccountName": ACCOUNT,
        "automountServiceAccountToken": False,
        "restartPolicy": "Always" if planned.role in _RESTARTED else "Never",
        "os": {"name": planned.userland},
        "containers": [
            _evidence_container(planned) if evidence else _serving_container(planned, number)
            for number in range(len(planned.containers))
        ],
    }
    if evidence:
        spec["hostNetwork"] = True
        spec["volumes"] = [
            # `Directory` and not the default: what is not there must not be made by looking.
            {"name": "cni", "hostPath": {"path": "/etc/cni/net.d", "type": "Directory"}},
            *(_CNI_STATE if planned.reads_books else ()),
        ]
    else:
        spec["securityContext"] = _pod_security(planned)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": planned.name,
            "namespace": planned.namespace,
            "labels": {**pod_labels(planned, run_id=run_id)},
            "annotations": dict(_MESH_ANNOTATIONS),
        },
        "spec": spec,
    }


def pod_labels(planned: PlannedPod, *, run_id: str) -> dict[str, str]:
    """Return a planned pod's labels, those by which Services choose it among them."""
    return {
        RUN_LABEL: run_id,
        ROLE_LABEL: planned.role,
        NODE_LABEL: planned.judged,
        **_MESH_LABELS,
        **{f"{LABEL}/backs-{name}": "true" for name in planned.backs},
    }


def lease(plan: FleetPlan, *, holder: str, renewed: str) -> JsonObject:
    """Return the Lease by which a run shows that it lives; `renewed` is RFC 3339 with micros."""
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": LEASE_NAME,
            "namespace": plan.namespace,
            "labels": {RUN_LABEL: plan.run_id},
        },
        "spec": {
            "holderIdentity": holder,
            "leaseDurationSeconds": round(timeouts.LEASE),
            "renewTime": renewed,
        },
    }


def _serving_container(planned: PlannedPod, number: int) -> JsonObject:
    ports = planned.containers[number]
    container: JsonObject = {
        "name": ports.name,
        "image": planned.image,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "netexec",
            f"--http-port={ports.http_port}",
            f"--udp-port={-1 if ports.udp_port is None else ports.udp_port}",
        ],
        "resources": _RESOURCES,
        "securityContext": _container_security(planned),
    }
    if number == 0:
        # Only the first: a 2016 pod's other containers are not behind its address.
        container["readinessProbe"] = {
            "httpGet": {"path": _ready_path(ports), "port": ports.http_port},
            "periodSeconds": 1,
            "timeoutSeconds": 5,
        }
    return container


def _ready_path(ports: PlannedContainer) -> str:
    """Ask for the UDP server too where there is one: `/healthz` never says yes without."""
    return "/hostname" if ports.udp_port is None else "/healthz"


def _evidence_container(planned: PlannedPod) -> JsonObject:
    return {
        "name": planned.containers[0].name,
        "image": planned.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", "infinity"] if planned.captures else ["/agnhost", "pause"],
        "resources": _RESOURCES,
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            # tcpdump changes its user and groups even from root to root, and ends if it cannot.
            "capabilities": {
                "drop": ["ALL"],
                "add": ["NET_RAW", "NET_ADMIN", "SETUID", "SETGID"],
            },
        },
        "volumeMounts": [
            {"name": "cni", "mountPath": CNI_DIRECTORY, "readOnly": True},
            *(_CNI_STATE_MOUNTS if planned.reads_books else ()),
        ],
    }


_RESOURCES: Final[JsonObject] = {
    "requests": {"cpu": "2m", "memory": "16Mi"},
    "limits": {"cpu": "1", "memory": "128Mi"},
}


# A runtime that calls plugins keeps their results there, whatever the plugins are:
# https://github.com/containernetworking/cni/blob/v1.3.0/libcni/api.go (CacheDir)
_CNI_STATE: Final[tuple[JsonObject, ...]] = (
    {"name": "cni-state", "hostPath": {"path": "/var/lib/cni", "type": "Directory"}},
)
_CNI_STATE_MOUNTS: Final[tuple[JsonObject, ...]] = (
    {"name": "cni-state", "mountPath": CNI_STATE, "readOnly": True},
)

_RESTARTED: Final = frozenset({Role.EVIDENCE, Role.QUIET})
"""Roles whose containers are started again: one of a quiet pod's is ended to see that."""


def _on_node(name: str) -> JsonObject:
    """Pin to a node by its name, as the DaemonSet controller does: a label may say otherwise."""
    named: JsonObject = {"key": "metadata.name", "operator": "In", "values": [name]}
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchFields": [named]}]
            }
        }
    }


def _pod_security(planned: PlannedPod) -> JsonObject:
    if planned.userland == "windows":
        return {"runAsNonRoot": True, "windowsOptions": {"runAsUserName": "ContainerUser"}}
    return {
        "runAsNonRoot": True,
        "runAsUser": _NOBODY,
        # The pod's, so that a container which somebody injects is admitted as well.
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _container_security(planned: PlannedPod) -> JsonObject:
    if planned.userland == "windows":
        return {}
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
