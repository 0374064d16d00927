"""`run --on-change`: restarts or signals the command after the token in `.env` was replaced."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from tray_app.cli.exit_codes import Exit
from tray_app.model.errors import EnvFileError
from tray_app.model.secret import Secret
from tray_app.model.variables import ACCESS
from tray_app.policy.restart import delay_after_end
from tray_app.storage.output_file import OutputFile
from tray_app.system.supervisor import Supervisor

log = logging.getLogger(__name__)

_LOOK = 2.0
"""Seconds between two checks of `.env`, each of which is one stat."""


@dataclass(frozen=True, slots=True)
class Job:
    """The command, its environment without the token, the signal for a new token (None: restart
    it), and the variables for the token."""

    command: Sequence[str]
    environ: Mapping[str, str]
    signal_number: int | None
    variables: Collection[str] = (ACCESS,)


class TokenWatch:
    """Notices that the token in `.env` was replaced, and nothing else."""

    def __init__(self, env_file: OutputFile) -> None:
        self._env_file = env_file
        self._known: set[Secret] = set()
        self.learn()

    def learn(self, *tokens: Secret) -> None:
        """Treat these tokens, and the one that is in `.env` now, as known."""
        self._known.update(tokens)
        if not tokens and (found := self._read()) is not None:
            self._known.add(found)

    def replacement(self) -> Secret | None:
        """Return the token in `.env` if it is a new one; None also if it cannot be read."""
        found = self._read() if self._env_file.is_edited() else None
        if found is None or found in self._known:
            return None
        self._known = {found}
        return found

    def _read(self) -> Secret | None:
        try:
            return self._env_file.read().access
        except EnvFileError:
            return None


@dataclass(slots=True, repr=False, eq=False)
class RunLoop:
    """Runs the command until it ends by itself. For the main thread. `say`: shows a sentence to the
    user."""

    _job: Job
    _token: Secret
    _watch: TokenWatch
    _child: Supervisor
    _say: Callable[[str], None]

    def __post_init__(self) -> None:
        self._watch.learn(self._token)

    def run(self) -> int:
        """Return the exit code of the command, or minus the signal that ended it.

        Raises OSError if it cannot be started at first.
        """
        restarted, delay = False, 0.0
        with self._child:
            while True:
                begun = time.monotonic()
                try:
                    self._child.start(self._job.command, self._environ())
                except OSError:
                    if not restarted:
                        raise
                    code, is_ours = int(Exit.NOT_FOUND), False  # it may just be replaced, too
                else:
                    code, is_ours = self._wait()
                if self._child.ending_signal:
                    return code
                if is_ours:
                    restarted, delay = True, 0.0
                    continue
                wait = delay_after_end(
                    code,
                    restarted=restarted,
                    replaced=self._adopt() and self._job.signal_number is None,
                    lasted=time.monotonic() - begun,
                    delay=delay,
                )
                if wait is None:
                    return code
                restarted, delay = True, wait
                self._say(f"{self._name} failed ({_ending(code)}); restarting it in {wait:g} s.")
                if number := self._child.pause(wait):
                    return -number
                self._adopt()

    @property
    def _name(self) -> str:
        return self._job.command[0]

    def _environ(self) -> Mapping[str, str]:
        tokens = dict.fromkeys(self._job.variables, self._token.reveal())
        return {**self._job.environ, **tokens}

    def _adopt(self) -> bool:
        """Take the new token over, if there is one; return whether there is."""
        found = self._watch.replacement()
        self._token = found or self._token
        return found is not None

    def _wait(self) -> tuple[int, bool]:
        """Return the exit code, and whether the command was ended here for a restart."""
        while (code := self._child.wait(_LOOK)) is None:
            if self._child.ending_signal or not self._adopt():
                continue  # one that was told to end is left to it
            if self._job.signal_number is None:
                self._say(f"The token in .env was replaced: {self._name} is restarted.")
                return self._child.end(), True
            log.info("the token was replaced: signal %d is sent", self._job.signal_number)
            self._child.send(self._job.signal_number)
        return code, False


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
