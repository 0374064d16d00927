"""What a service says to systemd: sd_notify(3), and how its output gets into the journal."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)

_ADDRESS, _STREAM = "NOTIFY_SOCKET", "JOURNAL_STREAM"
_WATCHDOG, _WATCHED = "WATCHDOG_USEC", "WATCHDOG_PID"
_TIMEOUT = 1.0


class Notifier:
    """Tells the service manager how it stands. Where there is none, nothing happens. Any thread."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get(_ADDRESS, "")
        # "@": an abstract socket, whose name begins with a zero byte (unix(7)).
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_seconds = _watchdog_seconds(environ)
        """Within how many seconds `ping` is expected; None where nobody watches."""

    def ready(self, status: str) -> None:
        """It works from now on; after a `reloading`: again."""
        self._send("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Say in one line how it stands."""
        self._send(f"STATUS={status}")

    def reloading(self) -> None:
        """The config is being read again; `ready` ends that."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def extend(self, seconds: float) -> None:
        """It is still starting or reloading, and is heard of again within so many seconds."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def stopping(self) -> None:
        """It ends."""
        self._send("STOPPING=1")

    def ping(self) -> None:
        """It is alive."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        """One datagram: a line an assignment. Who does not listen must not stop the renewing."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
                door.settimeout(_TIMEOUT)  # a full queue would hold us up
                door.connect(self._address)
                door.send(
                    "\n".join(" ".join(line.splitlines()) for line in lines).encode(
                        errors="replace"
                    )
                )
        except (OSError, ValueError) as error:
            log.info("the service manager does not listen: %s", error)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """sd_watchdog_enabled(3): the time, if it is this process that is meant."""
    time_, pid = environ.get(_WATCHDOG, ""), environ.get(_WATCHED, "")
    if not time_.isdecimal() or int(time_) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(time_) / 1_000_000


def is_journal(environ: Mapping[str, str], handle: int) -> bool:
    """Whether what is written there goes straight into the journal, which has its own times and
    reads the severity from the line (sd-daemon(3))."""
    try:
        state = os.fstat(handle)
    except OSError:
        return False
    return environ.get(_STREAM) == f"{state.st_dev}:{state.st_ino}"
