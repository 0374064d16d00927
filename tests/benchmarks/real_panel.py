"""The icons of a real panel, heard on the bus as the panel takes them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from jeepney import HeaderFields, MatchRule, Message
from jeepney.bus_messages import message_bus
from jeepney.wrappers import unwrap_msg

from tests.e2e.desktops import LXQT, SLOW, tell_the_bus, write_config
from tests.e2e.panel_host import WATCHER, PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import (
    Session,
    private_bus,
    private_session,
    screen,
    unlocked_keyring,
    wait_for_name,
    xfce_notices,
    xfce_panel,
)


class RealPanel(PanelHost):
    """What the bus tells of a panel that runs already."""

    def __init__(self, address: str) -> None:
        super().__init__(address, attach=False)

    def __enter__(self) -> Self:
        rule = MatchRule(type="signal", interface=WATCHER, member="StatusNotifierItemRegistered")
        unwrap_msg(self._server.send_and_get_reply(message_bus.AddMatch(rule), timeout=60))
        return super().__enter__()

    def _hear(self, member: str, message: Message) -> None:
        if message.header.fields.get(HeaderFields.interface) == WATCHER:
            owner, slash, path = message.body[0].partition("/")
            item = PanelItem(self, owner, slash + path if slash else "/StatusNotifierItem")
            self._items[owner, item.path] = item
            self._registrations.append(item)
        else:
            super()._hear(member, message)


@contextmanager
def session_with_panel() -> Iterator[tuple[Session, str]]:
    """A session with a keyring, and on its screen a panel and a daemon for notices, without which
    the peer's icon does not start: LXQt's panel if it is installed, else XFCE's. And its name."""
    has_lxqt = shutil.which("lxqt-panel") is not None
    with ExitStack() as stack:
        session = stack.enter_context(private_session())
        stack.enter_context(private_bus(session, services=True))
        stack.enter_context(unlocked_keyring(session))
        stack.enter_context(screen(session))
        tell_the_bus(session)
        stack.enter_context(xfce_notices(session))
        if has_lxqt:
            write_config(session, "lxqt/panel.conf", LXQT)
            stack.enter_context(session.process(["lxqt-panel"]))
            wait_for_name(session, WATCHER, SLOW)
        else:
            stack.enter_context(xfce_panel(session))
        yield session, "LXQt" if has_lxqt else "XFCE"
