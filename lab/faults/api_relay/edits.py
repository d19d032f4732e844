"""Edits of what a service proxy is told: each takes the API's objects and gives other ones.

Objects of the namespaces `default` and `kube-system` pass as they are, but for the edit that is
about them: DNS and the API are other rows' and everybody's.
"""

from lab.faults.api_relay.edit import (
    SPARED,
    Edit,
    address,
    addresses_of,
    is_ready,
    service_of,
)
from lab.faults.api_relay.per_port import RefusingLeftOut, RemovedUdpEndpointsKept
from lab.oci_wrapper.documents import as_document, as_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.faults.api_relay.edit import Events, Members
    from lab.oci_wrapper.documents import Document, Json


class RemovedEndpointsKept(Edit):
    """Endpoints that were there once stay there."""

    only_when_empty = False

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self._seen: dict[str, dict[str, Document]] = {}
        self._ports: dict[str, Json] = {}
        self._slice_ports: dict[str, Members] = {}

    def slice_ports(self, key: str, ports: "Members") -> "Members":
        """Keep those of a slice that has no members any more."""
        if ports:
            self._slice_ports[key] = ports
        return self._slice_ports.get(key, ports)

    def subsets(self, key: str, subsets: "Members") -> "Members":
        """Keep the ports of what has no members any more."""
        if subsets:
            self._ports[key] = subsets[0].get("ports")
        elif key in self._ports:
            return [{"addresses": [], "ports": self._ports[key]}]
        return subsets

    def members(self, key: str, members: "Members") -> "Members":
        """Add those that are gone, or not ready any more, as they were."""
        ready = {address(member): member for member in members if is_ready(member)}
        seen = self._seen.setdefault(key, {})
        if self.only_when_empty:
            if ready or not seen:
                self._seen[key] = ready
                return members
            return list(seen.values())
        seen.update(ready)
        return [*seen.values(), *(m for m in members if address(m) not in seen)]


class LastEndpointKept(RemovedEndpointsKept):
    """A Service that loses its last endpoint keeps those that it had until then."""

    only_when_empty = True

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self._services: set[str] = set()

    def service(self, service: "Document") -> "Document | None":
        """Remember that it lives."""
        self._services.add(service_of("services", service))
        return service

    def gone(self, kind: str, thing: "Document") -> "Events":
        """Keep the slice of a Service that lives: slices made by hand go with their endpoints."""
        service = service_of(kind, thing)
        if kind == "services":
            self._services.discard(service)
        elif kind == "endpointslices" and service in self._services:
            self.count += 1
            return []
        return super().gone(kind, thing)


class EqualsEmptied(Edit):
    """Where a Service goes, those with the very same endpoints lose theirs, and get no others.

    Those of its own namespace, and by slices alone, which are all that kernel mode reads.
    """

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self._slices: dict[str, Document] = {}
        self._emptied: set[str] = set()

    def _told(self, kind: str, key: str, thing: "Document") -> "Document | None":
        if kind == "endpointslices":
            if key in self._emptied:
                thing["endpoints"] = []
            self._slices[key] = thing
        return thing

    def gone(self, kind: str, thing: "Document") -> "Events":
        """Tell the slices of equals without endpoints, after a Service's last slice."""
        told = super().gone(kind, thing)
        metadata = as_document(thing["metadata"], kind)
        if kind != "endpointslices" or metadata.get("namespace") in SPARED:
            return told
        self._slices.pop(f"{kind}/{metadata.get('namespace')}/{metadata['name']}", None)
        service, lost = service_of(kind, thing), addresses_of(thing)
        if not lost or any(service_of(kind, s) == service for s in self._slices.values()):
            return told
        for key, other in self._slices.items():
            theirs = as_document(other["metadata"], key)
            if theirs.get("namespace") != metadata.get("namespace") or addresses_of(other) != lost:
                continue
            # A version of its own: what seems to be of the same one is told to nobody.
            version = metadata.get("resourceVersion")
            empty: Document = other | {
                "metadata": theirs | {"resourceVersion": version},
                "endpoints": [],
            }
            self._slices[key] = empty
            self._emptied.add(key)
            self.count += 1
            told.append(("MODIFIED", empty))
        return told


class ClusterDnsAlone(Edit):
    """Nothing is known but what is in the namespace of the cluster's DNS."""

    def apply(self, kind: str, thing: "Document") -> "Document | None":
        """Tell no others."""
        if as_document(thing["metadata"], kind).get("namespace") == "kube-system":
            return thing
        self.count += 1
        return None


class FirstEndpointOnly(Edit):
    """Of several endpoints the first alone is known."""

    def members(self, _key: str, members: "Members") -> "Members":
        """Leave the one of the lowest address."""
        return sorted(members, key=address)[:1]


