"""One call of a wrapped plugin: passed on, left out, answered again, edited, followed by commands.

Settings, all of them there:

- `plugin`, the real one; `network`, calls for others pass untouched; `folder`, where what was done
  is written down; `machine`, the folder of the node's control socket;
- `not_executed`, CNI commands that succeed without having been executed; `apart`, seconds after such
  a command was executed within which others are not, 0 for none executed at all; `ipam`, a program
  that is called in place of a DEL that was not, or empty;
- `subnet`, the only range that IPAM is told, or empty;
- `pods`, patterns of names with at most one star: only these pods get what follows, or all of them
  where there is none;
- `repeated`, which ADD of a namespace, counted from 1, gets the answer of the first;
- `inside` and `outside`, command lines to run after an ADD, in the pod's network namespace and in
  the node's; `farewell`, those to run inside in place of a DEL that is not executed. One that
  begins with a hyphen may fail;
- `server`, the command line of a program that runs in the pod's network namespace from its ADD to
  a DEL that is executed, or none.

https://www.cni.dev/docs/spec/#section-2-execution-protocol
"""

# ruff: noqa: PTH103, PTH110, PTH123 - see the package: pathlib is dear to import

import fcntl
import json
import os
import subprocess
import sys
import time

from lab.faults.plugin_call.endpoint import words_of
from lab.faults.plugin_call.stand_ins import start_beside, stop_beside
from lab.oci_wrapper.documents import (
    WrapperError,
    as_document,
    as_list,
    as_text,
    parsed,
    read,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.oci_wrapper.documents import Document, Json

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
        self.machine = as_text(settings["machine"], "machine")
        self.server = as_list(settings["server"], "server")
        self.command = os.environ.get("CNI_COMMAND", "")
        self.container = os.environ.get("CNI_CONTAINERID", "")
        arguments = dict(
            each.split("=", 1) for each in os.environ.get("CNI_ARGS", "").split(";") if "=" in each
        )
        self.pod = arguments.get("K8S_POD_NAME", "")
        self.namespace = arguments.get("K8S_POD_NAMESPACE", "")

    def handle(self, given: str) -> int:
        """Do what the fault does with the call, and return the exit code."""
        configuration = as_document(parsed(given or "{}", "the configuration"), "configuration")
        if configuration.get("name") != self.settings["network"]:
            return self._passed_on(given)
        if self.command in as_list(self.settings["not_executed"], "not_executed") and (
            self._comes_too_soon()
        ):
            return self._left_out(given)
        if self.command == "ADD":
            return self._add(self._edited(configuration, given))
        code = self._passed_on(given)
        if self.command == "DEL" and self.server:
            stop_beside(self.machine, self.container)
        return code

    def _passed_on(self, given: str) -> int:
        """Let the plugin do it, with what it says going where ours goes."""
        done = subprocess.run([self.plugin], input=given, text=True, check=False)
        return done.returncode

    def _comes_too_soon(self) -> bool:
        """Tell whether a call is not to be executed; one that was not stays so when it is repeated."""
        apart = self.settings["apart"]
        if not isinstance(apart, int | float) or not apart:
            return True
        with open(f"{self.folder}/last-{self.command}", "a+", encoding="utf-8") as last:
            fcntl.flock(last, fcntl.LOCK_EX)
            last.seek(0)
            now, before = time.time(), float(last.read() or 0)
            if os.path.exists(self._debt()) or now - before < apart:
                return True
            last.truncate(0)
            last.write(str(now))
        return False

    def _left_out(self, given: str) -> int:
        namespace = os.environ.get("CNI_NETNS", "")
        if self._is_concerned() and namespace and os.path.exists(namespace):
            self._run_all("farewell", ["nsenter", f"--net={namespace}", "--"], self._names())
        self._owe(given)
        self._note("not executed")
        ipam = as_text(self.settings["ipam"], "ipam")
        if ipam:
            done = subprocess.run([ipam], input=given, text=True, check=False)
            return done.returncode
        return 0

    def _edited(self, configuration: "Document", given: str) -> str:
        """Return the input with the one range that IPAM is told."""
        subnet = as_text(self.settings["subnet"], "subnet")
        if not subnet:
            return given
        ipam = as_document(configuration["ipam"], "ipam")
        ranges: Json = [[{"subnet": subnet}]]
        return json.dumps(configuration | {"ipam": ipam | {"ranges": ranges}})

    def _add(self, given: str) -> int:
        turns = f"{self.folder}/turns-{self.namespace}"
        with open(turns, "a+", encoding="utf-8") as turn:
            # One ADD at a time is counted, so that of two at once one is the first.
            fcntl.flock(turn, fcntl.LOCK_EX)
            turn.seek(0)
            lines = turn.read().splitlines()
            is_concerned = self._is_concerned()
            if is_concerned and lines and len(lines) + 1 == self.settings["repeated"]:
                said, code = lines[0], 0
                self._note("answered as the first")
            else:
                done = subprocess.run(
                    [self.plugin], input=given, stdout=subprocess.PIPE, text=True, check=False
                )
                said, code = done.stdout, done.returncode
            if code == 0 and is_concerned:
                turn.write(f"{json.dumps(json.loads(said))}\n")
        if code == 0 and is_concerned:
            self._follow(as_document(parsed(said, "the result"), "result"))
        sys.stdout.write(said)
        return code

    def _is_concerned(self) -> bool:
        patterns = as_list(self.settings["pods"], "pods")
        return not patterns or any(_fits(self.pod, str(pattern)) for pattern in patterns)

    def _follow(self, result: "Document") -> None:
        """Run what comes after an ADD."""
        words = words_of(result, os.environ.get("CNI_IFNAME", "")) | self._names()
        namespace = os.environ["CNI_NETNS"]
        inside = ["nsenter", f"--net={namespace}", "--"]
        self._run_all("inside", inside, words)
        self._run_all("outside", [], words)
        if self.server:
            argv = [*inside, *(_filled(str(word), words) for word in self.server)]
            start_beside(self.machine, self.container, argv, log=f"{self.folder}/stand-ins.log")
        self._note("followed")

    def _names(self) -> dict[str, str]:
        return {"pod": self.pod, "ordinal": self.pod.rpartition("-")[2]}

    def _run_all(self, which: str, prefix: list[str], words: dict[str, str]) -> None:
        for command in as_list(self.settings[which], which):
            first, *rest = (str(word) for word in as_list(command, which))
            argv = [*prefix, *(_filled(word, words) for word in (first.lstrip("-"), *rest))]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode and not first.startswith("-"):
                said = done.stderr.strip() or done.stdout.strip()
                raise WrapperError(f"{' '.join(argv)}: {said}")

    def _debt(self) -> str:
        """Return the path of what is written down of a call that was not executed."""
        name = f"{self.command}-{self.container}-{os.environ.get('CNI_IFNAME', '')}"
        return f"{self.folder}/{OWED}/{name}.json"

    def _owe(self, given: str) -> None:
        os.makedirs(f"{self.folder}/{OWED}", exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if k.startswith("CNI_")}
        with open(self._debt(), "w", encoding="utf-8") as output:
            json.dump({"environment": environment, "input": given}, output)

    def _note(self, what: str) -> None:
        with open(f"{self.folder}/{CALLS}", "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.container} {self.pod} {what}\n")


def _filled(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(f"<{name}>", value)
    return text


def _fits(name: str, pattern: str) -> bool:
    head, star, tail = pattern.partition("*")
    return name == pattern if not star else name.startswith(head) and name.endswith(tail)


def main(path: str) -> int:
    """Handle the call that the environment and the standard input are; tell errors as CNI does."""
    try:
        return Wrapper(read(path)).handle(sys.stdin.read())
    except (WrapperError, OSError, ValueError, KeyError) as error:
        said = f"netparity's fault: {error}"
        json.dump({"cniVersion": "1.0.0", "code": _FAILED, "msg": said}, sys.stdout)
        return 1
