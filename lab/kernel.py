"""What the kernel must let us do: each thing is tried, in namespaces that end with the trial."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.cgroups import Cgroups
from lab.errors import PrerequisiteError

_UNSHARE = ("unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork")


@dataclass(frozen=True, slots=True)
class Trial:
    """A command that only succeeds where the kernel has something, and what that is."""

    what: str
    argv: tuple[str, ...]
    modules: str


_TRANSLATION = """\
add table ip np
add chain ip np post { type nat hook postrouting priority 100; }
add rule ip np post ct state new masquerade
"""
TRIALS = (
    Trial("links of type bridge", ("ip", "link", "add", "np0", "type", "bridge"), "bridge"),
    Trial(
        "links of type veth",
        ("ip", "link", "add", "np0", "type", "veth", "peer", "name", "np1"),
        "veth",
    ),
    Trial(
        "nftables with address translation",
        ("nft", _TRANSLATION),
        "nf_tables nf_conntrack nft_ct nft_nat nft_masq",
    ),
    Trial(
        "iptables with address translation",
        (
            *("iptables", "-w", "-t", "nat", "-A", "POSTROUTING"),
            *("-m", "comment", "--comment", "np", "-j", "MASQUERADE"),
        ),
        "iptable_nat nft_compat xt_comment xt_MASQUERADE",
    ),
)


def ensure_kernel(state: Path) -> None:
    """See that namespaces, links, firewalls, overlays on `state` and cgroups can be had.

    `state` need not exist; nothing is left of the trials.

    Raises:
        PrerequisiteError: the first thing that cannot be had, in the kernel's own words.
    """
    _ensure_namespaces()
    for trial in TRIALS:
        said = _tried(trial.argv)
        if said is not None:
            raise PrerequisiteError(
                f"this kernel has no {trial.what}: {said}",
                next_step=f"load its modules (modprobe -a {trial.modules}), or boot a kernel "
                "that has them",
            )
    _ensure_overlay(existing(state))
    _ensure_cgroups()


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above that exists."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _ensure_namespaces() -> None:
    said = _tried(("true",))
    if said is not None:
        raise PrerequisiteError(
            f"no namespaces can be made here: {said}",
            next_step="run on a machine of your own, or in a privileged container",
        )


def _ensure_overlay(folder: Path) -> None:
    """See that snapshots can be mounted: an overlay does not lie on every file system."""
    with tempfile.TemporaryDirectory(prefix="netparity-", dir=folder) as trial:
        for layer in ("lower", "upper", "work", "merged"):
            Path(trial, layer).mkdir()
        # By names in the trial's folder: an option's path may have no comma and no colon.
        options = "lowerdir=lower,upperdir=upper,workdir=work"
        said = _tried(("mount", "-t", "overlay", "overlay", "-o", options, "merged"), cwd=trial)
    if said is not None:
        raise PrerequisiteError(
            f"no overlay can be mounted in {folder}: {said}",
            next_step="set NETPARITY_STATE_DIR to a folder on a disk with ext4, xfs or btrfs",
        )


def _ensure_cgroups() -> None:
    hierarchies = Cgroups.mounted().hierarchies
    if not hierarchies:
        raise PrerequisiteError(
            "no cgroups are mounted here", next_step="mount them at /sys/fs/cgroup"
        )
    for hierarchy in hierarchies:
        trial = hierarchy.root / f"netparity-trial-{os.getpid()}"
        try:
            trial.mkdir()
            trial.rmdir()
        except OSError as error:
            raise PrerequisiteError(
                f"no cgroup can be made in {hierarchy.root}: {error.strerror}",
                next_step="run on a machine of your own, or in a privileged container",
            ) from error


def _tried(argv: Sequence[str], *, cwd: str | None = None) -> str | None:
    """Try a command in namespaces of its own; return why it failed, None if it did not."""
    answer = subprocess.run(
        [*_UNSHARE, *argv],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 0:
        return None
    return answer.stderr.strip() or f"exit code {answer.returncode}"
