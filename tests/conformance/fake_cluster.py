"""A cluster in memory: objects by path, pods that start at once, and verbs that can be made to fail."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from conformance.cluster import Answer, Change, Event, Executed
from conformance.errors import ClusterError, Forbidden, Missing
from conformance.kinds import collection_of, path_of
from conformance.objects import JsonObject

Objects = list[JsonObject]
PodServer = Callable[[str, int, str], Answer]


def forbidden(verb: str, path: str) -> Forbidden:
    return Forbidden(f"{verb} {path} - forbidden", next_step="grant it", status=403)


class FakeCluster:
    """An API server of one process; `refuse` names (verb, part of a path) that it forbids."""

    server = "https://192.0.2.1:6443"

    def __init__(self, *, nodes: Sequence[JsonObject] = ()) -> None:
        self.objects: dict[str, JsonObject] = {}
        self.calls: list[tuple[str, str]] = []
        self.refuse: set[tuple[str, str]] = set()
        self.fail_after: int | None = None
        self.sticky: set[str] = set()
        self.node_answers: dict[str, Answer] = {}
        self.pod_state: Mapping[str, object] | None = None
        self.serve: PodServer = _netexec
        self.executed: Callable[[str, str, Sequence[str]], Executed] = _no_exec
        self._addresses = itertools.count(2)
        self._versions = itertools.count(1)
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._events: list[tuple[str, Event]] = []
        self.objects["/version"] = {"gitVersion": "v1.37.2"}
        self.objects["/api/v1/namespaces/kube-system"] = {"metadata": {"uid": "uid-1"}}
        for node in nodes:
            metadata = node["metadata"]
            assert isinstance(metadata, dict)
            self.objects[f"/api/v1/nodes/{metadata['name']}"] = node

    def paths(self, part: str = "") -> list[str]:
        """Return the paths of all objects whose path contains a text."""
        with self._lock:
            return sorted(path for path in self.objects if part in path)

    def get(self, path: str) -> JsonObject:
        collection, _, query = path.partition("?")
        self._called("get", collection)
        if query:
            selector = parse_qs(query).get("labelSelector", [""])[0]
            return {"items": [*self._members(collection, selector)], "metadata": {}}
        with self._lock:
            if path not in self.objects:
                raise Missing(f"GET {path} - no such object", next_step="look", status=404)
            return self.objects[path]

    def find(self, path: str) -> JsonObject | None:
        try:
            return self.get(path)
        except Missing:
            return None

    def list(self, path: str, *, selector: str = "") -> Objects:
        self._called("list", path)
        return self._members(path, selector)

    def create(self, manifest: JsonObject) -> JsonObject:
        self._called("create", collection_of(manifest))
        with self._lock:
            path = path_of(manifest)
            if path not in self.objects:
                self._store(path, manifest)
            return self.objects[path]

    def apply(self, manifest: JsonObject) -> JsonObject:
        self._called("patch", path_of(manifest))
        with self._lock:
            self._store(path_of(manifest), manifest)
            return manifest

    def patch(self, path: str, change: JsonObject) -> JsonObject:
        self._called("patch", path)
        with self._lock:
            found = self.objects[path]
            wanted, version = _version(change), _version(found)
            if wanted and wanted != version:
                raise ClusterError(
                    f"patch {path} - Expected: version {wanted} Actual: {version}",
                    next_step="read it again",
                    status=409,
                )
            new: JsonObject = {"metadata": {"resourceVersion": self._new_version()}}
            self.objects[path] = _merged(_merged(found, change), new)
            self._tell(path, Change.MODIFIED)
            return self.objects[path]

    def label(self, path: str, labels: Mapping[str, str | None]) -> JsonObject:
        return self.patch(path, {"metadata": {"labels": dict(labels)}})

    def delete(self, path: str, *, grace: int | None = None) -> None:
        self._called("delete", path)
        assert grace in {None, 0}
        with self._lock:
            for name in [p for p in self.objects if p == path or _is_inside(p, path)]:
                if name not in self.sticky:
                    self._tell(name, Change.DELETED)
                    del self.objects[name]

    def watch(
        self, path: str, *, selector: str = "", version: str = "", timeout: float
    ) -> Iterator[Event]:
        self._called("watch", path)
        assert selector
        assert not version
        seen = len(self._events)
        with self._changed:
            self._changed.wait_for(lambda: len(self._events) > seen, min(timeout, 0.2))
            fresh = self._events[seen:]
        yield from (event for where, event in fresh if where.startswith(f"{path}/"))

    def ask_pod(
        self, namespace: str, pod: str, port: int, request: str, *, timeout: float
    ) -> Answer:
        self._called("get", f"/api/v1/namespaces/{namespace}/pods/{pod}/proxy")
        assert timeout > 0
        return self.serve(pod, port, request)

    def ask_node(self, node: str, port: int, request: str, *, timeout: float) -> Answer:
        self._called("get", f"/api/v1/nodes/{node}:{port}/proxy/{request}")
        assert timeout > 0
        return self.node_answers.get(f"{node}:{port}/{request}", Answer(503, "no route"))

    def execute(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, timeout: float
    ) -> Executed:
        self._called("create", f"/api/v1/namespaces/{namespace}/pods/{pod}/exec")
        assert timeout > 0
        return self.executed(pod, container, command)

    def _called(self, verb: str, path: str) -> None:
        with self._lock:
            self.calls.append((verb, path))
            if any(v == verb and part in path for v, part in self.refuse):
                raise forbidden(verb, path)
            if verb in {"create", "patch"} and self.fail_after is not None:
                self.fail_after -= 1
                if self.fail_after < 0:
                    raise ClusterError("out of order", next_step="none", status=500)

    def _members(self, path: str, selector: str) -> Objects:
        with self._lock:
            return [
                found
                for name, found in sorted(self.objects.items())
                if name.rpartition("/")[0] == path and _is_chosen(found, selector)
            ]

    def _store(self, path: str, manifest: JsonObject) -> None:
        stored = json.loads(json.dumps(manifest))
        stored["metadata"]["resourceVersion"] = self._new_version()
        stored["metadata"].setdefault(
            "creationTimestamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        if manifest["kind"] == "Service":
            stored["spec"]["clusterIP"] = f"10.96.0.{next(self._addresses)}"
        if manifest["kind"] == "Pod":
            self._start(stored)
        self.objects[path] = stored
        self._tell(path, Change.ADDED)

    def _start(self, pod: dict[str, dict[str, object]]) -> None:
        pod["spec"]["nodeName"] = pinned_to(pod["spec"])
        containers = pod["spec"]["containers"]
        assert isinstance(containers, list)
        address = f"10.244.0.{next(self._addresses)}"
        pod["status"] = (
            dict(self.pod_state)
            if self.pod_state is not None
            else {
                "phase": "Running",
                "podIP": address,
                "podIPs": [{"ip": address}],
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [
                    {"name": each["name"], "ready": True, "state": {"running": {}}}
                    for each in containers
                ],
            }
        )

    def _new_version(self) -> str:
        return str(next(self._versions))

    def _tell(self, path: str, change: Change) -> None:
        self._events.append((path, Event(change=change, object=self.objects[path])))
        self._changed.notify_all()


def node(
    name: str, *, labels: Mapping[str, str] | None = None, ready: bool = True, **info: str
) -> JsonObject:
    """Return a Node as the API shows it."""
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": {"podCIDR": "10.244.0.0/24", "podCIDRs": ["10.244.0.0/24"]},
        "status": {
            "conditions": [
                {
                    "type": "Ready",
                    "status": "True" if ready else "False",
                    "reason": "KubeletReady" if ready else "KubeletNotReady",
                    "message": "" if ready else "cni config uninitialized",
                }
            ],
            "addresses": [{"type": "InternalIP", "address": "192.0.2.11"}],
            "nodeInfo": {
                "operatingSystem": "linux",
                "kubeletVersion": "v1.37.2",
                "kernelVersion": "6.1.0",
                "osImage": "Debian GNU/Linux 12 (bookworm)",
                "containerRuntimeVersion": "containerd://2.4.2",
                "architecture": "amd64",
                **info,
            },
        },
    }


def _netexec(pod: str, _port: int, request: str) -> Answer:
    """Answer as netexec does, from a network in which every dial is answered by the pod itself."""
    parts = urlsplit(request)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if parts.path == "dial":
        return Answer(200, json.dumps({"responses": [pod] * int(query["tries"])}))
    if parts.path == "shell":
        return Answer(200, json.dumps({"output": ""}))
    return Answer(200, pod)


def _no_exec(pod: str, container: str, _command: Sequence[str]) -> Executed:
    return Executed(exit_code=127, output=f"{pod}/{container}: sh: not found")


def _is_inside(path: str, parent: str) -> bool:
    """Say whether an object goes with its collection, or with its namespace."""
    namespace = parent.removeprefix("/api/v1")
    in_namespace = parent.count("/") == 4 and f"{namespace}/" in path
    return path.startswith(f"{parent}/") or in_namespace


def _is_chosen(found: JsonObject, selector: str) -> bool:
    metadata = found.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    known = labels if isinstance(labels, dict) else {}
    wanted = [part.partition("=") for part in selector.split(",") if part]
    return all(known.get(k) == v if equals else k in known for k, equals, v in wanted)


def _version(found: JsonObject) -> object:
    metadata = found.get("metadata")
    return metadata.get("resourceVersion") if isinstance(metadata, dict) else None


def _merged(found: JsonObject, change: JsonObject) -> JsonObject:
    merged = dict(found)
    for key, value in change.items():
        old = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(old, dict):
            merged[key] = _merged(old, value)
        else:
            merged[key] = value
    return merged


def pinned_to(spec: Mapping[str, object]) -> object:
    """Return the node that a pod's affinity names, as the scheduler reads it."""
    match spec["affinity"]:
        case {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {
                            "matchFields": [
                                {"key": "metadata.name", "operator": "In", "values": [name]}
                            ]
                        }
                    ]
                }
            }
        }:
            return name
    raise AssertionError(f"pinned to no node: {spec['affinity']}")
