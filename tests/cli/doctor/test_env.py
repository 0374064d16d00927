"""`.env` in odd states."""

from __future__ import annotations

import os

import pytest

from tests.cli.doctor.subject import Subject, the_one
from tray_app.cli.doctor import config_checks
from tray_app.cli.doctor.finding import Grade


def test_a_env_in_order(subject: Subject) -> None:
    assert the_one(subject.findings(config_checks.env), "env").grade is Grade.OK


def test_each_output_is_looked_at(subject: Subject) -> None:
    template = {"file": "app", "format": "template", "template": "app.in"}
    document = {"file": "a.json", "format": "json", "access": "/t"}
    subject.change(
        "tray", outputs=[{"file": ".env"}, document, {**document, "file": "b"}, template]
    )
    (subject.env.parent / "a.json").write_text("{")
    first, second, third, fourth = subject.findings(config_checks.env)
    assert first.grade is Grade.OK
    assert (second.grade, second.remedy) == (
        Grade.FAULT,
        "correct it, or name another file in tray.outputs",
    )
    assert "not valid JSON" in second.message
    assert (third.grade, third.remedy) == (Grade.WARNING, "webex-token-tray refresh")
    assert fourth.grade is Grade.FAULT
    assert "its template" in fourth.message


def test_one_that_is_not_there_yet_is_a_warning(subject: Subject) -> None:
    subject.env.unlink()
    found = the_one(subject.findings(config_checks.env), "env")
    assert (found.grade, found.remedy) == (Grade.WARNING, "webex-token-tray refresh")
    assert not subject.env.exists()


def test_a_folder_that_is_not_there_is_a_fault(subject: Subject) -> None:
    subject.change("tray", envFile="nowhere/.env")
    found = the_one(subject.findings(config_checks.env), "env")
    assert found.grade is Grade.FAULT
    assert "the folder of" in found.message


def test_one_without_a_token_is_a_fault(subject: Subject) -> None:
    subject.env.write_text("OTHER=1\n")
    found = the_one(subject.findings(config_checks.env), "env")
    assert (found.grade, found.remedy) == (Grade.FAULT, "webex-token-tray refresh")


def test_one_that_is_no_file_is_a_fault(subject: Subject) -> None:
    subject.env.unlink()
    subject.env.mkdir()
    found = the_one(subject.findings(config_checks.env), "env")
    assert found.grade is Grade.FAULT
    assert found.message.endswith(".env is a directory")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root gives files away")
def test_one_of_another_user_is_a_fault(subject: Subject) -> None:
    """No token is written there, although it can be read."""
    os.chown(subject.env, 61234, 61234)
    found = the_one(subject.findings(config_checks.env), "env")
    assert (found.grade, found.remedy) == (Grade.FAULT, "remove it, or make it yours with chown")
    assert "belongs to user 61234" in found.message


@pytest.mark.posix
def test_a_link_to_something_else_is_a_fault(subject: Subject) -> None:
    """Nor is it followed to another file of this user."""
    notes = subject.env.with_name("notes.txt")
    notes.write_text("see you\n")
    subject.env.unlink()
    subject.env.symlink_to(notes)
    found = the_one(subject.findings(config_checks.env), "env")
    assert found.grade is Grade.FAULT
    assert "symbolic link leads to" in found.message
    assert str(found.remedy).startswith("remove the link")
    assert sorted(subject.env.parent.glob(".webex*")) == []


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="root may write whatever the mode"
)
def test_one_that_is_not_writable_is_a_fault(subject: Subject) -> None:
    subject.env.chmod(0o400)
    found = the_one(subject.findings(config_checks.env), "env")
    assert (found.grade, found.remedy) == (Grade.FAULT, "make it writable")
