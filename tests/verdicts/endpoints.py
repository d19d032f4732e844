"""Containers as tests of the row single-endpoint have them."""

from verdicts.observations.interfaces import (
    ContainerInterfaces,
    DefaultRoute,
    InterfaceAddress,
)

ETH0_V4 = DefaultRoute(family=4, interface="eth0", gateways=("10.244.0.1",))


def container(
    name: str, *addresses: str, routes: tuple[DefaultRoute, ...] = (ETH0_V4,)
) -> ContainerInterfaces:
    """Addresses as `interface address/prefix`."""
    listed = []
    for text in ("lo 127.0.0.1/8", "lo ::1/128", *addresses):
        interface, _, network = text.partition(" ")
        address, _, prefix = network.partition("/")
        listed.append(InterfaceAddress(interface=interface, address=address, prefix=int(prefix)))
    return ContainerInterfaces(container=name, addresses=tuple(listed), default_routes=routes)
