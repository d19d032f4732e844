"""The lab's own way to its API server: a few JSON requests.

The official client is not used here: importing it takes longer than the API server takes to
start, and the lab needs five verbs.
"""

import json
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from typing import Self, cast

from lab.errors import LabError
from lab.layout import Layout
from lab.pki import Pki
from lab.topology import Topology

Object = dict[str, "Value"]
Value = Object | list["Value"] | str | int | float | bool | None

PORT = 6443
"""The API server's port."""

_NOT_FOUND = 404
_CONFLICT = 409


@dataclass(slots=True)
class Api:
    """The API server as the lab's administrator."""

    address: str
    pki: Pki
    timeout: float = 10.0
    """Seconds for the answer to one request."""
    _context: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def of(cls, layout: Layout, topology: Topology) -> Self:
        """Return the way to the API server of the lab in a state directory."""
        return cls(str(topology.api_address), layout.pki)

    def get(self, path: str) -> Object:
        """Return the object or list at the path.

        Raises:
            OSError: the server does not answer.
            LabError: it answered with an error.
        """
        return cast("Object", json.loads(self.text(path)))

    def text(self, path: str) -> str:
        """Return what the server says at the path, as it is; errors as `get`."""
        return self._request("GET", path, None)

    def readiness(self) -> str:
        """Return "ok", or what the server says instead: 500 and the checks that are not passed.

        Raises:
            OSError: the server does not answer.
        """
        try:
            return self.text("/readyz")
        except LabError as error:
            return str(error)

    def create(self, path: str, thing: Mapping[str, object]) -> None:
        """Create an object; one that is there already is left as it is. Errors as `get`."""
        self._request("POST", path, thing, accepted=_CONFLICT)

    def patch(self, path: str, change: Mapping[str, object]) -> None:
        """Merge a change into an object. Errors as `get`."""
        self._request("PATCH", path, change, kind="application/merge-patch+json")

    def delete(self, path: str) -> None:
        """Ask for an object's deletion; one that is gone is fine. Errors as `get`."""
        self._request("DELETE", path, None, accepted=_NOT_FOUND)

    def watch(self, path: str, *, seconds: int) -> Iterator[Object]:
        """Yield the objects of a list as they are and become, for so long. Errors as `get`."""
        connection = self._connection(timeout=seconds + self.timeout)
        try:
            connection.request("GET", f"{path}?watch=true&timeoutSeconds={seconds}")
            response = connection.getresponse()
            for line in response:
                event = cast("Object", json.loads(line))
                thing = event["object"]
                if event["type"] == "ERROR" or not isinstance(thing, dict):
                    raise LabError(
                        f"watch of {path} - Expected: objects Actual: {thing}",
                        next_step="read `netparity lab logs kube-apiserver`",
                    )
                yield thing
        except HTTPException as error:
            raise OSError(f"watch of {path}: {error!r}") from error
        finally:
            connection.close()

    def _connection(self, *, timeout: float) -> HTTPSConnection:
        if self._context is None:
            context = ssl.create_default_context(cafile=str(self.pki.certificate("ca")))
            context.load_cert_chain(self.pki.certificate("admin"), self.pki.key("admin"))
            self._context = context
        return HTTPSConnection(self.address, PORT, timeout=timeout, context=self._context)

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        *,
        accepted: int = 200,
        kind: str = "application/json",
    ) -> str:
        connection = self._connection(timeout=self.timeout)
        headers = {"Content-Type": kind}
        try:
            connection.request(
                method, path, body=None if body is None else json.dumps(body), headers=headers
            )
            response = connection.getresponse()
            text = response.read().decode()
        except HTTPException as error:
            raise OSError(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()
        if response.status >= 300 and response.status != accepted:
            raise LabError(
                f"{method} {path} - Expected: success Actual: {response.status} {text.strip()}",
                next_step="read `netparity lab logs kube-apiserver`",
            )
        return text


def objects(value: object) -> list[Object]:
    """Return the API objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def name_of(thing: Object) -> str:
    """Return an API object's name."""
    metadata = thing["metadata"]
    return str(metadata["name"]) if isinstance(metadata, dict) else ""


def is_ready(node: Object) -> bool:
    """Tell whether a Node object says Ready."""
    status = node.get("status")
    conditions = status.get("conditions") if isinstance(status, dict) else None
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in objects(conditions)
    )
