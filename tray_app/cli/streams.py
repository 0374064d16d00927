"""Standard input, output and error, which may be closed, broken or full."""

from __future__ import annotations

import codecs
import errno
import io
import os
import stat
import sys
import time
from contextlib import suppress
from typing import TextIO

from tray_app.cli.exit_codes import Exit

_POSIX = os.name == "posix"

_NO_MEMORY = (
    "Out of memory: the machine has none left, or a limit was reached (ulimit -d or -v,"
    " or the container's). Free some memory, or raise the limit."
)
_NO_THREAD = (
    "No thread can be started: the limit of processes is reached (ulimit -u, or that of a"
    " container), or memory is short. End some, or raise the limit."
)
_NO_FILE = (
    "No more files can be opened: the limit is reached (ulimit -n, or that of the system)."
    " Raise it, or end some programs."
)
_NO_FILE_ERRORS = (errno.EMFILE, errno.ENFILE)

_SPARE = 32 << 20
"""Bytes: if there are not so many left, a part of the program may not have loaded for that."""

_CLOSED: set[int] = set()
"""Those of 0, 1 and 2 that were closed when this process started."""


_NOT_SHOWN = (Exit.GREEN, Exit.INTERRUPTED)
"""Exit codes after which no message box is shown."""

_ERROR_ICON = 0x10


_NEAREST = "webex-token-tray.nearest"
_INSTEAD = {"→": "->", "…": "...", "“": '"', "”": '"'}


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """Return what is written for characters that the encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_INSTEAD.get(character, "?") for character in lacking), error.end


codecs.register_error(_NEAREST, _nearest)


class _Collected(io.StringIO):
    """Standard error of a program that has none, for a message box."""


def open_closed() -> None:
    """Open closed streams (`>&-`) on the null device, and print any character without an error.

    Otherwise the next file that is opened, such as the database, gets the number 1 or 2, and
    output goes into it.
    """
    if _POSIX:
        for number in range(3):
            try:
                os.fstat(number)
            except OSError:
                _CLOSED.add(number)
                os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
        sys.stdin = sys.stdin or _opened(0, "r")
        sys.stdout = sys.stdout or _opened(1, "w")
        sys.stderr = sys.stderr or _opened(2, "w")
    elif sys.stderr is None:  # Windows, without a console
        sys.stderr = _Collected()
    # Python's default on Windows is `surrogateescape`, which fails for what a code page lacks.
    failing = ("strict",) if _POSIX else ("strict", "surrogateescape")
    if getattr(sys.stdout, "errors", "") in failing:
        sys.stdout.reconfigure(errors=_NEAREST)  # type: ignore[union-attr]


def flush(code: int) -> int:
    """Flush the output and return the exit code: `code` if that succeeds."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # as on Windows without a console
                stream.flush()
        except OSError as error:
            silence(stream)
            code = report_write_error(error)
    said = sys.stderr.getvalue().strip() if isinstance(sys.stderr, _Collected) else ""
    if said and code not in _NOT_SHOWN:
        _show(said)
    return int(code)


def show_no_box() -> None:
    """Show no message box of what was printed so far: the user learns it in another way."""
    if isinstance(sys.stderr, _Collected):
        sys.stderr.seek(0)
        sys.stderr.truncate()


def report_write_error(error: OSError) -> Exit:
    """Say that the output cannot be written, and return the exit code. A closed pipe is silent:
    141, as after SIGPIPE."""
    if is_broken_pipe(error):
        return Exit.BROKEN_PIPE
    with suppress(OSError):
        sys.stderr.write(f"The output cannot be written: {error.strerror}\n")
        sys.stderr.flush()
    return Exit.INTERNAL


def shortage(error: Exception) -> str:
    """Return the sentence for what is short: memory, threads or open files; "" if something else is
    wrong. Some C code raises SystemError if memory is short, and a library that cannot be loaded is
    an ImportError, whatever the reason."""
    if isinstance(error, ImportError):
        try:
            bytes(_SPARE)
            os.close(os.open(os.devnull, os.O_RDONLY))
        except (MemoryError, OSError) as found:
            error = found
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOMEM or isinstance(error, MemoryError | SystemError):
        return _NO_MEMORY
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return _NO_THREAD
    return _NO_FILE if number in _NO_FILE_ERRORS else ""


def is_broken_pipe(error: OSError) -> bool:
    """Whether the error is that of a write into a pipe that nobody reads. Windows has no error of
    its own for it."""
    is_invalid = error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or (not _POSIX and is_invalid)


def has_output() -> bool:
    """Whether this process has a standard output."""
    return sys.stdout is not None and 1 not in _CLOSED  # none on Windows without a console


def wait_while_read(seconds: float) -> None:
    """Wait. Raises BrokenPipeError as soon as the reader of standard output is gone."""
    if os.name != "posix" or not _is_pipe(1):
        time.sleep(seconds)
        return
    import select

    poll = select.poll()
    poll.register(1, 0)
    if poll.poll(seconds * 1000):
        raise BrokenPipeError


def is_broken() -> bool:
    """Whether the reader of standard output or error is gone."""
    if not _POSIX:  # the system says no more
        return _is_pipe(1) or _is_pipe(2)
    import select

    poll = select.poll()
    for number in (1, 2):
        poll.register(number, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def is_unwritable() -> bool:
    """Whether the output cannot be written, for example to a full disk."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _show(text: str) -> None:
    """Show a message box and wait until it is closed (Windows)."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, "Webex Token Tray", _ERROR_ICON)


def _is_pipe(number: int) -> bool:
    try:
        mode = os.fstat(number).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _opened(number: int, mode: str) -> TextIO:
    return os.fdopen(number, mode, encoding="utf-8", closefd=False)  # type: ignore[return-value]


def silence(stream: TextIO) -> None:
    """Discard the rest: Python flushes at exit, and would print an error."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
