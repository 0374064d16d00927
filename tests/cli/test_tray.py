"""`tray`: what it says in the terminal after a first start."""

from __future__ import annotations

import re

import pytest

from tests.policy.judging import judge
from tests.policy.samples import GOOD
from tray_app.cli.tray import SetupMessage
from tray_app.model.snapshot import STARTING, Snapshot


def test_the_last_line_of_a_first_start_is_not_that_nothing_is_set_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Once, and with its time, since the terminal shows nothing later."""
    say, green = SetupMessage(), Snapshot(judge(GOOD))
    say(green)  # as on every other start
    say.is_due = True
    say(STARTING)
    assert capsys.readouterr().err == ""
    for _ in range(2):
        say(green)
    said = capsys.readouterr().err
    assert re.fullmatch(r"Set up at \d\d:\d\d: Webex token works[^\n]*\.\n", said), said
