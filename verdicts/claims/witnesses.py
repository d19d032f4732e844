"""Claims of witnesses: a node where they do not hold is not blamed for more than that."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from verdicts.findings import Finding
from verdicts.observations.witnesses import Identified, Reached


def the_container_answers_as_itself(observation: Identified) -> Finding:
    """Judge whether what answers through the transport is the container that was asked."""
    if observation.actual == observation.expected:
        return Finding.passed(
            f"{observation.container} answers through {observation.transport}",
            transport=observation.transport,
        )
    return Finding.failed(
        "other-identity",
        f"{observation.container} answers as {observation.actual!r} "
        f"through {observation.transport}",
    )


def every_address_answers(observation: Reached) -> Finding:
    """Judge whether each address answered at least once; a lost datagram is no verdict."""
    silent = [attempts for attempts in observation.attempts if not attempts.answered]
    if not observation.attempts:
        return Finding.inconclusive("nothing-asked", "no address was asked")
    if silent:
        shown = ", ".join(
            f"{attempts.address}:{attempts.port} ({', '.join(sorted(attempts.replies))})"
            for attempts in silent
        )
        return Finding.failed("unreached", f"no answer over {silent[0].protocol} from {shown}")
    first = observation.attempts[0]
    return Finding.passed(
        f"{len(observation.attempts)} addresses answer {first.client} over {first.protocol}"
    )


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {claim.__name__: claim for claim in (the_container_answers_as_itself, every_address_answers)}
)
