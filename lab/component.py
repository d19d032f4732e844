"""A component of the lab: which programs are built from which pinned Go module, and how."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

AGNHOST_VERSION = "2.66.1"
"""What test/images/agnhost/VERSION of Kubernetes 1.37.2 says."""

_FOLDERS = Path(__file__).parent / "components"


@dataclass(frozen=True, slots=True)
class GoPlatform:
    """What `go env` says in a component's folder: Go's version there and the processor."""

    version: str
    arch: str


@dataclass(frozen=True, slots=True)
class Component:
    """A Go module of ours, and the programs that are built from it.

    `targets` maps a program's name to its package. Several programs are built by one go command,
    which names each after its package; only a lone one can have a name of its own.
    `minutes` is what a cold build takes on two cores, told to who waits for it.
    """

    name: str
    version: str
    targets: Mapping[str, str]
    minutes: float
    folder: Path
    cgo: bool = False
    tags: tuple[str, ...] = ()
    ldflags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def flags(self) -> tuple[str, ...]:
        """Flags of `go build`, the same on every machine."""
        return (
            *((f"-tags={','.join(self.tags)}",) if self.tags else ()),
            f"-ldflags={' '.join(('-s', '-w', *self.ldflags))}",
        )

    def output(self, directory: Path) -> str:
        """Return the `-o` argument that puts the programs into the directory."""
        if len(self.targets) == 1:
            return str(directory / next(iter(self.targets)))
        return f"{directory}/"

    def digest(self, go: GoPlatform) -> str:
        """Return 16 hex digits that change whenever an input of the build does.

        Inputs are every file of the folder, the flags, the packages, Go's version and the
        processor; for programs that are linked with the machine's C library, its version too.
        """
        inputs = hashlib.sha256()
        texts = (
            self.name,
            go.version,
            go.arch,
            f"cgo={self.cgo}",
            *(platform.libc_ver() if self.cgo else ()),
            *self.flags,
            *(f"{name}={package}" for name, package in sorted(self.targets.items())),
        )
        for text in texts:
            inputs.update(f"{text}\0".encode())
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            inputs.update(f"{path.relative_to(self.folder)}\0{len(content)}\0".encode())
            inputs.update(content)
        return inputs.hexdigest()[:16]


def _component(  # noqa: PLR0913 - the fields of a declaration, all by name
    name: str,
    version: str,
    *,
    packages: tuple[str, ...],
    minutes: float,
    program: str = "",
    cgo: bool = False,
    tags: tuple[str, ...] = (),
    ldflags: tuple[str, ...] = (),
) -> Component:
    targets = {program or PurePosixPath(package).name: package for package in packages}
    return Component(
        name=name,
        version=version,
        targets=MappingProxyType(targets),
        minutes=minutes,
        folder=_FOLDERS / name,
        cgo=cgo,
        tags=tags,
        ldflags=ldflags,
    )


def _kubernetes_stamp(version: str) -> tuple[str, ...]:
    """Return the linker flags without which a Kubernetes program calls itself v0.0.0-master."""
    major, minor, _ = version.split(".")
    values = {
        "gitVersion": f"v{version}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
    }
    return tuple(
        f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items()
    )


_CNI = "github.com/containernetworking/plugins/plugins"
_CONTAINERD = "github.com/containerd/containerd/v2/cmd"
_KUBERNETES = "k8s.io/kubernetes"

COMPONENTS = (
    _component(
        "cni-plugins",
        "1.9.1",
        packages=(
            f"{_CNI}/main/bridge",
            f"{_CNI}/main/ptp",
            f"{_CNI}/main/loopback",
            f"{_CNI}/ipam/host-local",
            f"{_CNI}/meta/portmap",
        ),
        minutes=0.5,
    ),
    _component(
        "runc",
        "1.5.2",
        packages=("github.com/opencontainers/runc",),
        minutes=0.5,
        cgo=True,
        # Without seccomp no pod starts: the kubelet asks for the runtime's default profile.
        tags=("seccomp",),
    ),
    _component(
        "oci-launcher", "1.0.0", packages=("netparity.local/lab/oci-launcher",), minutes=0.5
    ),
    _component(
        "etcd", "3.7.3", packages=("go.etcd.io/etcd/server/v3",), minutes=1, program="etcd"
    ),
    _component(
        "containerd",
        "2.4.2",
        packages=(
            f"{_CONTAINERD}/containerd",
            f"{_CONTAINERD}/containerd-shim-runc-v2",
            f"{_CONTAINERD}/ctr",
        ),
        minutes=2,
        # Else nodes report containerd 2.4.2+unknown.
        ldflags=("-X github.com/containerd/containerd/v2/version.Version=2.4.2",),
    ),
    _component(
        "kubernetes",
        "1.37.2",
        packages=(
            f"{_KUBERNETES}/cmd/kube-apiserver",
            f"{_KUBERNETES}/cmd/kube-controller-manager",
            f"{_KUBERNETES}/cmd/kube-scheduler",
            f"{_KUBERNETES}/cmd/kubelet",
            f"{_KUBERNETES}/cmd/kube-proxy",
            f"{_KUBERNETES}/cmd/kubectl",
        ),
        minutes=11,
        ldflags=_kubernetes_stamp("1.37.2"),
    ),
    _component(
        "agnhost",
        "1.37.2",
        packages=("netparity.local/lab/agnhost",),
        minutes=0.5,
        ldflags=(f"-X main.Version={AGNHOST_VERSION}",),
    ),
    _component("coredns", "1.15.0", packages=("github.com/coredns/coredns",), minutes=2),
    # The last minor release whose kube-proxy had the userspace mode on Linux:
    # https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.26.md
    _component(
        "kube-proxy-1.25",
        "1.25.16",
        packages=(f"{_KUBERNETES}/cmd/kube-proxy",),
        minutes=2,
        program="kube-proxy-1.25",
        ldflags=_kubernetes_stamp("1.25.16"),
    ),
    _component(
        "windows-userspace-proxy",
        "1.21.14",
        packages=("netparity.local/lab/windows-userspace-proxy",),
        minutes=2,
        # golang.org/x/net as pinned by Kubernetes 1.21 reaches into the runtime by linkname,
        # which Go's linker refuses since 1.23: https://go.dev/doc/go1.23#linker
        # It may go when the proxier's module builds without.
        ldflags=("-checklinkname=0",),
    ),
)
