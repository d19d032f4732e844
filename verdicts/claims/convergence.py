"""Claims on change: traffic follows the endpoints that the API has, within a bound."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from verdicts.claims.data_planes import CHOOSING_ONE, named_in
from verdicts.claims.load_balancing import UDP_LOSS, only_unknown
from verdicts.findings import Finding
from verdicts.observations.convergence import (
    Change,
    Changes,
    Form,
    Recreated,
    SamePorts,
    ServiceForms,
    Succession,
)
from verdicts.vocabulary import Protocol

AFFINITY_SINCE: Final = 20348
"""The first Windows build with session affinity (HNS 12.0, Windows Server 2022).

https://github.com/microsoft/hcsshim/blob/main/hcn/hcnglobals.go
"""


def changes_are_followed(seen: Changes) -> Finding:
    """Pods that become ready get traffic, and those that are unready, gone or ending get none.

    Codes: `unready-served`, `backend-kept`, `backend-missing`, `no-answer`. What was followed
    within the bound but not soon is told, and passes.
    """
    if len(seen.changes) < 2:
        return Finding.inconclusive("too-few-changes", f"{len(seen.changes)} changes were made")
    for change in seen.changes:
        found = _off(change, seen)
        if found is not None:
            return found
    # Until the first pod is ready there is nobody to answer: what is lost then tells nothing.
    lost = sum(each.lost for each in seen.changes[1:])
    late = [each.change for each in seen.changes if each.convergence.seconds > each.soon]
    told = ", ".join(f"{each.change} {each.convergence.seconds:.1f} s" for each in seen.changes)
    return Finding.passed(
        f"{told}; {lost} tries unanswered meanwhile"
        + (f"; late: {', '.join(late)}" if late else ""),
        seconds={each.change: each.convergence.seconds for each in seen.changes},
        lost=lost,
        late=[*late],
    )


def _off(change: Change, seen: Changes) -> Finding | None:
    wanted, answered = set(change.wanted), set(change.seen)
    after = f"{change.change}, after {change.convergence.seconds:.0f} s"
    kept = sorted(answered - wanted)
    if kept:
        code = "unready-served" if "unready" in change.change else "backend-kept"
        return Finding.failed(code, f"{after}: answered by {', '.join(kept)}")
    if change.unanswered:
        unknown = only_unknown(change.unanswered)
        if unknown:
            return Finding.inconclusive("unknown-reply", f"{after}: unknown error: {unknown}")
        kinds = ", ".join(sorted({failure.reply for failure in change.unanswered}))
        return Finding.failed(
            "no-answer", f"{after}: {len(change.unanswered)} connections unanswered ({kinds})"
        )
    missing = sorted(wanted - answered)
    if missing and len(answered) == 1 and named_in(CHOOSING_ONE, seen.data_plane) is not None:
        return Finding.inconclusive(
            "one-backend-by-schedule",
            f"{after}: only {', '.join(answered)} answered, as some {seen.data_plane} schedulers "
            "have it",
        )
    if missing:
        return Finding.failed("backend-missing", f"{after}: never answered: {', '.join(missing)}")
    return None


def services_of_every_form_answer(seen: ServiceForms) -> Finding:
    """Every port of a Service leads to its backends, named target ports too, and affinity holds.

    Affinity is judged on Linux, and on the Windows builds that have it. Codes: `no-answer`,
    `backend-foreign`, `no-affinity`.
    """
    if not seen.forms:
        return Finding.inconclusive("nothing-asked", f"no port of {seen.service} was asked")
    for form in seen.forms:
        found = _form(form)
        if found is not None:
            return found
    sticky = seen.sticky
    several = sorted(set(sticky.answers))
    judged = seen.platform == "linux" or (seen.build or 0) >= AFFINITY_SINCE
    if judged and sticky.failures:
        return _unanswered("with ClientIP affinity", sticky.tries, only_unknown(sticky.failures))
    if judged and len(several) > 1:
        return Finding.failed(
            "no-affinity", f"with ClientIP affinity one client reached {', '.join(several)}"
        )
    kept = "one backend" if len(several) == 1 else f"{len(several)} backends"
    return Finding.passed(
        f"{', '.join(form.form for form in seen.forms)} answered; with affinity {kept}"
        + ("" if judged else " (only told: this build has none)"),
        affinity=len(several),
        affinity_judged=judged,
    )


def _form(form: Form) -> Finding | None:
    attempts = form.attempts
    foreign = sorted(set(attempts.answers) - set(form.wanted))
    if foreign:
        return Finding.failed(
            "backend-foreign",
            f"{form.form}: answered without being a backend: {', '.join(foreign)}",
        )
    tolerated = UDP_LOSS * attempts.tries if form.protocol is Protocol.UDP else 0
    if not attempts.answered or len(attempts.failures) > tolerated:
        return _unanswered(form.form, attempts.tries, only_unknown(attempts.failures))
    return None


def _unanswered(what: str, tries: int, unknown: str) -> Finding:
    if unknown:
        return Finding.inconclusive("unknown-reply", f"{what}: unknown error: {unknown}")
    return Finding.failed("no-answer", f"{what}: not all of {tries} tries were answered")


def later_datagrams_are_answered(seen: SamePorts) -> Finding:
    """Datagrams from a source port that has sent one before are answered as that one was.

    Code: `no-answer`, where no more are answered than there are ports: of twelve from four, that is
    so in a network that loses one of twenty by a chance of 1 in 10^7. Not applicable: `many-ports`,
    where the client cannot be given few. Inconclusive: `never-served`, `unknown-reply`.
    """
    if seen.before is None:
        return Finding.not_applicable(
            "many-ports", f"the client has {seen.ports} source ports, and hardly uses one twice"
        )
    if not seen.before.answered:
        return Finding.inconclusive("never-served", f"{seen.service} did not answer over UDP")
    answered = sum(each.answered for each in seen.sent)
    told = (
        f"{answered} of {len(seen.sent)} datagrams to {seen.service} were answered, from "
        f"{seen.ports} source ports"
    )
    if answered > seen.ports:
        return Finding.passed(told, answered=answered, sent=len(seen.sent))
    unknown = only_unknown([failure for each in seen.sent for failure in each.failures])
    if unknown:
        return Finding.inconclusive("unknown-reply", f"{told}: unknown error: {unknown}")
    return Finding.failed("no-answer", told)


def a_new_udp_backend_is_found(seen: Succession) -> Finding:
    """A client that goes on sending from the same port reaches the backend that came after.

    Judged on Linux, where the proxy clears what the kernel remembers of the old one
    (https://github.com/kubernetes/kubernetes/issues/11570). Code: `stale`.
    """
    if seen.first not in seen.before.answers:
        return Finding.inconclusive(
            "never-served", f"{seen.service} was not answered by {seen.first} before it went"
        )
    told = (
        f"{seen.convergence.seconds:.1f} s after {seen.first} went, from {seen.ports} source ports"
    )
    if seen.convergence.reached:
        late = "; late" if seen.convergence.seconds > seen.soon else ""
        return Finding.passed(
            f"{seen.second} answered {told}{late}", seconds=seen.convergence.seconds
        )
    unknown = only_unknown(seen.after.failures)
    if unknown and not seen.after.answers:
        return Finding.inconclusive("unknown-reply", f"{told}: unknown error: {unknown}")
    who = ", ".join(sorted(set(seen.after.answers))) or "nobody"
    if seen.platform != "linux":
        return Finding.not_applicable(
            "reported", f"{who} answered {told}; no source promises more on {seen.platform}"
        )
    return Finding.failed("stale", f"{who} answered {told}, and not {seen.second} alone")


def a_name_leads_to_the_new_service(seen: Recreated) -> Finding:
    """A Service made again under its name is found by that name.

    Codes: `old-address`, `unresolved`.
    """
    old, new = seen.addresses
    if old == new:
        return Finding.inconclusive("same-address", f"{seen.name} was given {new} once more")
    if old not in seen.before.addresses:
        return Finding.inconclusive("never-resolved", f"{seen.name} did not yield {old} at first")
    told = f"{seen.convergence.seconds:.1f} s after it became {new} instead of {old}"
    if seen.convergence.reached:
        late = "; late" if seen.convergence.seconds > seen.soon else ""
        return Finding.passed(
            f"{seen.name} yields it {told}{late}", seconds=seen.convergence.seconds
        )
    if seen.after.addresses:
        return Finding.failed(
            "old-address", f"{seen.name} yields {', '.join(seen.after.addresses)} {told}"
        )
    why = seen.after.tries[-1].detail
    return Finding.failed("unresolved", f"{seen.name} yields nothing {told}: {why}")


CLAIMS: Mapping[str, Callable[..., Finding]] = MappingProxyType(
    {
        claim.__name__: claim
        for claim in (
            changes_are_followed,
            services_of_every_form_answer,
            later_datagrams_are_answered,
            a_new_udp_backend_is_found,
            a_name_leads_to_the_new_service,
        )
    }
)
