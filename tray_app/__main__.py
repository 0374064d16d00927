"""Entry: what a prompt waits for first, then the memory is closed and the commands are loaded."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` itself would load `enum` first
import gc
import sys
import time

_LEAST_MEMORY = 33 << 20
"""Bytes, fewer than a check of the token needs. They are asked for first: with a few million left,
`hashlib` would log a traceback for each of its hashes, and hide why. More than 32 MiB, because
glibc keeps a smaller block when it is freed."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code. For a process that is this program: whenever no
    command holds it back, Ctrl-C ends the process."""
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:  # else it is ignored
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # Python's would print a traceback
    from tray_app.cli import streams

    streams.open_closed()
    try:
        bytes(_LEAST_MEMORY)
        code = _run(arguments) if _clock_can_be_read() else 70
    except (MemoryError, SystemError, ImportError, OSError) as error:
        if sentence := streams.shortage(error):  # while the program is loaded
            sys.stderr.write(f"{sentence}\n")
            code = 70
        elif isinstance(error, OSError):  # an error could not be said
            code = streams.report_write_error(error)
        else:
            raise
    return streams.flush(code)


def _clock_can_be_read() -> bool:
    """Whether `time.time` works; prints an error if not. It counts nanoseconds in 63 bits."""
    try:
        time.time()
    except OverflowError:
        sys.stderr.write("This machine's clock is past the year 2262: set it, and try again.\n")
        return False
    return True


def _run(arguments: list[str] | None) -> int:
    from tray_app.cli.fast_path import answer

    arguments = sys.argv[1:] if arguments is None else arguments
    code = answer(arguments)  # it holds no secret
    if code is not None:
        return code
    from tray_app.system.hardening import disable_core_dumps_and_ptrace, restore_library_path

    disable_core_dumps_and_ptrace()
    restore_library_path()
    # Nothing is garbage while the program loads, and to look for some takes a twentieth of the time
    # until the icon is seen. Each command, and the icon once it is up, switches it on again.
    gc.disable()
    from tray_app.cli.main import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
