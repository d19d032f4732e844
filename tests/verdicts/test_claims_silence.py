"""Every code and branch of the claim on a silent connection, as a table."""

import pytest

from verdicts.claims.kernel_mode import a_kernel_mode_proxy_remembers_a_silent_connection
from verdicts.observations.load_balancing import SilentConnection
from verdicts.vocabulary import Outcome

BOTH = ("peer-a", "peer-a")


@pytest.mark.parametrize(
    ("through", "directly", "outcome", "code"),
    [
        pytest.param(BOTH, BOTH, Outcome.PASS, "pass", id="goes-on"),
        pytest.param(BOTH[:1], BOTH, Outcome.FAIL, "no-answer", id="is-cut"),
        pytest.param(("peer-a", "peer-b"), BOTH, Outcome.FAIL, "other-backend", id="moves"),
        pytest.param(BOTH[:1], BOTH[:1], Outcome.INCONCLUSIVE, "control-failed", id="all-are-cut"),
        pytest.param((), BOTH, Outcome.INCONCLUSIVE, "never-served", id="never-answered"),
        pytest.param(None, (), Outcome.NOT_APPLICABLE, "not-asked", id="another-userland"),
    ],
)
def test_a_silent_connection(
    through: tuple[str, ...] | None, directly: tuple[str, ...], outcome: Outcome, code: str
) -> None:
    seen = SilentConnection(
        service="lb", backend="peer-a", seconds=5, through=through, directly=directly
    )

    found = a_kernel_mode_proxy_remembers_a_silent_connection(seen)

    assert (found.outcome, found.code) == (outcome, code), found.seen
