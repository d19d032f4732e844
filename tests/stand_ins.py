"""Programs that stand in for a machine's own: Python without its site, which starts in milliseconds."""

import sys
from pathlib import Path


def stand_in(path: Path, body: str = "") -> Path:
    """Write a program that does what the Python code says, or nothing; its `argv` is its own."""
    path.write_text(f"#!{sys.executable} -IS\nimport os, sys\n{body}\n")
    path.chmod(0o755)
    return path
