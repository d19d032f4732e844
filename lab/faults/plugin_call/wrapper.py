"""One call of a wrapped plugin: passed on, left out, answered again, followed by commands.

Settings: `plugin` (the real one), `network` (calls for others pass untouched), `not_executed` (CNI
commands that succeed without having been executed), `repeated` (which ADD, counted from 1, gets
the answer of the first), `inside` and `outside` (command lines to run after an ADD, in the pod's
network namespace and in the node's), `folder` (where what was done is written down).

https://www.cni.dev/docs/spec/#section-2-execution-protocol
"""

# ruff: noqa: PTH103, PTH123 - see the package: pathlib is dear to import

import fcntl
import json
import os
import subprocess
import sys

from lab.oci_wrapper.documents import (
    WrapperError,
    as_document,
    as_documents,
    as_list,
    as_text,
    parsed,
    read,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.oci_wrapper.documents import Document

CALLS = "calls.log"
"""A line a call that was handled: command, container, pod, and what was done."""
OWED = "owed"
"""Folder of the calls that were not executed, each with its environment and its input."""
_FAILED = 999
"""A code of our own: those below 100 are the specification's."""


class Wrapper:
    """A plugin's call, with the settings of the fault that wraps it."""

    def __init__(self, settings: "Document") -> None:
        self.settings = settings
        self.plugin = as_text(settings["plugin"], "plugin")
        self.folder = as_text(settings["folder"], "folder")
        self.command = os.environ.get("CNI_COMMAND", "")
        self.container = os.environ.get("CNI_CONTAINERID", "")

    def handle(self, given: str) -> int:
        """Do what the fault does with the call, and return the exit code."""
        configuration = as_document(parsed(given or "{}", "the configuration"), "configuration")
        if configuration.get("name") != self.settings["network"]:
            return self._passed_on(given)
        if self.command in as_list(self.settings["not_executed"], "not_executed"):
            self._owe(given)
            self._note("not executed")
            return 0
        if self.command != "ADD":
            return self._passed_on(given)
        return self._add(given)

    def _passed_on(self, given: str) -> int:
        """Let the plugin do it, with what it says going where ours goes."""
        done = subprocess.run([self.plugin], input=given, text=True, check=False)
        return done.returncode

    def _add(self, given: str) -> int:
        with open(f"{self.folder}/turn", "a+", encoding="utf-8") as turn:
            # One ADD at a time is counted, so that of two at once one is the first.
            fcntl.flock(turn, fcntl.LOCK_EX)
            turn.seek(0)
            lines = turn.read().splitlines()
            if lines and len(lines) + 1 == self.settings["repeated"]:
                said, code = lines[0], 0
                self._note("answered as the first")
            else:
                done = subprocess.run(
                    [self.plugin], input=given, stdout=subprocess.PIPE, text=True, check=False
                )
                said, code = done.stdout, done.returncode
            if code == 0:
                turn.write(f"{json.dumps(json.loads(said))}\n")
        if code == 0:
            self._follow(as_document(parsed(said, "the result"), "result"))
        sys.stdout.write(said)
        return code

    def _follow(self, result: "Document") -> None:
        """Run what comes after an ADD."""
        words = self._words(result)
        namespace = os.environ["CNI_NETNS"]
        for command in as_list(self.settings["inside"], "inside"):
            self._run(["nsenter", f"--net={namespace}", "--"], command, words)
        for command in as_list(self.settings["outside"], "outside"):
            self._run([], command, words)
        self._note("followed")

    def _run(self, prefix: list[str], command: object, words: dict[str, str]) -> None:
        argv = [*prefix]
        assert isinstance(command, list)
        for word in command:
            text = str(word)
            for name, value in words.items():
                text = text.replace(f"<{name}>", value)
            argv.append(text)
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise WrapperError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")

    def _words(self, result: "Document") -> dict[str, str]:
        """Return what commands may name of the pod's endpoint, from the plugin's result."""
        addresses = as_documents(result.get("ips"), "ips")
        first = addresses[0] if addresses else {}
        address = as_text(first.get("address", ""), "address")
        interface = os.environ.get("CNI_IFNAME", "")
        macs = {
            as_text(link["name"], "name"): as_text(link.get("mac", ""), "mac")
            for link in as_documents(result.get("interfaces"), "interfaces")
            if link.get("sandbox")
        }
        head, _, octet = address.partition("/")[0].rpartition(".")
        return {
            "address": address.partition("/")[0],
            "length": address.partition("/")[2],
            "octet": octet,
            "moved": f"{head}.{(int(octet or 0) + 128) % 256}",
            "gateway": as_text(first.get("gateway", ""), "gateway"),
            "interface": interface,
            "mac": macs.get(interface, ""),
        }

    def _owe(self, given: str) -> None:
        folder = f"{self.folder}/{OWED}"
        os.makedirs(folder, exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if k.startswith("CNI_")}
        name = f"{self.command}-{self.container}-{os.environ.get('CNI_IFNAME', '')}"
        with open(f"{folder}/{name}.json", "w", encoding="utf-8") as output:
            json.dump({"environment": environment, "input": given}, output)

    def _note(self, what: str) -> None:
        arguments = dict(
            each.split("=", 1) for each in os.environ.get("CNI_ARGS", "").split(";") if "=" in each
        )
        pod = arguments.get("K8S_POD_NAME", "")
        with open(f"{self.folder}/{CALLS}", "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.container} {pod} {what}\n")


def main(path: str) -> int:
    """Handle the call that the environment and the standard input are; tell errors as CNI does."""
    try:
        return Wrapper(read(path)).handle(sys.stdin.read())
    except (WrapperError, OSError, ValueError, KeyError) as error:
        said = f"netparity's fault: {error}"
        json.dump({"cniVersion": "1.0.0", "code": _FAILED, "msg": said}, sys.stdout)
        return 1
