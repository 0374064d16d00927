"""tray.onStateChange: each change is heard once, whoever saw it and whatever was restarted."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.plain_python import PLAIN_PYTHON
from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.permissions import LOOK, RENEW
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine

pytestmark = pytest.mark.process

HEARS = """
import json, os, sys
said = json.load(sys.stdin)
said["variables"] = {n: v for n, v in os.environ.items() if n.startswith("WEBEX_")}
with open("heard", "a") as heard:
    heard.write(json.dumps(said) + chr(10))
"""
WRONG, MINUTE = timedelta(minutes=10), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _command(profile: Profile) -> None:
    def change(config: dict[str, Any]) -> None:
        config["tray"]["onStateChange"] = [*PLAIN_PYTHON, "-c", HEARS]

    profile.write_config(change)
    profile.config_path.chmod(0o600)


def heard(folder: Path, *engines: Engine) -> list[dict[str, Any]]:
    """What the command was told, once all have ended."""
    for engine in engines:
        engine._tools.commands.close()
        assert engine._tools.commands.drain_notices() == ()
    path = folder / "heard"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def events(folder: Path, *engines: Engine) -> list[str]:
    return [each["event"] for each in heard(folder, *engines)]


def test_it_gets_the_state_and_no_secret(engine: Engine, profile: Profile, webex: Sandbox) -> None:
    assert engine.poll().colour is Colour.GREEN
    assert heard(profile.folder, engine) == []
    webex.date_skew = WRONG
    engine.poll()
    worse, needed = heard(profile.folder, engine)
    assert (worse["event"], needed["event"]) == ("worse", "person-needed")
    assert (worse["colour_before"], worse["state"]["colour"]) == ("green", "amber")
    assert worse["at"] == "2026-03-02T12:00:00Z"
    assert worse["state"]["reason"] == "clock-off"
    assert worse["config"] == str(profile.config_path)
    assert worse["variables"] == {
        "WEBEX_TOKEN_TRAY_EVENT": "worse",
        "WEBEX_TOKEN_TRAY_CONFIG": str(profile.config_path),
        "WEBEX_TOKEN_TRAY_ENV_FILE": str(profile.env_path),
        "WEBEX_TOKEN_TRAY_COLOUR_BEFORE": "green",
        "WEBEX_TOKEN_TRAY_COLOUR": "amber",
        "WEBEX_TOKEN_TRAY_REASON": "clock-off",
        "WEBEX_TOKEN_TRAY_HEADLINE": "Token works, but this machine's clock is wrong",
        "WEBEX_TOKEN_TRAY_NEXT_STEP": "Set this machine's clock",
        "WEBEX_TOKEN_TRAY_WHO": "you",
        "WEBEX_TOKEN_TRAY_UNTIL": "",
    }
    everything = (profile.folder / "heard").read_text()
    secrets = [profile.env_access(), profile.env_refresh(), profile.pasted, profile.refresh_token]
    assert not any(each is None or each in everything for each in secrets)
    assert profile.app.client_secret not in everything


def test_a_renewal_and_its_failure_are_told(
    engine: Engine, profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    engine.poll()
    webex.revoke_service_access()
    webex.faults.next("/v1/access_token", Fault.unavailable(), None)
    webex.faults.next("/v1/applications/*", Fault.unavailable(), None)
    engine.poll()
    for _ in range(3):
        engine.refresh()
        clock.advance(MINUTE * 10)
    webex.faults.clear()
    engine.refresh()
    assert events(profile.folder, engine) == ["renewal-failed", "worse", "renewed", "better"]


def test_each_change_is_heard_once_through_a_flapping_hour(
    start: Start, profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    """The tray is restarted every ten minutes, a command runs beside it every minute without
    knowing of it, and Webex does not answer every third time."""
    tray = start()
    tray.poll()
    expected, is_wrong = ["renewed"], False
    for minute in range(60):
        clock.advance(MINUTE)
        webex.date_skew = WRONG if minute // 2 % 2 else timedelta(0)
        if minute % 3 == 2:
            webex.faults.next("*", Fault.unavailable(), None)
        elif is_wrong is not bool(webex.date_skew):
            is_wrong = not is_wrong
            expected += ["worse", "person-needed"] if is_wrong else ["better"]
        if minute == 31:
            webex.revoke_service_access()
        profile.permissions = RENEW
        beside = start()
        both = [threading.Thread(target=each.poll) for each in (tray, beside)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join(60)
        clock.advance(MINUTE / 60)
        if tray.renewal_due():
            tray.refresh()
        beside.close()
        webex.faults.clear()
        if minute % 10 == 9:
            tray.close()
            profile.permissions = replace(RENEW, stays=True, move_secrets=True)
            tray = start()
    found = events(profile.folder, tray)
    assert Counter(found) == Counter(expected)
    assert len(found) > 30
    colours = [each for each in found if each in ("worse", "better")]
    assert colours == [each for each in expected if each in ("worse", "better")]


def test_beside_the_tray_a_command_tells_nothing(
    start: Start, profile: Profile, webex: Sandbox
) -> None:
    tray = start()
    tray.poll()
    profile.permissions = RENEW
    beside = start()
    assert beside._tools.instance is not None
    with beside._tools.instance.acquire():
        webex.date_skew = WRONG
        beside.poll()
        beside.close()
        assert heard(profile.folder, tray) == []
        tray.poll()
    assert events(profile.folder, tray) == ["worse", "person-needed"]


def test_a_command_tells_at_its_end_what_is_so_then(
    start: Start, profile: Profile, webex: Sandbox
) -> None:
    """Before it has renewed, nothing would have."""
    profile.permissions = RENEW
    first = start()
    first.renew_if_due()
    first.close()
    webex.revoke_service_access()
    second = start()
    second.renew_if_due()
    assert heard(profile.folder) == []
    second.close()
    assert events(profile.folder, second) == ["renewed"]


def test_who_only_looks_tells_nothing(start: Start, profile: Profile, webex: Sandbox) -> None:
    profile.permissions = LOOK
    webex.revoke_all()
    engine = start()
    assert engine.poll().colour is Colour.RED
    engine.close()
    assert heard(profile.folder, engine) == []


def test_what_was_seen_earlier_than_what_was_told_is_not_told(
    start: Start, profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    tray = start()
    tray.poll()
    profile.permissions = RENEW
    beside = start()
    webex.date_skew = WRONG
    beside.poll()
    clock.advance(MINUTE)
    tray.poll()
    webex.date_skew = timedelta(0)
    clock.advance(MINUTE)
    tray.poll()
    beside.close()
    assert events(profile.folder, tray, beside) == ["worse", "person-needed", "better"]


def test_after_forgetting_it_begins_anew(start: Start, profile: Profile, webex: Sandbox) -> None:
    engine = start()
    webex.date_skew = WRONG
    engine.poll()
    assert engine._tools.told is not None
    assert engine._tools.told.last().version == 1
    engine.forget()
    assert engine._tools.told.last().version == 0
