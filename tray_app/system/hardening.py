"""This process towards others: its memory is not for them, its environment not for its children."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping

from tray_app.model.variables import NOT_INHERITED

_PR_SET_DUMPABLE = 4
"""prctl(2), Linux."""

_GIVEN: list[tuple[int, int]] = []
"""The limits on dumps as they were, the first one first."""


def disable_core_dumps_and_ptrace() -> None:
    """Have a crash leave no dump and, on Linux, let no other program of this user read the memory.

    What cannot be had is done without. Children begin with a limit of 0 on dumps; the rest ends
    with their exec.
    """
    if sys.platform == "win32":
        return  # what Windows Error Reporting writes is the machine's own setting
    import resource

    with contextlib.suppress(OSError, ValueError):
        given = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, given[1]))
        _GIVEN.append(given)
    if sys.platform == "linux":
        _refuse_to_be_dumped()


def restore_limits() -> None:
    """Give back the limit on dumps that this process was started with; the memory stays closed."""
    if sys.platform == "win32" or not _GIVEN:
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, _GIVEN[0])


def _refuse_to_be_dumped() -> None:
    """The limit does not stop systemd-coredump and apport, which the kernel pipes a dump into
    (core(5)); this does. It also closes /proc/PID/mem and ptrace to all but root."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):  # a libc without prctl
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def pop_secret_environment() -> Mapping[str, str]:
    """Return the environment, and take secrets and tokens out of it: the browser and whatever else
    this process starts need not inherit them."""
    taken = dict(os.environ)
    for name in NOT_INHERITED:
        os.environ.pop(name, None)
    return taken


def child_environment() -> dict[str, str]:
    """Return the environment for a program that is started: without secrets and tokens, also if
    this process is somebody else's program, whose own environment is left as it is."""
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}


def restore_library_path() -> None:
    """In a bundle, let what this process starts find the system's libraries, not the bundle's.

    PyInstaller's loader points LD_LIBRARY_PATH at its folder; a browser does not start with those.
    """
    if not hasattr(sys, "frozen"):
        return
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        os.environ.pop(name, None)
        before = os.environ.pop(f"{name}_ORIG", None)
        if before is not None:
            os.environ[name] = before


def raise_file_limit(count: int) -> None:
    """Be allowed that many open files, where the system lets us: each lock that is held is one."""
    try:
        import resource
    except ImportError:  # Windows, where it is no matter
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
