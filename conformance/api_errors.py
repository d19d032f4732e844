"""What a failed request to the API is called, and what its reader can do about it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import urllib3.exceptions

from conformance.errors import ClusterError, Forbidden, Missing, Unreachable

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404


def refused(method: str, path: str, status: int, text: str) -> ClusterError:
    """Return the error for an HTTP answer that is not the one asked for."""
    said = _message(text)
    if status == _UNAUTHORIZED:
        return Forbidden(
            f"{method} {path} - the API server does not accept these credentials - {said}",
            next_step="log in again, or give a kubeconfig whose user the server knows",
            status=status,
        )
    if status == _FORBIDDEN:
        return Forbidden(
            f"{method} {path} - the API server forbids it - {said}",
            next_step="grant this verb to the kubeconfig's user; `kubectl auth can-i` shows "
            "what it has",
            status=status,
        )
    if status == _NOT_FOUND:
        return Missing(
            f"{method} {path} - there is no such object - {said}",
            next_step="see whether somebody removed it while the run went on",
            status=status,
        )
    return ClusterError(
        f"{method} {path} - the API server answered {status} - {said}",
        next_step="read the message; it is the API server's own",
        status=status,
    )


def untrusted(server: str, reason: str) -> Unreachable:
    """Return the error for a TLS handshake that failed."""
    return Unreachable(
        f"{server} - no TLS connection - {reason}",
        next_step="see that the kubeconfig's certificate authority is this server's",
    )


@contextmanager
def unanswered(server: str, request: str, *, timeout: float | None = None) -> Iterator[None]:
    """Name what went wrong where no HTTP answer came at all.

    Raises:
        Unreachable: no connection to the server.
        ClusterError: there was one, and it brought no answer.
    """
    try:
        yield
    except (
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
    ) as error:
        raise Unreachable(
            f"{server} - no API server answers there - {error}",
            next_step="see that the cluster is up and that this machine reaches its API",
        ) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        within = f" within {timeout:g} s" if timeout else ""
        raise ClusterError(
            f"{request} - no answer{within} - {error}",
            next_step="see the API server's log, and the kubelet's where a proxy was asked",
        ) from error


def _message(text: str) -> str:
    """Return the message of a Status object, or the text itself."""
    try:
        status = json.loads(text)
    except ValueError:
        return text.strip()[:300]
    return str(status.get("message", text))[:300] if isinstance(status, dict) else text[:300]
