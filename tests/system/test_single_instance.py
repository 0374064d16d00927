"""The one tray: its lock, the notification of a second start, and what a killed one leaves."""

from __future__ import annotations

import os
import queue
import re
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.program import Program
from tray_app.model.errors import Busy
from tray_app.system.single_instance import Instance

HOLDS = """
import sys, threading
from pathlib import Path
from tray_app.system.single_instance import Instance
instance = Instance(Path(sys.argv[1]), Path(sys.argv[2]))
with instance.acquire(), instance.listen(lambda: print("notified", flush=True)):
    print("held", flush=True)
    threading.Event().wait(60)
"""


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    return tmp_path / "locks"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "token-config.json"
    path.write_text("{}")
    return path


def is_free(instance: Instance) -> bool:
    try:
        with instance.acquire():
            return True
    except Busy:
        return False


@pytest.mark.process
def test_there_is_one_and_it_is_notified_and_its_death_frees_the_lock(
    locks: Path, config: Path
) -> None:
    """By SIGKILL, too: the next one then creates the socket again."""
    instance = Instance(locks, config)
    program = [sys.executable, "-c", HOLDS, str(locks), str(config)]
    assert not instance.notify_running()
    for _ in range(2):
        with Program(program, os.environ) as first:
            first.expect("held")
            begun = time.monotonic()
            assert not is_free(instance)
            assert time.monotonic() - begun < 10
            for _ in range(2):
                assert instance.notify_running()
                first.expect("notified")
            first.kill()
            first.wait()
        assert not instance.notify_running()
    assert is_free(instance)


@pytest.mark.posix
def test_a_profile_is_known_by_where_its_config_is(locks: Path, config: Path) -> None:
    """Whatever it is called."""
    link = config.with_name("link.json")
    link.symlink_to(config)
    with Instance(locks, config).acquire():
        assert not is_free(Instance(locks, link))
        assert not is_free(Instance(locks, config.parent / "." / config.name))
        assert is_free(Instance(locks, config.with_name("other.json")))


KEEPS = """
import sys, threading
from pathlib import Path
from tray_app.system.single_instance import Instance
with Instance(Path(sys.argv[1]), Path(sys.argv[2])).acquire_outputs(Path(sys.argv[3])):
    print("kept", flush=True)
    threading.Event().wait(60)
"""


@pytest.mark.process
def test_one_tray_keeps_a_env_and_its_death_frees_it(locks: Path, config: Path) -> None:
    """Another config's is told whose it is, and what to change, whatever path it takes there."""
    env, other = config.with_name(".env"), config.with_name("other.json")
    ways = [env]
    if os.name == "posix":  # links need rights on Windows
        ways.append(config.with_name("link.env"))
        ways[1].symlink_to(env)
    program = [sys.executable, "-c", KEEPS, str(locks), str(config), str(env)]
    with Program(program, os.environ) as first:
        first.expect("kept")
        for path in ways:
            with pytest.raises(Busy) as caught, Instance(locks, other).acquire_outputs(path):
                pass
            assert str(caught.value) == (
                f"{path} is kept already by the tray of {config};"
                f" give {other} a .env of its own (tray.envFile)."
            )
        with Instance(locks, other).acquire_outputs(config.with_name("another.env")):
            pass
        first.kill()
        first.wait()
    with (
        Instance(locks, other).acquire_outputs(env),
        pytest.raises(Busy, match=re.escape(str(other))),
    ):
        Instance(locks, config).acquire_outputs(env).__enter__()


@pytest.mark.posix
@pytest.mark.parametrize("note", ["gone", "empty", "link"])
def test_a_keeper_that_cannot_be_named_keeps_all_the_same(
    locks: Path, config: Path, tmp_path: Path, note: str
) -> None:
    """Killed before it could note itself; and a note that is a link is not written through."""
    env, elsewhere = tmp_path / ".env", tmp_path / "elsewhere"
    if note == "link":
        with Instance(locks, config).acquire_outputs(env):
            (file,) = locks.glob("*.keeper")
        file.unlink()
        elsewhere.write_text("")
        file.symlink_to(elsewhere)
    with Instance(locks, config).acquire_outputs(env):
        (file,) = locks.glob("*.keeper")
        if note == "gone":
            file.unlink()
        elif note == "empty":
            file.write_text("")
        with pytest.raises(Busy, match="is kept already by the tray of another config; give"):
            Instance(locks, config.with_name("other.json")).acquire_outputs(env).__enter__()
    assert note != "link" or elsewhere.read_text() == ""


def test_the_door_closes_without_a_trace(locks: Path, config: Path) -> None:
    """And closing it is not a notification."""
    instance, notified = Instance(locks, config), queue.SimpleQueue[None]()
    for _ in range(2):
        with instance.acquire(), instance.listen(lambda: notified.put(None)):
            assert instance.notify_running()
            notified.get(timeout=60)
        assert notified.empty()
        assert not instance.notify_running()
        assert not list(locks.glob("*.door"))


@pytest.mark.posix
def test_where_no_door_can_be_made_the_place_is_still_held(
    tmp_path: Path, config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A path too long for a socket: a second start is refused, but the first is not notified."""
    instance = Instance(tmp_path / ("deep" * 30), config)
    caplog.set_level("INFO", "tray_app")
    with instance.acquire(), instance.listen(lambda: None):
        assert not is_free(instance)
        assert not instance.notify_running()
    assert "a second start cannot be noticed" in caplog.text


@pytest.mark.posix
def test_two_outputs_may_be_one_file(locks: Path, config: Path) -> None:
    """The tray named itself as the one that keeps it, and did not start."""
    env, link = config.with_name(".env"), config.with_name("link")
    link.symlink_to(env)
    with Instance(locks, config).acquire_outputs(env, link):
        assert Instance(locks, config).owner_of(link) == str(config)
