"""The service manager's end of sd_notify: a real datagram socket."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self


class Manager:
    """Hears what a service says. `heard`: each datagram, as its lines."""

    def __init__(self, folder: Path | None = None, *, abstract: str = "") -> None:
        """`abstract`: the name of a socket that has no file."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.address = f"@{abstract}" if abstract else str((folder or Path()) / "notify")
        self._socket.bind("\0" + abstract if abstract else self.address)
        self.heard: list[list[str]] = []

    def next(self, seconds: float = 60.0) -> list[str]:
        """The next datagram's lines."""
        self._socket.settimeout(max(seconds, 0.001))
        self.heard.append(self._socket.recv(65_536).decode().split("\n"))
        return self.heard[-1]

    def until(self, fits: Callable[[list[str]], bool], seconds: float = 60.0) -> list[str]:
        """The next datagram that fits."""
        end = time.monotonic() + seconds
        while not fits(lines := self.next(end - time.monotonic())):
            pass
        return lines

    def until_says(self, start: str) -> list[str]:
        """The next datagram whose first line begins so."""
        return self.until(lambda lines: lines[0].startswith(start))

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            self.next(seconds)
        except TimeoutError:
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
