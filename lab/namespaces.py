"""Names of a lab's network namespaces; by their prefix its remains are found."""

NAMESPACE_PREFIX = "netparity-"
FABRIC = f"{NAMESPACE_PREFIX}fabric"
"""Holds the control plane, and the bridge that joins the nodes."""
