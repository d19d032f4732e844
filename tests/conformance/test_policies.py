"""Policies that select the run's pods are found and named; what they do is read from their own words."""

import pytest

from conformance.asking import read_inventory
from conformance.errors import ClusterError, Unreachable
from conformance.objects import JsonObject
from conformance.planning import plan_fleet
from conformance.policies import policies_upon
from conformance.selectors import LabelSelector
from tests.conformance.fake_cluster import FakeCluster, Objects

PLAN = plan_fleet(read_inventory(None), run_id="r1", agnhost="agnhost:1", capture=None)
NETWORK = "/apis/networking.k8s.io/v1/namespaces/netparity-r1/networkpolicies"
ADMIN = "/apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies"
CLUSTER = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies"
CILIUM = "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies"
CALICO = "/apis/crd.projectcalico.org/v1/globalnetworkpolicies"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

PAYMENTS: JsonObject = {"matchLabels": {"team": "payments"}}
OUR_NAMESPACE: JsonObject = {
    "matchExpressions": [{"key": "netparity.local/run", "operator": "Exists"}]
}
ALL_NAMESPACES: JsonObject = {"namespaces": {}}


def upon_the_run(path: str, spec: JsonObject, *, name: str = "p") -> list[tuple[str, bool]]:
    """Return what is seen of a policy in a cluster that has no other."""
    cluster = FakeCluster()
    cluster.objects[f"{path}/{name}"] = {"metadata": {"name": name}, "spec": spec}
    return [(str(each), each.isolates) for each in policies_upon(cluster, PLAN).policies]


@pytest.mark.parametrize(
    ("path", "spec", "seen"),
    [
        pytest.param(
            NETWORK,
            {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
            "NetworkPolicy p isolates the run's pods (Ingress, Egress)",
            id="default-deny",
        ),
        pytest.param(
            NETWORK,
            {"podSelector": {"matchLabels": {"netparity.local/role": "peer"}}},
            "NetworkPolicy p isolates the run's pods (Ingress)",
            id="some-of-the-pods",
        ),
        pytest.param(
            ADMIN,
            {
                "subject": ALL_NAMESPACES,
                "ingress": [{"action": "Deny", "from": [ALL_NAMESPACES]}],
            },
            "AdminNetworkPolicy p denies traffic between the run's pods",
            id="denied-by-the-admin",
        ),
        pytest.param(
            CLUSTER,
            {
                "subject": {"pods": {"namespaceSelector": OUR_NAMESPACE, "podSelector": {}}},
                "egress": [{"action": "Deny", "to": [{"networks": ["0.0.0.0/0"]}]}],
            },
            "ClusterNetworkPolicy p denies traffic between the run's pods",
            id="denied-to-everywhere",
        ),
        pytest.param(
            CILIUM,
            {
                "endpointSelector": {
                    "matchExpressions": [
                        {
                            "key": "k8s:io.kubernetes.pod.namespace",
                            "operator": "NotIn",
                            "values": ["kube-system"],
                        }
                    ]
                },
                "egress": [{"toEndpoints": [{}]}],
            },
            "CiliumClusterwideNetworkPolicy p isolates the run's pods (Egress)",
            id="cilium-all-but-the-system",
        ),
        pytest.param(
            CILIUM,
            {
                "endpointSelector": {
                    "matchLabels": {
                        "io.cilium.k8s.namespace.labels.pod-security.kubernetes.io/enforce": (
                            "restricted"
                        )
                    }
                },
                "enableDefaultDeny": {"ingress": True},
            },
            "CiliumClusterwideNetworkPolicy p isolates the run's pods (Ingress)",
            id="cilium-by-the-namespaces-label",
        ),
        pytest.param(
            CALICO,
            {"selector": "all()", "types": ["Ingress", "Egress"]},
            "GlobalNetworkPolicy p isolates the run's pods (Ingress, Egress)",
            id="calico-all",
        ),
    ],
)
def test_a_policy_that_isolates_the_runs_pods_is_named(
    path: str, spec: JsonObject, seen: str
) -> None:
    assert upon_the_run(path, spec) == [(seen, True)]


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        pytest.param(NETWORK, {"podSelector": PAYMENTS}, id="of-other-pods"),
        pytest.param(
            NETWORK,
            {
                "podSelector": {},
                "ingress": [{}],
                "egress": [{}],
                "policyTypes": ["Ingress", "Egress"],
            },
            id="that-allows-everything",
        ),
        pytest.param(
            ADMIN,
            {
                "subject": {"namespaces": PAYMENTS},
                "ingress": [{"action": "Deny", "from": [ALL_NAMESPACES]}],
            },
            id="of-another-namespace",
        ),
        pytest.param(
            ADMIN,
            {
                "subject": ALL_NAMESPACES,
                "ingress": [{"action": "Allow", "from": [ALL_NAMESPACES]}],
                "egress": [{"action": "Deny", "to": [{"networks": ["169.254.169.254/32"]}]}],
            },
            id="of-the-clouds-metadata-only",
        ),
        pytest.param(
            CILIUM,
            {"endpointSelector": {"matchLabels": {"any:team": "payments"}}, "ingress": [{}]},
            id="cilium-of-other-pods",
        ),
        pytest.param(CILIUM, {"nodeSelector": {}, "ingress": [{}]}, id="cilium-of-nodes"),
        pytest.param(
            CILIUM,
            {
                "endpointSelector": {},
                "egress": [{"toPorts": []}],
                "enableDefaultDeny": {"egress": False},
            },
            id="cilium-that-only-allows",
        ),
    ],
)
def test_a_policy_that_leaves_the_runs_pods_alone_is_not_named(
    path: str, spec: JsonObject
) -> None:
    assert upon_the_run(path, spec) == []


