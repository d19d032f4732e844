"""All faults: a module a row of the matrix, one for the harness itself, and others across rows."""

from lab.faults.catalogue import (
    cni,
    cni_addresses,
    cni_deeper,
    compartment,
    convergence,
    directions,
    dns,
    endpoint,
    half_broken_names,
    half_broken_traffic,
    harness,
    kernel_mode,
    node_dns,
    user_mode,
)
from lab.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *compartment.FAULTS,
    *endpoint.FAULTS,
    *user_mode.FAULTS,
    *kernel_mode.FAULTS,
    *dns.FAULTS,
    *node_dns.FAULTS,
    *cni_addresses.FAULTS,
    *cni.FAULTS,
    *cni_deeper.FAULTS,
    *convergence.FAULTS,
    *directions.FAULTS,
    *half_broken_traffic.FAULTS,
    *half_broken_names.FAULTS,
    *harness.FAULTS,
)
"""Each by a name of its own."""
