"""The client: each way in which an API does not do as it was asked has a name and a next step."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.api_client import KubernetesCluster, connect
from conformance.cluster import Change
from conformance.errors import ClusterError, Forbidden, Missing, Unreachable, UsageError
from conformance.objects import JsonObject
from tests.conformance.api_server import Handler, api_server, kubeconfig, status

POD: JsonObject = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "p", "namespace": "n"},
}


@contextmanager
def served(tmp_path: Path, handle: Handler) -> Iterator[KubernetesCluster]:
    with api_server(handle) as url:
        yield connect(kubeconfig(tmp_path / "config", url))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "cannot be used"),
        ("{", "cannot be used"),
        ("just words", "cannot be used"),
        (
            "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n",
            "cannot be used",
        ),
    ],
)
def test_a_file_that_is_no_kubeconfig_is_a_usage_error(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "config"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UsageError, match=told):
        connect(path)


def test_a_context_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="context nowhere cannot be used"):
        connect(kubeconfig(tmp_path / "config", "http://192.0.2.1"), context="nowhere")


def test_nobody_at_the_address_is_unreachable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    cluster = connect(kubeconfig(tmp_path / "config", f"http://127.0.0.1:{port}"))

    with pytest.raises(Unreachable, match="no API server answers there") as told:
        cluster.get("/version")

    assert "this machine reaches its API" in told.value.next_step


def test_a_server_that_speaks_no_tls_is_unreachable(tmp_path: Path) -> None:
    with api_server(lambda *_: (200, b"{}")) as url:
        config = kubeconfig(tmp_path / "config", url.replace("http://", "https://"))

        with pytest.raises(Unreachable, match="no TLS connection"):
            connect(config).get("/version")


@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        (401, Forbidden, "does not accept these credentials"),
        (403, Forbidden, "the API server forbids it - pods is forbidden"),
        (404, Missing, "there is no such object"),
        (500, ClusterError, "the API server answered 500"),
        (429, ClusterError, "the API server answered 429"),
    ],
)
def test_an_answer_that_is_not_the_one_asked_for_has_a_name(
    tmp_path: Path, code: int, kind: type[ClusterError], told: str
) -> None:
    with (
        served(tmp_path, lambda *_: status(code, "pods is forbidden")) as cluster,
        pytest.raises(kind, match=told) as error,
    ):
        cluster.get("/api/v1/pods")

    assert error.value.status == code
    assert "GET /api/v1/pods" in str(error.value)


def test_a_server_that_is_no_api_is_named_so(tmp_path: Path) -> None:
    with (
        served(tmp_path, lambda *_: (200, b"[]")) as cluster,
        pytest.raises(ClusterError, match="Expected: a JSON object"),
    ):
        cluster.get("/version")


def test_the_token_goes_along_and_only_there(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []

    def handle(
        _method: str, _path: str, _body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        seen.append({name.lower(): value for name, value in headers.items()})
        return status(403, "no")

    with served(tmp_path, handle) as cluster, pytest.raises(Forbidden) as error:
        cluster.get("/version")

    assert seen[0]["authorization"] == "Bearer t0ken"
    assert "t0ken" not in str(error.value)


def test_what_exists_already_is_returned_by_create(tmp_path: Path) -> None:
    def handle(method: str, path: str, *_: object) -> tuple[int, bytes]:
        if method == "POST":
            return status(409, "already exists")
        return 200, json.dumps({**POD, "asked": path}).encode()

    with served(tmp_path, handle) as cluster:
        assert cluster.create(POD)["asked"] == "/api/v1/namespaces/n/pods/p"


def test_apply_and_label_send_what_the_api_knows_them_by(tmp_path: Path) -> None:
    seen: list[tuple[str, str, str, object]] = []

    def handle(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        seen.append((method, path, headers["Content-Type"], json.loads(body)))
        return 200, b"{}"

    with served(tmp_path, handle) as cluster:
        cluster.apply(POD)
        cluster.label("/api/v1/namespaces/n/pods/p", {"a": "b", "c": None})

    path = "/api/v1/namespaces/n/pods/p"
    assert seen == [
        (
            "PATCH",
            f"{path}?fieldManager=netparity&force=true",
            "application/apply-patch+yaml",
            POD,
        ),
        (
            "PATCH",
            path,
            "application/merge-patch+json",
            {"metadata": {"labels": {"a": "b", "c": None}}},
        ),
    ]


def test_deleting_what_is_gone_is_well(tmp_path: Path) -> None:
    seen: list[str] = []

    def handle(_method: str, path: str, *_: object) -> tuple[int, bytes]:
        seen.append(path)
        return status(404, "not found")

    with served(tmp_path, handle) as cluster:
        cluster.delete("/api/v1/namespaces/n/pods", grace=0)

    assert "gracePeriodSeconds=0" in seen[0]


def test_a_list_is_asked_for_by_selector(tmp_path: Path) -> None:
    def handle(_method: str, path: str, *_: object) -> tuple[int, bytes]:
        return 200, json.dumps({"items": [{"path": path}]}).encode()

    with served(tmp_path, handle) as cluster:
        assert cluster.list("/api/v1/nodes", selector="pool=a,b") == [
            {"path": "/api/v1/nodes?labelSelector=pool%3Da%2Cb"}
        ]


def test_a_watch_yields_events_and_ends_with_what_the_server_says(tmp_path: Path) -> None:
    lines = b"".join(
        json.dumps({"type": kind, "object": {**POD, "number": number}}).encode() + b"\n"
        for number, kind in enumerate(("ADDED", "MODIFIED", "DELETED"))
    )
    gone = json.dumps({"type": "ERROR", "object": {"code": 410, "message": "too old"}}).encode()

    with served(tmp_path, lambda *_: (200, lines + gone + b"\n")) as cluster:
        events = cluster.watch("/api/v1/namespaces/n/pods", selector="a=b", timeout=5)
        changes = [next(events).change for _ in range(3)]
        with pytest.raises(ClusterError, match="too old") as error:
            next(events)

    assert changes == [Change.ADDED, Change.MODIFIED, Change.DELETED]
    assert error.value.status == 410


def test_a_proxied_answer_is_an_answer_whatever_its_status(tmp_path: Path) -> None:
    with served(tmp_path, lambda _m, path, *_: (418, path.encode())) as cluster:
        pod = cluster.ask_pod("n", "p", 8080, "dial?host=a", timeout=5)
        node = cluster.ask_node("w", 10249, "proxyMode", timeout=5)

    assert (pod.status, pod.body) == (418, "/api/v1/namespaces/n/pods/p:8080/proxy/dial?host=a")
    assert node.body == "/api/v1/nodes/w:10249/proxy/proxyMode"


def test_an_answer_that_does_not_come_is_told_with_its_limit(tmp_path: Path) -> None:
    asked = threading.Event()

    def handle(*_: object) -> tuple[int, bytes]:
        asked.wait(1.0)
        return 200, b"{}"

    with (
        served(tmp_path, handle) as cluster,
        pytest.raises(ClusterError, match=r"no answer within 0\.2 s"),
    ):
        cluster.ask_pod("n", "p", 8080, "hostname", timeout=0.2)


def test_importing_the_framework_does_not_import_the_client() -> None:
    code = "import sys, conformance.plugin; sys.exit('kubernetes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
