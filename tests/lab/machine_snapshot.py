"""What a machine looks like, to tell what a lab changed of it.

`MachineSnapshot.take()` before and after; `before.differences(after)` is empty when the machine is
as it was. Other programs may run meanwhile, so of processes only the lab's are counted.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from lab.paths import cache_dir, state_dir

# Counters and keys that change by themselves on an idle machine.
_RESTLESS_SYSCTLS = re.compile(
    r"^(fs\.(dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota\..*)"
    r"|kernel\.(random\..*|ns_last_pid|pty\.nr|keys\.gc_delay|sched_domain\..*)"
    r"|net\.netfilter\.nf_conntrack_count|net\.ipv[46]\.route\..*"
    r"|vm\.(stat_refresh|.*_pgtable.*)|.*stable_secret|debug\..*)$"
)
_COUNTER = re.compile(r"counter packets \d+ bytes \d+|\[\d+:\d+\]|^#.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class MachineSnapshot:
    """Everything that a lab may touch, each as a set of lines."""

    processes: frozenset[str]
    network_namespaces: frozenset[str]
    mounts: frozenset[str]
    cgroups: frozenset[str]
    links: frozenset[str]
    routes: frozenset[str]
    firewall: frozenset[str]
    sysctls: frozenset[str]
    files: frozenset[str]

    @classmethod
    def take(cls) -> Self:
        """Look at the machine, as root."""
        return cls(
            processes=frozenset(_lab_processes()),
            network_namespaces=frozenset(_namespaces()),
            mounts=frozenset(_mounts()),
            cgroups=frozenset(_cgroups()),
            links=frozenset(_links()),
            routes=frozenset(_routes()),
            firewall=frozenset(_firewall()),
            sysctls=frozenset(_sysctls()),
            files=frozenset(_files("/etc", "/var/lib")),
        )

    def differences(self, later: Self) -> Mapping[str, list[str]]:
        """Return, by what it is of, each line that came (`+`) and that went (`-`)."""
        found: dict[str, list[str]] = {}
        for each in fields(self):
            before: frozenset[str] = getattr(self, each.name)
            after: frozenset[str] = getattr(later, each.name)
            lines = [f"+ {line}" for line in sorted(after - before)]
            lines += [f"- {line}" for line in sorted(before - after)]
            if lines:
                found[each.name] = lines
        return found


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # An empty rule set of a backend that this machine lacks is told by its exit code.
    return done.stdout


def _lab_processes() -> Iterator[str]:
    """Yield the processes that run the lab's programs, or in its cgroups."""
    ours = (str(cache_dir()), str(state_dir()), "node_init.py")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            cgroups = (entry / "cgroup").read_text()
            program = str((entry / "exe").readlink())
        except OSError:
            continue  # Ended, or a kernel thread.
        if "/netparity-" in cgroups or any(o in command or o in program for o in ours):
            yield f"{entry.name} {command}"


def _namespaces() -> Iterator[str]:
    folder = Path("/run/netns")
    if folder.exists():
        yield str(folder)
        yield from (str(path) for path in folder.iterdir())


def _mounts() -> Iterator[str]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        # Without the ids, which count up; with the optional fields, which tell propagation.
        yield " ".join(line.split()[3:])


def _cgroups() -> Iterator[str]:
    """Yield the cgroups of the first level, and all below the lab's own.

    What other programs keep in theirs comes and goes at any time.
    """
    roots = [Path("/sys/fs/cgroup"), *Path("/sys/fs/cgroup").glob("*/")]
    for root in roots:
        yield from (str(folder) for folder in root.glob("*/"))
        for ours in root.glob("*netparity*/"):
            yield from (str(folder) for folder in ours.rglob("*/"))


def _links() -> Iterator[str]:
    for link in json.loads(_output("ip", "-json", "address", "show")):
        addresses = [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]]
        yield f"{link['ifname']} {link['operstate']} {link['flags']} {addresses}"


def _routes() -> Iterator[str]:
    for family in ("-4", "-6"):
        yield from _output("ip", family, "route", "show", "table", "all").splitlines()
        yield from _output("ip", family, "rule", "show").splitlines()


def _firewall() -> Iterator[str]:
    for command in (["nft", "list", "ruleset"], ["iptables-save"], ["ip6tables-save"]):
        yield from _COUNTER.sub("", _output(*command)).splitlines()


def _sysctls() -> Iterator[str]:
    for line in _output("sysctl", "-a").splitlines():
        if not _RESTLESS_SYSCTLS.match(line.partition(" = ")[0]):
            yield line


def _files(*roots: str) -> Iterator[str]:
    for root in roots:
        for folder, _, names in os.walk(root):
            yield folder
            for name in names:
                path = Path(folder, name)
                yield f"{path} {_digest(path)}"


def _digest(path: Path) -> str:
    if path.is_symlink():
        return str(path.readlink())
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return error.strerror or "unreadable"
