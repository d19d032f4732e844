"""JSON documents, read and written by the OCI wrapper; a wrong one is named in the error."""

# ruff: noqa: PTH104, PTH123 - see the package: pathlib is dear to import

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
    Document = dict[str, Json]


class WrapperError(Exception):
    """What kept a container from being created or deleted, told as runc tells its own errors."""


def read(path: str) -> "Document":
    """Read a file that holds one object."""
    with open(path, encoding="utf-8") as file:
        return as_document(parsed(file.read(), path), path)


def write(path: str, document: "Document") -> None:
    """Write a file whole or not at all: a killed wrapper leaves no half of one."""
    unfinished = f"{path}.new"
    with open(unfinished, "w", encoding="utf-8") as output:
        json.dump(document, output)
    os.rename(unfinished, path)


def parsed(text: str, what: str) -> "Json":
    """Return the document that a text holds."""
    try:
        document: Json = json.loads(text)
    except ValueError as error:
        raise WrapperError(f"{what}: not JSON: {error}") from error
    return document


def as_document(value: "Json", what: str) -> "Document":
    """Return the value as an object."""
    if not isinstance(value, dict):
        raise WrapperError(f"{what}: not a JSON object: {value!r}")
    return value


def as_list(value: "Json", what: str) -> "list[Json]":
    """Return the value as a list; what is left out is an empty one, as in Go."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise WrapperError(f"{what}: not a JSON list: {value!r}")
    return value


def as_documents(value: "Json", what: str) -> "list[Document]":
    """Return the value as a list of objects."""
    return [as_document(item, what) for item in as_list(value, what)]


def as_text(value: "Json", what: str) -> str:
    """Return the value as a text."""
    if not isinstance(value, str):
        raise WrapperError(f"{what}: not a JSON string: {value!r}")
    return value
