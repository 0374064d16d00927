"""Killed in the middle of a climb, at the moments that once cost something.

The whole row of moments stands in tests/faults/test_b3_every_point.py.
"""

from __future__ import annotations

import pytest

from tests.consent import free_redirect, use_redirect
from tests.engine.conftest import Start
from tests.profile import Profile
from tray_app.adapters.journal import Journal
from tray_app.core.model import Colour, Rung
from tray_app.sandbox import Sandbox


class Killed(BaseException):
    """Nothing that follows is done."""


def killed_after(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the next call of that method of the journal be the last thing that is done."""
    done = getattr(Journal, name)

    def last(self: Journal, *arguments: object) -> None:
        done(self, *arguments)
        monkeypatch.setattr(Journal, name, done)
        raise Killed

    monkeypatch.setattr(Journal, name, last)


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
    killed_after(monkeypatch, "mark")  # rung 1
    with pytest.raises(Killed):
        engine.refresh()
    killed_after(monkeypatch, "mark")  # rung 3
    with pytest.raises(Killed):
        start().refresh()

    restarted = start()
    restarted.poll()
    assert restarted.refresh().colour is Colour.GREEN
    assert restarted.answered is Rung.INTEGRATION_REFRESH
