"""Files with secrets that git tracks or would add."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.doctor.subject import Subject, the_one
from tray_app.cli.doctor import config_checks
from tray_app.cli.doctor.finding import Grade

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32" and not shutil.which("git"), reason="no git here"),
]


def run(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, timeout=30)


def test_without_a_repository_nothing_is_wrong(subject: Subject) -> None:
    found = the_one(subject.findings(config_checks.git), "git")
    assert (found.grade, found.remedy) == (Grade.OK, "")


def test_each_file_with_secrets_is_named(subject: Subject) -> None:
    """Until it is ignored. A config without secrets may be in git."""
    folder = subject.env.parent
    run(folder, "init", "-q")
    run(folder, "add", "token-config.json")
    exposed, tracked = subject.findings(config_checks.git)
    assert exposed.grade is tracked.grade is Grade.WARNING
    assert exposed.message.startswith(f"{subject.env} is for secrets, and git does not ignore it")
    assert exposed.remedy == "add it to .gitignore"
    assert tracked.message == f"{folder / 'token-config.json'} holds secrets, and is tracked by git"
    assert tracked.remedy.startswith("git rm --cached ")
    subject.change("serviceApp", clientSecret="@keyring")
    subject.change("tokenManager", personalAccessToken=None, integration=None)
    subject.profile.config_path.write_text(
        subject.profile.config_path.read_text().replace(
            subject.profile.app.client_secret, "@keyring"
        )
    )
    (folder / ".gitignore").write_text(".env\n")
    assert the_one(subject.findings(config_checks.git), "git").grade is Grade.OK


def test_each_output_is_looked_at(subject: Subject) -> None:
    """A template has no secrets."""
    folder = subject.env.parent
    template = {"file": "app", "format": "template", "template": "app.in"}
    subject.change("tray", outputs=[{"file": ".env"}, {"file": "b.env"}, template])
    for name in ("b.env", "app", "app.in"):
        (folder / name).write_text("")
    run(folder, "init", "-q")
    run(folder, "add", "app", "app.in")
    (folder / ".gitignore").write_text(".env\ntoken-config.json\n")
    exposed, tracked = subject.findings(config_checks.git)
    assert exposed.message.startswith(f"{folder / 'b.env'} is for secrets, and git does not ignore")
    assert tracked.message == f"{folder / 'app'} holds secrets, and is tracked by git"


def test_what_is_not_known_is_said(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    run(subject.env.parent, "init", "-q")
    monkeypatch.setenv("PATH", "")
    found = the_one(subject.findings(config_checks.git), "git")
    assert found.grade is Grade.OK
    assert found.message.startswith(f"not known whether git has {subject.env}: ")
