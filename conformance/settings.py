"""Every knob of a run, read once; what is unknown or malformed is a usage error."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from pydantic import JsonValue

from conformance.errors import UsageError
from conformance.journal import JOURNAL_FILE
from conformance.platforms import PLATFORMS
from conformance.timeouts import Profile
from verdicts.vocabulary import Feature, Frozen, Level, RunProfile

AGNHOST_IMAGE = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"
"""The image of Kubernetes 1.37's own tests (test/utils/image/manifest.go)."""


class PlatformOverride(Frozen):
    """Nodes that a label selector chooses are judged as this platform, whatever they run."""

    platform: str
    selector: str

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Read `ID=SELECTOR`.

        Raises:
            UsageError: the text has another form, or the platform is not known.
        """
        platform, equals, selector = text.partition("=")
        if not equals or not selector:
            raise UsageError(
                f"--platform {text} is not ID=SELECTOR, as in windows-2016=pool=old: "
                "name a platform and a label selector"
            )
        return cls(platform=known_platform(platform, option="--platform"), selector=selector)


FACTS_FILE: Final = "facts.yaml"
"""A facts file of this name beside the kubeconfig is taken where --facts names no other."""


class RunSettings(Frozen):
    """What a run was asked to do."""

    kubeconfig: Path
    context: str | None = None
    facts: Path | None = None
    platforms: tuple[PlatformOverride, ...] = ()
    required_platforms: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    nodes: tuple[str, ...] = ()
    """Names of the judged nodes that are asked; empty for all of them."""
    checks: tuple[str, ...] = ()
    """Ids of checks that are asked whatever the profile, with the rest of their rows."""
    profile: RunProfile = RunProfile.CORE
    """How much is asked."""
    patience: Profile = Profile.FIELD
    reuse_fleet: bool = False
    keep: bool = False
    out: Path | None = None
    agnhost_image: str | None = None
    capture_image: str | None = None
    strict: bool = False
    nodes_per_platform: int = 1

    @classmethod
    def parsed(  # noqa: PLR0913  # one parameter an option, by keyword only
        cls,
        *,
        kubeconfig: str | None,
        context: str | None = None,
        facts: str | None = None,
        platform: Iterable[str] = (),
        require_platform: Iterable[str] = (),
        feature: Iterable[str] = (),
        node: Iterable[str] = (),
        check: Iterable[str] = (),
        profile: str = RunProfile.CORE,
        patience: str = Profile.FIELD,
        reuse_fleet: bool = False,
        keep: bool = False,
        out: str | None = None,
        agnhost_image: str | None = None,
        capture_image: str | None = None,
        strict: bool = False,
    ) -> Self:
        """Read the options as they were typed, under the same names everywhere.

        Raises:
            UsageError: an option names what does not exist, or has another form.
        """
        if not kubeconfig:
            raise UsageError(
                "no cluster is named: give --kubeconfig FILE (KUBECONFIG alone is not taken, so "
                "that nothing is ever created in a cluster by accident)"
            )
        chosen = _existing(kubeconfig, option="--kubeconfig")
        return cls(
            kubeconfig=chosen,
            context=context,
            facts=_existing(facts, option="--facts") if facts else _facts_beside(chosen),
            platforms=tuple(PlatformOverride.parsed(text) for text in platform),
            required_platforms=tuple(
                known_platform(name, option="--require-platform") for name in require_platform
            ),
            features=tuple(_known_feature(name) for name in feature),
            nodes=tuple(dict.fromkeys(node)),
            checks=tuple(dict.fromkeys(check)),
            profile=known_run_profile(profile),
            patience=_known_profile(patience),
            reuse_fleet=reuse_fleet,
            keep=keep,
            out=Path(out) if out else None,
            agnhost_image=agnhost_image,
            capture_image=capture_image,
            strict=strict,
        )

    @property
    def is_kept(self) -> bool:
        """The fleet stays when the run ends."""
        return self.keep or self.reuse_fleet

    @property
    def needs_extended_fleet(self) -> bool:
        """The fleet needs what extended checks ask; a check that is named may be one of them."""
        return self.profile.asks(Level.EXTENDED) or bool(self.checks)

    def run_directory(self) -> Path:
        """Return where this run's files go: `out`, else `$ARTIFACTS`, else `out/<time>`.

        Raises:
            UsageError: the directory holds another run's journal.
        """
        chosen = self.out or (Path(os.environ["ARTIFACTS"]) if _has_artifacts() else None)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        directory = (chosen or Path("out") / stamp).absolute()
        if (directory / JOURNAL_FILE).exists():
            raise UsageError(
                f"{directory} already holds a run: name another directory with --out, or remove it"
            )
        return directory

    def public(self) -> dict[str, JsonValue]:
        """Return the settings as a report shows them: no secret, no path of this machine."""
        shown = self.dump()
        shown["kubeconfig"] = self.kubeconfig.name
        shown["facts"] = self.facts.name if self.facts else None
        shown["out"] = self.out.name if self.out else None
        return shown


def known_platform(name: str, *, option: str) -> str:
    """Return the platform id.

    Raises:
        UsageError: there is no such platform.
    """
    if name not in PLATFORMS:
        raise UsageError(f"{option} {name}: no such platform; one of {', '.join(PLATFORMS)}")
    return name


def _known_feature(name: str) -> Feature:
    try:
        return Feature(name)
    except ValueError as error:
        known = ", ".join(Feature)
        raise UsageError(f"--feature {name}: no such feature; one of {known}") from error


def known_run_profile(name: str) -> RunProfile:
    """Return how much is asked.

    Raises:
        UsageError: there is no such profile.
    """
    try:
        return RunProfile(name)
    except ValueError as error:
        known = ", ".join(RunProfile)
        raise UsageError(f"--profile {name}: no such profile; one of {known}") from error


def _known_profile(name: str) -> Profile:
    try:
        return Profile(name)
    except ValueError as error:
        known = ", ".join(Profile)
        raise UsageError(f"--patience {name}: no such profile; one of {known}") from error


def _existing(name: str, *, option: str) -> Path:
    path = Path(name).expanduser().absolute()
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise UsageError(
            f"{option} {name} cannot be read ({error.strerror}): name a file that exists"
        ) from error


def _facts_beside(kubeconfig: Path) -> Path | None:
    """Return the facts file that lies beside a kubeconfig, as `netparity lab up` writes it."""
    beside = kubeconfig.with_name(FACTS_FILE)
    return beside if beside.is_file() else None


def _has_artifacts() -> bool:
    return bool(os.environ.get("ARTIFACTS"))
