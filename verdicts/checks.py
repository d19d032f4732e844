"""What a check declares of itself, once, at its test."""

import re
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from verdicts.vocabulary import Feature, Frozen, Level, Weight

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Witness(StrEnum):
    """A small observation taken once per judged node; where it failed, a failure is not blamed.

    Needs are declared at the check; the fold applies them, nobody lists them by hand.
    """

    TRANSPORT = "transport"
    """The judged pod's first container answers with its own identity through a transport."""
    OWN_ADDRESS = "own-address"
    """The judged pod reaches its own pod IP: the control where no Linux node can be one."""
    POD_TO_POD_TCP = "pod-to-pod-tcp"
    """The judged pod reaches the backends' pod IPs directly over TCP."""
    POD_TO_POD_UDP = "pod-to-pod-udp"
    """The judged pod reaches the backends' pod IPs directly over UDP."""
    CLUSTER_IP_UDP = "cluster-ip-udp"
    """The judged pod gets an answer over UDP through a ClusterIP of ours."""
    OWN_SOURCE = "own-source"
    """A backend that the judged pod asks at its own address sees the judged pod's."""


class Check(Frozen):
    """A declared check: stable id, the row it decides, and what it needs to be believed.

    `claim` names the pure function in `verdicts.claims` that judges its observation; the same
    function is called again when a report is verified.
    """

    id: str
    title: str
    feature: Feature
    weight: Weight
    level: Level = Level.CORE
    claim: str
    needs: frozenset[Witness] = frozenset({Witness.TRANSPORT})
    rests_on: frozenset[str] = frozenset()
    """Checks of the same row without which this one's question means nothing: where one of them
    fails on a node, a failure of this one there follows from it (`verdicts.following`)."""
    within_pod: bool = False
    """All of it happens in one pod, where no policy between pods has a part in it."""
    source: str

    @model_validator(mode="after")
    def _is_well_formed(self) -> Self:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"check id {self.id!r} is not kebab-case")
        if not self.title.endswith("."):
            raise ValueError(f"the title of {self.id} is not a sentence")
        if not self.source.startswith(("https://", "RFC ")):
            raise ValueError(f"the source of {self.id} is not a link")
        if self.id in self.rests_on:
            raise ValueError(f"{self.id} rests on itself")
        return self
