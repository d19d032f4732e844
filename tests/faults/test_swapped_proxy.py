"""A service proxy of another mode finds none of the rules of the one in whose place it is."""

from pathlib import Path

import pytest

from lab import proxies
from lab.api import Api, Object
from lab.faults import nft, service_proxies
from lab.faults.service_proxies import SwappedProxy
from lab.faults.site import Site
from lab.layout import Layout
from lab.machine import Machine, Program
from lab.node_description import Proxy
from lab.topology import Topology
from tests.faults.paper_machine import PaperInit

IPTABLES = """\
*nat
:PREROUTING ACCEPT [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
:KUBE-NODEPORT-CONTAINER - [0:0]
:KUBE-PORTALS-CONTAINER - [0:0]
-A PREROUTING -j CNI-HOSTPORT-DNAT
-A PREROUTING -j KUBE-PORTALS-CONTAINER
-A KUBE-PORTALS-CONTAINER -d 10.96.0.1/32 -p tcp -j REDIRECT --to-ports 41000
COMMIT
"""


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was given to iptables-restore; no program but that is run."""
    texts: list[str] = []

    def run(_: Machine, command: str, *_words: object, stdin: str | None = None) -> str:
        if command == "iptables-restore":
            assert stdin is not None
            texts.append(stdin)
        return IPTABLES

    monkeypatch.setattr(Machine, "run", run)
    monkeypatch.setattr(nft, "tables", lambda _: frozenset[tuple[str, str]]())
    monkeypatch.setattr(nft, "remove", lambda *_, **__: None)
    monkeypatch.setattr(proxies, "await_mode", lambda *_: "nftables")
    monkeypatch.setattr(service_proxies, "remove_service_addresses", lambda _: None)
    monkeypatch.setattr(
        service_proxies,
        "_program",
        lambda site, proxy, _: Program("kube-proxy", [str(proxy)], site.layout.root / "log", {}),
    )
    return texts


def test_a_user_mode_proxys_chains_go_with_it_and_come_back(
    machine_site: Site, init: PaperInit, restored: list[str]
) -> None:
    machine_site.machine.start(
        Program("kube-proxy", ["userspace"], machine_site.layout.root / "log", {})
    )
    means = SwappedProxy(Proxy.NFTABLES)

    means.make(machine_site)
    assert init.argv["kube-proxy"] == ["nftables"]
    means.undo(machine_site)

    assert init.argv["kube-proxy"] == ["userspace"]
    without, back = restored
    assert [line for line in IPTABLES.splitlines() if line not in without.splitlines()] == [
        line for line in IPTABLES.splitlines() if "KUBE-" in line
    ]
    assert back == IPTABLES


def test_a_user_mode_proxy_is_waited_for_until_it_leads_to_no_service_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(Topology(), Layout(tmp_path), "a-fault", "linux-b")
    gone = "-A KUBE-PORTALS-CONTAINER -d 10.96.0.9/32 -p tcp -j REDIRECT --to-ports 41001\n"
    found = iter([IPTABLES + gone, IPTABLES + gone, IPTABLES])
    services: Object = {"items": [{"spec": {"clusterIP": "10.96.0.1"}}]}
    monkeypatch.setattr(Machine, "run", lambda *_: next(found))
    monkeypatch.setattr(Api, "get", lambda *_: services)
    monkeypatch.setattr(service_proxies, "service_addresses", lambda _: [("eth0", "10.96.0.1/32")])

    service_proxies.await_forgotten(site)

    assert list(found) == []
