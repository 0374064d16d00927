"""`tray.onTokenChange` and `tray.onStateChange`: the user's own commands, run after the token in
`.env`, or the state, has changed."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tray_app.model.errors import Busy
from tray_app.model.ownership import Exposure, Ownership, command_exposure, folder_exposure
from tray_app.model.printable import printable
from tray_app.system import atomic_file
from tray_app.system.dirs import POSIX
from tray_app.system.forks import held_at_fork
from tray_app.system.hardening import child_environment
from tray_app.system.locks import Locks
from tray_app.system.ownership import find_exposure, open_folder, ownership_at, this_user
from tray_app.system.running_time import RunningTime
from tray_app.system.windows_job import WindowsJob

log = logging.getLogger(__name__)

ENV_FILE = "WEBEX_TOKEN_TRAY_ENV_FILE"
"""The variable with the path of `.env`. The command reads the token from there."""

_KILL_AFTER = 2.0
"""Seconds between SIGTERM and SIGKILL."""

_START_TIMEOUT = 2.0
"""Seconds that the end of the program waits for a command to start."""

_SLICE = 0.2
"""Seconds between two looks whether this program ends."""

_SERVICE_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "JOURNAL_STREAM")
"""Variables from systemd that are for this process only."""


TOKEN_CHANGE, STATE_CHANGE = "tray.onTokenChange", "tray.onStateChange"
"""The config keys of the commands."""

_MOST_WAITING = 50
"""Changes of the state that wait for their turn; of more, the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the token in `.env`, or of the state. `command`: () if there is none.

    `written_by`: the ownership of the config when the command was read from it; `key`: of the
    command in the config; `variables`: more variables for it; `text`: what it reads from standard
    input.
    """

    command: tuple[str, ...]
    env_file: Path
    config: Path
    written_by: Ownership | None
    key: str = TOKEN_CHANGE
    variables: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def is_of_token(self) -> bool:
        """Whether it is a change of the token."""
        return self.key == TOKEN_CHANGE


class ConfigCommands:
    """Runs the commands in a thread, one at a time in all processes. Of changes of the token that
    come meanwhile, only the latest counts; it is next. Changes of the state are run for one by one,
    in their order. Call `close`."""

    _state = threading.Condition()
    """Shared by all of them to save memory; it is never held for long."""
    held_at_fork(_state)

    def __init__(self, locks: Locks, limit: float = 30.0) -> None:
        """`limit`: seconds that the command may run; `locks`: with a longer timeout than that."""
        self._locks = locks
        self._limit = limit
        self._waiting: deque[Change] = deque()
        self._thread: threading.Thread | None = None
        self._is_ending = False
        self._has_begun = True
        """Whether all commands were started, or will not be."""
        self._notices: list[str] = []

    @property
    def has_notices(self) -> bool:
        """Whether `drain_notices` would return something. Thread-safe."""
        return bool(self._notices)

    def drain_notices(self) -> tuple[str, ...]:
        """Return the failures since the last call, in sentences. Thread-safe."""
        notices = []
        while self._notices:
            notices.append(self._notices.pop(0))
        return tuple(notices)

    def schedule(self, change: Change) -> None:
        """Run the command, after the one that is running."""
        if not change.command:
            return
        with self._state:
            self._enqueue(change)
            self._has_begun = False
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="command", daemon=True)
                self._thread.start()

    def _enqueue(self, change: Change) -> None:
        """The caller holds the lock."""
        has_token = bool(self._waiting) and self._waiting[0].is_of_token
        if change.is_of_token:
            if has_token:
                self._waiting.popleft()
            self._waiting.appendleft(change)
            return
        if len(self._waiting) - has_token >= _MOST_WAITING:
            del self._waiting[int(has_token)]
        self._waiting.append(change)

    def shorten_timeouts(self) -> None:
        """The program is ending: `close` does not wait. Thread-safe."""
        with self._state:
            self._is_ending = True
            self._state.notify_all()

    def close(self) -> None:
        """Block until the commands have ended, each for its limit at most. After
        `shorten_timeouts`, they continue alone: ending one half-way may be worse. A command that
        has not begun yet is still started, since nothing else would report the change."""
        with self._state:
            self._state.wait_for(lambda: self._thread is None or self._is_ending)
            self._state.wait_for(lambda: self._thread is None or self._has_begun, _START_TIMEOUT)

    def _serve(self) -> None:
        while True:
            with self._state:
                if not self._waiting:
                    self._thread = None
                    self._state.notify_all()
                    return
                change = self._waiting.popleft()
            failure = self._run(change)
            self._begin()
            if failure:
                log.warning("%s failed: %s", change.key, failure)
                start = "The new token is in .env; " if change.is_of_token else ""
                self._notices.append(f"{start}{change.key} failed: {failure}")

    def _begin(self) -> None:
        """Note that the command was started, unless others wait."""
        with self._state:
            self._has_begun = not self._waiting
            self._state.notify_all()

    def _run_in_folder(self, change: Change) -> str:
        """Raises OSError, ValueError."""
        program = change.command[0]
        with _folder(change) as (folder, refusal):
            if refusal:
                return refusal
            log.info("%s: %s is started", change.key, program)
            process = _started(change, folder)
            job = WindowsJob.of(process)
        self._begin()
        return self._await_end(change, process, job)

    def _await_end(
        self, change: Change, process: subprocess.Popen[bytes], job: WindowsJob | None
    ) -> str:
        """Wait for its end, and end it after the limit; if this program ends and others wait,
        leave it alone. Return what went wrong."""
        program, code = change.command[0], None
        for step in RunningTime().steps(self._limit):
            if self._is_ending and self._waiting:
                threading.Thread(target=process.wait, name="command left", daemon=True).start()
                return ""
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(min(step, _SLICE))
                break
        if code is None:
            _end(process, job)
            return f"{program} took longer than {self._limit:g} seconds and was ended"
        log.info("%s: %s has ended with %d", change.key, program, code)
        if code < 0:
            return f"{program} was ended by signal {-code}"
        return f"{program} ended with exit code {code}" if code else ""

    def _run(self, change: Change) -> str:
        """Run it to its end. Return what went wrong, "" if nothing did."""
        program = change.command[0]
        if refusal := _config_exposure(change.written_by):
            return refusal
        try:
            with self._locks.acquire("hook", str(change.config)):
                return self._run_in_folder(change)
        except Busy:
            return f"{program} was not run, because the previous run has not ended"
        except (OSError, ValueError) as error:
            return f"{program} cannot be started: {atomic_file.error_text(error)}"


def why_not_run(change: Change) -> str:
    """Say why its command would not be run now; "" if it would."""
    if refusal := _config_exposure(change.written_by):
        return refusal
    try:
        with _folder(change) as (folder, refusal):
            program = change.command[0]
            named = os.path.dirname(program)  # noqa: PTH120 - "./x" names a folder, "x" does not
            found = shutil.which(os.path.join(folder, program) if named else program)  # noqa: PTH118
            return refusal or ("" if found else "there is no such program")
    except OSError as error:
        return atomic_file.error_text(error)


def _folder(change: Change) -> AbstractContextManager[tuple[str, str]]:
    """The folder to run in, and why the command is not run, "" if it is. Raises OSError.

    The folder is opened and then judged, since its name may lead elsewhere a moment later.
    """
    return _judged_folder(change) if POSIX else nullcontext((str(change.config.parent), ""))


@contextmanager
def _judged_folder(change: Change) -> Iterator[tuple[str, str]]:
    folder = change.config.parent
    with open_folder(folder) as (name, found):
        why = folder_exposure(found, os.geteuid(), this_user(folder, os.environ).gids)
        why = why or _way_exposure(change.config, found)
        if not why and not Path(name).samefile(folder):
            why = f"{printable(str(folder))} has been replaced by another folder"
        why = why or _program_exposure(folder, change.command[0])
        yield name, f"it is not run, because {why}" if why else ""


def _way_exposure(config: Path, folder: Ownership) -> str:
    """How another user could have replaced the config or a folder on the way; "" if none can.
    Raises OSError.

    If none can, the path leads where it led when the config was read, also if the config is a link.
    """
    exposed = find_exposure(config, folder, os.environ, is_strict=True)
    return _said(exposed, "so they can put another config there") if exposed is not None else ""


def _program_exposure(folder: Path, program: str) -> str:
    """How another user can change or replace the program; "" if none can, and for a program that is
    looked up in PATH. Raises OSError."""
    if "/" not in program:
        return ""
    path = folder / program
    file = ownership_at(path)
    # In Homebrew and /usr/local, a group of administrators may write to folders.
    exposed = find_exposure(
        path, file, os.environ, shares_folders=program.startswith("/"), is_strict=True
    )
    return _said(exposed, "so they can put another program there") if exposed is not None else ""


def _said(exposed: Exposure, so: str) -> str:
    remedy = f": {exposed.remedy}" if exposed.remedy and exposed.place.uid == os.geteuid() else ""
    return f"{exposed.sentence}, {so}{remedy}"


def _config_exposure(config: Ownership | None) -> str:
    """Why the command is not run, "" if it is: another user may have written it. `config`: the
    ownership when it was read."""
    if not POSIX:
        return ""
    if config is None:
        return "it is not run, because it is not known who may write the config"
    why = command_exposure(config, os.geteuid())
    return f"it is not run, because {why}" if why else ""


def _started(change: Change, folder: str) -> subprocess.Popen[bytes]:
    """Start it in the folder, in its own process group. Raises OSError, ValueError.

    Its output goes to our stderr: our stdout may be the output of a command such as `token`.
    """
    with _standard_input(change.text) as given:
        return subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
            change.command,
            cwd=folder,
            env=_environment(change),
            stdin=given,
            stdout=_errors(),
            stderr=_errors(),
            start_new_session=POSIX,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )


@contextmanager
def _standard_input(text: str) -> Iterator[int | IO[bytes]]:
    """What it reads: a file, since a pipe would fill up if the command does not read it; in memory
    if the system can do that, since a full disk is to be told, too. Raises OSError."""
    if not text:
        yield subprocess.DEVNULL
        return
    with _temporary_file() as file:
        file.write(text.encode())
        file.seek(0)
        yield file


def _temporary_file() -> IO[bytes]:
    if sys.platform == "linux":
        with suppress(OSError):  # a sandbox may forbid it
            return os.fdopen(os.memfd_create("state"), "w+b")
    return tempfile.TemporaryFile()


def _environment(change: Change) -> dict[str, str]:
    kept = {n: value for n, value in child_environment().items() if n not in _SERVICE_VARIABLES}
    return {**kept, **change.variables, ENV_FILE: str(change.env_file)}


def _errors() -> int:
    """The descriptor of stderr, which on a desktop may be closed."""
    try:
        os.fstat(2)
    except OSError:
        return subprocess.DEVNULL
    return subprocess.DEVNULL if sys.stderr is None else 2


def _end(process: subprocess.Popen[bytes], job: WindowsJob | None) -> None:
    """End its process group: SIGTERM, then SIGKILL; on Windows its job."""
    if not POSIX:
        if job is not None:
            job.terminate()
        process.kill()
        process.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_AFTER)
