"""Kinds of policies, and what an object of each does to the run's pods."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from conformance import manifests
from conformance.objects import JsonObject
from conformance.plan import FleetPlan, Role
from conformance.selectors import LabelSelector, Selecting

_NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
_EVERYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})
_MESHES: Final = ("istio", "linkerd", "consul", "kuma", "osm")

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Subjects:
    """The labels of the run's namespace and of the pods in it that talk."""

    namespace_name: str
    namespace: Labels
    pods: tuple[Labels, ...]

    @classmethod
    def of(cls, plan: FleetPlan) -> "Subjects":
        """Take them from a plan; evidence pods are on their node's network, where none applies."""
        first = manifests.namespaces(plan, fingerprint="", kept=False)[0]
        return cls(
            namespace_name=plan.namespace,
            namespace={**_labels(first), _NAMESPACE_NAME: plan.namespace},
            pods=tuple(
                _labels(manifests.pod(planned, run_id=plan.run_id))
                for planned in plan.pods
                if planned.role is not Role.EVIDENCE
            ),
        )

    def selected(self, *, namespaces: LabelSelector, pods: LabelSelector) -> bool:
        """Say whether one of the pods is selected."""
        return namespaces.selects(self.namespace) and any(map(pods.selects, self.pods))


Seen = tuple[str, bool] | None
"""What a policy does to the run's pods, and whether it isolates them; None if it does nothing."""


class _NetworkPolicySpec(Selecting):
    pod_selector: LabelSelector = LabelSelector()
    policy_types: tuple[str, ...] = ("Ingress",)
    ingress: tuple[Mapping[str, object], ...] = ()
    egress: tuple[Mapping[str, object], ...] = ()

    def isolated(self) -> list[str]:
        """Return the directions in which not everything is allowed, as an empty rule allows it."""
        rules = {"Ingress": self.ingress, "Egress": self.egress}
        return [way for way in self.policy_types if {} not in rules.get(way, ())]


class _NetworkPolicy(Selecting):
    """A NetworkPolicy.

    https://kubernetes.io/docs/concepts/services-networking/network-policies/
    """

    spec: _NetworkPolicySpec


def _network_policy(item: JsonObject, subjects: Subjects) -> Seen:
    spec = _NetworkPolicy.model_validate(item).spec
    ways = spec.isolated()
    if not ways or not any(map(spec.pod_selector.selects, subjects.pods)):
        return None
    return f"isolates the run's pods ({', '.join(ways)})", True


class _Pods(Selecting):
    namespace_selector: LabelSelector = LabelSelector()
    pod_selector: LabelSelector = LabelSelector()


class _Peer(Selecting):
    """Whom a rule, or a policy, is about."""

    namespaces: LabelSelector | None = None
    pods: _Pods | None = None
    networks: tuple[str, ...] = ()

    def meets(self, subjects: Subjects) -> bool:
        if self.namespaces is not None:
            return self.namespaces.selects(subjects.namespace)
        if self.pods is not None:
            return subjects.selected(
                namespaces=self.pods.namespace_selector, pods=self.pods.pod_selector
            )
        return not _EVERYWHERE.isdisjoint(self.networks)


class _Rule(Selecting):
    action: str
    from_: tuple[_Peer, ...] = Field(default=(), alias="from")
    to: tuple[_Peer, ...] = ()


class _AdminSpec(Selecting):
    subject: _Peer
    ingress: tuple[_Rule, ...] = ()
    egress: tuple[_Rule, ...] = ()


class _AdminPolicy(Selecting):
    """A policy of the network policy API, of whatever tier.

    https://network-policy-api.sigs.k8s.io/api-overview/
    """

    spec: _AdminSpec


def _admin_policy(item: JsonObject, subjects: Subjects) -> Seen:
    """Such a policy isolates nothing by itself; its rules deny, and only those between pods matter."""
    spec = _AdminPolicy.model_validate(item).spec
    if not spec.subject.meets(subjects):
        return None
    denies = any(
        rule.action == "Deny" and any(peer.meets(subjects) for peer in (*rule.from_, *rule.to))
        for rule in (*spec.ingress, *spec.egress)
    )
    return ("denies traffic between the run's pods", True) if denies else None


class _DefaultDeny(Selecting):
    ingress: bool | None = None
    egress: bool | None = None


class _CiliumSpec(Selecting):
    endpoint_selector: LabelSelector | None = None
    ingress: tuple[object, ...] | None = None
    ingress_deny: tuple[object, ...] | None = None
    egress: tuple[object, ...] | None = None
    egress_deny: tuple[object, ...] | None = None
    enable_default_deny: _DefaultDeny = _DefaultDeny()

    def isolated(self) -> list[str]:
        """Return the directions in which only what is allowed goes through."""
        rules = {
            "Ingress": (self.enable_default_deny.ingress, self.ingress or self.ingress_deny),
            "Egress": (self.enable_default_deny.egress, self.egress or self.egress_deny),
        }
        return [way for way, (said, has) in rules.items() if (bool(has) if said is None else said)]


