"""Another program holds the lock of the database: it costs a moment once, and no fact."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tray_app.model.secret import Secret
from tray_app.storage.token_facts import TokenFacts

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
IN_ALL = 15.0
"""Seconds: one second of patience, and room for a busy machine. A second for each of thirty writes
would be thirty."""


@contextmanager
def held(path: Path, mode: str = "NORMAL") -> Iterator[sqlite3.Connection]:
    """Hold the lock of the database, as a backup program or an editor of databases does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"PRAGMA locking_mode = {mode}")
        other.execute("BEGIN EXCLUSIVE")
        yield other
        other.execute("ROLLBACK")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "state" / "journal.sqlite3"
    TokenFacts(made).close()
    return made


def test_a_held_lock_costs_a_second_in_all_however_much_is_written(path: Path) -> None:
    with closing(TokenFacts(path)) as token_facts, held(path):
        began = time.monotonic()
        for number in range(30):
            token_facts.supersede(Secret(f"token-{number}"), NOON)
            token_facts.is_superseded(Secret(f"token-{number}"))
        assert time.monotonic() - began < IN_ALL


def test_an_exclusive_lock_costs_a_second_in_all(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")  # as a copy by a tool may be
    with held(path, "EXCLUSIVE"):
        began = time.monotonic()
        with closing(TokenFacts(path)) as token_facts:
            for number in range(30):
                token_facts.supersede(Secret(f"token-{number}"), NOON)
                token_facts.seen(Secret(f"token-{number}"))
        assert time.monotonic() - began < IN_ALL


def test_what_could_not_be_written_is_written_when_the_lock_is_free(path: Path) -> None:
    old, newer = Secret("old"), Secret("newer")
    with closing(TokenFacts(path)) as token_facts:
        with held(path):
            token_facts.supersede(old, NOON)
        token_facts.supersede(newer, NOON)
        with closing(TokenFacts(path)) as another:
            assert another.is_superseded(old)
            assert another.is_superseded(newer)


def test_what_could_not_be_written_is_written_at_the_end_of_the_program(path: Path) -> None:
    old = Secret("old")
    with closing(TokenFacts(path)) as token_facts, held(path):
        token_facts.supersede(old, NOON)
        # The lock is let go before the database is closed.
    with closing(TokenFacts(path)) as another:
        assert another.is_superseded(old)


def test_patience_comes_back_once_the_lock_was_free(path: Path) -> None:
    with closing(TokenFacts(path)) as token_facts:
        with held(path):
            token_facts.supersede(Secret("first"), NOON)
        token_facts.supersede(Secret("second"), NOON)
        with held(path):
            began = time.monotonic()
            token_facts.supersede(Secret("third"), NOON)
            assert time.monotonic() - began > 0.5


def test_a_database_that_was_locked_at_the_start_is_used_as_soon_as_it_is_free(path: Path) -> None:
    """The tray may run for weeks: what it finds out must outlive it."""
    old = Secret("old")
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
    with held(path, "EXCLUSIVE"):
        token_facts = TokenFacts(path)
        token_facts.supersede(old, NOON)
        assert token_facts.is_superseded(old)
    with closing(token_facts):
        token_facts.supersede(Secret("newer"), NOON)
        with closing(TokenFacts(path)) as another:
            assert another.is_superseded(old)
