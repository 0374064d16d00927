"""Everything that must never be shown is known to the one who hides it."""

from __future__ import annotations

from dataclasses import replace

from tests.policy.samples import (
    ACCESS,
    APP_SECRET,
    CANDIDATE,
    CREDENTIALS,
    DAY,
    GOOD,
    INTEGRATION_SECRET,
    NOW,
    PASTED,
    PERSONAL,
    REFRESH,
    SIGN_IN,
    SIGNED_IN,
    lacking,
)
from tests.policy.situation import NO_APP_SECRET, NO_SIGN_IN
from tray_app.model.credentials import Credentials, Integration, Lifespan, Pair


def test_every_secret_in_the_credentials_is_listed() -> None:
    """Tokens first, then the clients' secrets."""
    assert CREDENTIALS.tokens == [ACCESS, REFRESH, PASTED, PERSONAL, SIGN_IN]
    assert CREDENTIALS.secrets == [*CREDENTIALS.tokens, APP_SECRET, INTEGRATION_SECRET]


def test_what_a_sign_in_brought_is_listed_before_it_has_proven_itself() -> None:
    """Both tokens; a sign-in without a refresh token has but one."""
    assert SIGNED_IN.tokens == [*CREDENTIALS.tokens, CANDIDATE.access, CANDIDATE.refresh]
    alone = replace(SIGNED_IN, candidate=Pair(CANDIDATE.access, None))
    assert alone.tokens == [*CREDENTIALS.tokens, CANDIDATE.access]
    assert SIGNED_IN.secrets == [*SIGNED_IN.tokens, APP_SECRET, INTEGRATION_SECRET]


def test_what_is_not_held_is_not_listed() -> None:
    """Neither None, nor what an absent integration might have."""
    assert NO_SIGN_IN.secrets == [ACCESS, REFRESH, PASTED, APP_SECRET]
    assert NO_APP_SECRET.secrets == [*CREDENTIALS.tokens, INTEGRATION_SECRET]
    assert SIGN_IN not in lacking(refresh_token=None).tokens
    assert Credentials(app=NO_APP_SECRET.app).secrets == []


def test_credentials_and_facts_may_be_printed() -> None:
    """No value of theirs appears in the repr of the whole."""
    shown = repr(replace(GOOD, credentials=SIGNED_IN))
    for held in SIGNED_IN.secrets:
        assert held.fingerprint in shown
        assert held.reveal() not in shown


def test_a_life_knows_its_length() -> None:
    """From when it was received to its end."""
    assert Lifespan(NOW - DAY, NOW + 13 * DAY).length == 14 * DAY


def test_an_integration_is_registered_for_this_machine_unless_the_config_says_otherwise() -> None:
    """The address that README.md has a person register."""
    assert Integration("client", None, None).redirect.uri == "http://localhost:3000/callback"


def test_what_is_missing_may_be_in_another_store() -> None:
    """Without the pair, the app's secret or what makes the integration act, something is; in a
    locked keyring nobody knows."""
    assert not CREDENTIALS.is_incomplete
    assert not NO_SIGN_IN.is_incomplete
    assert NO_APP_SECRET.is_incomplete
    assert lacking(client_secret=None).is_incomplete
    assert lacking(refresh_token=None).is_incomplete
    assert replace(CREDENTIALS, pair=None).is_incomplete
    assert not replace(NO_APP_SECRET, locked=True).is_incomplete