def test_a_selector_that_is_not_read_is_named_and_excuses_nothing() -> None:
    ((said, isolates),) = upon_the_run(CALICO, {"selector": "team == 'payments'"})

    assert said.endswith("isolates the run's pods if they are chosen by team == 'payments'")
    assert not isolates


def test_a_policy_of_an_unknown_form_is_named_and_excuses_nothing() -> None:
    assert upon_the_run(NETWORK, {"podSelector": "all"}) == [
        ("NetworkPolicy p is of a form that is not known here", False)
    ]


def test_what_injects_sidecars_is_named() -> None:
    ((said, isolates),) = upon_the_run(WEBHOOKS, {}, name="istio-sidecar-injector")

    assert said.startswith("MutatingWebhookConfiguration istio-sidecar-injector may inject a side")
    assert not isolates
    assert upon_the_run(WEBHOOKS, {}, name="pod-identity-webhook") == []


def test_policies_that_may_not_be_listed_are_not_taken_for_none() -> None:
    cluster = FakeCluster()
    cluster.refuse |= {("list", "ciliumclusterwide"), ("list", "/networkpolicies")}

    found = policies_upon(cluster, PLAN)

    assert found.policies == ()
    (warning,) = found.warnings
    assert "not listed: NetworkPolicy, CiliumClusterwideNetworkPolicy (list /apis/" in warning


class WithoutConversion(FakeCluster):
    """A cluster whose webhook for the versions of Cilium's policies is down."""

    def list(self, path: str, *, selector: str = "") -> Objects:
        if path == CILIUM:
            raise ClusterError("GET - conversion failed", next_step="mend the webhook", status=500)
        return super().list(path, selector=selector)


def test_a_kind_that_is_broken_takes_nothing_from_the_others() -> None:
    cluster = WithoutConversion()
    cluster.objects[f"{NETWORK}/p"] = {"metadata": {"name": "p"}, "spec": {"podSelector": {}}}

    found = policies_upon(cluster, PLAN)

    assert [policy.isolates for policy in found.policies] == [True]
    assert "not listed: CiliumClusterwideNetworkPolicy (GET - conv" in found.warnings[0]


def test_an_api_that_does_not_answer_is_no_kind_that_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def silent(_cluster: FakeCluster, _path: str, *, selector: str = "") -> Objects:
        raise Unreachable(f"no answer {selector}", next_step="see the API server")

    monkeypatch.setattr(FakeCluster, "list", silent)

    with pytest.raises(Unreachable):
        policies_upon(FakeCluster(), PLAN)


@pytest.mark.parametrize(
    ("operator", "values", "selects"),
    [
        ("In", ("a", "b"), True),
        ("In", ("b",), False),
        ("NotIn", ("b",), True),
        ("NotIn", ("a",), False),
        ("Exists", (), True),
        ("DoesNotExist", (), False),
    ],
)
def test_a_selector_selects_as_the_api_does(
    operator: str, values: tuple[str, ...], *, selects: bool
) -> None:
    expression = {"key": "x", "operator": operator, "values": values}
    selector = LabelSelector.model_validate({"matchExpressions": [expression]})

    assert selector.selects({"x": "a"}) is selects


def test_a_label_that_is_missing_is_in_no_set() -> None:
    said = [{"key": "x", "operator": operator, "values": ["a"]} for operator in ("In", "NotIn")]
    wanted, unwanted = (LabelSelector.model_validate({"matchExpressions": [s]}) for s in said)

    assert not wanted.selects({})
    assert unwanted.selects({})
