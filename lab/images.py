"""The lab's container images, put together from its own programs and this machine's userland.

No image is ever pulled: a node gets these archives before its kubelet starts.
"""

import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab import oci_archive
from lab.component import AGNHOST_VERSION
from lab.errors import ImageError
from lab.oci_archive import Entry, Image, Layer
from lab.store import exclusive, superseded, unfinished
from lab.toolchain import Toolchain

_COREDNS_VERSION = "1.15.0"
_REGISTRY = "netparity.local"
_FOR_GOOD = 2**31 - 1  # seconds, the most that busybox's sleep takes everywhere
_SEARCH_PATH = ("PATH=/bin:/usr/bin:/sbin:/usr/sbin:/",)

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

# Tools that upstream's agnhost image has by Alpine, or that probes and people ask pods with.
# Each is a link, and five nodes unpack every one of them, so it is not all that busybox can do.
_APPLETS = (
    *("sh", "ash", "[", "test", "true", "false", "echo", "printf", "env", "id", "whoami", "which"),
    *(
        "cat",
        "head",
        "tail",
        "tee",
        "grep",
        "sed",
        "awk",
        "cut",
        "tr",
        "sort",
        "uniq",
        "wc",
        "seq",
    ),
    *("ls", "find", "stat", "readlink", "mkdir", "mktemp", "touch", "rm", "cp", "mv", "ln"),
    *("chmod", "dd", "xargs", "expr", "date", "sleep", "timeout", "time", "ps", "kill", "uname"),
    *("base64", "hexdump", "od", "xxd", "sha256sum", "hostname", "mount", "df", "du", "free"),
    *("ip", "ifconfig", "route", "arp", "arping", "netstat", "ping", "ping6", "traceroute"),
    *("nc", "wget", "nslookup", "telnet", "vi", "less", "tar"),
)
# Loaded by name and not by getent's own linkage; newer C libraries have them built in.
_NAME_SERVICES = ("libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2")

_SHARED_LIBRARY = re.compile(r"^\s*(?:\S+ => )?(?P<path>/\S+) \(0x[0-9a-f]+\)$", re.MULTILINE)
_LACKING_LIBRARY = re.compile(r"^\s*(?P<name>\S+) => not found$", re.MULTILINE)


