"""All faults, a module a row of the matrix and one for the harness itself."""

from lab.faults.catalogue import cni, dns, harness, kernel_mode
from lab.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *kernel_mode.FAULTS,
    *dns.FAULTS,
    *cni.FAULTS,
    *harness.FAULTS,
)
"""Each by a name of its own."""
