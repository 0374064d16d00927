"""Two names exchange their files in one step, and who still writes to one of them (Linux only).

A plain rename throws away what stood there, and nobody can tell what it was at that very moment.
An exchange hands it over, so that an edit which came in between can be given back.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from contextlib import suppress

from tray_app.system.directory_fd import Entry

_AT_FDCWD = -100
_NOREPLACE = 1
_EXCHANGE = 2
_F_SETSIG = 10

# What old kernels and libraries, and file systems such as NFS, say to a rename with flags.
_CANNOT = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


class CannotExchange(OSError):
    """This system or file system cannot do it."""


def swap(one: Entry, other: Entry) -> None:
    """Let the two names exchange their files. Raises CannotExchange, OSError."""
    _rename(one, other, _EXCHANGE)


def place(new: Entry, name: Entry) -> None:
    """Give the file a name that nothing has. Raises FileExistsError, CannotExchange, OSError."""
    _rename(new, name, _NOREPLACE)


def is_being_written(entry: Entry) -> bool:
    """Whether somebody has the file open for writing; False where the system does not tell, and
    where there is no file. Raises OSError.

    The kernel grants a read lease only where nobody has (fcntl(2), F_SETLEASE). A file system of
    the network may refuse it for reasons of its own: ask about a file that nobody has open first.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        handle = entry.open(os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Should somebody come in the moment that the lease is ours, we are sent what is ignored by
        # default; SIGIO, which is sent otherwise, would end the process.
        fcntl.fcntl(handle, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    else:
        with suppress(OSError):
            fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    finally:
        os.close(handle)


def _rename(old: Entry, new: Entry, flag: int) -> None:
    call = _renameat2()
    if call is None:
        raise CannotExchange(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(*_name(old), *_name(new), flag) == 0:
        return
    number = ctypes.get_errno()
    if number in _CANNOT:
        raise CannotExchange(number, os.strerror(number))
    raise OSError(number, os.strerror(number), str(old.path), None, str(new.path))


def _name(entry: Entry) -> tuple[int, bytes]:
    handle = entry.directory.handle
    if handle is None:
        return _AT_FDCWD, os.fsencode(entry.path)
    return handle, os.fsencode(entry.name)


def _renameat2() -> ctypes._NamedFuncPointer | None:
    """The C library's function, where it has one (glibc 2.28, musl 1.2.6)."""
    if sys.platform != "linux":
        return None
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is not None:
        names = ctypes.c_char_p
        call.argtypes = (ctypes.c_int, names, ctypes.c_int, names, ctypes.c_uint)
    return call
