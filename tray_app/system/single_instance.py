"""One tray a profile and a `.env`: the lock that says so, and a knock at the door of who has it."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path

from tray_app.model.errors import Busy
from tray_app.system import atomic_file
from tray_app.system.dirs import profile_id
from tray_app.system.locks import Locks
from tray_app.system.own_folder import own_entry

log = logging.getLogger(__name__)

_WAITING = 16

_ONLOOKER = 0.1
"""Seconds to wait for the lock: who only asks whether it is held shares it for an instant."""


class Instance:
    """The place of the one tray of a profile. The system gives it back, however a process ends."""

    def __init__(self, directory: Path, config_path: Path) -> None:
        """`directory`: that of the lock files. The profile is known by where its config is."""
        self._directory, self._config_path = directory, config_path
        self._profile = os.path.normcase(os.path.realpath(config_path))
        self._locks = Locks(directory, _ONLOOKER)
        short = profile_id(config_path)
        if sys.platform == "win32":
            self._door, self._family = rf"\\.\pipe\webex-token-tray-{short}", "AF_PIPE"
        else:
            # A short name: the system allows a hundred characters for the whole path.
            self._door, self._family = str(directory / f"{short}.door"), "AF_UNIX"

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Be the one. Raises Busy where there is one already."""
        with self._locks.acquire("instance", self._profile):
            yield

    def is_running(self) -> bool:
        """Whether there is one now; it hears nothing of the question."""
        return self._locks.is_held("instance", self._profile)

    @property
    def lock_file(self) -> Path:
        """The file that is locked while there is one."""
        return self._locks.path("instance", self._profile)

    def owner_of(self, env_file: Path) -> str | None:
        """Return the config whose tray keeps this `.env` now; None where none does."""
        real = os.path.normcase(os.path.realpath(env_file))
        return _noted(self._note(real)) if self._locks.is_held("env", real) else None

    @contextmanager
    def acquire_env(self, env_file: Path) -> Iterator[None]:
        """Be the one tray that keeps this `.env`, wherever links to it lead. Raises Busy with a
        sentence where the tray of another config does."""
        real = os.path.normcase(os.path.realpath(env_file))
        note = self._note(real)
        with ExitStack() as held:
            try:
                held.enter_context(self._locks.acquire("env", real))
            except Busy:
                raise Busy(
                    f"{env_file} is kept already by the tray of {_noted(note)};"
                    f" give {self._config_path} a .env of its own (tray.envFile)."
                ) from None
            with suppress(OSError):  # then it cannot be named, and is the one all the same
                _write(note, os.fsencode(self._config_path))
            yield

    def _note(self, real: str) -> Path:
        return self._directory / f"{hashlib.sha256(os.fsencode(real)).hexdigest()[:16]}.keeper"

    @contextmanager
    def forward_to(self, other: Instance) -> Iterator[None]:
        """Have a knock here heard there. Within `hold` of both; not on Windows, which has no links
        between pipes."""
        if self._family == "AF_UNIX":
            door = Path(self._door)
            with suppress(OSError):
                door.unlink(missing_ok=True)
                door.symlink_to(other._door)
        yield

    def notify_running(self) -> bool:
        """Tell the one that runs; False where it cannot be reached."""
        from multiprocessing.connection import Client

        try:
            Client(self._door, self._family).close()
        except OSError as error:
            log.info("the program that runs does not answer: %s", error)
            return False
        return True

    @contextmanager
    def listen(self, on_knock: Callable[[], None]) -> Iterator[None]:
        """Have `on_knock` called, in a thread, whenever another one tried. Within `hold` only."""
        from multiprocessing.connection import Listener

        try:
            is_file = self._family == "AF_UNIX"
            if is_file:
                # Left by one that was killed: whoever holds the lock may clear it away.
                Path(self._door).unlink(missing_ok=True)
            with own_entry(Path(self._door)) if is_file else nullcontext() as entry:
                listener = Listener(self._door, self._family, backlog=_WAITING)
                if entry is not None:
                    entry.make_private()
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
            self.notify_running()  # a close would not wake the thread
            door.join(1)
            listener.close()


def _noted(note: Path) -> str:
    """The config of the tray that keeps a `.env`, as it has noted itself."""
    try:
        return os.fsdecode(atomic_file.read_small(note) or b"another config")
    except OSError:
        return "another config"


def _write(note: Path, text: bytes) -> None:
    with own_entry(note) as entry:
        handle = entry.open(os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
