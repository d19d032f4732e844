"""The options by which pytest is told which cluster to ask, and how."""

import pytest

from conformance.settings import RunSettings
from conformance.timeouts import Profile
from verdicts.vocabulary import RunProfile


def add_options(parser: pytest.Parser) -> None:
    """Add the options, under the names that `netparity run` has for them."""
    group = parser.getgroup("netparity", "which cluster to ask, and how")
    for name, meaning in {
        "--kubeconfig": "the cluster's kubeconfig; KUBECONFIG alone is not taken",
        "--context": "context of the kubeconfig",
        "--facts": "YAML file that declares what the API does not show",
        "--out": "directory of this run's files (default $ARTIFACTS, else out/<time>)",
        "--run-dir": "directory of a run that another process prepared",
        "--conductor": "pid of that process; asking ends when it has",
        "--agnhost-image": "image of probes and peers",
        "--capture-image": "image with tcpdump for the evidence pods",
        "--profile": "how much is asked: core, or full with the extended checks",
        "--patience": "how long to wait for what the cluster does in its own time: field or lab",
    }.items():
        group.addoption(name, default=None, help=meaning)
    for name, meaning in {
        "--platform": "ID=SELECTOR: judge the nodes with these labels as this platform",
        "--require-platform": "a platform without which the run ends with 2",
        "--feature": "ask only the checks of this row",
        "--node": "ask only this one of the nodes that would be judged",
        "--check": "ask this check, extended or not, and of the others only those of its row",
    }.items():
        group.addoption(name, action="append", default=[], help=f"{meaning}; repeatable")
    for name, meaning in {
        "--reuse-fleet": "use a kept fleet again, and keep it",
        "--keep": "leave the fleet in the cluster",
    }.items():
        group.addoption(name, action="store_true", default=False, help=meaning)


def settings_of(config: pytest.Config) -> RunSettings:
    """Return the settings that pytest's options make.

    Raises:
        UsageError: an option names what does not exist.
    """
    option = config.getoption
    return RunSettings.parsed(
        kubeconfig=option("--kubeconfig"),
        context=option("--context"),
        facts=option("--facts"),
        platform=option("--platform"),
        require_platform=option("--require-platform"),
        feature=option("--feature"),
        node=option("--node"),
        check=option("--check"),
        profile=option("--profile") or RunProfile.CORE,
        patience=option("--patience") or Profile.FIELD,
        reuse_fleet=option("--reuse-fleet"),
        keep=option("--keep"),
        out=option("--out"),
        agnhost_image=option("--agnhost-image"),
        capture_image=option("--capture-image"),
    )
