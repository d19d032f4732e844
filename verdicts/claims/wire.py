"""What received frames say of a pod's MAC: the node's, the pod's own, or nothing at all."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

from verdicts.findings import Finding
from verdicts.observations.wire import Neighbour, NodeConfiguration, Wire
from verdicts.vocabulary import Outcome


class Bearing(StrEnum):
    """Whose MAC a pod's frames bear."""

    NODE = "node"
    OWN = "own"
    UNDECIDED = "undecided"


class Reading(NamedTuple):
    """What was read off the wire; `code` and `why` where it is undecided."""

    bearing: Bearing
    code: str = ""
    why: str = ""


_L2BRIDGE = ("l2bridge", "l2tunnel", "win-bridge", "sdnbridge", "wincni")
"""Words by which a configuration promises l2bridge: network names and plugin types.

https://github.com/containernetworking/plugins/tree/main/plugins/main/windows/win-bridge
https://github.com/microsoft/windows-container-networking
"""


def read_wire(observation: Wire) -> Reading:
    """Say whose MAC the pod's frames bear, where that can be said at all.

    Undecided where no frame could be captured, where the fabric answers ARP for everybody
    (Azure) or is routed, where frames with the pod's IP do not pass plain (overlays,
    masquerading), and where their MAC is a third one: a router's, or that of a secondary
    interface whose node could not be read (AWS).
    """
    unready = _unready(observation)
    if unready:
        return unready
    if not observation.frames:
        return _no_frames(observation)
    nodes = _node_macs(observation)
    borne = {frame.source_mac for frame in observation.frames}
    if borne & set(observation.pod_macs) - nodes:
        return Reading(Bearing.OWN)
    if borne <= nodes:
        return Reading(Bearing.NODE)
    return Reading(
        Bearing.UNDECIDED,
        "third-mac",
        f"frames of {observation.pod_ip} bear {_listed(borne - nodes)}, neither known as a MAC "
        f"of {observation.node} nor as the pod's own",
    )


def frames_bear_the_nodes_mac(observation: Wire) -> Finding:
    """On the wire, a pod's frames bear a MAC of its node, as l2bridge rewrites them.

    Code: `own-mac`, where the node's configuration was read and either promises l2bridge or is
    empty; with another plugin own MACs are by design (`differs-by-design`), and unread it
    cannot be said (inconclusive, `own-mac-by-unread-plugin`). Linux promises no l2bridge: there
    it is `not-asked-of-linux`, measured as the control. Not applicable besides: the reasons of
    `read_wire`. Inconclusive: `no-traffic`.

    Facts: `pod_ip`, `source_macs`, `node_mac` (that of the InternalIP, as the receiver knows it),
    `receiver`, `bearing`, `l2bridge` (whether the configuration promises it).
    Source: https://learn.microsoft.com/virtualization/windowscontainers/container-networking/network-drivers-topologies
    """
    reading = read_wire(observation)
    facts = _facts(observation, reading)
    if reading.bearing is Bearing.UNDECIDED:
        if reading.code == "no-traffic":
            return Finding.inconclusive(reading.code, reading.why, **facts)
        return _noted(Finding.not_applicable(reading.code, reading.why), facts)
    owner = "the node's" if reading.bearing is Bearing.NODE else "the pod's own"
    seen = f"frames of {observation.pod_ip} bear {owner} MAC"
    if observation.platform == "linux":
        outcome = Outcome.PASS if reading.bearing is Bearing.NODE else Outcome.FAIL
        control = Finding.not_applicable("not-asked-of-linux", seen, as_control=outcome)
        return _noted(control, facts)
    if reading.bearing is Bearing.NODE:
        return Finding.passed(seen, **facts)
    return _noted(_own_mac(observation, seen), facts)


def _own_mac(observation: Wire, seen: str) -> Finding:
    configuration = observation.configuration
    if configuration.files is None and not configuration.declared:
        return Finding.inconclusive(
            "own-mac-by-unread-plugin",
            f"{seen}, and {observation.node}'s plugin is not known: {configuration.reason}",
        )
    if plugins_of(configuration) and not promises_l2bridge(configuration):
        return Finding.not_applicable(
            "differs-by-design", f"{seen}, and {_listed(plugins_of(configuration))} is no l2bridge"
        )
    return Finding.failed("own-mac", seen)


def plugins_of(configuration: NodeConfiguration) -> tuple[str, ...]:
    """Return the names of the networks and plugins that are read or declared of a node."""
    read = (name for file in configuration.files or () for name in (file.network, *file.plugins))
    declared = (configuration.declared,)
    return tuple(dict.fromkeys(name for name in (*read, *declared) if name))


def promises_l2bridge(configuration: NodeConfiguration) -> bool:
    """Say whether a node's network or its plugin is called an l2bridge."""
    return any(word in name.lower() for name in plugins_of(configuration) for word in _L2BRIDGE)


CLAIMS: Mapping[str, Callable[..., Finding]] = {
    frames_bear_the_nodes_mac.__name__: frames_bear_the_nodes_mac
}


def _unready(observation: Wire) -> Reading | None:
    """Say why frames could not be told apart even if there were any."""
    if observation.receiver is None:
        return Reading(Bearing.UNDECIDED, "no-capture", observation.reason)
    sender, *others = observation.neighbours
    if sender.mac is None:
        return Reading(
            Bearing.UNDECIDED,
            "not-on-one-wire",
            f"{sender.address} of {sender.node} has no neighbour entry on {observation.receiver}",
        )
    known = set(observation.sender_macs)
    if known and sender.mac not in known:
        return _answered_for(sender, f"which is none of {sender.node}'s own")
    resolved = [other for other in others if other.mac is not None]
    alike = [other for other in resolved if other.mac == sender.mac]
    if alike:
        return _answered_for(sender, f"as {alike[0].address} of {alike[0].node} does")
    if not resolved and not known:
        return Reading(
            Bearing.UNDECIDED,
            "one-mac-only",
            f"no second node's address resolves on {observation.receiver} to compare with",
        )
    return None


def _answered_for(sender: Neighbour, how: str) -> Reading:
    return Reading(
        Bearing.UNDECIDED,
        "arp-answered-for-all",
        f"{sender.address} of {sender.node} resolves to {sender.mac}, {how}",
    )


def _no_frames(observation: Wire) -> Reading:
    if not any(attempts.answered for attempts in observation.talked):
        return Reading(
            Bearing.UNDECIDED,
            "no-traffic",
            f"{observation.pod} reached nothing on {observation.receiver}",
        )
    return Reading(
        Bearing.UNDECIDED,
        "no-plain-frames",
        f"no frame with {observation.pod_ip} passed on {observation.interface} of "
        f"{observation.receiver} while {observation.pod} talked to it",
    )


def _node_macs(observation: Wire) -> set[str]:
    sender = observation.neighbours[0].mac
    return {*observation.sender_macs, *([sender] if sender else [])}


def _facts(observation: Wire, reading: Reading) -> dict[str, JsonValue]:
    return {
        "pod_ip": observation.pod_ip,
        "source_macs": [*sorted({frame.source_mac for frame in observation.frames})],
        "node_mac": next((n.mac for n in observation.neighbours[:1] if n.mac), ""),
        "receiver": observation.receiver or "",
        "bearing": reading.bearing.value,
        "l2bridge": promises_l2bridge(observation.configuration),
    }


def _noted(finding: Finding, facts: dict[str, JsonValue]) -> Finding:
    return finding.model_copy(update={"facts": facts})


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
