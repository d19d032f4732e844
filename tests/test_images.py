"""The lab's images, put together from stand-ins for this machine's programs."""

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab import oci_archive
from lab.component import AGNHOST_VERSION, COMPONENTS
from lab.errors import ImageError
from lab.images import Images, build_images
from lab.oci_archive import Entry, Image, Layer
from lab.toolchain import Toolchain
from tests.stand_ins import stand_in

Document = dict[str, object]

FAKE_LDD = """
program = sys.argv[1].rpartition("/")[2]
if program == "busybox":
    sys.exit("not a dynamic executable")
libraries = ["libc.so.6"] if program == "getent" else ["libc.so.6", "libpcap.so.0.8"]
print("\\tlinux-vdso.so.1 (0x00007ffd)")
for library in libraries:
    print(f"\\t{library} => {os.environ['FAKE_LIBRARIES']}/{library} (0x00007f00)")
print(os.environ["FAKE_LDD_SAYS"])
"""


@dataclass(frozen=True, slots=True)
class Userland:
    programs: Path
    libraries: Path


@pytest.fixture
def userland(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Userland:
    programs, libraries = tmp_path / "bin", tmp_path / "lib"
    programs.mkdir()
    libraries.mkdir()
    for name in ("busybox", "getent", "tcpdump"):
        (programs / name).write_text(f"the program {name}")
        (programs / name).chmod(0o755)
    stand_in(programs / "ldd", FAKE_LDD)
    for name in ("libc.so.6", "libpcap.so.0.8", "libnss_dns.so.2"):
        (libraries / name).write_text(f"the library {name}")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_LIBRARIES", str(libraries))
    monkeypatch.setenv("FAKE_LDD_SAYS", "")
    return Userland(programs, libraries)


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    folder = tmp_path / "built"
    folder.mkdir()
    for name in ("agnhost", "coredns"):
        (folder / name).write_text(f"the program {name}")
    return Toolchain(binaries={name: folder / name for name in ("agnhost", "coredns")})


@pytest.fixture
def images(userland: Userland, toolchain: Toolchain, tmp_path: Path) -> Images:
    assert userland.programs.is_dir()
    return build_images(toolchain, tmp_path / "images")


@dataclass(frozen=True, slots=True)
class Loaded:
    """An image as a container runtime reads it from its archive."""

    config: Document
    layers: tuple[bytes, ...]

    @property
    def members(self) -> dict[str, tarfile.TarInfo]:
        return {
            f"/{member.name}": member
            for layer in self.layers
            for member in tarfile.open(fileobj=io.BytesIO(layer)).getmembers()
        }


def load(archive: Path) -> dict[str, Loaded]:
    """Read an archive by the image layout's specification, each digest and size compared."""
    with tarfile.open(archive) as tar:

        def content(name: str) -> bytes:
            member = tar.extractfile(name)
            assert member is not None
            return member.read()

        def blob(descriptor: dict[str, str]) -> bytes:
            algorithm, _, name = descriptor["digest"].partition(":")
            found = content(f"blobs/{algorithm}/{name}")
            assert hashlib.sha256(found).hexdigest() == name
            assert len(found) == int(descriptor["size"])
            return found

        assert json.loads(content("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
        loaded = {}
        for descriptor in json.loads(content("index.json"))["manifests"]:
            manifest = json.loads(blob(descriptor))
            config = json.loads(blob(manifest["config"]))
            layers = tuple(blob(layer) for layer in manifest["layers"])
            digests = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]
            assert config["rootfs"]["diff_ids"] == digests
            reference = descriptor["annotations"]["io.containerd.image.name"]
            loaded[reference] = Loaded(config, layers)
    return loaded


def loaded(images: Images) -> dict[str, Loaded]:
    return {name: image for archive in images.archives for name, image in load(archive).items()}


def test_the_archives_hold_every_image_under_its_reference(images: Images) -> None:
    assert set(loaded(images)) == {
        *(images.sandbox, images.agnhost, images.capture, images.coredns)
    }
    assert images.agnhost == f"netparity.local/agnhost:{AGNHOST_VERSION}"


def test_the_coredns_image_bears_the_version_that_is_built(images: Images) -> None:
    (version,) = (c.version for c in COMPONENTS if c.name == "coredns")

    assert images.coredns == f"netparity.local/coredns:{version}"


def test_a_pod_runs_agnhost_and_pauses_unless_told_otherwise(images: Images) -> None:
    config = loaded(images)[images.agnhost].config["config"]

    assert isinstance(config, dict)
    assert (config["Entrypoint"], config["Cmd"]) == (["/agnhost"], ["pause"])


def test_a_sandbox_waits_without_agnhost(images: Images) -> None:
    sandbox = loaded(images)[images.sandbox]

    assert isinstance(sandbox.config["config"], dict)
    assert sandbox.config["config"]["Entrypoint"][0] == "/bin/sleep"
    assert "/agnhost" not in sandbox.members


def test_a_pod_resolves_names_in_the_order_of_its_list(images: Images, userland: Userland) -> None:
    members = loaded(images)[images.agnhost].members

    assert {
        "/usr/bin/getent",
        "/etc/nsswitch.conf",
        f"{userland.libraries}/libc.so.6",
        f"{userland.libraries}/libnss_dns.so.2",
    } <= set(members)


def test_a_pod_has_busybox_under_its_tools_names(images: Images) -> None:
    members = loaded(images)[images.agnhost].members

    for tool in ("sh", "ip", "nc", "wget", "nslookup"):
        assert members[f"/bin/{tool}"].linkname == "busybox"
    assert members["/bin/busybox"].mode == 0o755


def test_a_user_other_than_root_can_write_to_tmp(images: Images) -> None:
    assert loaded(images)[images.agnhost].members["/tmp"].mode == 0o1777


def test_capturing_adds_one_layer_to_agnhosts(images: Images, userland: Userland) -> None:
    agnhost, capture = (loaded(images)[name] for name in (images.agnhost, images.capture))

    assert capture.layers[:-1] == agnhost.layers
    added = {name for name, member in capture.members.items() if member.isfile()}
    assert added - set(agnhost.members) == {
        "/usr/bin/tcpdump",
        f"{userland.libraries}/libpcap.so.0.8",
    }


def test_shared_layers_are_in_an_archive_once(images: Images) -> None:
    pods, _ = images.archives
    distinct = {layer for image in load(pods).values() for layer in image.layers}

    with tarfile.open(pods) as tar:
        layers = [m for m in tar.getmembers() if m.size in {len(layer) for layer in distinct}]
    assert len(layers) == len(distinct) == 3


def test_the_same_contents_give_the_same_bytes(
    images: Images, toolchain: Toolchain, tmp_path: Path
) -> None:
    for path in toolchain.binaries.values():
        os.utime(path, (1, 1))

    again = build_images(toolchain, tmp_path / "elsewhere")

    assert [path.name for path in again.archives] == [path.name for path in images.archives]
    assert [p.read_bytes() for p in again.archives] == [p.read_bytes() for p in images.archives]


def test_a_finished_archive_is_not_written_again(
    images: Images, toolchain: Toolchain, tmp_path: Path
) -> None:
    inodes = [path.stat().st_ino for path in images.archives]

    again = build_images(toolchain, tmp_path / "images")

    assert again == images
    assert [path.stat().st_ino for path in again.archives] == inodes


def test_a_changed_program_gives_another_archive_and_the_last_two_are_kept(
    images: Images, toolchain: Toolchain, tmp_path: Path
) -> None:
    archives = [images.archives[0]]
    for state in ("newer", "newest"):
        toolchain.binary("agnhost").write_text(state)
        archives.append(build_images(toolchain, tmp_path / "images").archives[0])

    assert len(set(archives)) == 3
    assert [path.exists() for path in archives] == [False, True, True]


def test_a_torn_archive_is_never_seen(
    userland: Userland, toolchain: Toolchain, tmp_path: Path
) -> None:
    assert userland.programs.is_dir()
    left = tmp_path / "images" / ".unfinished-killed"
    left.mkdir(parents=True)
    (left / "archive.tar").write_text("half")

    built = build_images(toolchain, tmp_path / "images")

    assert not left.exists()
    assert sorted((tmp_path / "images").glob("*.tar")) == sorted(built.archives)


def test_a_busybox_with_shared_libraries_is_refused(
    userland: Userland, toolchain: Toolchain, tmp_path: Path
) -> None:
    stand_in(userland.programs / "ldd", FAKE_LDD.replace('"busybox"', '"nothing"'))

    with pytest.raises(ImageError) as refusal:
        build_images(toolchain, tmp_path / "images")

    assert "busybox-static" in refusal.value.next_step


def test_a_missing_library_is_named(
    userland: Userland,
    toolchain: Toolchain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert userland.programs.is_dir()
    monkeypatch.setenv("FAKE_LDD_SAYS", "\tlibsmi.so.2 => not found")

    with pytest.raises(ImageError, match=r"libsmi\.so\.2"):
        build_images(toolchain, tmp_path / "images")


def test_a_missing_program_is_named(
    userland: Userland,
    toolchain: Toolchain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (userland.programs / "tcpdump").unlink()
    monkeypatch.setenv("PATH", str(userland.programs))

    with pytest.raises(ImageError, match="no tcpdump on PATH"):
        build_images(toolchain, tmp_path / "images")


@pytest.mark.parametrize(
    "entry",
    [
        oci_archive.file("/etc/a", b"another"),
        oci_archive.file("/etc/b", b"content"),
        oci_archive.file("/etc/a", b"content", mode=0o600),
        oci_archive.link("/etc/a", "content"),
        oci_archive.directory("/etc/a"),
    ],
    ids=["content", "path", "mode", "link", "directory"],
)
def test_a_digest_changes_with_every_part_of_a_layer(entry: Entry) -> None:
    def digest(of: Entry) -> str:
        image = Image("example/image:1", (Layer((of,)),), ("/etc/a",))
        return oci_archive.digest([image], architecture="amd64")

    assert digest(entry) != digest(oci_archive.file("/etc/a", b"content"))


def test_a_layer_names_each_parent_folder_before_what_is_in_it() -> None:
    output = io.BytesIO()

    Layer((oci_archive.file("/usr/lib/x/y", b""),)).write(output)

    output.seek(0)
    with tarfile.open(fileobj=output) as tar:
        assert tar.getnames() == ["usr", "usr/lib", "usr/lib/x", "usr/lib/x/y"]
