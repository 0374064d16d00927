"""A process that becomes another: what that one finds as if we had never been, and what it cannot
be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tray_app.system.exec import as_child

pytestmark = pytest.mark.process
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no exec")
ROOT = str(Path(__file__).parents[2])

BECOME = """
import os, sys
sys.path.insert(0, {root!r})
from tray_app.system.exec import exec_command as become
from tray_app.system.hardening import disable_core_dumps_and_ptrace
disable_core_dumps_and_ptrace()
print("before")
become({command!r}, {environ!r} or dict(os.environ))
"""
ASK = """
import ctypes, os, resource
print(resource.getrlimit(resource.RLIMIT_CORE)[0], sorted(os.listdir("/proc/self/fd")))
print("dumpable", ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def become(
    *command: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A program that has closed its memory, and then becomes that one."""
    script = BECOME.format(root=ROOT, command=command, environ=environ or {})
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )


def ignored(status: str) -> set[int]:
    """The signals that are ignored by that line of proc(5). 32 and 33 are the C library's own: its
    posix_spawn ignores them, and no program can know them (signal(7))."""
    mask = int(status.rpartition("SigIgn:")[2], 16)
    return {number for number in range(1, 65) if mask >> (number - 1) & 1} - {32, 33}


@posix
def test_the_exit_code_is_its_own_and_what_was_printed_before_comes_first() -> None:
    done = become("sh", "-c", "echo after; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "before\nafter\n", "")


@posix
def test_the_signal_that_ends_it_is_its_own() -> None:
    assert become("sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM


@posix
def test_no_signal_is_ignored_that_was_not_before() -> None:
    """Python ignores SIGPIPE: a writer whose reader has gone would not end."""
    ask = ("grep", "SigIgn", "/proc/self/status")
    plain = subprocess.run(ask, capture_output=True, text=True, check=True)
    assert ignored(become(*ask).stdout) == ignored(plain.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="proc and prctl are Linux's")
def test_its_memory_limits_and_files_are_as_if_we_had_not_been() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # inherited by what we start
    try:
        alone = subprocess.run(
            [sys.executable, "-c", ASK], capture_output=True, text=True, check=True, timeout=30
        )
        became = become(sys.executable, "-c", ASK)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert alone.stdout.startswith(f"{hard} ")
    assert became.stdout == f"before\n{alone.stdout}"


@posix
def test_it_is_looked_for_in_the_path_that_it_is_given(tmp_path: Path) -> None:
    tool = tmp_path / "a-tool-of-ours"
    tool.write_text("#!/bin/sh\necho found $ONE\n")
    tool.chmod(0o700)
    done = become("a-tool-of-ours", environ={"PATH": f"{tmp_path}:/usr/bin:/bin", "ONE": "1"})
    assert done.stdout.endswith("found 1\n")


@posix
@pytest.mark.parametrize("named", ["old-script", "./old-script"])
def test_a_script_without_its_first_line_is_run_by_sh_as_shells_do(
    tmp_path: Path, named: str
) -> None:
    script = tmp_path / "old-script"
    script.write_text("echo by sh: $1\n")
    script.chmod(0o700)
    command = named.replace(".", str(tmp_path), 1) if named.startswith(".") else named
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert become(command, "x y", environ=environ).stdout.endswith("by sh: x y\n")


@posix
@pytest.mark.parametrize(
    ("command", "error"), [("/nowhere/at-all", "FileNotFoundError"), ("/", "PermissionError")]
)
def test_what_cannot_be_run_is_an_error_of_the_system(command: str, error: str) -> None:
    done = become(command)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(error)


def test_as_a_child_it_gives_its_code_and_has_the_environment_that_was_meant() -> None:
    """The way of Windows, on every system."""
    code = "import os, sys; sys.exit(int(os.environ['CODE']))"
    assert as_child([sys.executable, "-c", code], {**os.environ, "CODE": "7"}) == 7


def test_as_a_child_it_is_an_error_where_there_is_none() -> None:
    with pytest.raises(FileNotFoundError):
        as_child(["no-such-program-at-all"], dict(os.environ))


@posix
def test_ctrl_c_is_the_child_s_to_answer() -> None:
    """The console gives it to both; the child ends when it likes, and its code counts."""
    child = "import signal; signal.sigwait([signal.SIGUSR1]); raise SystemExit(9)"
    script = (
        f"import os, sys, threading\nsys.path.insert(0, {ROOT!r})\n"
        "from tray_app.system.exec import as_child\n"
        "print('ready', flush=True)\n"
        f"sys.exit(as_child([sys.executable, '-c', {child!r}], os.environ))"
    )
    mask = {signal.SIGUSR1}
    signal.pthread_sigmask(signal.SIG_BLOCK, mask)  # inherited: the child waits for it
    try:
        with subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            while not (found := children.read_text().split()):
                os.sched_yield()
            process.send_signal(signal.SIGINT)
            os.kill(int(found[0]), signal.SIGUSR1)
            assert process.wait(60) == 9
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, mask)
