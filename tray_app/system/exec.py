"""Replaces this process by another program, as the shell's `exec` does."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from tray_app.system.hardening import restore_limits
from tray_app.system.signals import restore_default_handlers

_SHELL = "/bin/sh"
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFZ", "SIGXFSZ")


def check_and_flush(command: Sequence[str]) -> None:
    """Prepare to start the command. Raises FileNotFoundError for an empty name."""
    if not command[0]:  # execvpe would try to run each folder of PATH
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def found_program(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the path of its program, the bare name if it is not found."""
    return shutil.which(command[0], path=environ.get("PATH")) or command[0]


def sh_command(command: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Return what runs a script without "#!": execvp(3) and shells run it with sh, which does not
    search PATH."""
    return [_SHELL, found_program(command, environ), *command[1:]]


def exec_command(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by the command, which keeps its terminal, signals and exit code.

    Raises OSError if it cannot be started. On Windows it runs the command and raises SystemExit.
    """
    check_and_flush(command)
    if sys.platform == "win32":
        sys.exit(as_child(command, environ))
    restore_limits()
    # Before the exec, so that a pending signal is not lost with our handlers.
    restore_default_handlers()
    for name in _IGNORED_BY_PYTHON:  # ignored signals stay ignored: `yes | head` would not end
        with suppress(AttributeError):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    _exec(command, environ)


def _exec(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    try:
        os.execvpe(command[0], list(command), environ)  # noqa: S606 - no shell is the point
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    os.execve(_SHELL, sh_command(command, environ), environ)  # noqa: S606


def as_child(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command and return its exit code. Raises OSError.

    For Windows, where the shell does not wait for a process after its exec.
    """
    program = found_program(command, environ)
    # The console sends Ctrl-C to both, and the child handles it. Not SIG_IGN, which it inherits.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with subprocess.Popen([program, *command[1:]], env=environ) as child:  # noqa: S603
            return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
