"""One real engine on real files, a relay between it and a sandbox, and a clock to be moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import SSLContext

from tests.faults.relay import Endpoint, Relay, Spoil
from tests.profile import Profile, full_profile
from tray_app.model.health import Health
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.store import MemoryStore
from tray_app.service.engine import Engine
from tray_app.text import health as health_text
from tray_app.webex.client import RequestLimits, Webex

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENT = RequestLimits()


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything in the keyring, by name, and every byte of `.env`; a failed test shows neither."""

    secrets: dict[str, str] = field(repr=False)
    env: bytes = field(repr=False)

    def changed(self, now: Kept) -> set[str]:
        """What is another, gone or new now: ".env", or an entry by the last part of its name."""
        names = self.secrets.keys() | now.secrets.keys()
        differ = {name for name in names if self.secrets.get(name) != now.secrets.get(name)}
        entries = {name.rpartition("/")[2] for name in differ}
        return entries | ({".env"} if self.env != now.env else set())


class Scene:
    """The parts, and what a person would see of them."""

    def __init__(
        self, folder: Path, webex: Sandbox, relay: Relay, clock: ManualClock, limits: RequestLimits
    ) -> None:
        self.webex = webex
        self.relay = relay
        self.clock = clock
        self.store = MemoryStore(durable=True)
        self.profile: Profile = full_profile(folder, webex)
        self.profile.store = self.store
        tools = self.profile.tools(clock)
        tools.webex.close()
        self.engine = Engine(replace(tools, webex=Webex(relay.base, clock, limits=limits)))

    def kept(self) -> Kept:
        """What must not be lost, as it is now."""
        return Kept(dict(self.store._secrets), self.profile.env_path.read_bytes())

    def die(self) -> None:
        """Take the pair over while it works, then let the access token die."""
        assert self.engine.poll().row == 11
        self.webex.revoke_service_access()
        assert self.engine.poll().row == 4

    def refresh_through(self, target: Endpoint, spoil: Spoil) -> Health:
        """Climb as the worker does, while this happens to one endpoint."""
        self.forget_asked()
        self.relay.spoil(target, spoil)
        return self.engine.refresh()

    def forget_asked(self) -> None:
        """Count requests anew."""
        self.relay.asked.clear()
        self.relay.requests.clear()

    def live(self, span: timedelta, step: timedelta = timedelta(seconds=1)) -> None:
        """Let the time go by, doing what the worker does at each moment that the engine names."""
        end = self.clock() + span
        while self.clock() < end:
            self.clock.advance(min(step, end - self.clock()))
            due = self.engine.next_check
            if due is None or self.clock() >= due:
                self.engine.poll()
                if self.engine.renewal_due():
                    self.engine.refresh()

    def said(self, health: Health) -> tuple[str, str]:
        """Headline and next step, as the menu shows them (UTC)."""
        now = self.clock()
        return health_text.headline(health, now, UTC), health_text.next_step(health, now, UTC)


@contextmanager
def scene(
    folder: Path, *, tls: SSLContext | None = None, limits: RequestLimits = PATIENT
) -> Iterator[Scene]:
    """A scene at noon, with every rung at hand and a green icon to begin with."""
    clock = ManualClock(NOON)
    with Sandbox(clock=clock) as webex, Relay(webex, tls) as relay:
        made = Scene(folder, webex, relay, clock, limits)
        try:
            yield made
        finally:
            made.engine.close()
