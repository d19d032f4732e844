"""A node's container runtime: containerd's configuration and the images that it gets."""

import socket
from pathlib import Path

import tomli_w

from lab.errors import LabError
from lab.machine import Machine
from lab.node_description import Emulation, Node
from lab.waiting import eventually

SOCKET = "/run/containerd/containerd.sock"
_TTRPC_SOCKET = f"{SOCKET}.ttrpc"
CRI_NAMESPACE = "k8s.io"

_START_TIMEOUT = 60.0
_NEVER_IN_A_LAB = 24 * 3600  # seconds


def await_containerd(machine: Machine, *, log: Path) -> None:
    """Return when the machine's containerd listens.

    Raises:
        LabError: it ended, or does not listen after a minute.
    """

    def listening() -> bool:
        ended = machine.ended()
        if "containerd" in ended:
            raise LabError(
                f"containerd ended on {machine.name} with code {ended['containerd']}",
                next_step=f"read {log}",
            )
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(machine.path(SOCKET)))
        return True

    eventually(
        listening,
        what=f"containerd listens on {machine.name}",
        timeout=_START_TIMEOUT,
        next_step=f"read {log}",
    )


def store_config(root: Path) -> str:
    """Return, as TOML, the configuration of a containerd that only unpacks images into `root`."""
    return tomli_w.dumps(
        {
            "version": 3,
            "root": str(root),
            "state": "/run/containerd/state",
            "disabled_plugins": [
                "io.containerd.cri.v1.images",
                "io.containerd.cri.v1.runtime",
                "io.containerd.grpc.v1.cri",
                "io.containerd.nri.v1.nri",
            ],
            "grpc": {"address": SOCKET},
            "ttrpc": {"address": _TTRPC_SOCKET},
            "plugins": {"io.containerd.internal.v1.opt": {"path": "/run/containerd/opt"}},
        }
    )


def containerd_config(  # noqa: PLR0913 - the paths that a configuration names
    node: Node,
    *,
    directory: Path,
    cni_configuration: Path,
    cni_plugins: list[Path],
    runc: Path,
    sandbox_image: str,
) -> str:
    """Return containerd's configuration as TOML."""
    runtimes = {
        "runc": {
            "runtime_type": "io.containerd.runc.v2",
            "options": {"BinaryName": str(runc)},
        }
    }
    return tomli_w.dumps(
        {
            "version": 3,
            "root": str(directory / "root"),
            "state": "/run/containerd/state",
            "grpc": {"address": SOCKET},
            "ttrpc": {"address": _TTRPC_SOCKET},
            "plugins": {
                # All containerds of a machine would share its default socket, and some then
                # fail at random.
                "io.containerd.nri.v1.nri": {"disable": True},
                # Its default is /opt/containerd, on the host.
                "io.containerd.internal.v1.opt": {"path": "/run/containerd/opt"},
                "io.containerd.cri.v1.images": {
                    "snapshotter": "overlayfs",
                    "stats_collect_period": _NEVER_IN_A_LAB,
                    "pinned_images": {"sandbox": sandbox_image},
                },
                "io.containerd.cri.v1.runtime": {
                    # Every second, as is the default, asking each container what it uses takes
                    # half of what five idle nodes cost; no one reads it here.
                    "stats_collect_period": f"{_NEVER_IN_A_LAB}s",
                    # Without CAP_SYS_RESOURCE no score below our own can be set.
                    "restrict_oom_score_adj": True,
                    "containerd": {"default_runtime_name": "runc", "runtimes": runtimes},
                    "cni": {
                        "use_internal_loopback": True,
                        "bin_dirs": [str(folder) for folder in cni_plugins],
                        "conf_dir": str(cni_configuration),
                        # All of them: a 2016 pod has a second endpoint.
                        "max_conf_num": 0 if node.emulates(Emulation.SECOND_ENDPOINT) else 1,
                    },
                },
            },
        }
    )
