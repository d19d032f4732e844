"""Edits of what a service proxy is told: each takes the API's objects and gives other ones.

Objects of the namespaces `default` and `kube-system` pass as they are: DNS and the API are other
rows' and everybody's.

Members are a Service's endpoints: those of an EndpointSlice, or the addresses of an Endpoints
object, which the user-mode proxies read.
"""

from lab.oci_wrapper.documents import as_document, as_documents, as_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.oci_wrapper.documents import Document, Json

    Members = list[Document]

_SPARED = frozenset({"default", "kube-system"})


class Edit:
    """Tells everything as it is; the others change what they name."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.count = 0
        """Documents that were changed."""

    def apply(self, kind: str, thing: "Document") -> "Document | None":
        """Return the object to tell instead; None where it is not told at all."""
        metadata = as_document(thing["metadata"], kind)
        if metadata.get("namespace") in _SPARED:
            return thing
        before = repr(thing)
        told = self._told(kind, f"{kind}/{metadata.get('namespace')}/{metadata['name']}", thing)
        if repr(told) != before:
            self.count += 1
        return told

    def _told(self, kind: str, key: str, thing: "Document") -> "Document | None":
        if kind == "services":
            return self.service(thing)
        if kind == "endpointslices":
            thing["ports"] = [*self.ports(as_documents(thing.get("ports"), key))]
            thing["endpoints"] = [*self.members(key, as_documents(thing.get("endpoints"), key))]
        else:
            # One subset is all that a Service of ours ever has; its ports stay when members go.
            subsets = self.subsets(key, as_documents(thing.get("subsets"), key))
            for subset in subsets:
                subset["ports"] = [*self.ports(as_documents(subset.get("ports"), key))]
                members = as_documents(subset.get("addresses"), key)
                subset["addresses"] = [*self.members(key, members)]
            thing["subsets"] = [each for each in subsets if each["addresses"]]
        return thing

    def service(self, service: "Document") -> "Document | None":
        """Return the Service to tell."""
        return service

    def ports(self, ports: "Members") -> "Members":
        """Return the ports of endpoints to tell."""
        return ports

    def subsets(self, _key: str, subsets: "Members") -> "Members":
        """Return the subsets whose members are asked for."""
        return subsets

    def members(self, _key: str, members: "Members") -> "Members":
        """Return the members to tell."""
        return members


class RemovedEndpointsKept(Edit):
    """Endpoints that were there once stay there."""

    only_when_empty = False

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self._seen: dict[str, dict[str, Document]] = {}
        self._ports: dict[str, Json] = {}

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


class FirstEndpointOnly(Edit):
    """Of several endpoints the first alone is known."""

    def members(self, _key: str, members: "Members") -> "Members":
        """Leave the one of the lowest address."""
        return sorted(members, key=address)[:1]


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


class UdpMissing(Edit):
    """Ports over UDP are not known."""

    def service(self, service: "Document") -> "Document | None":
        """Leave the other ports; a Service of UDP alone is not told."""
        spec = as_document(service["spec"], "spec")
        spec["ports"] = [*self.ports(as_documents(spec.get("ports"), "ports"))]
        return service if spec["ports"] else None

    def ports(self, ports: "Members") -> "Members":
        """Leave those over TCP."""
        return [port for port in ports if port.get("protocol", "TCP") != "UDP"]


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
    "first-endpoint-only": FirstEndpointOnly,
    "last-endpoint-missing": LastEndpointMissing,
    "other-nodes-missing": OtherNodesMissing,
    "refusing-endpoints-added": RefusingEndpointsAdded,
    "udp-missing": UdpMissing,
    "node-ports-missing": NodePortsMissing,
    "new-services-missing": NewServicesMissing,
}


def address(member: "Document") -> str:
    """Return a member's address."""
    return str(member["ip"] if "ip" in member else as_list(member["addresses"], "addresses")[0])


def is_ready(member: "Document") -> bool:
    """Tell whether a member takes connections; an Endpoints object lists no others."""
    return as_document(member.get("conditions") or {}, "conditions").get("ready") is not False
