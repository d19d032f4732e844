"""Handles of pods and containers: how a probe asks, whatever the transport."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from typing import Final, Protocol
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from conformance import timeouts
from conformance.batches import at_once
from conformance.errors import TransportError
from conformance.replies import reply_of
from verdicts.observations.attempts import Attempts, Failure
from verdicts.vocabulary import Protocol as Wire
from verdicts.vocabulary import Reply

_TRIES_AT_A_TIME: Final = (2, 8, 20)
"""Tries of the first request to netexec, of the second, and of each after them."""
_TRIES_BESIDE_OTHERS: Final = 4
"""The same, of requests that are sent beside others."""
_BESIDE: Final = 4
"""How many requests are sent at once, so that neither client nor path meets a burst."""
_IDENTITY_ROUNDS: Final = 3
_CLIENT_ERROR: Final = 400
_SERVICE_FAMILY: Final = 4
"""The IP family of every Service of ours; the manifests say so."""


class Userland(StrEnum):
    """How a pod is asked for its addresses; a fact apart from its column."""

    LINUX = "linux"
    WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class ShellAnswer:
    """What a shell command printed (stdout and stderr together) and how it ended."""

    output: str
    error: str = ""

    @property
    def failed(self) -> bool:
        """The command ran and ended with another exit status than 0."""
        return bool(self.error)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a container's netexec said."""

    status: int
    body: str


class Transport(Protocol):
    """A way to a container that was seen to work; both methods raise HarnessError otherwise."""

    def ask(self, container: "Container", request: str, *, timeout: float) -> HttpAnswer:
        """Send a request (path and query) to the container's own netexec."""

    def shell(self, container: "Container", command: str, *, timeout: float) -> ShellAnswer:
        """Run a command of the container's shell."""


