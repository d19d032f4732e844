"""Asks which service proxy each node has, in which mode, and how that is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from conformance.batches import at_once
from conformance.discovery import NodeSources, classify
from conformance.kube_proxy_settings import (
    Told,
    by_arguments,
    by_configurations,
    by_configz,
    configuration_file,
    version_of,
)
from conformance.objects import ApiConfigMap, ApiNode, ApiPod, ContainerSpec, Metadata, read
from conformance.other_proxies import (
    OTHER_PROXIES,
    OtherProxy,
    by_k3s,
    other_proxy,
    replaces_kube_proxy,
    serving,
)
from conformance.proxies import LINUX, by_endpoint, exists_on, heard, settled
from conformance.reading import Reader
from verdicts.inventory import Known, ServiceProxy

_SYSTEM: Final = "kube-system"
_METRICS_PORT: Final = 10249
_KUBE_PROXY: Final = "kube-proxy"
_OTHERS: Final = frozenset(known.daemonset for known in OTHER_PROXIES)


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a kube-proxy itself answered on a node."""

    data_plane: str
    told: Told | None


@dataclass(slots=True)
class ProxySurvey:
    """One asking for the service proxies of a cluster.

    A pod tells of the node that it runs on, and of no other: a Linux kube-proxy's configuration
    says nothing of Windows nodes, whose own may run as a service of the host.
    """

    reader: Reader
    server: tuple[int, int]
    """The API server's release."""
    _config_maps: dict[str, Mapping[str, str] | None] = field(default_factory=dict)

    def proxies(
        self, wanted: Sequence[ApiNode], *, among: Sequence[ApiNode]
    ) -> dict[str, ServiceProxy]:
        """Return the proxies of the wanted nodes by name; `among` are all nodes of the cluster.

        Of the effective mode `/proxyMode` says most, then the configuration that runs
        (`/configz`), then the pod's ConfigMap or arguments. A proxy that serves in kube-proxy's
        place goes before all of them: one that was left behind is bypassed.
        """
        if not wanted:
            return {}
        answers = at_once(partial(self._hear, node) for node in wanted)
        pods = self._pods()
        in_process = by_k3s(among) if pods is not None else {}
        return {
            node.metadata.name: self._proxy(
                node,
                heard_there=answer,
                here=(pods or {}).get(node.metadata.name, []),
                in_process=in_process.get(node.metadata.name),
            )
            for node, answer in zip(wanted, answers, strict=True)
        }

    def _proxy(
        self,
        node: ApiNode,
        *,
        heard_there: _Heard | None,
        here: Sequence[ApiPod],
        in_process: Told | None,
    ) -> ServiceProxy:
        other = other_proxy(here)
        replaces = self._replaces(*other) if other is not None else None
        if other is not None and replaces:
            return serving(other[0])
        pod = _kube_proxy_among(here)
        told = heard_there.told if heard_there is not None else None
        if pod is not None:
            by_pod = self._told(pod)
            told = replace(told, version=by_pod.version) if told is not None else by_pod
        told = told or in_process
        if told is None and heard_there is None:
            # Cilium that leaves ClusterIPs to a kube-proxy which nobody shows, or may: not known.
            is_silent = other is not None and replaces is None and not self._is_refused(*other)
            return serving(other[0]) if other is not None and is_silent else ServiceProxy()
        system = _system(node)
        proxy = settled(
            told,
            operating_system=system,
            build=classify(NodeSources(api=node)).build,
            server=self.server,
        )
        if told is not None and told.mode and not exists_on(told.mode, system):
            self.reader.warn(
                f"{node.metadata.name} - the {told.known_by} asks for the mode {told.mode}, which "
                f"kube-proxy does not have on {system}: it is not taken for this node's"
            )
        return proxy if heard_there is None else heard(proxy, heard_there.data_plane)

    def _hear(self, node: ApiNode) -> _Heard | None:
        name = node.metadata.name
        said = self.reader.ask_node(name, _METRICS_PORT, "proxyMode")
        data_plane = by_endpoint(said) if said is not None else None
        if data_plane is None:
            return None
        if not exists_on(data_plane, _system(node)):
            self.reader.warn(
                f"{name} - /proxyMode answered {data_plane}, which kube-proxy does not have on "
                f"{_system(node)}: it is not taken for this node's"
            )
            return None
        configured = self.reader.ask_node(name, _METRICS_PORT, "configz")
        return _Heard(data_plane, by_configz(configured) if configured is not None else None)

    def _told(self, pod: ApiPod) -> Told:
        container = _container(pod) or ContainerSpec(name=_KUBE_PROXY)
        words = (*container.command, *container.args)
        path = configuration_file(words)
        told = by_arguments(words) if path is None else self._by_file(pod, path)
        return replace(told or Told(known_by=Known.UNKNOWN), version=version_of(container.image))

    def _by_file(self, pod: ApiPod, path: str) -> Told | None:
        """Read the pod's own ConfigMaps: others of the namespace are other proxies' business."""
        texts: dict[str, str] = {}
        for name in pod.spec.config_maps:
            texts |= self._config_map(pod.metadata.namespace or _SYSTEM, name) or {}
        return by_configurations(texts, path)

    def _replaces(self, known: OtherProxy, pod: ApiPod) -> bool | None:
        settings = (
            self._config_map(pod.metadata.namespace or _SYSTEM, known.config_map)
            if known.config_map
            else None
        )
        return replaces_kube_proxy(known, pod, settings)

    def _is_refused(self, known: OtherProxy, pod: ApiPod) -> bool:
        """Say whether what would tell its part could not be read."""
        path = _config_map_path(pod.metadata.namespace or _SYSTEM, known.config_map)
        return path in self.reader.refused

    def _config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        path = _config_map_path(namespace, name)
        if path not in self._config_maps:
            found = self.reader.find(path)
            self._config_maps[path] = read(ApiConfigMap, found).data if found is not None else None
        return self._config_maps[path]

    def _pods(self) -> dict[str, list[ApiPod]] | None:
        """List the running pods that can be service proxies, by node; None if nobody may."""
        daemonsets = [
            Metadata.model_validate(item.get("metadata"))
            for item in self.reader.list("/apis/apps/v1/daemonsets") or []
        ]
        namespaces = {_SYSTEM} | {
            daemonset.namespace
            for daemonset in daemonsets
            if daemonset.namespace
            and (daemonset.name in _OTHERS or _is_kube_proxy(daemonset.name))
        }
        found: dict[str, list[ApiPod]] = {}
        for namespace in sorted(namespaces):
            listed = self.reader.list(f"/api/v1/namespaces/{namespace}/pods")
            if listed is None:
                return None
            for item in listed:
                pod = read(ApiPod, item)
                if _runs(pod):
                    found.setdefault(pod.spec.node_name, []).append(pod)
        return found


