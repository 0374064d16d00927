"""Everything that must never be shown is known to the one who hides it."""

from __future__ import annotations

from dataclasses import replace

from tests.core.samples import (
    ACCESS,
    APP_SECRET,
    CREDENTIALS,
    DAY,
    GOOD,
    INTEGRATION_SECRET,
    NO_APP_SECRET,
    NO_SIGN_IN,
    NOW,
    PASTED,
    PERSONAL,
    REFRESH,
    SIGN_IN,
    lacking,
)
from tray_app.core.credentials import Credentials, Lifespan
from tray_app.core.model import Renewing
from tray_app.core.secret import Secret


def test_every_secret_in_the_credentials_is_listed() -> None:
    """Tokens first, then the clients' secrets."""
    assert CREDENTIALS.tokens == [ACCESS, REFRESH, PASTED, PERSONAL, SIGN_IN]
    assert CREDENTIALS.secrets == [*CREDENTIALS.tokens, APP_SECRET, INTEGRATION_SECRET]


def test_what_is_not_held_is_not_listed() -> None:
    """Neither None, nor what an absent integration might have."""
    assert NO_SIGN_IN.secrets == [ACCESS, REFRESH, PASTED, APP_SECRET]
    assert NO_APP_SECRET.secrets == [*CREDENTIALS.tokens, INTEGRATION_SECRET]
    assert SIGN_IN not in lacking(refresh_token=None).tokens
    assert Credentials(app=NO_APP_SECRET.app).secrets == []


def test_credentials_and_facts_may_be_printed() -> None:
    """No value of theirs appears in the repr of the whole."""
    for held in CREDENTIALS.secrets:
        assert held.reveal() not in repr(GOOD).replace(held.fingerprint, "")


def test_a_life_knows_its_length() -> None:
    """From when it was received to its end."""
    assert Lifespan(NOW - DAY, NOW + 13 * DAY).length == 14 * DAY


def test_facts_find_the_life_of_the_token_in_env() -> None:
    """Of that token, not of the one that is held; none where there is no token or no life."""
    life = GOOD.lifespans[ACCESS.digest]
    assert GOOD.lifespan == life
    assert GOOD.ends_at == life.ends
    assert replace(GOOD, token=None).lifespan is None
    assert replace(GOOD, token=Secret("foreign")).ends_at is None
    assert replace(GOOD, renewing=Renewing()) == GOOD
