"""What an evidence pod on a Linux node is asked: interfaces, neighbours, CNI files and frames."""

import re
import shlex
from collections.abc import Iterable, Mapping
from ipaddress import ip_interface
from typing import Final

from conformance.errors import HarnessError
from verdicts.observations.cni import BookEntry
from verdicts.observations.wire import Configuration, Frame

CNI_DIRECTORY: Final = "/host/cni"
CNI_STATE: Final = "/host/cni-state"
CAPTURE_LIMIT: Final = 5
"""Seconds after which a capture ends, whether or not there were frames."""
CAPTURED: Final = 4
"""Frames after which a capture ends: two rounds of talk to two addresses."""

_LINKS: Final = "/sys/class/net"
_LISTENING: Final = "listening on"
_FILE: Final = "# file"
_READABLE: Final = "# readable"
_ABSENT: Final = "# absent"
_ENTRY: Final = "# entry"
_DENIED: Final = "ermission denied"

_MAC: Final = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_NO_MAC: Final = "00:00:00:00:00:00"
_INTERFACE: Final = re.compile(r"\d+: (?P<name>[^\s@:]+)\S*\s+inet (?P<address>\S+)")
_NEIGHBOUR: Final = re.compile(
    r"(?P<address>\S+) (?:dev (?P<interface>\S+) )?.*?lladdr (?P<mac>\S+)"
)
# `12:00:00.000001 02:..:0d > 02:..:0b, ethertype IPv4 (0x0800), length 74: 10.0.0.7.54104 >
# 10.0.0.8.8080: Flags [S], ...`; some builds put `(oui Unknown)` behind a MAC, and a VLAN tag
# stands before the inner ethertype.
_FRAME: Final = re.compile(
    rf"(?P<source_mac>{_MAC.pattern})(?: \(oui [^)]*\))? > "
    rf"(?P<destination_mac>{_MAC.pattern})(?: \(oui [^)]*\))?, .*?ethertype IPv4\b.*?[:,] "
    r"(?P<source_ip>\d+\.\d+\.\d+\.\d+)(?:\.\d+)? > "
    r"(?P<destination_ip>\d+\.\d+\.\d+\.\d+)(?:\.\d+)?:"
)
_QUOTED: Final = re.compile(r'"(name|type)"\s*:\s*"([^"]*)"')

# Their type stands in a configuration like a plugin's own.
_IPAM: Final = frozenset({"host-local", "dhcp", "static", "whereabouts"})


def macs_command() -> str:
    """List the MACs of all interfaces, as any Linux userland can.

    Pods come and go, and their links with them: one that is gone by now has none to tell.
    """
    return (
        f"for file in {_LINKS}/*/address; do "
        'cat "$file" || cat "$file" || [ ! -e "$file" ] || exit 1; done'
    )


def read_macs(output: str) -> tuple[str, ...]:
    """Read them; loopback has none.

    Raises:
        HarnessError: there is no MAC at all.
    """
    macs = tuple(dict.fromkeys(mac for mac in _MAC.findall(output.lower()) if mac != _NO_MAC))
    if not macs:
        raise HarnessError(
            f"no interface with a MAC - Expected: addresses Actual: {output[:200]!r}",
            next_step="see that the pod is a Linux container with /sys mounted",
        )
    return macs


def networks_command() -> str:
    """List the node's IPv4 addresses with their interfaces and prefixes."""
    return "ip -4 -o addr show"


def read_networks(output: str) -> Mapping[str, tuple[str, str]]:
    """Return each address's interface and network.

    Raises:
        HarnessError: there is no address at all.
    """
    found = {}
    for line in output.splitlines():
        match = _INTERFACE.match(line)
        if match:
            address = ip_interface(match["address"])
            found[str(address.ip)] = (match["name"], str(address.network))
    if not found:
        raise HarnessError(
            f"the node's addresses cannot be read - Expected: `ip -4 -o addr` Actual: "
            f"{output[:200]!r}",
            next_step="see that the evidence pod's image has ip and that it is on the host network",
        )
    return found


def neighbours_command(addresses: Iterable[str]) -> str:
    """Have each address resolved, by a ping that need not be answered, and list the neighbours."""
    pings = [f"ping -c 1 -W 1 {shlex.quote(address)} >/dev/null 2>&1 &" for address in addresses]
    return f"{' '.join(pings)} wait; ip -4 neigh show"


