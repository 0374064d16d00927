"""A run of the program: the icon first, then what is behind it, and an end at any moment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.desktop.clicked import Clicked
from tray_app.adapters.paths import Folders
from tray_app.core.errors import Busy
from tray_app.core.permissions import RESIDENT
from tray_app.desktop.backend import Kind, Tray
from tray_app.desktop.clicks import Clicks
from tray_app.desktop.session import Session, tell_all
from tray_app.snapshot import STARTING, Snapshot
from tray_app.wiring import Setup

if TYPE_CHECKING:
    from tray_app.worker import Worker

UNSEEN = Tray(Kind.NONE, "No icon was asked for.")


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A run without an icon, on a config that is not there yet."""
    setup = Setup(
        tmp_path / "token-config.json",
        Folders.under(tmp_path),
        environ={},
        permissions=RESIDENT,
    )
    return Session(setup, UNSEEN)


def test_before_the_icon_is_seen_nothing_heavy_is_loaded() -> None:
    """Neither network nor keyring, worker or words; and what draws comes when it is drawn."""
    heavy = (
        "requests",
        "keyring",
        "sqlite3",
        "tray_app.worker",
        "tray_app.engine",
        "tray_app.core.model",
        "tray_app.adapters.config",
        "tray_app.desktop.notices",
        "tray_app.adapters.logs",
        "PIL.Image",
    )
    code = (
        "import sys, tray_app.commands.program, tray_app.commands.tray;"
        "import tray_app.adapters.instance, tray_app.desktop.tray;"
        "print([name for name in sys.argv[1:] if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *heavy],
        # Not measured: coverage itself loads sqlite3.
        env={name: text for name, text in os.environ.items() if "COVERAGE" not in name},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_what_is_refused_at_the_start_ends_the_run_and_is_raised(session: Session) -> None:
    """To the thread that runs it, though it was found out in another."""

    def refuse() -> None:
        raise Busy("kept by another")

    with pytest.raises(Busy, match="kept by another"):
        session.run(refuse)


def test_the_work_begins_between_the_two_calls(session: Session) -> None:
    """Nobody works before the first, somebody does at the second; `stop` ends the run."""
    works: list[bool] = []

    def look() -> None:
        works.append(session._worker is not None)

    def look_and_stop() -> None:
        look()
        session.stop()

    assert session.run(look, look_and_stop) is False
    assert works == [False, True]


def test_whoever_raises_keeps_the_snapshot_from_nobody_else() -> None:
    """An icon that cannot be drawn is no reason for silence; and it is told on."""
    heard: list[Snapshot] = []

    def fail(_: Snapshot) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_all((fail, None, heard.append, fail), STARTING)
    assert heard == [STARTING]


def test_a_run_that_is_over_before_its_work_begins_begins_none(session: Session) -> None:
    """Quit at once: what comes late finds the door shut."""
    called: list[str] = []
    session._end()
    session._start(lambda: called.append("before"), lambda: called.append("ready"))
    assert called == []


def test_clicks_that_come_too_early_are_obeyed_later_in_their_order() -> None:
    """And those that come later at once."""
    clicks, worker = Clicks(), Clicked()
    clicks.refresh()
    clicks.check()
    assert worker.asked == []
    clicks.obeyed_by(cast("Worker", worker))
    assert worker.asked == ["refresh", "check"]
    clicks.authorize()
    clicks.cancel_sign_in()
    assert worker.asked == ["refresh", "check", "authorize", "cancel sign-in"]
