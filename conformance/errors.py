"""What can go wrong, in two trees that never meet.

ConformanceFailure (AssertionError)   the platform answered, and answered wrongly
HarnessError (Exception)              the question could not be asked: inconclusive, never "no"
├── ClusterError                      the API did not do as it was asked
│   ├── Unreachable                   no API server behind the kubeconfig's address
│   ├── Forbidden                     the API refused a verb
│   └── Missing                       the API knows no such object
├── TransportError                    a container could not be reached by any transport
└── NotReadyError                     what a question needs did not become ready
    └── NoEvidence                    nor will it here: the cluster says that it shows none
UsageError (Exception)                the caller asked for something that does not exist: exit 3
"""

from verdicts.findings import NOT_READY


class ConformanceFailure(AssertionError):  # noqa: N818  # a finding, not an error of ours
    """A claim does not hold: `Subject - what is wrong - Expected: x Actual: y`."""


class HarnessError(Exception):
    """A question could not be asked; `next_step` tells the reader what to do about it.

    `code` is what an inconclusive finding carries.
    """

    code = "could-not-ask"

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} - next: {self.next_step}"


class ClusterError(HarnessError):
    """The API did not do as it was asked; `status` is its HTTP status, 0 where none came."""

    code = "api-error"

    def __init__(self, message: str, *, next_step: str, status: int = 0) -> None:
        super().__init__(message, next_step=next_step)
        self.status = status


class Unreachable(ClusterError):  # noqa: N818  # names the state, as its siblings do
    """No API server answered at the address that the kubeconfig names."""

    code = "api-unreachable"


class Forbidden(ClusterError):  # noqa: N818  # names the state, as its siblings do
    """The API server knows us and does not allow the verb."""

    code = "forbidden"


class Missing(ClusterError):  # noqa: N818  # names the state, as its siblings do
    """The API server knows no such object."""

    code = "missing"


class TransportError(HarnessError):
    """A container could not be asked, neither through the pod proxy nor by exec."""

    code = "transport"


class NotReadyError(HarnessError):
    """A node, pod or service that a question needs did not become ready."""

    code = NOT_READY


class NoEvidence(NotReadyError):  # noqa: N818  # names the state, as its siblings do
    """There is no evidence pod on a node, by the cluster's own word: not admitted, or no such folder."""


class UsageError(Exception):
    """The caller named something that does not exist or cannot be read; exit code 3."""
