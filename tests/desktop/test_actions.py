"""What a click on the next step does: every step does something, and only what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tray_app.desktop import actions
from tray_app.desktop.actions import ProfileLocations, take_action
from tray_app.model.steps import UserAction
from tray_app.runtime.commands import ProfileHandle

CONFIG, LOG, ENV = Path("/home/me/token-config.json"), Path("/home/me/log"), Path("/home/me/app")
ACTIONS = {
    UserAction.SIGN_IN: ["authorize"],
    UserAction.REFRESH: ["refresh"],
    UserAction.CHECK: ["check"],
    UserAction.EXTEND: ["extend"],
    UserAction.SET_UP: ["set up"],
    UserAction.EDIT_CONFIG: [str(CONFIG)],
    UserAction.FETCH_AND_EDIT: ["https://developer.webex.com", str(CONFIG)],
    UserAction.CONTROL_HUB: ["https://admin.webex.com"],
    UserAction.SHOW_ENV: [str(ENV)],
    UserAction.SHOW_LOG: [str(LOG)],
}


class Asked(ProfileHandle):
    """Records what the worker was asked for and what was opened, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def check(self) -> None:
        self.calls.append("check")

    def refresh(self) -> None:
        self.calls.append("refresh")

    def authorize(self) -> None:
        self.calls.append("authorize")

    def cancel_sign_in(self, *, by_user: bool = True) -> None:
        self.calls.append("cancel sign-in")

    def extend(self, source_id: str = "") -> None:
        self.calls.append(f"extend{source_id}")

    def keep(self, source_id: str, *, on: bool) -> None:
        self.calls.append(f"keep {source_id} {on}")

    def open_path(self, path: Path) -> None:
        self.calls.append(str(path))

    def open_page(self, url: str, _failed: Callable[[], None]) -> None:
        self.calls.append(url)


@pytest.mark.parametrize("step", UserAction)
def test_a_step_is_taken_or_its_place_is_opened(
    step: UserAction, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked()
    monkeypatch.setattr(actions, "open_path", asked.open_path)
    monkeypatch.setattr(actions, "open_page", asked.open_page)
    locations = ProfileLocations(
        CONFIG, lambda: ENV, LOG, open_setup=lambda: asked.calls.append("set up")
    )
    take_action(asked, locations, step)
    assert asked.calls == ACTIONS[step]
