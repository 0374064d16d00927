"""A critical section: what interrupts it waits until the answer is saved, and no longer."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tray_app.model.errors import Busy, Interrupted
from tray_app.system import critical_section
from tray_app.system.critical_section import CriticalSection, is_interruption

MAIN = threading.main_thread()

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "pthread_kill"), reason="the signal is sent to one thread"
)


@pytest.fixture
def told() -> list[str]:
    """What the person was told."""
    return []


@pytest.fixture
def section(told: list[str]) -> CriticalSection:
    return CriticalSection(lambda: told.append("held up"))


@pytest.fixture(autouse=True)
def as_python_starts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def ctrl_c() -> None:
    assert MAIN.ident is not None
    signal.pthread_kill(MAIN.ident, signal.SIGINT)


def until(condition: Callable[[], object]) -> None:
    """Return once it is so: what is waited for is another thread's next step."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_what_the_work_returns_or_raises_is_the_caller_s(section: CriticalSection) -> None:
    assert section.run(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        section.run(lambda: 1 // 0)
    assert section.run(lambda: section.run(lambda: 8)) == 8


def test_ctrl_c_is_held_back_until_what_was_presented_is_saved(
    section: CriticalSection, told: list[str]
) -> None:
    saved: list[str] = []

    def renew() -> None:
        section.before_presenting()
        ctrl_c()
        until(lambda: told)
        saved.append("the answer")

    with pytest.raises(KeyboardInterrupt):
        section.run(renew)
    assert saved == ["the answer"]
    assert not section.is_under_way


def test_nothing_is_presented_any_more_once_ctrl_c_has_come(
    section: CriticalSection, told: list[str]
) -> None:
    outcomes: list[object] = []

    def climb() -> None:
        section.before_presenting()
        ctrl_c()
        until(lambda: told)
        with pytest.raises(Interrupted) as refused:
            section.before_presenting()
        outcomes.append(refused.value)

    with pytest.raises(KeyboardInterrupt):
        section.run(climb)
    assert len(outcomes) == 1
    section.run(section.before_presenting)  # the next call is another one


def test_before_anything_was_presented_ctrl_c_is_raised_at_once_and_nothing_follows(
    section: CriticalSection, told: list[str]
) -> None:
    """The work may wait for another process's lock at that moment."""
    gate, outcomes = threading.Event(), list[object]()

    def wait_for_lock() -> None:
        ctrl_c()
        gate.wait(60)
        try:
            section.before_presenting()
        except Interrupted as error:
            outcomes.append(error)

    with pytest.raises(KeyboardInterrupt):
        section.run(wait_for_lock)
    assert (told, outcomes) == ([], [])
    with pytest.raises(Busy):
        section.run(lambda: None)
    gate.set()
    until(lambda: outcomes)


def test_a_second_ctrl_c_after_a_second_is_raised_at_once(
    section: CriticalSection, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(critical_section, "DELIBERATE", 0.2)
    gate = threading.Event()

    def renew() -> None:
        section.before_presenting()
        ctrl_c()
        until(lambda: told)
        time.sleep(0.25)
        ctrl_c()
        gate.wait(60)

    with pytest.raises(KeyboardInterrupt):
        section.run(renew)
    assert section.is_under_way
    gate.set()
    until(lambda: not section.is_under_way)


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.005, 0.02])
def test_copies_of_a_ctrl_c_change_nothing(section: CriticalSection, gap: float) -> None:
    """A program with our API has Python's handler, which raises an exception for each."""
    saved: list[str] = []

    def renew() -> None:
        section.before_presenting()
        for _ in range(10):
            ctrl_c()
            time.sleep(gap)
        time.sleep(0.05)
        saved.append("the answer")

    with pytest.raises(KeyboardInterrupt):
        section.run(renew)
    assert saved == ["the answer"]


def test_a_ctrl_c_while_the_person_is_told_does_not_end_the_wait() -> None:
    second, saved = [signal.SIGINT], list[str]()
    section = CriticalSection(lambda: signal.raise_signal(second.pop()) if second else None)

    def renew() -> None:
        section.before_presenting()
        ctrl_c()
        time.sleep(0.1)
        saved.append("the answer")

    with pytest.raises(KeyboardInterrupt):
        section.run(renew)
    assert saved == ["the answer"]


def test_the_end_of_the_program_outlasts_copies_too(section: CriticalSection) -> None:
    saved: list[str] = []

    def renew() -> None:
        section.before_presenting()
        for _ in range(5):
            time.sleep(0.01)
            ctrl_c()
        saved.append("the answer")

    thread = threading.Thread(target=section.run, args=(renew,))

    def main() -> None:
        try:
            thread.start()
            time.sleep(10)
        finally:
            section.finish()

    with pytest.raises(KeyboardInterrupt):
        main()
    assert saved == ["the answer"]
    thread.join()


def test_an_end_is_held_up_for_a_time_only_and_a_keyring_that_hangs_for_less(
    section: CriticalSection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(critical_section, "TIMEOUT", 0.2)
    monkeypatch.setattr(critical_section, "KEYRING_TIMEOUT", 0.1)
    gate, hurried = threading.Event(), list[float]()
    section.shorten_timeouts = lambda: hurried.append(time.monotonic())

    def renew() -> None:
        section.before_presenting()
        ctrl_c()
        gate.wait(30)

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        section.run(renew)
    assert hurried[0] - begun >= 0.1
    assert 0.2 <= time.monotonic() - begun < 20
    gate.set()
    until(lambda: not section.is_under_way)


def test_a_terminal_that_is_gone_does_not_keep_the_answer_from_being_saved() -> None:
    def gone() -> None:
        raise OSError("input/output error")

    section, saved = CriticalSection(gone), list[str]()

    def renew() -> None:
        section.before_presenting()
        ctrl_c()
        time.sleep(0.05)
        saved.append("the answer")

    with pytest.raises(KeyboardInterrupt):
        section.run(renew)
    assert saved == ["the answer"]


def test_what_is_presented_outside_of_it_is_a_fault_of_this_program(
    section: CriticalSection,
) -> None:
    """Nobody would wait for its answer."""
    with pytest.raises(RuntimeError, match="outside of a critical section"):
        section.before_presenting()


def test_another_thread_does_the_work_itself_and_the_end_of_the_program_waits(
    section: CriticalSection,
) -> None:
    gate, threads = threading.Event(), list[object]()

    def renew() -> None:
        section.before_presenting()
        gate.wait(60)
        threads.append(threading.current_thread())

    beside = threading.Thread(target=section.run, args=(renew,))
    beside.start()
    until(lambda: section.is_under_way)
    threading.Timer(0.05, gate.set).start()
    section.finish()
    assert threads == [beside]
    beside.join()
    with pytest.raises(Interrupted):
        section.run(section.before_presenting)


def test_what_a_signal_raises_is_distinguished_from_errors_and_planned_exits() -> None:
    class TimeIsOver(BaseException):
        """What a handler of SIGALRM may raise."""

    assert is_interruption(KeyboardInterrupt())
    assert is_interruption(TimeIsOver())
    others: tuple[BaseException | None, ...] = (None, ValueError(), SystemExit(0), GeneratorExit())
    assert not [error for error in others if is_interruption(error)]
