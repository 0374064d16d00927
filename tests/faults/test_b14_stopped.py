"""B14: a program that is stopped while Webex answers reads the answer once it goes on."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.signal_rig import BAR, ONE, SIGN_IN, THREE, Method, Run, Stage, renewing, stage
from tests.faults.table import rounds
from tray_app.system.critical_section import TIMEOUT
from tray_app.system.signals import END_TIMEOUT
from tray_app.webex.client import RequestLimits

__all__ = ["BAR"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are those of Linux")

SHORTER = """
import sys
from functools import partial
from tray_app.secrets import vault
from tray_app.system import critical_section, signals
from tray_app.webex import client
critical_section.KEYRING_TIMEOUT, critical_section.TIMEOUT = 1.5, 3.0
signals.as_interrupts.__wrapped__.__defaults__ = (3.5,)
signals.on_first_signal.__wrapped__.__kwdefaults__ = {"timeout": 3.5}
client.RequestLimits = partial(client.RequestLimits, read=2.5, total=3.0)
vault.StoreTimeouts = partial(vault.StoreTimeouts, read=3.0, write=3.0)
if sys.argv[1] == "api":
    from tray_app import TokenManager
    with TokenManager() as manager:
        manager.get_token()
else:
    from tray_app.__main__ import main
    sys.exit(main())
"""
"""The program, with limits that the tests need not wait for so long."""

IS_SAVED = 10.0
"""Seconds from going on to the end, at most."""


@dataclass(frozen=True)
class Limits:
    """Seconds to be stopped: longer than a request, and than the end of the program, may take."""

    name: str
    request: float
    end: float
    is_shorter: bool = False

    def command(self, made: Stage, *words: str) -> list[str]:
        if self.is_shorter:
            return [sys.executable, "-W", "error", "-c", SHORTER, *words]
        return made.script("get_token", "with") if words == ("api",) else made.command(*words)


SHORT = Limits("shorter limits", 4.0, 4.0, is_shorter=True)
REAL = Limits("real limits", RequestLimits().total + 2, max(TIMEOUT, END_TIMEOUT) + 1)
LIMITS = [SHORT, REAL][: rounds(1, 2)]
COMMANDS = {
    "refresh": ("refresh",),
    "watch": ("watch",),
    "tray": ("tray", "--backend", "none"),
    "api": ("api",),
}
RESIDENT = ("watch", "tray")


def stopped_while_webex_answers(run: Run, seconds: float) -> None:
    """The answer lies in the socket for as long."""
    run.stop()
    run.made.release.set()
    time.sleep(seconds)
    run.go_on()


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: limits.name)
@pytest.mark.parametrize(
    ("name", "method"), [("refresh", ONE), ("watch", THREE), ("tray", ONE), ("api", ONE)]
)
def test_for_longer_than_a_request_may_take(
    name: str, method: Method, limits: Limits, tmp_path: Path, figure: Measure
) -> None:
    """The answer lay in the socket, and was dropped: no answer in time."""
    with stage(tmp_path) as made:
        command = limits.command(made, *COMMANDS[name])
        with renewing(made, command, method, says_so=False) as run:
            stopped_while_webex_answers(run, limits.request)
            made.is_saved(method.client)
            if name in RESIDENT:
                run.process.send_signal(signal.SIGTERM)
            run.ends(IS_SAVED)
            figure("lost", made.lost(method.client))
            assert made.webex.reuses == 0


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: limits.name)
@pytest.mark.parametrize(
    ("words", "method", "says_so", "code"),
    [
        (("refresh",), THREE, True, -signal.SIGTERM),
        (("authorize", "--no-browser"), SIGN_IN, True, -signal.SIGTERM),
        (("watch",), ONE, False, 0),
    ],
)
def test_after_a_signal_for_longer_than_the_end_is_put_off(
    words: tuple[str, ...],
    method: Method,
    limits: Limits,
    tmp_path: Path,
    figure: Measure,
    *,
    says_so: bool,
    code: int,
) -> None:
    with (
        stage(tmp_path) as made,
        renewing(made, limits.command(made, *words), method, says_so=says_so) as run,
    ):
        run.send(signal.SIGTERM)
        stopped_while_webex_answers(run, limits.end)
        ended, took, _ = run.ends(30)
        figure("lost", made.lost(method.client))
        assert not made.lost(method.client)
        assert (ended, took < IS_SAVED) == (code, True)


def while_the_keyring_writes(tmp_path: Path) -> None:
    """Its answer is waited for as that of Webex is."""
    with (
        stage(tmp_path) as made,
        renewing(made, SHORT.command(made, "refresh"), THREE, says_so=False) as run,
    ):
        keyring = made.slow_keyring()
        made.release.set()
        keyring.is_asked()
        run.stop()
        keyring.release()
        time.sleep(SHORT.request)
        run.go_on()
        code, _took, said = run.ends(30)
        assert not made.lost(THREE.client)
        assert (code, "has not answered" in said) == (0, False)


def and_signalled_twice_meanwhile(tmp_path: Path) -> None:
    """A service manager that repeats itself: both come as it goes on."""
    with (
        stage(tmp_path) as made,
        renewing(made, SHORT.command(made, "refresh"), ONE) as run,
    ):
        run.send(signal.SIGTERM)
        run.stop()
        made.release.set()
        time.sleep(SHORT.end)
        run.process.send_signal(signal.SIGTERM)
        run.process.send_signal(signal.SIGHUP)
        run.go_on()
        run.ends(30)
        assert not made.lost(ONE.client)


@pytest.mark.parametrize(
    "story", [while_the_keyring_writes, and_signalled_twice_meanwhile], ids=lambda s: s.__name__
)
def test_stopped(story: Callable[[Path], None], tmp_path: Path) -> None:
    story(tmp_path)
