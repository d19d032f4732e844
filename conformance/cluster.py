"""What netparity asks of a Kubernetes API, and the answers; how it is asked is `api_client`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from conformance.objects import JsonObject


class Change(StrEnum):
    """What a watch tells of an object."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a watch."""

    change: Change
    object: JsonObject


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that came through the API server's proxy."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Executed:
    """How a command ended that ran in a container; `output` is stdout and stderr as they came."""

    exit_code: int
    output: str


class Cluster(Protocol):
    """What netparity asks of an API server; paths are as `kubectl get --raw` takes them.

    Every method raises `Unreachable` where no API server answers, `Forbidden` where it refuses
    the verb, and `ClusterError` for whatever else it did not do as it was asked.
    """

    @property
    def server(self) -> str:
        """The API server's URL."""

    def get(self, path: str) -> JsonObject:
        """Return the object; raise `Missing` where there is none."""

    def find(self, path: str) -> JsonObject | None:
        """Return the object, or None where there is none."""

    def list(self, path: str, *, selector: str = "") -> list[JsonObject]:
        """Return the objects of a collection."""

    def create(self, manifest: JsonObject) -> JsonObject:
        """Create the object; one of the same name that exists already is returned instead."""

    def apply(self, manifest: JsonObject) -> JsonObject:
        """Make the object as the manifest says, whether or not it exists (server-side apply)."""

    def patch(self, path: str, change: JsonObject) -> JsonObject:
        """Merge a change into the object; a value of None removes its key."""

    def label(self, path: str, labels: Mapping[str, str | None]) -> JsonObject:
        """Set labels of the object; None removes one."""

    def delete(self, path: str, *, grace: int | None = None) -> None:
        """Ask for the object's (or collection's) removal; one that is gone already is well.

        `grace` is the grace period in seconds, None leaves the object's own.
        """

    def watch(
        self, path: str, *, selector: str = "", version: str = "", timeout: float
    ) -> Iterator[Event]:
        """Yield changes after the resource version until `timeout` seconds have passed."""

    def ask_pod(
        self, namespace: str, pod: str, port: int, request: str, *, timeout: float
    ) -> Answer:
        """Send a GET through the pod proxy; whatever HTTP status comes back is an answer."""

    def ask_node(self, node: str, port: int, request: str, *, timeout: float) -> Answer:
        """Send a GET through the node proxy; whatever HTTP status comes back is an answer."""

    def execute(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, timeout: float
    ) -> Executed:
        """Run a command in a container; raises TransportError where its exit code was lost."""
