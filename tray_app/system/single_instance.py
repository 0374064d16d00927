"""One tray for each profile and each `.env`, and how a second start notifies the first.

Whether one runs is asked before the icon is shown, so what only locks and writes is loaded later.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.model.errors import Busy
from tray_app.system.dirs import profile_id, real_path
from tray_app.system.file_probe import is_locked, lock_file

if TYPE_CHECKING:
    from tray_app.system.locks import Locks

log = logging.getLogger(__name__)

_BACKLOG = 16

_TIMEOUT = 0.1
"""Seconds to wait for the lock: `is_locked` shares it for an instant."""


class Instance:
    """The one tray of a profile. The system releases its locks when the process ends."""

    def __init__(self, directory: Path, config_path: Path) -> None:
        """`directory`: of the lock files. The config's real path identifies the profile."""
        self._directory, self._config_path = directory, config_path
        self._profile = os.path.normcase(os.path.realpath(config_path))
        short = profile_id(config_path)
        if sys.platform == "win32":
            self._address, self._family = rf"\\.\pipe\webex-token-tray-{short}", "AF_PIPE"
        else:
            # A short name, since the path of a socket has at most some 100 characters.
            self._address, self._family = str(directory / f"{short}.door"), "AF_UNIX"

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Become the running instance. Raises Busy if there is one."""
        with self._locks().acquire("instance", self._profile):
            yield

    def is_running(self) -> bool:
        """Whether there seems to be one now. It is not notified."""
        return is_locked(str(self.lock_file))

    def is_busy(self) -> bool:
        """Whether there is one that `acquire` would give way to. A lock in a folder that is not
        the user's own does not count, nor one that somebody had for an instant."""
        try:
            with self.acquire():
                return False
        except Busy:
            return True

    @property
    def lock_file(self) -> Path:
        """The file that is locked while there is one."""
        return lock_file(self._directory, "instance", self._profile)

    def owner_of(self, env_file: Path) -> str | None:
        """Return the config whose tray writes this `.env` now; None if there is none."""
        real = os.path.normcase(real_path(env_file))
        is_held = is_locked(str(lock_file(self._directory, "env", real)))
        return _config_in(self._note(real)) if is_held else None

    @contextmanager
    def acquire_outputs(self, *files: Path) -> Iterator[None]:
        """Become the one tray that writes these, with their links resolved. Raises Busy, with a
        sentence, if that is the tray of another config."""
        locks = self._locks()
        by_place = {os.path.normcase(real_path(file)): file for file in files}
        with ExitStack() as held:
            for real, file in by_place.items():
                note = self._note(real)
                try:
                    held.enter_context(locks.acquire("env", real))
                except Busy:
                    raise Busy(
                        f"{file} is kept already by the tray of {_config_in(note)};"
                        f" give {self._config_path} a .env of its own (tray.envFile)."
                    ) from None
                with suppress(OSError):  # then messages cannot name it
                    _write(note, os.fsencode(self._config_path))
            yield

    def _locks(self) -> Locks:
        from tray_app.system.locks import Locks

        return Locks(self._directory, _TIMEOUT)

    def _note(self, real: str) -> Path:
        import hashlib

        return self._directory / f"{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}.keeper"

    @contextmanager
    def forward_to(self, other: Instance) -> Iterator[None]:
        """Notify `other` when this one is started again. Use within `acquire` of both. Does nothing
        on Windows, which has no links between pipes."""
        if self._family == "AF_UNIX":
            socket = Path(self._address)
            with suppress(OSError):
                socket.unlink(missing_ok=True)
                socket.symlink_to(other._address)
        yield

    def notify_running(self) -> bool:
        """Notify the running instance; return False if it cannot be reached."""
        from multiprocessing.connection import Client

        try:
            Client(self._address, self._family).close()
        except OSError as error:
            log.info("the program that runs does not answer: %s", error)
            return False
        return True

    @contextmanager
    def listen(self, on_notify: Callable[[], None]) -> Iterator[None]:
        """Call `on_notify`, in a thread, at each second start. Use within `acquire` only."""
        from multiprocessing.connection import Listener

        from tray_app.system.own_folder import own_entry

        try:
            is_file = self._family == "AF_UNIX"
            if is_file:
                # A killed instance left it. We hold the lock, so we may remove it.
                Path(self._address).unlink(missing_ok=True)
            with own_entry(Path(self._address)) if is_file else nullcontext() as entry:
                listener = Listener(self._address, self._family, backlog=_BACKLOG)
                if entry is not None:
                    entry.make_private()
        except OSError as error:  # too long a path, a file system without sockets
            log.info("a second start cannot be noticed: %s", error)
            yield
            return
        closing = threading.Event()

        def serve() -> None:
            while not closing.is_set():
                with suppress(OSError, EOFError):  # the client is gone
                    listener.accept().close()
                    if not closing.is_set():
                        on_notify()

        thread = threading.Thread(target=serve, name="second start", daemon=True)
        thread.start()
        try:
            yield
        finally:
            closing.set()
            self.notify_running()  # closing the listener would not wake the thread
            thread.join(1)
            listener.close()


def _config_in(note: Path) -> str:
    """The config that the tray which writes a `.env` has noted."""
    from tray_app.system import atomic_file

    try:
        return os.fsdecode(atomic_file.read_small(note) or b"another config")
    except OSError:
        return "another config"


def _write(note: Path, text: bytes) -> None:
    from tray_app.system.own_folder import own_entry

    with own_entry(note) as entry:
        handle = entry.open(os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
