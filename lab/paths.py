"""Where the lab keeps what it builds and what it runs.

Both paths contain `netparity`, and neither lies under /var/lib: that tree is the same before and
after a run.
"""

import os
from pathlib import Path

import platformdirs

_APPLICATION = "netparity"


def cache_dir() -> Path:
    """Return where finished binaries and images are kept between runs.

    `NETPARITY_CACHE_DIR` overrides the user's cache directory. Nothing is created here.
    """
    return _chosen("NETPARITY_CACHE_DIR", platformdirs.user_cache_path(_APPLICATION))


def state_dir() -> Path:
    """Return where a running lab keeps its configuration, logs, sockets and data.

    `NETPARITY_STATE_DIR` overrides the user's state directory. Nothing is created here. It is a
    directory on disk, not under /run: container snapshots on a tmpfs would eat the memory that the
    nodes need.
    """
    return _chosen("NETPARITY_STATE_DIR", platformdirs.user_state_path(_APPLICATION))


def _chosen(variable: str, default: Path) -> Path:
    chosen = os.environ.get(variable)
    return Path(chosen).absolute() if chosen else default
