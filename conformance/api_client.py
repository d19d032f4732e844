"""The API behind the official client; the only module that imports it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from conformance import timeouts
from conformance.api_errors import refused, unanswered, untrusted
from conformance.batches import CONNECTIONS
from conformance.cluster import Answer, Change, Event, Executed
from conformance.errors import ClusterError, Missing, TransportError, UsageError
from conformance.exec_streams import run_to_end
from conformance.kinds import collection_of, path_of
from conformance.objects import JsonObject

if TYPE_CHECKING:
    # The client costs a second of CPU to import; collecting and the unit tests do without.
    from kubernetes.client import ApiClient  # noqa: TID251 - the one module that may
    from urllib3 import HTTPResponse


def connect(kubeconfig: Path, *, context: str | None = None) -> "KubernetesCluster":
    """Return the cluster that a kubeconfig names; the file itself is never written to.

    Nothing is sent yet.

    Raises:
        UsageError: the kubeconfig is none, or has no such context.
    """
    import yaml  # noqa: PLC0415 - with the client, see above
    from kubernetes import client, config  # noqa: PLC0415, TID251 - the one place that may

    configuration = client.Configuration()
    try:
        config.load_kube_config(  # type: ignore[no-untyped-call]  # not annotated
            config_file=str(kubeconfig),
            context=context,
            client_configuration=configuration,
            persist_config=False,
        )
    except (config.ConfigException, OSError, ValueError, TypeError, yaml.YAMLError) as error:
        of_context = f", context {context}" if context else ""
        raise UsageError(
            f"kubeconfig {kubeconfig}{of_context} cannot be used: {error}; "
            "see that `kubectl --kubeconfig FILE version` answers"
        ) from error
    configuration.connection_pool_maxsize = CONNECTIONS
    # A failed request is told, not hidden behind further ones.
    configuration.retries = False
    return KubernetesCluster(client.ApiClient(configuration))


_GOOD: Final = 300
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_GONE: Final = 410
_MERGE: Final = "application/merge-patch+json"
_APPLY: Final = "application/apply-patch+yaml"
_JSON: Final = "application/json"


class KubernetesCluster:
    """A cluster behind the official client, with kept connections enough for every thread."""

    def __init__(self, api: "ApiClient") -> None:
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415, TID251 - see above

        self._api = api
        # The client raises it by itself in one case only: a TLS handshake that failed.
        self._tls_error = ApiException

    @property
    def server(self) -> str:
        """The API server's URL."""
        return str(self._api.configuration.host)

    def get(self, path: str) -> JsonObject:
        """Return the object; raise `Missing` where there is none."""
        return self._json("GET", path)

    def find(self, path: str) -> JsonObject | None:
        """Return the object, or None where there is none."""
        try:
            return self.get(path)
        except Missing:
            return None

    def list(self, path: str, *, selector: str = "") -> list[JsonObject]:
        """Return the objects of a collection."""
        query = {"labelSelector": selector} if selector else {}
        items = self._json("GET", path, query=query).get("items")
        return [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []

    def create(self, manifest: JsonObject) -> JsonObject:
        """Create the object; one of the same name that exists already is returned instead."""
        try:
            return self._json("POST", collection_of(manifest), body=manifest)
        except ClusterError as error:
            if error.status == _CONFLICT:
                return self.get(path_of(manifest))
            raise

    def apply(self, manifest: JsonObject) -> JsonObject:
        """Make the object as the manifest says, whether or not it exists (server-side apply)."""
        return self._json(
            "PATCH",
            path_of(manifest),
            query={"fieldManager": "netparity", "force": "true"},
            body=manifest,
            content_type=_APPLY,
        )

    def patch(self, path: str, change: JsonObject) -> JsonObject:
        """Merge a change into the object; a value of None removes its key."""
        return self._json("PATCH", path, body=change, content_type=_MERGE)

    def label(self, path: str, labels: Mapping[str, str | None]) -> JsonObject:
        """Set labels of the object; None removes one."""
        return self.patch(path, {"metadata": {"labels": dict(labels)}})

    def delete(self, path: str, *, grace: int | None = None) -> None:
        """Ask for the object's (or collection's) removal; one that is gone already is well."""
        query = {"propagationPolicy": "Background"}
        if grace is not None:
            query["gracePeriodSeconds"] = str(grace)
        try:
            self._json("DELETE", path, query=query)
        except Missing:
            return

    def watch(
        self, path: str, *, selector: str = "", version: str = "", timeout: float
    ) -> Iterator[Event]:
        """Yield changes after the resource version until `timeout` seconds have passed."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "false",
            "timeoutSeconds": str(max(1, round(timeout))),
        }
        if selector:
            query["labelSelector"] = selector
        if version:
            query["resourceVersion"] = version
        response = self._send("GET", path, query=query, timeout=timeout + timeouts.REQUEST)
        try:
            if response.status >= _GOOD:
                raise refused("GET", path, response.status, _text(response.data))
            rest = b""
            with unanswered(self.server, f"watch {path}"):
                for chunk in response.stream(amt=None):
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield from map(_event, filter(None, lines))
        finally:
            # A watch that is left early must not go back into the pool half read.
            response.close()

    def ask_pod(
        self, namespace: str, pod: str, port: int, request: str, *, timeout: float
    ) -> Answer:
        """Send a GET through the pod proxy; whatever HTTP status comes back is an answer."""
        return self._ask(
            f"/api/v1/namespaces/{namespace}/pods/{pod}:{port}/proxy/{request}", timeout=timeout
        )

    def ask_node(self, node: str, port: int, request: str, *, timeout: float) -> Answer:
        """Send a GET through the node proxy; whatever HTTP status comes back is an answer."""
        return self._ask(f"/api/v1/nodes/{node}:{port}/proxy/{request}", timeout=timeout)

    def execute(
        self, namespace: str, pod: str, container: str, command: Sequence[str], *, timeout: float
    ) -> Executed:
        """Run a command in a container; raises TransportError where its exit code was lost."""
        from kubernetes.client.exceptions import (  # noqa: PLC0415, TID251 - the one place that may
            ApiException,
        )
        from kubernetes.stream import ws_client  # noqa: PLC0415, TID251 - the one place that may

        query = [("container", container), ("stdout", "true"), ("stderr", "true")]
        query += [("command", word) for word in command]
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec"
        subject = f"{pod}/{container}"
        try:
            stream = ws_client.websocket_call(  # type: ignore[no-untyped-call]  # not annotated
                self._api.configuration,
                "GET",
                f"{self.server}{path}?{urlencode(query, quote_via=quote)}",
                headers=self._headers("GET", path),
                _preload_content=False,
            )
        except ApiException as error:
            raise TransportError(
                f"{subject} - exec was not opened - {error.reason}",
                next_step="see that the user may create pods/exec, and that the pod runs",
            ) from error
        return run_to_end(stream, command, subject=subject, timeout=timeout)

    def _ask(self, path: str, *, timeout: float) -> Answer:
        response = self._send("GET", path, timeout=timeout)
        with unanswered(self.server, f"GET {path}", timeout=timeout):
            return Answer(status=response.status, body=_text(response.data))

    def _json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
        content_type: str = _JSON,
    ) -> JsonObject:
        response = self._send(method, path, query=query, body=body, content_type=content_type)
        with unanswered(self.server, f"{method} {path}"):
            text = _text(response.data)
        if response.status >= _GOOD:
            raise refused(method, path, response.status, text)
        answer = json.loads(text)
        if not isinstance(answer, dict):
            raise ClusterError(
                f"{method} {path} - Expected: a JSON object Actual: {text[:100]!r}",
                next_step="see that the kubeconfig's server is a Kubernetes API",
                status=response.status,
            )
        return answer

    def _send(  # noqa: PLR0913  # the parts of one HTTP request
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
        content_type: str = _JSON,
        timeout: float = timeouts.REQUEST,
    ) -> "HTTPResponse":
        headers = self._headers(method, path)
        if body is not None:
            headers["Content-Type"] = content_type
        url = f"{self.server}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            with unanswered(self.server, f"{method} {path}", timeout=timeout):
                response: HTTPResponse = self._api.rest_client.request(  # type: ignore[no-untyped-call]  # not annotated
                    method,
                    url,
                    headers=headers,
                    body=body,
                    _request_timeout=(timeouts.CONNECT_TO_API, timeout),
                ).response
        except self._tls_error as error:
            raise untrusted(self.server, str(error)) from error
        return response

    def _headers(self, method: str, path: str) -> dict[str, str]:
        headers = dict(self._api.default_headers)
        self._api.update_params_for_auth(headers, [], ["BearerToken"], path, method, None)
        return headers


def _event(line: bytes) -> Event:
    """Read one line of a watch; an ERROR (410 Gone mostly) ends it, and its user lists anew."""
    told = json.loads(line)
    if told["type"] == "ERROR":
        status = told["object"].get("code", _GONE)
        raise ClusterError(
            f"watch ended: {told['object'].get('message', status)}",
            next_step="list the objects and watch from there",
            status=status,
        )
    return Event(change=Change(told["type"]), object=told["object"])


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")
