"""A command below this process: its signals, its terminal, its end and that of what it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tray_app.system.supervisor import PosixSupervisor, WindowsSupervisor

pytestmark = pytest.mark.process
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and groups are those of POSIX")
TIMEOUT = 60.0

CHILD = """
import os, signal, sys, time
def on(number, _):
    os.write(1, b"got %d\\n" % number)  # print fails if it is interrupted
    if number in (2, 15):
        sys.exit(40 + number)
for number in (1, 2, 10, 15):
    signal.signal(number, on)
print("ready", flush=True)
while True:
    time.sleep(60)
"""

SUPERVISE = """
import os, sys
from tray_app.system.hardening import disable_core_dumps_and_ptrace
from tray_app.system.supervisor import PosixSupervisor
disable_core_dumps_and_ptrace()
with PosixSupervisor() as supervisor:
    supervisor.start(sys.argv[1:], os.environ)
    while (code := supervisor.wait(60)) is None:
        pass
print("ended", code, flush=True)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def until(fits: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not fits():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@posix
@pytest.mark.parametrize(
    ("script", "code"), [("exit 7", 7), ("kill -TERM $$", -15), ("kill -KILL $$", -9)]
)
def test_its_exit_code_or_signal(script: str, code: int) -> None:
    with PosixSupervisor() as supervisor:
        supervisor.start(["sh", "-c", script], os.environ)
        assert supervisor.wait(TIMEOUT) == code
        assert not supervisor.ending_signal


@posix
def test_one_that_runs_has_no_code_yet() -> None:
    with PosixSupervisor(kill_after=1) as supervisor:
        supervisor.start(["sleep", "60"], os.environ)
        assert supervisor.wait(0.05) is None
        assert supervisor.end() == -signal.SIGTERM


@posix
@pytest.mark.parametrize(("number", "counts"), [(2, False), (3, False), (15, True)])
def test_a_signal_that_the_command_survives_is_its_end_only_if_it_means_nothing_else(
    tmp_path: Path, number: int, counts: bool
) -> None:
    """A JVM lists its threads at SIGQUIT."""
    script = f"trap : {number}; >{tmp_path}/ready; while :; do sleep 0.1; done"
    with PosixSupervisor(kill_after=1) as supervisor:
        supervisor.start(["sh", "-c", script], os.environ)
        until((tmp_path / "ready").exists)
        signal.raise_signal(number)
        assert supervisor.wait(0.1) is None
        assert supervisor.ending_signal == number
        assert supervisor.wait(1.1) is None
        assert bool(supervisor.ending_signal) is counts


@posix
def test_what_it_has_started_ends_with_it(tmp_path: Path) -> None:
    """Else each restart of `sh -c` would leave a bot behind."""
    script = "sleep 60 & echo $! >pid; wait; :"
    with PosixSupervisor() as supervisor:
        supervisor.start(["sh", "-c", f"cd {tmp_path}; {script}"], os.environ)
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip() != "")
        assert supervisor.end() == -signal.SIGTERM
    sleeper = int((tmp_path / "pid").read_text())
    until(lambda: not Path(f"/proc/{sleeper}/cmdline").exists() or not cmdline(sleeper))


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@posix
def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    script = f'trap "" TERM; cd {tmp_path}; echo >up; sleep 60'
    with PosixSupervisor(kill_after=0.3) as supervisor:
        supervisor.start(["sh", "-c", script], os.environ)
        until((tmp_path / "up").exists)
        assert supervisor.end() == -signal.SIGKILL


@posix
def test_a_stopped_one_can_be_ended() -> None:
    with PosixSupervisor(kill_after=TIMEOUT) as supervisor:
        supervisor.start(["sh", "-c", "kill -STOP $$; :"], os.environ)
        assert supervisor.wait(0.2) is None
        assert supervisor.end() == -signal.SIGTERM


@posix
def test_one_that_cannot_be_started_is_an_error() -> None:
    with PosixSupervisor() as supervisor:
        for command, error in (
            ([""], FileNotFoundError),
            (["no-such-program-at-all"], FileNotFoundError),
            (["/"], PermissionError),
        ):
            with pytest.raises(error):
                supervisor.start(command, os.environ)


@posix
def test_a_script_without_its_first_line_is_run_by_sh(tmp_path: Path) -> None:
    script = tmp_path / "old-script"
    script.write_text("exit $1\n")
    script.chmod(0o700)
    with PosixSupervisor() as supervisor:
        supervisor.start([str(script), "9"], os.environ)
        assert supervisor.wait(TIMEOUT) == 9


@posix
@pytest.mark.parametrize(
    ("name", "ends"),
    [("SIGHUP", False), ("SIGUSR1", False), ("SIGTERM", True), ("SIGINT", True)],
)
def test_a_signal_to_this_process_is_passed_on(name: str, ends: bool) -> None:
    number = signal.Signals[name].value
    with subprocess.Popen(
        [*python(SUPERVISE), *python(CHILD)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == f"got {number}\n"
        if not ends:
            process.send_signal(signal.SIGTERM)
            assert process.stdout.readline() == "got 15\n"
        assert process.stdout.readline() == f"ended {40 + (number if ends else 15)}\n"


@posix
def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As after nohup."""
    script = [*python(SUPERVISE), "sh", "-c", "kill -HUP $PPID; kill -HUP $$; exit 5"]
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert done.stdout == "ended 5\n"


@pytest.mark.skipif(sys.platform != "linux", reason="proc and prctl are Linux's")
def test_its_limits_signals_and_files_are_as_if_we_had_not_been() -> None:
    ask = python(
        "import ctypes, os, resource\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0], sorted(os.listdir('/proc/self/fd')))\n"
        "print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
        "print([l for l in open('/proc/self/status') if l.startswith(('SigIgn', 'SigBlk'))])"
    )
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # inherited by what we start
    try:
        alone = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=TIMEOUT)
        below = subprocess.run(
            [*python(SUPERVISE), *ask], capture_output=True, text=True, check=True, timeout=TIMEOUT
        )
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert below.stdout == f"{alone.stdout}ended 0\n"


@posix
def test_a_signal_ends_the_wait_for_the_next_start() -> None:
    with PosixSupervisor() as supervisor:
        assert supervisor.pause(0.01) == 0
        main = threading.main_thread().ident or 0
        threading.Timer(0.05, signal.pthread_kill, (main, signal.SIGTERM)).start()
        assert supervisor.pause(TIMEOUT) == signal.SIGTERM


@posix
def test_an_error_here_leaves_no_command_behind() -> None:
    supervisor = PosixSupervisor(kill_after=1)
    with suppress(ZeroDivisionError), supervisor:
        supervisor.start(["sleep", "60"], os.environ)
        raise ZeroDivisionError
    assert supervisor.wait(0) == -signal.SIGTERM


def test_the_way_of_windows_on_every_system() -> None:
    """Restarts without signals."""
    with WindowsSupervisor() as supervisor:
        supervisor.start(python("raise SystemExit(7)"), dict(os.environ))
        assert supervisor.wait(TIMEOUT) == 7
        supervisor.start(python("import time; time.sleep(60)"), dict(os.environ))
        assert supervisor.wait(0.05) is None
        supervisor.send(1)
        assert supervisor.end() != 0
        assert supervisor.pause(0.01) == 0
    with pytest.raises(FileNotFoundError), WindowsSupervisor() as supervisor:
        supervisor.start(["no-such-program-at-all"], dict(os.environ))
