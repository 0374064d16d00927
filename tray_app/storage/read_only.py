"""How SQLite opens a database only for reading."""

from __future__ import annotations

import os
from pathlib import Path


def read_only_mode(path: Path) -> str:
    """Return the URI parameters. A database that no process has open is read as immutable, so that
    SQLite creates no files beside it."""
    in_use = os.path.exists(f"{path}-wal")  # noqa: PTH110 - never raises
    return "mode=ro" if in_use else "mode=ro&immutable=1"


def quick_mode(path: Path, *, may_write: bool) -> str:
    """Return the URI parameters for a look at a database whose folder has not been checked.

    `may_write`: SQLite may clean up after a process that was killed. Never as root: if another user
    has prepared a journal there, SQLite deletes what it names.
    """
    is_root = os.name == "posix" and os.geteuid() == 0
    return "mode=rw" if may_write and not is_root else read_only_mode(path)
