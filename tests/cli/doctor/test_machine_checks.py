"""Panel, login, other instances, database: what is broken, and that looking changes nothing."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.doctor.subject import Subject, the_one
from tests.e2e.panel_host import PanelHost
from tray_app import bootstrap
from tray_app.cli.doctor import machine_checks, token_checks
from tray_app.cli.doctor.finding import Grade, Target
from tray_app.desktop.install.autostart import login_item
from tray_app.model.secret import Secret
from tray_app.storage.token_facts import TokenFacts

posix = pytest.mark.skipif(sys.platform == "win32", reason="FIFOs, and files that are open")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the file is that of Linux")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where entries for login would be."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


def test_no_tray_is_a_warning_with_what_helps(subject: Subject) -> None:
    (found,) = machine_checks.tray(Target(subject.target.profile, tray="none"))
    assert found.grade is Grade.WARNING
    assert found.message.endswith(" No tray or watch of this config is running.")
    with bootstrap.instance(subject.target.profile).acquire():
        (found,) = machine_checks.tray(Target(subject.target.profile, tray="none"))
    assert found.message.endswith(" A tray or watch of this config is running all the same.")


def test_a_tray_before_the_set_up_is_not_said_to_keep_a_token_alive(subject: Subject) -> None:
    subject.profile.config_path.unlink()
    with bootstrap.instance(subject.target.profile).acquire():
        (found,) = machine_checks.tray(Target(subject.target.profile, tray="none"))
    assert "kept alive" not in found.message


@pytest.mark.desktop
def test_a_panel_is_found(subject: Subject, panel: PanelHost) -> None:
    found = the_one(subject.findings(machine_checks.tray), "tray")
    assert (found.grade, found.message) == (Grade.OK, "statusnotifier")


@linux
def test_an_entry_for_login_that_starts_nothing_is_a_fault(subject: Subject) -> None:
    found = the_one(subject.findings(machine_checks.autostart), "autostart")
    assert found.message.startswith("off")
    item = login_item(subject.target.profile)
    item.turn_on()
    found = the_one(subject.findings(machine_checks.autostart), "autostart")
    assert found.message == f"on: {item.location}"
    login_item(subject.target.profile, executable="/gone/bin/python").turn_on()
    found = the_one(subject.findings(machine_checks.autostart), "autostart")
    assert found.grade is Grade.FAULT
    assert "starts /gone/bin/python, which does not exist" in found.message
    assert found.remedy == "webex-token-tray autostart on"


def test_an_instance_is_noticed_and_hears_nothing_of_it(subject: Subject) -> None:
    heard: list[bool] = []
    place = bootstrap.instance(subject.target.profile)
    with place.acquire(), place.listen(lambda: heard.append(True)):
        found = the_one(subject.findings(machine_checks.instance), "instance")
        assert (found.grade, found.message) == (Grade.OK, "the tray of this config is running")
    assert the_one(subject.findings(machine_checks.instance), "instance").message.endswith(
        "is not running"
    )
    assert heard == []


def test_a_env_that_another_config_keeps_is_a_fault(subject: Subject, tmp_path: Path) -> None:
    other = bootstrap.ProfileContext(tmp_path / "other.json", subject.target.profile.folders)
    with bootstrap.instance(other).acquire_outputs(subject.env):
        found = the_one(subject.findings(machine_checks.instance), "instance")
    assert found.grade is Grade.FAULT
    assert f"is kept by the tray of {tmp_path / 'other.json'}" in found.message
    assert "tray.envFile" in found.remedy


def test_looking_for_instances_makes_no_files(subject: Subject) -> None:
    the_one(subject.findings(machine_checks.instance), "instance")
    assert not subject.profile.folders.locks.exists()


def test_a_damaged_journal_is_told_and_left_as_it_is(subject: Subject) -> None:
    path = subject.profile.folders.token_facts
    assert the_one(subject.findings(machine_checks.database), "journal").message.endswith(
        "does not exist yet"
    )
    bootstrap.build_tools(subject.target.profile).close()
    files = sorted(path.parent.iterdir())
    assert the_one(subject.findings(machine_checks.database), "journal").grade is Grade.OK
    assert sorted(path.parent.iterdir()) == files
    path.write_bytes(b"not a database" * 1000)
    found = the_one(subject.findings(machine_checks.database), "journal")
    assert found.grade is Grade.WARNING
    assert found.message.endswith("it is damaged")
    assert sorted(path.parent.iterdir()) == files


def test_what_a_killed_run_has_left_is_read_and_not_tidied(subject: Subject) -> None:
    """SQLite would take the log beside the database in and remove it: the next start may."""
    path = subject.profile.folders.token_facts
    tools = bootstrap.build_tools(subject.target.profile)
    tools.token_facts.supersede(Secret("x"), tools.clock())
    left = {file: file.read_bytes() for file in path.parent.glob("journal.sqlite3*")}
    tools.close()
    for file, content in left.items():
        file.write_bytes(content)
    assert len(left) == 3
    assert the_one(subject.findings(machine_checks.database), "journal").grade is Grade.OK
    subject.findings(token_checks.keyring)
    del left[path.with_name("journal.sqlite3-shm")]  # where readers note what they read
    assert {file: file.read_bytes() for file in left} == left


@posix
@pytest.mark.parametrize("make", ["mkfifo", "mkdir"])
def test_a_journal_that_is_no_file_is_told_at_once(subject: Subject, make: str) -> None:
    """To open a FIFO for reading waits for a writer; the check was given up after 20 s."""
    path = subject.profile.folders.token_facts
    path.parent.mkdir(parents=True, exist_ok=True)
    getattr(os, make)(path)  # Windows has no mkfifo
    found = the_one(subject.findings(machine_checks.database), "journal")
    assert (found.grade, found.message) == (Grade.WARNING, f"{path}: it is not a regular file")
    assert found.remedy == "move it away: a new one is created at the next start"


def test_a_journal_that_is_locked_is_not_to_be_moved(subject: Subject) -> None:
    """It is in order."""
    path = subject.profile.folders.token_facts
    TokenFacts(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        found = the_one(subject.findings(machine_checks.database), "journal")
    assert found.message == f"{path}: another program has locked it"
    assert found.remedy == "end that program, or wait until it is done"


def test_a_journal_that_cannot_be_written_is_a_warning(subject: Subject) -> None:
    """It was "ok, not there yet"."""
    state = subject.profile.folders.state
    state.write_text("in the place of the folder")
    found = the_one(subject.findings(machine_checks.database), "journal")
    assert found.grade is Grade.WARNING
    assert found.message.endswith(f"cannot be written: {state} is not writable")


def test_a_journal_in_use_is_read_beside_its_user(subject: Subject) -> None:
    tools = bootstrap.build_tools(subject.target.profile)
    try:
        tools.token_facts.supersede(Secret("x"), tools.clock())
        assert the_one(subject.findings(machine_checks.database), "journal").grade is Grade.OK
    finally:
        tools.close()


def test_versions_are_those_of_a_report(subject: Subject) -> None:
    program, libraries = subject.findings(machine_checks.versions)
    assert program.message.startswith("webex-token-tray ")
    assert "pystray 0.19.5" in libraries.message
