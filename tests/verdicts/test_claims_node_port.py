"""Every code and branch of the claim on NodePorts, as a table."""

from collections.abc import Callable

import pytest

from tests.verdicts.services import (
    ANSWERED,
    CLOSED,
    OTHER,
    REFUSED,
    THREE,
    TIMED_OUT,
    A,
    B,
    attempts,
    node_port,
    service,
)
from verdicts.claims import kernel_mode, user_mode
from verdicts.findings import Finding
from verdicts.observations.load_balancing import Backend, NodePortSample, ServiceSample
from verdicts.vocabulary import Outcome, Reply

PASS, FAIL, OPEN, NOT_APPLICABLE = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_APPLICABLE,
)


SILENT = A.model_copy(update={"identity": ""})


def through_node(answers: str, *failures: Reply, backend: Backend = A) -> ServiceSample:
    return service(attempts(answers, *failures), backends=(backend,))


@pytest.mark.parametrize(
    "claim",
    [
        user_mode.a_user_mode_proxy_serves_the_node_port,
        kernel_mode.a_kernel_mode_proxy_serves_the_node_port,
    ],
)
@pytest.mark.parametrize(
    ("observation", "outcome", "code"),
    [
        pytest.param(node_port(through_node("a" * 10)), PASS, "pass", id="answers"),
        pytest.param(
            node_port(through_node("a" * 10), away=through_node("b" * 10, backend=B)),
            PASS,
            "pass",
            id="answers-for-another-node-too",
        ),
        pytest.param(
            node_port(
                through_node("a" * 10),
                away=through_node("", TIMED_OUT, backend=B),
                from_node=[TIMED_OUT, ANSWERED],
            ),
            FAIL,
            "no-answer",
            id="answers-for-its-own-pods-alone",
        ),
        pytest.param(
            node_port(through_node("a" * 10), away=through_node("b", REFUSED, backend=B)),
            FAIL,
            "no-answer",
            id="answers-for-another-node-now-and-then",
        ),
        pytest.param(
            node_port(through_node("a" * 10), away=through_node("", TIMED_OUT, backend=SILENT)),
            OPEN,
            "backend-silent",
            id="the-other-nodes-backend-is-down",
        ),
        pytest.param(node_port(None), NOT_APPLICABLE, "one-node", id="a-single-node"),
        pytest.param(
            node_port(through_node("", REFUSED, REFUSED), kubelet=[ANSWERED]),
            FAIL,
            "no-answer",
            id="refuses",
        ),
        pytest.param(
            node_port(through_node("", TIMED_OUT), kubelet=[ANSWERED, ANSWERED]),
            FAIL,
            "no-answer",
            id="drops-where-the-kubelet-answers",
        ),
        pytest.param(
            node_port(through_node("", TIMED_OUT), kubelet=[REFUSED]),
            FAIL,
            "no-answer",
            id="drops-where-the-node-refuses-elsewhere",
        ),
        pytest.param(
            node_port(through_node("", TIMED_OUT), kubelet=[TIMED_OUT, TIMED_OUT]),
            OPEN,
            "node-not-reached",
            id="a-firewall-before-the-node",
        ),
        pytest.param(
            node_port(through_node("", REFUSED), kubelet=[TIMED_OUT]),
            FAIL,
            "no-answer",
            id="a-refusal-is-no-firewall",
        ),
        pytest.param(
            node_port(through_node("", TIMED_OUT)),
            FAIL,
            "no-answer",
            id="the-way-was-not-asked",
        ),
        pytest.param(
            node_port(through_node("a" * 8, TIMED_OUT, CLOSED), kubelet=[TIMED_OUT]),
            FAIL,
            "no-answer",
            id="answers-now-and-then",
        ),
        pytest.param(node_port(through_node("", OTHER)), OPEN, "unknown-reply", id="out-of-ports"),
        pytest.param(
            node_port(through_node("aax")), FAIL, "backend-foreign", id="a-stranger-answers"
        ),
        pytest.param(
            node_port(through_node("", TIMED_OUT), node_port=31080, port=31080),
            OPEN,
            "same-port",
            id="node-port-is-port",
        ),
        pytest.param(
            node_port(through_node("", TIMED_OUT, backend=SILENT)),
            OPEN,
            "backend-silent",
            id="the-backend-is-down",
        ),
        pytest.param(node_port(service(backends=THREE)), OPEN, "not-asked", id="nothing-asked"),
    ],
)
def test_a_node_port_answers(
    claim: Callable[[NodePortSample], Finding],
    observation: NodePortSample,
    outcome: Outcome,
    code: str,
) -> None:
    found = claim(observation)

    assert (found.outcome, found.code) == (outcome, code), found.seen


@pytest.mark.parametrize(
    ("from_node", "code"), [([], "no-control"), ([TIMED_OUT, REFUSED], "way-is-closed")]
)
def test_a_node_that_does_not_reach_the_other_backend_itself_is_not_blamed(
    from_node: list[Reply], code: str
) -> None:
    seen = node_port(
        through_node("a" * 10),
        away=through_node("", TIMED_OUT, backend=B),
        from_node=from_node,
    )

    in_kernel = kernel_mode.a_kernel_mode_proxy_serves_the_node_port(seen)
    by_process = user_mode.a_user_mode_proxy_serves_the_node_port(seen)

    assert (in_kernel.outcome, in_kernel.code) == (OPEN, code)
    assert (by_process.outcome, by_process.code) == (FAIL, "no-answer")
