"""Data sources in the worker: clicks on them, and what it does without a click."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.profile import Profile
from tests.sources import register, register_ago
from tests.working import Audience, now, working
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.model.snapshot import Activity, Snapshot, UserRequest
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches
from tray_app.text.data_sources import extension_outcome

if TYPE_CHECKING:
    from tray_app.sandbox.datasources import DataSource


@pytest.fixture
def ending(webex: Sandbox) -> DataSource:
    """A data source whose token has half an hour left."""
    return register_ago(webex, timedelta(minutes=30))


def jws(webex: Sandbox, source: DataSource) -> str:
    found = webex.data_sources.find(source.id)
    assert found is not None
    return found.jws


def is_extended(snapshot: Snapshot) -> bool:
    return snapshot.extended is not None


def test_the_one_that_is_named_is_extended_with_a_click(
    profile: Profile, webex: Sandbox, ending: DataSource
) -> None:
    """As the next step; afterwards all is well, and the user gets an answer."""
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        amber = audience.until_idle()
        assert amber.health.reason is Reason.SOURCE_ENDING
        worker.extend()
        audience.until(lambda s: s.activity is Activity.EXTENDING)
        told = audience.until(is_extended)
    assert told.asked is UserRequest.EXTEND
    assert told.health.colour is Colour.GREEN
    assert told.extended is not None
    assert told.extended.succeeded
    assert jws(webex, ending) != ending.jws


def test_any_other_is_extended_by_its_own_row(profile: Profile, webex: Sandbox) -> None:
    """Also while nothing is wrong with it."""
    source = register(webex)
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.extend(source.id)
        told = audience.until(is_extended)
    assert told.extended is not None
    assert told.extended.source_id == source.id
    assert jws(webex, source) != source.jws


def test_a_click_that_webex_refuses_is_answered_in_its_own_words(
    profile: Profile, webex: Sandbox
) -> None:
    """It was registered before Webex had a minimum, say."""
    source = register(webex, lifetime=timedelta(minutes=50))
    webex.switches = Switches(shortest_data_source_minutes=60)
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.extend(source.id)
        told = audience.until(is_extended)
    assert told.extended is not None
    said = extension_outcome(told.extended, now(), ids=False)
    assert said.endswith("not extended: tokenLifetimeMinutes must be between 60 and 1440.")


def test_a_late_click_on_what_is_well_again_does_nothing(profile: Profile, webex: Sandbox) -> None:
    """Another process has extended it meanwhile."""
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.extend()
        worker.check()
        assert audience.until_idle().asked is UserRequest.CHECK
    assert all(snapshot.activity is not Activity.EXTENDING for snapshot in audience.heard)


def test_a_failure_is_the_answer_to_the_click(
    profile: Profile, webex: Sandbox, ending: DataSource
) -> None:
    webex.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.unavailable())
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.extend()
        told = audience.until(is_extended)
    assert told.extended is not None
    assert told.extended.failure is TransportFailure.SERVER_ERROR
    assert told.health.reason is Reason.SOURCE_ENDING


def test_a_token_that_has_died_is_renewed_after_the_click(
    profile: Profile, webex: Sandbox, ending: DataSource
) -> None:
    """Found out by the extension itself; a second click extends."""
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        webex.revoke_service_access()
        worker.extend(ending.id)
        told = audience.until(is_extended)
        assert told.extended is not None
        assert told.extended.refusal is Refusal.REJECTED
        audience.until(lambda snapshot: snapshot.last_method is not None)
        worker.extend(ending.id)
        told = audience.until(is_extended)
    assert told.extended is not None
    assert told.extended.succeeded


def test_a_tick_is_kept_and_extends_what_is_due(
    profile: Profile, webex: Sandbox, ending: DataSource
) -> None:
    """Without waiting for the next check."""
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        worker.keep(ending.id, on=True)
        audience.until(lambda snapshot: snapshot.activity is Activity.EXTENDING)
        kept = audience.until_idle()
        assert kept.health.colour is Colour.GREEN
        assert kept.asked is None
        assert kept.health.sources is not None
        assert [watched.kept for watched in kept.health.sources] == [True]
        assert json.loads(profile.config_path.read_text())["tray"]["keepAlive"] == [ending.id]
        worker.keep(ending.id, on=False)
        unkept = audience.until_idle()
        assert unkept.health.sources is not None
        assert [watched.kept for watched in unkept.health.sources] == [False]
    assert jws(webex, ending) != ending.jws


def test_what_is_kept_alive_is_extended_when_due_without_a_click(
    profile: Profile, webex: Sandbox, ending: DataSource
) -> None:
    profile.write_config(lambda config: config["tray"].update(keepAlive=[ending.id]))
    audience = Audience()
    with working(lambda: profile.engine(now), audience):
        audience.until(lambda snapshot: snapshot.activity is Activity.EXTENDING)
        done = audience.until_idle()
    assert (done.health.colour, done.asked, done.extended) == (Colour.GREEN, None, None)
    assert jws(webex, ending) != ending.jws


def test_keep_alive_that_cannot_be_saved_is_reported(profile: Profile, ending: DataSource) -> None:
    audience = Audience()
    with working(lambda: profile.engine(now), audience) as worker:
        audience.until_idle()
        profile.config_path.write_text("[]")
        worker.keep(ending.id, on=True)
        told = audience.until(lambda snapshot: bool(snapshot.notices))
    assert told.notices == (
        "Keep alive was not changed: not a JSON object; start from the template.",
    )
