"""What a crash leaves of the memory that holds the tokens, who may look into it meanwhile, and
what children get."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tray_app.system import hardening

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
ROOT = str(Path(__file__).parents[2])

PRELUDE = """
import ctypes, os, resource, subprocess, sys
sys.path.insert(0, {root!r})
from tray_app.system.hardening import disable_core_dumps_and_ptrace
_, most = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
PR_GET_DUMPABLE = 3
"""


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, which ends in that folder."""
    return subprocess.run(
        [sys.executable, "-c", PRELUDE.format(root=ROOT) + script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def dumps(folder: Path, script: str) -> bool:
    """Whether the program leaves its memory behind, wherever the system puts it."""
    crash = PRELUDE.format(root=ROOT) + script + "\nos.abort()"
    number = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", 'cd "$0" && exec "$@"', str(folder), sys.executable, "-c", crash],
        os.environ,
    )
    _, status = os.waitpid(number, 0)
    assert os.WIFSIGNALED(status), "it crashed"
    return os.WCOREDUMP(status)


@pytest.mark.process
def test_a_crash_leaves_no_dump(tmp_path: Path) -> None:
    """Neither beside us, nor with the system's collector of crashes."""
    if not dumps(tmp_path, ""):
        pytest.skip("this machine keeps no dumps anyway")
    for left in tmp_path.iterdir():
        left.unlink()
    assert not dumps(tmp_path, "disable_core_dumps_and_ptrace()")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.process
def test_the_limit_on_dumps_is_nothing_and_can_be_raised_by_children(tmp_path: Path) -> None:
    """A browser that we start may want dumps of its own."""
    done = run(
        tmp_path,
        "disable_core_dumps_and_ptrace()\nprint(resource.getrlimit(resource.RLIMIT_CORE), most)",
    )
    assert done.stderr == ""
    limits, _, most = done.stdout.strip().rpartition(" ")
    assert limits == f"(0, {most})"


@pytest.mark.process
@linux
def test_the_memory_is_closed_and_a_child_s_is_its_own(tmp_path: Path) -> None:
    """What dumpable means in proc(5): /proc/PID/mem, ptrace and dumps for root alone."""
    asks = "ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)"
    child = f"import ctypes; PR_GET_DUMPABLE = 3; print({asks})"
    script = (
        f"print({asks}, flush=True)\ndisable_core_dumps_and_ptrace()\nprint({asks}, flush=True)\n"
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    assert run(tmp_path, script).stdout.split() == ["1", "0", "1"]


@pytest.mark.process
@linux
@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root changes users")
def test_another_program_of_the_same_user_cannot_read_the_memory() -> None:
    """As a user without rights, since root reads everything; the files of its own stay readable."""
    script = """
os.setresuid(65534, 65534, 65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # a change of user has closed it already
look = "import sys; open(f'/proc/{sys.argv[1]}/environ', 'rb').read(1)"
for close in (False, True):
    if close:
        disable_core_dumps_and_ptrace()
    print(subprocess.run(["python3", "-c", look, str(os.getpid())], stderr=-3).returncode)
print(len(os.listdir("/proc/self/fd")) > 0)
"""
    assert run(Path("/"), script).stdout.split() == ["0", "1", "True"]


def test_what_cannot_be_had_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that forbids it, a libc without prctl."""
    asked = []

    def forbidden(*_: object) -> None:
        asked.append("limit")
        raise ValueError("not allowed to raise maximum limit")

    def absent(_: object) -> None:
        asked.append("prctl")
        raise OSError("no libc")

    monkeypatch.setattr("resource.setrlimit", forbidden)
    monkeypatch.setattr("ctypes.CDLL", absent)
    monkeypatch.setattr("sys.platform", "linux")
    hardening.disable_core_dumps_and_ptrace()
    assert asked == ["limit", "prctl"]


def test_on_windows_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no module of that name."""
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)
    hardening.disable_core_dumps_and_ptrace()


@pytest.mark.parametrize("before", [None, "/opt/lib"])
def test_what_a_bundle_starts_gets_the_libraries_of_the_system(
    monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    """Those that the person's own environment names, or none."""
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle/_internal")
    if before:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", before)
    hardening.restore_library_path()
    assert os.environ["LD_LIBRARY_PATH"] == "/bundle/_internal", "no bundle: it is the person's"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    hardening.restore_library_path()
    assert os.environ.get("LD_LIBRARY_PATH") == before
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ


@pytest.mark.process
@linux
def test_the_program_does_so_before_anything_else(tmp_path: Path) -> None:
    """Whatever it was asked for; and in a bundle it gives back the libraries."""
    script = (
        "sys.frozen, os.environ['LD_LIBRARY_PATH'] = True, '/bundle/_internal'\n"
        "import tray_app.__main__ as entry, tray_app.cli.main as commands\n"
        "def told(*_, **__):\n"
        "    closed = ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0\n"
        "    print(closed, os.environ.get('LD_LIBRARY_PATH'))\n"
        "commands.run = told\n"
        "entry.main([])\n"
    )
    assert run(tmp_path, script).stdout.split()[-2:] == ["True", "None"]


@pytest.mark.process
@pytest.mark.parametrize(("soft", "expected"), [(100, 456), (500, 500)])
def test_so_many_profiles_have_the_files_that_they_need(
    tmp_path: Path, soft: int, expected: int
) -> None:
    """Two locks each; a limit that is higher stays."""
    script = f"""
from tray_app.system.hardening import raise_file_limit
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, 1000))
raise_file_limit(100)
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    done = run(tmp_path, script)
    assert done.stdout == f"({expected}, 1000)\n", done.stderr
