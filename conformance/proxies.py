"""Which data plane a kube-proxy runs on a node, by its own word and by what it was told; pure."""

from dataclasses import dataclass
from typing import Final

from conformance.kube_proxy_settings import Told, release
from verdicts.inventory import Known, ServiceProxy
from verdicts.vocabulary import Mode

LINUX: Final = "linux"
WINDOWS: Final = "windows"

_FIRST_KERNEL_BUILD: Final = 16299
_USERSPACE_GONE: Final = (1, 26)
_SKEW: Final = 3


@dataclass(frozen=True, slots=True)
class _DataPlane:
    """One of kube-proxy's own, with the operating systems that it exists on."""

    mode: Mode
    systems: frozenset[str]


_DATA_PLANES: Final = {
    "userspace": _DataPlane(Mode.USER, frozenset({LINUX, WINDOWS})),
    "iptables": _DataPlane(Mode.KERNEL, frozenset({LINUX})),
    "ipvs": _DataPlane(Mode.KERNEL, frozenset({LINUX})),
    "nftables": _DataPlane(Mode.KERNEL, frozenset({LINUX})),
    "kernelspace": _DataPlane(Mode.KERNEL, frozenset({WINDOWS})),
}


def exists_on(data_plane: str, operating_system: str) -> bool:
    """Say whether kube-proxy has this data plane on an operating system.

    Linux has iptables, ipvs and nftables, Windows kernelspace, and both had userspace:
    https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-modes
    """
    known = _DATA_PLANES.get(data_plane)
    return known is not None and operating_system in known.systems


def by_endpoint(answer: str) -> str | None:
    """Return the data plane in the body of kube-proxy's `/proxyMode`; None where it names none.

    https://github.com/kubernetes/kubernetes/blob/v1.20.2/cmd/kube-proxy/app/server.go#L608-L620
    """
    data_plane = answer.strip()
    return data_plane if data_plane in _DATA_PLANES else None


def settled(
    told: Told | None, *, operating_system: str, build: int | None, server: tuple[int, int]
) -> ServiceProxy:
    """Return what a kube-proxy on a node is known to do, from what it was told.

    What was configured is what was asked for. It is taken for the effective mode too, except
    where the asked-for mode is known to fall back silently: kernelspace on builds without the
    HNS policy lists (2016, https://github.com/kubernetes/kubernetes/pull/51064). A mode that
    this operating system does not have was not told to this node's proxy, which then runs what its
    release leaves it. `server` is the API
    server's release, for the defaults of a proxy whose own version nothing shows.
    """
    if told is None:
        return ServiceProxy(program="kube-proxy")
    if told.mode and not exists_on(told.mode, operating_system):
        told = Told(known_by=Known.UNKNOWN, version=told.version)
    masquerade_all = told.masquerade_all if operating_system == LINUX else None
    proxy = ServiceProxy(
        program="kube-proxy",
        version=told.version,
        masquerade_all=masquerade_all,
        masquerade_by=Known.UNKNOWN if masquerade_all is None else told.known_by,
        cluster_cidrs=told.cluster_cidrs,
        dsr=told.dsr if operating_system == WINDOWS else None,
    )
    own = release(told.version)
    if told.mode is None:
        if operating_system != WINDOWS or own is None or own < _USERSPACE_GONE:
            return proxy
        data_plane, known_by = "kernelspace", Known.RELEASE  # the only one that is left
    else:
        data_plane = told.mode or _default_mode(operating_system, own=own, server=server)
        known_by = told.known_by
    if not data_plane:
        return proxy
    mode = _DATA_PLANES[data_plane].mode
    asked = {"asked": mode, "asked_by": known_by}
    if data_plane == "kernelspace" and (build is None or build < _FIRST_KERNEL_BUILD):
        return proxy.model_copy(update=asked)
    ran = {"effective": mode, "known_by": known_by, "data_plane": data_plane}
    return proxy.model_copy(update=asked | ran)


def heard(proxy: ServiceProxy, data_plane: str) -> ServiceProxy:
    """Put the proxy's own word at `/proxyMode` in the place of what it was told to run."""
    return proxy.model_copy(
        update={
            "effective": _DATA_PLANES[data_plane].mode,
            "known_by": Known.PROXY_MODE_ENDPOINT,
            "data_plane": data_plane,
        }
    )


def _default_mode(
    operating_system: str, *, own: tuple[int, int] | None, server: tuple[int, int]
) -> str:
    """Return kube-proxy's default, which on Windows was another before 1.26; "" if it can be both.

    https://github.com/kubernetes/kubernetes/pull/112133; a kube-proxy is not newer than the API
    server, and at most three releases older
    (https://kubernetes.io/releases/version-skew-policy/#kube-proxy).
    """
    if operating_system != WINDOWS:
        return "iptables"
    newest, oldest = own or server, own or (server[0], server[1] - _SKEW)
    if newest < _USERSPACE_GONE:
        return "userspace"
    return "kernelspace" if oldest >= _USERSPACE_GONE else ""
