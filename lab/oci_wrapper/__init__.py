"""An OCI runtime for a node that emulates Windows Server 2016; runc does the work.

It stands in runc's place. Two traits, each a switch of its own:

- `own_compartment`: every container after its pod's first gets a network namespace and addresses
  of its own, because 2016 had one container a compartment:
  https://kubernetes.io/blog/2017/09/windows-networking-at-parity-with-linux/
- `plain_resolv_conf`: a container's resolv.conf has no search list and no options, because 2016
  had no DNS suffixes a pod; kube-proxy added them to requests.

containerd calls the component `oci-launcher`, which hands over to runc whatever creates and deletes
no container. For the rest it starts this package, dozens of times at once, so that starts fast:
without the user's environment and site packages, by the standard library alone, and that without
dataclasses, pathlib and typing. `installation` is the only part that runs in the lab's own process.
"""
