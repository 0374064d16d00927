"""What a real browser makes of our start page: sent on once, again by its cookie, no other one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.browser import FLAGS
from tests.e2e.programs import require
from tests.sign_in.callback_client import STATE, a_request
from tray_app.sign_in.callback_server import CallbackServer

pytestmark = pytest.mark.desktop


def text_in(person: Path, page: str) -> str:
    """What that person's Chromium shows in the end."""
    data = f"--user-data-dir={person}"
    command = ["chromium", "--headless", *FLAGS, data, "--dump-dom", page]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_a_browser_is_sent_on_and_may_reload_and_another_one_is_not(tmp_path: Path) -> None:
    """The consent page is the server's own page of an unknown path: it can be told."""
    require("chromium")
    request = a_request()
    consent = f"http://localhost:{request.redirect.port}/consent?state={STATE}"
    with CallbackServer(request, consent) as server:
        page = server.start_page()
        mine, another = tmp_path / "mine", tmp_path / "another"
        for _ in range(2):
            assert "Nothing to do here" in text_in(mine, page)
        shown = text_in(another, page)
        assert "Already opened" in shown
        assert STATE not in shown
