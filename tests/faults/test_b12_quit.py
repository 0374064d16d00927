"""B12: whatever hangs, the program ends at once, and never with a token on its way that is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.consent import browse, free_redirect, use_redirect
from tests.e2e.notification_daemon import NotificationDaemon
from tests.e2e.program import Program
from tests.faults.conftest import Measure
from tests.faults.quit_desktop import Desktop, desktop, ended
from tests.faults.table import Bar, limit, rounds
from tests.profile import full_profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.registrations import Client
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Use

pytestmark = pytest.mark.desktop

BAR = Bar("B12", "quit and start", least=rounds(10, 24))

INTEGRATION = Client.INTEGRATION
LONG = rounds(0, 1)

AT_ONCE = limit(2.0)
"""Seconds from the signal to the end of the process."""

AT_MOST = limit(10.0)
"""Seconds, where new tokens are on their way."""

TRIES = 3
"""On a machine that is busy with other things."""

MARGIN = 2.0
"""Seconds that a busy machine may take beyond AT_MOST, to end the interpreter."""


def asked(made: Desktop, kind: Kind) -> None:
    made.webex.wait_for_request(lambda seen: seen.kind is kind, timedelta(seconds=60))


def hold(made: Desktop, kind: Kind) -> threading.Event:
    """Let Webex not answer that any more; what is returned lets it answer."""
    release = threading.Event()
    for _ in range(5):
        made.webex.faults.next(kind, Fault.held(release))
    return release


@contextmanager
def probe_hangs(folder: Path) -> Iterator[Desktop]:
    with desktop(folder) as made:
        hold(made, Kind.DATA_SOURCES)
        made.start()
        made.item()
        asked(made, Kind.DATA_SOURCES)
        yield made


@contextmanager
def probes_of_two_profiles_hang(folder: Path) -> Iterator[Desktop]:
    """Each in a thread of its own, for which an exit must not wait."""
    other = folder / "other"
    other.mkdir()
    with desktop(folder) as made:
        profile = full_profile(other, made.webex, made.webex.add_customer())
        made.more_words = ("--config", str(profile.config_path))
        hold(made, Kind.DATA_SOURCES)
        made.start()
        made.item()
        wait_for_more(made, 1)
        yield made


@contextmanager
def keyring_hangs(folder: Path) -> Iterator[Desktop]:
    with desktop(folder) as made:
        made.hang_keyring()
        made.start()
        made.item()
        made.keyring_hangs()
        yield made


@contextmanager
def both_hang(folder: Path) -> Iterator[Desktop]:
    """The keyring first: it is left alone after its time, and then Webex is asked."""
    with desktop(folder) as made:
        hold(made, Kind.DATA_SOURCES)
        made.hang_keyring()
        made.start()
        made.item()
        made.keyring_hangs()
        asked(made, Kind.DATA_SOURCES)
        yield made


@contextmanager
def sign_in_waits(folder: Path) -> Iterator[Desktop]:
    with desktop(folder) as made:
        use_redirect(made.profile, free_redirect(made.webex))
        made.start()
        item = made.item()
        made.until_green(item)
        item.click("Sign in through the browser…")
        assert made.page.startswith("http://")  # our own start page
        yield made


@contextmanager
def click_waits_for_the_keyring(folder: Path) -> Iterator[Desktop]:
    """A person is given two minutes to answer a dialog; they quit instead."""
    with desktop(folder) as made:
        made.start()
        item = made.item()
        made.until_green(item)
        made.hang_keyring()
        item.click("Refresh token now")
        made.keyring_hangs()
        yield made


@contextmanager
def click_waits_for_a_check(folder: Path) -> Iterator[Desktop]:
    """A refresh by hand begins with a check: nothing is on its way yet."""
    with desktop(folder) as made:
        made.start()
        item = made.item()
        made.until_green(item)
        before = len(made.webex.requests)
        hold(made, Kind.DATA_SOURCES)
        item.click("Refresh token now")
        wait_for_more(made, before)
        yield made


@contextmanager
def notices_hang(folder: Path) -> Iterator[Desktop]:
    with desktop(folder) as made, NotificationDaemon(made.session.address, mute=True) as daemon:
        made.start()  # the first one tells that the secrets have moved
        made.item()
        daemon.until(lambda: bool(daemon.calls), "a notice")
        yield made


@contextmanager
def nothing_hangs(folder: Path) -> Iterator[Desktop]:
    with desktop(folder) as made:
        made.start()
        made.until_green(made.item())
        yield made


@contextmanager
def no_desktop_and_probe_hangs(folder: Path) -> Iterator[Desktop]:
    with desktop(folder, bus=False) as made:
        hold(made, Kind.DATA_SOURCES)
        made.start()
        asked(made, Kind.DATA_SOURCES)
        yield made


def wait_for_more(made: Desktop, before: int) -> None:
    """Return once Webex has been asked for something more."""
    seen = iter(range(before + 1))
    made.webex.wait_for_request(lambda _: next(seen, None) is None, timedelta(seconds=60))


SCENES = [probe_hangs, probes_of_two_profiles_hang, click_waits_for_the_keyring]
MORE = [
    both_hang,
    nothing_hangs,
    keyring_hangs,
    sign_in_waits,
    click_waits_for_a_check,
    notices_hang,
    no_desktop_and_probe_hangs,
]
Scene = Callable[[Path], AbstractContextManager[Desktop]]


@pytest.mark.parametrize("scene", SCENES + MORE * LONG, ids=lambda scene: scene.__name__)
def test_a_signal_ends_it_at_once(scene: Scene, tmp_path: Path, figure: Measure) -> None:
    took = least_of(TRIES, lambda number: quit_of(scene, tmp_path / str(number)))
    figure("longest quit", took, f"s of {AT_ONCE:g}")
    assert took <= AT_ONCE


def quit_of(scene: Scene, folder: Path) -> float:
    """The seconds that one quit took."""
    folder.mkdir()
    with scene(folder) as made:
        code, took = ended(made.programs[0], signal.SIGTERM)
        assert (code, [line for line in made.programs[0].lines if "Traceback" in line]) == (0, [])
        return took


def least_of(tries: int, measured: Callable[[int], float]) -> float:
    """The least of so many, or the first that is good: what else runs here is not the program's."""
    least = float("inf")
    for number in range(tries):
        least = min(least, measured(number))
        if least <= AT_ONCE:
            break
    return least


