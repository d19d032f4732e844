"""What is said of a fault in one line."""

from lab.faults.fault import Fault, Turns


def turned(fault: Fault) -> str:
    """Say what a run must show under a fault."""
    expects = fault.expects
    if isinstance(expects, Turns):
        return (
            f"{expects.check}: {' or '.join(expects.codes)}; {expects.feature}: {expects.verdict}"
        )
    return "nothing: the run survives" if expects.survives else "nothing, or inconclusive (exit 2)"
