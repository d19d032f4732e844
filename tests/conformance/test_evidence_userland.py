"""What an evidence pod's commands print, recorded on nodes of the lab, and what is read in it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.errors import HarnessError
from conformance.userlands import evidence
from verdicts.observations.cni import BookEntry
from verdicts.observations.wire import Configuration, Frame

# busybox on a node with the NAT endpoints of 2016; iproute2 shows the same columns.
NETWORKS = """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
1: lo    inet 10.96.0.1/32 scope global lo\\       valid_lft forever preferred_lft forever
3: transparent0    inet 172.30.0.15/24 scope global transparent0\\       valid_lft forever
5: nat0    inet 172.20.0.1/24 brd 172.20.0.255 scope global nat0\\       valid_lft forever
7: eth0@if12    inet 10.0.0.7 peer 10.0.0.1/32 scope global eth0\\       valid_lft forever
"""

NEIGHBOURS = """\
172.30.0.12 dev eth0 lladdr 02:6e:70:00:00:0c ref 1 used 0/0/0 probes 4 DELAY
10.244.1.2 dev cni0 lladdr b2:47:a5:18:2d:f7 ref 1 used 0/0/0 probes 0 REACHABLE
172.30.0.15 dev eth0 lladdr 02:6E:70:00:00:0F used 0/0/0 probes 4 STALE
172.30.0.250 dev eth0  ref 1 used 0/0/0 probes 4 INCOMPLETE
172.30.0.251 dev eth0 FAILED
172.30.0.13 dev eth0 lladdr 02:6e:70:00:00:0d REACHABLE
"""

CAPTURED = """\
tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
23:57:42.465181 02:6e:70:00:00:0f > 02:6e:70:00:00:0b, ethertype IPv4 (0x0800), length 74: \
172.30.0.132.45466 > 10.244.1.4.8080: Flags [S], seq 852515923, win 64240, length 0
23:57:42.518260 4e:28:db:a3:6c:31 > 02:6e:70:00:00:0b, ethertype IPv4 (0x0800), length 74: \
172.30.0.132.38422 > 172.30.0.11.10250: Flags [S], seq 3133473717, win 64240, length 0
2 packets captured
2 packets received by filter
0 packets dropped by kernel
"""
NOTHING_CAPTURED = """\
tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
0 packets captured
0 packets received by filter
0 packets dropped by kernel
"""
VLAN = (
    "listening on bond0\n10:00:00.000001 02:6e:70:00:00:0f (oui Unknown) > 02:6e:70:00:00:0b "
    "(oui Unknown), ethertype 802.1Q (0x8100), length 78: vlan 5, p 0, ethertype IPv4 (0x0800), "
    "10.0.0.7.40000 > 10.0.0.8.8080: Flags [S], length 0\n"
)


def test_networks_are_read_with_their_interfaces() -> None:
    read = evidence.read_networks(NETWORKS)

    assert read["172.30.0.15"] == ("transparent0", "172.30.0.0/24")
    assert read["10.0.0.7"] == ("eth0", "10.0.0.7/32")


def test_macs_are_read_without_loopbacks() -> None:
    output = "16:02:89:E5:A4:19\n00:00:00:00:00:00\n02:6e:70:00:00:0b\n02:6e:70:00:00:0b\n"

    assert evidence.read_macs(output) == ("16:02:89:e5:a4:19", "02:6e:70:00:00:0b")


def test_neighbours_without_a_mac_are_missing() -> None:
    assert evidence.read_neighbours(NEIGHBOURS, "eth0") == {
        "172.30.0.12": "02:6e:70:00:00:0c",
        "172.30.0.15": "02:6e:70:00:00:0f",
        "172.30.0.13": "02:6e:70:00:00:0d",
    }


def test_frames_are_read_in_their_order() -> None:
    assert evidence.read_frames(CAPTURED) == (
        Frame(
            source_mac="02:6e:70:00:00:0f",
            destination_mac="02:6e:70:00:00:0b",
            source_ip="172.30.0.132",
            destination_ip="10.244.1.4",
        ),
        Frame(
            source_mac="4e:28:db:a3:6c:31",
            destination_mac="02:6e:70:00:00:0b",
            source_ip="172.30.0.132",
            destination_ip="172.30.0.11",
        ),
    )


def test_a_tagged_frame_is_a_frame() -> None:
    (frame,) = evidence.read_frames(VLAN)

    assert (frame.source_mac, frame.source_ip) == ("02:6e:70:00:00:0f", "10.0.0.7")


def test_a_capture_without_frames_is_an_answer() -> None:
    assert evidence.read_frames(NOTHING_CAPTURED) == ()


@pytest.mark.parametrize(
    "output",
    [
        "tcpdump: Couldn't find user 'tcpdump'\n",
        "tcpdump: eth7: No such device exists\n(No such device exists)\n",
        "timeout: can't execute 'tcpdump': No such file or directory\n",
        "tcpdump: eth0: You don't have permission to perform this capture on that device\n",
        "",
    ],
)
def test_a_capture_that_never_began_is_no_answer(output: str) -> None:
    with pytest.raises(HarnessError, match="could not be captured"):
        evidence.read_frames(output)


@pytest.mark.parametrize("output", ["", "cat: can't open '/sys/class/net/*/address'"])
def test_a_node_without_macs_is_no_answer(output: str) -> None:
    with pytest.raises(HarnessError, match="no interface with a MAC"):
        evidence.read_macs(output)


@pytest.mark.parametrize(("it_goes", "status"), [(True, 0), (False, 1)])
def test_the_macs_of_links_are_read_though_one_goes_meanwhile(
    it_goes: bool,  # noqa: FBT001  # a case of the table
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for link, mac in (("eth0", "02:6e:70:00:00:0b"), ("veth1", "ba:6d:79:7f:3d:52")):
        (tmp_path / link).mkdir()
        (tmp_path / link / "address").write_text(f"{mac}\n")
    monkeypatch.setattr(evidence, "_LINKS", str(tmp_path))
    goes = 'rm -f "$1";' if it_goes else ""
    cat = f'cat() {{ case $1 in *veth1*) {goes} return 1;; esac; command cat "$1"; }}'

    said = subprocess.run(
        ["sh", "-c", f"{cat}; {evidence.macs_command()}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == status
    assert evidence.read_macs(said.stdout) == ("02:6e:70:00:00:0b",)


@pytest.mark.parametrize("output", ["", "ip: RTNETLINK answers: Operation not permitted"])
def test_a_node_without_addresses_is_no_answer(output: str) -> None:
    with pytest.raises(HarnessError, match="addresses cannot be read"):
        evidence.read_networks(output)


BRIDGE = {
    "cniVersion": "1.0.0",
    "name": "bridge",
    "plugins": [
        {"ipam": {"type": "host-local"}, "type": "bridge", "bridge": "cni0"},
        {"type": "portmap", "snat": True},
    ],
}
CALICO = {
    "name": "k8s-pod-network",
    "type": "calico",
    "ipam": {"type": "calico-ipam"},
    "policy": {"type": "k8s", "k8s_auth_token": "very-secret"},
}


def listed(folder: Path) -> str:
    """Run the command on a folder of this machine, with the busybox that the lab's pods have."""
    command = evidence.configuration_command().replace(evidence.CNI_DIRECTORY, str(folder))
    busybox = shutil.which("busybox")
    shell = [busybox, "sh"] if busybox else ["sh"]
    ran = subprocess.run([*shell, "-c", command], capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_configuration_files_tell_their_networks_and_plugins(tmp_path: Path) -> None:
    (tmp_path / "10-bridge.conflist").write_text(json.dumps(BRIDGE, indent=2))
    (tmp_path / "20-calico.conf").write_text(json.dumps(CALICO))
    (tmp_path / "README").write_text('{"type": "nothing"}')

    read = evidence.read_configuration(listed(tmp_path))

    assert read == (
        Configuration(file="20-calico.conf", network="k8s-pod-network", plugins=("calico", "k8s")),
        Configuration(file="10-bridge.conflist", network="bridge", plugins=("bridge", "portmap")),
    )


def test_credentials_of_a_configuration_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "10-calico.conf").write_text(json.dumps(CALICO))

    assert "very-secret" not in listed(tmp_path)


