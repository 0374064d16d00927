"""Whether git has a file: asked for real, and nothing of the repository runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.other_user import IS_ROOT
from tray_app.system import git
from tray_app.system.git import Tracking, tracking

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32" and not shutil.which("git"), reason="no git here"),
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's git without a config."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


def run(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    run(folder, "init", "-q")
    (folder / ".env").write_text("X=1\n")
    return folder


def test_no_repository(tmp_path: Path) -> None:
    assert tracking(tmp_path / ".env") is Tracking.NO_REPOSITORY


def test_a_file_that_git_would_take_ignores_or_has(repository: Path) -> None:
    """Also in a folder below, by a link, and one that does not exist yet."""
    below = repository / "below"
    below.mkdir()
    (repository.parent / "link").symlink_to(repository / ".env")
    assert tracking(repository / ".env") is Tracking.EXPOSED
    assert tracking(repository.parent / "link") is Tracking.EXPOSED
    assert tracking(below / "not-there") is Tracking.EXPOSED
    (repository / ".gitignore").write_text(".env\nnot-there\n")
    assert tracking(repository / ".env") is Tracking.IGNORED
    assert tracking(below / "not-there") is Tracking.IGNORED
    run(repository, "add", "-f", ".env")
    assert tracking(repository / ".env") is Tracking.TRACKED
    assert tracking(repository.parent / "link") is Tracking.TRACKED


def test_what_a_person_ignores_everywhere_is_ignored(repository: Path, home: Path) -> None:
    (home / ".config/git").mkdir(parents=True)
    (home / ".config/git/ignore").write_text(".env\n")
    assert tracking(repository / ".env") is Tracking.IGNORED


def test_a_name_is_no_pattern(repository: Path) -> None:
    run(repository, "add", ".env")
    assert tracking(repository / ".en?") is Tracking.EXPOSED
    assert tracking(repository / ":(top).env") is Tracking.EXPOSED


@pytest.mark.posix
def test_programs_that_the_repository_names_do_not_run(repository: Path) -> None:
    program = repository / "program"
    program.write_text(f"#!/bin/sh\necho ran >>{repository}/ran\n")
    program.chmod(0o700)
    run(repository, "add", ".env")
    hooks = repository / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "post-index-change").symlink_to(program)
    (hooks / "fsmonitor-watchman").symlink_to(program)
    for name in ("core.fsmonitor", "core.pager", "pager.ls-files", "core.sshCommand"):
        run(repository, "config", name, str(program))
    run(repository, "config", "core.hooksPath", str(hooks))
    before = (repository / ".git/index").read_bytes()
    assert tracking(repository / ".env") is Tracking.TRACKED
    assert tracking(repository / "other") is Tracking.EXPOSED
    assert not (repository / "ran").exists()
    assert (repository / ".git/index").read_bytes() == before
    subprocess.run(["git", "status"], cwd=repository, check=True, capture_output=True, timeout=30)
    assert (repository / "ran").exists(), "the programs would have run"


@pytest.mark.posix
@pytest.mark.skipif(not IS_ROOT, reason="needs root to give a folder away")
@pytest.mark.parametrize("given", [".git", "."])
def test_a_repository_of_another_user_is_not_asked_about(
    repository: Path, home: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if this user trusts all of them."""
    run(repository, "config", "--global", "safe.directory", "*")
    run(repository, "add", ".env")
    assert tracking(repository / ".env") is Tracking.TRACKED
    os.chown(repository / given, 54321, 54321)
    asked: list[object] = []
    monkeypatch.setattr(subprocess, "run", asked.append)
    assert tracking(repository / ".env") is Tracking.UNKNOWN
    assert asked == []


def test_the_variables_of_a_git_hook_lead_nowhere_else(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert tracking(repository / ".env") is Tracking.EXPOSED


@pytest.mark.posix
def test_without_git_or_an_answer_it_is_not_known(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    assert tracking(repository / ".env") is Tracking.UNKNOWN
    fake = tools / "git"
    fake.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    fake.chmod(0o700)
    monkeypatch.setattr(git, "TIMEOUT", 0.2)
    assert tracking(repository / ".env") is Tracking.UNKNOWN
    monkeypatch.chdir(tools)
    fake.write_text("#!/bin/sh\nexit 0\n")
    assert tracking(repository / ".env") is Tracking.UNKNOWN, "one of the working directory"


def test_a_damaged_repository_leads_to_no_other_one(repository: Path) -> None:
    below = repository / "below"
    (below / ".git").mkdir(parents=True)
    assert tracking(below / ".env") is Tracking.UNKNOWN
