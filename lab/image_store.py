"""The lab's images as a containerd has them unpacked, made once and linked into every node.

Five containerds that import and unpack the same archives at once take twelve seconds of two
cores, and the API server's start with them. So one does it, the result is kept in the cache, and
a node's store begins as hard links to it: blobs and lower layers are only ever read. The two
databases are copied.
"""

import hashlib
import os
import shutil
from pathlib import Path

from lab import runtime, store
from lab.cgroups import Cgroups
from lab.images import Images
from lab.init_protocol import MachineSpec
from lab.layout import Layout
from lab.machine import Machine, Program
from lab.namespaces import FABRIC
from lab.processes import end
from lab.toolchain import Toolchain


def ensure_store(
    cache: Path, *, layout: Layout, toolchain: Toolchain, images: Images, cgroups: Cgroups
) -> Path:
    """Return the folder of a containerd root that has the images; make it if there is none.

    It is made by a containerd in a machine of its own, in the fabric's network namespace, so that
    its end takes everything along.

    Raises:
        LabError: containerd does not start or an archive cannot be imported.
    """
    finished = cache / _digest(toolchain, images)
    if finished.exists():
        finished.touch()
        return finished
    with store.exclusive(cache, report=_silently), store.unfinished(cache) as workspace:
        root = workspace / "root"
        root.mkdir()
        _fill(root, layout=layout, toolchain=toolchain, images=images, cgroups=cgroups)
        root.rename(finished)
        for old in store.superseded(_finished(cache), newest=finished):
            shutil.rmtree(old)
    return finished


def _finished(cache: Path) -> list[Path]:
    return [path for path in cache.iterdir() if path.is_dir() and not path.name.startswith(".")]


def _silently(_line: str) -> None:
    """Nobody else makes one: only one lab command is at work on a machine."""


def populate(image_store: Path, root: Path) -> None:
    """Begin a node's containerd root from the store."""
    shutil.copytree(image_store, root, symlinks=True, copy_function=_link)


def _link(source: str, target: str) -> str:
    if source.endswith(".db"):
        return str(shutil.copy2(source, target, follow_symlinks=False))
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        # State and cache lie on two file systems, or on one without hard links.
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _digest(toolchain: Toolchain, images: Images) -> str:
    inputs = [toolchain.binary("containerd").parent.name, *(a.name for a in images.archives)]
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()[:16]


def _fill(
    root: Path, *, layout: Layout, toolchain: Toolchain, images: Images, cgroups: Cgroups
) -> None:
    machine = Machine("image-store", FABRIC, layout.root / "image-store")
    machine.directory.mkdir(exist_ok=True)
    configuration = machine.directory / "containerd.toml"
    configuration.write_text(runtime.store_config(root))
    process = machine.boot(
        MachineSpec(
            hostname=machine.name,
            cgroups=cgroups.create(FABRIC),
            keep=[*layout.kept(toolchain), str(root)],
        ),
        log=layout.log(machine.name),
    )
    machine.start(
        Program(
            name="containerd",
            argv=[toolchain.binary("containerd"), f"--config={configuration}"],
            log=layout.log("image-store-containerd"),
            env={"PATH": os.pathsep.join([*map(str, toolchain.directories), os.environ["PATH"]])},
        )
    )
    runtime.await_containerd(machine, log=layout.log("image-store-containerd"))
    for archive in images.archives:
        machine.run(
            toolchain.binary("ctr"),
            f"--address={runtime.SOCKET}",
            f"--namespace={runtime.CRI_NAMESPACE}",
            *("images", "import", archive),
        )
    end([process], what="the image store's containerd")
