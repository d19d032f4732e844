"""A node as it is asked for, and the words that describe one."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from lab.namespaces import NAMESPACE_PREFIX


class Column(StrEnum):
    """A column of the parity table."""

    LINUX = "linux"
    WINDOWS_1709 = "windows-1709"
    WINDOWS_2016 = "windows-2016"


class Emulation(StrEnum):
    """One documented trait of a Windows build; each is a switch of its own."""

    RUNTIME_WRAPPER = "runtime-wrapper"
    """Every container after a pod's first has a network namespace and address of its own."""
    SECOND_ENDPOINT = "second-endpoint"
    """A pod has a NAT endpoint with the default route beside the one that is its pod IP."""
    PLAIN_RESOLV_CONF = "plain-resolv-conf"
    """A pod's resolv.conf has no search list."""
    TRANSPARENT_NETWORK = "transparent-network"
    """Pods are on the wire with MACs of their own, and no CNI configuration is shown."""
    WINDOWS_PROXIER = "windows-proxier"
    """The node's service proxy is the Windows user-mode one."""
    L2BRIDGE = "l2bridge"
    """Pods have addresses of the host's subnet and the host's MAC on the wire."""
    NON_DSR = "non-dsr"
    """A backend sees the node's address, not the client pod's."""
    SILENT_DROP = "silent-drop"
    """A service without endpoints lets handshakes time out instead of refusing them."""


class Proxy(StrEnum):
    """A service proxy program, in the mode in which it is started."""

    NFTABLES = "nftables"
    LINUX_USERSPACE = "userspace"
    WINDOWS_USERSPACE = "winuserspace"


class Mode(StrEnum):
    """Where a service proxy does its work."""

    KERNEL = "kernel"
    USER = "user"


class Node(BaseModel):
    """A node as it is asked for: its column, its proxy and the traits that it emulates."""

    model_config = ConfigDict(frozen=True)

    name: str
    ordinal: int
    """Place in the address plan; a subset of nodes keeps the addresses of the whole lab."""
    column: Column
    proxy: Proxy
    asked_mode: Mode
    emulations: frozenset[Emulation] = frozenset()

    def emulates(self, emulation: Emulation) -> bool:
        """Tell whether the trait is switched on here."""
        return emulation in self.emulations

    @property
    def namespace(self) -> str:
        """Name of the node's network namespace, as `ip netns` shows it."""
        return f"{NAMESPACE_PREFIX}{self.name}"

    @property
    def cgroup(self) -> str:
        """Name of the node's cgroup, the same in each hierarchy."""
        return self.namespace

    @property
    def has_host_addresses(self) -> bool:
        """Whether pods take their addresses from the host's subnet."""
        return bool(self.emulations & {Emulation.L2BRIDGE, Emulation.TRANSPARENT_NETWORK})
