"""A program that uses the API and forks while another of its threads renews."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.signal_rig import ONE, Stage, stage

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="macOS does not support this kind of fork"),
]

PROGRAM = """
import hashlib, multiprocessing, os, sys, threading, time
from tray_app import TokenManager

def tell(token):
    print(token and hashlib.sha256(token.encode()).hexdigest(), flush=True)

def forked(work):
    child = os.fork()
    if child:
        return child
    try:
        work()
        sys.stdout.flush()
        os._exit(0)
    finally:
        os._exit(1)

def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

manager = TokenManager()
if sys.argv[1] != "many":
    thread = threading.Thread(target=manager.refresh_token)
    thread.start()
    sys.stdin.readline()  # Webex is asked
"""

USES = """
child = forked(lambda: tell(manager.get_token()))
print("forked", flush=True)
thread.join()
assert ended(child) == 0
tell(manager.get_token())
"""

POOL = """
def get(_):
    return manager.get_token()
with multiprocessing.get_context("fork").Pool(2) as pool:
    print("forked", flush=True)
    tokens = set(pool.map(get, range(4)))
thread.join()
assert len(tokens) == 1
tell(tokens.pop())
tell(manager.get_token())
"""

IDLE = """
child = forked(threading.Event().wait)
print("forked", flush=True)
thread.join()
print("renewed", flush=True)
sys.stdin.readline()
os.kill(child, 9)
"""

ENDS = """
child = os.fork()
if not child:
    manager.close()
    sys.exit(7)
begun = time.monotonic()
assert ended(child) == 7
print("forked" if time.monotonic() - begun < 5 else "late", flush=True)
thread.join()
tell(manager.get_token())
"""

MANY = """
manager.get_token()
is_over = []
def work():
    while not is_over:
        manager.health()
        manager.refresh_token()
thread = threading.Thread(target=work)
thread.start()
for number in range(12):
    time.sleep(0.01 * number)
    child = forked(manager.get_token)
    assert ended(child) == 0
is_over.append(1)
thread.join()
"""


@contextmanager
def forking(made: Stage, code: str, name: str = "one") -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        # Python 3.12 warns of every fork beside another thread.
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM + code, name],
        env=made.environ,
        cwd=made.profile.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


@contextmanager
def renewing_and_forking(folder: Path, code: str) -> Iterator[tuple[Stage, subprocess.Popen[str]]]:
    """The parent has forked while its renewal waits for Webex."""
    with stage(folder) as made:
        ONE.prepare(made)
        made.acquire(ONE.kind)
        with forking(made, code) as process:
            made.is_asked(ONE.kind)
            go_on(process)
            assert said(process) == "forked"
            yield made, process


@pytest.mark.parametrize("code", [USES, POOL], ids=["os.fork", "multiprocessing"])
def test_a_child_shares_the_renewal_of_its_parent(code: str, tmp_path: Path) -> None:
    """It hung for ever: the thread that would have released the lock was the parent's."""
    with renewing_and_forking(tmp_path, code) as (made, process):
        made.release.set()
        output, _ = process.communicate(timeout=60)
        child, parent = output.split()
        assert child == parent != "None"
        assert (process.returncode, made.webex.reuses) == (0, 0)
        assert len(made.presented()) == 1
        assert not made.lost(ONE.client)


def test_a_child_keeps_no_lock_of_its_parent(tmp_path: Path) -> None:
    """Other programs waited for the child to end."""
    with renewing_and_forking(tmp_path, IDLE) as (made, process):
        made.release.set()
        assert said(process) == "renewed"
        begun = time.monotonic()
        done = subprocess.run(
            made.command("refresh"),
            env=made.environ,
            cwd=made.profile.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, "holds the lock" in done.stderr) == (0, False)
        assert time.monotonic() - begun < 5
        go_on(process)
        process.communicate(timeout=30)


def test_a_child_that_ends_waits_for_nothing_of_its_parent(tmp_path: Path) -> None:
    with renewing_and_forking(tmp_path, ENDS) as (made, process):
        made.release.set()
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert not made.lost(ONE.client)


def test_whatever_the_parent_does_meanwhile_no_child_hangs(tmp_path: Path) -> None:
    with stage(tmp_path) as made, forking(made, MANY, "many") as process:
        process.communicate(timeout=120)
        assert (process.returncode, made.webex.reuses) == (0, 0)
