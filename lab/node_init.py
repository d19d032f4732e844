"""PID 1 of a node (and of the control plane): its mounts, its processes, nobody else's.

Run as a file, by the standard library alone, in fresh PID, mount, UTS and IPC namespaces. It
gets two arguments: a JSON file (`MachineSpec`) and the number of the file descriptor of a listening
socket. Through that it takes requests, one JSON line each, and answers in the same way; all their
shapes are in `lab.init_protocol`.

When it ends, by SIGKILL for example, the kernel ends everything below it.
"""

import ctypes
import json
import os
import resource
import selectors
import signal
import socket
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lab.init_protocol import Answer, MachineSpec, Refusal, Request, Start, Started

_MS_BIND, _MS_REC, _MS_PRIVATE, _MS_SHARED = 4096, 16384, 1 << 18, 1 << 20
_STATUS_CODES = 128
# Folders of the host that are seen through an overlay, so that writes stay inside.
_LAYERED = ("/etc", "/var/lib", "/var/log")

_libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount something somewhere; an error names both."""
    done = _libc.mount(
        source.encode(), target.encode(), kind.encode(), flags, options.encode() or None
    )
    if done != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"mount {source} on {target}: {os.strerror(code)}")


def prepare(spec: "MachineSpec") -> None:
    """Join the cgroups, set the sysctls and lay the node's own folders over the host's."""
    for tasks in spec["cgroups"]:
        Path(tasks).write_text("0")
    socket.sethostname(spec["hostname"])
    for name, value in spec.get("sysctls", {}).items():
        Path("/proc/sys", name.replace(".", "/")).write_text(value)
    for switch in Path("/proc/sys/net/bridge").glob("bridge-nf-call-*tables"):
        # Where br_netfilter is loaded, bridges are no wires any more; here they are everywhere.
        switch.write_text("0")
    kept = {path: os.open(path, os.O_PATH) for path in spec["keep"]}
    mount("none", "/", "none", _MS_REC | _MS_PRIVATE)
    mount("tmpfs", "/run", "tmpfs", 0, "mode=755")
    for folder in ("netns", "lock"):
        Path("/run", folder).mkdir()
    for folder in _LAYERED:
        _layer(folder)
    for source, target in spec.get("binds", []):
        _bind(source, target)
    for path, handle in kept.items():
        _show_again(path, handle)
    # Containers get their mounts from here on, and only from here.
    mount("none", "/", "none", _MS_REC | _MS_SHARED)


def _layer(folder: str) -> None:
    """Keep the host's folder readable; what the node writes there is on its own tmpfs."""
    layers = Path("/run/layers", folder.strip("/").replace("/", "-"))
    upper, work = layers / "upper", layers / "work"
    upper.mkdir(parents=True)
    work.mkdir()
    mount("overlay", folder, "overlay", 0, f"lowerdir={folder},upperdir={upper},workdir={work}")


def _bind(source: str, target: str) -> None:
    if Path(source).is_dir():
        Path(target).mkdir(parents=True, exist_ok=True)
    elif not Path(target).exists():
        Path(target).touch()
    mount(source, target, "none", _MS_BIND)


def _show_again(path: str, handle: int) -> None:
    """Mount a folder back to its path, if one of the mounts above has hidden it."""
    try:
        hidden = not os.path.samestat(Path(path).stat(), os.fstat(handle))
    except FileNotFoundError:
        hidden = True
    if hidden:
        Path(path).mkdir(parents=True, exist_ok=True)
        mount(f"/proc/self/fd/{handle}", path, "none", _MS_BIND | _MS_REC)
    os.close(handle)


class Supervisor:
    """Starts, stops and reaps the processes of one machine."""

    def __init__(self) -> None:
        self.pids: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        """Exit codes of those that ended unasked."""
        self.stopping: dict[int, list[socket.socket]] = {}

    def start(self, request: "Start") -> "Started | Refusal":
        """Start a named process; refuse while one of that name runs."""
        name = request["name"]
        if name in self.pids:
            return {"error": f"{name} is already running as pid {self.pids[name]}"}
        pid = os.fork()
        if pid == 0:
            _become(request)
        self.pids[name] = pid
        self.ended.pop(name, None)
        return {"pid": pid}

    def reap(self) -> None:
        """Take the exit status of every child that ended, orphans included."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            asked = self.stopping.pop(pid, [])
            for name, known in list(self.pids.items()):
                if known == pid:
                    del self.pids[name]
                    if not asked:
                        self.ended[name] = os.waitstatus_to_exitcode(status)
            for waiting in asked:
                _reply(waiting, {"stopped": pid})

    def answer(self, connection: socket.socket, request: "Request") -> None:
        """Do what one request asks; a stop is answered when the process has ended."""
        match request["op"]:
            case "start":
                _reply(connection, self.start(request))
            case "stop" if request["name"] in self.pids:
                pid = self.pids[request["name"]]
                self.stopping.setdefault(pid, []).append(connection)
                # Its whole session: what it is running, iptables for example, ends with it.
                os.killpg(pid, signal.SIGKILL)
            case "stop":
                _reply(connection, {"stopped": None})
            case "status":
                _reply(connection, {"running": self.pids, "ended": self.ended})
            case other:
                _reply(connection, {"error": f"unknown request {other!r}"})


def _become(request: "Start") -> None:
    """Turn the forked child into the process asked for; never returns."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.closerange(3, 256)
        if request["nofile"]:
            resource.setrlimit(resource.RLIMIT_NOFILE, (request["nofile"], request["nofile"]))
        os.execvpe(request["argv"][0], request["argv"], request["env"])  # noqa: S606 - no shell
    except OSError as error:
        os.write(2, f"{request['argv'][0]}: {error}\n".encode())
    finally:
        os._exit(127)


def _reply(connection: socket.socket, answer: "Answer") -> None:
    try:
        connection.sendall(json.dumps(answer).encode() + b"\n")
    except OSError as error:
        # Who asked is gone, for example killed; the node itself goes on.
        sys.stderr.write(f"reply lost: {error}\n")
    connection.close()


def _request(connection: socket.socket) -> "Request | None":
    with connection.makefile("rb") as stream:
        line = stream.readline()
    request: Request | None = json.loads(line) if line else None
    return request


def main() -> None:
    """Prepare the machine, then serve until killed."""
    spec = json.loads(Path(sys.argv[1]).read_text())
    prepare(spec)
    supervisor = Supervisor()
    wakeup, signalled = socket.socketpair()
    for end in (wakeup, signalled):
        end.settimeout(0)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakeup.fileno())
    listener = socket.socket(fileno=int(sys.argv[2]))
    listener.set_inheritable(False)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(signalled, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is signalled:
                    signalled.recv(_STATUS_CODES)
                    supervisor.reap()
                    continue
                connection, _ = listener.accept()
                connection.settimeout(5)
                try:
                    request = _request(connection)
                except (OSError, ValueError) as error:
                    _reply(connection, {"error": f"unreadable request: {error}"})
                    continue
                if request is None:
                    connection.close()
                else:
                    supervisor.answer(connection, request)


if __name__ == "__main__":
    main()
