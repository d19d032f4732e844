"""Every code and branch of the claim on address books, as a table."""

import pytest

from verdicts.claims.address_book import a_deleted_pods_address_is_given_back
from verdicts.observations.cni import AddressBook, BookEntry, PlacedPod
from verdicts.vocabulary import Outcome

LIVING, GONE = "10.244.1.4", "10.244.1.9"
HERS = BookEntry(network="bridge", address=LIVING)
HIS = BookEntry(network="bridge", address=GONE)
ELSEWHERE = BookEntry(network="other", address=GONE)


def book(*entries: BookEntry, heirs: tuple[str, ...] = ()) -> AddressBook:
    return AddressBook(
        node="node-a",
        living=PlacedPod(pod="probe", node="node-a", addresses=(LIVING,)),
        gone=PlacedPod(pod="doomed", node="node-a", addresses=(GONE,)),
        entries=entries,
        heirs=heirs,
        seconds=20.1,
    )


UNREAD = book().model_copy(update={"entries": None, "reason": "evidence pods are not admitted"})


@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(book(HERS), Outcome.PASS, "pass", id="given-back"),
        pytest.param(book(HERS, HIS), Outcome.FAIL, "leaked", id="leaked"),
        pytest.param(
            book(HERS, HIS, heirs=("x/y",)), Outcome.INCONCLUSIVE, "given-again", id="an-heir"
        ),
        pytest.param(book(HERS, ELSEWHERE), Outcome.PASS, "pass", id="another-networks-entry"),
        pytest.param(book(HIS), Outcome.NOT_APPLICABLE, "kept-elsewhere", id="not-of-this-book"),
        pytest.param(book(), Outcome.NOT_APPLICABLE, "kept-elsewhere", id="empty"),
        pytest.param(UNREAD, Outcome.NOT_APPLICABLE, "unread", id="unread"),
    ],
)
def test_an_address_book(observation: AddressBook, outcome: Outcome, code: str) -> None:
    finding = a_deleted_pods_address_is_given_back(observation)

    assert (finding.outcome, finding.code) == (outcome, code), finding.seen
