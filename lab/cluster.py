"""Bringing the lab up and down."""

from pydantic import ValidationError

from lab import remains
from lab.api import Api, is_ready, name_of, objects
from lab.boot import Boot, LabRecord, Phases, Report
from lab.errors import LabError
from lab.images import build_images
from lab.layout import Layout
from lab.lock import only_one_command
from lab.machine import Machine
from lab.namespaces import FABRIC
from lab.paths import cache_dir, state_dir
from lab.prerequisites import ensure_machine
from lab.toolchain import build
from lab.topology import Topology
from lab.waiting import eventually

_STANDING_TIMEOUT = 20.0


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
            return Boot(topology, layout, toolchain, images, phases).run()
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
    if record is None:
        return None
    found = machines(layout, record)
    names = {node.name for node in record.topology.nodes}
    api = Api.of(layout, record.topology)
    try:
        if not all(machine.is_alive and not machine.ended() for machine in found):
            return None
        # A busy machine lets nodes miss a heartbeat; a lab in use is not taken down for that.
        eventually(
            lambda: _ready(api),
            until=lambda ready: ready == names,
            what="the nodes of the lab that is up are Ready",
            timeout=_STANDING_TIMEOUT,
            next_step="run `netparity lab down`, then `netparity lab up`",
        )
    except LabError:
        return None
    return record


def _ready(api: Api) -> set[str]:
    return {name_of(node) for node in objects(api.get("/api/v1/nodes")["items"]) if is_ready(node)}


def machines(layout: Layout, record: LabRecord) -> list[Machine]:
    """Return the control plane's machine and each node's."""
    nodes = record.topology.nodes
    return [
        Machine("control-plane", FABRIC, layout.control_plane),
        *(Machine(node.name, node.namespace, layout.node(node.name)) for node in nodes),
    ]
