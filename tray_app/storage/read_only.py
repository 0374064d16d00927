"""How SQLite opens a database only to read it."""

from __future__ import annotations

from pathlib import Path


def how_to_look(journal: Path) -> str:
    """Return how SQLite opens a database to read it and no more: one that nobody has open is read
    as it lies, without the files that SQLite makes."""
    in_use = journal.with_name(f"{journal.name}-wal").exists()
    return "mode=ro" if in_use else "mode=ro&immutable=1"
