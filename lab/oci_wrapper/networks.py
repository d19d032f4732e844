"""A node's own CNI configuration, applied to a container's namespace as libcni would.

https://www.cni.dev/docs/spec/#section-4-plugin-delegation: the plugins of a list in order, each
with its predecessor's result; on DEL in reverse, with the stored result. As in containerd, the
networks come in the order of their files, as eth0, eth1 and so on, after the loopback.
"""

# ruff: noqa: PTH208 - see the package: pathlib is dear to import

import json
import os
import subprocess

from lab.oci_wrapper.documents import (
    WrapperError,
    as_document,
    as_documents,
    as_text,
    parsed,
    read,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.oci_wrapper.calls import Settings
    from lab.oci_wrapper.documents import Document


def configured(folder: str) -> "list[Document]":
    """Return the networks of a folder: name, cniVersion, plugins and interface of each."""
    names = sorted(name for name in os.listdir(folder) if name.endswith((".conflist", ".conf")))
    if not names:
        raise WrapperError(f"no CNI configuration in {folder}")
    networks: list[Document] = []
    for index, name in enumerate(names):
        path = f"{folder}/{name}"
        network = read(path)
        networks.append(
            {
                "name": as_text(network.get("name"), path),
                "cniVersion": as_text(network.get("cniVersion"), path),
                # A .conf is one plugin, a .conflist a list of them.
                "plugins": network.get("plugins", [network]),
                "interface": f"eth{index}",
            }
        )
    loopback: Document = {
        "name": "loopback",
        "cniVersion": networks[0]["cniVersion"],
        "plugins": [{"type": "loopback"}],
        "interface": "lo",
    }
    return [loopback, *networks]


class Attachment:
    """A container's namespace, to which networks are added and from which they are deleted."""

    def __init__(
        self, settings: "Settings", *, container: str, namespace: str, arguments: str
    ) -> None:
        self._settings = settings
        self._container = container
        self._environment = os.environ | {
            "CNI_CONTAINERID": container,
            "CNI_NETNS": namespace,
            "CNI_ARGS": arguments,
            "CNI_PATH": ":".join(settings.cni_plugins),
        }

    def add(self, network: "Document") -> None:
        """Run ADD of every plugin; the last result is kept in the network."""
        for plugin in as_documents(network["plugins"], "plugins"):
            said, what = self._run("ADD", network, plugin)
            network["result"] = parsed(said, what)

    def delete(self, network: "Document") -> None:
        """Run DEL of every plugin, the last first."""
        for plugin in reversed(as_documents(network["plugins"], "plugins")):
            self._run("DEL", network, plugin)

    def _run(self, command: str, network: "Document", plugin: "Document") -> tuple[str, str]:
        """Run one plugin and return what it said, and what to call that."""
        identity = {"name": network["name"], "cniVersion": network["cniVersion"]}
        configuration = plugin | identity
        if "result" in network:
            configuration["prevResult"] = network["result"]
        kind = as_text(plugin.get("type"), "a CNI plugin's type")
        interface = as_text(network["interface"], "interface")
        what = f"CNI {command} of {network['name']}/{kind} as {interface} for {self._container}"
        answer = subprocess.run(
            [self._program(kind)],
            input=json.dumps(configuration).encode(),
            env=self._environment | {"CNI_COMMAND": command, "CNI_IFNAME": interface},
            capture_output=True,
            check=False,
        )
        said = answer.stdout.decode(errors="replace").strip()
        self._settings.note(f"{what}: exit code {answer.returncode} {' '.join(said.split())}")
        if answer.returncode:
            raise WrapperError(f"{what}: {_reason(said) or answer.stderr.decode().strip()}")
        return said, what

    def _program(self, kind: str) -> str:
        folders = self._settings.cni_plugins
        for folder in folders:
            if os.access(f"{folder}/{kind}", os.X_OK):
                return f"{folder}/{kind}"
        raise WrapperError(f"no CNI plugin {kind} in {', '.join(folders)}")


def _reason(said: str) -> str:
    """Return the message of a plugin's error result, or all that it said if that is none."""
    try:
        error = as_document(parsed(said, "CNI error"), "CNI error")
    except WrapperError:
        return said
    return " ".join(str(error[key]) for key in ("msg", "details") if error.get(key))
