"""A desktop of its own, the program on it, and a keyring and a Webex that can be made to hang."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session, private_bus, private_session
from tests.e2e.program import ROOT, Program
from tests.faults.quit_keyring import HANGS_AT
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox


@dataclass
class Desktop:
    """What a case needs. `panel` is None where there is no bus."""

    webex: Sandbox
    profile: Profile
    session: Session
    panel: PanelHost | None
    _stack: ExitStack = field(repr=False)
    programs: list[Program] = field(default_factory=list)
    more_words: tuple[str, ...] = ()

    @property
    def environ(self) -> dict[str, str]:
        """What the program is started with; a case may change it before."""
        return self.session.environ

    @property
    def command(self) -> list[str]:
        """The program on the profile; a verb may follow."""
        return [
            *(sys.executable, "-W", "error", "-m", "tray_app"),
            *("--config", str(self.profile.config_path), *self.more_words),
            *("--api-base", self.webex.api_base),
        ]

    @property
    def keyring(self) -> str:
        """All that the keyring holds, as text."""
        return (self.session.root / "keyring.json").read_text(encoding="utf-8")

    @property
    def page(self) -> str:
        """The page that the program has opened in the browser, once it has."""
        return Path(self.environ["BROWSER"]).with_name("page").read_text(encoding="utf-8").strip()

    def start(self) -> Program:
        """Start the tray; leaving the desktop ends it, if the case has not."""
        self.programs.append(self._stack.enter_context(Program(self.command, self.environ)))
        return self.programs[-1]

    def hang_keyring(self, call: str = "get") -> None:
        """Let the keyring hang at that call from now on."""
        pipe = self.session.root / f"{call}-hangs"
        os.mkfifo(pipe)

    def keyring_hangs(self, call: str = "get", timeout: float = 60) -> None:
        """Return once it does."""
        reader = os.open(self.session.root / f"{call}-hangs", os.O_RDONLY | os.O_NONBLOCK)
        try:
            readable, _, _ = select.select([reader], [], [], timeout)
            assert readable, "the keyring was not asked"
        finally:
            os.close(reader)

    def item(self) -> PanelItem:
        """The program's icon, once it is there."""
        assert self.panel is not None
        return self.panel.wait_item()

    def until_green(self, item: PanelItem) -> None:
        """Return once the icon says that all is well."""
        assert self.panel is not None
        self.panel.until(lambda: item.tooltip.startswith("Webex token works"), "green")


@contextmanager
def desktop(folder: Path, *, bus: bool = True, keyring_call: str = "get") -> Iterator[Desktop]:
    """A desktop with a full profile and a keyring in a file."""
    with Sandbox() as webex, private_session() as session, ExitStack() as stack:
        panel = None
        if bus:
            stack.enter_context(private_bus(session))
            panel = stack.enter_context(PanelHost(session.address))
        session.environ.update(
            {
                "PYTHONPATH": str(ROOT),
                "PYTHON_KEYRING_BACKEND": "tests.faults.quit_keyring.HangingKeyring",
                "TEST_KEYRING_FILE": str(session.root / "keyring.json"),
                HANGS_AT: f"{keyring_call}:{session.root}/{keyring_call}-hangs",
                "BROWSER": str(_browser(session.root)),
            }
        )
        yield Desktop(webex, full_profile(folder, webex), session, panel, stack)


def _browser(folder: Path) -> Path:
    """A browser that hands over the address that it was given, through the pipe beside it."""
    os.mkfifo(folder / "page")
    program = folder / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >{folder}/page &\n', encoding="utf-8")
    program.chmod(0o700)
    return program


def ended(program: Program, number: int, timeout: float = 60) -> tuple[int, float]:
    """Send it the signal; its exit code, and the seconds that it took."""
    begun = time.monotonic()
    program.signal(number)
    code = program.wait(timeout)
    return code, time.monotonic() - begun
