"""Follows the pods that bear a label by one watch, in the thread that waits for them."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from conformance.cluster import Change, Cluster
from conformance.errors import ClusterError
from conformance.objects import ApiPod, JsonObject, read

GONE: Final = 410
"""The API has forgotten what came after the version that a watch began at: list anew."""

Pods = Mapping[str, ApiPod]


def listed(cluster: Cluster, path: str, *, selector: str) -> tuple[dict[str, ApiPod], str]:
    """Return the pods of a collection by name, and the version that a watch goes on from.

    Raises:
        ClusterError: pods cannot be listed.
    """
    told = cluster.get(f"{path}?labelSelector={selector}")
    items, metadata = told.get("items"), told.get("metadata")
    objects: list[JsonObject] = (
        [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
    )
    pods = (read(ApiPod, each) for each in objects)
    version = metadata.get("resourceVersion", "") if isinstance(metadata, dict) else ""
    return {pod.metadata.name: pod for pod in pods}, str(version)


def followed(
    cluster: Cluster, path: str, *, selector: str, until: Callable[[Pods], bool], bound: float
) -> Pods:
    """Return the pods once they are so, or as they are when `bound` seconds have passed.

    A bound that has passed is no error: what there is by then is an observation like any other.

    Raises:
        ClusterError: pods cannot be listed or watched.
    """
    ends = time.monotonic() + bound
    pods: Pods = {}
    for pods in _states(cluster, path, selector=selector, ends=ends):
        if until(pods):
            break
    return pods


def _states(cluster: Cluster, path: str, *, selector: str, ends: float) -> Iterator[Pods]:
    """Yield the pods as they are, after every change, and once more when the time is over."""
    while True:
        pods, version = listed(cluster, path, selector=selector)
        yield pods
        left = ends - time.monotonic()
        if left <= 0:
            return
        try:
            for event in cluster.watch(path, selector=selector, version=version, timeout=left):
                pod = read(ApiPod, event.object)
                if event.change is Change.DELETED:
                    pods.pop(pod.metadata.name, None)
                else:
                    pods[pod.metadata.name] = pod
                yield pods
        except ClusterError as error:
            if error.status != GONE:
                raise
