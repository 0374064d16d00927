"""Standard streams that are not there: the program for Windows' desktop has no console."""

from __future__ import annotations

import sys

import pytest

from tray_app.cli import streams
from tray_app.cli.exit_codes import Exit


def shown_after(code: Exit, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What message boxes say after this exit code, if two lines were printed on stderr."""
    shown: list[str] = []
    monkeypatch.setattr("tray_app.cli.streams._POSIX", False)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr("tray_app.cli.streams._show", shown.append)
    streams.open_closed()
    print("the config is at fault\nin two lines", file=sys.stderr)
    assert streams.flush(code) == code
    return shown


@pytest.mark.parametrize("code", [Exit.CONFIG, Exit.INTERNAL, Exit.USAGE])
def test_why_it_cannot_start_is_shown_if_there_is_no_console(
    monkeypatch: pytest.MonkeyPatch, code: Exit
) -> None:
    assert shown_after(code, monkeypatch) == ["the config is at fault\nin two lines"]


@pytest.mark.parametrize("code", [Exit.GREEN, Exit.ALREADY_RUNNING, Exit.INTERRUPTED])
def test_no_message_box_is_shown_after_an_ordinary_end(
    monkeypatch: pytest.MonkeyPatch, code: Exit
) -> None:
    """Of a second start, the first one shows a notice."""
    assert shown_after(code, monkeypatch) == []
