"""`.env` and what we hold differ: adopted, repaired, or left alone (architecture: who leads)."""

from __future__ import annotations

import json
import os
import stat

import pytest

from tests.profile import COMMENT, OTHER, Profile
from tests.service.conftest import Start
from tray_app.model.health import LinkName, LinkState, Reason
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.service.engine import Engine


def held_pair(profile: Profile) -> dict[str, str]:
    """The two tokens in the store."""
    app = profile.webex.service_app
    host = profile.webex.api_base.split("/")[2]
    name = f"{host}/app/{app.app_id}/{app.target_org_id}/tokens"
    entry = profile.store.get(name, prompt=False)
    assert entry is not None
    pair: dict[str, str] = json.loads(entry)
    return {name: pair[name] for name in ("access", "refresh") if name in pair}


def test_the_first_start_takes_over_what_env_carries(engine: Engine, profile: Profile) -> None:
    engine.poll()
    assert held_pair(profile) == {
        "access": profile.env_access(),
        "refresh": profile.env_refresh(),
    }


def test_a_dead_pair_in_env_is_taken_over_too_for_its_refresh_token(
    engine: Engine, webex: Sandbox
) -> None:
    webex.revoke_service_access()
    engine.poll()
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def test_the_pair_in_env_is_known_even_when_webex_cannot_be_asked(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    webex.go_down()
    states = {link.name: link.state for link in engine.poll().links}
    assert states[LinkName.REFRESH] is LinkState.PRESENT
    assert held_pair(profile)["refresh"] == profile.env_refresh()


def test_without_any_env_the_first_token_is_minted_into_a_private_new_file(
    engine: Engine, profile: Profile
) -> None:
    profile.env_path.unlink()
    assert engine.poll().reason is Reason.RENEWING
    assert engine.refresh().colour is Colour.GREEN
    assert engine.last_method is RenewalMethod.MINT_PASTED
    assert profile.env_access() is not None
    if os.name == "posix":
        assert stat.S_IMODE(profile.env_path.stat().st_mode) == 0o600


def test_a_pair_that_somebody_else_renewed_is_adopted(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    other = webex.issue_service_pair()
    profile.write_env(other.access, other.refresh)
    assert engine.poll().colour is Colour.GREEN
    assert held_pair(profile) == {"access": other.access, "refresh": other.refresh}
    assert profile.env_access() == other.access


def test_drift_is_said_once_and_the_first_start_is_none(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    assert not [said for said in engine.drain_notices() if ".env" in said]
    other = webex.issue_service_pair()
    profile.write_env(other.access, other.refresh)
    engine.poll()
    profile.env_path.unlink()
    engine.poll()
    took, put = engine.drain_notices()
    assert "took over" in took
    assert "put ours back" in put
    engine.poll()
    assert engine.drain_notices() == ()


def test_an_access_token_alone_is_adopted_and_our_refresh_token_kept(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    ours = held_pair(profile)
    other = webex.issue_service_pair()
    profile.write_env(other.access)
    engine.poll()
    assert held_pair(profile) == {"access": other.access, "refresh": ours["refresh"]}


def test_a_rejected_token_that_is_not_ours_is_replaced_by_ours(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    ours = profile.env_access()
    stale = webex.issue_service_pair()
    webex.revoke(stale.access)
    profile.write_env(stale.access, stale.refresh)
    assert engine.poll().colour is Colour.GREEN
    assert profile.env_access() == ours
    assert profile.env_path.read_text().startswith(COMMENT)
    assert profile.env_path.read_text().endswith(OTHER)


@pytest.mark.parametrize("text", ["", COMMENT + OTHER, "WEBEX_SERVICE_APP_ACCESS_TOKEN=\n"])
def test_a_token_that_is_gone_from_env_is_put_back(
    engine: Engine, profile: Profile, text: str
) -> None:
    engine.poll()
    ours = profile.env_access()
    profile.env_path.write_text(text)
    assert engine.poll().colour is Colour.GREEN
    assert profile.env_access() == ours


def test_an_older_env_of_ours_that_still_works_does_not_displace_the_newer_pair(
    start: Start, webex: Sandbox, profile: Profile
) -> None:
    """As after a crash between keyring and `.env`: the only live refresh token would be lost."""
    webex.policy = RefreshPolicy.ROTATED
    engine = start()
    engine.poll()
    older = profile.env_path.read_bytes()
    engine.refresh(by_hand=True)
    newer = profile.env_access()
    profile.env_path.write_bytes(older)
    restarted = start()
    assert restarted.poll().colour is Colour.GREEN
    assert profile.env_access() == newer
    webex.revoke_service_access()
    restarted.poll()
    assert restarted.refresh().colour is Colour.GREEN
    assert restarted.last_method is RenewalMethod.SERVICE_REFRESH
    assert webex.reuses == 0


def test_a_token_of_another_organization_is_named_and_left_alone(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    ours = held_pair(profile)
    foreign = webex.issue_personal_token()  # works, and its suffix names the person's organization
    profile.write_env(foreign)
    health = engine.poll()
    assert (health.row, health.reason) == (9, Reason.FOREIGN_ORG)
    assert profile.env_access() == foreign
    assert held_pair(profile) == ours
    assert engine.refresh(by_hand=True).colour is Colour.GREEN  # as the next step says
    assert profile.env_access() != foreign


def test_while_webex_is_unreachable_nothing_is_touched(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    ours = held_pair(profile)
    profile.write_env(webex.issue_service_pair().access)
    before = profile.env_path.read_bytes()
    webex.go_down()
    assert engine.poll().unanswered is not None
    assert profile.env_path.read_bytes() == before
    assert held_pair(profile) == ours


def test_an_env_that_cannot_be_written_is_red_once_dead_and_burns_no_renewals(
    engine: Engine, webex: Sandbox, profile: Profile
) -> None:
    engine.poll()
    profile.env_path.unlink()
    profile.env_path.mkdir()
    health = engine.poll()
    assert (health.row, health.reason) == (1, Reason.ENV_FAULT)
    assert str(profile.env_path) in health.detail
    assert not engine.renewal_due()
    assert not [seen for seen in webex.requests if seen.kind is not Kind.DATA_SOURCES]
    profile.env_path.rmdir()
    assert engine.poll().colour is Colour.GREEN


def test_what_another_process_renewed_is_taken_from_the_store(
    start: Start, webex: Sandbox, profile: Profile
) -> None:
    first, second = start(), start()
    first.poll()
    second.poll()
    webex.revoke_service_access()
    second.poll()
    second.refresh()
    assert first.facts_changed()
    assert first.reload().colour is Colour.GREEN  # without a request of its own
    assert first.poll().colour is Colour.GREEN
    renewals = [seen for seen in webex.requests if seen.kind is Kind.SERVICE_REFRESH]
    assert len(renewals) == 1
