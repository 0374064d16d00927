"""What has to come of a fault: which rungs are called, what is shown and said, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.faults.conftest import Measure
from tests.faults.relay import Endpoint
from tests.faults.scene import NOON, Kept, Scene
from tray_app.model.health import Health
from tray_app.model.signs import Colour

FIRST_RETRY = 22.5
"""Seconds: the first back-off, by the roll of `Profile.tools`."""

PUT_APP_SECRET = "Put the current serviceApp.clientSecret into token-config.json"
PUT_INTEGRATION_SECRET = (
    "Put the current tokenManager.integration.clientSecret into token-config.json"
)
RE_AUTHORIZE = "Sign in through the browser"
CORRECT_IDS = "Correct appId, clientSecret and targetOrgId in token-config.json"
AUTHORIZE = "Authorize the service app in Control Hub, then refresh the token"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No answer that means anything: `because` is said, all is kept, and no rung below is tried.

    `wait`: seconds that Webex asked for, as far as we obey.
    """

    because: str
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Renewed:
    """Green at once, by these calls; `life`: the new token's, None where nobody has told."""

    by: tuple[Endpoint, ...]
    life: timedelta | None = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Red at once, by a definite no: no call is left that could help before a person acts.

    `gained`: the entries of the keyring that are newer now; all the rest is kept.
    """

    headline: str
    step: str
    by: tuple[Endpoint, ...]
    gained: tuple[str, ...] = ()


def verify_nothing(
    scene: Scene,
    health: Health,
    kept: Kept,
    expected: Nothing,
    measure: Measure,
    *,
    mend: Callable[[], None] | None = None,
) -> None:
    """Nothing is lost, nothing is called in the meantime, and all is well once it is mended."""
    assert kept.changed(scene.kept()) == set()
    assert (health.row, health.colour) == (4, Colour.AMBER)
    again = NOON + timedelta(seconds=max(expected.wait, FIRST_RETRY))
    assert scene.said(health) == (
        f"Webex token rejected, renewing: {expected.because}",
        f"Automatic retry at {again:%H:%M}",
    )
    called = list(scene.relay.asked)
    scene.live(timedelta(seconds=max(expected.wait, FIRST_RETRY) - 1))
    if expected.wait:
        scene.engine.refresh(by_hand=True)  # a person's click neither
        scene.engine.poll()
        measure("requests inside Retry-After", len(scene.relay.asked) - len(called))
    assert scene.relay.asked == called
    (mend or scene.relay.mend)()
    scene.live(timedelta(minutes=31), step=timedelta(seconds=5))
    assert scene.engine.judge().row == 11
    if called:  # what was presented then is presented again: nothing is condemned
        first, *more = scene.relay.sent_for(called[-1])
        assert more[:1] == [first]


def verify_renewed(scene: Scene, health: Health, kept: Kept, expected: Renewed) -> None:
    """A new pair in `.env` and keyring; every other secret and byte is where it was."""
    assert scene.relay.asked == [*expected.by, Endpoint.CHECK]
    assert (health.row, health.colour) == (11, Colour.GREEN)
    ends = None if expected.life is None else NOON + expected.life
    assert health.until == ends
    headline, step = scene.said(health)
    assert headline == "Token works" + (
        f" until {ends:%a} {ends.day} {ends:%b %H:%M}" if ends else ""
    )
    assert step == ""
    _nothing_else_is_changed(scene, kept)


def verify_stuck(scene: Scene, health: Health, kept: Kept, expected: Stuck) -> None:
    """Red, said why; nothing is lost and no rung is called in vain for an hour."""
    assert kept.changed(scene.kept()) == set(expected.gained)
    assert scene.relay.asked == list(expected.by)
    assert (health.row, health.colour) == (1, Colour.RED)
    assert scene.said(health) == (expected.headline, expected.step)
    scene.live(timedelta(hours=1), step=timedelta(seconds=20))
    called = [asked for asked in scene.relay.asked if asked is not Endpoint.CHECK]
    assert called == list(expected.by)
    scene.relay.mend()
    scene.forget_asked()
    assert scene.engine.refresh(by_hand=True).row in (8, 11), "a click finds nothing condemned"


def _nothing_else_is_changed(scene: Scene, before: Kept) -> None:
    now = scene.kept()
    changed = before.changed(now)
    assert {"tokens", ".env"} <= changed
    # rung 3 renews the sign-in as well
    assert changed <= {"tokens", "issued", ".env", "access", "refresh"}
    assert before.secrets.keys() <= now.secrets.keys()
    lines, lines_now = before.env.splitlines(), now.env.splitlines()
    differ = [old for old, new in zip(lines, lines_now, strict=True) if old != new]
    assert all(line.startswith(b"WEBEX_SERVICE_APP_") for line in differ)
    access = scene.profile.env_access()
    assert access is not None
    assert access in next(v for k, v in now.secrets.items() if k.endswith("/tokens"))
