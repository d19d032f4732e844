"""The Linux userland: `ip` of iproute2 (agnhost's image) or of busybox, and agnhost itself."""

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from itertools import pairwise
from typing import Final

from conformance.errors import HarnessError
from verdicts.observations.compartment import Bind, BindAttempt
from verdicts.observations.interfaces import ContainerInterfaces, DefaultRoute, InterfaceAddress

_IPV4_ROUTES: Final = "# ip -4 route"
_IPV6_ROUTES: Final = "# ip -6 route"
_FAMILIES: Final = {_IPV4_ROUTES: 4, _IPV6_ROUTES: 6}

# `2: eth0    inet 10.0.0.7 peer 10.0.0.1/32 scope global eth0\   valid_lft ...`: the prefix is
# the peer's where there is one. An interface may be named with its other end, `eth0@if12`.
_ADDRESS: Final = re.compile(
    r"\d+: (?P<interface>[^\s@]+)(?:@\S+)?\s+inet6? (?P<address>[\da-fA-F.:]+)"
    r"(?: peer [\da-fA-F.:]+)?/(?P<prefix>\d+)\s"
)
_LINK: Final = re.compile(r"\d+: \S+: <")
_DEFAULTS: Final = frozenset({"default", "0.0.0.0/0", "::/0"})

_NO_SUCH_FILE: Final = "/nonexistent"
_BIND_LIMIT: Final = 5
"""Seconds after which a bind that does not end is ended."""
_BINDS: Final = (
    (Bind.IN_USE, "address already in use"),
    (Bind.BOUND, f"open {_NO_SUCH_FILE}: no such file"),
)


def interfaces_command() -> str:
    """List all addresses, then the main routing tables of the families that the kernel has."""
    return (
        f"ip -o addr show && echo '{_IPV4_ROUTES}' && ip -4 route show && "
        f"if [ -e /proc/net/if_inet6 ]; then echo '{_IPV6_ROUTES}' && ip -6 route show; fi"
    )


def read_interfaces(container: str, output: str) -> ContainerInterfaces:
    """Read the addresses and the default routes that lead somewhere.

    Raises:
        HarnessError: a line of the address list cannot be read, or the routes are missing.
    """
    listed, found, routes = output.partition(f"{_IPV4_ROUTES}\n")
    if not found:
        raise _unreadable(output, expected=f"a line {_IPV4_ROUTES!r} before the routes")
    return ContainerInterfaces(
        container=container,
        addresses=tuple(_addresses(listed)),
        default_routes=tuple(_default_routes(routes)),
    )


def sources_command(destinations: Iterable[str]) -> str:
    """Ask the kernel for its route to each destination."""
    return "; ".join(
        f"ip -{ip_address(destination).version} route get {destination}"
        for destination in destinations
    )


def read_sources(output: str) -> Mapping[str, str]:
    """Read `<destination> [from ::] [via ...] dev ... src <address>` of each line that has it.

    Other lines say that there is no route, or are the second line of an answer (`cache`).
    """
    sources = {}
    for line in output.splitlines():
        words = line.split()
        named = dict(pairwise(words))
        destination = words[1] if words[:1] in (["local"], ["unicast"]) else "".join(words[:1])
        if "src" in named and _is_address(destination):
            sources[destination] = named["src"]
    return sources


def bind_command(port: int) -> str:
    """Start a second netexec that ends by itself right after its bind.

    netexec opens the certificate files of a TLS server after it has bound the port, so files
    that do not exist end it (Go's http.Server.ListenAndServeTLS; agnhost 1.21 to 1.37). It binds
    as the fleet's own netexec does: the wildcard of both families. `timeout` is there for an
    agnhost that would read the files first on a request.
    """
    return (
        f"timeout {_BIND_LIMIT} /agnhost netexec --http-port={port} --udp-port=-1 "
        f"--tls-cert-file={_NO_SUCH_FILE} --tls-private-key-file={_NO_SUCH_FILE}"
    )


def read_bind(port: int, output: str) -> BindAttempt:
    """Read the last words of that netexec; anything but the two known ends is `other`."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    detail = lines[-1] if lines else "no output"
    bind = next((bind for bind, text in _BINDS if text in detail), Bind.OTHER)
    return BindAttempt(port=port, bind=bind, detail=detail)


def _addresses(listed: str) -> Iterator[InterfaceAddress]:
    for line in listed.splitlines():
        match = _ADDRESS.match(line)
        if match:
            yield InterfaceAddress(
                interface=match["interface"],
                address=match["address"],
                prefix=int(match["prefix"]),
            )
        elif not _LINK.match(line):
            raise _unreadable(line, expected="an address as `ip -o addr show` lists it")


def _default_routes(routes: str) -> Iterator[DefaultRoute]:
    family = 4
    # With several next hops iproute2 gives each a line of its own, indented.
    for line in routes.replace("\n\t", " ").splitlines():
        family = _FAMILIES.get(line, family)
        words = line.split()
        if not words or words[0] not in _DEFAULTS:
            # Among the others are routes that reject: `unreachable default dev lo`.
            continue
        if "dead" in words:
            continue
        yield DefaultRoute(
            family=family,
            interface=next(iter(_after(words, "dev")), ""),
            gateways=tuple(_after(words, "via")),
            source=next(iter(_after(words, "src")), ""),
        )


def _after(words: list[str], keyword: str) -> Iterator[str]:
    """Return what follows each occurrence of a keyword; `via inet6 fe80::1` names its family."""
    for position, (word, value) in enumerate(pairwise(words)):
        if word == keyword:
            yield words[position + 2] if value in {"inet", "inet6"} else value


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _unreadable(output: str, *, expected: str) -> HarnessError:
    return HarnessError(
        f"the container's addresses cannot be read - Expected: {expected} "
        f"Actual: {output[:200]!r}",
        next_step="see that the pod's image has `ip` of iproute2 or busybox",
    )
