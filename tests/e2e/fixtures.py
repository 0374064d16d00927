"""Fixtures of a private desktop, for the conftest of any folder that wants them.

Imports happen inside: other systems than Linux collect the tests, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.panel_host import PanelHost
    from tests.e2e.private_session import Session
    from tests.e2e.screen import Screen
    from tests.e2e.xembed_tray import XembedTray


@pytest.fixture
def session() -> Iterator[Session]:
    """A home and a bus of its own, on which nothing can be activated."""
    from tests.e2e.private_session import private_bus, private_session

    with private_session() as made, private_bus(made):
        yield made


@pytest.fixture
def bus(session: Session, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the private bus, which is also this process's session bus."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session.address)
    return session.address


@pytest.fixture
def panel(bus: str) -> Iterator[PanelHost]:
    """A fake panel on the private bus."""
    from tests.e2e.panel_host import PanelHost

    with PanelHost(bus) as host:
        yield host


@pytest.fixture
def keyring_session(session: Session) -> Iterator[Session]:
    """The private session, with an unlocked gnome-keyring on its bus."""
    from tests.e2e.private_session import unlocked_keyring

    with unlocked_keyring(session):
        yield session


@pytest.fixture
def xfce_session() -> Iterator[Session]:
    """A session with a screen and a real xfce4-panel, and an unlocked gnome-keyring."""
    from tests.e2e.private_session import (
        private_bus,
        private_session,
        screen,
        unlocked_keyring,
        xfce_panel,
    )

    with (
        private_session() as made,
        private_bus(made, services=True),
        unlocked_keyring(made),
        screen(made),
        xfce_panel(made),
    ):
        yield made


@pytest.fixture
def xfce_notices(xfce_session: Session) -> Iterator[None]:
    """A real xfce4-notifyd in `xfce_session`."""
    from tests.e2e import private_session

    with private_session.xfce_notices(xfce_session):
        yield


@pytest.fixture
def x_session() -> Iterator[Session]:
    """A session with a screen, but no bus and no tray."""
    from tests.e2e.private_session import private_session, screen

    with private_session() as made, screen(made):
        yield made


@pytest.fixture
def x_screen(x_session: Session, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """The screen of `x_session`. A failed test leaves a picture."""
    yield from watched(x_session, request)


@pytest.fixture
def tint2_session(x_session: Session) -> Iterator[XembedTray]:
    """A real tint2 on the screen of `x_session`, not started yet."""
    from tests.e2e.xembed_tray import TINT2, XembedTray

    with XembedTray(x_session, TINT2) as tray:
        yield tray


@pytest.fixture
def trayer_session(x_session: Session) -> Iterator[XembedTray]:
    """A real trayer on the screen of `x_session`, not started yet."""
    from tests.e2e.xembed_tray import TRAYER, XembedTray

    with XembedTray(x_session, TRAYER) as tray:
        yield tray


@pytest.fixture
def xfce(xfce_session: Session, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """The screen of `xfce_session`, to look at and to click on. A failed test leaves a picture."""
    yield from watched(xfce_session, request)


def watched(session: Session, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """The screen of that session. A failed test leaves a picture."""
    from tests.e2e.screen import Screen

    seen = Screen(session.environ)
    failed = request.session.testsfailed
    yield seen
    if request.session.testsfailed > failed:
        seen.save(request.config.rootpath / "test-results" / f"{request.node.name}.png")
