"""The addresses and default routes that the containers of a pod have, as each of them sees its own."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from verdicts.vocabulary import Frozen

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


class InterfaceAddress(Frozen):
    """One address on one interface, as the container's userland listed it; `prefix` in bits."""

    interface: str
    address: str
    prefix: int

    @property
    def ip(self) -> IpAddress:
        """The address as a value: two spellings of one address are equal."""
        return ip_address(self.address)

    @property
    def network(self) -> IpNetwork:
        """The network that the address lies in."""
        return ip_network(f"{self.address}/{self.prefix}", strict=False)

    @property
    def is_endpoint(self) -> bool:
        """Neither loopback nor link-local; 169.254.0.0/16 is link-local (RFC 3927).

        Pods have such addresses on Windows (169.254.169.254 beside their own) and on EKS, whose
        IPv6 pods reach IPv4 from 169.254.172.0/22.
        https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html
        """
        return not (self.ip.is_loopback or self.ip.is_link_local)


class DefaultRoute(Frozen):
    """One active default route; several gateways are the next hops of that one route.

    `source` is the address that the route prefers, where it names one.
    """

    family: int
    interface: str
    gateways: tuple[str, ...] = ()
    source: str = ""


class ContainerInterfaces(Frozen):
    """What one container has; `default_routes` are the active ones of both families."""

    container: str
    addresses: tuple[InterfaceAddress, ...]
    default_routes: tuple[DefaultRoute, ...] = ()

    def endpoint_addresses(self, family: int) -> tuple[InterfaceAddress, ...]:
        """Return the distinct endpoint addresses of a family, in the order they were listed."""
        distinct: dict[IpAddress, InterfaceAddress] = {}
        for address in self.addresses:
            if address.is_endpoint and address.ip.version == family:
                distinct.setdefault(address.ip, address)
        return tuple(distinct.values())

    def default_routes_of(self, family: int) -> tuple[DefaultRoute, ...]:
        """Return the distinct default routes of a family.

        One gateway on one interface is one route however often it is listed: IPv6 lists a
        configured and an advertised route to the same router apart.
        """
        distinct: dict[tuple[str, tuple[str, ...]], DefaultRoute] = {}
        for route in self.default_routes:
            if route.family == family:
                distinct.setdefault((route.interface, route.gateways), route)
        return tuple(distinct.values())


class PodInterfaces(Frozen):
    """The interfaces of every container of a pod beside `status.podIPs`."""

    pod: str
    pod_ips: tuple[str, ...]
    containers: tuple[ContainerInterfaces, ...]

    @property
    def addresses_by_container(self) -> dict[str, tuple[str, ...]]:
        """Every container's endpoint addresses of both families, by its name."""
        return {
            container.container: tuple(
                address.address
                for family in (4, 6)
                for address in container.endpoint_addresses(family)
            )
            for container in self.containers
        }

    @property
    def families(self) -> tuple[int, ...]:
        """The IP families of the pod, primary one first; other families are not judged."""
        return tuple(dict.fromkeys(ip_address(address).version for address in self.pod_ips))
