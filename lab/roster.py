"""The nodes of a whole lab, and those that a user's options leave of them."""

from collections.abc import Iterable

from lab.errors import LabError
from lab.node_description import Column, Emulation, Mode, Node, Proxy

_WINDOWS_2016 = frozenset(
    {
        Emulation.RUNTIME_WRAPPER,
        Emulation.SECOND_ENDPOINT,
        Emulation.PLAIN_RESOLV_CONF,
        Emulation.TRANSPARENT_NETWORK,
        Emulation.WINDOWS_PROXIER,
    }
)
SWITCHES = tuple(emulation for emulation in Emulation if emulation in _WINDOWS_2016)
"""The emulations of `win2016`, each of which `lab up` can leave out."""

NODES = (
    Node(
        name="linux-a",
        ordinal=0,
        column=Column.LINUX,
        proxy=Proxy.NFTABLES,
        asked_mode=Mode.KERNEL,
    ),
    Node(
        name="linux-b",
        ordinal=1,
        column=Column.LINUX,
        proxy=Proxy.LINUX_USERSPACE,
        asked_mode=Mode.USER,
    ),
    Node(
        name="win1709-a",
        ordinal=2,
        column=Column.WINDOWS_1709,
        proxy=Proxy.NFTABLES,
        asked_mode=Mode.KERNEL,
        emulations=frozenset({Emulation.L2BRIDGE, Emulation.NON_DSR, Emulation.SILENT_DROP}),
    ),
    Node(
        name="win1709-b",
        ordinal=3,
        column=Column.WINDOWS_1709,
        proxy=Proxy.WINDOWS_USERSPACE,
        asked_mode=Mode.USER,
        emulations=frozenset({Emulation.L2BRIDGE, Emulation.WINDOWS_PROXIER}),
    ),
    Node(
        name="win2016",
        ordinal=4,
        column=Column.WINDOWS_2016,
        proxy=Proxy.WINDOWS_USERSPACE,
        # 2016 was asked for kernelspace and fell back, silently:
        # https://github.com/kubernetes/kubernetes/blob/v1.20.2/cmd/kube-proxy/app/server_windows.go#L192-L205
        asked_mode=Mode.KERNEL,
        emulations=_WINDOWS_2016,
    ),
)


def chosen_nodes(names: str, *, without: Iterable[str]) -> tuple[Node, ...]:
    """Return the nodes of a comma-separated list, all for an empty one.

    `without` names emulations of the 2016 node to switch off.

    Raises:
        LabError: there is no such node, or no such emulation to switch off.
    """
    switched_off = [_switch(name) for name in without]
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = [node.name for node in NODES]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise LabError(
            f"no node of the lab is called {', '.join(unknown)}",
            next_step=f"choose from {', '.join(known)}",
        )
    chosen = [node for node in NODES if not wanted or node.name in wanted]
    for emulation in switched_off:
        chosen = [
            _without(node, emulation) if node.column is Column.WINDOWS_2016 else node
            for node in chosen
        ]
    return tuple(chosen)


def _without(node: Node, emulation: Emulation) -> Node:
    """Switch one trait off; what stands in its place is what 1709 does."""
    if not node.emulates(emulation):
        return node
    left = node.emulations - {emulation}
    proxy = node.proxy
    if emulation is Emulation.TRANSPARENT_NETWORK:
        left |= {Emulation.L2BRIDGE}
    elif emulation is Emulation.WINDOWS_PROXIER:
        left |= {Emulation.NON_DSR, Emulation.SILENT_DROP}
        proxy = Proxy.NFTABLES
    return node.model_copy(update={"emulations": left, "proxy": proxy})


def _switch(name: str) -> Emulation:
    if name not in set(SWITCHES):
        raise LabError(
            f"no emulation is called {name}",
            next_step=f"choose from {', '.join(SWITCHES)}",
        )
    return Emulation(name)
