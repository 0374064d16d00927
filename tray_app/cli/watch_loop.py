"""One run of `watch`: the scheduler, a line for each change, and systemd's notifications."""

from __future__ import annotations

import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import TextIO

from tray_app import bootstrap
from tray_app.cli import streams
from tray_app.cli.exit_codes import Exit
from tray_app.cli.status import Line, differs, health_line
from tray_app.model.health import Reason
from tray_app.model.local_time import local
from tray_app.model.printable import printable
from tray_app.model.snapshot import STARTING, Activity, Snapshot, UserRequest
from tray_app.runtime.scheduler import Scheduler
from tray_app.system.signals import handling_signals, on_first_signal, waking_main_thread
from tray_app.system.systemd import Notifier

log = logging.getLogger(__name__)

_HANG_TIMEOUT = 240.0
"""Seconds without a sign of life after which the watchdog is no longer pinged: longer than a
renewal in which every request times out."""


class Console:
    """Prints the lines: with their severity into systemd's journal, with their time elsewhere."""

    def __init__(self, out: TextIO, *, to_journal: bool) -> None:
        self._out = out
        self._to_journal = to_journal
        self._lock = threading.Lock()

    def write(self, line: Line) -> None:
        """Write a line. A reader that has gone away must not stop the renewing."""
        text = printable(" ".join(line.text.splitlines()))
        stamp = local(datetime.now(UTC)).isoformat(timespec="seconds")
        lead = f"<{line.severity}>" if self._to_journal else f"{stamp} "
        with self._lock:
            try:
                self._out.write(f"{lead}{text}\n")
                self._out.flush()
            except OSError as error:
                log.info("a line could not be written: %s", error)
                streams.silence(self._out)


class _Event(StrEnum):
    RELOAD = "reload"
    STOP = "stop"


class WatchLoop:
    """Runs its profiles until SIGTERM or Ctrl-C. `run` belongs to the main thread."""

    def __init__(
        self, profiles: Mapping[str, bootstrap.ProfileContext], console: Console, notifier: Notifier
    ) -> None:
        """`profiles`: by name; with several, each line begins with the name."""
        self._console = console
        self._notifier = notifier
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._configs = {name: profile.config_path for name, profile in profiles.items()}
        self._last = dict.fromkeys(profiles, STARTING.health)
        self._interrupted = False
        self._up_lock = threading.Lock()
        # Profiles whose first report is outstanding, after a start or a reload:
        self._missing = set(profiles)
        self._reloading = False
        self._last_sign_at = time.monotonic()
        first = next(iter(profiles.values()))
        shared = bootstrap.Shared(first) if len(profiles) > 1 else None
        self._scheduler = Scheduler(
            pace=first.pace, on_closed=shared.close if shared else lambda: None
        )
        self._handles = {
            name: self._scheduler.add(
                partial(bootstrap.open_engine, profile, shared), partial(self._publish, name)
            )
            for name, profile in profiles.items()
        }

    def run(self, greeting: str) -> Exit:
        """Watch until a signal; return the exit code. Blocks."""
        with (
            waking_main_thread(),
            on_first_signal(self._on_signal),
            handling_signals(lambda *_: self._events.put(_Event.RELOAD), "SIGHUP"),
        ):
            self._console.write(Line(greeting))
            self._scheduler.start()
            while self._next() is not _Event.STOP:
                pass
            self._notifier.stopping()
            self._scheduler.stop()
        self._console.write(Line("ended"))
        return Exit.INTERRUPTED if self._interrupted else Exit.GREEN

    def _on_signal(self, number: int) -> None:
        self._interrupted = number == signal.SIGINT
        self._events.put(_Event.STOP)

    def _next(self) -> _Event | None:
        """Wait for an event, at most until the watchdog must be pinged again."""
        within = self._notifier.watchdog_seconds
        # On Windows, Ctrl-C cannot interrupt a wait without a timeout.
        timeout = within / 3 if within is not None else 1.0 if os.name == "nt" else None
        if time.monotonic() - max(self._last_sign_at, self._scheduler.heartbeat) < _HANG_TIMEOUT:
            self._notifier.ping()
        try:
            event = self._events.get(timeout=timeout)
        except queue.Empty:
            return None
        if event is _Event.RELOAD:
            for name, config in self._configs.items():
                self._write(name, Line(f"reading {config} again"))
            self._notifier.reloading()
            self._reloading = True
            with self._up_lock:
                self._missing = set(self._handles)
            for handle in self._handles.values():
                handle.check()
        return event

    def _publish(self, name: str, snapshot: Snapshot) -> None:
        """Print what has changed. Called in the worker's thread."""
        self._last_sign_at = time.monotonic()
        if self._missing:  # with many profiles, some wait longer for their turn than a service may
            self._notifier.extend(_HANG_TIMEOUT)
        health, now = snapshot.health, datetime.now(UTC)
        for sentence in snapshot.notices:
            self._write(name, Line(sentence))
        if snapshot.activity is not Activity.NOTHING:
            return
        line = health_line(health, now, snapshot.last_method)
        if snapshot.last_method is not None or differs(health, self._last[name]):
            self._last[name] = health
            self._write(name, line)
            self._notifier.status(self._prefixed(name, line.text))
        # Units that start after this one should find a token that works, not one being renewed.
        if self._reloading:
            is_up = snapshot.asked is UserRequest.CHECK
        else:
            is_up = not snapshot.waits and health.reason is not Reason.RENEWING
        if is_up:
            self._mark_ready(name, line)

    def _mark_ready(self, name: str, line: Line) -> None:
        """Notify systemd once the last profile is up."""
        with self._up_lock:
            last = self._missing == {name}
            self._missing.discard(name)
        if last:
            self._reloading = False
            self._notifier.ready(self._prefixed(name, line.text))

    def _write(self, name: str, line: Line) -> None:
        self._console.write(replace(line, text=self._prefixed(name, line.text)))

    def _prefixed(self, name: str, text: str) -> str:
        return f"{name}: {text}" if len(self._handles) > 1 else text
