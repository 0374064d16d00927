"""What a click on the next step does, in the menu or on a notification."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tray_app.desktop.opener import CONTROL_HUB, PORTAL, open_page, open_path

if TYPE_CHECKING:
    from tray_app.model.steps import UserAction
    from tray_app.runtime.commands import ProfileHandle


class ProfileLocations(NamedTuple):
    """What a click opens. `env_folder` is called at the click: the config may have changed;
    `open_details` and `open_setup` open our pages."""

    config: Path
    env_folder: Callable[[], Path]
    log: Path
    open_details: Callable[[], None] = lambda: None
    open_setup: Callable[[], None] = lambda: None


def take_action(handle: ProfileHandle, locations: ProfileLocations, action: UserAction) -> None:
    """Do it, or open the place where the user can do it. Returns at once, on any thread."""
    from tray_app.model.steps import UserAction

    match action:
        case UserAction.SIGN_IN:
            handle.authorize()
        case UserAction.REFRESH:
            handle.refresh()
        case UserAction.CHECK:
            handle.check()
        case UserAction.EXTEND:
            handle.extend()
        case UserAction.SET_UP:
            locations.open_setup()
        case UserAction.EDIT_CONFIG:
            open_path(locations.config)
        case UserAction.FETCH_AND_EDIT:
            _visit(PORTAL)
            open_path(locations.config)
        case UserAction.CONTROL_HUB:
            _visit(CONTROL_HUB)
        case UserAction.SHOW_ENV:
            open_path(locations.env_folder())
        case UserAction.SHOW_LOG:
            open_path(locations.log)


def _visit(url: str) -> None:
    open_page(url, lambda: None)
