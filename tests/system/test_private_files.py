"""Every file and folder that a run makes is for its user alone, whatever the umask."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.env_file import EnvFile
from tray_app import bootstrap
from tray_app.desktop.install.autostart import DesktopEntry
from tray_app.model.credentials import Pair
from tray_app.model.secret import Secret
from tray_app.secrets.file_store import SecretFile
from tray_app.secrets.store import MemoryStore
from tray_app.system import log
from tray_app.system.dirs import AppDirs


@pytest.fixture
def short_path() -> Iterator[Path]:
    """The path of a socket has a hundred characters at most."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")
@pytest.mark.usefixtures("clean_logging")
def test_nothing_that_a_run_makes_is_for_others(short_path: Path) -> None:
    """Log, config, journal with its -wal and -shm, locks, note, socket, .env, entry at login,
    file of secrets."""
    home = short_path / "home"
    folders = AppDirs(
        home / ".config/ours", home / ".local/state/ours", home / ".local/log", home / ".local/ours"
    )
    setup = bootstrap.ProfileContext(
        folders.config / "token-config.json", folders, store=MemoryStore()
    )
    before = os.umask(0)
    try:
        log.start(folders)
        logging.getLogger("tray_app").warning("a line")
        bootstrap.begin_config(setup)
        tools, instance = bootstrap.build_tools(setup), bootstrap.instance(setup)
        env = folders.config / ".env"
        with (
            instance.acquire(),
            instance.acquire_outputs(env),
            instance.listen(lambda: None),
            tools.locks.acquire("app", "x"),
        ):
            tools.token_facts.supersede(Secret("x"), tools.clock())
            EnvFile(env).write(Pair(Secret("access"), Secret("refresh")))
            SecretFile(folders.secrets).set("name", "secret", prompt=False)
            DesktopEntry(folders.config / "ours.desktop", ["ours"]).turn_on()
            found = [path for path in home.rglob("*") if not path.is_dir()]
            assert {path.name for path in found} > {
                ".env",
                "journal.sqlite3",
                "journal.sqlite3-shm",
                "journal.sqlite3-wal",
                "ours.desktop",
                "secrets.json",
                "token-config.json",
                "webex-token-tray.log",
            }
            assert {path.suffix for path in found} > {".door", ".keeper", ".lock"}
            for path in [home, *home.rglob("*")]:
                expected = 0o700 if path.is_dir() else 0o600
                assert stat.S_IMODE(path.stat().st_mode) == expected, path
        tools.close()
    finally:
        os.umask(before)
