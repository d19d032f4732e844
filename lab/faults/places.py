"""Where faults can be made: sets of nodes by what the nodes are, not by their names."""

from lab.faults.fault import Where
from lab.node_description import Column, Emulation, Node, Proxy


def runs_in_kernel_mode(node: Node) -> bool:
    """Tell whether the node's service proxy forwards in the kernel."""
    return node.proxy is Proxy.NFTABLES


def _shares_compartments(node: Node) -> bool:
    return not node.emulates(Emulation.RUNTIME_WRAPPER)


def _routes_pods(node: Node) -> bool:
    return not node.emulates(Emulation.TRANSPARENT_NETWORK)


ANY_NODE = Where("every node", lambda _: True)
LINUX = Where("Linux nodes", lambda node: node.column is Column.LINUX)
L2BRIDGE = Where("nodes whose pods are on an l2bridge", lambda n: n.emulates(Emulation.L2BRIDGE))
KERNEL_MODE = Where("nodes whose service proxy runs in kernel mode", runs_in_kernel_mode)
LINUX_KERNEL_MODE = Where(
    "Linux nodes whose service proxy runs in kernel mode",
    lambda node: node.column is Column.LINUX and runs_in_kernel_mode(node),
)
USER_MODE = Where(
    "nodes whose service proxy runs in user mode", lambda node: not runs_in_kernel_mode(node)
)
LINUX_USER_MODE = Where(
    "Linux nodes whose service proxy runs in user mode",
    lambda node: node.column is Column.LINUX and not runs_in_kernel_mode(node),
)
SHARED_COMPARTMENT = Where("nodes whose pods have one compartment", _shares_compartments)
SINGLE_ENDPOINT = Where(
    "nodes whose pods have one endpoint", lambda node: not node.emulates(Emulation.SECOND_ENDPOINT)
)
ONE_ENDPOINT_ROUTED = Where(
    "nodes that route to their pods, which have one endpoint",
    lambda node: _routes_pods(node) and not node.emulates(Emulation.SECOND_ENDPOINT),
)
POD_SUFFIXES = Where(
    "nodes whose pods have a search list of their own",
    lambda node: not node.emulates(Emulation.PLAIN_RESOLV_CONF),
)
NAMES_LEFT_ALONE = Where(
    "nodes whose pods have a search list of their own and whose proxy leaves names alone",
    lambda node: not (node.emulations & {Emulation.PLAIN_RESOLV_CONF, Emulation.WINDOWS_PROXIER}),
)
ROUTED_PODS = Where("nodes that route to their pods", _routes_pods)
ROUTED_PODS_IN_KERNEL_MODE = Where(
    "nodes that route to their pods and whose service proxy runs in kernel mode",
    lambda node: _routes_pods(node) and runs_in_kernel_mode(node),
)
ROUTED_PODS_IN_USER_MODE = Where(
    "nodes that route to their pods and whose service proxy runs in user mode",
    lambda node: _routes_pods(node) and not runs_in_kernel_mode(node),
)
CLUSTER = Where("the whole cluster", lambda _: False, is_cluster=True)
