"""Commands to a profile's worker, and the handle through which any thread gives them.

Light to import: the menu needs it before the icon is on the panel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What a command asks for: first what a user asks for, then what the program asks of itself."""

    CHECK = auto()
    CHECK_ALL = auto()
    REFRESH = auto()
    AUTHORIZE = auto()
    EXTEND = auto()
    KEEP = auto()
    STOP_KEEPING = auto()
    SIGN_IN_ENDED = auto()
    NO_BROWSER = auto()
    POLL = auto()
    RELOAD = auto()
    JUDGE = auto()
    DELIVER_NOTICES = auto()
    STOP = auto()


class Command(NamedTuple):
    """One thing to do. `source_id`: the data source that it is about, "" if none is named."""

    kind: Kind
    source_id: str = ""


class ProfileHandle:
    """Queues commands for one profile's worker. A command that is queued already is dropped.

    Every method returns at once, on any thread. Commands given before the profile has a worker are
    kept for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commands: list[Command] = []
        self._wake: Callable[[], None] = lambda: None
        self._cancel_sign_in: Callable[[bool], None] = lambda _: None

    def connect(self, wake: Callable[[], None], cancel_sign_in: Callable[[bool], None]) -> None:
        """Call `wake` from now on when a command is queued; the caller sees to those queued so
        far."""
        self._wake, self._cancel_sign_in = wake, cancel_sign_in

    def check(self) -> None:
        """Check the token now."""
        self.post(Command(Kind.CHECK))

    def check_with_others(self) -> None:
        """Check the token now; the user waits for one answer about all profiles."""
        self.post(Command(Kind.CHECK_ALL))

    def poll(self) -> None:
        """Check the token now; no user waits for an answer."""
        self.post(Command(Kind.POLL))

    def refresh(self) -> None:
        """Refresh the token now."""
        self.post(Command(Kind.REFRESH))

    def authorize(self) -> None:
        """Open the sign-in page in the browser; if a page waits already, open that one again."""
        self.post(Command(Kind.AUTHORIZE))

    def cancel_sign_in(self, *, by_user: bool = True) -> None:
        """End the sign-in that waits, if there is one. `by_user`: False if it has become void."""
        self._cancel_sign_in(by_user)

    def extend(self, source_id: str = "") -> None:
        """Extend a data source now; "" for the one that the health is about."""
        self.post(Command(Kind.EXTEND, source_id))

    def keep(self, source_id: str, *, on: bool) -> None:
        """Keep a data source alive from now on, or stop keeping it."""
        self.post(Command(Kind.KEEP if on else Kind.STOP_KEEPING, source_id))

    def post(self, command: Command) -> None:
        """Queue a command."""
        with self._lock:
            if command in self._commands:
                return
            self._commands.append(command)
        self._wake()

    @property
    def has_commands(self) -> bool:
        """Whether a command waits."""
        return bool(self._commands)

    def take(self) -> Command | None:
        """Remove and return the oldest command; None if there is none."""
        with self._lock:
            return self._commands.pop(0) if self._commands else None
