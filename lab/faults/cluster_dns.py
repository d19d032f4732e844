"""Faults of the cluster's DNS server: one that was configured otherwise."""

from dataclasses import dataclass
from typing import ClassVar

from lab import dns
from lab.api import Object
from lab.faults.site import Site
from lab.waiting import eventually

_ROLLED_OUT_TIMEOUT = 60.0
_MARK = "netparity.local/fault"
_KEPT = "Corefile"


@dataclass(frozen=True, slots=True)
class OtherCorefile:
    """CoreDNS with more plugins for the cluster's names, in a pod of its own."""

    plugins: str
    """Lines of a Corefile, which may name the place (`Site.fill`)."""

    acts_on_new_pods: ClassVar[bool] = False

    @property
    def touches(self) -> str:
        """The DNS server."""
        return "the cluster's DNS"

    def make(self, site: Site) -> None:
        """Write the Corefile, and wait until a new CoreDNS has taken the old one's place."""
        configured = site.api.get(dns.CONFIGURATION)["data"]
        assert isinstance(configured, dict)
        given = site.keep(_KEPT, str(configured["Corefile"]))
        before, after = _around_the_names(given)
        _serve(site, f"{before}{site.fill(self.plugins)}{after}", mark=site.fault)

    def undo(self, site: Site) -> None:
        """Write the Corefile that was there, and wait likewise."""
        given = site.kept(_KEPT)
        if given is not None:
            _serve(site, given, mark=None)


def _around_the_names(corefile: str) -> tuple[str, str]:
    """Return what is before the plugin of the cluster's names, and the rest."""
    before, plugin, after = corefile.partition("    kubernetes ")
    assert plugin, "CoreDNS answers the cluster's names by its plugin for Kubernetes"
    return before, plugin + after


def _serve(site: Site, corefile: str, *, mark: str | None) -> None:
    site.api.patch(dns.CONFIGURATION, {"data": {"Corefile": corefile}})
    # CoreDNS reads it at its start alone; as before, the pods are again those of before.
    metadata = {"annotations": {_MARK: mark}}
    site.api.patch(dns.DEPLOYMENT, {"spec": {"template": {"metadata": metadata}}})
    eventually(
        lambda: site.api.get(dns.DEPLOYMENT),
        until=_is_rolled_out,
        what="the cluster's DNS runs with another Corefile",
        timeout=_ROLLED_OUT_TIMEOUT,
        next_step="look at its pods in namespace kube-system",
    )


def _is_rolled_out(deployment: Object) -> bool:
    """Tell whether the pods of the latest template are ready, and there are no others."""
    metadata, status = deployment["metadata"], deployment.get("status")
    assert isinstance(metadata, dict)
    if not isinstance(status, dict) or status.get("observedGeneration") != metadata["generation"]:
        return False
    counts = ("replicas", "updatedReplicas", "availableReplicas")
    return [status.get(count) for count in counts] == [1, 1, 1]
