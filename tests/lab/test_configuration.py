"""What the lab's programs are told, read back from what would be written."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab import dns, emulations, facts, granted_limits, proxies, runtime
from lab.images import Images
from lab.node_description import Mode
from lab.processes import PYTHON
from lab.roster import SWITCHES
from lab.toolchain import Toolchain
from lab.topology import Topology

TOOLCHAIN = Toolchain(
    {
        name: Path("/programs", name)
        for name in ("kube-proxy", "kube-proxy-1.25", "windows-userspace-proxy")
    }
)
IMAGES = Images(
    sandbox="lab/sandbox:1",
    agnhost="lab/agnhost:1",
    capture="lab/capture:1",
    coredns="c:1",
    archives=(),
)
PROXY_MODES = {
    "linux-a": "nftables",
    "linux-b": "userspace",
    "win1709-a": "nftables",
    "win1709-b": "userspace",
    "win2016": "userspace",
}


def proxy_of(
    node: str, tmp_path: Path, topology: Topology | None = None
) -> tuple[list[str], dict[str, Any]]:
    topology = topology or Topology()
    program = proxies.program(
        topology,
        topology.node(node),
        toolchain=TOOLCHAIN,
        kubeconfig=Path("/kubeconfig"),
        directory=tmp_path,
        log=tmp_path / "log",
    )
    configuration = tmp_path / "kube-proxy.yaml"
    read = yaml.safe_load(configuration.read_text()) if configuration.exists() else {}
    return [str(word) for word in program.argv], read


def test_kernel_mode_on_1709_masquerades_all_and_knows_its_pods_for_its_own(
    tmp_path: Path,
) -> None:
    _, configuration = proxy_of("win1709-a", tmp_path)

    assert configuration["mode"] == "nftables"
    assert configuration["nftables"]["masqueradeAll"] is True
    assert configuration["clusterCIDR"] == "172.30.0.64/27"


def test_kernel_mode_on_linux_keeps_the_clients_address(tmp_path: Path) -> None:
    _, configuration = proxy_of("linux-a", tmp_path)

    assert configuration["nftables"]["masqueradeAll"] is False
    assert configuration["clusterCIDR"] == "10.244.0.0/16"


@pytest.mark.parametrize("node", ["linux-a", "linux-b", "win1709-a"])
def test_no_kube_proxy_touches_the_hosts_connection_table(node: str, tmp_path: Path) -> None:
    _, configuration = proxy_of(node, tmp_path)

    assert configuration["conntrack"]["maxPerCore"] == 0


def test_user_mode_on_linux_is_the_last_kube_proxy_that_had_it(tmp_path: Path) -> None:
    argv, configuration = proxy_of("linux-b", tmp_path)

    assert "/programs/kube-proxy-1.25" in argv
    assert configuration["mode"] == "userspace"


@pytest.mark.parametrize(
    ("node", "asked"), [("win1709-b", "userspace"), ("win2016", "kernelspace")]
)
def test_the_windows_proxier_is_told_which_mode_its_node_asks_for(
    node: str, asked: str, tmp_path: Path
) -> None:
    argv, _ = proxy_of(node, tmp_path)

    assert f"-proxy-mode={asked}" in argv


def test_a_low_limit_of_open_files_is_hidden_from_kube_proxy_1_25_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "_may_open", lambda _: True)
    free, _ = proxy_of("linux-b", tmp_path)
    monkeypatch.setattr(proxies, "_may_open", lambda _: False)
    limited, _ = proxy_of("linux-b", tmp_path)

    assert granted_limits.__file__ not in free
    assert limited == [*PYTHON, granted_limits.__file__, *free]


def test_containerd_writes_nowhere_but_into_its_node() -> None:
    topology = Topology()
    text = runtime.containerd_config(
        topology.node("win2016"),
        directory=Path("/state/netparity/nodes/win2016"),
        cni_configuration=Path("/state/netparity/nodes/win2016/net.d"),
        cni_plugins=[Path("/programs")],
        runc=Path("/programs/runc"),
        sandbox_image="lab/agnhost:1",
    )
    configuration = tomllib.loads(text)
    plugins = configuration["plugins"]

    assert configuration["root"] == "/state/netparity/nodes/win2016/root"
    assert configuration["state"].startswith("/run/")
    assert plugins["io.containerd.internal.v1.opt"]["path"].startswith("/run/")
    assert plugins["io.containerd.nri.v1.nri"]["disable"] is True


@pytest.mark.parametrize(("node", "networks"), [("linux-a", 1), ("win1709-a", 1), ("win2016", 0)])
def test_only_a_node_with_second_endpoints_reads_more_than_one_network(
    node: str, networks: int
) -> None:
    text = runtime.containerd_config(
        Topology().node(node),
        directory=Path("/d"),
        cni_configuration=Path("/d/net.d"),
        cni_plugins=[Path("/programs")],
        runc=Path("/programs/runc"),
        sandbox_image="i",
    )

    cni = tomllib.loads(text)["plugins"]["io.containerd.cri.v1.runtime"]["cni"]
    assert cni["max_conf_num"] == networks


def test_only_nodes_that_emulate_have_rules_of_their_own() -> None:
    topology = Topology()
    tables = {
        node.name: emulations.firewall(topology, node).count("table ip") for node in topology.nodes
    }

    assert tables == {"linux-a": 0, "linux-b": 0, "win1709-a": 3, "win1709-b": 1, "win2016": 0}


def test_the_drop_follows_the_service_range() -> None:
    topology = Topology.from_options(service_cidr="10.80.0.0/20")

    assert "ip daddr 10.80.0.0/20" in emulations.firewall(topology, topology.node("win1709-a"))


def test_dns_answers_in_the_chosen_domain_and_knows_no_foreign_name() -> None:
    options = {"cluster_domain": "lab.example", "nodes": "linux-a,win1709-a"}
    corefile = dns.corefile(Topology.from_options(**options))

    assert "kubernetes lab.example in-addr.arpa" in corefile
    assert "rcode NXDOMAIN" in corefile
    assert "forward" not in corefile


def test_beside_the_windows_proxier_dns_answers_in_the_domain_built_into_it_too() -> None:
    corefile = dns.corefile(Topology.from_options(cluster_domain="lab.example"))

    assert "kubernetes lab.example cluster.local in-addr.arpa" in corefile
    assert "kubernetes cluster.local in-addr.arpa" in dns.corefile(Topology())


def test_the_dns_services_udp_port_has_the_name_that_the_windows_proxier_rewrites() -> None:
    manifests: Any = dict(dns.manifests(Topology(), "coredns:1"))
    ports = manifests["/api/v1/namespaces/kube-system/services"]["spec"]["ports"]

    assert {"name": "dns", "port": 53, "protocol": "UDP"} in ports


def facts_of(topology: Topology, path: Path, modes: dict[str, str]) -> dict[str, Any]:
    facts.write(path, topology, IMAGES, modes)
    read = yaml.safe_load(path.read_text())
    return {entry["selector"].partition("=")[2]: entry for entry in read["nodes"]}


def test_the_facts_file_tells_asked_and_effective_mode_apart(tmp_path: Path) -> None:
    nodes = facts_of(Topology(), tmp_path / "facts.yaml", PROXY_MODES)

    proxy = nodes["win2016"]["proxy"]
    assert (proxy["asked"], proxy["effective"]) == ("kernel", "user")
    assert proxy["dataPlane"] == "winuserspace"
    assert nodes["linux-b"]["proxy"]["dataPlane"] == "userspace"


def test_the_facts_file_takes_the_effective_mode_from_what_the_proxy_said(tmp_path: Path) -> None:
    said = PROXY_MODES | {"linux-b": "iptables"}

    nodes = facts_of(Topology(), tmp_path / "facts.yaml", said)

    assert nodes["linux-b"]["proxy"]["effective"] == Mode.KERNEL


def test_the_facts_file_names_every_emulation_and_none_of_linux(tmp_path: Path) -> None:
    nodes = facts_of(Topology(), tmp_path / "facts.yaml", PROXY_MODES)

    assert nodes["win2016"]["emulates"] == {
        "platform": "windows-2016",
        "by": sorted(switch.value for switch in SWITCHES),
    }
    assert "emulates" not in nodes["linux-a"]


def test_an_answer_at_proxy_mode_that_nobody_knows_is_no_mode() -> None:
    with pytest.raises(KeyError):
        facts.effective_mode("moon")
