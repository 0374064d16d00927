"""Protects this process's memory and environment from other processes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping

from tray_app.model.variables import NOT_INHERITED

_PR_SET_DUMPABLE = 4
"""prctl(2), Linux."""

_FILES = 256
"""Open files, beside the two locks of each profile."""

_INITIAL_LIMITS: list[tuple[int, int]] = []
"""The limits on core dumps before they were changed."""


def disable_core_dumps_and_ptrace() -> None:
    """Prevent core dumps and, on Linux, reading this memory by other programs of this user.

    What the system refuses is skipped. Children inherit the limit of 0 on dumps, but nothing else.
    """
    if sys.platform == "win32":
        return  # Windows Error Reporting is a setting of the machine
    import resource

    with contextlib.suppress(OSError, ValueError):
        limit = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, limit[1]))
        _INITIAL_LIMITS.append(limit)
    if sys.platform == "linux":
        _refuse_to_be_dumped()


def restore_limits() -> None:
    """Restore the limit on core dumps that this process was started with."""
    if sys.platform == "win32" or not _INITIAL_LIMITS:
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, _INITIAL_LIMITS[0])


@contextlib.contextmanager
def initial_limits() -> Iterator[None]:
    """Restore the limit on core dumps during the block, for a child process that starts in it."""
    restore_limits()
    try:
        yield
    finally:
        if _INITIAL_LIMITS:
            disable_core_dumps_and_ptrace()


def _refuse_to_be_dumped() -> None:
    """Prevent dumps that the kernel pipes into systemd-coredump or apport, which ignore the limit
    (core(5)). It also closes /proc/PID/mem and ptrace to all but root."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):  # a libc without prctl
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def pop_secret_environment() -> Mapping[str, str]:
    """Return the environment, and remove secrets and tokens from it, so that the browser and other
    child processes do not inherit them."""
    complete = dict(os.environ)
    for name in NOT_INHERITED:
        os.environ.pop(name, None)
    return complete


def child_environment() -> dict[str, str]:
    """Return the environment without secrets and tokens, for a child process. Programs that import
    this package keep theirs, so it may still contain them; and under names of their own
    (`tray.outputs`), only the value shows that it is one that this process has used."""
    from tray_app.system.log import REDACTOR

    return {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_INHERITED and REDACTOR.redact(value) == value
    }


def restore_library_path() -> None:
    """In a bundle, restore the library path for child processes.

    PyInstaller sets LD_LIBRARY_PATH to its own folder; a browser does not start with that.
    """
    if not hasattr(sys, "frozen"):
        return
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        os.environ.pop(name, None)
        before = os.environ.pop(f"{name}_ORIG", None)
        if before is not None:
            os.environ[name] = before


def raise_file_limit(profiles: int) -> None:
    """Raise the limit on open files, if allowed, to what so many profiles need: each holds two
    locks, which are open files."""
    count = _FILES + 2 * profiles
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
