"""An OCI runtime for a node that emulates Windows Server 2016; runc does the work.

containerd calls it in runc's place. Two traits, each a switch of its own:

- `own_compartment`: every container after its pod's first gets a network namespace and addresses
  of its own, because 2016 had one container a compartment:
  https://kubernetes.io/blog/2017/09/windows-networking-at-parity-with-linux/
- `plain_resolv_conf`: a container's resolv.conf has no search list and no options, because 2016
  had no DNS suffixes a pod; kube-proxy added them to requests.

It runs for every action on every container, so it starts fast: without the user's environment and
site packages, by the standard library alone, and that without dataclasses, pathlib and typing,
whose import takes longer than all else that it does. Only `installation` is not part of it.
"""
