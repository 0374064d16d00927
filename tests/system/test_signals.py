"""The signals that end the program: handled once, and left alone if they were ignored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tray_app.system.critical_section import TIMEOUT
from tray_app.system.signals import END_TIMEOUT

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="the signals are those of POSIX"),
]

TERM, HUP, INT = signal.SIGTERM, signal.SIGHUP, signal.SIGINT


def outcome(code: str, *, ignored: str = "") -> tuple[int, str]:
    """Run that as a program; its exit code, and what it printed."""
    given = f"import os, signal, time\nfrom tray_app.system.signals import *\n{code}"
    command = [sys.executable, "-c", given]
    if ignored:
        command = ["sh", "-c", f'trap "" {ignored}; exec "$@"', "sh", *command]
    # Not measured: coverage itself handles SIGTERM.
    environ = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=30, check=False, env=environ
    )
    return done.returncode, done.stdout


AS_INTERRUPTS = """
with as_interrupts(60) as numbers:
    try:
        signal.raise_signal(signal.{name})
        print("not heard")
    except KeyboardInterrupt:
        print("heard", [signal.Signals(number).name for number in numbers])
    {then}
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_each_of_them_raises_the_same_and_its_number_is_kept(name: str) -> None:
    assert outcome(AS_INTERRUPTS.format(name=name, then="")) == (0, f"heard ['{name}']\n")


def test_the_process_ends_by_the_signal_that_came() -> None:
    code = AS_INTERRUPTS.format(name="SIGHUP", then="exit_by_signal(numbers[0])")
    assert outcome(code) == (-HUP, "heard ['SIGHUP']\n")


@pytest.mark.parametrize(
    ("first", "then", "ends"),
    [
        (INT, [(0, INT)], False),
        (INT, [(0.9, INT)], False),
        (INT, [(0.5, INT), (0.6, INT)], True),
        (INT, [(1.1, TERM)], False),
        (TERM, [(0, HUP), (1.1, TERM), (0, INT)], False),
        (HUP, [(0, HUP)], False),
        (TERM, [(0, INT), (1.1, INT)], True),
    ],
)
def test_only_a_second_ctrl_c_after_a_second_ends_the_program_at_once(
    first: signal.Signals, then: list[tuple[float, signal.Signals]], *, ends: bool
) -> None:
    rest = "".join(f"time.sleep({gap}); signal.raise_signal({int(n)}); " for gap, n in then)
    code, said = outcome(AS_INTERRUPTS.format(name=first.name, then=f"{rest}print('saved')"))
    assert (code, "saved" in said) == ((-INT, False) if ends else (0, True))


@pytest.mark.parametrize(
    "name",
    [
        "SIGQUIT",
        "SIGUSR1",
        "SIGUSR2",
        "SIGALRM",
        "SIGXCPU",
        "SIGIO",
        "SIGPWR",
        "SIGRTMIN",
        "SIGRTMAX",
    ],
)
def test_what_ends_a_process_by_default_is_an_interrupt_too(name: str) -> None:
    code = AS_INTERRUPTS.format(name=name, then="exit_by_signal(numbers[0])")
    assert outcome(code) == (-getattr(signal, name), f"heard ['{name}']\n")


def test_another_handler_of_these_stays() -> None:
    code = """
signal.signal(signal.SIGALRM, lambda *_: print("theirs"))
with as_interrupts(60), on_first_signal(print):
    signal.raise_signal(signal.SIGALRM)
    signal.raise_signal(signal.SIGUSR1)
"""
    assert outcome(code) == (0, f"theirs\n{int(signal.SIGUSR1)}\n")


def test_a_main_thread_that_runs_no_handler_is_ended_as_well() -> None:
    code = """
import threading
with on_first_signal(lambda number: None, timeout=0.1):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    signal.raise_signal(signal.SIGHUP)
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    time.sleep(20)
"""
    assert outcome(code) == (-signal.SIGKILL, "")


def test_the_end_is_put_off_for_longer_than_a_renewal_may_take() -> None:
    assert END_TIMEOUT > TIMEOUT + 1


def test_what_is_busy_for_too_long_is_ended_all_the_same() -> None:
    """Python drops an exception that a signal handler raises within a finalizer, for instance."""
    code = """
with as_interrupts(0.1):
    try:
        signal.raise_signal(signal.SIGTERM)
    except KeyboardInterrupt:
        time.sleep(20)
"""
    assert outcome(code) == (-TERM, "")


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_what_was_inherited_as_ignored_stays_ignored(name: str) -> None:
    """`nohup`, and shells for the background jobs of a script."""
    code = AS_INTERRUPTS.format(name=f"SIG{name}", then="")
    assert outcome(code, ignored=name) == (0, "not heard\n")
    code = f"""
with on_first_signal(lambda number: print("heard")):
    signal.raise_signal(signal.SIG{name})
assert signal.getsignal(signal.SIG{name}) is signal.SIG_IGN
"""
    assert outcome(code, ignored=name) == (0, "")


def test_afterwards_all_is_as_before() -> None:
    code = """
with on_first_signal(print), as_interrupts(1):
    pass
print([signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGHUP)] == [signal.SIG_DFL] * 2)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    assert outcome(code) == (0, "True\nTrue\n")


def test_none_is_lost_when_another_program_takes_our_place() -> None:
    """An exec forgets what was noted for a handler that Python has not called yet."""
    code = """
from tray_app.system import exec
kept = []
exec._exec = lambda *_: kept.extend(signal.getsignal(n) for n in active_signals())
with as_interrupts(60):
    exec.exec_command(["true"], os.environ)
print(len(kept) > 10, set(kept) == {signal.SIG_DFL})
"""
    assert outcome(code) == (0, "True True\n")


@pytest.mark.skipif(sys.platform != "linux", reason="it sends the signal to one thread")
def test_a_signal_that_another_thread_takes_wakes_the_main_thread() -> None:
    """Of two that come together, SIGTERM and SIGSTOP, another thread took both: `watch` went on
    for ever. The reading end of the pipe is closed afterwards."""
    code = """
import queue, threading
events = queue.SimpleQueue()
def take():
    time.sleep(0.3)  # the main thread waits
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    time.sleep(20)
with waking_main_thread(), on_first_signal(events.put):
    threading.Thread(target=take, daemon=True).start()
    print(events.get())
deadline = time.monotonic() + 60
while [thread for thread in threading.enumerate() if thread.name == "signals"]:
    assert time.monotonic() < deadline
print(signal.getsignal(signal.SIGURG) is signal.SIG_DFL)
"""
    assert outcome(code) == (0, f"{int(TERM)}\nTrue\n")


def test_nothing_goes_on_waking_it_afterwards() -> None:
    """The last signal was read after the end: then nothing ended the thread."""
    code = """
import threading
with waking_main_thread(), on_first_signal(lambda _: None):
    signal.raise_signal(signal.SIGTERM)
for thread in threading.enumerate():
    if thread.name == "signals":
        thread.join(60)
        print(thread.is_alive())
"""
    assert "True" not in outcome(code)[1]
