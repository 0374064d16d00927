"""Whether git tracks a file, or would add it. Asks git so that nothing of the repository runs.

A repository can name programs in its config (core.fsmonitor, hooks, a pager, remote helpers). They
are switched off, and a repository of another user is not asked about.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from enum import Enum, auto
from functools import partial
from pathlib import Path

from tray_app.system.hardening import child_environment

TIMEOUT = 4.0
"""Seconds for a question; there are two for a file."""

_OPTIONS = (
    "--no-pager",
    *("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}"),
    *("-c", "safe.directory=", "-c", "safe.bareRepository=explicit"),  # whatever the user trusts
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "LC_ALL": "C",
}


class Tracking(Enum):
    """What git would do with a file."""

    TRACKED = auto()
    """It is in the repository, or is staged for it."""
    EXPOSED = auto()
    """It is in a work tree and not ignored: `git add` would add it."""
    IGNORED = auto()
    NO_REPOSITORY = auto()
    UNKNOWN = auto()
    """git is not installed or did not answer, or the repository is another user's."""


def tracking(path: Path) -> Tracking:
    """Return what git would do with this file; it need not exist. May take twice `TIMEOUT`."""
    path = Path(os.path.realpath(path))
    top = _work_tree(path.parent)
    if top is None:
        return Tracking.NO_REPOSITORY
    git = _git()
    if git is None or not _is_own(top):
        return Tracking.UNKNOWN
    ask = partial(_ask, git, top, path)
    exposed = {0: Tracking.IGNORED, 1: Tracking.EXPOSED}
    match ask("--literal-pathspecs", "ls-files", "--error-unmatch"):
        case 0:
            return Tracking.TRACKED
        case 1:
            # It takes no pattern, and a "./" before the name keeps it from being more than that.
            return exposed.get(ask("check-ignore", "--quiet"), Tracking.UNKNOWN)
    return Tracking.UNKNOWN


def _work_tree(folder: Path) -> Path | None:
    return next((it for it in (folder, *folder.parents) if os.path.lexists(it / ".git")), None)


def _is_own(top: Path) -> bool:
    if not hasattr(os, "geteuid"):
        return True  # git itself compares the owners
    try:
        return {top.stat().st_uid, (top / ".git").stat().st_uid} == {os.geteuid()}
    except OSError:
        return False


def _git() -> str | None:
    """The program, found by an absolute path: Windows also looks into the working directory."""
    found = shutil.which("git")
    if found is None or not Path(found).is_absolute() or Path(found).parent == Path.cwd():
        return None
    return found


def _ask(git: str, top: Path, path: Path, *command: str) -> int:
    """The exit code; -1 if there is none in time."""
    inherited = {n: value for n, value in child_environment().items() if not n.startswith("GIT_")}
    try:
        return subprocess.run(  # noqa: S603 - no shell
            [git, *_OPTIONS, *command, "--", f"./{path.name}"],
            cwd=path.parent,
            env=inherited | _ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": str(top.parent)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        ).returncode
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return -1
