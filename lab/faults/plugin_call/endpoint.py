"""What commands of a fault may name of a pod's endpoint, from the plugin's result."""

from lab.oci_wrapper.documents import as_documents, as_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.oci_wrapper.documents import Document


def words_of(result: "Document", interface: str) -> dict[str, str]:
    """Return the words; of several addresses the first counts."""
    addresses = as_documents(result.get("ips"), "ips")
    first = addresses[0] if addresses else {}
    address, _, length = as_text(first.get("address", ""), "address").partition("/")
    macs = {
        as_text(link["name"], "name"): as_text(link.get("mac", ""), "mac")
        for link in as_documents(result.get("interfaces"), "interfaces")
        if link.get("sandbox")
    }
    head, _, octet = address.rpartition(".")
    return {
        "address": address,
        "length": length,
        "octet": octet,
        "moved": f"{head}.{(int(octet or 0) + 128) % 256}",
        "gateway": as_text(first.get("gateway", ""), "gateway"),
        "interface": interface,
        "mac": macs.get(interface, ""),
    }
