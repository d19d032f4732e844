"""A command's stream through the API server, followed to the command's end."""

from collections.abc import Sequence
from typing import Protocol

from conformance.cluster import Executed
from conformance.errors import TransportError


class _Socket(Protocol):
    def shutdown(self) -> None: ...


class ExecStream(Protocol):
    """The part of the official client's WSClient that we use; it ships no types."""

    @property
    def sock(self) -> _Socket:
        """The connection under the stream."""

    @property
    def returncode(self) -> int:
        """The command's exit code; asked for once the stream has ended."""

    def run_forever(self, timeout: float | None = None) -> None:
        """Read until the other end closes, or for `timeout` seconds."""

    def is_open(self) -> bool:
        """Tell whether the other end has not closed."""

    def read_all(self) -> str:
        """Return what came, stdout and stderr in their order, and empty every channel."""


def run_to_end(
    stream: ExecStream, command: Sequence[str], *, subject: str, timeout: float
) -> Executed:
    """Follow the stream to the command's end and close it; `subject` names pod and container.

    Raises:
        TransportError: the command did not end within `timeout` seconds, or its exit code was
            lost.
    """
    try:
        stream.run_forever(timeout=timeout)
        if stream.is_open():
            raise TransportError(
                f"{subject} - {command[0]} did not end - Expected: within {timeout:g} s",
                next_step="see whether the node's kubelet answers",
            )
        # read_all empties every channel, the one with the exit code too (kubernetes client 37).
        exit_code = _exit_code(stream, subject)
        return Executed(exit_code=exit_code, output=str(stream.read_all()))
    finally:
        # Not close(): it does nothing once the other end has closed, and leaves the socket
        # open (kubernetes 37 over websocket-client 1.9, whose send_close() says so itself).
        stream.sock.shutdown()


def _exit_code(stream: ExecStream, subject: str) -> int:
    """Read the exit code from the error channel; a stream that broke has none to tell.

    `returncode` raises TypeError or KeyError where the channel is empty or tells of something
    else than an exit (kubernetes client 37, stream/ws_client.py).
    """
    try:
        return int(stream.returncode)
    except (TypeError, KeyError, IndexError, ValueError) as error:
        raise TransportError(
            f"{subject} - exec ended without an exit code: the stream broke",
            next_step="see the kubelet's and the container runtime's logs on that node",
        ) from error
