"""Faults of a node's kubelet: one that was started with other settings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from lab.faults import programs
from lab.faults.site import Site

KUBELET = "kubelet"
_CONFIG = "--config="


@dataclass(frozen=True, slots=True)
class KubeletSettings:
    """A kubelet whose configuration differs in these fields; it was started anew.

    Texts in it may name the place (`Site.fill`). Pods that run go on; those that are made from
    then on have what it gives them: their DNS settings, for example.
    """

    changes: Mapping[str, object] = field(default_factory=dict)

    acts_on_new_pods: ClassVar[bool] = True

    @property
    def touches(self) -> str:
        """The kubelet."""
        return KUBELET

    def make(self, site: Site) -> None:
        """Start it anew, with a configuration of the fault's own."""
        programs.keep(site, KUBELET)
        machine, path = site.machine, site.folder / "kubelet.json"
        given = json.loads((machine.directory / "kubelet.json").read_text())
        path.write_text(site.fill(json.dumps(given | dict(self.changes))))
        program = machine.started(KUBELET)
        argv = [f"{_CONFIG}{path}" if _is_config(word) else word for word in program.argv]
        machine.stop(KUBELET)
        machine.start(replace(program, argv=argv))

    def undo(self, site: Site) -> None:
        """Start it as it was."""
        programs.start_as_kept(site, KUBELET)


def _is_config(word: object) -> bool:
    return str(word).startswith(_CONFIG)
