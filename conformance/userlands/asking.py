"""The one form in which every userland is asked for addresses, routes and binds."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from conformance.containers import Userland
from conformance.errors import HarnessError
from conformance.userlands import linux
from verdicts.observations.compartment import BindAttempt
from verdicts.observations.interfaces import ContainerInterfaces


class Asking(Protocol):
    """Commands of one userland, and the reading of what they print.

    Every `read_` raises HarnessError where the output is not what the command prints: output
    that cannot be read is no answer.
    """

    def interfaces_command(self) -> str:
        """Return the shell command that lists addresses and active routes of both families."""

    def read_interfaces(self, container: str, output: str) -> ContainerInterfaces:
        """Read what `interfaces_command` printed in this container."""

    def sources_command(self, destinations: Iterable[str]) -> str:
        """Return the shell command that says which source address each destination gets.

        It may end in any exit status: a destination without a route is an answer too.
        """

    def read_sources(self, output: str) -> Mapping[str, str]:
        """Read what `sources_command` printed; destinations without an answer are missing."""

    def bind_command(self, port: int) -> str:
        """Return the shell command that binds a TCP port's wildcard address and lets go at once.

        It ends with a failure whichever way the bind went, and leaves no process.
        """

    def read_bind(self, port: int, output: str) -> BindAttempt:
        """Read what `bind_command` printed."""


_KNOWN: Mapping[Userland, Asking] = MappingProxyType({Userland.LINUX: linux})


def asking(userland: Userland) -> Asking:
    """Return how this userland is asked.

    Raises:
        HarnessError: nobody has said yet how to ask it.
    """
    known = _KNOWN.get(userland)
    if known is None:
        raise HarnessError(
            f"the {userland} userland cannot be asked for its addresses yet",
            next_step=f"leave the {userland} nodes out, or add their commands to "
            "conformance/userlands",
        )
    return known
