"""`"secretStore": "config"`: what is written there stays; what Webex issues goes to the store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.renewal import RenewalMethod
from tray_app.model.responses import Grant
from tray_app.model.secret import Secret
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.secrets.store import MemoryStore
from tray_app.service.engine import Engine
from tray_app.webex.client import Webex


@pytest.fixture
def profile(profile: Profile, webex: Sandbox) -> Profile:
    webex.policy = RefreshPolicy.ROTATED
    profile.secret_store = "config"
    profile.write_config()
    return profile


def held(profile: Profile) -> dict[str, str]:
    assert isinstance(profile.store, MemoryStore)
    return profile.store._secrets


def stored(profile: Profile, ending: str) -> str | None:
    return next((value for name, value in held(profile).items() if name.endswith(ending)), None)


def typed(profile: Profile) -> tuple[str, ...]:
    app, integration = profile.app, profile.webex.integration
    found = (app.client_secret, integration.client_secret, profile.pasted, profile.refresh_token)
    return tuple(secret for secret in found if secret is not None)


def sign_in_used(engine: Engine, webex: Sandbox) -> RenewalMethod | None:
    """Renew by the integration's sign-in alone."""
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    webex.revoke_personal()
    webex.revoke_integration_access()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    return engine.last_method


def test_what_is_written_in_the_config_stays_there_and_nowhere_else(
    profile: Profile, start: Start
) -> None:
    before = profile.config_path.read_bytes()
    engine = start()
    assert engine.poll().colour is Colour.GREEN
    assert engine.refresh(by_hand=True).colour is Colour.GREEN
    assert profile.config_path.read_bytes() == before
    assert not set(typed(profile)) & set(held(profile).values())
    assert str(profile.env_refresh()) in (stored(profile, "/tokens") or "")


@pytest.mark.posix
def test_a_renewed_sign_in_goes_to_the_store_and_leads_though_the_older_one_stays_written(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    before = profile.config_path.read_bytes()
    assert sign_in_used(start(), webex) is RenewalMethod.INTEGRATION_REFRESH
    renewed = stored(profile, "/refresh")
    assert renewed not in (None, profile.refresh_token)
    assert profile.config_path.read_bytes() == before
    for path in (profile.folder / "state").glob("journal.sqlite3*"):
        path.unlink()
    assert sign_in_used(start(), webex) is RenewalMethod.INTEGRATION_REFRESH
    assert webex.reuses == 0
    assert profile.config_path.read_bytes() == before


def test_a_new_client_secret_in_the_config_counts_at_once(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    engine = start()
    engine.poll()
    webex.regenerate_service_secret()
    profile.write_config()
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN


def test_a_sign_in_that_a_person_writes_anew_leads_before_the_one_that_was_renewed(
    profile: Profile, start: Start, webex: Sandbox
) -> None:
    sign_in_used(start(), webex)
    profile.refresh_token = webex.sign_in().refresh
    profile.write_config()
    engine = start()
    integration = engine.credentials().integration
    assert integration is not None
    assert integration.refresh_token == Secret(profile.refresh_token)
    assert sign_in_used(engine, webex) is RenewalMethod.INTEGRATION_REFRESH
    assert webex.reuses == 0


class Killed(BaseException):
    """Nothing that follows is done."""


def test_nor_is_it_displaced_if_the_program_ends_before_webex_has_answered(
    profile: Profile, start: Start, webex: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in_used(start(), webex)
    profile.refresh_token = webex.sign_in().refresh
    profile.write_config()
    asking = Webex.refresh

    def killed(client: Webex, client_id: str, secret: Secret, token: Secret) -> Grant:
        if token == Secret(profile.refresh_token or ""):
            raise Killed
        return asking(client, client_id, secret, token)

    monkeypatch.setattr(Webex, "refresh", killed)
    with pytest.raises(Killed):
        sign_in_used(start(), webex)
    monkeypatch.undo()
    integration = start().credentials().integration
    assert integration is not None
    assert integration.refresh_token == Secret(profile.refresh_token)


def test_a_wrong_sign_in_written_into_the_config_does_not_cost_the_one_that_works(
    profile: Profile, start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    sign_in_used(start(), webex)
    profile.refresh_token = webex.issue_service_pair().refresh  # well-formed, and not for this
    profile.write_config()
    engine = start()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    webex.revoke_integration_access()
    engine.poll()
    engine.refresh()
    clock.advance(timedelta(minutes=10))
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.INTEGRATION_REFRESH
