"""What is different about a 2016 container: its network namespace, its resolv.conf.

A container's record is a folder of the state directory, named by its id. A sandbox's holds
`first`, a link to the name of its first container, and `sysctl.json`; a container's `resolv.conf`
and, if it has a compartment of its own, `compartment.json`: CNI's arguments, and each network with
its result.
"""

# ruff: noqa: PTH103, PTH110, PTH112, PTH115, PTH123, PTH211 - see the package: pathlib is dear to import

import os
import shutil
import subprocess

from lab.oci_wrapper.documents import (
    WrapperError,
    as_document,
    as_documents,
    as_text,
    read,
    write,
)
from lab.oci_wrapper.networks import Attachment, configured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.oci_wrapper.calls import Call, Settings
    from lab.oci_wrapper.documents import Document

_CRI = "io.kubernetes.cri"
_NAMESPACES = "/run/netns"


def create(settings: "Settings", call: "Call") -> int:
    """Create a container as a 2016 node would have; return runc's exit code."""
    path = f"{call.bundle}/config.json"
    spec = read(path)
    os.makedirs(settings.record(call.container), exist_ok=True)
    if settings.plain_resolv_conf:
        _make_resolv_conf_plain(settings, call.container, spec)
    has_own = settings.own_compartment and _gets_own_compartment(settings, call.container, spec)
    if has_own:
        make_compartment(settings, call.container, spec)
        enter_compartment(settings, call.container, spec)
    write(path, spec)
    if not has_own:
        call.hand_over(settings.runc)
    # Not handed over: when runc fails, nobody need call delete, and addresses must go back.
    code = call.run(settings.runc)
    if code:
        give_back(settings, call.container)
    return code


def give_back(settings: "Settings", container: str) -> None:
    """Give back what `create` took; it can be repeated, and without any record does nothing."""
    record = f"{settings.record(container)}/compartment.json"
    if os.path.exists(record):
        compartment = read(record)
        attachment = _attachment(settings, container, as_text(compartment["arguments"], record))
        for network in reversed(as_documents(compartment["networks"], record)):
            attachment.delete(network)
        if os.path.exists(_namespace(container)):
            _ip_netns("delete", container)
        settings.note(f"{container} has given back its compartment")
    if os.path.isdir(settings.record(container)):
        shutil.rmtree(settings.record(container))


def _make_resolv_conf_plain(settings: "Settings", container: str, spec: "Document") -> None:
    for mount in as_documents(spec.get("mounts"), "mounts"):
        if mount.get("destination") != "/etc/resolv.conf":
            continue
        with open(as_text(mount["source"], "a mount's source"), encoding="utf-8") as given:
            kept = [line for line in given if line.startswith("nameserver")]
        plain = f"{settings.record(container)}/resolv.conf"
        with open(plain, "w", encoding="utf-8") as output:
            output.writelines(kept)
        mount["source"] = plain


def _gets_own_compartment(settings: "Settings", container: str, spec: "Document") -> bool:
    """Tell whether a container is one after its pod's first; what shares the node's gets none."""
    if network_namespace(spec) is None:
        return False
    kind = annotation(spec, "container-type")
    if kind == "sandbox":
        remember_sandbox(settings, container, spec)
    return kind == "container" and not _is_first(settings, spec)


def remember_sandbox(settings: "Settings", sandbox: str, spec: "Document") -> None:
    """Keep what a later container of the pod must have in a compartment of its own too."""
    write(f"{settings.record(sandbox)}/sysctl.json", _network_sysctls(spec))


def _is_first(settings: "Settings", spec: "Document") -> bool:
    """Tell whether it is its pod's first, by name: then it still is one when it restarts."""
    name = annotation(spec, "container-name")
    sandbox = settings.record(annotation(spec, "sandbox-id"))
    os.makedirs(sandbox, exist_ok=True)
    first = f"{sandbox}/first"
    try:
        # A link is there whole or not at all, so of two containers at once one is the first.
        os.symlink(name, first)
    except FileExistsError:
        return os.readlink(first) == name
    return True


