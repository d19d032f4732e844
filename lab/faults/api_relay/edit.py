"""One edit of what a service proxy is told: the one that changes nothing, and what edits ask.

Members are a Service's endpoints: those of an EndpointSlice, or the addresses of an Endpoints
object, which the user-mode proxies read.
"""

from lab.oci_wrapper.documents import as_document, as_documents, as_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.oci_wrapper.documents import Document

    Members = list[Document]
    Events = list[tuple[str, Document]]

SPARED = frozenset({"default", "kube-system"})
"""Namespaces whose objects are told as they are."""


class Edit:
    """Tells everything as it is; those that derive from it change what they name."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.count = 0
        """Documents that were changed."""

    def tell(self, kind: str, thing: "Document") -> "Members":
        """Return the objects to tell instead of one: that one, none, or several."""
        told = self.apply(kind, thing)
        return [] if told is None else [told]

    def apply(self, kind: str, thing: "Document") -> "Document | None":
        """Return the object to tell instead; None where it is not told at all."""
        metadata = as_document(thing["metadata"], kind)
        if metadata.get("namespace") in SPARED:
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
            thing["ports"] = [*self.slice_ports(key, as_documents(thing.get("ports"), key))]
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

    def gone(self, _kind: str, thing: "Document") -> "Events":
        """Return the events to tell where an object was deleted: that it was, and nothing else."""
        return [("DELETED", thing)]

    def service(self, service: "Document") -> "Document | None":
        """Return the Service to tell."""
        return service

    def ports(self, ports: "Members") -> "Members":
        """Return the ports of endpoints to tell."""
        return ports

    def slice_ports(self, _key: str, ports: "Members") -> "Members":
        """Return the ports of a slice to tell; one that has no members has none."""
        return self.ports(ports)

    def subsets(self, _key: str, subsets: "Members") -> "Members":
        """Return the subsets whose members are asked for."""
        return subsets

    def members(self, _key: str, members: "Members") -> "Members":
        """Return the members to tell."""
        return members


def address(member: "Document") -> str:
    """Return a member's address."""
    return str(member["ip"] if "ip" in member else as_list(member["addresses"], "addresses")[0])


def addresses_of(endpoint_slice: "Document") -> frozenset[str]:
    """Return the addresses of a slice's members."""
    members = as_documents(endpoint_slice.get("endpoints"), "endpoints")
    return frozenset(address(member) for member in members)


def service_of(kind: str, thing: "Document") -> str:
    """Return the namespace and name of a Service, or of the one that an object is about."""
    metadata = as_document(thing["metadata"], kind)
    labels = as_document(metadata.get("labels") or {}, "labels")
    name = metadata["name"]
    if kind == "endpointslices":
        name = labels.get("kubernetes.io/service-name", name)
    return f"{metadata.get('namespace')}/{name}"


def is_ready(member: "Document") -> bool:
    """Tell whether a member takes connections; an Endpoints object lists no others."""
    return as_document(member.get("conditions") or {}, "conditions").get("ready") is not False
