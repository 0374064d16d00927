"""A program that uses the API and forks while another of its threads renews."""

from __future__ import annotations

import subprocess
import sys
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

DATABASE = """
import os, sys
from pathlib import Path
from tray_app.storage.database import Database

def opened():
    return Database(Path(sys.argv[1]), "CREATE TABLE IF NOT EXISTS t (a TEXT);")

database = opened()
database.write("INSERT INTO t VALUES ('parent')")
(is_open, opens), (goes, go) = os.pipe(), os.pipe()
child = os.fork()
if not child:
    of_child = opened()
    os.write(opens, b"x")
    os.read(goes, 1)
    of_child.write("INSERT INTO t VALUES ('child')")
    of_child.close()
    os._exit(0)
os.read(is_open, 1)
database.close()  # the last one of this process
os.write(go, b"x")
os.waitpid(child, 0)
print(*sorted(row[0] for row in opened().rows("SELECT a FROM t")))
"""

TWO_THREADS = """
import os, sys, threading
from pathlib import Path
from tray_app.storage.database import Database

database = Database(Path(sys.argv[1]), "CREATE TABLE IF NOT EXISTS t (a TEXT);")
begin = threading.Barrier(4)

def forks():
    begin.wait()
    for _ in range(20):
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)

threads = [threading.Thread(target=forks, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(30)
writer = threading.Thread(target=database.write, args=("INSERT INTO t VALUES ('x')",), daemon=True)
writer.start()
writer.join(30)
print(any(thread.is_alive() for thread in (*threads, writer)), flush=True)
os._exit(0)
"""

LOCKED = """
import os, threading, time
from {module} import {name}
lock, is_held = {name}.{lock}, threading.Event()
def hold():
    with lock:
        is_held.set()
        time.sleep(0.5)
threading.Thread(target=hold).start()
is_held.wait()
child = os.fork()
if not child:
    os._exit(not lock.acquire(timeout=60))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with lock:
    pass
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


def printed(code: str, *arguments: str) -> str:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, *arguments]
    return subprocess.run(
        command, stdout=subprocess.PIPE, text=True, timeout=60, check=True
    ).stdout.strip()


def test_the_database_is_locked_for_a_child_as_for_any_other_process(tmp_path: Path) -> None:
    """SQLite took the locks of the parent for the child's: what a child wrote got into a file that
    the parent had removed."""
    assert printed(DATABASE, str(tmp_path / "state" / "x.sqlite3")) == "child parent"


def test_threads_that_fork_at_the_same_time_leave_the_database_usable(tmp_path: Path) -> None:
    """And other threads able to fork."""
    assert printed(TWO_THREADS, str(tmp_path / "state" / "x.sqlite3")) == "False"


@pytest.mark.parametrize(
    ("module", "name", "lock"),
    [
        ("tray_app.system.log", "REDACTOR", "lock"),
        ("tray_app.system.config_commands", "ConfigCommands", "_state"),
    ],
)
def test_a_lock_of_the_whole_process_is_free_in_a_child(module: str, name: str, lock: str) -> None:
    """Another thread held it: each record, and the end, of the child waited for ever."""
    assert printed(LOCKED.format(module=module, name=name, lock=lock)) == "0"