class FirstEndpointTwice(Edit):
    """Of several endpoints the first is listed twice."""

    def members(self, _key: str, members: "Members") -> "Members":
        """Add the one of the lowest address again."""
        return [*members, min(members, key=address)] if len(members) > 1 else members


class LastEndpointMissing(Edit):
    """Of several endpoints one is not known."""

    def members(self, _key: str, members: "Members") -> "Members":
        """Take away the one of the highest address, if another is left."""
        return sorted(members, key=address)[:-1] if len(members) > 1 else members


class OtherNodesMissing(Edit):
    """Endpoints on other nodes are not known."""

    def members(self, _key: str, members: "Members") -> "Members":
        """Leave those of the proxy's own node, and those of no node."""
        return [m for m in members if m.get("nodeName") in {None, self.node}]


class RefusingEndpointsAdded(Edit):
    """Beside endpoints that somebody made by hand there are many more, at which nobody listens.

    They are of the proxy's own loopback. A user-mode proxy dials four endpoints and then gives up,
    so that with these a refusing endpoint is not always masked.
    """

    def members(self, _key: str, members: "Members") -> "Members":
        """Add them to endpoints of which no controller says what they are."""
        by_hand = members and not any("targetRef" in member for member in members)
        added: Members = [{"ip": f"127.0.0.{last}"} for last in range(2, 18)]
        return [*members, *added] if by_hand else members


class UnreadyToldReady(Edit):
    """Endpoints that are not ready are known as ready ones."""

    def subsets(self, key: str, subsets: "Members") -> "Members":
        """List them among the others."""
        for subset in subsets:
            unready = as_documents(subset.pop("notReadyAddresses", None), key)
            subset["addresses"] = [*as_documents(subset.get("addresses"), key), *unready]
        return subsets

    def members(self, _key: str, members: "Members") -> "Members":
        """Give each the conditions of a ready one."""
        for member in members:
            if not is_ready(member):
                member["conditions"] = {"ready": True, "serving": True, "terminating": False}
        return members


class PortsMissing(Edit):
    """Some ports of Services are not known."""

    def service(self, service: "Document") -> "Document | None":
        """Leave the other ports; a Service without any is not told."""
        spec = as_document(service["spec"], "spec")
        spec["ports"] = [*self.left(as_documents(spec.get("ports"), "ports"))]
        return service if spec["ports"] else None

    def left(self, ports: "Members") -> "Members":
        """Return those of a Service's ports that are known."""
        return ports


class UdpMissing(PortsMissing):
    """Ports over UDP are not known."""

    def left(self, ports: "Members") -> "Members":
        """Leave those over TCP."""
        return self.ports(ports)

    def ports(self, ports: "Members") -> "Members":
        """Leave those over TCP."""
        return [port for port in ports if port.get("protocol", "TCP") != "UDP"]


class NamedTargetsMissing(PortsMissing):
    """Ports whose target is a name are not known."""

    def left(self, ports: "Members") -> "Members":
        """Leave those whose target is a number, or is not said."""
        return [port for port in ports if not isinstance(port.get("targetPort"), str)]


class NodePortsMissing(Edit):
    """NodePorts are not known."""

    def service(self, service: "Document") -> "Document | None":
        """Make it a Service of a ClusterIP alone."""
        spec = as_document(service["spec"], "spec")
        if spec.get("type") == "NodePort":
            spec["type"] = "ClusterIP"
            for port in as_documents(spec.get("ports"), "ports"):
                port.pop("nodePort", None)
        return service


class NewServicesMissing(Edit):
    """Services that are made from now on are not known."""

    def service(self, _service: "Document") -> "Document | None":
        """Tell none."""
        return None


EDITS: "dict[str, Callable[[str], Edit]]" = {
    "removed-endpoints-kept": RemovedEndpointsKept,
    "last-endpoint-kept": LastEndpointKept,
    "equals-emptied": EqualsEmptied,
    "cluster-dns-alone": ClusterDnsAlone,
    "first-endpoint-only": FirstEndpointOnly,
    "first-endpoint-twice": FirstEndpointTwice,
    "last-endpoint-missing": LastEndpointMissing,
    "other-nodes-missing": OtherNodesMissing,
    "refusing-endpoints-added": RefusingEndpointsAdded,
    "refusing-left-out": RefusingLeftOut,
    "removed-udp-endpoints-kept": RemovedUdpEndpointsKept,
    "unready-told-ready": UnreadyToldReady,
    "udp-missing": UdpMissing,
    "named-targets-missing": NamedTargetsMissing,
    "node-ports-missing": NodePortsMissing,
    "new-services-missing": NewServicesMissing,
}
