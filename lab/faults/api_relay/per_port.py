"""Edits by which the endpoints of a Service's ports differ from port to port."""

import socket

from lab.faults.api_relay.edit import SPARED, Edit, address
from lab.oci_wrapper.documents import as_document, as_documents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.faults.api_relay.edit import Events, Members
    from lab.oci_wrapper.documents import Document

_TIMEOUT = 1.0
"""Seconds for a handshake; a member that is silent for so long does not refuse."""


class RefusingLeftOut(Edit):
    """Where a member refuses connections at a port, it is not among those of that port.

    So it is with data planes that ask before they choose, or choose again. For slices alone, which
    are all that kernel mode reads; a slice has the same members for all of its ports, and so each
    port is told in a slice of its own.
    """

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self._shares: dict[str, dict[str, Document]] = {}

    def tell(self, kind: str, thing: "Document") -> "Members":
        """Return a slice for each port, and empty ones for ports that are there no more."""
        metadata = as_document(thing["metadata"], kind)
        if kind != "endpointslices" or metadata.get("namespace") in SPARED:
            return super().tell(kind, thing)
        key = f"{metadata.get('namespace')}/{metadata['name']}"
        members = as_documents(thing.get("endpoints"), key)
        shares: dict[str, Document] = {}
        for port in as_documents(thing.get("ports"), key):
            name = f"{metadata['name']}-{port.get('port')}-{port.get('protocol', 'TCP')}".lower()
            chosen = [member for member in members if not _refuses(address(member), port)]
            self.count += len(chosen) != len(members)
            shares[name] = thing | {
                "metadata": metadata | {"name": name},
                "ports": [port],
                "endpoints": [*chosen],
            }
        for name, share in self._shares.get(key, {}).items():
            shares.setdefault(name, share | {"endpoints": []})
        self._shares[key] = shares
        return [*shares.values()]

    def gone(self, kind: str, thing: "Document") -> "Events":
        """Tell that every slice that was told in its place is deleted."""
        metadata = as_document(thing["metadata"], kind)
        shares = self._shares.pop(f"{metadata.get('namespace')}/{metadata['name']}", {})
        if kind != "endpointslices" or not shares:
            return super().gone(kind, thing)
        return [("DELETED", share) for share in shares.values()]


def _refuses(host: str, port: "Document") -> bool:
    number = port.get("port")
    if port.get("protocol", "TCP") != "TCP" or not isinstance(number, int):
        return False
    try:
        socket.create_connection((host, number), timeout=_TIMEOUT).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


class RemovedUdpEndpointsKept(Edit):
    """Members that were there once stay there for ports over UDP, and for no others.

    For Endpoints objects alone, which are all that the user-mode proxies read.
    """

    def __init__(self, node: str) -> None:
        super().__init__(node)
        self._seen: dict[str, dict[str, Document]] = {}

    def subsets(self, key: str, subsets: "Members") -> "Members":
        """Tell a subset of the ports over UDP beside one of the others."""
        told: Members = []
        seen = self._seen.setdefault(key, {})
        for subset in subsets:
            members = as_documents(subset.get("addresses"), key)
            seen.update((address(member), member) for member in members)
            ports = as_documents(subset.get("ports"), key)
            udp = [port for port in ports if port.get("protocol") == "UDP"]
            others = [port for port in ports if port not in udp]
            told.append({"addresses": [*members], "ports": [*others]})
            told.append({"addresses": [*seen.values()], "ports": [*udp]})
        return [subset for subset in told if subset["ports"]]
