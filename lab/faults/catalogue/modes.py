"""One defect in either mode of a service proxy: two faults, each of its own row."""

from lab.faults import places
from lab.faults.fault import Fault, Means, Proof, Turns

_MODES = {"kernel": places.KERNEL_MODE, "user": places.USER_MODE}


def in_each_mode(  # noqa: PLR0913 - the fields of a fault, all by name
    *,
    name: str,
    sentence: str,
    source: str,
    check: str,
    codes: tuple[str, ...],
    means: Means,
    proof: Proof,
) -> tuple[Fault, ...]:
    """Return the faults of both modes; their checks are supporting ones.

    `name` goes before `-kernel-mode`, `check` after `kernel-`; `{mode}` in the sentence is either.
    """
    return tuple(
        Fault(
            name=f"{name}-{mode}-mode",
            sentence=sentence.format(mode=mode),
            source=source,
            where=where,
            expects=Turns(
                check=f"{mode}-{check}",
                feature=f"{mode}-mode-load-balancing",
                codes=codes,
                verdict="partial",
            ),
            means=means,
            proof=proof,
        )
        for mode, where in _MODES.items()
    )
