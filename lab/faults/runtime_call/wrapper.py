"""One call of a wrapped runc: containers that the fault picks are created otherwise.

Settings, beside those of `oci_wrapper.calls.Settings`, whose file is `wrapper`: `containers` (which
of a pod's, counted from 1 in the order in which they were created first; empty for all),
`restarted` (only where such a container is created again), `own_compartment`, `search`, the search
list of its resolv.conf (null leaves it), `hosts`, lines that are added to its hosts file, both of
which may name the pod's namespace, `<namespace>`; `arguments`, words of its command line with those
that stand in their place; and `rules`, a file of nft's that is loaded into its network namespace.

A sandbox's record holds `order`, the names of its containers, one a line for each creation.
"""

# ruff: noqa: PTH103, PTH123, PTH208 - see the package: pathlib is dear to import

import fcntl
import os
import subprocess

from lab.oci_wrapper import compartments
from lab.oci_wrapper.calls import Call, Settings
from lab.oci_wrapper.documents import (
    WrapperError,
    as_document,
    as_documents,
    as_list,
    as_text,
    read,
    write,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.oci_wrapper.documents import Document

GIVE_BACK = "give-back"
"""The call, not of runc, that gives back what every container was given."""


def main(path: str, arguments: "Sequence[str]") -> int:
    """Do what containerd asks; return 1, and say why, where that cannot be done."""
    call = Call(arguments)
    try:
        settings = read(path)
        wrapper = Settings(as_text(settings["wrapper"], path))
        if call.action == GIVE_BACK:
            for container in os.listdir(wrapper.state):
                compartments.give_back(wrapper, container)
            return 0
        if call.action == "create":
            return _create(settings, wrapper, call)
        if call.action == "delete":
            compartments.give_back(wrapper, call.container)
        call.hand_over(wrapper.runc)
    except (WrapperError, OSError) as error:
        call.report_error(f"{call.action} {call.container}: {error}")
    return 1


def _create(settings: "Document", wrapper: Settings, call: Call) -> int:
    path = f"{call.bundle}/config.json"
    spec = read(path)
    os.makedirs(wrapper.record(call.container), exist_ok=True)
    kind = compartments.annotation(spec, "container-type")
    if kind == "sandbox":
        compartments.remember_sandbox(wrapper, call.container, spec)
    # What shares the node's network namespace is none of a pod's network.
    is_in_pod = kind == "container" and compartments.network_namespace(spec) is not None
    if not (is_in_pod and _is_picked(settings, wrapper, spec)):
        call.hand_over(wrapper.runc)
    _edit_files(settings, wrapper, call.container, spec)
    _edit_arguments(settings, spec)
    _load_rules(settings, spec)
    if settings["own_compartment"] is True:
        compartments.make_compartment(wrapper, call.container, spec)
        compartments.enter_compartment(wrapper, call.container, spec)
    write(path, spec)
    wrapper.note(f"{call.container} ({_name(spec)}) is created otherwise")
    # Not handed over: when runc fails, nobody need call delete, and addresses must go back.
    code = call.run(wrapper.runc)
    if code:
        compartments.give_back(wrapper, call.container)
    return code


def _name(spec: "Document") -> str:
    return compartments.annotation(spec, "container-name")


def _is_picked(settings: "Document", wrapper: Settings, spec: "Document") -> bool:
    """Tell whether it is one of those that the fault concerns; counts it as created."""
    record = wrapper.record(compartments.annotation(spec, "sandbox-id"))
    os.makedirs(record, exist_ok=True)
    with open(f"{record}/order", "a+", encoding="utf-8") as order:
        fcntl.flock(order, fcntl.LOCK_EX)
        order.seek(0)
        names = order.read().splitlines()
        order.write(f"{_name(spec)}\n")
    created_before = _name(spec) in names
    ordinal = 1 + [*dict.fromkeys([*names, _name(spec)])].index(_name(spec))
    wanted = as_list(settings["containers"], "containers")
    return (not wanted or ordinal in wanted) and (
        settings["restarted"] is not True or created_before
    )


def _edit_arguments(settings: "Document", spec: "Document") -> None:
    instead = as_document(settings["arguments"], "arguments")
    process = as_document(spec.get("process") or {}, "process")
    words = [as_text(word, "a word") for word in as_list(process.get("args"), "args")]
    process["args"] = [instead.get(word, word) for word in words]


def _load_rules(settings: "Document", spec: "Document") -> None:
    rules, namespace = as_text(settings["rules"], "rules"), compartments.network_namespace(spec)
    if not rules or namespace is None:
        return
    path = as_text(namespace["path"], "the network namespace's path")
    argv = ["nsenter", f"--net={path}", "--", "nft", "-f", rules]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WrapperError(f"{' '.join(argv)}: {done.stderr.strip()}")


def _edit_files(settings: "Document", wrapper: Settings, container: str, spec: "Document") -> None:
    """Give the container files of its own: a pod's containers share them otherwise."""
    namespace = compartments.annotation(spec, "sandbox-namespace")

    def texts(name: str) -> list[str]:
        given = (as_text(each, name) for each in as_list(settings[name], name))
        return [text.replace("<namespace>", namespace) for text in given]

    for mount in as_documents(spec.get("mounts"), "mounts"):
        destination = mount.get("destination")
        with_search = destination == "/etc/resolv.conf" and settings["search"] is not None
        with_hosts = destination == "/etc/hosts" and settings["hosts"] != []
        if not (with_search or with_hosts):
            continue
        with open(as_text(mount["source"], "a mount's source"), encoding="utf-8") as given:
            lines = given.readlines()
        if with_search:
            search = texts("search")
            lines = [line for line in lines if not line.startswith("search")]
            lines[:0] = [f"search {' '.join(search)}\n"] if search else []
        else:
            lines += [f"{line}\n" for line in texts("hosts")]
        edited = f"{wrapper.record(container)}/{str(destination).rpartition('/')[2]}"
        with open(edited, "w", encoding="utf-8") as output:
            output.writelines(lines)
        mount["source"] = edited
