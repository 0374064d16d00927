"""Whatever breaks, the message says what is so, who can mend it, and the one next step.

Each case breaks one thing in the sandbox, lets the real engine find it, and reads what a person
reads. Where a person can act, a click on the step leads there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

import pytest

from tests.consent import decide
from tests.profile import Profile
from tests.service.conftest import Start
from tests.service.test_store_failures import MoodyStore
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.sign_in import SignInResult
from tray_app.model.signs import Colour
from tray_app.model.steps import UserAction, action_for
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.server import Sandbox
from tray_app.service.engine import Engine
from tray_app.text.health import headline, next_step
from tray_app.text.sign_in import sentence


@dataclass
class Scene:
    """A profile on which all is well, to be broken."""

    engine: Engine
    webex: Sandbox
    profile: Profile
    clock: ManualClock
    store: MoodyStore

    def found(self) -> Health:
        """What the engine finds, and what comes of it where it can act."""
        health = self.engine.poll()
        return self.engine.refresh() if self.engine.renewal_due() else health

    def edit(self, section: str, name: str, value: str) -> None:
        """A person edits the config."""

        def change(config: dict[str, Any]) -> None:
            config[section][name] = value

        self.profile.write_config(change)

    def only_the_integration_is_left(self) -> None:
        self.webex.revoke_service_access()
        self.webex.revoke_service_refresh()
        self.webex.revoke_personal()
        self.webex.revoke_integration_access()


@dataclass(frozen=True)
class Case:
    """What is done to it, and what a person is told then. `step`: what a click does."""

    name: str
    done: Callable[[Scene], object]
    colour: Colour
    who: Fixer
    headline: str
    next: str
    step: UserAction | None = None


def consent_expires(scene: Scene) -> None:
    """Nobody has used it for ninety days; nor anything else."""
    scene.clock.advance(timedelta(days=91))


def consent_is_withdrawn(scene: Scene) -> None:
    """While the token works: a renewal by hand finds it."""
    scene.webex.revoke_integration()
    scene.webex.revoke_personal()
    scene.webex.revoke_service_refresh()
    scene.engine.refresh(by_hand=True)


def app_secret_is_regenerated(scene: Scene) -> None:
    scene.webex.revoke_service_access()
    scene.webex.regenerate_service_secret()


def integration_secret_is_regenerated(scene: Scene) -> None:
    scene.only_the_integration_is_left()
    scene.webex.regenerate_integration_secret()


def app_is_deauthorized(scene: Scene) -> None:
    scene.webex.deauthorize_app()


def app_is_blocked(scene: Scene) -> None:
    """While it is known until when its token would have lived."""
    scene.engine.refresh(by_hand=True)
    scene.webex.deauthorize_app()


def another_organization_is_named(scene: Scene) -> None:
    org = replace(scene.webex.service_app, org_uuid="00000000-0000-4000-8000-000000000001")
    scene.edit("serviceApp", "targetOrgId", org.target_org_id)


def another_organization_that_authorized_nothing(scene: Scene) -> None:
    """The step offered first is taken, and Webex refuses."""
    another_organization_is_named(scene)
    scene.found()
    scene.engine.refresh(by_hand=True)


def another_organization_and_the_token_dies(scene: Scene) -> None:
    another_organization_is_named(scene)
    scene.webex.revoke_service_access()


def another_app_is_named(scene: Scene) -> None:
    """An id that Webex does not know: only minting needs it."""
    scene.edit("serviceApp", "appId", scene.webex.service_app.app_id[:-4] + "AAAA")
    scene.webex.revoke_service_access()
    scene.webex.revoke_service_refresh()


def a_scope_is_missing(scene: Scene) -> None:
    """Of the token that mints: Webex says no more than that it is not allowed."""
    only = frozenset({"spark:people_read"})
    scene.webex.switches = replace(scene.webex.switches, granted_scopes=only)
    scene.webex.revoke_all()
    scene.profile.pasted = scene.webex.sign_in().access
    scene.profile.refresh_token = None
    scene.profile.write_config()


def webex_is_down(scene: Scene) -> None:
    scene.webex.go_down()
    scene.engine.poll()
    scene.clock.advance(timedelta(minutes=16))


def webex_is_down_and_the_token_is_dead(scene: Scene) -> None:
    scene.webex.revoke_service_access()
    scene.engine.poll()
    scene.webex.go_down()
    scene.engine.refresh()
    scene.clock.advance(timedelta(minutes=2))


def webex_asks_to_wait(scene: Scene) -> None:
    scene.webex.revoke_service_access()
    scene.engine.poll()
    scene.webex.go_down(Fault.rate_limited(90))
    scene.engine.refresh()
    scene.clock.advance(timedelta(seconds=91))


def the_network_is_down(scene: Scene) -> None:
    scene.webex.stop()
    scene.engine.poll()
    scene.clock.advance(timedelta(minutes=16))


def the_network_is_down_and_the_token_is_dead(scene: Scene) -> None:
    scene.webex.revoke_service_access()
    scene.engine.poll()
    scene.webex.stop()
    scene.engine.refresh()
    scene.clock.advance(timedelta(minutes=2))


def a_hotel_asks_to_sign_in(scene: Scene) -> None:
    page = Fault.reply(200, "<html>Welcome to our network</html>", content_type="text/html")
    scene.webex.go_down(page)
    scene.engine.poll()
    scene.clock.advance(timedelta(minutes=16))


def the_clock_is_wrong(scene: Scene) -> None:
    scene.webex.date_skew = timedelta(minutes=-20)


def the_keyring_is_locked(scene: Scene) -> None:
    scene.store.locked = True
    scene.engine = scene.profile.engine(scene.clock)


def the_keyring_is_locked_and_the_token_dies(scene: Scene) -> None:
    the_keyring_is_locked(scene)
    scene.webex.revoke_service_access()


def env_becomes_a_folder(scene: Scene) -> None:
    scene.profile.env_path.unlink()
    scene.profile.env_path.mkdir()


WORKS = "Token works"
RETRY = "Automatic retry at "
SECRET = "Put the current {}.clientSecret into token-config.json"
SIGN_IN = "Sign in through the browser"
ORG = "Refresh the token to replace it, or correct the organization id"
CHECK_ORG = "Check the organization id; if it is right, sign in as the app's owner (.env"
UNLOCK = "Unlock the keyring, then refresh the token"
CASES = [
    Case(
        "consent expired",
        consent_expires,
        Colour.RED,
        Fixer.YOU,
        "Webex token rejected: sign-in needed",
        SIGN_IN,
        UserAction.SIGN_IN,
    ),
    Case(
        "consent withdrawn while the token works",
        consent_is_withdrawn,
        Colour.AMBER,
        Fixer.YOU,
        "Token works, but sign-in needed",
        SIGN_IN,
        UserAction.SIGN_IN,
    ),
    Case(
        "the app's secret regenerated",
        app_secret_is_regenerated,
        Colour.RED,
        Fixer.DEVELOPER,
        "Webex token rejected: Webex refuses the app's client secret",
        SECRET.format("serviceApp"),
        UserAction.FETCH_AND_EDIT,
    ),
    Case(
        "the integration's secret regenerated",
        integration_secret_is_regenerated,
        Colour.RED,
        Fixer.DEVELOPER,
        "Webex token rejected: Webex refuses the integration's client secret",
        SECRET.format("tokenManager.integration"),
        UserAction.FETCH_AND_EDIT,
    ),
    Case(
        "de-authorized in Control Hub",
        app_is_deauthorized,
        Colour.RED,
        Fixer.ADMIN,
        "Webex token rejected: Webex does not allow a new one",
        "Authorize the service app in Control Hub, then refresh the token",
        UserAction.CONTROL_HUB,
    ),
    Case(
        "blocked in Control Hub",
        app_is_blocked,
        Colour.RED,
        Fixer.ADMIN,
        "Webex token rejected: the service app is blocked or not authorized",
        "Unblock or authorize the service app in Control Hub, then refresh the token",
        UserAction.CONTROL_HUB,
    ),
    Case(
        "wrong organization",
        another_organization_is_named,
        Colour.AMBER,
        Fixer.YOU,
        "Token works, but .env holds another organization's token",
        ORG,
        UserAction.REFRESH,
    ),
    Case(
        "wrong organization, and Webex has refused",
        another_organization_that_authorized_nothing,
        Colour.AMBER,
        Fixer.YOU,
        "Token works, but Webex does not allow a new one",
        CHECK_ORG,
        UserAction.SET_UP,
    ),
    Case(
        "wrong organization, token dead",
        another_organization_and_the_token_dies,
        Colour.RED,
        Fixer.YOU,
        "Webex token rejected: Webex does not allow a new one",
        CHECK_ORG,
        UserAction.SET_UP,
    ),
    Case(
        "wrong app",
        another_app_is_named,
        Colour.RED,
        Fixer.YOU,
        "Webex token rejected: Webex does not know the app or organization",
        "Correct appId, clientSecret and targetOrgId in token-config.json",
        UserAction.FETCH_AND_EDIT,
    ),
    Case(
        "scope missing from a pasted token",
        a_scope_is_missing,
        Colour.RED,
        Fixer.ADMIN,  # a revoked app gets 403, too; a sign-in tells them apart
        "Webex token rejected: Webex does not allow a new one",
        "Authorize the service app in Control Hub, then refresh the token",
        UserAction.CONTROL_HUB,
    ),
    Case(
        "Webex down",
        webex_is_down,
        Colour.AMBER,
        Fixer.WEBEX,
        "Token last confirmed 12:00: Webex answered with an error",
        "Check again",
        UserAction.CHECK,
    ),
    Case(
        "Webex down, token dead",
        webex_is_down_and_the_token_is_dead,
        Colour.RED,
        Fixer.WEBEX,
        "Webex token rejected, renewal fails: Webex answered with an error",
        RETRY,
    ),
    Case(
        "Webex throttles, token dead",
        webex_asks_to_wait,
        Colour.RED,
        Fixer.WEBEX,
        "Webex token rejected, renewal fails: Webex asked us to wait",
        RETRY,
    ),
    Case(
        "network down",
        the_network_is_down,
        Colour.AMBER,
        Fixer.NETWORK,
        "Token last confirmed 12:00: Webex cannot be reached",
        "Check again",
        UserAction.CHECK,
    ),
    Case(
        "network down, token dead",
        the_network_is_down_and_the_token_is_dead,
        Colour.RED,
        Fixer.NETWORK,
        "Webex token rejected, renewal fails: Webex cannot be reached",
        RETRY,
    ),
    Case(
        "a captive portal",
        a_hotel_asks_to_sign_in,
        Colour.AMBER,
        Fixer.NETWORK,
        "Token last confirmed 12:00: the answer is not from Webex",
        "Check again",
        UserAction.CHECK,
    ),
    Case(
        "clock wrong",
        the_clock_is_wrong,
        Colour.AMBER,
        Fixer.YOU,
        "Token works, but this machine's clock is wrong",
        "Set this machine's clock",
    ),
    Case(
        "keyring locked",
        the_keyring_is_locked,
        Colour.AMBER,
        Fixer.YOU,
        "Token works, but the keyring is locked",
        UNLOCK,
        UserAction.REFRESH,
    ),
    Case(
        "keyring locked, token dead",
        the_keyring_is_locked_and_the_token_dies,
        Colour.RED,
        Fixer.YOU,
        "Webex token rejected: the keyring is locked",
        UNLOCK,
        UserAction.REFRESH,
    ),
    Case(
        ".env is a folder",
        env_becomes_a_folder,
        Colour.RED,
        Fixer.YOU,
        "No token in .env: .env cannot be used",
        "Make .env a writable text file (",
        UserAction.SHOW_ENV,
    ),
]


@pytest.fixture
def scene(profile: Profile, webex: Sandbox, clock: ManualClock) -> Scene:
    store = MoodyStore()
    profile.store = store
    engine = profile.engine(clock)
    engine.poll()
    return Scene(engine, webex, profile, clock, store)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_message_says_what_who_and_the_one_next_step(scene: Scene, case: Case) -> None:
    first = scene.engine
    case.done(scene)
    health, now = scene.found(), scene.clock()
    try:
        assert headline(health, now, UTC) == case.headline
        assert (health.colour, health.who) == (case.colour, case.who)
        assert next_step(health, now, UTC).startswith(case.next)
        assert action_for(health) is case.step
    finally:
        scene.engine.close()
        first.close()


def test_a_wrong_account_is_not_blamed_on_an_organization_that_has_worked(scene: Scene) -> None:
    scene.webex.revoke_all()
    scene.engine.poll()
    sign_in = scene.engine.begin_sign_in(listen=False)
    sign_in.read(decide(sign_in.url, person=scene.webex.colleague))
    said = sentence(scene.engine.finish_sign_in(sign_in), scene.clock(), UTC)
    scene.engine.close()
    assert "not allowed to issue tokens" in said
    assert said.endswith("The old sign-in stays. Sign in as the app's owner.")


def test_a_wrong_account_does_not_make_the_organization_of_a_token_that_works_doubtful(
    profile: Profile, webex: Sandbox, clock: ManualClock
) -> None:
    """The menu asked to check the organization's id, although a token of that one worked."""

    def without_sign_in(config: dict[str, Any]) -> None:
        manager = config["tokenManager"]
        del manager["personalAccessToken"], manager["integration"]["refreshToken"]

    profile.write_config(without_sign_in)
    with closing(profile.engine(clock)) as engine:
        engine.poll()
        sign_in = engine.begin_sign_in(listen=False)
        sign_in.read(decide(sign_in.url, person=webex.colleague))
        assert engine.finish_sign_in(sign_in).ending is SignInResult.WRONG_ACCOUNT
        health = engine.judge()
    assert (health.row, health.reason) == (8, Reason.SIGN_IN_MISSING)
    assert action_for(health) is UserAction.SIGN_IN


def test_a_scope_that_is_missing_from_a_sign_in_is_told_as_such(
    start: Start, webex: Sandbox, clock: ManualClock
) -> None:
    """The answer names what was granted: it is the person's to allow the rest."""
    engine = start()
    webex.revoke_all()
    engine.poll()
    engine.refresh()
    webex.switches = replace(webex.switches, granted_scopes=frozenset())
    sign_in = engine.begin_sign_in(listen=False)
    sign_in.read(decide(sign_in.url))
    said = sentence(engine.finish_sign_in(sign_in), clock(), UTC)
    assert "was not granted spark:applications_token." in said
    assert said.endswith("Sign in again and allow it.")
    health = engine.judge()
    assert (health.colour, health.who) == (Colour.RED, Fixer.YOU)
    assert next_step(health, clock(), UTC) == SIGN_IN