def make_compartment(settings: "Settings", container: str, spec: "Document") -> None:
    """Make a namespace and add the node's networks; after a failure nothing of it is left."""
    arguments = _cni_arguments(spec)
    attachment = _attachment(settings, container, arguments)
    networks = configured(settings.cni_configuration)
    record = f"{settings.record(container)}/compartment.json"
    # Written ahead of what it names: a killed wrapper leaves nothing that delete cannot find, and
    # DEL of a network that was never added is no error.
    write(record, {"arguments": arguments, "networks": [*networks]})
    try:
        _ip_netns("add", container)
        for network in networks:
            attachment.add(network)
        write(record, {"arguments": arguments, "networks": [*networks]})
    except (WrapperError, OSError) as error:
        try:
            give_back(settings, container)
        except (WrapperError, OSError) as second:
            raise WrapperError(f"{error}; then, while giving back: {second}") from error
        raise


def enter_compartment(settings: "Settings", container: str, spec: "Document") -> None:
    """Put the container into its namespace, with the sysctls that its sandbox's has."""
    namespace = network_namespace(spec)
    if namespace is not None:
        namespace["path"] = _namespace(container)
    inherited = f"{settings.record(annotation(spec, 'sandbox-id'))}/sysctl.json"
    if os.path.exists(inherited):
        linux = as_document(spec["linux"], "linux")
        linux["sysctl"] = read(inherited) | _network_sysctls(spec)
    name = annotation(spec, "container-name")
    settings.note(f"{container} ({name}) has a compartment of its own")


def _attachment(settings: "Settings", container: str, arguments: str) -> Attachment:
    return Attachment(
        settings, container=container, namespace=_namespace(container), arguments=arguments
    )


def _cni_arguments(spec: "Document") -> str:
    """Name the pod as containerd does to plugins."""
    arguments = {
        "IgnoreUnknown": "1",
        "K8S_POD_NAMESPACE": annotation(spec, "sandbox-namespace"),
        "K8S_POD_NAME": annotation(spec, "sandbox-name"),
        "K8S_POD_INFRA_CONTAINER_ID": annotation(spec, "sandbox-id"),
        "K8S_POD_UID": annotation(spec, "sandbox-uid"),
    }
    return ";".join(f"{name}={value}" for name, value in arguments.items())


def annotation(spec: "Document", name: str) -> str:
    """Return what containerd says of a container by one of its annotations, empty for nothing."""
    annotations = as_document(spec.get("annotations") or {}, "annotations")
    return as_text(annotations.get(f"{_CRI}.{name}", ""), name)


def _network_sysctls(spec: "Document") -> "Document":
    linux = as_document(spec.get("linux") or {}, "linux")
    values = as_document(linux.get("sysctl") or {}, "sysctl")
    return {name: value for name, value in values.items() if name.startswith("net.")}


def network_namespace(spec: "Document") -> "Document | None":
    """Return the network namespace that is asked for; none where it is the node's."""
    linux = as_document(spec.get("linux") or {}, "linux")
    for namespace in as_documents(linux.get("namespaces"), "namespaces"):
        if namespace.get("type") == "network":
            return namespace
    return None


def _name(container: str) -> str:
    return f"compartment-{container[:20]}"


def _namespace(container: str) -> str:
    """Return the path of a container's own namespace; /run is the node's."""
    return f"{_NAMESPACES}/{_name(container)}"


def _ip_netns(action: str, container: str) -> None:
    answer = subprocess.run(
        ["ip", "netns", action, _name(container)], capture_output=True, check=False
    )
    if answer.returncode:
        said = answer.stderr.decode(errors="replace").strip()
        raise WrapperError(f"ip netns {action} {_name(container)}: {said}")
