"""What pods' resolvers make of partial names, and of DNS settings of the pods' own."""

from verdicts.observations.dns import Lookup
from verdicts.vocabulary import Frozen


class PartialName(Frozen):
    """A name of two or three parts, and the address of the Service that it would be."""

    form: str
    wanted: str
    lookup: Lookup


class ContainerPartials(Frozen):
    """Partial names as one container's resolver takes them; `full` is the control."""

    container: str
    full: Lookup
    names: tuple[PartialName, ...]


class PartialNames(Frozen):
    """Partial names in every container of the probe pod."""

    pod: str
    platform: str
    containers: tuple[ContainerPartials, ...]


class OwnSettings(Frozen):
    """A pod with a DNS policy or configuration of its own, and what its resolver was set to.

    `wanted` are the addresses that its specification makes each looked up name lead to; None
    where the name is to lead to nothing of ours. `unlike` are name servers and suffixes that the
    specification leaves out, `servers` and `suffixes` those that it names; `search` is None where
    the userland does not tell.
    """

    policy: str
    pod: str
    nameservers: tuple[str, ...]
    search: tuple[str, ...] | None
    servers: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    wanted: tuple[str, ...] = ()


class PodPolicies(Frozen):
    """Pods of each DNS policy; `plain` is the looked up foreign name in a pod without settings."""

    platform: str
    foreign: str
    plain: Lookup
    pods: tuple[OwnSettings, ...]