def _config_map_path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps/{name}"


def _system(node: ApiNode) -> str:
    """Return a node's operating system; kubelets that name none are older than Windows nodes."""
    return classify(NodeSources(api=node)).operating_system or LINUX


def _is_kube_proxy(name: str) -> bool:
    """Say whether a container or DaemonSet is a kube-proxy by its name (`kube-proxy-worker`)."""
    return _KUBE_PROXY in name


def _kube_proxy_among(pods: Sequence[ApiPod]) -> ApiPod | None:
    """Return the kube-proxy of a node, by its own name and that of its container."""
    found = [
        pod for pod in pods if _is_kube_proxy(pod.metadata.name) and _container(pod) is not None
    ]
    # An exporter beside it may have the name within its own.
    found.sort(key=lambda pod: all(each.name != _KUBE_PROXY for each in pod.spec.containers))
    return found[0] if found else None


def _container(pod: ApiPod) -> ContainerSpec | None:
    return next((each for each in pod.spec.containers if _is_kube_proxy(each.name)), None)


def _runs(pod: ApiPod) -> bool:
    """Say whether a pod does its work: an image of another system, say, never lets it begin."""
    states = [each.state for each in pod.status.container_statuses]
    return (
        pod.status.phase == "Running"
        and pod.metadata.deletion_timestamp is None
        and (not states or any(state.running is not None for state in states))
    )
