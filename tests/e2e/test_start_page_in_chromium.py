"""What a real browser makes of our start page: sent on once, again by its cookie, no other one."""

from __future__ import annotations

import pytest

from tests.e2e.devtools import Chromium
from tests.sign_in.callback_client import STATE, a_request
from tray_app.sign_in.callback_server import CallbackServer

pytestmark = pytest.mark.desktop


def text_in(browser: Chromium, page: str) -> str:
    """What it shows in the end."""
    browser.open(page)
    shown: str = browser.run("document.documentElement.outerHTML")
    return shown


def test_a_browser_is_sent_on_and_may_reload_and_another_one_is_not(
    browser: Chromium, another_browser: Chromium
) -> None:
    """The consent page is the server's own page of an unknown path: it can be told."""
    request = a_request()
    consent = f"http://localhost:{request.redirect.port}/consent?state={STATE}"
    with CallbackServer(request, consent) as server:
        page = server.start_page()
        for _ in range(2):
            assert "Nothing to do here" in text_in(browser, page)
        shown = text_in(another_browser, page)
        assert "Already opened" in shown
        assert STATE not in shown
