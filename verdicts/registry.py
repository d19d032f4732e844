"""Every claim by its name, and the judging of a stored observation once more."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import get_type_hints

from pydantic import JsonValue

from verdicts.claims import (
    cni,
    compartment,
    convergence,
    directions,
    dns,
    endpoint,
    kernel_mode,
    large_answers,
    pod_dns,
    resolvers,
    restarted_names,
    user_mode,
    waves,
    witnesses,
)
from verdicts.findings import Finding
from verdicts.vocabulary import Frozen


def _joined() -> Mapping[str, Callable[..., Finding]]:
    claims: dict[str, Callable[..., Finding]] = {}
    for row in (
        compartment,
        endpoint,
        user_mode,
        kernel_mode,
        dns,
        cni,
        directions,
        convergence,
        waves,
        pod_dns,
        large_answers,
        resolvers,
        restarted_names,
        witnesses,
    ):
        for name, claim in row.CLAIMS.items():
            if name in claims:
                raise ValueError(f"two claims are named {name}")
            claims[name] = claim
    return MappingProxyType(claims)


CLAIMS = _joined()


def observation_type(claim: Callable[..., Finding]) -> type[Frozen]:
    """Return the model that a claim's one parameter is annotated with."""
    (annotation,) = (hint for name, hint in get_type_hints(claim).items() if name != "return")
    if not (isinstance(annotation, type) and issubclass(annotation, Frozen)):
        raise TypeError(f"{claim.__name__} does not take one observation model")
    return annotation


def judge_again(claim: str, observation: Mapping[str, JsonValue]) -> Finding:
    """Judge a stored observation by the claim of this name.

    Raises:
        KeyError: there is no such claim in this version.
        pydantic.ValidationError: the observation is not one that this claim takes.
    """
    return CLAIMS[claim](observed(claim, observation))


def observed(claim: str, observation: Mapping[str, JsonValue]) -> Frozen:
    """Read a stored observation as the claim of this name takes it; raises as `judge_again` does."""
    return observation_type(CLAIMS[claim]).model_validate(observation)
