"""B14: whichever signals end a program that renews, the rotated token is in the store first."""

from __future__ import annotations

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.signal_rig import (
    BAR,
    CHECK,
    ENDING,
    ONE,
    SIGN_IN,
    THREE,
    Method,
    Run,
    Stage,
    renewing,
    setting_up,
    stage,
    waiting_for_browser,
)
from tests.faults.table import limit, rounds
from tests.terminal import in_terminal
from tray_app.system.critical_section import TIMEOUT
from tray_app.system.signals import DELIBERATE

__all__ = ["BAR"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the processes are those of Linux")

INT, TERM, HUP = ENDING
QUIT, USR1, ALRM, XCPU = signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGXCPU
LONG = rounds(0, 1)

AT_ONCE = limit(1.0)
"""Seconds from a second Ctrl-C to the end."""

SOON = 8.0
"""Seconds from the answer to the end, on a busy machine."""


@dataclass(frozen=True)
class Command:
    """What renews. `says_so`: it tells a person that it waits; `ended_well`: the exit codes of the
    three signals, by which shells and services know them."""

    name: str
    words: Callable[[Stage], list[str]]
    says_so: bool = True
    ended_well: tuple[int, ...] = (130, -TERM, -HUP)


@dataclass(frozen=True)
class Case:
    """A command, the signal that comes, the exit code that follows, and what it renews by."""

    command: Command
    number: signal.Signals
    code: int
    method: Method

    def __str__(self) -> str:
        return f"{self.command.name}-{self.number.name}-method-{self.method.name}"


REFRESH = Command("refresh", lambda made: made.command("refresh"))
TRAY = Command(
    "tray",
    lambda made: made.command("tray", "--backend", "none"),
    says_so=False,
    ended_well=(130, 0, 0),
)


def script(*words: str) -> Command:
    """A person's own program with our API, which installs no handlers: Ctrl-C alone is heard."""
    return Command(
        f"api-{'-'.join(words)}",
        lambda made: made.script(*words),
        says_so=False,
        ended_well=(-INT,),
    )


WATCH = Command("watch", lambda made: made.command("watch"), says_so=False, ended_well=(130, 0))
GET_TOKEN = script("get_token")
BESIDE = script("in-another-thread")
COMMANDS = [
    REFRESH,
    Command("token", lambda made: made.command("token")),
    Command("run", lambda made: made.command("run", "--", "touch", "begun")),
    TRAY,
    WATCH,
    GET_TOKEN,
    script("get_token", "with"),
    script("refresh_token"),
    BESIDE,
    script("in-another-thread", "with"),
    Command(
        "api-auth",
        lambda made: made.script("auth", f"{made.webex.api_base}/people/me"),
        says_so=False,
        ended_well=(-INT,),
    ),
]
AUTHORIZE = Command("authorize", lambda made: made.command("authorize", "--no-browser"))

MATRIX = [
    Case(command, number, code, method)
    for method in (ONE, THREE)
    for command in COMMANDS
    for number, code in zip(ENDING, command.ended_well, strict=False)
] + [
    Case(AUTHORIZE, number, code, SIGN_IN)
    for number, code in zip(ENDING, AUTHORIZE.ended_well, strict=False)
]
FEW = [
    Case(REFRESH, HUP, -HUP, ONE),
    Case(REFRESH, INT, 130, THREE),
    Case(TRAY, HUP, 0, THREE),
    Case(GET_TOKEN, INT, -INT, ONE),
    Case(BESIDE, INT, -INT, THREE),
    Case(AUTHORIZE, TERM, -TERM, SIGN_IN),
]
FEW += [
    Case(command, INT, command.ended_well[0], (ONE, THREE)[n % 2])
    for n, command in enumerate(COMMANDS)
    if command not in {case.command for case in FEW}
]
"""Each command once at least; each signal of a burst, too."""


@dataclass(frozen=True)
class Burst:
    """Signals that come at once, as closed terminals, `timeout` and service managers send them;
    and one that ends a process by default."""

    command: Command
    numbers: tuple[signal.Signals, ...]
    gap: float = 0.005

    @property
    def codes(self) -> set[int]:
        """The exit code: that of the first signal. If several are there by the time Python looks,
        as on a busy machine, that is the one with the lowest number."""
        known = dict(zip(ENDING, self.command.ended_well, strict=False))
        other = 0 if known.get(TERM) == 0 else None
        firsts = {self.numbers[0], min(self.numbers)}
        return {known.get(number, -number if other is None else other) for number in firsts}

    def __str__(self) -> str:
        names = "-".join(number.name for number in self.numbers)
        return f"{self.command.name}-{names}-{self.gap * 1000:.0f}ms"


BURSTS = [
    Burst(command, numbers)
    for command in COMMANDS[:5]
    for numbers in (
        (HUP, HUP),
        (TERM, HUP),
        (INT, INT),
        (TERM, TERM),
        (QUIT,),
        (USR1,),
        (ALRM,),
        (XCPU,),
        (signal.SIGIO,),
        (signal.SIGPWR,),
        (signal.SIGRTMIN,),
    )
    if (command.name, numbers) != ("watch", (HUP, HUP))  # it reads its config again
] + [
    Burst(command, (INT, INT), gap)
    for command in (GET_TOKEN, BESIDE)
    for gap in (0.001, 0.005, 0.02)
]
FEW_BURSTS = [
    Burst(REFRESH, (TERM, HUP)),
    Burst(REFRESH, (QUIT,)),
    Burst(REFRESH, (signal.SIGRTMIN,)),
    *(Burst(REFRESH, (number,)) for number in (USR1, ALRM, XCPU, signal.SIGIO, signal.SIGPWR)),
    Burst(WATCH, (TERM, HUP)),
    Burst(TRAY, (HUP, HUP)),
    Burst(GET_TOKEN, (INT, INT)),
]


def running(made: Stage, command: Command, method: Method) -> AbstractContextManager[Run]:
    return renewing(made, command.words(made), method, says_so=command.says_so)


@pytest.mark.parametrize("case", MATRIX if LONG else FEW, ids=str)
def test_what_was_presented_is_saved_before_a_signal_ends_it(
    case: Case,
    tmp_path: Path,
    figure: Measure,
) -> None:
    with (
        stage(tmp_path) as made,
        running(made, case.command, case.method) as run,
    ):
        run.send(case.number)
        made.release.set()
        ended, took, said = run.ends(30)
        figure("lost", made.lost(case.method.client))
        assert not made.lost(case.method.client)
        assert (ended, "Traceback" in said) == (case.code, case.code == -INT)
        figure("longest from the answer to the end", took, "s")
        assert took < SOON
        assert made.webex.reuses == 0
        assert not (made.profile.folder / "begun").exists()
        # If another thread renews, a busy machine may let the answer come before the main thread
        # handles the signal: then the next method is begun rightly, and its tokens are saved, too.
        if case.command not in (TRAY, WATCH) and "in-another-thread" not in case.command.name:
            assert made.presented()[-1] is case.method.kind, "another method was begun"


@pytest.mark.parametrize("burst", BURSTS if LONG else FEW_BURSTS, ids=str)
def test_several_signals_at_once_end_it_as_one_does(
    burst: Burst, tmp_path: Path, figure: Measure
) -> None:
    with stage(tmp_path) as made, running(made, burst.command, ONE) as run:
        run.send_burst(burst.numbers, burst.gap)
        with pytest.raises(subprocess.TimeoutExpired):
            run.process.wait(0.2)
        made.release.set()
        ended, _took, said = run.ends(30)
        figure("lost", made.lost(ONE.client))
        assert not made.lost(ONE.client)
        assert ended in burst.codes
        assert ("Traceback" in said) is (ended == -INT)
        assert made.webex.reuses == 0


@pytest.mark.parametrize("number", range(rounds(2, 60)))
def test_at_any_moment_after_the_answer_nothing_is_lost(number: int, tmp_path: Path) -> None:
    """Between answer and store, within a write, while the keyring is asked, at the end."""
    dice = random.Random(number)
    command, method = (REFRESH, TRAY, GET_TOKEN)[number % 3], (ONE, THREE)[number // 3 % 2]
    sent = dice.choice(ENDING) if command is not GET_TOKEN else INT
    with stage(tmp_path) as made, renewing(made, command.words(made), method) as run:
        made.release.set()
        time.sleep(dice.expovariate(1 / 0.01))  # the store has it after some 10 ms
        run.process.send_signal(sent)
        run.ends(30)
        assert not made.lost(method.client)
        assert made.webex.reuses == 0


# --- more than one signal, and none that counts ---------------------------------------------------


def a_second_ctrl_c_after_a_second_ends_it_at_once(tmp_path: Path, figure: Measure) -> None:
    for command in (REFRESH, TRAY, GET_TOKEN) if LONG else (REFRESH,):
        with stage(tmp_path / command.name) as made, running(made, command, ONE) as run:
            run.send(INT)
            time.sleep(DELIBERATE + 0.2)
            run.process.send_signal(INT)
            code, took, _ = run.ends(10)
        figure("longest from the second Ctrl-C to the end", took, "s")
        assert (command.name, code) == (command.name, -INT)
        assert took <= AT_ONCE


def signals_that_another_thread_gets_are_heard(tmp_path: Path, _: Measure) -> None:
    """As on a busy machine: both are pending, and the thread that runs first gets them. Three
    times, since chance decides which; the main thread once waited until Webex had answered."""
    for number in range(3):
        with stage(tmp_path / str(number)) as made, running(made, REFRESH, ONE) as run:
            begun = run.gets_at_once(TERM, HUP)
            run.hears()
            assert time.monotonic() - begun < SOON
            made.release.set()
            assert run.ends(30)[0] in (-TERM, -HUP)


def so_are_they_while_a_sign_in_is_waited_for(tmp_path: Path, _: Measure) -> None:
    """`authorize` went on for its five minutes."""
    for number in range(3):
        with stage(tmp_path / str(number)) as made, waiting_for_browser(made) as run:
            run.gets_at_once(TERM, HUP)
            code, took, _said = run.ends(30)
            assert (code in (-TERM, -HUP), took < SOON) == (True, True)


def a_timeout_sends_it_two_signals(tmp_path: Path, _: Measure) -> None:
    """To its child, then to its group: at the end of its time, and as it forwards one."""
    with (
        stage(tmp_path) as made,
        renewing(made, ["timeout", "60", *made.command("refresh")], ONE) as run,
    ):
        run.send(TERM)
        made.release.set()
        code, _took, _said = run.ends(30)
        assert code == -TERM
        assert not made.lost(ONE.client)


def a_window_with_a_shell_is_closed(tmp_path: Path, _: Measure) -> None:
    """The kernel sends SIGHUP to the program, and so does bash."""
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with stage(tmp_path) as made:
        ONE.prepare(made)
        made.acquire(ONE.kind)
        environ = {**made.environ, "PS1": "ready> ", "HISTFILE": "/dev/null"}
        with in_terminal(shell, environ, made.profile.folder) as person:
            person.answer("ready> ", f"{shlex.join(made.command('refresh'))}; true")
            made.is_asked(ONE.kind)
            person.close()
            person.process.wait(60)  # bash has sent its own
            made.release.set()
            made.is_saved(ONE.client)


def a_signal_that_was_inherited_as_ignored_stays_ignored(tmp_path: Path, _: Measure) -> None:
    """`nohup`, and the background job of a script, for which shells ignore Ctrl-C."""
    ignoring = ["sh", "-c", 'trap "" HUP INT; exec "$@"', "sh"]
    with stage(tmp_path) as made:
        command = [*ignoring, *made.command("refresh")]
        with renewing(made, command, ONE, says_so=False) as run:
            run.send(HUP)
            run.send(INT)
            made.release.set()
            code, _took, said = run.ends(30)
            assert (code, "Renewed with the service app's refresh token" in said) == (0, True)
            assert not made.lost(ONE.client)


def a_check_that_hangs_keeps_no_signal_waiting(tmp_path: Path, figure: Measure) -> None:
    """Nothing that may rotate is under way then."""
    with stage(tmp_path) as made, running(made, REFRESH, CHECK) as run:
        run.process.send_signal(TERM)
        code, took, said = run.ends(10)
    figure("longest where nothing is on its way", took, "s")
    assert (code, said.strip()) == (-TERM, "")
    assert took <= AT_ONCE


def an_answer_that_never_comes_is_not_waited_for_longer(tmp_path: Path, figure: Measure) -> None:
    with stage(tmp_path) as made, running(made, REFRESH, ONE) as run:
        run.send(TERM)
        code, took, _ = run.ends(30)
    figure("longest that an end is held up", took, "s")
    assert code == -TERM
    assert TIMEOUT - 1 < took < TIMEOUT + 2


def a_setup_is_no_exception(tmp_path: Path, _: Measure) -> None:
    for number in ENDING:
        with stage(tmp_path / number.name) as made, setting_up(made, ONE) as person:
            os.killpg(person.process.pid, number)
            person.expect("after a second, ends at once")
            made.release.set()
            assert person.ends() == (130 if number is INT else -number)
            assert not made.lost(ONE.client)


def a_slow_keyring_is_given_its_time(tmp_path: Path, _: Measure) -> None:
    """An integration's refresh token is nowhere else; a keyring that hangs was left after 1 s."""
    for command in (REFRESH, TRAY):
        with stage(tmp_path / command.name) as made, running(made, command, THREE) as run:
            keyring = made.slow_keyring()
            made.release.set()
            keyring.is_asked()
            run.send(TERM)
            with pytest.raises(subprocess.TimeoutExpired):
                run.process.wait(1.5)
            keyring.release()
            run.ends(30)
            assert not made.lost(THREE.client)


def a_terminal_that_is_closed_takes_no_token_with_it(tmp_path: Path, _: Measure) -> None:
    """SIGHUP comes, and whatever is said from then on is an error of its own."""
    with stage(tmp_path) as made:
        ONE.prepare(made)
        made.acquire(ONE.kind)
        with in_terminal(made.command("refresh"), made.environ, made.profile.folder) as person:
            made.is_asked(ONE.kind)
            person.close()
            made.release.set()
            assert person.process.wait(60) == -HUP
        assert not made.lost(ONE.client)


STORIES = [
    a_second_ctrl_c_after_a_second_ends_it_at_once,
    signals_that_another_thread_gets_are_heard,
    so_are_they_while_a_sign_in_is_waited_for,
    a_timeout_sends_it_two_signals,
    a_window_with_a_shell_is_closed,
    a_signal_that_was_inherited_as_ignored_stays_ignored,
    a_check_that_hangs_keeps_no_signal_waiting,
]
LONG_STORIES = [
    an_answer_that_never_comes_is_not_waited_for_longer,
    a_setup_is_no_exception,
    a_terminal_that_is_closed_takes_no_token_with_it,
    a_slow_keyring_is_given_its_time,
]
Story = Callable[[Path, Measure], None]


@pytest.mark.parametrize("story", STORIES + LONG_STORIES * LONG, ids=lambda story: story.__name__)
def test_the_end(story: Story, tmp_path: Path, figure: Measure) -> None:
    story(tmp_path, figure)
