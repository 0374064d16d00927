"""Real trays that know only XEmbed, on a private screen: started, killed, started again."""

import re
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from Xlib import X

from tests.e2e.private_session import Session
from tests.e2e.programs import require
from tray_app.desktop.tray.xembed.display import connect, tray_of

SETTINGS = Path(__file__).with_name("tint2rc")
TINT2 = ("tint2", "-c", str(SETTINGS))
TRAYER = (
    *("trayer", "--edge", "bottom", "--align", "right", "--height", "32"),
    *("--widthtype", "pixel", "--width", "240", "--tint", "0x303840", "--transparent", "false"),
)


class XembedTray:
    """A tray of that command; needs a screen. `with` starts it, and ends it."""

    def __init__(self, session: Session, command: Sequence[str]) -> None:
        require(command[0])
        settings = session.root / SETTINGS.name
        settings.write_bytes(SETTINGS.read_bytes())
        self._session, self._settings = session, settings
        self._command = [str(settings) if part == str(SETTINGS) else part for part in command]
        self._running: AbstractContextManager[subprocess.Popen[bytes]] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the tray takes icons."""
        self._running = self._session.process(self._command)
        self._process = self._running.__enter__()
        wait_for_tray(self._session.environ["DISPLAY"])

    def kill(self) -> None:
        """As if it had crashed."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(60)

    def set(self, name: str, value: str) -> None:
        """Changes that setting of tint2, which reads its file as it starts and on `reload()`."""
        before = self._settings.read_text()
        line = f"{name} = {value}"
        after, found = re.subn(rf"^{name} = .*$", line, before, flags=re.MULTILINE)
        self._settings.write_text(after if found else f"{before}{line}\n")

    def reload(self) -> None:
        """Has tint2 read its settings again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGUSR1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._running is not None:
            self._running.__exit__(exc_type, exc, traceback)


def wait_for_tray(name: str, timeout: float = 60) -> None:
    """Returns when that display has a tray; new ones announce themselves to the root window."""
    display = connect(name)
    try:
        display.screen().root.change_attributes(event_mask=X.StructureNotifyMask)
        deadline = time.monotonic() + timeout
        while tray_of(display) is None:
            left = max(deadline - time.monotonic(), 0)
            if not display.pending_events() and not select.select([display], [], [], left)[0]:
                raise AssertionError(f"waited {timeout} s for a tray")
            while display.pending_events():
                display.next_event()
    finally:
        display.close()
