"""Ways to a container, and the self-test by which one is chosen; the exchanges are kept."""

import json
import shlex
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from conformance import timeouts
from conformance.cluster import Cluster
from conformance.containers import Container, HttpAnswer, ShellAnswer
from conformance.errors import HarnessError, TransportError
from conformance.exchanges import Recorder
from conformance.waiting import Clock, eventually
from verdicts.evidence import Exchange

T = TypeVar("T")

_BROKEN: Final = frozenset({502, 503, 504})
_STATUS_WORDS: Final = 2


class PodProxy:
    """Asks a container's netexec through the API server's pod proxy."""

    name: Final = "pod proxy"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        """Send a request to netexec; an answer that is the API server's own is an error."""
        pod = container.pod
        answer = self._cluster.ask_pod(
            pod.namespace, pod.name, container.http_port, request, timeout=timeout
        )
        # netexec speaks plain text, or JSON without a kind; the API server sends a Status, or
        # the words of its own failed dial.
        if answer.status in _BROKEN or _is_api_status(answer.body):
            raise TransportError(
                f"{container} - no netexec behind the pod proxy - {answer.body[:300].strip()}",
                next_step="see that the API server reaches the pod network; overlays may not",
            )
        return HttpAnswer(status=answer.status, body=answer.body)

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        """Let netexec run the command; it answers with output and error apart."""
        answer = self.ask(container, f"shell?{urlencode({'cmd': command})}", timeout=timeout)
        try:
            told = json.loads(answer.body)
        except ValueError as error:
            raise TransportError(
                f"{container} - /shell gave no JSON - Actual: {answer.body[:200]!r}",
                next_step="see that the pod's image is agnhost",
            ) from error
        return ShellAnswer(output=told.get("output", ""), error=told.get("error", ""))


class Exec:
    """Runs a command in the container; netexec is asked from within, on 127.0.0.1."""

    name: Final = "exec"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        """Send a request with the container's own nc.

        Not with wget: the one of Debian's busybox-static crashes on any address (seen with
        1.35.0), and none tells the body of an answer that is an error.
        """
        sent = shlex.quote(f"GET /{request} HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n")
        answer = self.shell(
            container,
            f"printf %b {sent} | nc -w {round(timeout)} 127.0.0.1 {container.http_port}",
            timeout=timeout + timeouts.EXEC,
        )
        head, _, body = answer.output.partition("\r\n\r\n")
        words = head.split(maxsplit=2)
        if not head.startswith("HTTP/1.") or len(words) < _STATUS_WORDS:
            raise TransportError(
                f"{container} - no netexec on its own 127.0.0.1 - {answer.output[:300].strip()}",
                next_step="see the container's log; its image needs sh, printf and nc for exec",
            )
        return HttpAnswer(status=int(words[1]), body=body)

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        """Run the command under the container's sh."""
        pod = container.pod
        ended = self._cluster.execute(
            pod.namespace,
            pod.name,
            container.name,
            ["/bin/sh", "-c", command],
            timeout=timeout,
        )
        error = f"exit status {ended.exit_code}" if ended.exit_code else ""
        return ShellAnswer(output=ended.output, error=error)


class SelfTested:
    """Chooses for each container the first transport by which it answers with its own identity.

    The pod proxy comes first, being the cheaper. What a platform's first containers answered by
    is taken for the others of their kind without a test.
    """

    def __init__(
        self, cluster: Cluster, recorder: Recorder, *, clock: Clock | None = None
    ) -> None:
        self._candidates = (PodProxy(cluster), Exec(cluster))
        self._recorder = recorder
        self._clock = clock
        self._chosen: dict[tuple[str, str], PodProxy | Exec] = {}
        self._first_of: dict[str, PodProxy | Exec] = {}
        self._had_its_time: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def ask(self, container: Container, request: str, *, timeout: float) -> HttpAnswer:
        """Send a request to the container's netexec."""
        way = self.chosen(container)
        return self._kept(
            way.name,
            container,
            f"/{request}",
            lambda: way.ask(container, request, timeout=timeout),
            lambda answer: answer.body,
        )

    def shell(self, container: Container, command: str, *, timeout: float) -> ShellAnswer:
        """Run a command of the container's shell."""
        way = self.chosen(container)
        return self._kept(
            way.name,
            container,
            command,
            lambda: way.shell(container, command, timeout=timeout),
            lambda answer: f"{answer.output}{answer.error}",
        )

    def chosen(self, container: Container) -> PodProxy | Exec:
        """Return the transport by which a container is asked.

        Raises:
            TransportError: it answered by none; says what each brought.
        """
        if not container.http_port:
            return self._candidates[1]
        key = _key(container)
        with self._lock:
            known = self._chosen.get(key)
            is_first = container.name == container.pod.ports[0].name
            if known is None and is_first:
                known = self._first_of.get(container.pod.platform)
            has_its_time = key not in self._had_its_time
        if known is not None:
            return known
        found = self._tested(container, has_its_time=has_its_time)
        with self._lock:
            self._chosen[key] = found
            if is_first:
                self._first_of.setdefault(container.pod.platform, found)
        return found

    def _tested(self, container: Container, *, has_its_time: bool) -> PodProxy | Exec:
        failures: dict[str, str] = {}
        unasked: set[str] = set()

        def attempt() -> PodProxy | Exec | None:
            failures.clear()
            unasked.clear()
            for way in self._candidates:
                try:
                    answer = way.ask(container, "hostname", timeout=timeouts.SELF_TEST_REQUEST)
                except HarnessError as error:
                    failures[way.name] = str(error)
                    if not isinstance(error, TransportError):
                        unasked.add(way.name)
                    continue
                if answer.body.strip() == container.pod.name:
                    return way
                failures[way.name] = f"it answers as {answer.body[:80]!r}"
            return None

        # The kubelet says Running before netexec listens; only a first container is probed. Who was
        # waited for once is asked once from then on.
        try:
            found = eventually(
                attempt,
                lambda way: way is not None,
                what=f"self-test of the transports to {container}",
                timeout=timeouts.TRANSPORT_SELF_TEST if has_its_time else 0.0,
                clock=self._clock,
            )
        except HarnessError as error:
            # An API server that was away says nothing of the container.
            if len(unasked) < len(failures):
                with self._lock:
                    self._had_its_time.add(_key(container))
            told = "; ".join(f"{name}: {why}" for name, why in failures.items())
            raise TransportError(
                f"{container} - it answers by no transport - {told}",
                next_step="see that pods/proxy or pods/exec is allowed and the pod runs",
            ) from error
        assert found is not None
        return found

    def _kept(
        self,
        transport: str,
        container: Container,
        request: str,
        send: Callable[[], T],
        shown: Callable[[T], str],
    ) -> T:
        at, started = datetime.now(UTC), time.monotonic()
        text = "no answer"
        try:
            answer = send()
            text = shown(answer)
        except HarnessError as error:
            text = str(error)
            raise
        finally:
            self._recorder.record(
                Exchange(
                    at=at,
                    transport=transport,
                    target=str(container),
                    request=request,
                    answer=text,
                    milliseconds=round((time.monotonic() - started) * 1000, 1),
                )
            )
        return answer


def _key(container: Container) -> tuple[str, str]:
    return container.pod.path, container.name


def _is_api_status(body: str) -> bool:
    if not body.startswith("{"):
        return False
    try:
        return bool(json.loads(body).get("kind") == "Status")
    except (ValueError, AttributeError):
        return False
