"""Notices on the desktop: `Notices` decides in a thread of its own, a `Board` puts them up.

Nobody waits for a notification daemon, and none is needed.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from tray_app.core.notices import Asked, Notice, Told, decide, with_news
from tray_app.core.wording import shorten
from tray_app.snapshot import STARTING, Doing, Snapshot

if TYPE_CHECKING:
    from pystray import Icon

log = logging.getLogger(__name__)

NAME = "Webex Token Tray"


class Board(Protocol):
    """Where one notice of ours can hang. Called by one thread only."""

    def put_up(self, notice: Notice) -> None:
        """Show it, instead of the last one."""

    def take_down(self) -> None:
        """Take the last one away, if it is still there."""

    def close(self) -> None:
        """Nothing more will come."""


class Notices:
    """Tells a person what the worker found. Every method returns at once, on any thread."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
        # that thread's:
        self._told = Told()
        self._last = STARTING
        self._news: tuple[str, ...] = ()

    def start(self) -> None:
        """Start; what was heard before that is kept."""
        self._thread.start()

    def hear(self, snapshot: Snapshot) -> None:
        """Take a snapshot from the worker."""
        self._inbox.put(lambda: self._take(snapshot))

    def remind(self) -> None:
        """Tell what is so: a person has started the program again."""
        self._inbox.put(lambda: self._decide(replace(self._last, asked=Asked.START, news=())))

    def stop(self) -> None:
        """End, taking down what nobody would take down later. `wait` waits for it."""
        self._inbox.put(None)

    def wait(self, patience: float) -> None:
        """Wait for the end after `stop`; a daemon that hangs is left behind."""
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while (job := self._inbox.get()) is not None:
            self._do(job)
        if self._told.standing:
            self._do(self._board.take_down)
        self._do(self._board.close)

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception:  # a boundary: one bad notice must not end all others
            log.exception("a notice failed")

    def _take(self, snapshot: Snapshot) -> None:
        self._last = snapshot
        if snapshot.doing is Doing.NOTHING:
            self._decide(snapshot)

    def _decide(self, snapshot: Snapshot) -> None:
        decision = decide(
            self._told,
            snapshot.health,
            datetime.now(UTC),
            asked=snapshot.asked,
            answered=snapshot.answered,
            signed_in=snapshot.signed_in,
        )
        self._told, notice = decision.told, decision.notice
        self._news += snapshot.news
        if self._news and (notice is not None or not self._told.standing):
            # Not in the place of a notice that something is wrong: that one is to stay.
            notice, self._news = with_news(notice, self._news, snapshot.health), ()
        if notice is not None:
            self._board.put_up(notice)
        elif decision.withdraw:
            self._board.take_down()


class IconBoard:
    """The notices of pystray's own icon: Windows and macOS."""

    def __init__(self, icon: Icon) -> None:
        self._icon = icon

    def put_up(self, notice: Notice) -> None:
        """Show it. Windows takes 63 and 255 characters, and shows nothing without a text."""
        title, text = (notice.summary, notice.body) if notice.body else (NAME, notice.summary)
        self._icon.notify(shorten(text, 255), shorten(title, 63))

    def take_down(self) -> None:
        """Take it away, where the system lets us: on macOS it goes by itself."""
        self._icon.remove_notification()

    def close(self) -> None:
        """Nothing to close: the icon is the tray's."""
