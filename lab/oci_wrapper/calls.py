"""How the OCI wrapper is called and configured, and how it tells what it did."""

# ruff: noqa: PTH123 - see the package: pathlib is dear to import

import json
import os
import subprocess
import time

from lab.oci_wrapper.documents import WrapperError, as_list, as_text, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

SETTINGS = frozenset(
    {"runc", "state", "log", "cni_configuration", "cni_plugins"}
    | {"own_compartment", "plain_resolv_conf"}
)
_OPTIONS_WITH_VALUE = frozenset({"--root", "--log", "--log-format", "--criu", "--rootless"})
_ACTION_OPTIONS_WITH_VALUE = frozenset(
    {"--bundle", "-b", "--console-socket", "--pid-file", "--preserve-fds"}
)


class Settings:
    """What one node's wrapper does, from its configuration file."""

    def __init__(self, path: str) -> None:
        document = read(path)
        if set(document) != SETTINGS:
            odd = ", ".join(sorted(set(document) ^ SETTINGS))
            raise WrapperError(f"{path}: missing or unknown: {odd}")
        self.runc = as_text(document["runc"], path)
        self.state = as_text(document["state"], path)
        self.log = as_text(document["log"], path)
        self.cni_configuration = as_text(document["cni_configuration"], path)
        folders = as_list(document["cni_plugins"], path)
        self.cni_plugins = [as_text(folder, path) for folder in folders]
        self.own_compartment = document["own_compartment"] is True
        self.plain_resolv_conf = document["plain_resolv_conf"] is True

    def record(self, container: str) -> str:
        """Return the folder of what is remembered of a container."""
        return f"{self.state}/{container}"

    def note(self, line: str) -> None:
        """Add a line to the node's log of what the wrapper did."""
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"{_now()} {line}\n")


class Call:
    """A runc command line, as far as the wrapper has to understand it."""

    def __init__(self, arguments: "Sequence[str]") -> None:
        self.arguments = arguments
        self.options: dict[str, str] = {}
        self.action = ""
        self.container = ""
        words = iter(arguments)
        for word in words:
            if word.startswith("-"):
                self._take_option(word, words)
            elif not self.action:
                self.action = word
            else:
                self.container = word

    @property
    def bundle(self) -> str:
        """The folder of a container to create."""
        return self.options.get("--bundle") or self.options.get("-b") or "."

    def run(self, runc: str) -> int:
        """Let runc do it and return its exit code; its standard streams are the container's."""
        return subprocess.run([runc, *self.arguments], close_fds=False, check=False).returncode

    def hand_over(self, runc: str) -> "NoReturn":
        """Become runc."""
        os.execv(runc, [runc, *self.arguments])  # noqa: S606 - no shell is wanted

    def report_error(self, message: str) -> None:
        """Tell an error on stderr and in the log that containerd reads, in runc's format."""
        os.write(2, f"netparity OCI wrapper: {message}\n".encode())
        log = self.options.get("--log")
        if log is None:
            return
        line = f'time="{_now()}" level=error msg={json.dumps(message)}'
        if self.options.get("--log-format") == "json":
            line = json.dumps({"level": "error", "msg": message, "time": _now()})
        with open(log, "a", encoding="utf-8") as output:
            output.write(f"{line}\n")

    def _take_option(self, word: str, words: "Iterator[str]") -> None:
        name, has_value, value = word.partition("=")
        takes = _ACTION_OPTIONS_WITH_VALUE if self.action else _OPTIONS_WITH_VALUE
        if not has_value and name in takes:
            value = next(words, "")
        self.options[name] = value


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
