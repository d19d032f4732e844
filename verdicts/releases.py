"""Kubernetes releases as pairs that compare."""

import re

_RELEASE = re.compile(r"v?(\d+)\.(\d+)")


def release_of(version: str) -> tuple[int, int]:
    """Return (major, minor) of a version such as `v1.37.2` or `v1.29.4-eks-036c24b`.

    Raises:
        ValueError: the text does not begin with a version.
    """
    found = _RELEASE.match(version)
    if found is None:
        raise ValueError(f"{version!r} is not a Kubernetes version such as v1.37.2")
    return int(found[1]), int(found[2])
