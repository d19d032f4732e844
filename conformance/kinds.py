"""Where in the API each kind of object lives that netparity creates."""

from types import MappingProxyType
from typing import Final

from conformance.objects import JsonObject

_PLURALS: Final = MappingProxyType(
    {
        "Namespace": ("", "namespaces"),
        "Pod": ("", "pods"),
        "Service": ("", "services"),
        "ServiceAccount": ("", "serviceaccounts"),
        "Endpoints": ("", "endpoints"),
        "Lease": ("coordination.k8s.io", "leases"),
        "EndpointSlice": ("discovery.k8s.io", "endpointslices"),
    }
)


def collection_of(manifest: JsonObject) -> str:
    """Return the path of the collection that the object belongs to.

    Raises:
        KeyError: netparity creates no objects of this kind.
    """
    group, plural = _PLURALS[str(manifest["kind"])]
    root = f"/apis/{group}/v1" if group else "/api/v1"
    namespace = _metadata(manifest).get("namespace")
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


def path_of(manifest: JsonObject) -> str:
    """Return the object's own path."""
    return f"{collection_of(manifest)}/{_metadata(manifest)['name']}"


def _metadata(manifest: JsonObject) -> JsonObject:
    metadata = manifest["metadata"]
    assert isinstance(metadata, dict)
    return metadata
