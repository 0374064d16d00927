"""A process on Windows together with all that it starts, which killing it alone would leave."""

from __future__ import annotations

import sys
from subprocess import Popen
from typing import Any, Self


class WindowsJob:
    """A job object. Its processes run on when this object is gone."""

    def __init__(self, kernel: Any, handle: int) -> None:
        self._kernel, self._handle = kernel, handle

    @classmethod
    def of(cls, process: Popen[bytes]) -> Self | None:
        """Return a new job of this process; None if there can be none, or on other systems. What
        the process has started before this call is not in it."""
        if sys.platform == "win32":
            from ctypes import WinDLL, c_void_p

            kernel = WinDLL("kernel32")
            kernel.CreateJobObjectW.restype = c_void_p
            job = cls(kernel, kernel.CreateJobObjectW(None, None) or 0)
            process_handle = c_void_p(int(process._handle))  # type: ignore[attr-defined]  # noqa: SLF001
            if kernel.AssignProcessToJobObject(c_void_p(job._handle), process_handle):
                return job
        return None

    def terminate(self) -> None:
        """End all of its processes."""
        self._call("TerminateJobObject", 1)

    def __del__(self) -> None:
        self._call("CloseHandle")

    def _call(self, function: str, *arguments: int) -> None:
        from ctypes import c_void_p

        getattr(self._kernel, function)(c_void_p(self._handle), *arguments)
