"""The facts file: what a vendor, or `netparity lab up`, declares that the API does not show."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from conformance.errors import UsageError
from verdicts.vocabulary import Mode


class _Declared(BaseModel):
    """A part of the file; a key that it does not know is an error, not a wish."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class DeclaredImages(_Declared):
    """Images to be used instead of the public ones."""

    agnhost: str | None = None
    capture: str | None = None


class DeclaredProxy(_Declared):
    """The service proxy of a node; asked-for and effective mode are two facts."""

    asked: Mode = Mode.UNKNOWN
    effective: Mode = Mode.UNKNOWN
    program: str = ""
    version: str = ""
    data_plane: str = ""


class DeclaredCni(_Declared):
    """The pod network of a node; `pool` is a CIDR that its pods' addresses come from."""

    plugin: str | None = None
    host_address_space: bool | None = None
    pool: str = ""


class DeclaredEmulation(_Declared):
    """A node that stands for a platform it does not run, and the means by which it does."""

    platform: str
    by: tuple[str, ...] = ()


class DeclaredNodes(_Declared):
    """What is declared of the nodes that a label selector chooses."""

    selector: str
    proxy: DeclaredProxy | None = None
    masquerade_all: bool | None = None
    dsr: bool | None = None
    overlay: bool | None = None
    cni: DeclaredCni | None = None
    emulates: DeclaredEmulation | None = None


class Facts(_Declared):
    """A facts file; where two entries choose the same node, the first counts."""

    version: Literal[1] = 1
    images: DeclaredImages = DeclaredImages()
    nodes: tuple[DeclaredNodes, ...] = Field(default=())


def read_facts(path: Path | None) -> Facts:
    """Read a facts file; without one, nothing is declared.

    Raises:
        UsageError: the file cannot be read, is no YAML, or declares what does not exist.
    """
    if path is None:
        return Facts()
    try:
        return Facts.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"--facts {path} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise UsageError(
            f"--facts {path}: {where}: {first['msg']}; docs/facts.md shows the form"
        ) from error
