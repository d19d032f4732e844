"""Surveys of clusters of memory."""

from collections.abc import Mapping

from conformance.facts import Facts
from conformance.settings import RunSettings
from conformance.survey import Survey
from tests.conformance.fake_cluster import FakeCluster
from verdicts.inventory import Inventory, ServiceProxy


def surveyed(cluster: FakeCluster, facts: Mapping[str, object] | None = None) -> Inventory:
    settings = RunSettings.model_validate({"kubeconfig": "/dev/null"})
    return Survey(cluster, settings, Facts.model_validate(facts or {})).inventory()


def proxies(
    cluster: FakeCluster, facts: Mapping[str, object] | None = None
) -> dict[str, ServiceProxy]:
    return {node.name: node.proxy for node in surveyed(cluster, facts).nodes}
