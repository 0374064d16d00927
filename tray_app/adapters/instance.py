"""One tray a profile: the lock that says so, and a knock at the door of the one that runs."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path

from tray_app.adapters.locks import Locks

log = logging.getLogger(__name__)

_WAITING = 16


class Instance:
    """The place of the one tray of a profile. The system gives it back, however a process ends."""

    def __init__(self, directory: Path, config_path: Path) -> None:
        """`directory`: that of the lock files. The profile is known by where its config is."""
        self._profile = os.path.normcase(os.path.realpath(config_path))
        self._locks = Locks(directory, patience=0)
        short = hashlib.sha256(os.fsencode(self._profile)).hexdigest()[:16]
        if sys.platform == "win32":
            self._door, self._family = rf"\\.\pipe\webex-token-tray-{short}", "AF_PIPE"
        else:
            # A short name: the system allows a hundred characters for the whole path.
            self._door, self._family = str(directory / f"{short}.door"), "AF_UNIX"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the one. Raises Busy where there is one already."""
        with self._locks.hold("instance", self._profile):
            yield

    def knock(self) -> bool:
        """Tell the one that runs; False where it cannot be reached."""
        try:
            Client(self._door, self._family).close()
        except OSError as error:
            log.info("the program that runs does not answer: %s", error)
            return False
        return True

    @contextmanager
    def door(self, on_knock: Callable[[], None]) -> Iterator[None]:
        """Have `on_knock` called, in a thread, whenever another one tried. Within `hold` only."""
        try:
            if self._family == "AF_UNIX":
                # Left by one that was killed: whoever holds the lock may clear it away.
                Path(self._door).unlink(missing_ok=True)
            listener = Listener(self._door, self._family, backlog=_WAITING)
        except OSError as error:  # too long a path, a file system without sockets
            log.info("a second start cannot be noticed: %s", error)
            yield
            return
        closing = threading.Event()

        def answer() -> None:
            while not closing.is_set():
                with suppress(OSError, EOFError):  # gone again before we came
                    listener.accept().close()
                    if not closing.is_set():
                        on_knock()

        door = threading.Thread(target=answer, name="door", daemon=True)
        door.start()
        try:
            yield
        finally:
            closing.set()
            self.knock()  # a close would not wake the thread
            door.join(1)
            listener.close()
