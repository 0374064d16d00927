"""A lock between the processes of one Windows session, without a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_HELD = (0, 0x80)
"""WAIT_OBJECT_0, and WAIT_ABANDONED: a process has ended that held it."""


@contextmanager
def windows_mutex(name: str, timeout: float) -> Iterator[None]:
    """Hold the mutex of this name; only one thread of one process does. Waits so many seconds for
    it, then goes on without; on other systems at once.

    Its name is one of this logon session. A global one could be held by other users.
    """
    if sys.platform == "win32":
        import hashlib
        from ctypes import WinDLL, c_void_p

        kernel = WinDLL("kernel32")
        kernel.CreateMutexW.restype = c_void_p
        digest = hashlib.sha256(name.lower().encode(errors="surrogatepass")).hexdigest()
        mutex = c_void_p(kernel.CreateMutexW(None, False, f"Local\\{digest}"))
        is_held = kernel.WaitForSingleObject(mutex, int(timeout * 1000)) in _HELD
        try:
            yield
        finally:
            if is_held:
                kernel.ReleaseMutex(mutex)
            kernel.CloseHandle(mutex)
    else:
        yield
