"""A run of the program: the icon first, then what is behind it, and an end at any moment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.test_scheduler import FakeWorker
from tray_app.bootstrap import ProfileContext
from tray_app.desktop.app import DesktopApp, call_all
from tray_app.desktop.tray.detect import Kind, Tray
from tray_app.desktop.tray.pystray_base import Icon, IconEvents, Menu
from tray_app.model.errors import Busy
from tray_app.model.permissions import RESIDENT
from tray_app.runtime.commands import Kind as CommandKind
from tray_app.runtime.commands import ProfileHandle
from tray_app.runtime.scheduler import Scheduler
from tray_app.secrets.session_cipher import _is_usable
from tray_app.system.dirs import AppDirs

UNSEEN = Tray(Kind.NONE, "No icon was asked for.")


@pytest.fixture
def session(tmp_path: Path) -> DesktopApp:
    """A run without an icon, on a config that is not there yet."""
    setup = ProfileContext(
        tmp_path / "token-config.json",
        AppDirs.under(tmp_path),
        environ={},
        permissions=RESIDENT,
    )
    return DesktopApp({"": setup}, UNSEEN)


@pytest.mark.process
def test_before_the_icon_is_seen_nothing_heavy_is_loaded() -> None:
    """Neither network, keyring, locks, worker nor words; what draws comes when it is drawn."""
    heavy = (
        "requests",
        "keyring",
        "sqlite3",
        "tray_app.runtime.scheduler",
        "tray_app.service",
        "tray_app.model.health",
        "tray_app.config.file",
        "tray_app.desktop.notifications.notifier",
        "logging.handlers",
        "PIL.Image",
        "filelock",
        "platformdirs",
        "tray_app.system.locks",
        "tray_app.system.atomic_file",
        "tray_app.model.settings",
        "tray_app.policy",
    )
    code = (
        "import sys, tray_app.cli.main, tray_app.cli.tray;"
        "import tray_app.system.single_instance, tray_app.desktop.icon;"
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


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="the panels of Linux")
def test_what_the_tray_keeps_loaded_has_nothing_that_it_does_not_use() -> None:
    """It stays for months: Pillow for a few drawings, a second OpenSSL, tables of HTML entities."""
    unused = (
        *("PIL.Image", "charset_normalizer", "html.entities", "flask"),
        *(("cryptography",) if _is_usable() else ()),
        *(
            "truststore",
            "tray_app.pages.server",
            "tray_app.setup",
            "tray_app.sandbox",
            "webbrowser",
        ),
    )
    code = (
        "import sys, tray_app.cli.main, tray_app.cli.tray;"
        "from tray_app.runtime.libraries import import_light_libraries; import_light_libraries();"
        "from tray_app.secrets import keyring_store, session_cipher;"
        "session_cipher.import_secretstorage();"
        "import keyring.backends.SecretService;"
        "import tray_app.service.engine, tray_app.runtime.scheduler;"
        "import tray_app.desktop.icon, tray_app.desktop.tray.statusnotifier;"
        "import tray_app.desktop.notifications.notifier, tray_app.desktop.notifications.dbus;"
        "print([name for name in sys.argv[1:] if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *unused],
        env={name: text for name, text in os.environ.items() if "COVERAGE" not in name},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_an_error_at_the_start_ends_the_run_and_is_raised(session: DesktopApp) -> None:
    """To the thread that runs it, though it was found out in another."""

    def refuse() -> None:
        raise Busy("kept by another")

    with pytest.raises(Busy, match="kept by another"):
        session.run(refuse)


def test_the_work_begins_between_the_two_calls(session: DesktopApp) -> None:
    """There is no scheduler before the first, and one at the second; `stop` ends the run."""
    works: list[bool] = []

    def look() -> None:
        works.append(session._scheduler is not None)

    def look_and_stop() -> None:
        look()
        session.stop()

    assert session.run(look, look_and_stop) is False
    assert works == [False, True]


def test_the_end_of_the_windows_session_saves_and_ends_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The icon calls it before `run` returns, and `run` ends everything again."""

    class WindowsIcon(Icon):
        def __init__(self, name: str, menu: Menu) -> None:
            super().__init__(name, menu=menu)
            self.events = IconEvents()

        def run(self, setup: Callable[[Icon], None] | None = None) -> None:
            session._start(lambda: None, lambda: None)
            self.events.session_ends()
            assert session._scheduler is not None
            ended.append(session._scheduler._thread.is_alive())

    ended: list[bool] = []
    monkeypatch.setattr(Tray, "icon_class", lambda _: WindowsIcon)
    setup = ProfileContext(
        tmp_path / "token-config.json", AppDirs.under(tmp_path), environ={}, permissions=RESIDENT
    )
    session = DesktopApp({"": setup}, Tray(Kind.NATIVE))
    assert session.run() is False
    assert ended == [False]


def test_a_listener_that_raises_keeps_the_snapshot_from_no_other() -> None:
    """An icon that cannot be drawn must not silence the notifications; and the worker is told."""
    heard: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call_all((fail, lambda: heard.append("snapshot"), fail))
    assert heard == ["snapshot"]


def test_a_run_that_ends_before_its_work_begins_begins_no_work(session: DesktopApp) -> None:
    """Quit at once."""
    called: list[str] = []
    session._end()
    session._start(lambda: called.append("before"), lambda: called.append("ready"))
    assert called == []


def test_clicks_before_there_is_a_worker_run_later_in_their_order() -> None:
    """And later ones at once."""
    handle, worker = ProfileHandle(), FakeWorker(60)
    handle.refresh()
    handle.check()
    handle.cancel_sign_in()  # there is none yet
    scheduler = Scheduler()
    scheduler._add(handle, worker)  # type: ignore[arg-type]
    scheduler.start()
    try:
        worker.until(2)
        handle.authorize()
        worker.until(3)
    finally:
        scheduler.stop(5)
    asked = [command.kind for command in worker.turns if command is not None]
    assert asked == [CommandKind.REFRESH, CommandKind.CHECK, CommandKind.AUTHORIZE]
