"""Where what lies in the lab's one state directory."""

import sys
from dataclasses import dataclass
from pathlib import Path

from lab.pki import Pki
from lab.toolchain import Toolchain


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths inside a state directory."""

    root: Path

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.root / "kubeconfig"

    @property
    def facts(self) -> Path:
        """What the API does not show of this cluster, for `netparity run --facts`."""
        return self.root / "facts.yaml"

    @property
    def record(self) -> Path:
        """What lab is up; written last, so that half a lab has none."""
        return self.root / "lab.json"

    @property
    def host_record(self) -> Path:
        """What of the host was touched and how it was before; written before it is touched."""
        return self.root / "host.json"

    @property
    def pki(self) -> Pki:
        """Keys and certificates."""
        return Pki(self.root / "pki")

    @property
    def logs(self) -> Path:
        """Logs of every process."""
        return self.root / "logs"

    @property
    def control_plane(self) -> Path:
        """Files of the control plane."""
        return self.root / "control-plane"

    @property
    def faults(self) -> Path:
        """Records of the faults that are made, a folder a place and in it one a fault."""
        return self.root / "faults"

    def node(self, name: str) -> Path:
        """Return the folder of a node's files."""
        return self.root / "nodes" / name

    def log(self, name: str) -> Path:
        """Return the log of a control plane's process, or of a node's as `node/process`."""
        return self.logs / f"{name}.log"

    def credentials(self, name: str) -> Path:
        """Return the kubeconfig of one of the lab's own components."""
        return self.root / "kubeconfigs" / name

    def kept(self, toolchain: Toolchain) -> list[str]:
        """Return the folders that every machine of the lab must see under their own path."""
        folders = (self.root, *toolchain.directories, Path(__file__).parent, Path(sys.prefix))
        return [str(folder) for folder in folders]
