"""The claim that a service proxy follows the backends of a Service as they come and go."""

import itertools

from verdicts.claims.data_planes import CHOOSING_ONE, named_in
from verdicts.claims.load_balancing import doubt_about, only_unknown
from verdicts.findings import Finding
from verdicts.observations.load_balancing import Scaling, ScalingStep


def backends_follow(seen: Scaling) -> Finding:
    """After each step exactly the wanted pods answer, and every connection is answered."""
    doubt = doubt_about(seen.backends, least=2)
    if doubt is not None:
        return doubt
    if seen.steps and not seen.steps[0].convergence.reached:
        # It never was as it should be to begin with, and nothing more was tried.
        found = _off(seen.steps[0], seen.data_plane)
        if found is not None:
            return found
    sizes = [len(step.wanted) for step in seen.steps]
    changes = [after - before for before, after in itertools.pairwise(sizes)]
    if not (any(change > 0 for change in changes) and any(change < 0 for change in changes)):
        return Finding.inconclusive(
            "too-few-steps", f"sizes {sizes}: backends must be added and removed"
        )
    for step in seen.steps:
        found = _off(step, seen.data_plane)
        if found is not None:
            return found
    longest = max(step.convergence.seconds for step in seen.steps)
    return Finding.passed(
        f"backends followed {' -> '.join(map(str, sizes))} within {longest:.1f} s",
        sizes=list(sizes),
        seconds=round(longest, 3),
    )


def _off(step: ScalingStep, data_plane: str) -> Finding | None:
    wanted, seen = set(step.wanted), set(step.seen)
    after = f"{step.change}, after {step.convergence.seconds:.0f} s"
    kept = sorted(seen - wanted)
    if kept:
        return Finding.failed("backend-kept", f"{after}: still answered by {', '.join(kept)}")
    if step.unanswered:
        return _unanswered(step, after)
    missing = sorted(wanted - seen)
    if missing and len(seen) == 1 and named_in(CHOOSING_ONE, data_plane) is not None:
        return Finding.inconclusive(
            "one-backend-by-schedule",
            f"{after}: only {', '.join(seen)} answered, as some {data_plane} schedulers have it",
        )
    if missing:
        return Finding.failed("backend-missing", f"{after}: never answered: {', '.join(missing)}")
    return None


def _unanswered(step: ScalingStep, after: str) -> Finding:
    unknown = only_unknown(step.unanswered)
    if unknown:
        return Finding.inconclusive("unknown-reply", f"{after}: unknown error: {unknown}")
    return Finding.failed(
        "no-answer", f"{after}: {len(step.unanswered)} of {step.tries} unanswered"
    )