def read_neighbours(output: str, interface: str) -> Mapping[str, str]:
    """Return the MACs that addresses resolve to on an interface; those without one are missing."""
    return {
        match["address"]: match["mac"].lower()
        for line in output.splitlines()
        if (match := _NEIGHBOUR.match(line)) and match["interface"] == interface
    }


def capture_command(interface: str, source: str) -> str:
    """Capture the handshakes that a pod's address opens, as they come in on an interface.

    -Z root: a tcpdump that gives up root asks for a user of its own, which images lack. -p: what
    is not addressed to the node is not wanted.
    """
    opening = f"src host {source} and tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn"
    return (
        f"timeout {CAPTURE_LIMIT} tcpdump -Z root -p -l -n -e -Q in -i {shlex.quote(interface)} "
        f"-c {CAPTURED} {shlex.quote(opening)}"
    )


def read_frames(output: str) -> tuple[Frame, ...]:
    """Read the frames that tcpdump printed; none is an answer if it was listening.

    Raises:
        HarnessError: tcpdump never listened.
    """
    if _LISTENING not in output:
        raise HarnessError(
            f"frames could not be captured - Expected: tcpdump listening Actual: {output[:200]!r}",
            next_step="see that the capture image has tcpdump and that the evidence pod may use it",
        )
    return tuple(
        Frame.model_validate(match.groupdict())
        for line in output.splitlines()
        if (match := _FRAME.search(line))
    )


def configuration_command() -> str:
    """List names and types of the CNI configuration files, and nothing else of them.

    Some hold credentials (Calico's old `k8s_auth_token`), which no evidence may contain.
    """
    fields = r'"(name|type)"[[:space:]]*:[[:space:]]*"[^"]*"'
    return (
        f"cd {CNI_DIRECTORY} && ls >/dev/null && echo '{_READABLE}' && "
        f"for file in *.conf *.conflist *.json; do if [ -f $file ]; then echo '{_FILE}' $file; "
        f"tr -d '\\n' < $file | grep -oE '{fields}'; fi; done; true"
    )


def read_configuration(output: str) -> tuple[Configuration, ...] | None:
    """Read the files in their order; None where nobody may look into the directory.

    Raises:
        HarnessError: it could not be read for another reason.
    """
    listed = _listed(output, "the node's CNI configuration")
    if listed is None:
        return None
    files = []
    for section in listed.split(f"{_FILE} ")[1:]:
        file, _, fields = section.partition("\n")
        quoted = _QUOTED.findall(fields)
        files.append(
            Configuration(
                file=file.strip(),
                network=next((value for key, value in quoted if key == "name"), ""),
                plugins=tuple(
                    value for key, value in quoted if key == "type" and not _is_ipam(value)
                ),
            )
        )
    return tuple(files)


def book_command(addresses: Iterable[str]) -> str:
    """List which networks' books of host-local have these addresses as given away, and no others.

    It keeps a folder a network, and in it a file for each address that is given away:
    https://www.cni.dev/plugins/current/ipam/host-local/#files
    """
    files = " ".join(f"*/{shlex.quote(address)}" for address in addresses)
    return (
        f"ls {CNI_STATE} >/dev/null || exit; cd {CNI_STATE}; "
        f"if [ ! -d networks ]; then echo '{_ABSENT}'; exit; fi; "
        f"cd networks && echo '{_READABLE}' && "
        f"for file in {files}; do if [ -f $file ]; then echo '{_ENTRY}' $file; fi; done; true"
    )


def read_book(output: str) -> tuple[BookEntry, ...] | None:
    """Read the entries; None where the node has no such book, or nobody may look into it.

    Raises:
        HarnessError: it could not be read for another reason.
    """
    if _ABSENT in output:
        return None
    listed = _listed(output, "the node's address book")
    if listed is None:
        return None
    named = (line.split()[-1].rpartition("/") for line in listed.splitlines() if _ENTRY in line)
    return tuple(BookEntry(network=network, address=address) for network, _, address in named)


def _listed(output: str, what: str) -> str | None:
    """Return what was listed of a folder that was read; None where nobody may."""
    _, found, listed = output.partition(_READABLE)
    if found:
        return listed
    if _DENIED in output:
        return None
    raise HarnessError(
        f"{what} could not be read - Expected: a list Actual: {output.strip()[:200]!r}",
        next_step="see that the evidence pod runs, and its image has sh and ls",
    )


def _is_ipam(plugin: str) -> bool:
    return plugin in _IPAM or "ipam" in plugin