def ctrl_c_the_menu_and_a_hangup_end_it_at_once(tmp_path: Path, figure: Measure) -> None:
    with probe_hangs(tmp_path) as made:
        code, took = ended(made.programs[0], signal.SIGINT)
        assert (code, took <= AT_ONCE + MARGIN) == (130, True)
        program, item = made.start(), made.item()
        begun = time.monotonic()
        item.click("Quit")
        assert program.wait() == 0
        assert time.monotonic() - begun <= AT_ONCE + MARGIN
        program, item = made.start(), made.item()
        code, took = ended(program, signal.SIGHUP)
        assert (code, took <= AT_ONCE + MARGIN) == (0, True)


# --- new tokens on their way: the exception ------------------------------------------------------


@contextmanager
def renewing(folder: Path, figure: Measure, keyring_call: str = "get") -> Iterator[Renewal]:
    """A renewal that Webex does not answer yet, the signal has come, and the icon is gone."""
    with desktop(folder, keyring_call=keyring_call) as made:
        made.webex.policy = RefreshPolicy.ROTATED
        program = made.start()
        item = made.item()
        made.until_green(item)
        release = hold(made, Kind.SERVICE_REFRESH)
        item.click("Refresh token now")
        asked(made, Kind.SERVICE_REFRESH)
        yield told_to_end(made, program, release, figure)


def told_to_end(
    made: Desktop, program: Program, release: threading.Event, figure: Measure
) -> Renewal:
    before, begun = made.profile.env_access(), time.monotonic()
    program.signal(signal.SIGTERM)
    assert made.panel is not None
    made.panel.wait_gone()
    gone = time.monotonic() - begun
    figure("longest until the icon is gone", gone, "s")
    assert gone <= AT_ONCE
    return Renewal(made, program, release, before, begun)


