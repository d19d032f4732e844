"""Frames of a pod as another node's interface received them, and whose MACs are known."""

from verdicts.observations.attempts import Attempts
from verdicts.vocabulary import Frozen


class Frame(Frozen):
    """One received frame that carries a plain IPv4 packet; MACs in lower case."""

    source_mac: str
    destination_mac: str
    source_ip: str
    destination_ip: str


class Neighbour(Frozen):
    """What a node's InternalIP resolves to on the capturing interface; `mac` None: to nothing."""

    node: str
    address: str
    mac: str | None


class Configuration(Frozen):
    """One CNI configuration file: its network's name and its plugins, without those of IPAM."""

    file: str
    network: str
    plugins: tuple[str, ...]


class NodeConfiguration(Frozen):
    """The CNI configuration that a node shows, and the plugin that somebody declared for it.

    `files` is None where the directory could not be read; `reason` says why.
    """

    node: str
    directory: str
    files: tuple[Configuration, ...] | None
    reason: str = ""
    declared: str = ""


class Wire(Frozen):
    """The judged pod talks to another node while that node's InternalIP interface is captured.

    `receiver` is None where nothing could capture; `reason` says why. `neighbours` begin with
    the sender's own node. `sender_macs` are those read on the sending node itself, empty where
    they could not be read; `pod_macs` those that the pod's containers see. `talked` is the
    traffic that had to show up. `configuration` is the sender's.
    """

    platform: str
    node: str
    pod: str
    pod_ip: str
    pod_macs: tuple[str, ...]
    receiver: str | None
    interface: str = ""
    reason: str = ""
    neighbours: tuple[Neighbour, ...] = ()
    sender_macs: tuple[str, ...] = ()
    talked: tuple[Attempts, ...] = ()
    frames: tuple[Frame, ...] = ()
    configuration: NodeConfiguration
