"""One start of a lab on a machine that has none."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

from pydantic import BaseModel, ConfigDict

from lab import dns, facts, network, proxies, remains
from lab.api import Api, is_ready, name_of
from lab.cgroups import Cgroups
from lab.control_plane import ControlPlane
from lab.errors import LabError
from lab.image_store import ensure_store
from lab.images import Images
from lab.layout import Layout
from lab.node import NodeMachine
from lab.paths import cache_dir
from lab.pki import CLIENTS, create_pki, kubeconfig
from lab.toolchain import Toolchain
from lab.topology import Topology

Report = Callable[[str], None]

_NODES_TIMEOUT = 90
_DNS_TIMEOUT = 60


class LabRecord(BaseModel):
    """A lab that came up whole."""

    model_config = ConfigDict(frozen=True)

    topology: Topology
    proxy_modes: dict[str, str]
    """What each node's service proxy said at /proxyMode."""
    phases: dict[str, float]
    """Seconds from the start of `up`, build included, to the end of each phase."""


@dataclass(slots=True)
class Phases:
    """When each phase of `up` ended."""

    report: Report
    began: float = field(default_factory=monotonic)
    ended: dict[str, float] = field(default_factory=dict)

    def end(self, name: str) -> None:
        """Note that a phase is over."""
        self.ended[name] = round(monotonic() - self.began, 2)
        self.report(f"{self.ended[name]:6.2f} s  {name}")


@dataclass(frozen=True, slots=True)
class Boot:
    """One start of a lab on a machine that has none."""

    topology: Topology
    layout: Layout
    toolchain: Toolchain
    images: Images
    phases: Phases

    def run(self) -> LabRecord:
        """Start everything that can be started at once, and wait for what must be."""
        layout, topology, phases = self.layout, self.topology, self.phases
        layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        layout.logs.mkdir(exist_ok=True)
        cgroups = Cgroups.mounted()
        remains.prepare_host(layout, cgroups)
        self._write_credentials()
        phases.end("credentials")
        network.create_fabric(topology)
        control_plane = ControlPlane(topology, layout, self.toolchain)
        control_plane.boot(cgroups)
        phases.end("fabric and control plane begun")
        nodes = [
            NodeMachine(topology, node, layout, self.toolchain, self.images)
            for node in topology.nodes
        ]
        store = ensure_store(
            cache_dir() / "image-stores",
            layout=layout,
            toolchain=self.toolchain,
            images=self.images,
            cgroups=cgroups,
        )
        for node in nodes:
            # One after the other: network namespaces are made in forked children.
            node.prepare(image_store=store)
        phases.end("nodes prepared")
        with ThreadPoolExecutor(len(nodes)) as pool:
            try:
                modes = self._start(pool, control_plane, nodes, cgroups)
            except BaseException:
                # The pool's threads wait for what ends now, and this block for them.
                remains.remove(layout, logs=False)
                raise
        phases.end("service proxies answer")
        facts.write(layout.facts, topology, self.images, modes)
        record = LabRecord(topology=topology, proxy_modes=modes, phases=phases.ended)
        layout.record.write_text(record.model_dump_json(indent=2))
        return record

    def _start(
        self,
        pool: Executor,
        control_plane: ControlPlane,
        nodes: list[NodeMachine],
        cgroups: Cgroups,
    ) -> dict[str, str]:
        """Start the nodes and what runs on them; return what each proxy says at /proxyMode."""
        phases, api = self.phases, Api.of(self.layout, self.topology)
        _all_done([pool.submit(node.boot, cgroups) for node in nodes])
        phases.end("nodes booted")
        control_plane.await_api(api)
        phases.end("API server ready")
        control_plane.start_controllers()
        for node in nodes:
            api.create("/api/v1/nodes", node.manifest())
        dns.apply(api, self.topology, self.images.coredns)
        _all_done([pool.submit(_start_programs, node) for node in nodes])
        _await_nodes(api, self.topology)
        phases.end("nodes ready")
        _await_dns(api)
        phases.end("DNS ready")
        names = [node.node.name for node in nodes]
        modes = pool.map(lambda name: proxies.await_mode(api, name), names)
        return dict(zip(names, modes, strict=True))

    def _write_credentials(self) -> None:
        topology, layout = self.topology, self.layout
        names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
        pki = create_pki(
            layout.pki.directory,
            apiserver_addresses=[topology.api_address, topology.kubernetes_service_address],
            apiserver_names=[*names, f"{names[-1]}.{topology.cluster_domain}"],
            nodes={node.name: topology.address(node) for node in topology.nodes},
        )
        layout.kubeconfig.touch(mode=0o600)
        layout.kubeconfig.write_text(kubeconfig(pki, topology.api_url, "admin"))
        for user in (*CLIENTS, *(node.name for node in topology.nodes)):
            path = layout.credentials(user)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_text(kubeconfig(pki, topology.api_url, user))


def _start_programs(node: NodeMachine) -> None:
    node.start_kubelet()
    node.start_proxy()


def _all_done(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result()


def _await_nodes(api: Api, topology: Topology) -> None:
    waiting = {node.name for node in topology.nodes}
    for node in api.watch("/api/v1/nodes", seconds=_NODES_TIMEOUT):
        if is_ready(node):
            waiting.discard(name_of(node))
        if not waiting:
            return
    raise LabError(
        f"nodes are Ready - Expected: all within {_NODES_TIMEOUT} s "
        f"Actual: not {', '.join(sorted(waiting))}",
        next_step=f"read `netparity lab logs {min(waiting)}`",
    )


def _await_dns(api: Api) -> None:
    for deployment in api.watch(dns.DEPLOYMENTS, seconds=_DNS_TIMEOUT):
        if name_of(deployment) == "coredns" and dns.is_ready(deployment):
            return
    raise LabError(
        f"CoreDNS is ready - Expected: within {_DNS_TIMEOUT} s Actual: it is not",
        next_step="look at its pod in namespace kube-system",
    )
