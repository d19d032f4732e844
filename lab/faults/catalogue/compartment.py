"""Faults of the compartment that the containers of a pod share."""

import json

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.plugins import WrappedPlugin
from lab.faults.rules import NodeRules
from lab.faults.runtimes import WrappedRuntime
from lab.faults.site import Site
from lab.faults.trial import Trial
from lab.faults.trial_pods import PORTS

_ROW = "shared-compartment"


def _ask_on_loopback(site: Site, trial: Trial) -> str:
    return trial.fresh(site.node).get("127.0.0.1", PORTS["second"])


def _third_is_apart(site: Site, trial: Trial) -> Bite:
    pod = trial.fresh(site.node)
    inodes = {name: space.path.stat().st_ino for name, space in pod.spaces.items()}
    return Bite(
        inodes["third"] not in {inodes["first"], inodes["second"]},
        f"network namespaces {inodes}",
    )


def _ask_on_loopback_over_udp(site: Site, trial: Trial) -> str:
    return trial.fresh(site.node).ask("udp", "127.0.0.1", PORTS["second"], "hostname")


def _second_comes_back_apart(site: Site, trial: Trial) -> Bite:
    pod = trial.restart(trial.fresh(site.node), "second")
    inodes = {name: space.path.stat().st_ino for name, space in pod.spaces.items()}
    return Bite(inodes["second"] != inodes["first"], f"network namespaces {inodes}")


def _has_another_address(site: Site, trial: Trial) -> Bite:
    pod = trial.fresh(site.node)
    links = json.loads(pod.spaces["first"].run("ip", "-json", "-4", "address"))
    addresses = {given["local"] for link in links for given in link["addr_info"]}
    others = ", ".join(sorted(addresses - {"127.0.0.1"}))
    return Bite(pod.address not in addresses, f"the API says {pod.address}, the pod has {others}")


def _ask_later_containers(site: Site, trial: Trial) -> str:
    client, pod = trial.pod(site.node), trial.pod(site.node, role="peer")
    return ", ".join(client.get(pod.address, port) for port in PORTS.values())


def _is_bound_twice(site: Site, trial: Trial) -> Bite:
    """Listen at the port at which the second container is served."""
    pod = trial.fresh(site.node)
    said = pod.get("127.0.0.1", PORTS["second"])
    found = pod.ask("bind", PORTS["second"])
    return Bite(
        found == "bound" and said == pod.name, f"the port is {found}, and answered by {said}"
    )


FAULTS = (
    Fault(
        name="loopback-tcp-blocked",
        sentence="TCP over 127.0.0.1 is dropped in pods, though their containers share it.",
        source="https://github.com/Azure/acs-engine/issues/4243",
        where=places.SHARED_COMPARTMENT,
        expects=Turns(check="compartment-loopback-tcp", feature=_ROW, codes=("timed-out",)),
        means=WrappedPlugin(
            rules="""
            chain input {
              type filter hook input priority 0; policy accept;
              iifname "lo" ip daddr 127.0.0.0/8 meta l4proto tcp counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_on_loopback),
    ),
    Fault(
        name="third-container-apart",
        sentence="A pod's third container gets a network namespace and an address of its own.",
        source="https://github.com/kubernetes/kubernetes/issues/31707",
        where=places.SHARED_COMPARTMENT,
        expects=Turns(check="compartment-loopback-tcp", feature=_ROW, codes=("some-refused",)),
        means=WrappedRuntime(containers=(3,), own_compartment=True),
        proof=_third_is_apart,
    ),
    Fault(
        name="loopback-udp-blocked",
        sentence="UDP over 127.0.0.1 is dropped in pods, though their containers share it.",
        source="https://github.com/Azure/acs-engine/issues/4243",
        where=places.SHARED_COMPARTMENT,
        expects=Turns(
            check="compartment-loopback-udp",
            feature=_ROW,
            codes=("timed-out",),
            verdict="partial",
        ),
        means=WrappedPlugin(
            rules="""
            chain input {
              type filter hook input priority 0; policy accept;
              iifname "lo" ip daddr 127.0.0.0/8 meta l4proto udp counter drop
            }
            """
        ),
        proof=proofs.counted(_ask_on_loopback_over_udp),
    ),
    Fault(
        name="restarted-container-apart",
        sentence="A container that is restarted comes back in a network namespace of its own.",
        source="https://github.com/Azure/acs-engine/issues/4243",
        where=places.SHARED_COMPARTMENT,
        expects=Turns(check="compartment-after-restart", feature=_ROW, codes=("refused",)),
        means=WrappedRuntime(restarted=True, own_compartment=True),
        proof=_second_comes_back_apart,
    ),
    Fault(
        name="api-reports-another-address",
        sentence="The pod IP that the API reports is none of the addresses that containers have.",
        source="https://github.com/kubernetes/kubernetes/issues/31707",
        where=places.LINUX,
        expects=Turns(check="compartment-addresses", feature=_ROW, codes=("pod-ip-absent",)),
        # A local route is enough to be answered at the pod IP, though no link has it.
        means=WrappedPlugin(
            inside=(
                "ip address delete <address>/<length> dev <interface>",
                "ip address add <moved>/<length> dev <interface>",
                "ip route replace default via <gateway>",
                "ip route add local <address> dev <interface> table local",
            )
        ),
        proof=_has_another_address,
    ),
    Fault(
        name="later-containers-refused",
        sentence="Of a pod's containers only the first is reached at the pod IP.",
        source="https://github.com/Azure/acs-engine/issues/375",
        where=places.ROUTED_PODS,
        expects=Turns(
            check="compartment-ports-on-pod-ip",
            feature=_ROW,
            codes=("refused",),
            verdict="partial",
        ),
        # Between pods only: by these ports the API server asks each container for itself.
        means=NodeRules(
            """
            chain forward {
              type filter hook forward priority -10; policy accept;
              ip saddr $all_pods ip daddr $pods tcp dport { 8090, 8100 } counter jump refused
            }
            chain refused {
              reject with tcp reset
            }
            """
        ),
        proof=proofs.counted(_ask_later_containers),
    ),
    Fault(
        name="port-held-by-a-rule",
        sentence="A container is served at its port by a rule, and so another can bind that port.",
        source="https://github.com/moby/moby/issues/13024",
        where=places.SHARED_COMPARTMENT,
        expects=Turns(
            check="compartment-port-conflict",
            feature=_ROW,
            codes=("bound-twice",),
            verdict="partial",
        ),
        means=WrappedRuntime(
            containers=(2,),
            arguments={"--http-port=8090": "--http-port=28090"},
            rules="""
            chain prerouting {
              type nat hook prerouting priority -100; policy accept;
              tcp dport 8090 counter redirect to :28090
            }
            chain output {
              type nat hook output priority -100; policy accept;
              fib daddr type local tcp dport 8090 counter redirect to :28090
            }
            """,
        ),
        proof=_is_bound_twice,
    ),
)
