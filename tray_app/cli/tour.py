"""The tour of `demo`: what happens to the token, stage by stage, and how the program reacts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from tray_app.cli.output import echo, echo_lines
from tray_app.model.local_time import local
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import Activity, Snapshot
from tray_app.sandbox.server import Sandbox
from tray_app.text import health as health_text

LONGEST_STAGE = 20.0
"""Seconds after which a stage has failed."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing that happens, and what must follow before the next."""

    title: str
    act: Callable[[Sandbox], None]
    reached: Callable[[Snapshot], bool]


def _renewed_by(method: RenewalMethod) -> Callable[[Snapshot], bool]:
    return lambda snapshot: (
        snapshot.last_method is method and snapshot.health.colour is Colour.GREEN
    )


def _personal_token_expires(webex: Sandbox) -> None:
    webex.revoke_personal()
    webex.revoke_service_pair()


STAGES = (
    Stage("All is well", lambda _: None, lambda seen: seen.health.colour is Colour.GREEN),
    Stage(
        "The service app's access token is revoked",
        Sandbox.revoke_service_access,
        _renewed_by(RenewalMethod.SERVICE_REFRESH),
    ),
    Stage(
        "Again, and its refresh token, too",
        Sandbox.revoke_service_pair,
        _renewed_by(RenewalMethod.MINT_PASTED),
    ),
    Stage(
        "Once more, and the personal access token has expired",
        _personal_token_expires,
        _renewed_by(RenewalMethod.INTEGRATION_REFRESH),
    ),
    Stage(
        "Webex is down: nothing is known, nothing is lost",
        Sandbox.go_down,
        lambda seen: seen.health.shape is Shape.QUERY,
    ),
    Stage("Webex is back", Sandbox.come_back, lambda seen: seen.health.colour is Colour.GREEN),
    Stage(
        "Everything is revoked: now you are needed",
        Sandbox.revoke_all,
        lambda seen: seen.health.colour is Colour.RED,
    ),
)


class Commentary:
    """Prints a line for each change, and lets the tour wait for one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._seen: list[Snapshot] = []
        self._last_line = ""

    def observe(self, snapshot: Snapshot) -> None:
        """Take a snapshot from the worker."""
        with self._changed:
            self._seen.append(snapshot)
            self._changed.notify_all()
            if snapshot.activity is Activity.NOTHING:
                self._print(snapshot)

    def act(self, title: str, action: Callable[[], None]) -> None:
        """Announce a stage and do it. Only later snapshots count for `wait`."""
        with self._changed:
            echo_lines(f"\n{_clock()}  ── {title}")
            self._seen.clear()
            action()

    def wait(self, reached: Callable[[Snapshot], bool], seconds: float) -> bool:
        """Wait for a snapshot that fits, with no activity; return False on a timeout."""

        def is_reached() -> bool:
            return any(seen.activity is Activity.NOTHING and reached(seen) for seen in self._seen)

        with self._changed:
            return self._changed.wait_for(is_reached, seconds)

    def _print(self, snapshot: Snapshot) -> None:
        health, now = snapshot.health, datetime.now(UTC)
        line = state = f"{health.colour:<6} {health_text.headline(health, now)}"
        if snapshot.last_method is not None:
            line += f"  ← {health_text.METHOD_NAMES[snapshot.last_method]}"
        if health.colour is Colour.RED:
            line += f"\n{'':18}{health_text.step_line(health, now)}"
        if state != self._last_line or snapshot.last_method is not None:
            self._last_line = state
            echo_lines(f"{_clock()}  {line}")


class Tour:
    """Runs the stages in a thread of its own. `done`: how many succeeded."""

    def __init__(self, webex: Sandbox, commentary: Commentary, pause: float) -> None:
        """`pause`: seconds after each stage."""
        self._webex = webex
        self._commentary = commentary
        self._pause = pause
        self._stopped = threading.Event()
        self.done = 0

    def start(self, at_end: Callable[[], None]) -> None:
        """Start. `at_end` is called after the last stage, or after one that failed."""
        threading.Thread(target=self._run, args=(at_end,), name="tour", daemon=True).start()

    def stop(self) -> None:
        """Stop before the end."""
        self._stopped.set()

    def _run(self, at_end: Callable[[], None]) -> None:
        try:
            self._run_stages()
        finally:
            at_end()

    def _run_stages(self) -> None:
        for stage in STAGES:
            self._commentary.act(stage.title, partial(stage.act, self._webex))
            if not self._commentary.wait(stage.reached, LONGEST_STAGE):
                echo(f"{_clock()}  This did not happen in time: the tour ends here.")
                break
            self.done += 1
            if self._stopped.wait(self._pause):
                return


def _clock() -> str:
    return f"{local(datetime.now(UTC)):%H:%M:%S}"
