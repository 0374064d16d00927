"""Where everything is measured: a private session with a keyring, a real panel and a Webex."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.benchmarks.peer import Peer
from tests.benchmarks.real_panel import RealPanel, session_with_panel
from tests.benchmarks.weighing import activity
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session, end
from tests.profile import Profile, full_profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TIMEOUT = 60.0


@dataclass(frozen=True)
class Start:
    """What it took from process start to the icon on the bus."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Stage:
    """The session, what is in it, and how programs are run there."""

    session: Session
    panel: RealPanel
    panel_name: str
    webex: Sandbox
    profile: Profile
    peer: Peer
    runs: int
    quick: bool
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def tray(self) -> list[str]:
        """The program as a person starts it."""
        script = Path(sys.executable).with_name("webex-token-tray")
        config = ["--config", str(self.profile.config_path), "--api-base", self.webex.api_base]
        return [str(script), *config]

    def own(self, name: str, *arguments: str) -> list[str]:
        """A program that lies beside this file."""
        return [sys.executable, str(HERE / f"{name}.py"), *arguments]

    @contextmanager
    def running(self, command: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
        """The program, until the end of the block."""
        with self.session.log.open("ab") as log:
            program = subprocess.Popen(
                command, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            yield program
        finally:
            end(program)

    @contextmanager
    def shown(
        self, command: Sequence[str], *, alone: bool = True
    ) -> Iterator[tuple[int, PanelItem, Start]]:
        """The program once its icon is on the panel: its number, the icon, and what that took.
        `alone`: wait at the end until no icon is left."""
        self.panel.forget_registrations()
        begun = time.monotonic()
        with self.running(command) as program:
            item = self.panel.wait_item(TIMEOUT)
            took = Start(time.monotonic() - begun, activity(program.pid).cpu_seconds)
            yield program.pid, item, took
        if alone:
            self.panel.wait_gone()

    def seconds(self, command: Sequence[str]) -> float:
        """How long the program takes from start to end.

        Waits without a timeout: with one, `subprocess` looks after 31, 63 and 113 ms only.
        """
        begun = time.perf_counter()
        with subprocess.Popen(
            command,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as program:
            late = threading.Timer(TIMEOUT, program.kill)
            late.start()
            program.wait()
            took = time.perf_counter() - begun
            late.cancel()
        return took

    def wait_green(self, item: PanelItem) -> None:
        """Return when the first check is over and nothing more is under way."""

        def idle() -> bool:
            return item.tooltip.startswith("Webex token works") and (
                item.find("Options", "Check now").enabled
            )

        self.panel.until(idle, "green and idle", TIMEOUT)

    def slow_down(self, latency: float) -> None:
        """Let Webex take that long for each answer, in seconds."""
        for kind in Kind:
            self.webex.faults.next(kind, Fault.slow(timedelta(seconds=latency)), times=None)

    def set_poll_seconds(self, seconds: float) -> None:
        """Write it into the config."""
        config = json.loads(self.profile.config_path.read_text())
        config["tray"] = {"pollSeconds": seconds}
        self.profile.config_path.write_text(json.dumps(config))


@contextmanager
def stage(peer: Peer, *, runs: int, quick: bool) -> Iterator[Stage]:
    """Set it up, and end all of it afterwards."""
    with ExitStack() as stack:
        session, panel_name = stack.enter_context(session_with_panel())
        panel = stack.enter_context(RealPanel(session.address))
        webex = stack.enter_context(Sandbox())
        folder = session.root / "profile"
        folder.mkdir()
        environ = {**session.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
        environ.pop("VIRTUAL_ENV", None)
        profile = full_profile(folder, webex)
        yield Stage(session, panel, panel_name, webex, profile, peer, runs, quick, environ)


def machine() -> str:
    """What this was measured on, in one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "unknown processor",
    )
    python = ".".join(map(str, sys.version_info[:3]))
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} cores ({model}), {system}, Python {python}"
