"""How SQLite opens a database only to read it."""

from __future__ import annotations

from pathlib import Path


def read_only_mode(token_facts: Path) -> str:
    """Return how SQLite opens a database to read it and no more: one that nobody has open is read
    as it lies, without the files that SQLite makes."""
    in_use = token_facts.with_name(f"{token_facts.name}-wal").exists()
    return "mode=ro" if in_use else "mode=ro&immutable=1"
