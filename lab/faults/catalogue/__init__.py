"""All faults, a module a row of the matrix, two across rows, and one for the harness itself."""

from lab.faults.catalogue import (
    cni,
    compartment,
    dns,
    endpoint,
    half_broken_names,
    half_broken_traffic,
    harness,
    kernel_mode,
    user_mode,
)
from lab.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *compartment.FAULTS,
    *endpoint.FAULTS,
    *user_mode.FAULTS,
    *kernel_mode.FAULTS,
    *dns.FAULTS,
    *cni.FAULTS,
    *half_broken_traffic.FAULTS,
    *half_broken_names.FAULTS,
    *harness.FAULTS,
)
"""Each by a name of its own."""
