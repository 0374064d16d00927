"""From a click to the socket, and from the service to a secret: the functions of ours in between.

docs/architecture.md, "Call chains" names them; the real objects are followed here.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import cast

import pytest
import requests
from keyring.backend import KeyringBackend

import tray_app
from tests.profile import Profile, full_profile
from tray_app.desktop.actions import ProfileLocations
from tray_app.desktop.menus import ProfileRows
from tray_app.desktop.tray.pystray_base import Icon
from tray_app.model.snapshot import Activity, Snapshot, UserRequest
from tray_app.runtime.commands import ProfileHandle
from tray_app.runtime.scheduler import Scheduler
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.keyring_store import KeyringStore
from tray_app.service.credentials import CredentialRepository

ROOT = Path(tray_app.__file__).parent
DOCS = ROOT.parent / "docs/architecture.md"
TO_THE_SOCKET = 15
TO_A_SECRET = 5

Chain = list[str]


def ours(frame: FrameType | None) -> Chain:
    """The functions of ours that lead to this frame, the outermost first. The sandbox is Webex."""
    found: Chain = []
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and "sandbox" not in path.parts:
            found.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return found[::-1]


def waiting_in(thread_name: str) -> Chain:
    """What that thread is in the middle of."""
    frames = sys._current_frames()
    return next(
        ours(frames[t.ident]) for t in threading.enumerate() if t.name == thread_name and t.ident
    )


class Keyring:
    """A keyring in memory. `asked_from`: the chains that have led to a secret."""

    name = "followed"

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.asked_from: list[Chain] = []

    def get_password(self, _: str, entry: str) -> str | None:
        here = ours(sys._getframe())
        service = [chain for t in threading.enumerate() if (chain := _from_repository(t))]
        self.asked_from += [chain + here for chain in service]
        return self.kept.get(entry)

    def set_password(self, _: str, entry: str, value: str) -> None:
        self.kept[entry] = value

    def delete_password(self, _: str, entry: str) -> None:
        del self.kept[entry]


def _from_repository(thread: threading.Thread) -> Chain:
    """What that thread does from `CredentialRepository.load` on, if it is in there."""
    chain = ours(sys._current_frames().get(thread.ident or 0))
    load = CredentialRepository.load.__qualname__
    return chain[chain.index(load) :] if load in chain else []


class Followed:
    """A running profile. `chains`: how each request after the click came to the HTTP library, by
    its path; the threads in turn: the menu's, the scheduler's, the one that sends."""

    def __init__(self, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chains: dict[str, Chain] = {}
        self._clicked: Chain = []
        self._answered = threading.Event()
        self._is_idle = threading.Event()
        self._menu_thread = threading.get_ident()
        handle = ProfileHandle()
        locations = ProfileLocations(profile.config_path, lambda: profile.folder, profile.folder)
        self._rows = ProfileRows(handle, locations)
        self.scheduler = Scheduler()
        self.scheduler.add(
            lambda: profile.engine(lambda: datetime.now(UTC)), self._hear, handle=handle
        )
        send, notify = requests.Session.send, threading.Condition.notify

        def following_send(*given: object, **named: object) -> object:
            request = cast("requests.PreparedRequest", given[1])
            sender = ours(sys._getframe(1))
            path = f"{request.method} {request.path_url.partition('/v1')[2]}"
            self.chains[path] = self._clicked + waiting_in("scheduler") + sender
            return cast("Callable[..., object]", send)(*given, **named)

        def following_notify(condition: threading.Condition, n: int = 1) -> None:
            if threading.get_ident() == self._menu_thread:
                self._clicked = max(self._clicked, ours(sys._getframe(1)), key=len)
            notify(condition, n)

        self.scheduler.start()
        assert self._is_idle.wait(60)
        monkeypatch.setattr(requests.Session, "send", following_send)
        monkeypatch.setattr(threading.Condition, "notify", following_notify)

    def click(self, label: str) -> None:
        """Click that row of the menu, and wait for the answer."""
        (row,) = [row for row in self._rows.full() if row.text.startswith(label)]
        row(cast("Icon", None))
        assert self._answered.wait(60)

    def _hear(self, snapshot: Snapshot) -> None:
        if snapshot.asked is UserRequest.REFRESH:
            self._answered.set()
        if snapshot.activity is Activity.NOTHING:
            self._is_idle.set()


@pytest.fixture
def keyring() -> Keyring:
    return Keyring()


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox, keyring: Keyring) -> Profile:
    made = full_profile(tmp_path, webex)
    made.store = store = KeyringStore()
    store._backend = cast("KeyringBackend", keyring)
    return made


@pytest.fixture
def followed(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    made = Followed(profile, monkeypatch)
    yield made
    made.scheduler.stop()


def documented(heading: str) -> Chain:
    """The functions that docs/architecture.md names under this heading."""
    section = DOCS.read_text("utf-8").partition(f"### {heading}\n")[2].partition("\n#")[0]
    return re.findall(r"^\d+\. `([^`]+)`", section, re.MULTILINE)


def test_a_click_on_refresh_reaches_the_socket_through_few_functions(followed: Followed) -> None:
    followed.click("Refresh")
    chain = followed.chains["POST /access_token"]
    assert len(chain) <= TO_THE_SOCKET, chain
    assert chain == documented("From a click on Refresh to the socket")


def test_so_does_the_check_that_comes_first(followed: Followed) -> None:
    followed.click("Refresh")
    chain = followed.chains["GET /dataSources"]
    assert len(chain) <= TO_THE_SOCKET, chain


def test_a_secret_is_reached_through_few_functions(followed: Followed, keyring: Keyring) -> None:
    keyring.asked_from.clear()
    followed.click("Refresh")
    assert keyring.asked_from
    chain = max(keyring.asked_from, key=len)
    assert len(chain) <= TO_A_SECRET, chain
    assert chain == documented("From the service to a secret")
