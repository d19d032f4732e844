"""Putting the OCI wrapper into a node's folder; the only part that runs in the lab's own process."""

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(__file__).parents[2]

# Most calls need no emulation, and a shell starts in a tenth of the time that Python takes: five
# calls a container, on a node whose containers all start at once. -I and -S leave out the user's
# environment and site packages, which triple that time.
_LAUNCHER = """\
#!/bin/sh
case " $* " in
*" create "* | *" delete "*) exec {python} -IS -c {command} "$0" "$@" ;;
*) exec {runc} "$@" ;;
esac
"""
_COMMAND = """\
import sys
sys.path.append({root!r})
from lab.oci_wrapper.command import main
sys.exit(main(sys.argv[1], sys.argv[2:]))
"""


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
    launcher = _LAUNCHER.format(
        python=shlex.quote(sys.executable),
        command=shlex.quote(_COMMAND.format(root=str(_ROOT))),
        runc=shlex.quote(str(runc)),
    )
    program.write_text(launcher)
    program.chmod(0o755)
    return program
