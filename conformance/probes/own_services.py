"""Services that a check makes for itself, and removes again."""

from conformance.handles import NodeUnderTest
from conformance.kinds import path_of
from conformance.objects import ApiService, JsonObject, read


def made_anew(node: NodeUnderTest, manifest: JsonObject) -> str:
    """Make a Service, not taking one of its name that is there for it; return its ClusterIP.

    A worker that was killed leaves what it had made, and every proxy knows that already.

    Raises:
        HarnessError: the API server refused it.
    """
    node.cluster.delete(path_of(manifest))
    return read(ApiService, node.cluster.create(manifest)).spec.cluster_ip
