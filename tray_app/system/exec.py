"""This process becomes another program, as by the shell's `exec`."""

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


def exec_command(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Run the command in this process's place: its terminal, signals and exit code are its own.

    Raises OSError where it cannot be started; on Windows SystemExit, with its exit code.
    """
    if not command[0]:  # an exec would take each folder of PATH for the program
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if sys.platform == "win32":
        sys.exit(as_child(command, environ))
    restore_limits()
    # One that has come by now is heard here, and not lost with our handlers.
    restore_default_handlers()
    for name in _IGNORED_BY_PYTHON:  # what is ignored would stay so: `yes | head` would not end
        with suppress(AttributeError):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    _exec(command, environ)


def _exec(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    try:
        os.execvpe(command[0], list(command), environ)  # noqa: S606 - no shell is the point
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    # A script without "#!": execvp(3) and shells hand it to sh. A path, for sh searches no PATH.
    script = shutil.which(command[0], path=environ.get("PATH")) or command[0]
    os.execve(_SHELL, [_SHELL, script, *command[1:]], environ)  # noqa: S606


def as_child(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command to its end and return its exit code. Raises OSError.

    For Windows, where an exec leaves the shell with a process that has ended.
    """
    program = shutil.which(command[0], path=environ.get("PATH")) or command[0]
    # The console gives Ctrl-C to both: it is the child's to answer. Not SIG_IGN, which it inherits.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with subprocess.Popen([program, *command[1:]], env=environ) as child:  # noqa: S603
            return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
