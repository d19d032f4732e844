"""A run in a cluster of memory, and what it told."""

from pathlib import Path

from conformance.run import Run
from conformance.settings import RunSettings
from tests.conformance.fake_cluster import FakeCluster


class Told(list[str]):
    """What a run told its user."""

    def __call__(self, line: str) -> None:
        self.append(line)

    @property
    def text(self) -> str:
        return "\n".join(self)


def prepared(cluster: FakeCluster, told: Told, out: Path, **options: object) -> Run:
    options = {"kubeconfig": "/dev/null", "out": str(out), **options}
    settings = RunSettings.parsed(**options)  # type: ignore[arg-type]  # options as typed
    return Run.prepare(settings, tell=told, cluster=cluster)
