"""What a kube-proxy was told: its configuration, wherever it shows, and its flags; pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from verdicts.inventory import Known
from verdicts.releases import release_of

_GROUP: Final = "kubeproxy.config.k8s.io"


@dataclass(frozen=True, slots=True)
class Told:
    """What a kube-proxy was told, by one source; None is what this source does not show.

    `mode` is a name of kube-proxy's own, "" its default. `cluster_cidrs` are the ranges that it
    takes for the cluster's own pods. `version` is the proxy's, "" where it is not known.
    """

    known_by: Known
    mode: str | None = None
    masquerade_all: bool | None = None
    cluster_cidrs: tuple[str, ...] = ()
    dsr: bool | None = None
    version: str = ""


def by_configz(answer: str) -> Told | None:
    """Read kube-proxy's `/configz`, the configuration that it runs with; None if it is none.

    Where the file leaves room for a default, what runs may say the default's name already.
    """
    try:
        groups = json.loads(answer)
    except ValueError:
        return None
    return _told(groups.get(_GROUP), Known.CONFIGZ) if isinstance(groups, dict) else None


def by_configuration(text: str) -> Told | None:
    """Read a KubeProxyConfiguration; None if it is none, or no YAML at all."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    if not isinstance(data, dict) or data.get("kind") != "KubeProxyConfiguration":
        return None
    return _told(data, Known.CONFIGURATION)


def by_configurations(texts: Mapping[str, str], path: str) -> Told | None:
    """Read the configuration of this path among the files of some ConfigMaps, by name.

    A file may be mounted under another name than its key: then it is the only configuration
    there is, or which one it is cannot be known.
    """
    named = by_configuration(texts.get(re.split(r"[/\\]", path)[-1], ""))
    if named is not None:
        return named
    found = [told for told in map(by_configuration, texts.values()) if told is not None]
    return found[0] if len(found) == 1 else None


def configuration_file(words: Sequence[str]) -> str | None:
    """Return the path that `--config` names; a kube-proxy then heeds no other flag of ours.

    https://github.com/kubernetes/kubernetes/blob/v1.37.2/cmd/kube-proxy/app/options.go#L206-L232
    """
    return _option(words, "config")


def by_arguments(words: Sequence[str]) -> Told | None:
    """Read the flags of a kube-proxy; None where the words do not show them.

    They do not where a script, or the image's own entry point, starts the program, as
    sig-windows-tools has it on Windows
    (https://github.com/kubernetes-sigs/sig-windows-tools/tree/master/hostprocess).
    """
    mode = _option(words, "proxy-mode")
    if mode is None and not _shows_flags(words):
        return None
    own = _option(words, "detect-local-mode") in {None, "", "ClusterCIDR"}
    return Told(
        known_by=Known.ARGUMENTS,
        mode=mode or "",
        masquerade_all=_switch(words, "masquerade-all", absent=False),
        cluster_cidrs=_ranges(_option(words, "cluster-cidr") or "") if own else (),
        dsr=_switch(words, "enable-dsr", absent=None),
    )


def version_of(image: str) -> str:
    """Return the version in an image's tag, `1.33.3-minimal-eksbuild.6`; "" if there is none."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag.removeprefix("v") if release(tag) is not None else ""


def release(version: str) -> tuple[int, int] | None:
    """Return (major, minor) of a version; None where the text is none."""
    try:
        return release_of(version)
    except ValueError:
        return None


class _Part(BaseModel):
    """A part of the configuration; its keys are lower-cased before they are read.

    `/configz` spelled them as the Go type does (`IPTables`) before it was given a version.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=lambda n: n.replace("_", "")
    )


class _Masquerading(_Part):
    masquerade_all: bool = False


class _Winkernel(_Part):
    enable_dsr: bool | None = None


class _DetectLocal(_Part):
    cluster_cidrs: tuple[str, ...] = ()


class _Configuration(_Part):
    mode: str = ""
    cluster_cidr: str = ""
    detect_local_mode: str = ""
    detect_local: _DetectLocal = _DetectLocal()
    iptables: _Masquerading = _Masquerading()
    nftables: _Masquerading = _Masquerading()
    linux: _Masquerading = _Masquerading()
    winkernel: _Winkernel = _Winkernel()


def _told(data: JsonValue, known_by: Known) -> Told | None:
    """Read the configuration's parts: `masqueradeAll` of ipvs is that of iptables.

    https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/proxy/apis/config/v1alpha1/conversion.go
    """
    if not isinstance(data, dict):
        return None
    try:
        read = _Configuration.model_validate(_lowered(data))
    except ValidationError:
        return None
    masquerading = read.nftables if read.mode == "nftables" else read.iptables
    own = read.detect_local_mode in {"", "ClusterCIDR"}
    ranges = read.detect_local.cluster_cidrs or _ranges(read.cluster_cidr)
    return Told(
        known_by=known_by,
        mode=read.mode,
        masquerade_all=masquerading.masquerade_all or read.linux.masquerade_all,
        cluster_cidrs=ranges if own else (),
        dsr=read.winkernel.enable_dsr,
    )


def _lowered(data: JsonValue) -> JsonValue:
    """Lower-case the keys, and leave out what is null: the same as not being there."""
    if not isinstance(data, dict):
        return data
    return {str(key).lower(): _lowered(value) for key, value in data.items() if value is not None}


def _ranges(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_PROGRAM = re.compile(r"(?:^|[\s/\\])(?:kube-proxy(?:\.exe)?|hyperkube)(?=\s|$)")


def _shows_flags(words: Sequence[str]) -> bool:
    """Say whether these words start the program itself, or are flags for one that they follow."""
    return bool(_PROGRAM.search(" ".join(words))) or (
        bool(words) and all(word.startswith("--") for word in words)
    )


def _option(words: Sequence[str], name: str) -> str | None:
    """Return a flag's value, of several the last, as the program reads it; None without it."""
    found = re.findall(rf"(?:^|[\s\"'])--{name}(?:=|\s+)[\"']?([^\s\"']*)", " ".join(words))
    return found[-1] if found else None


def _switch(words: Sequence[str], name: str, *, absent: bool | None) -> bool | None:
    """Return what a flag switches on or off, `absent` without it, None if it cannot be read."""
    found = re.findall(rf"(?:^|[\s\"'])--{name}(?:=([^\s\"']*))?(?=[\s\"']|$)", " ".join(words))
    if not found:
        return absent
    said = found[-1].lower()
    if said in {"", "1", "t", "true"}:
        return True
    return False if said in {"0", "f", "false"} else None
