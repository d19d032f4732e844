"""Faults of the compartment that the containers of a pod share."""

from lab.faults import places, proofs
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.plugins import WrappedPlugin
from lab.faults.runtimes import WrappedRuntime
from lab.faults.site import Site
from lab.faults.trial import PORTS, Trial

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
)
