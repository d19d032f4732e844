"""What a machine must have before a lab is begun on it, and the packages that bring most of it."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from lab.errors import PrerequisiteError
from lab.kernel import ensure_kernel, existing
from lab.paths import cache_dir, state_dir

_GIB = 1024**3
# A machine of 4 GiB reports some 200 MiB less: what the kernel keeps for itself.
_LEAST_MEMORY = 3.75 * _GIB
# The built programs, the images, and five nodes with their snapshots.
_LEAST_DISK = 4 * _GIB
# Go's module and build caches after all components were built.
_LEAST_DISK_TO_BUILD = 14 * _GIB
_LEAST_GO = (1, 26)
# Before 1.0.1 kube-proxy's nftables mode cannot run:
# https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/proxy/nftables/README.md
_LEAST_NFT = (1, 0, 1)

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a package is installed: a command on PATH, or a file."""

    command: str = ""
    file: Path | None = None

    @property
    def is_given(self) -> bool:
        """Tell whether it is there."""
        if self.file is not None:
            return self.file.exists()
        return shutil.which(self.command, path=_search_path()) is not None


REQUIRED_PACKAGES: Mapping[str, Proof] = {
    "busybox-static": Proof("busybox"),
    "conntrack": Proof("conntrack"),
    "gcc": Proof("gcc"),
    "iproute2": Proof("ip"),
    "iptables": Proof("iptables"),
    "libc-bin": Proof("getent"),
    "libc6-dev": Proof(file=Path("/usr/include/stdlib.h")),
    "libseccomp-dev": Proof(file=Path("/usr/include/seccomp.h")),
    "mount": Proof("mount"),
    "nftables": Proof("nft"),
    "pkg-config": Proof("pkg-config"),
    "tcpdump": Proof("tcpdump"),
    "util-linux": Proof("unshare"),
}
"""Debian's packages that the lab needs, and what proves each."""


def missing() -> tuple[str, ...]:
    """Return the required packages of which there is no proof, by name."""
    return tuple(name for name, proof in REQUIRED_PACKAGES.items() if not proof.is_given)


def install(packages: tuple[str, ...], *, report: Callable[[str], None]) -> None:
    """Install packages with apt-get; `report` gets a line before, because it takes a while.

    Raises:
        PrerequisiteError: this is not root, there is no apt-get, or it fails; names every package.
    """
    line = f"apt-get install {' '.join(packages)}"
    absent = f"this machine lacks {', '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise PrerequisiteError(absent, next_step=f"install them, on Debian as root with: {line}")
    report(f"installing {', '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", *packages],
    ):
        answer = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if answer.returncode:
            said = "\n".join(answer.stdout.splitlines()[-5:])
            raise PrerequisiteError(
                f"{absent}, and `{' '.join(command)}` failed:\n{said}",
                next_step=f"make this succeed, then run the command again: {line}",
            )
    if still := missing():
        raise PrerequisiteError(
            f"{', '.join(still)} was installed and still does not show",
            next_step="see that /usr/sbin and /usr/bin are on PATH",
        )


def _silently(_: str) -> None:
    """Report to nobody."""


def ensure_machine(*, report: Callable[[str], None] = _silently) -> None:
    """See that this machine can carry a lab, and install the packages that it lacks.

    Nothing else is changed. Takes a fraction of a second where all is there.

    Raises:
        PrerequisiteError: the first thing that is not as it must be, and what to do about it.
    """
    _ensure_root()
    if packages := missing():
        install(packages, report=report)
    _ensure_go()
    _ensure_nft()
    _ensure_memory()
    _ensure_disk()
    ensure_kernel(state_dir())


def _ensure_root() -> None:
    if os.geteuid() != 0:
        raise PrerequisiteError(
            "the lab needs root: it makes namespaces, cgroups and mounts",
            next_step="run the command as root",
        )


def _ensure_go() -> None:
    install_it = "install Go 1.26 or newer (https://go.dev/doc/install) and put it on PATH"
    if shutil.which("go") is None:
        raise PrerequisiteError("there is no go command on PATH", next_step=install_it)
    answer = subprocess.run(
        ["go", "env", "GOVERSION"],
        # The machine's own version, not one that go would fetch for the current folder.
        env=os.environ | {"GOTOOLCHAIN": "local"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    version = _version(answer.stdout)
    if version < _LEAST_GO:
        said = answer.stdout.strip() or answer.stderr.strip()
        raise PrerequisiteError(f"Go is too old here: {said}", next_step=install_it)


def _ensure_nft() -> None:
    answer = subprocess.run(["nft", "--version"], capture_output=True, text=True, check=False)
    if _version(answer.stdout) < _LEAST_NFT:
        raise PrerequisiteError(
            f"nftables is too old here: {answer.stdout.strip() or answer.stderr.strip()}",
            next_step="install nftables 1.0.1 or newer; Debian 12 has it",
        )


def _ensure_memory() -> None:
    limits = [path.read_text().strip() for path in _CGROUP_LIMITS if path.exists()]
    numbers = [int(limit) for limit in limits if limit.isdecimal()]
    given = min([psutil.virtual_memory().total, *numbers])
    if given < _LEAST_MEMORY:
        raise PrerequisiteError(
            f"the lab needs 4 GiB of memory, this machine gives {given / _GIB:.1f} GiB",
            next_step="use a larger machine, or raise its container's memory limit",
        )


def _ensure_disk() -> None:
    """See that there is room; more of it as long as the largest component is not built."""
    is_built = any((cache_dir() / "toolchain").glob("kubernetes-*"))
    needs = {
        state_dir(): _LEAST_DISK,
        cache_dir(): _LEAST_DISK if is_built else _LEAST_DISK_TO_BUILD,
    }
    for folder, least in needs.items():
        free = shutil.disk_usage(existing(folder)).free
        if free < least:
            raise PrerequisiteError(
                f"{folder} has {free / _GIB:.1f} GiB free, the lab needs {least / _GIB:.0f} GiB",
                next_step="make room there, or set NETPARITY_CACHE_DIR and NETPARITY_STATE_DIR "
                "to folders on another disk",
            )


def _version(said: str) -> tuple[int, ...]:
    """Return the first dotted number of a text; an empty one, older than any, if there is none."""
    found = re.search(r"\d+(?:\.\d+)+", said)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _search_path() -> str:
    """Return PATH with the folders of administration, which a plain user's may lack."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