class _Dialled(BaseModel):
    """Body of netexec's answer to `/dial`."""

    model_config = ConfigDict(extra="forbid")

    responses: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerPorts:
    """A container as the fleet's plan names it; `http_port` None where nothing listens."""

    name: str
    http_port: int | None
    udp_port: int | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod.

    `http_port` is 0 where it serves nothing (evidence pods); `udp_port` None where it serves no
    UDP. Questions can be asked from several threads at once.
    """

    name: str
    pod: "Pod"
    http_port: int
    udp_port: int | None
    transport: Transport = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.pod.name}/{self.name}"

    def shell(self, command: str, *, timeout: float = timeouts.SHELL) -> ShellAnswer:
        """Run a shell command in the container.

        Raises:
            HarnessError: the command could not be run, or did not end within `timeout` seconds.
        """
        return self.transport.shell(self, command, timeout=timeout)

    def ask(self, request: str, *, timeout: float = timeouts.REQUEST) -> HttpAnswer:
        """Send a request (path and query, `hostname`) to the container's own netexec.

        Raises:
            HarnessError: netexec could not be asked.
        """
        return self.transport.ask(self, request, timeout=timeout)

    def dial(
        self,
        host: str,
        port: int,
        *,
        request: str = "hostname",
        protocol: Wire = Wire.TCP,
        tries: int = 1,
    ) -> Attempts:
        """Reach an address and port from the container, with a new connection for each try.

        Tries follow one another until one over TCP times out, which takes seconds; those that are
        left are made some at once, and their answers have no order. A datagram may be lost without
        a fault, and the others are sent as before. It gives up after the first two if both timed
        out, so `tries` of the result says how many were made. agnhost forgets the answers of a call
        whose last try fails; they are asked for again, which adds to the tries.

        Raises:
            HarnessError: the container itself could not be asked.
        """
        ask = partial(self._dial, host, port, request=request, protocol=protocol)
        made: list[_Dialled] = []
        left = tries
        while left > 0:
            count = min(left, _TRIES_AT_A_TIME[min(len(made), len(_TRIES_AT_A_TIME) - 1)])
            made.append(ask(tries=count))
            left -= count
            if len(made) == 1 and _all_timed_out(made[0], tries=count):
                break
            if protocol is Wire.TCP and _any_timed_out(made[-1]):
                shares = (partial(ask, tries=share) for share in _shares(left))
                made += at_once(shares, width=_BESIDE)
                left = 0
        for _ in range(_IDENTITY_ROUNDS):
            answered = tries - left - sum(len(dialled.errors) for dialled in made)
            if not answered or any(dialled.responses for dialled in made):
                break
            made.append(ask(tries=1))
            left -= 1
        return Attempts(
            client=str(self),
            address=host,
            port=port,
            protocol=protocol,
            tries=tries - left,
            answers=tuple(answer for dialled in made for answer in dialled.responses),
            failures=tuple(
                Failure(reply=reply_of(text), detail=text)
                for dialled in made
                for text in dialled.errors
            ),
        )

    def connect(self, host: str, port: int, *, timeout: float = timeouts.HANDSHAKE) -> Reply:
        """Ask for a bare TCP handshake, which `dial` cannot tell from a missing answer.

        Raises:
            HarnessError: the container itself could not be asked.
        """
        target = shlex.quote(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
        answer = self.shell(
            f"/agnhost connect --timeout={timeout:g}s {target}",
            timeout=timeout + timeouts.SHELL,
        )
        return reply_of(answer.output) if answer.failed else Reply.ANSWERED

    def _dial(self, host: str, port: int, *, request: str, protocol: Wire, tries: int) -> _Dialled:
        query = {
            "host": host,
            "port": str(port),
            "request": request,
            "protocol": "http" if protocol is Wire.TCP else "udp",
            "tries": str(tries),
        }
        limit = tries * timeouts.DIAL_TRY + timeouts.REQUEST
        answer = self.ask(f"dial?{urlencode(query)}", timeout=limit)
        if answer.status >= _CLIENT_ERROR and reply_of(answer.body) is Reply.UNRESOLVED:
            return _Dialled(errors=(answer.body.strip(),) * tries)
        try:
            return _Dialled.model_validate_json(answer.body)
        except ValidationError as error:
            raise TransportError(
                f"{self} - /dial gave no answer of netexec's (status {answer.status}) - "
                f"Expected: JSON with responses or errors Actual: {answer.body[:200]!r}",
                next_step="see that the pod's image is agnhost 2.25 or newer",
            ) from error


def _any_timed_out(dialled: _Dialled) -> bool:
    return any(reply_of(text) is Reply.TIMED_OUT for text in dialled.errors)


def _all_timed_out(dialled: _Dialled, *, tries: int) -> bool:
    return len(dialled.errors) == tries and all(
        reply_of(text) is Reply.TIMED_OUT for text in dialled.errors
    )


def _shares(tries: int) -> list[int]:
    """Divide tries among requests that are sent at once."""
    whole, rest = divmod(tries, _TRIES_BESIDE_OTHERS)
    return [_TRIES_BESIDE_OTHERS] * whole + ([rest] if rest else [])


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of the fleet that became ready; `node` is its node's name."""

    name: str
    namespace: str
    node: str
    platform: str
    ip: str
    ips: tuple[str, ...]
    labels: Mapping[str, str] = field(compare=False, repr=False)
    ports: tuple[ContainerPorts, ...] = field(compare=False, repr=False)
    transport: Transport = field(compare=False, repr=False)
    userland: Userland = Userland.LINUX

    def __str__(self) -> str:
        return self.name

    @property
    def containers(self) -> tuple[Container, ...]:
        """The pod's containers, in the order of its specification."""
        return tuple(
            Container(
                name=ports.name,
                pod=self,
                http_port=ports.http_port or 0,
                udp_port=ports.udp_port,
                transport=self.transport,
            )
            for ports in self.ports
        )

    @property
    def first(self) -> Container:
        """The first container: the one whose readiness the kubelet probes."""
        return self.containers[0]

    @property
    def service_ip(self) -> str:
        """The address that a Service of ours leads to: IPv4, where the pod has such a one.

        The primary address of a dual-stack pod may be of the other family, which an IPv4 Service
        has no endpoints of (https://kubernetes.io/docs/concepts/services-networking/dual-stack/).
        """
        return next((ip for ip in self.ips if ip_address(ip).version == _SERVICE_FAMILY), self.ip)

    @property
    def path(self) -> str:
        """The pod's path in the API."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"