class _CiliumPolicy(Selecting):
    """A policy of Cilium, of a namespace or of the cluster.

    https://docs.cilium.io/en/stable/security/policy/intro/
    """

    spec: _CiliumSpec | None = None
    specs: tuple[_CiliumSpec, ...] = ()


def _cilium_policy(item: JsonObject, subjects: Subjects) -> Seen:
    """Cilium knows a pod by its labels and by those of its namespace, each under a prefix."""
    policy = _CiliumPolicy.model_validate(item)
    of_namespace = {
        "io.kubernetes.pod.namespace": subjects.namespace_name,
        **{f"io.cilium.k8s.namespace.labels.{k}": v for k, v in subjects.namespace.items()},
    }
    known = [{**pod, **of_namespace} for pod in subjects.pods]
    ways = {
        way
        for spec in (*((policy.spec,) if policy.spec else ()), *policy.specs)
        if spec.endpoint_selector is not None
        and any(map(spec.endpoint_selector.without_prefixes("k8s:", "any:").selects, known))
        for way in spec.isolated()
    }
    return (f"isolates the run's pods ({', '.join(sorted(ways))})", True) if ways else None


class _CalicoSpec(Selecting):
    selector: str = ""
    namespace_selector: str = ""
    types: tuple[str, ...] = ()


class _CalicoPolicy(Selecting):
    """A policy of Calico.

    https://docs.tigera.io/calico/latest/reference/resources/globalnetworkpolicy
    """

    spec: _CalicoSpec


def _calico_policy(item: JsonObject, subjects: Subjects) -> Seen:
    """Calico's selectors are a language of their own, of which only its word for all is read."""
    del subjects
    spec = _CalicoPolicy.model_validate(item).spec
    chosen = [s for s in (spec.selector, spec.namespace_selector) if s not in {"", "all()"}]
    if chosen:
        return f"isolates the run's pods if they are chosen by {' and '.join(chosen)}", False
    return f"isolates the run's pods ({', '.join(spec.types) or 'Ingress'})", True


def _webhook(item: JsonObject, _subjects: Subjects) -> Seen:
    if not any(mesh in name_of(item) for mesh in _MESHES):
        return None
    return "may inject a sidecar; the run's pods ask to be left alone", False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of policy: its name, where the API lists it, and how one is read."""

    name: str
    path: str
    read: Callable[[JsonObject, Subjects], Seen]


_ADMIN: Final = "/apis/policy.networking.k8s.io"
_CILIUM: Final = "/apis/cilium.io/v2"

KINDS: Final = (
    Kind(
        "NetworkPolicy",
        "/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies",
        _network_policy,
    ),
    Kind("AdminNetworkPolicy", f"{_ADMIN}/v1alpha1/adminnetworkpolicies", _admin_policy),
    Kind(
        "BaselineAdminNetworkPolicy",
        f"{_ADMIN}/v1alpha1/baselineadminnetworkpolicies",
        _admin_policy,
    ),
    Kind("ClusterNetworkPolicy", f"{_ADMIN}/v1alpha2/clusternetworkpolicies", _admin_policy),
    Kind(
        "CiliumNetworkPolicy",
        f"{_CILIUM}/namespaces/{{namespace}}/ciliumnetworkpolicies",
        _cilium_policy,
    ),
    Kind(
        "CiliumClusterwideNetworkPolicy",
        f"{_CILIUM}/ciliumclusterwidenetworkpolicies",
        _cilium_policy,
    ),
    Kind(
        "GlobalNetworkPolicy",
        "/apis/crd.projectcalico.org/v1/globalnetworkpolicies",
        _calico_policy,
    ),
    Kind(
        "MutatingWebhookConfiguration",
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        _webhook,
    ),
)
"""Every kind that is read; a path may have the run's `{namespace}` in it."""


def name_of(item: JsonObject) -> str:
    """Return the name of an object, its namespace before it where it has one."""
    return "/".join(_words(item, "namespace", "name"))


def _words(item: JsonObject, *keys: str) -> Iterator[str]:
    metadata = item.get("metadata")
    if isinstance(metadata, dict):
        yield from (str(metadata[key]) for key in keys if metadata.get(key))


def _labels(manifest: JsonObject) -> Labels:
    metadata = manifest["metadata"]
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return {k: str(v) for k, v in labels.items()} if isinstance(labels, dict) else {}
