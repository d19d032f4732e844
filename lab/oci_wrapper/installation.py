"""Putting the OCI wrapper into a node's folder; the only part that runs in the lab's own process."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError

_ROOT = Path(__file__).parents[2]

# Most calls need no emulation and go straight to runc: nothing is imported for them. -I and -S
# leave out the user's environment and site packages, which triple the time that Python takes.
_LAUNCHER = """\
#!{python} -IS
import os, sys
if not {{"create", "delete"}} & {{*sys.argv}}:
    os.execv({runc!r}, [{runc!r}, *sys.argv[1:]])
sys.path.append({root!r})
from lab.oci_wrapper.command import main
sys.exit(main(sys.argv[0], sys.argv[1:]))
"""
_LONGEST_INTERPRETER = 200  # The kernel reads 255 bytes of a first line, and none past a space.


def install(  # noqa: PLR0913 - the fields of its configuration, all by name
    directory: Path,
    *,
    runc: Path,
    state: Path,
    log: Path,
    cni_configuration: Path,
    cni_plugins: Sequence[Path],
    own_compartment: bool,
    plain_resolv_conf: bool,
) -> Path:
    """Write the wrapper and its configuration, and return the path to give containerd for runc's.

    `cni_configuration` is the folder that the node's containerd itself reads, `cni_plugins` are
    those of the plugins' programs. `state` is where it remembers its containers, and is made.

    Raises:
        LabError: the kernel could not start the wrapper with this Python.
    """
    state.mkdir(parents=True, exist_ok=True)
    program = directory / "oci-wrapper"
    settings = {
        "runc": str(runc),
        "state": str(state),
        "log": str(log),
        "cni_configuration": str(cni_configuration),
        "cni_plugins": [str(folder) for folder in cni_plugins],
        "own_compartment": own_compartment,
        "plain_resolv_conf": plain_resolv_conf,
    }
    program.with_name(f"{program.name}.json").write_text(json.dumps(settings, indent=2) + "\n")
    python = sys.executable
    if " " in python or len(python) > _LONGEST_INTERPRETER:
        raise LabError(
            f"{python} cannot start the OCI wrapper: its path has a space or is too long",
            next_step="make the environment in a folder with a short path without spaces",
        )
    launcher = _LAUNCHER.format(python=python, runc=str(runc), root=str(_ROOT))
    program.write_text(launcher)
    program.chmod(0o755)
    return program
