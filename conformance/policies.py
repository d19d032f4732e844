"""What the cluster's owner lets the run's pods say to each other: policies that select them.

A pod that is kept from talking by a policy looks like one whose network is broken. What is found
here is named, and excuses failures; it decides nothing else.
"""

from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError

from conformance.batches import at_once
from conformance.cluster import Cluster
from conformance.errors import ClusterError, Missing, Unreachable
from conformance.objects import JsonObject
from conformance.plan import FleetPlan
from conformance.policy_kinds import KINDS, Kind, Subjects, name_of
from verdicts.inventory import Policy


@dataclass(frozen=True, slots=True)
class Found:
    """The policies that concern the run's pods, and what could not be asked."""

    policies: tuple[Policy, ...]
    warnings: tuple[str, ...]


def policies_upon(cluster: Cluster, plan: FleetPlan) -> Found:
    """Return the policies of any kind that select pods of a planned fleet.

    Read are NetworkPolicies, those of the network policy API, of Cilium and of Calico, and the
    webhooks of meshes, which may change pods. A kind that the cluster does not have has none; one
    that cannot be listed is named, and takes nothing from the others.

    Raises:
        Unreachable: the API server did not answer.
    """
    subjects = Subjects.of(plan)
    listed = at_once(
        partial(_list, cluster, kind.path.format(namespace=plan.namespace)) for kind in KINDS
    )
    policies = (
        _policy(kind, item, subjects)
        for kind, items in zip(KINDS, listed, strict=True)
        if not isinstance(items, ClusterError)
        for item in items
    )
    refused = {
        kind.name: items.message
        for kind, items in zip(KINDS, listed, strict=True)
        if isinstance(items, ClusterError)
    }
    warning = (
        f"not known whether the run's pods are free to talk, not listed: {', '.join(refused)}"
    )
    return Found(
        policies=tuple(policy for policy in policies if policy is not None),
        warnings=(f"{warning} ({next(iter(refused.values()))})",) if refused else (),
    )


def _policy(kind: Kind, item: JsonObject, subjects: Subjects) -> Policy | None:
    try:
        seen = kind.read(item, subjects)
    except ValidationError:
        seen = "is of a form that is not known here", False
    if seen is None:
        return None
    effect, isolates = seen
    return Policy(kind=kind.name, name=name_of(item), effect=effect, isolates=isolates)


def _list(cluster: Cluster, path: str) -> list[JsonObject] | ClusterError:
    """Return the objects of a kind, none where there is no such kind, else why they are not told."""
    try:
        return cluster.list(path)
    except Missing:
        return []
    except Unreachable:
        raise
    except ClusterError as error:
        # Forbidden mostly; a kind of whose versions the conversion is broken answers 500.
        return error
