"""Putting the OCI wrapper into a node's folder; the only part that runs in the lab's own process."""

import json
from collections.abc import Sequence
from pathlib import Path

from lab.processes import PYTHON

_START = Path(__file__).with_name("__main__.py")


def install(  # noqa: PLR0913 - the fields of its configuration, all by name
    directory: Path,
    *,
    launcher: Path,
    runc: Path,
    state: Path,
    log: Path,
    cni_configuration: Path,
    cni_plugins: Sequence[Path],
    own_compartment: bool,
    plain_resolv_conf: bool,
) -> Path:
    """Write the wrapper's and its launcher's configuration; return the path to give for runc's.

    `launcher` is the program of the component `oci-launcher`. `cni_configuration` is the folder
    that the node's containerd itself reads, `cni_plugins` are those of the plugins' programs.
    `state` is where the wrapper remembers its containers, and is made.
    """
    state.mkdir(parents=True, exist_ok=True)
    wrapper = directory / "oci-wrapper"
    _write(
        wrapper,
        {
            "runc": str(runc),
            "state": str(state),
            "log": str(log),
            "cni_configuration": str(cni_configuration),
            "cni_plugins": [str(folder) for folder in cni_plugins],
            "own_compartment": own_compartment,
            "plain_resolv_conf": plain_resolv_conf,
        },
    )
    program = directory / "oci-launcher"
    _write(
        program,
        {"runc": [str(runc)], "wrapper": [*PYTHON, str(_START), str(wrapper)]},
    )
    program.unlink(missing_ok=True)
    program.symlink_to(launcher)
    return program


def _write(program: Path, configuration: dict[str, str | bool | list[str]]) -> None:
    """Write what a program finds beside itself, under its name and `.json`."""
    path = program.with_name(f"{program.name}.json")
    path.write_text(json.dumps(configuration, indent=2) + "\n")
