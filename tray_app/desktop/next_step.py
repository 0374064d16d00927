"""What a click on the next step does, be it on the menu's row or on a notice's button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tray_app.desktop.opener import CONTROL_HUB, PORTAL, open_page, open_path

if TYPE_CHECKING:
    from tray_app.model.steps import UserAction


class Clicks(Protocol):
    """What a person asks for; the worker answers."""

    def check(self) -> None:
        """Check now."""

    def refresh(self) -> None:
        """Refresh the token now."""

    def authorize(self) -> None:
        """Open the page on which a person signs in; once more, the same page."""

    def cancel_sign_in(self) -> None:
        """Stop waiting for that person."""

    def extend(self, source_id: str = "") -> None:
        """Extend a data source now; "" for the one that the health is about."""

    def keep(self, source_id: str, *, on: bool) -> None:
        """Have a data source kept alive from now on, or not."""


class ProfileLocations(NamedTuple):
    """What a click opens. `env_folder` is asked at the click: the config may have changed."""

    config: Path
    env_folder: Callable[[], Path]
    log: Path


class NextStep:
    """Takes a step. Returns at once, on any thread."""

    def __init__(self, clicks: Clicks, locations: ProfileLocations) -> None:
        self._clicks = clicks
        self._locations = locations

    def take(self, step: UserAction) -> None:
        """Do it, or open where it is to be done."""
        from tray_app.model.steps import UserAction

        match step:
            case UserAction.SIGN_IN:
                self._clicks.authorize()
            case UserAction.REFRESH:
                self._clicks.refresh()
            case UserAction.CHECK:
                self._clicks.check()
            case UserAction.EXTEND:
                self._clicks.extend()
            case UserAction.EDIT_CONFIG:
                open_path(self._locations.config)
            case UserAction.FETCH_AND_EDIT:
                _visit(PORTAL)
                open_path(self._locations.config)
            case UserAction.CONTROL_HUB:
                _visit(CONTROL_HUB)
            case UserAction.SHOW_ENV:
                open_path(self._locations.env_folder())
            case UserAction.SHOW_LOG:
                open_path(self._locations.log)


def _visit(url: str) -> None:
    open_page(url, lambda: None)
