"""sd_notify over a real socket: each word of the protocol, and no manager."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.system.datagrams import Manager
from tray_app.system.systemd import Notifier, is_journal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is on Linux only")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A socket takes a hundred characters."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def manager(short_path: Path) -> Iterator[Manager]:
    with Manager(short_path) as made:
        yield made


WORDS: list[tuple[Callable[[Notifier], None], list[str]]] = [
    (lambda told: told.ready("green: works"), ["READY=1", "STATUS=green: works"]),
    (lambda told: told.status("red"), ["STATUS=red"]),
    (lambda told: told.stopping(), ["STOPPING=1"]),
    (lambda told: told.ping(), ["WATCHDOG=1"]),
]


@pytest.mark.parametrize(("say", "lines"), WORDS)
def test_each_word_is_one_datagram(
    manager: Manager, say: Callable[[Notifier], None], lines: list[str]
) -> None:
    say(Notifier({"NOTIFY_SOCKET": manager.address}))
    assert manager.next() == lines


def test_a_reload_tells_its_time(manager: Manager) -> None:
    """By the monotonic clock, in microseconds: systemd tells an old `ready` by it."""
    Notifier({"NOTIFY_SOCKET": manager.address}).reloading()
    first, second = manager.next()
    assert first == "RELOADING=1"
    assert second.startswith("MONOTONIC_USEC=")
    assert second.partition("=")[2].isdecimal()


def test_an_abstract_socket_is_reached_too() -> None:
    name = f"webex-token-tray-test-{os.getpid()}"
    with Manager(abstract=name) as manager:
        Notifier({"NOTIFY_SOCKET": manager.address}).ping()
        assert manager.next() == ["WATCHDOG=1"]


def test_a_status_of_several_lines_is_one(manager: Manager) -> None:
    """Or the second one would be another assignment."""
    Notifier({"NOTIFY_SOCKET": manager.address}).status("works\nSTOPPING=1\r\nMAINPID=1")
    assert manager.next() == ["STATUS=works STOPPING=1 MAINPID=1"]


@pytest.mark.parametrize("address", ["", "/nowhere/at/all", "@no-listener", "x" * 300, "a\0b"])
def test_without_a_listener_nothing_happens(address: str) -> None:
    Notifier({"NOTIFY_SOCKET": address}).ready("works")


def test_a_manager_that_does_not_read_delays_a_notification_by_a_second(short_path: Path) -> None:
    """Its queue is full, so the notification is lost."""
    with Manager(short_path) as deaf:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as flood:
            flood.setblocking(False)
            flood.connect(deaf.address)
            with suppress(BlockingIOError):
                while True:
                    flood.send(b"x")
        begun = time.monotonic()
        Notifier({"NOTIFY_SOCKET": deaf.address}).ping()
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_ours_only_if_we_are_meant(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert Notifier(environ).watchdog_seconds == seconds


def test_the_journal_is_known_by_its_stream(tmp_path: Path) -> None:
    """A variable that a shell has inherited says nothing of a pipe or a file."""
    with (tmp_path / "out").open("w") as out:
        state = os.fstat(out.fileno())
        stream = f"{state.st_dev}:{state.st_ino}"
        assert is_journal({"JOURNAL_STREAM": stream}, out.fileno())
        assert not is_journal({"JOURNAL_STREAM": f"{stream}0"}, out.fileno())
        assert not is_journal({}, out.fileno())
    assert not is_journal({"JOURNAL_STREAM": stream}, 999)
