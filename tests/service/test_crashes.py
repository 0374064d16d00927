"""Killed in the middle of a renewal, at the moments that once cost something.

The whole row of moments stands in tests/faults/test_b3_every_point.py.
"""

from __future__ import annotations

import pytest

from tests.consent import free_redirect, use_redirect
from tests.profile import Profile
from tests.service.conftest import Start
from tray_app.model.renewal import RenewalMethod
from tray_app.model.signs import Colour
from tray_app.sandbox.server import Sandbox
from tray_app.storage.token_facts import TokenFacts


class Killed(BaseException):
    """Nothing that follows is done."""


def killed_after(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the next call of that method of the database be the last thing that is done."""
    done = getattr(TokenFacts, name)

    def last(self: TokenFacts, *arguments: object) -> None:
        done(self, *arguments)
        monkeypatch.setattr(TokenFacts, name, done)
        raise Killed

    monkeypatch.setattr(TokenFacts, name, last)


def test_a_refused_sign_in_brings_the_displaced_one_back_though_killed_after_the_no(
    profile: Profile, webex: Sandbox, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the no is remembered, nobody asks again, and so nothing else would bring it back."""
    profile.pasted = None
    profile.write_config()
    engine = start()
    engine.poll()
    webex.revoke_service_access()
    webex.revoke_service_refresh()
    profile.refresh_token = "not-a-sign-in-of-Webex"
    use_redirect(profile, free_redirect(webex))
    engine.poll()
    killed_after(monkeypatch, "record_refusal")  # method 1
    with pytest.raises(Killed):
        engine.refresh()
    killed_after(monkeypatch, "record_refusal")  # method 3
    with pytest.raises(Killed):
        start().refresh()

    restarted = start()
    restarted.poll()
    assert restarted.refresh().colour is Colour.GREEN
    assert restarted.last_method is RenewalMethod.INTEGRATION_REFRESH
