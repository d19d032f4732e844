"""Put together what a CNI plugin gave the pods of a platform: addresses, and where they are from."""

from conformance.handles import NodeUnderTest
from conformance.probes.interfaces import pod_interfaces
from conformance.probes.paths import placed
from conformance.probes.wire import configuration, host_networks, wire
from verdicts.observations.cni import Origins, PlatformAddresses, Plugin


def platform_addresses(node: NodeUnderTest) -> PlatformAddresses:
    """Return the addresses of the platform's pods beside those that the probe pod sees.

    Raises:
        HarnessError: a pod did not become ready, or could not be asked.
    """
    platform = node.judged.platform
    return PlatformAddresses(
        platform=platform,
        node=node.judged.node.name,
        pods=tuple(placed(pod) for pod in node.fleet.pods(platform=platform)),
        interfaces=pod_interfaces(node),
    )


def plugin(node: NodeUnderTest) -> Plugin:
    """Return the node's CNI configuration, and what pods' endpoints betray of their maker.

    Raises:
        HarnessError: a pod could not be asked.
    """
    return Plugin(
        platform=node.judged.platform,
        configuration=configuration(node),
        wire=wire(node),
        interfaces=pod_interfaces(node),
    )


def origins(node: NodeUnderTest) -> Origins:
    """Return the addresses of the judged node's pods beside the ranges that are known there.

    Raises:
        HarnessError: a pod could not be asked.
    """
    networks, reason = host_networks(node)
    judged = node.judged.node
    return Origins(
        node=judged.name,
        pods=tuple(placed(pod) for pod in node.fleet.pods(node=node.id)),
        pod_cidrs=judged.pod_cidrs,
        host_networks=networks,
        reason=reason,
        declared_host_space=judged.cni.host_address_space,
    )
