"""Which build is which platform; the names of the matrix's columns."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LINUX: Final = "linux"
UNKNOWN_WINDOWS: Final = "windows-unknown"

WINDOWS_BUILDS: Final[Mapping[int, str]] = MappingProxyType(
    {
        14393: "windows-2016",
        16299: "windows-1709",
        17134: "windows-1803",
        17763: "windows-2019",
        18362: "windows-1903",
        18363: "windows-1909",
        19041: "windows-2004",
        19042: "windows-20h2",
        20348: "windows-2022",
        25398: "windows-23h2",
        26100: "windows-2025",
    }
)
"""Build numbers of https://github.com/microsoft/hcsshim/blob/main/osversion/windowsbuilds.go"""

PLATFORMS: Final = (LINUX, *WINDOWS_BUILDS.values())

_DOTTED = re.compile(r"10\.0\.(\d+)(?:\.\d+)?")
_SPACED = re.compile(r"10\.0 (\d+) \(")


def build_of(*, label: str, kernel_version: str) -> int | None:
    """Return a Windows node's build number, or None where it cannot be known.

    The label is `node.kubernetes.io/windows-build`, `10.0.<build>`, from Kubernetes 1.17 on; the
    kernel version is `10.0.<build>.<revision>`, once also `10.0 <build> (<build>.15.amd64fre…)`.
    Kubernetes 1.9.0 to 1.9.2 said `6.2.x` of every build
    (https://github.com/kubernetes/kubernetes/issues/58498): that is no build, and osImage names
    no build of the semi-annual channel, so nothing is guessed from it.
    """
    for text in (label, kernel_version):
        found = _DOTTED.fullmatch(text) or _SPACED.match(text)
        if found is not None:
            return int(found[1])
    return None


def platform_of(*, operating_system: str, build: int | None) -> str:
    """Return the column of a node by what it really runs."""
    if operating_system != "windows":
        return operating_system or LINUX
    if build is None:
        return UNKNOWN_WINDOWS
    return WINDOWS_BUILDS.get(build, f"windows-build-{build}")
