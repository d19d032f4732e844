"""Faults of a pod's one endpoint."""

import json

from lab.faults import places
from lab.faults.fault import Bite, Fault, Turns
from lab.faults.plugins import WrappedPlugin
from lab.faults.site import Site
from lab.faults.trial import Trial

_ROW = "single-endpoint"


def _has_a_second_address(site: Site, trial: Trial) -> Bite:
    pod = trial.fresh(site.node)
    links = json.loads(pod.spaces["first"].run("ip", "-json", "-4", "address"))
    addresses = [
        given["local"] for link in links for given in link["addr_info"] if link["ifname"] != "lo"
    ]
    return Bite(len(addresses) > 1, f"the pod has {', '.join(addresses)}")


FAULTS = (
    Fault(
        name="second-address",
        sentence="A pod has a second address, which came after its plugin had ended.",
        source="https://github.com/Azure/acs-engine/issues/418",
        where=places.SINGLE_ENDPOINT,
        # One more address and nothing else is how 2016 looked; elsewhere it is a regression.
        expects=Turns(
            check="endpoint-one-address",
            feature=_ROW,
            codes=("second-address",),
            verdict="alternative",
        ),
        means=WrappedPlugin(inside=("ip address add 192.0.2.<octet>/24 dev <interface>",)),
        proof=_has_a_second_address,
    ),
)
