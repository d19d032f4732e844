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
    wrapper = directory / "oci-wrapper"
    write_settings(
        wrapper.with_name(f"{wrapper.name}.json"),
        runc=runc,
        state=state,
        log=log,
        cni_configuration=cni_configuration,
        cni_plugins=cni_plugins,
        own_compartment=own_compartment,
        plain_resolv_conf=plain_resolv_conf,
    )
    return put_launcher(
        directory / "oci-launcher",
        launcher=launcher,
        otherwise=[runc],
        wrapper=[*PYTHON, _START, wrapper],
    )


def write_settings(  # noqa: PLR0913 - the fields, all by name
    path: Path,
    *,
    runc: Path,
    state: Path,
    log: Path,
    cni_configuration: Path,
    cni_plugins: Sequence[Path],
    own_compartment: bool,
    plain_resolv_conf: bool,
) -> None:
    """Write what `calls.Settings` reads, and make the folder for its state."""
    state.mkdir(parents=True, exist_ok=True)
    _write(
        path,
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


def put_launcher(
    program: Path,
    *,
    launcher: Path,
    otherwise: Sequence[str | Path],
    wrapper: Sequence[str | Path],
) -> Path:
    """Put the launcher at a path, to become one command line or the other, and return the path.

    `wrapper` is for calls with the word create or delete in them, `otherwise` for all the rest.
    """
    _write(
        program.with_name(f"{program.name}.json"),
        {
            "runc": [str(word) for word in otherwise],
            "wrapper": [str(word) for word in wrapper],
        },
    )
    program.unlink(missing_ok=True)
    program.symlink_to(launcher)
    return program


def _write(path: Path, configuration: dict[str, str | bool | list[str]]) -> None:
    path.write_text(json.dumps(configuration, indent=2) + "\n")
