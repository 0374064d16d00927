"""Exchanges two files atomically, and detects writers of a file (Linux only).

A plain rename discards the old file, perhaps with an edit that was just made. An exchange keeps it,
so that such an edit can be put back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tray_app.system.directory_fd import Entry

_AT_FDCWD = -100
_NOREPLACE = 1
_EXCHANGE = 2
_F_SETSIG = 10

# Errors of old kernels and libraries, and of file systems such as NFS, for a rename with flags.
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


class CannotExchange(OSError):
    """This system or file system does not support it."""


def swap(one: Entry, other: Entry) -> None:
    """Exchange the two files. Raises CannotExchange, OSError."""
    _rename(one, other, _EXCHANGE)


def place(new: Entry, name: Entry) -> None:
    """Rename the file to a free name. Raises FileExistsError, CannotExchange, OSError."""
    _rename(new, name, _NOREPLACE)


@contextmanager
def without_writers(entry: Entry) -> Iterator[bool]:
    """Let nobody open the file for writing within the block: who does, waits.

    Yields False, and hinders nobody, if a process has it open for writing; True also if there is no
    file, or if the system does not tell. Raises OSError.

    The kernel grants a read lease only if no process has (fcntl(2), F_SETLEASE). A network file
    system may always refuse it, so first ask about a file that no process has open.
    """
    if sys.platform != "linux":
        yield True
        return
    import fcntl

    try:
        handle = entry.open(os.O_RDONLY)
    except FileNotFoundError:
        yield True
        return
    try:
        try:
            # If a process opens the file while the lease is ours, the kernel sends SIGURG, which is
            # ignored by default. Its default, SIGIO, would end this process.
            fcntl.fcntl(handle, _F_SETSIG, signal.SIGURG)
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except OSError as error:
            yield error.errno != errno.EAGAIN
        else:
            yield True
    finally:
        os.close(handle)  # ends the lease


def _rename(old: Entry, new: Entry, flag: int) -> None:
    call = _renameat2()
    if call is None:
        raise CannotExchange(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(*_name(old), *_name(new), flag) == 0:
        return
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        raise CannotExchange(number, os.strerror(number))
    raise OSError(number, os.strerror(number), str(old.path), None, str(new.path))


def _name(entry: Entry) -> tuple[int, bytes]:
    handle = entry.directory.handle
    if handle is None:
        return _AT_FDCWD, os.fsencode(entry.path)
    return handle, os.fsencode(entry.name)


def _renameat2() -> ctypes._NamedFuncPointer | None:
    """The C library's function; None if it has none (before glibc 2.28, musl 1.2.6)."""
    if sys.platform != "linux":
        return None
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is not None:
        names = ctypes.c_char_p
        call.argtypes = (ctypes.c_int, names, ctypes.c_int, names, ctypes.c_uint)
    return call
