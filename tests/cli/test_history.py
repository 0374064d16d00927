"""`history`: what happened, in lines and in JSON."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def test_it_answers_what_happened(program: Program, webex: Sandbox, profile: Profile) -> None:
    """A line an event, oldest first, with the time in front; no secret, no more requests."""
    program("status")
    webex.revoke_service_access()
    program("refresh")
    asked = len(webex.requests)
    done = program("history")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    times = [datetime.fromisoformat(line[:19]) for line in lines]
    assert times == sorted(times)
    text = [line[21:] for line in lines]
    dead = next(
        number for number, line in enumerate(text) if line.startswith("Webex rejected the token")
    )
    assert text[dead + 1].startswith("Renewed with the service app's refresh token: new token ")
    assert (profile.env_access() or "-")[:12] not in done.stdout
    assert len(webex.requests) == asked


def test_before_anything_happened_it_says_so(program: Program) -> None:
    """Not "since then", where no time was named."""
    done = program("history")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No events have been recorded for this config yet.\n"


def test_since_and_json(program: Program) -> None:
    """Programs get the same in UTC; what is older is left out."""
    program("status")
    found = json.loads(program("history", "--json", "--since", "1h").stdout)
    assert found[-1]["event"] == "health"
    assert (found[-1]["colour"], found[-1]["row"]) == ("green", 11)
    at = datetime.fromisoformat(found[-1]["at"])
    assert datetime.now(UTC) - at < timedelta(minutes=1)
    later = program("history", "--since", "2199-01-01", "--json")
    assert (later.returncode, json.loads(later.stdout)) == (0, [])
    assert "No events have been recorded for this config since then." in later.stderr


def test_a_time_that_is_none_is_one_sentence(program: Program) -> None:
    """What was named, and what may be."""
    done = program("history", "--since", "yesterday")
    assert done.returncode == 64
    assert "'yesterday' is not a time: write it as 45m, 3h, 2d or 1w ago" in done.stderr
    assert done.stdout == ""


def test_it_needs_no_config_that_can_be_used(program: Program, profile: Profile) -> None:
    """Nor Webex, nor a keyring: one looks it up when something is wrong."""
    program("status")
    profile.config_path.write_text("{")
    done = program("history", PYTHON_KEYRING_BACKEND="no.such.Keyring")
    assert done.returncode == 0
    assert "green: Token works" in done.stdout


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """As an editor of databases locks it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def fifo(path: Path) -> Iterator[None]:
    """Opening one waits for its other end."""
    path.unlink()
    os.mkfifo(path)
    yield


@contextmanager
def folder(path: Path) -> Iterator[None]:
    path.unlink()
    path.mkdir()
    yield


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    path.write_bytes(b"no database" * 1000)
    yield


@pytest.mark.skipif(sys.platform == "win32", reason="FIFOs, and files that are open")
@pytest.mark.parametrize("options", [(), ("--json",), ("--since", "1h")])
@pytest.mark.parametrize(
    ("state", "why"),
    [
        (locked, "another program has locked it"),
        (fifo, "it is not a regular file"),
        (folder, "it is not a regular file"),
        (damaged, "it was damaged, and a new one has taken its place"),
    ],
)
def test_events_that_cannot_be_read_are_not_none(
    program: Program,
    state: Callable[[Path], AbstractContextManager[None]],
    why: str,
    options: tuple[str, ...],
) -> None:
    """It said that nothing had been recorded, and that all was well."""
    program("status")
    path = program.folders.token_facts
    with state(path):
        done = program("history", *options)
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr == f"The events cannot be read: {path}: {why}.\n"
