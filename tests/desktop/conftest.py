"""Fixtures: a private bus with a panel on it, and an icon in the panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.fixtures import bus, panel, session, tint2_session, x_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.desktop.example_menu import Example
    from tests.e2e.panel_host import PanelHost
    from tests.e2e.panel_item import PanelItem
    from tray_app.desktop.tray.statusnotifier import Icon

__all__ = ["bus", "panel", "session", "tint2_session", "x_session"]


@pytest.fixture
def example() -> Example:
    """The state behind the menu."""
    from tests.desktop.example_menu import Example

    return Example()


@pytest.fixture
def icon(bus: str, example: Example) -> Icon:
    """An icon with that menu, not yet running."""
    from tests.desktop.example_menu import GREEN, plain
    from tray_app.desktop.tray.statusnotifier import Icon

    return Icon("example", plain(GREEN), "All is well", example.menu())


@pytest.fixture
def item(icon: Icon, panel: PanelHost) -> Iterator[PanelItem]:
    """The icon as the panel sees it, running."""
    from tests.desktop.running import running

    with running(icon):
        yield panel.wait_item()
