"""Bringing the lab up and down."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

from pydantic import BaseModel, ConfigDict, ValidationError

from lab import dns, facts, network, remains
from lab.api import Api, Object
from lab.cgroups import Cgroups
from lab.control_plane import ControlPlane
from lab.errors import LabError
from lab.image_store import ensure_store
from lab.images import Images, build_images
from lab.layout import Layout
from lab.lock import only_one_command
from lab.machine import Machine
from lab.node import NodeMachine
from lab.paths import cache_dir, state_dir
from lab.pki import CLIENTS, create_pki, kubeconfig
from lab.prerequisites import ensure_machine
from lab.proxies import PROXY_MODE_PORT
from lab.toolchain import Toolchain, build
from lab.topology import FABRIC, Topology
from lab.waiting import eventually

Report = Callable[[str], None]

_NODES_TIMEOUT = 90
_DNS_TIMEOUT = 60
_PROXY_TIMEOUT = 30.0


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


def up(topology: Topology, *, report: Report) -> LabRecord:
    """Bring the lab up, or find that it is; whatever half of one is left goes first.

    `report` gets a line for each phase that ends, and the toolchain's lines.

    Raises:
        LabError: another topology is up, the machine cannot carry a lab, or a part of it does
            not start; nothing runs then, and the logs stay.
    """
    layout = Layout(state_dir())
    with only_one_command():
        phases = Phases(report)
        ensure_machine(report=report)
        for each in remains.layouts(layout):
            standing = standing_lab(each)
            if standing is None:
                continue
            if each == layout and standing.topology == topology:
                return standing
            raise LabError(
                f"another lab is up: {', '.join(node.name for node in standing.topology.nodes)} "
                f"in {standing.topology.subnet}, its state in {each.root}",
                next_step="run `netparity lab down` first, or `netparity lab up` as it was",
            )
        toolchain = build(report=report)
        images = build_images(toolchain, cache_dir() / "images", report=report)
        phases.end("toolchain and images")
        remains.remove(layout, logs=True)
        phases.end("remains removed")
        try:
            return _Boot(topology, layout, toolchain, images, phases).run()
        except BaseException:
            # Ctrl-C included: what runs without a record would only be cleaned by the next up.
            remains.remove(layout, logs=False)
            raise


def down() -> None:
    """Take the lab down, whole or half, and remove its files.

    Raises:
        LabError: something of it does not go away.
    """
    layout = Layout(state_dir())
    with only_one_command():
        remains.remove(layout, logs=True)


def recorded_lab(layout: Layout) -> LabRecord | None:
    """Return the lab that came up in this state directory, whether or not it still runs."""
    try:
        return LabRecord.model_validate_json(layout.record.read_text())
    except FileNotFoundError:
        return None
    except ValidationError:
        return None  # Torn, or of another version of netparity: not a lab to go on with.


def standing_lab(layout: Layout) -> LabRecord | None:
    """Return the recorded lab if all of it runs: machines, programs, API server, nodes."""
    record = recorded_lab(layout)
    if record is None or not all(machine.is_alive for machine in machines(layout, record)):
        return None
    try:
        if any(machine.ended() for machine in machines(layout, record)):
            return None
        nodes = api_of(layout, record.topology).get("/api/v1/nodes")["items"]
    except (LabError, OSError):
        return None
    ready = {name_of(node) for node in objects(nodes) if is_ready(node)}
    return record if ready == {node.name for node in record.topology.nodes} else None


def machines(layout: Layout, record: LabRecord) -> list[Machine]:
    """Return the control plane's machine and each node's."""
    nodes = record.topology.nodes
    return [
        Machine("control-plane", FABRIC, layout.control_plane),
        *(Machine(node.name, node.namespace, layout.node(node.name)) for node in nodes),
    ]


def api_of(layout: Layout, topology: Topology) -> Api:
    """Return the administrator's way to the lab's API server."""
    return Api(str(topology.api_address), layout.pki)


def objects(value: object) -> list[Object]:
    """Return the API objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def name_of(thing: Object) -> str:
    """Return an API object's name."""
    metadata = thing["metadata"]
    return str(metadata["name"]) if isinstance(metadata, dict) else ""


def is_ready(node: Object) -> bool:
    """Tell whether a Node object says Ready."""
    status = node.get("status")
    conditions = status.get("conditions") if isinstance(status, dict) else None
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in objects(conditions)
    )


@dataclass(frozen=True, slots=True)
class _Boot:
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
        host = remains.note_host(layout)
        self._write_credentials()
        phases.end("credentials")
        cgroups = Cgroups.mounted()
        enabled = cgroups.enable_controllers()
        if enabled:
            host = host.model_copy(update={"enabled_controllers": enabled})
            layout.host_record.write_text(host.model_dump_json())
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
        api = api_of(layout, topology)
        with ThreadPoolExecutor(len(nodes)) as pool:
            _all_done([pool.submit(node.boot, cgroups) for node in nodes])
            phases.end("nodes booted")
            control_plane.await_api(api)
            phases.end("API server ready")
            control_plane.start_controllers()
            for node in nodes:
                api.create("/api/v1/nodes", node.manifest())
            kubelets = [pool.submit(_start, node) for node in nodes]
            _all_done(kubelets)
            dns.apply(api, topology, self.images.coredns)
            _await_nodes(api, topology)
            phases.end("nodes ready")
            _await_dns(api)
            phases.end("DNS ready")
            modes = dict(
                pool.map(lambda node: (node.node.name, _proxy_mode(api, node.node.name)), nodes)
            )
        phases.end("service proxies answer")
        facts.write(layout.facts, topology, self.images, modes)
        record = LabRecord(topology=topology, proxy_modes=modes, phases=phases.ended)
        layout.record.write_text(record.model_dump_json(indent=2))
        return record

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


def _start(node: NodeMachine) -> None:
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


def _proxy_mode(api: Api, node: str) -> str:
    def ask() -> str:
        try:
            return api.text(f"/api/v1/nodes/{node}:{PROXY_MODE_PORT}/proxy/proxyMode")
        except LabError as error:
            raise ConnectionError(str(error)) from error  # 503 until the proxy listens.

    return eventually(
        ask,
        what=f"the service proxy of {node} says its mode",
        timeout=_PROXY_TIMEOUT,
        next_step=f"read `netparity lab logs {node}`",
    )