@dataclass(frozen=True)
class Renewal:
    """A renewal under way at the end; `before`: the token in `.env` then."""

    made: Desktop
    program: Program
    release: threading.Event
    before: str | None = field(repr=False)
    begun: float

    def ended(self) -> float:
        """Wait for the end; the seconds since the signal."""
        assert self.program.wait() == 0
        return time.monotonic() - self.begun

    def tokens_are_live(self) -> bool:
        """Whether `.env` has a new pair that works."""
        profile, tokens = self.made.profile, self.made.webex.tokens
        new = profile.env_access() != self.before
        access = tokens.live(str(profile.env_access()), Use.ACCESS)
        return new and bool(access and tokens.live(str(profile.env_refresh()), Use.REFRESH))


def the_answer_of_a_renewal_is_saved_and_then_it_ends(tmp_path: Path, figure: Measure) -> None:
    """Well after the time in which it would have ended otherwise."""
    with renewing(tmp_path, figure) as renewal:
        assert renewal.program.lasts(2)
        answered = time.monotonic()
        renewal.release.set()
        took = renewal.ended()
        figure("longest from the answer to the end", time.monotonic() - answered, "s")
        assert took <= AT_MOST
        assert renewal.tokens_are_live()
        assert str(renewal.made.profile.env_refresh()) in renewal.made.keyring
        assert renewal.made.webex.reuses == 0


def where_the_keyring_hangs_just_then_the_new_pair_gets_into_env(
    tmp_path: Path, figure: Measure
) -> None:
    """It is the one place left."""
    with renewing(tmp_path, figure, keyring_call="set") as renewal:
        renewal.made.hang_keyring("set")
        renewal.release.set()
        renewal.made.keyring_hangs("set")
        assert renewal.ended() <= AT_MOST
        assert renewal.tokens_are_live()


def further_signals_change_nothing(tmp_path: Path, figure: Measure) -> None:
    """Service managers send SIGHUP after SIGTERM; bar B14 has the others."""
    with renewing(tmp_path, figure) as renewal:
        for number in (signal.SIGHUP, signal.SIGTERM):
            renewal.program.signal(number)
            assert renewal.program.lasts(0.2)
        renewal.release.set()
        assert renewal.ended() <= AT_MOST
        assert renewal.tokens_are_live()


def a_code_that_is_being_exchanged_is_waited_for_too(tmp_path: Path, figure: Measure) -> None:
    """A person has just signed in: they shall not have to do it twice."""
    with desktop(tmp_path) as made:
        use_redirect(made.profile, free_redirect(made.webex))
        program = made.start()
        item = made.item()
        made.until_green(item)
        release = hold(made, Kind.CODE_EXCHANGE)
        item.click("Sign in through the browser…")
        browse(made.page)
        asked(made, Kind.CODE_EXCHANGE)
        renewal = told_to_end(made, program, release, figure)
        assert program.lasts(1.5)
        release.set()
        assert renewal.ended() <= AT_MOST
        issued = made.webex.tokens._tokens.values()
        saved = [token for token in issued if token.text in made.keyring]
        assert 2 in {token.generation for token in saved if token.terms.client is INTEGRATION}


def webex_that_never_answers_is_not_waited_for_longer(tmp_path: Path, figure: Measure) -> None:
    """What was held before is still there; the old token is tried first at the next start."""
    with renewing(tmp_path, figure) as renewal:
        took = renewal.ended()
        figure("longest quit with tokens on their way", took, f"s of {AT_MOST:g}")
        assert took <= AT_MOST + MARGIN
        assert renewal.made.profile.env_access() == renewal.before


STORIES = [
    the_answer_of_a_renewal_is_saved_and_then_it_ends,
    where_the_keyring_hangs_just_then_the_new_pair_gets_into_env,
    further_signals_change_nothing,
    a_code_that_is_being_exchanged_is_waited_for_too,
]
LONG_STORIES = [
    ctrl_c_the_menu_and_a_hangup_end_it_at_once,
    webex_that_never_answers_is_not_waited_for_longer,
]
Story = Callable[[Path, Measure], None]


@pytest.mark.parametrize("story", STORIES + LONG_STORIES * LONG, ids=lambda story: story.__name__)
def test_the_end(story: Story, tmp_path: Path, figure: Measure) -> None:
    story(tmp_path, figure)
