"""B8: a real gnome-keyring that is locked, and the real program beside it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session, private_bus, private_session, unlocked_keyring
from tests.e2e.program import Program
from tests.faults.conftest import Measure
from tests.faults.table import Bar, limit, rounds
from tests.profile import full_profile
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

BAR = Bar("B8", "keyrings", least=rounds(16, 75))

UI = limit(0.1)
LOCK = """
import secretstorage
from contextlib import closing
with closing(secretstorage.dbus_init()) as bus:
    secretstorage.get_default_collection(bus).lock()
"""


@contextmanager
def prompts(session: Session) -> Iterator[list[str]]:
    """Every dialog that somebody on the bus asks the keyring for."""
    bus, seen = open_dbus_connection(session.address), list[str]()
    monitoring = DBusAddress(
        "/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus.Monitoring"
    )
    rules = ["interface='org.freedesktop.Secret.Prompt',type='method_call'"]
    call = new_method_call(monitoring, "BecomeMonitor", "asu", (rules, 0))
    unwrap_msg(bus.send_and_get_reply(call, timeout=60))

    def listen() -> None:
        with suppress(OSError):
            while True:
                message = bus.receive()
                if message.header.message_type is MessageType.method_call:
                    seen.append(str(message.header.fields[HeaderFields.member]))

    thread = threading.Thread(target=listen, name="monitor", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        with suppress(OSError):
            bus.sock.shutdown(2)
        thread.join(60)
        bus.close()


def can(item: PanelItem, label: str) -> bool:
    """Whether that row can be clicked now."""
    rows = [below for row in item.menu() for below in (row, *row.rows)]
    return any(row.label == label and row.enabled for row in rows)


def test_locked_it_prompts_once_a_click_and_never_by_itself(
    tmp_path: Path, figure: Measure
) -> None:
    """And the menu opens while it waits."""
    with (
        Sandbox() as webex,
        private_session() as session,
        private_bus(session),
        unlocked_keyring(session),
        PanelHost(session.address) as panel,
    ):
        profile = full_profile(tmp_path, webex)
        locking = [sys.executable, "-c", LOCK]
        subprocess.run(locking, env=session.environ, check=True, timeout=60)
        command = [sys.executable, "-W", "error", "-m", "tray_app"]
        command += ["--config", str(profile.config_path), "--api-base", webex.api_base]
        before = profile.config_path.read_bytes(), profile.env_path.read_bytes()
        with prompts(session) as seen, Program(command, session.environ) as program:
            item = panel.wait_item()
            panel.until(lambda: "keyring is locked" in item.tooltip, "locked")
            item.click("Options", "Check now")
            panel.until(lambda: can(item, "Check now"), "the check")
            assert seen == []
            item.click("Refresh token now")
            taken = []
            for _ in range(20):
                begun = time.monotonic()
                item.menu()
                taken.append(time.monotonic() - begun)
            figure("median menu while the keyring waits", sorted(taken)[10], f"s of {UI:g}")
            assert sorted(taken)[10] <= UI
            panel.until(lambda: can(item, "Refresh token now"), "the refresh")
            assert seen.count("Prompt") <= 1
            figure("most prompts a click", seen.count("Prompt"))
            item.click("Quit")
            assert program.wait() == 0
        assert (profile.config_path.read_bytes(), profile.env_path.read_bytes()) == before