def _silently(_: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Images:
    """References of the images, and the archives that hold them all.

    `agnhost` is a pod's image, `capture` is agnhost with tcpdump, and `sandbox` holds a pod's
    namespaces.
    """

    sandbox: str
    agnhost: str
    capture: str
    coredns: str
    archives: tuple[Path, ...]


def build_images(
    toolchain: Toolchain, directory: Path, *, report: Callable[[str], None] = _silently
) -> Images:
    """Write the archives that the directory does not hold yet, and return what there is.

    An archive's name bears a digest of its contents, so a finished one is never written again.
    `report` gets a line when another process has to be waited for.

    Raises:
        ImageError: a program of this machine, or a library of one, is missing.
    """
    architecture = _architecture()
    sandbox, agnhost, capture = _pod_images(toolchain)
    coredns = Image(
        reference=f"{_REGISTRY}/coredns:{_COREDNS_VERSION}",
        layers=(Layer((oci_archive.program("/coredns", toolchain.binary("coredns")),)),),
        entrypoint=("/coredns",),
    )
    with exclusive(directory, report=report):
        archives = (
            _archive("pods", (sandbox, agnhost, capture), directory, architecture),
            _archive("coredns", (coredns,), directory, architecture),
        )
    return Images(
        sandbox=sandbox.reference,
        agnhost=agnhost.reference,
        capture=capture.reference,
        coredns=coredns.reference,
        archives=archives,
    )


def _archive(name: str, images: tuple[Image, ...], directory: Path, architecture: str) -> Path:
    path = directory / f"{name}-{oci_archive.digest(images, architecture=architecture)}.tar"
    if not path.exists():
        with unfinished(directory) as workspace:
            oci_archive.write(images, workspace, architecture=architecture).rename(path)
        for older in superseded(directory.glob(f"{name}-*.tar"), newest=path):
            older.unlink()
    path.touch()  # the newest are kept, and newest means last used
    return path


def _pod_images(toolchain: Toolchain) -> tuple[Image, Image, Image]:
    """Return the images of sandbox, agnhost and capture, which share their lower layers."""
    userland = _userland()
    agnhost = Layer(
        (
            oci_archive.program("/agnhost", toolchain.binary("agnhost")),
            oci_archive.directory("/uploads", mode=0o1777),
        )
    )
    tcpdump = _found("tcpdump")
    capture = Layer(
        (
            oci_archive.program("/usr/bin/tcpdump", tcpdump),
            *(library for library in _libraries(tcpdump) if library not in userland.entries),
        )
    )
    return (
        # agnhost can pause as well, and takes thirty times as long to begin with it.
        Image(
            reference=f"{_REGISTRY}/sandbox:{AGNHOST_VERSION}",
            layers=(userland,),
            entrypoint=("/bin/sleep", str(_FOR_GOOD)),
        ),
        _pod_image("agnhost", (userland, agnhost)),
        _pod_image("capture", (userland, agnhost, capture)),
    )


def _pod_image(name: str, layers: tuple[Layer, ...]) -> Image:
    return Image(
        reference=f"{_REGISTRY}/{name}:{AGNHOST_VERSION}",
        layers=layers,
        entrypoint=("/agnhost",),
        command=("pause",),
        environment=_SEARCH_PATH,
    )


def _userland() -> Layer:
    """Return busybox with its links, and getent, which resolves names in the order of a list.

    busybox's own nslookup asks for all suffixes at once, which the Windows user-mode proxier does
    not survive: it keeps one state a client and type.
    """
    getent = _found("getent")
    libraries = _libraries(getent)
    beside = [entry.path.parent for entry in libraries if entry.path.name.startswith("libc.so")]
    services = [Path(folder, name) for folder in beside for name in _NAME_SERVICES]
    return Layer(
        (
            oci_archive.program("/bin/busybox", _static_busybox()),
            *(oci_archive.link(f"/bin/{applet}", "busybox") for applet in _APPLETS),
            oci_archive.program("/usr/bin/getent", getent),
            *libraries,
            *(_library(path) for path in services if path.exists()),
            oci_archive.file(
                "/etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n"
            ),
            oci_archive.file(
                "/etc/passwd",
                b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n",
            ),
            oci_archive.file("/etc/group", b"root:x:0:\nnogroup:x:65534:\n"),
            *(oci_archive.directory(f"/{name}") for name in ("proc", "sys", "dev", "run")),
            oci_archive.directory("/tmp", mode=0o1777),  # noqa: S108 - the pods', not ours
        )
    )


def _static_busybox() -> Path:
    busybox = _found("busybox")
    if _linkage(busybox):
        raise ImageError(
            f"{busybox} is linked with shared libraries, which pods do not have",
            next_step="install the package busybox-static",
        )
    return busybox


def _libraries(program: Path) -> list[Entry]:
    """Return the shared libraries that the program is linked with, at the paths it expects."""
    said = _linkage(program)
    if lacking := _LACKING_LIBRARY.findall(said):
        raise ImageError(
            f"{program} is linked with {', '.join(lacking)}, which this machine does not have",
            next_step=f"reinstall the package that {program} belongs to",
        )
    return [_library(Path(path)) for path in _SHARED_LIBRARY.findall(said)]


def _library(path: Path) -> Entry:
    return oci_archive.program(str(path), path.resolve())


def _linkage(program: Path) -> str:
    """Return what ldd says; nothing for a static program, which it refuses."""
    answer = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    return answer.stdout if answer.returncode == 0 else ""


def _found(program: str) -> Path:
    path = shutil.which(program)
    if path is None:
        raise ImageError(
            f"there is no {program} on PATH, and pods need one",
            next_step="run the command again as root where apt-get is, or install the packages "
            "that its first check names",
        )
    return Path(path).resolve()


def _architecture() -> str:
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise ImageError(
            f"no image can be named for the processor {machine}",
            next_step=f"run the lab on one of {', '.join(_ARCHITECTURES)}",
        )
    return _ARCHITECTURES[machine]
