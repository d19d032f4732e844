"""Asks the API what discovery needs, and says what could not be read instead of guessing it."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from conformance import timeouts
from conformance.batches import at_once
from conformance.cluster import Cluster
from conformance.discovery import (
    NodeSources,
    classify,
    first_declared,
    is_virtual,
    runs_control_plane,
    sample,
)
from conformance.errors import ClusterError, Unreachable, UsageError
from conformance.facts import Facts
from conformance.objects import (
    ApiConfigMap,
    ApiNamespace,
    ApiNode,
    ApiPod,
    ApiService,
    JsonObject,
    read,
)
from conformance.proxies import (
    by_arguments,
    by_configuration,
    by_endpoint,
    configured,
    other_proxy,
)
from conformance.settings import RunSettings
from verdicts.inventory import Inventory, Node, ServiceProxy
from verdicts.releases import release_of

T = TypeVar("T")

_SYSTEM: Final = "/api/v1/namespaces/kube-system"
_PROXY_METRICS_PORT: Final = 10249
_KUBELET_PORT: Final = 10250
_BAD_REQUEST: Final = 400
_OK: Final = 200
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
    """One reading of a cluster; `warnings` collects what it could not read."""

    def __init__(self, cluster: Cluster, settings: RunSettings, facts: Facts) -> None:
        self._cluster = cluster
        self._settings = settings
        self._facts = facts
        self.warnings: list[str] = []

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
                self.warnings.append(f"{node.metadata.name} is a virtual node and is left out")
        chosen = self._chosen()
        declared = {
            node.metadata.name: first_declared(node.metadata.name, self._facts.nodes, chosen)
            for node in nodes
        }
        undeclared = [
            node
            for node in nodes
            if (entry := declared[node.metadata.name]) is None or entry.proxy is None
        ]
        found = self._proxies(undeclared, release=release_of(version)) if undeclared else {}
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
            warnings=tuple(self.warnings),
        )

    def _with_a_release(self, node: Node, version: str) -> Node:
        """Take the server's version for a node that names none that can be read (KWOK's, say)."""
        try:
            release_of(node.kubelet_version)
        except ValueError:
            named = node.kubelet_version or "none"
            self.warnings.append(
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
            self.warnings.append(f"no node is chosen by the selector {selector}")
        return frozenset(read(ApiNode, item).metadata.name for item in found)

    def _named(self, name: str, chosen: Mapping[str, frozenset[str]]) -> str | None:
        return next(
            (o.platform for o in self._settings.platforms if name in chosen[o.selector]), None
        )

    def _proxies(
        self, nodes: list[ApiNode], *, release: tuple[int, int]
    ) -> dict[str, ServiceProxy]:
        answers = at_once(
            partial(
                self._try,
                partial(
                    self._cluster.ask_node,
                    node.metadata.name,
                    _PROXY_METRICS_PORT,
                    "proxyMode",
                    timeout=timeouts.CONNECT_TO_API,
                ),
            )
            for node in nodes
        )
        found: dict[str, ServiceProxy] = {}
        for node, answer in zip(nodes, answers, strict=True):
            if answer is not None and answer.status == _OK:
                told = by_endpoint(answer.body)
                if told is not None:
                    found[node.metadata.name] = told
        if not nodes:
            return found
        # What runs was told by the proxy itself; what was asked for, only its configuration knows.
        configured_for = self._configured(nodes, release=release)
        answered = {
            name: proxy.model_copy(update={"asked": configured_for[name].asked})
            if name in configured_for
            else proxy
            for name, proxy in found.items()
        }
        return configured_for | answered

    def _configured(
        self, nodes: list[ApiNode], *, release: tuple[int, int]
    ) -> dict[str, ServiceProxy]:
        pods = [read(ApiPod, item) for item in self._list("/api/v1/namespaces/kube-system/pods")]
        kube_proxies = {
            pod.spec.node_name: pod
            for pod in pods
            if pod.metadata.labels.get("k8s-app", "").startswith("kube-proxy")
            or pod.metadata.name.startswith("kube-proxy")
        }
        daemonsets = [
            read(ApiPod, item).metadata.name for item in self._list("/apis/apps/v1/daemonsets")
        ]
        config = self._proxy_configuration() if kube_proxies else None
        found = {}
        for node in nodes:
            name, info = node.metadata.name, node.status.node_info
            pod = kube_proxies.get(name)
            if pod is None:
                proxy = other_proxy(daemonsets, kubelet_version=info.kubelet_version)
            else:
                words = [w for c in pod.spec.containers for w in (*c.command, *c.args)]
                mode = by_arguments(words)
                mode = config if mode is None else mode
                if mode is None:
                    continue
                plain = classify(NodeSources(api=node))
                proxy = configured(
                    mode,
                    operating_system=plain.operating_system,
                    build=plain.build,
                    release=release,
                )
            found[name] = proxy
        return found

    def _proxy_configuration(self) -> str | None:
        found = self._try(partial(self._cluster.find, f"{_SYSTEM}/configmaps/kube-proxy"))
        if found is None:
            return None
        texts = read(ApiConfigMap, found).data.values()
        return next((m for m in map(by_configuration, texts) if m is not None), None)

    def _domain(self, nodes: list[ApiNode]) -> str:
        """Read the cluster's domain from a kubelet, else from CoreDNS, else assume the usual."""
        for node in [n for n in nodes if classify(NodeSources(api=n)).ready][:1]:
            answer = self._try(
                partial(
                    self._cluster.ask_node,
                    node.metadata.name,
                    _KUBELET_PORT,
                    "configz",
                    timeout=timeouts.CONNECT_TO_API,
                )
            )
            if answer is not None and answer.status == _OK:
                try:
                    domain = _Configz.model_validate_json(answer.body).kubeletconfig.clusterDomain
                except ValidationError:
                    continue
                if domain:
                    return domain.rstrip(".")
        corefile = self._try(partial(self._cluster.find, f"{_SYSTEM}/configmaps/coredns"))
        if corefile is not None:
            found = _COREDNS_DOMAIN.search(read(ApiConfigMap, corefile).data.get("Corefile", ""))
            if found is not None:
                return found[1].rstrip(".")
        self.warnings.append(
            f"the cluster's domain could not be read; {_ASSUMED_DOMAIN} is assumed"
        )
        return _ASSUMED_DOMAIN

    def _dns_service(self) -> str | None:
        for path in (
            f"{_SYSTEM}/services/kube-dns",
            "/api/v1/namespaces/openshift-dns/services/dns-default",
        ):
            found = self._try(partial(self._cluster.find, path))
            if found is not None:
                return read(ApiService, found).spec.cluster_ip or None
        self.warnings.append("no DNS service was found (kube-system/kube-dns)")
        return None

    def _service_cidrs(self) -> tuple[str, ...]:
        """Read the ServiceCIDR objects (Kubernetes 1.33 and later); older clusters show none."""
        cidrs: list[str] = []
        for item in self._list("/apis/networking.k8s.io/v1/servicecidrs", quiet=True):
            spec = item.get("spec")
            listed = spec.get("cidrs") if isinstance(spec, dict) else None
            cidrs.extend(str(cidr) for cidr in (listed if isinstance(listed, list) else ()))
        return tuple(cidrs)

    def _uid(self) -> str:
        """Identify the cluster by the uid of kube-system, as its other tools do."""
        found = self._try(partial(self._cluster.find, _SYSTEM))
        return read(ApiNamespace, found).metadata.uid if found is not None else ""

    def _list(self, path: str, *, quiet: bool = False) -> list[JsonObject]:
        return self._try(partial(self._cluster.list, path), quiet=quiet) or []

    def _try(self, ask: Callable[[], T], *, quiet: bool = False) -> T | None:
        """Ask for something that a run can do without; what was refused becomes a warning."""
        try:
            return ask()
        except Unreachable:
            raise
        except ClusterError as error:
            if not quiet:
                self.warnings.append(f"not read: {error.message}")
            return None
