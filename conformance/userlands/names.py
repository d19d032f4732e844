"""How a container's own resolver is asked, by userland."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from conformance.containers import Userland
from conformance.errors import HarnessError
from verdicts.observations.dns import LookupTry

LIMIT: Final = 12
"""Seconds that a resolver gets for one name: glibc gives up by itself after twice five."""

_SETTINGS: Final = "# settings"
_NAME: Final = "# name"
_STATUS: Final = "# status"
_CUT: Final = frozenset({"124", "143"})
"""Exit statuses of `timeout` when it had to end the command: coreutils', busybox's."""


@dataclass(frozen=True, slots=True)
class ResolverAnswers:
    """What a container's resolver is set to, and what it made of each name.

    `search` is None where the userland does not tell.
    """

    nameservers: tuple[str, ...]
    search: tuple[str, ...] | None
    lookups: Mapping[str, LookupTry]


class Resolver(Protocol):
    """The resolver of one userland."""

    settings_command: str
    lookup_command: str
    """Of one name, appended; it prints the IPv4 addresses."""

    def read_settings(self, output: str) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
        """Return the name servers and, where it is told, the search list."""

    def read_lookup(self, output: str, status: str) -> LookupTry | None:
        """Read what one lookup printed; None where the output is not this resolver's."""


class _Linux:
    """The C library's resolver, by getent: glibc's or musl's, which print the same columns."""

    settings_command = "cat /etc/resolv.conf"
    lookup_command = f"timeout {LIMIT} getent ahostsv4"

    def read_settings(self, output: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read resolv.conf: every name server; of several search lists the last counts.

        A file that names none is an observation: resolvers then ask 127.0.0.1 (resolv.conf(5)).

        Raises:
            HarnessError: it names none, for it was not read.
        """
        nameservers: list[str] = []
        search: tuple[str, ...] = ()
        for line in output.splitlines():
            keyword, *values = line.split() or [""]
            if keyword == "nameserver":
                nameservers.extend(values[:1])
            elif keyword in {"search", "domain"}:
                search = tuple(values)
        if not nameservers and _COMPLAINT.search(output):
            raise _unreadable("/etc/resolv.conf", output, expected="a name server")
        return tuple(nameservers), search

    def read_lookup(self, output: str, status: str) -> LookupTry | None:
        """Read getent: 0 and a row for each address and socket type, or 2 and nothing."""
        if status == "0":
            rows = [line.split() for line in output.splitlines() if line.strip()]
            addresses = tuple(dict.fromkeys(row[0] for row in rows if _IPV4.fullmatch(row[0])))
            return LookupTry(addresses=addresses) if addresses else None
        return LookupTry(detail="not found") if status == "2" else None


class _Windows:
    """GetAddrInfoW, by ping, whose first line has the address in brackets in every language.

    Written after its documentation and not yet seen in a pod. The search list is not asked: only
    `ipconfig` knows the connection's own suffix, and its labels are translated.
    """

    settings_command = "/agnhost dns-server-list"
    lookup_command = f"timeout {LIMIT} ping -4 -n 1 -w 1"

    def read_settings(self, output: str) -> tuple[tuple[str, ...], None]:
        """Read the list that agnhost has of GetNetworkParams."""
        return tuple(_IPV4.findall(output)), None

    def read_lookup(self, output: str, status: str) -> LookupTry | None:
        """Read the bracketed address; whether it answers is another matter, so is the status."""
        found = _BRACKETED.search(output)
        if found:
            return LookupTry(addresses=(found[1],))
        return LookupTry(detail=output.strip()[:200]) if status == "1" else None


_IPV4: Final = re.compile(r"\d+\.\d+\.\d+\.\d+")
_COMPLAINT: Final = re.compile(r"^\S*(?:cat|sh)\S*: ", re.MULTILINE)
"""How `cat`, or the shell that does not find it, begins to say why not."""
_BRACKETED: Final = re.compile(r"\[(\d+\.\d+\.\d+\.\d+)\]")
_RESOLVERS: Mapping[Userland, Resolver] = MappingProxyType(
    {Userland.LINUX: _Linux(), Userland.WINDOWS: _Windows()}
)


def names_command(userland: Userland, names: Iterable[str]) -> str:
    """Return the shell command that tells the settings and looks the names up, one by one."""
    resolver = _RESOLVERS[userland]
    listed = " ".join(shlex.quote(name) for name in names)
    return (
        f"echo '{_SETTINGS}'; {resolver.settings_command}; for name in {listed}; do "
        f"echo '{_NAME}' $name; {resolver.lookup_command} $name; echo '{_STATUS}' $?; done"
    )


def read_names(userland: Userland, names: Iterable[str], output: str) -> ResolverAnswers:
    """Read what `names_command` printed for these names.

    Raises:
        HarnessError: the image lacks a command, or printed what nobody understands.
    """
    resolver = _RESOLVERS[userland]
    settings, *sections = output.split(f"{_NAME} ")
    nameservers, search = resolver.read_settings(settings.replace(_SETTINGS, ""))
    lookups = {}
    for section in sections:
        name, _, printed = section.partition("\n")
        answer, _, status = printed.rpartition(_STATUS)
        lookups[name.strip()] = _lookup(resolver, name.strip(), answer, status.strip())
    for name in names:
        if name not in lookups:
            raise _unreadable(f"no answer for {name}", output, expected="one for each name")
    return ResolverAnswers(nameservers=nameservers, search=search, lookups=lookups)


def _lookup(resolver: Resolver, name: str, printed: str, status: str) -> LookupTry:
    if status in _CUT:
        return LookupTry(detail=f"no answer within {LIMIT} s")
    read = resolver.read_lookup(printed, status)
    if read is None:
        raise _unreadable(
            f"the answer for {name} (status {status})",
            printed,
            expected=f"what `{resolver.lookup_command}` prints",
        )
    return read


def _unreadable(what: str, printed: str, *, expected: str) -> HarnessError:
    return HarnessError(
        f"a resolver's words cannot be read: {what} - Expected: {expected} "
        f"Actual: {printed[:200]!r}",
        next_step="see that the pod's image is agnhost, with a shell, timeout and getent",
    )
