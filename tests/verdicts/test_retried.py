"""By which attempt an observation was made, wherever in it the question stands."""

import pytest

from verdicts.observations.dns import Answer, AskedOverTcp, AskedServer, Lookup, LookupTry, Query
from verdicts.observations.retried import attempts_of
from verdicts.vocabulary import Frozen

LOST, FOUND = LookupTry(detail="no answer"), LookupTry(addresses=("10.96.0.1",))
SILENT = Query(answer=Answer.SILENT)
GOOD = Query(answer=Answer.NOERROR, addresses=("10.96.0.1",))


def looked_up(*tries: LookupTry) -> Lookup:
    return Lookup(name="twin", tries=tries)


class Whole(Frozen):
    """An observation with questions in it, at some depth."""

    lookups: dict[str, tuple[Lookup, ...]]


@pytest.mark.parametrize(
    ("observation", "attempt"),
    [
        pytest.param(looked_up(FOUND), 1, id="at-once"),
        pytest.param(looked_up(LOST, FOUND, FOUND), 2, id="the-first-was-lost"),
        pytest.param(looked_up(FOUND, LOST, LOST), 1, id="later-ones-were-lost"),
        pytest.param(looked_up(LOST, LOST, LOST), 1, id="no-try-succeeded"),
        pytest.param(
            AskedServer(address="10.96.0.10", port=53, queries=(SILENT, SILENT, GOOD)),
            3,
            id="a-server",
        ),
        pytest.param(
            AskedOverTcp(container="a", server="10.96.0.10", query=GOOD, earlier=SILENT),
            2,
            id="over-tcp",
        ),
        pytest.param(
            AskedOverTcp(container="a", server="10.96.0.10", query=GOOD), 1, id="over-tcp-at-once"
        ),
        pytest.param(
            Whole(lookups={"a": (looked_up(FOUND), looked_up(LOST, FOUND))}), 2, id="deep-inside"
        ),
        pytest.param(None, 1, id="nothing-was-seen"),
    ],
)
def test_an_attempt(observation: object, attempt: int) -> None:
    assert attempts_of(observation) == attempt
