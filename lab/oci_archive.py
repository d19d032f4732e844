"""OCI image archives, written the same to the byte from the same contents.

The layout is that of https://github.com/opencontainers/image-spec/blob/main/image-layout.md, with
the annotation by which containerd names what it imports. Layers are not compressed: nodes import
them from the same disk, and unpacking is what an import waits for.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a layer at an absolute path: its content, or a symbolic link's target."""

    path: PurePosixPath
    content: bytes | Path = b""
    """Bytes, or the file of this machine that has them."""
    mode: int = 0o644
    link: str | None = None
    is_directory: bool = False

    def open(self) -> io.BufferedReader | io.BytesIO:
        """Open the content for reading."""
        if isinstance(self.content, Path):
            return self.content.open("rb")
        return io.BytesIO(self.content)

    def fingerprint(self) -> str:
        """Return a line that changes with whatever of the entry reaches the layer."""
        with self.open() as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        return f"{self.path} {self.mode:o} {self.link} {self.is_directory} {digest}"


def file(path: str, content: bytes | Path, *, mode: int = 0o644) -> Entry:
    """Return a regular file; a Path is read when the layer is written."""
    return Entry(PurePosixPath(path), content, mode)


def program(path: str, source: Path) -> Entry:
    """Return an executable copied from this machine."""
    return Entry(PurePosixPath(path), source, 0o755)


def link(path: str, target: str) -> Entry:
    """Return a symbolic link."""
    return Entry(PurePosixPath(path), mode=0o777, link=target)


def directory(path: str, *, mode: int = 0o755) -> Entry:
    """Return a folder."""
    return Entry(PurePosixPath(path), mode=mode, is_directory=True)


@dataclass(frozen=True, slots=True)
class Layer:
    """Files that are unpacked together; images of one archive share equal layers."""

    entries: tuple[Entry, ...]

    def complete(self) -> list[Entry]:
        """Return the entries with every parent folder, sorted by path."""
        known = {entry.path: entry for entry in self.entries}
        for entry in self.entries:
            for parent in entry.path.parents[:-1]:
                known.setdefault(parent, Entry(parent, mode=0o755, is_directory=True))
        return [known[path] for path in sorted(known)]

    def write(self, output: BinaryIO) -> None:
        """Write the layer's tar: entries sorted, owned by root, times zero."""
        with tarfile.open(fileobj=output, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for entry in self.complete():
                member = tarfile.TarInfo(str(entry.path).lstrip("/"))
                member.mode = entry.mode
                if entry.link is not None:
                    member.type, member.linkname = tarfile.SYMTYPE, entry.link
                    tar.addfile(member)
                elif entry.is_directory:
                    member.type = tarfile.DIRTYPE
                    tar.addfile(member)
                else:
                    with entry.open() as content:
                        member.size = content.seek(0, os.SEEK_END)
                        content.seek(0)
                        tar.addfile(member, content)


@dataclass(frozen=True, slots=True)
class Image:
    """An image: its reference, its layers from the lowest up, and what it runs."""

    reference: str
    layers: tuple[Layer, ...]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


def digest(images: Iterable[Image], *, architecture: str) -> str:
    """Return 16 hex digits that change with any byte of the archive that `write` would make."""
    inputs = hashlib.sha256(architecture.encode())
    for image in images:
        inputs.update(
            repr((image.reference, image.entrypoint, image.command, image.environment)).encode()
        )
        for layer in image.layers:
            for entry in layer.complete():
                inputs.update(f"{entry.fingerprint()}\n".encode())
    return inputs.hexdigest()[:16]


def write(images: Iterable[Image], workspace: Path, *, architecture: str) -> Path:
    """Write an archive of the images into an empty folder, beside its parts, and return its path.

    `architecture` is named as Go names it.
    """
    blobs = _Blobs(workspace)
    manifests = [_manifest(image, blobs, architecture) for image in images]
    index: Json = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": manifests}
    archive = workspace / "archive.tar"
    with tarfile.open(archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, "oci-layout", io.BytesIO(_encoded({"imageLayoutVersion": "1.0.0"})))
        _add(tar, "index.json", io.BytesIO(_encoded(index)))
        for name in sorted(blobs.names):
            with (blobs.folder / name).open("rb") as content:
                _add(tar, f"blobs/sha256/{name}", content)
    return archive


class _Blobs:
    """Contents by their digest, kept on disk until the archive is put together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: set[str] = set()
        self._layers: dict[Layer, Json] = {}

    def add(self, content: bytes, media_type: str) -> dict[str, Json]:
        name = hashlib.sha256(content).hexdigest()
        (self.folder / name).write_bytes(content)
        return self._described(name, len(content), media_type)

    def add_layer(self, layer: Layer) -> Json:
        if layer not in self._layers:
            unfinished = self.folder / "layer"
            with unfinished.open("w+b") as output:
                layer.write(output)
                output.seek(0)
                name = hashlib.file_digest(output, "sha256").hexdigest()
            size = unfinished.stat().st_size
            unfinished.rename(self.folder / name)
            self._layers[layer] = self._described(name, size, _LAYER)
        return self._layers[layer]

    def _described(self, name: str, size: int, media_type: str) -> dict[str, Json]:
        self.names.add(name)
        return {"mediaType": media_type, "digest": f"sha256:{name}", "size": size}


def _manifest(image: Image, blobs: _Blobs, architecture: str) -> Json:
    """Add an image's blobs and return the descriptor that names it."""
    layers = [blobs.add_layer(layer) for layer in image.layers]
    digests = [layer["digest"] for layer in layers if isinstance(layer, Mapping)]
    config = blobs.add(
        _encoded(
            {
                "architecture": architecture,
                "os": "linux",
                "config": {
                    "Entrypoint": image.entrypoint,
                    "Cmd": image.command,
                    "Env": image.environment,
                },
                # An uncompressed layer's digest is that of its content.
                "rootfs": {"type": "layers", "diff_ids": digests},
            }
        ),
        _CONFIG,
    )
    manifest = blobs.add(
        _encoded({"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": layers}),
        _MANIFEST,
    )
    return manifest | {
        "platform": {"architecture": architecture, "os": "linux"},
        "annotations": {"io.containerd.image.name": image.reference},
    }


def _encoded(document: Json) -> bytes:
    return json.dumps(document, sort_keys=True).encode()


def _add(tar: tarfile.TarFile, name: str, content: io.BufferedReader | io.BytesIO) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, os.SEEK_END)
    content.seek(0)
    tar.addfile(member, content)
