"""What is broken, and how it is mended: each a block that lasts as long as the fault."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.soak.scene import POLL_SECONDS, Resident, Scene
from tray_app.sandbox.faults import Fault as Failure
from tray_app.sandbox.server import Sandbox


@dataclass(frozen=True)
class Fault:
    """`seconds`: how long it lasts; `turns_red`: both must show red before it is mended; `blinds`:
    nobody can know meanwhile whether the token works."""

    begin: Callable[[Scene], None]
    mend: Callable[[Scene], None] = lambda _: None
    seconds: float = 60.0
    turns_red: bool = False
    blinds: bool = False

    @contextmanager
    def on(self, scene: Scene) -> Iterator[None]:
        """For as long as the block."""
        self.begin(scene)
        try:
            yield
        finally:
            self.mend(scene)


def _at_webex(do: Callable[[Sandbox], object]) -> Callable[[Scene], None]:
    def each(scene: Scene) -> None:
        for webex in scene.webexes:
            do(webex)

    return each


def _to_each(do: Callable[[Resident], object]) -> Callable[[Scene], None]:
    def each(scene: Scene) -> None:
        for resident in scene.residents:
            do(resident)

    return each


def _answers(failure: Callable[[], Failure], seconds: float = 60.0) -> Fault:
    return Fault(
        _at_webex(lambda webex: webex.go_down(failure())),
        _at_webex(lambda webex: webex.come_back()),
        seconds,
        blinds=True,
    )


def _revoke_all_but_the_sign_in(webex: Sandbox) -> None:
    webex.revoke_service_pair()
    webex.revoke_personal()


def _skew(minutes: int) -> Callable[[Sandbox], None]:
    def set_clock(webex: Sandbox) -> None:
        webex.date_skew = timedelta(minutes=minutes)

    return set_clock


def _edit_env(resident: Resident) -> None:
    path = resident.profile.env_path
    kept = [line for line in path.read_text().splitlines() if not line.startswith("EDITED=")]
    path.write_text("\n".join([*kept, f"EDITED={os.urandom(4).hex()}", ""]))


def _token_line(change: Callable[[str], str | None]) -> Callable[[Resident], None]:
    def edit(resident: Resident) -> None:
        path = resident.profile.env_path
        lines = []
        for line in path.read_text().splitlines():
            new = change(line) if line.startswith("WEBEX_SERVICE_APP_ACCESS_TOKEN=") else line
            lines += [] if new is None else [new]
        path.write_text("\n".join([*lines, ""]))

    return edit


def _set_poll(seconds: int) -> Callable[[Scene], None]:
    return lambda scene: scene.edit_config(
        lambda config: config.update(tray={"pollSeconds": seconds})
    )


def _break_config(resident: Resident) -> None:
    path = resident.profile.config_path
    path.write_text(path.read_text() + "}")


def _mend_config(resident: Resident) -> None:
    path = resident.profile.config_path
    path.write_text(path.read_text()[:-1])


def _fill(scene: Scene) -> None:
    with _filler(scene).open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue


def _filler(scene: Scene) -> Path:
    return scene.session.root / "filler"


def _stop(scene: Scene) -> None:
    scene.is_stopped = True
    for resident in scene.residents:
        os.kill(resident.process.pid, signal.SIGSTOP)


def _continue(scene: Scene) -> None:
    for resident in scene.residents:
        os.kill(resident.process.pid, signal.SIGCONT)
    scene.is_stopped = False


def _click(*labels: str) -> Callable[[Scene], None]:
    def click(scene: Scene) -> None:
        item = scene.item
        assert item is not None
        for _ in range(20):
            item.menu()
        item.click(*labels)
        os.kill(scene.residents[-1].process.pid, signal.SIGHUP)  # `watch` checks, too

    return click


FAULTS = {
    "503": _answers(Failure.unavailable, 75),
    "429 with Retry-After": _answers(lambda: Failure.rate_limited(30), 45),
    "connection refused": Fault(
        _at_webex(lambda webex: webex.stop()),
        _at_webex(lambda webex: webex.start()),
        75,
        blinds=True,
    ),
    "connection dropped": _answers(Failure.dropped),
    "half a response": _answers(lambda: Failure.reply(200, b'{"id": "', {"X-Odd": "1"}), 45),
    "slow": _answers(lambda: Failure.slow(timedelta(seconds=4))),
    "clock of Webex 10 min ahead": Fault(_at_webex(_skew(10)), _at_webex(_skew(0))),
    "token revoked": Fault(_at_webex(lambda webex: webex.revoke_service_access()), seconds=30),
    "refresh token expired": Fault(_at_webex(Sandbox.revoke_service_pair), seconds=30),
    "personal token expired": Fault(
        _at_webex(_revoke_all_but_the_sign_in),
        lambda scene: scene.repaired_by_a_person(),
        45,
    ),
    "everything revoked": Fault(
        _at_webex(lambda webex: webex.revoke_all()),
        lambda scene: scene.repaired_by_a_person(),
        30,
        turns_red=True,
    ),
    "keyring locked": Fault(
        lambda scene: scene.lock_keyring(), lambda scene: scene.unlock_keyring(), 90
    ),
    "keyring restarted": Fault(
        lambda scene: scene.keyring.close(), lambda scene: scene.start_keyring(), 45
    ),
    ".env edited": Fault(_to_each(_edit_env), seconds=20),
    ".env without the token": Fault(_to_each(_token_line(lambda _: None)), seconds=20),
    ".env with a wrong token": Fault(
        _to_each(_token_line(lambda line: line.partition("=")[0] + "=no-token")), seconds=20
    ),
    ".env removed": Fault(
        _to_each(lambda resident: resident.profile.env_path.unlink()), seconds=20
    ),
    "config touched": Fault(
        _to_each(lambda resident: os.utime(resident.profile.config_path)), seconds=20
    ),
    "config edited": Fault(_set_poll(POLL_SECONDS + 5), _set_poll(POLL_SECONDS), 40),
    "config broken": Fault(_to_each(_break_config), _to_each(_mend_config), 40),
    "disk full": Fault(_fill, lambda scene: _filler(scene).unlink(), 75),
    "panel restarted": Fault(
        lambda scene: scene.panel.detach(), lambda scene: scene.panel.attach(), 10
    ),
    "processes stopped": Fault(_stop, _continue, 30),
    "menu opened, Check now": Fault(_click("Options", "Check now"), seconds=10),
    "menu opened, Refresh": Fault(_click("Refresh token now"), seconds=10),
}
