"""Asks the API what discovery needs, and says what could not be read instead of guessing it."""

import re
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from conformance.cluster import Cluster
from conformance.discovery import (
    NodeSources,
    classify,
    first_declared,
    is_virtual,
    runs_control_plane,
    sample,
)
from conformance.errors import ClusterError, UsageError
from conformance.facts import Facts
from conformance.objects import ApiConfigMap, ApiNamespace, ApiNode, ApiService, read
from conformance.proxy_survey import ProxySurvey
from conformance.reading import Reader
from conformance.settings import RunSettings
from verdicts.inventory import Inventory, Node, ServiceProxy
from verdicts.releases import release_of

_SYSTEM: Final = "/api/v1/namespaces/kube-system"
_KUBELET_PORT: Final = 10250
_BAD_REQUEST: Final = 400
_COREDNS_DOMAIN = re.compile(r"^\s*kubernetes\s+(\S+)", re.MULTILINE)
_ASSUMED_DOMAIN: Final = "cluster.local"


class _KubeletConfig(BaseModel):
    """The part of a kubelet's `/configz` that we read."""

    model_config = ConfigDict(extra="ignore")

    clusterDomain: str = ""  # noqa: N815  # the kubelet's own spelling


class _Configz(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kubeletconfig: _KubeletConfig = _KubeletConfig()


class Survey:
    """One reading of a cluster; the inventory's warnings name what it could not read."""

    def __init__(self, cluster: Cluster, settings: RunSettings, facts: Facts) -> None:
        self._cluster = cluster
        self._settings = settings
        self._facts = facts
        self._reader = Reader(cluster)

    def inventory(self) -> Inventory:
        """Return all that can be known before anything is created.

        Raises:
            ClusterError: the nodes themselves cannot be listed.
            UsageError: a selector of the caller's is none.
        """
        version = str(self._cluster.get("/version").get("gitVersion", ""))
        listed = [read(ApiNode, item) for item in self._cluster.list("/api/v1/nodes")]
        nodes = [node for node in listed if not is_virtual(node)]
        for node in listed:
            if is_virtual(node):
                self._reader.warn(f"{node.metadata.name} is a virtual node and is left out")
        chosen = self._chosen()
        declared = {
            node.metadata.name: first_declared(node.metadata.name, self._facts.nodes, chosen)
            for node in nodes
        }
        undeclared = [
            node
            for node in nodes
            if (entry := declared[node.metadata.name]) is None
            or entry.proxy is None
            or entry.masquerade_all is None
        ]
        found = ProxySurvey(self._reader, release_of(version)).proxies(undeclared, among=nodes)
        classified = tuple(
            self._with_a_release(
                classify(
                    NodeSources(
                        api=node,
                        declared=declared[node.metadata.name],
                        named=self._named(node.metadata.name, chosen),
                        found_proxy=found.get(node.metadata.name, ServiceProxy()),
                    )
                ),
                version,
            )
            for node in nodes
        )
        return Inventory(
            server=self._cluster.server,
            kubernetes_version=version,
            cluster_uid=self._uid(),
            cluster_domain=self._domain(nodes),
            dns_service_ip=self._dns_service(),
            service_cidrs=self._service_cidrs(),
            nodes=classified,
            judged=sample(
                classified,
                per_platform=self._settings.nodes_per_platform,
                last=[n.metadata.name for n in nodes if runs_control_plane(n)],
            ),
            warnings=tuple(self._reader.warnings),
        )

    def _with_a_release(self, node: Node, version: str) -> Node:
        """Take the server's version for a node that names none that can be read (KWOK's, say)."""
        try:
            release_of(node.kubelet_version)
        except ValueError:
            named = node.kubelet_version or "none"
            self._reader.warn(
                f"{node.name} names no Kubernetes version ({named}): the server's is taken"
            )
            return node.model_copy(update={"kubelet_version": version})
        return node

    def _chosen(self) -> dict[str, frozenset[str]]:
        """Let the API say which nodes each selector chooses."""
        selectors = {entry.selector for entry in self._facts.nodes}
        selectors |= {override.selector for override in self._settings.platforms}
        return {selector: self._select(selector) for selector in sorted(selectors)}

    def _select(self, selector: str) -> frozenset[str]:
        try:
            found = self._cluster.list("/api/v1/nodes", selector=selector)
        except ClusterError as error:
            if error.status == _BAD_REQUEST:
                raise UsageError(f"{selector!r} is no label selector: {error.message}") from error
            raise
        if not found:
            self._reader.warn(f"no node is chosen by the selector {selector}")
        return frozenset(read(ApiNode, item).metadata.name for item in found)

    def _named(self, name: str, chosen: Mapping[str, frozenset[str]]) -> str | None:
        return next(
            (o.platform for o in self._settings.platforms if name in chosen[o.selector]), None
        )

    def _domain(self, nodes: list[ApiNode]) -> str:
        """Read the cluster's domain from a kubelet, else from CoreDNS, else assume the usual."""
        for node in [n for n in nodes if classify(NodeSources(api=n)).ready][:1]:
            answer = self._reader.ask_node(node.metadata.name, _KUBELET_PORT, "configz")
            if answer is not None:
                try:
                    domain = _Configz.model_validate_json(answer).kubeletconfig.clusterDomain
                except ValidationError:
                    continue
                if domain:
                    return domain.rstrip(".")
        corefile = self._reader.find(f"{_SYSTEM}/configmaps/coredns")
        if corefile is not None:
            found = _COREDNS_DOMAIN.search(read(ApiConfigMap, corefile).data.get("Corefile", ""))
            if found is not None:
                return found[1].rstrip(".")
        self._reader.warn(f"the cluster's domain could not be read; {_ASSUMED_DOMAIN} is assumed")
        return _ASSUMED_DOMAIN

    def _dns_service(self) -> str | None:
        for path in (
            f"{_SYSTEM}/services/kube-dns",
            "/api/v1/namespaces/openshift-dns/services/dns-default",
        ):
            found = self._reader.find(path)
            if found is not None:
                return read(ApiService, found).spec.cluster_ip or None
        self._reader.warn("no DNS service was found (kube-system/kube-dns)")
        return None

    def _service_cidrs(self) -> tuple[str, ...]:
        """Read the ServiceCIDR objects (Kubernetes 1.33 and later); older clusters show none."""
        cidrs: list[str] = []
        for item in self._reader.list("/apis/networking.k8s.io/v1/servicecidrs", quiet=True) or []:
            spec = item.get("spec")
            listed = spec.get("cidrs") if isinstance(spec, dict) else None
            cidrs.extend(str(cidr) for cidr in (listed if isinstance(listed, list) else ()))
        return tuple(cidrs)

    def _uid(self) -> str:
        """Identify the cluster by the uid of kube-system, as its other tools do."""
        found = self._reader.find(_SYSTEM)
        return read(ApiNamespace, found).metadata.uid if found is not None else ""
