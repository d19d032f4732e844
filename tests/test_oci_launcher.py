"""The program that containerd runs in runc's place, built as the lab builds it."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.component import COMPONENTS
from lab.oci_wrapper import installation
from lab.toolchain import build
from tests.stand_ins import stand_in

# Tells how it was called, and ends with a code of its own.
TOLD = """
import resource
soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
said = " ".join(["{name}", *sys.argv[1:]])
print(f"{{said}}, {{os.environ['NAME_OF_TEST']}}, {{sys.stdin.read()}}, {{soft}} files")
sys.exit({code})
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A node's folder with a launcher, whose runc and wrapper tell how they are called."""

    root: Path
    program: Path

    @property
    def configuration(self) -> Path:
        return self.root / "oci-launcher.json"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["prlimit", "--nofile=321:654", self.program, *arguments],
            env={"NAME_OF_TEST": "ours"},
            input="given",
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = [component for component in COMPONENTS if component.name == "oci-launcher"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETPARITY_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return build(report=print, components=own).binary("oci-launcher")


@pytest.fixture
def node(launcher: Path, tmp_path: Path) -> Node:
    program = installation.install(
        tmp_path,
        launcher=launcher,
        runc=tmp_path / "runc",
        state=tmp_path / "state",
        log=tmp_path / "wrapper.log",
        cni_configuration=tmp_path,
        cni_plugins=[tmp_path],
        own_compartment=True,
        plain_resolv_conf=True,
    )
    for name, code in {"runc": 7, "wrapper": 8}.items():
        stand_in(tmp_path / name, TOLD.format(name=name, code=code))
    node = Node(tmp_path, program)
    commands = json.loads(node.configuration.read_text())
    commands["wrapper"] = [str(tmp_path / "wrapper"), "-IS"]
    node.configuration.write_text(json.dumps(commands))
    return node


@pytest.mark.parametrize("action", ["start", "state", "kill", "exec", "features", "--version"])
def test_what_creates_and_deletes_nothing_goes_straight_to_runc(node: Node, action: str) -> None:
    done = node.run("--root", "/run/runc", action, "a b")

    assert done.stdout == f"runc --root /run/runc {action} a b, ours, given, 321 files\n"
    assert (done.returncode, done.stderr) == (7, "")


@pytest.mark.parametrize("action", ["create", "delete"])
def test_creation_and_deletion_go_to_the_wrapper(node: Node, action: str) -> None:
    done = node.run("--root", "/run/runc", action, "a b")

    assert done.stdout == f"wrapper -IS --root /run/runc {action} a b, ours, given, 321 files\n"
    assert (done.returncode, done.stderr) == (8, "")


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ("not JSON", "oci-launcher.json: invalid character"),
        ('{"wrapper": ["/bin/true"]}', "oci-launcher.json: a command is missing"),
        ('{"runc": ["/nowhere/runc"]}', "/nowhere/runc: no such file or directory"),
        (None, "oci-launcher.json: no such file or directory"),
    ],
    ids=["not JSON", "without runc", "runc is gone", "no file"],
)
def test_a_launcher_that_cannot_become_anything_says_why(
    node: Node, configuration: str | None, said: str
) -> None:
    if configuration is None:
        node.configuration.unlink()
    else:
        node.configuration.write_text(configuration)

    done = node.run("start", "a")

    assert done.returncode == 1
    assert said in done.stderr
    assert "netparity lab up" in done.stderr


def test_what_is_installed_anew_takes_the_place_of_the_old(node: Node, tmp_path: Path) -> None:
    installation.install(
        node.root,
        launcher=Path("/bin/true"),
        runc=tmp_path / "runc",
        state=tmp_path / "state",
        log=tmp_path / "wrapper.log",
        cni_configuration=tmp_path,
        cni_plugins=[tmp_path],
        own_compartment=True,
        plain_resolv_conf=True,
    )

    assert node.run("start", "a").returncode == 0