def test_an_empty_folder_was_read(tmp_path: Path) -> None:
    assert evidence.read_configuration(listed(tmp_path)) == ()


def test_a_file_without_a_plugin_has_none(tmp_path: Path) -> None:
    (tmp_path / "00-empty.conf").write_text("{}")

    read = evidence.read_configuration(listed(tmp_path))

    assert read == (Configuration(file="00-empty.conf", network="", plugins=()),)


def test_a_folder_that_cannot_be_listed_was_not_asked(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="CNI configuration could not be read"):
        evidence.read_configuration(listed(tmp_path / "missing"))


def test_a_folder_that_nobody_may_look_into_is_unread() -> None:
    assert evidence.read_configuration("ls: can't open '.': Permission denied\n") is None


def test_a_capture_ends_by_itself() -> None:
    command = evidence.capture_command("eth0", "10.244.1.4")

    assert command.startswith(f"timeout {evidence.CAPTURE_LIMIT} tcpdump -Z root ")
    assert f"-c {evidence.CAPTURED}" in command


def booked(state: Path, *addresses: str) -> str:
    """Ask the book below a folder of this machine, with the busybox that the lab's pods have."""
    command = evidence.book_command(addresses).replace(evidence.CNI_STATE, str(state))
    ran = subprocess.run(
        ["busybox", "sh", "-c", command], capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


needs_busybox = pytest.mark.skipif(
    shutil.which("busybox") is None, reason="the pods' userland is busybox's"
)


@needs_busybox
def test_only_the_addresses_asked_for_are_read_of_a_book(tmp_path: Path) -> None:
    for network, address in (
        ("bridge", "10.244.1.4"),
        ("bridge", "10.244.1.44"),
        ("nat", "172.2.0.9"),
    ):
        entry = tmp_path / "networks" / network / address
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text("0123456789ab\r\neth0")

    told = booked(tmp_path, "10.244.1.4", "10.244.1.9")

    assert evidence.read_book(told) == (BookEntry(network="bridge", address="10.244.1.4"),)


@needs_busybox
def test_a_node_without_such_a_book_is_unread(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()

    assert evidence.read_book(booked(tmp_path, "10.244.1.4")) is None


def test_a_book_that_nobody_may_look_into_is_unread() -> None:
    assert evidence.read_book("ls: can't open '/host/cni-state': Permission denied\n") is None


@needs_busybox
@pytest.mark.parametrize(
    "told", [pytest.param("", id="nothing"), pytest.param("sh: ls: not found\n", id="no-ls")]
)
def test_a_command_that_says_nothing_of_a_book_was_no_question(told: str, tmp_path: Path) -> None:
    for output in (told, booked(tmp_path / "missing", "10.244.1.4")):
        with pytest.raises(HarnessError, match="address book could not be read"):
            evidence.read_book(output)
