"""How SQLite opens a database only for reading."""

from __future__ import annotations

from pathlib import Path


def read_only_mode(path: Path) -> str:
    """Return the URI parameters. A database that no process has open is read as immutable, so that
    SQLite creates no files beside it."""
    in_use = path.with_name(f"{path.name}-wal").exists()
    return "mode=ro" if in_use else "mode=ro&immutable=1"
