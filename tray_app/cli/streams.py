"""Standard input, output and errors, whatever this process was started with."""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import suppress
from typing import TextIO

from tray_app.cli.exit_codes import Exit

_CLOSED: set[int] = set()
"""Of 0, 1 and 2, those that this process was started without."""


def open_closed() -> None:
    """Have those that are closed (`>&-`) lead to nowhere, and let no character be a fault.

    Else the next file that is opened, such as the database, would get the number 1 or 2, and what
    is printed would be written into it.
    """
    if os.name == "posix":
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                _CLOSED.add(number)
                os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        sys.stdin = sys.stdin or _opened(0, "r")
        sys.stdout = sys.stdout or _opened(1, "w")
        sys.stderr = sys.stderr or _opened(2, "w")
    if getattr(sys.stdout, "errors", "") == "strict":
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]


def flush(code: int) -> int:
    """Write out what was printed, and return the exit code: this one if all went well."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # as on Windows without a console
                stream.flush()
        except OSError as error:
            _silence(stream)
            code = report_write_error(error)
    return int(code)


def report_write_error(error: OSError) -> Exit:
    """Say that the output cannot be written, and return the exit code: 141 in silence if nobody
    reads it any more, as of a program that SIGPIPE has ended."""
    if isinstance(error, BrokenPipeError):
        return Exit.BROKEN_PIPE
    with suppress(OSError):
        sys.stderr.write(f"The output cannot be written: {error.strerror}\n")
        sys.stderr.flush()
    return Exit.INTERNAL


def has_output() -> bool:
    """Whether this process was started with a standard output."""
    return sys.stdout is not None and 1 not in _CLOSED  # none on Windows without a console


def wait_while_read(seconds: float) -> None:
    """Wait. Raises BrokenPipeError at once if standard output is a pipe or a socket that nobody
    reads any more."""
    if os.name != "posix" or not _has_reader():
        time.sleep(seconds)
        return
    import select

    poll = select.poll()
    poll.register(1, 0)
    if poll.poll(seconds * 1000):
        raise BrokenPipeError


def is_broken() -> bool:
    """Whether nobody reads our output or errors any more."""
    if os.name != "posix":
        return True  # the system does not tell; there is hardly another pipe
    import select

    poll = select.poll()
    for number in (1, 2):
        poll.register(number, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def is_unwritable() -> bool:
    """Whether what was printed cannot be written, as on a full disk."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _has_reader() -> bool:
    mode = os.fstat(1).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _opened(number: int, mode: str) -> TextIO:
    return os.fdopen(number, mode, encoding="utf-8", closefd=False)  # type: ignore[return-value]


def _silence(stream: TextIO) -> None:
    """Let the rest of it go nowhere: Python writes it at its end, and would say what went wrong."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
