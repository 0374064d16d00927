"""Keyrings in every state that they are known to get into, by the keyring library's own seam."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from tray_app.model.health import Reason
from tray_app.secrets import keyring_store

CHOICE = "PYTHON_KEYRING_BACKEND"


class Ring(KeyringBackend):
    """A keyring in memory. Each trouble is a function that is called before the real work:
    `trouble(ring, what, value)`; it may raise, wait, or return what is to be answered instead."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.failure: Callable[[Ring, str, str], Any] | None = None
        self.release = threading.Event()
        self.locked = False
        self.prompts = 0
        self.garbled: set[str] = set()

    def get_password(self, service: str, username: str) -> str | None:
        answer = self.failure(self, "get", "") if self.failure else _REALLY
        found = self.kept.get((service, username))
        if self.failure is garbles and found in self.garbled:
            return "another text"
        return found if answer is _REALLY else answer

    def set_password(self, service: str, username: str, password: str) -> None:
        answer = self.failure(self, "set", password) if self.failure else _REALLY
        if answer is _REALLY:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


_REALLY: Any = object()


class ForeignError(Exception):
    """As D-Bus and Windows raise them: not of the keyring library's own."""


def locked(ring: Ring, _what: str, _value: str) -> object:
    """Nobody opens it. What may prompt is asked beforehand, see `in_trouble`."""
    ring.locked = True
    ring.prompts += 1
    raise keyring.errors.KeyringLocked("Failed to unlock the collection!")


def opens(ring: Ring, _what: str, _value: str) -> object:
    """A person answers the first dialog."""
    if ring.locked:
        ring.prompts += 1
        ring.locked = False
    return _REALLY


def hangs(ring: Ring, _what: str, _value: str) -> object:
    """Until it is released."""
    assert ring.release.wait(60)
    return _REALLY


def raises(error: BaseException, *calls: str) -> Callable[[Ring, str, str], object]:
    """At these calls."""

    def failure(_ring: Ring, what: str, _value: str) -> object:
        if what in calls:
            raise error
        return _REALLY

    return failure


def at_set(other: Callable[[Ring, str, str], object]) -> Callable[[Ring, str, str], object]:
    """That trouble, for writes only."""
    return lambda ring, what, value: other(ring, what, value) if what == "set" else _REALLY


def tells_the_secret(_ring: Ring, what: str, value: str) -> object:
    """An exception that carries what was to be kept, in text, attributes and cause."""
    if what == "get":
        return _REALLY
    error = ForeignError(f"cannot keep {value!r}")
    error.value = value  # type: ignore[attr-defined]
    raise error from ValueError(value)


def drops(_ring: Ring, what: str, _value: str) -> object:
    """A write that does nothing, and says nothing."""
    return None if what == "set" else _REALLY


def garbles(ring: Ring, what: str, value: str) -> object:
    """What is read back after a write is another text, for as long as the trouble lasts."""
    if what == "set":
        ring.garbled.add(value)
    return _REALLY


def too_small(_ring: Ring, what: str, value: str) -> object:
    """A pair of tokens does not fit."""
    if what == "set" and len(value) > 200:
        raise keyring.errors.PasswordSetError("Can't store password on keychain")
    return _REALLY


def answers_bytes(_ring: Ring, what: str, _value: str) -> object:
    """Against the contract."""
    return b"bytes" if what == "get" else _REALLY


@dataclass(frozen=True)
class State:
    """A trouble, and what may be shown meanwhile where the token is dead.

    `reads`: the entries can still be read; `hangs`: it is waited for.
    """

    failure: Callable[[Ring, str, str], object]
    shows: frozenset[Reason]
    reads: bool = False
    locked: bool = False
    hangs: bool = False


LOCKED = frozenset({Reason.KEYRING_LOCKED})
REFUSED = frozenset({Reason.SAVE_REFUSED})

STATES: dict[str, State] = {
    "locked, and the dialog is dismissed": State(locked, LOCKED, locked=True),
    "locked, without a way to ask": State(
        raises(keyring.errors.KeyringLocked("locked"), "get", "set"), LOCKED
    ),
    "hangs for ever": State(hangs, LOCKED, hangs=True),
    "hangs at a write": State(at_set(hangs), REFUSED | LOCKED, reads=True, hangs=True),
    "cannot begin (InitError)": State(raises(keyring.errors.InitError("no"), "get", "set"), LOCKED),
    "no keyring (NoKeyringError)": State(
        raises(keyring.errors.NoKeyringError("none"), "get", "set"), LOCKED
    ),
    "a foreign error": State(raises(ForeignError("bus"), "get", "set"), LOCKED),
    "OSError": State(raises(OSError(1783, "The stub received bad data"), "get", "set"), LOCKED),
    "exits": State(raises(SystemExit(1), "get", "set"), LOCKED),
    "refuses writes (PasswordSetError)": State(
        raises(keyring.errors.PasswordSetError("no"), "set"), REFUSED, reads=True
    ),
    "its error holds the secret": State(tells_the_secret, REFUSED, reads=True),
    "drops writes": State(drops, REFUSED, reads=True),
    "reads back another text": State(garbles, REFUSED | LOCKED, reads=True),
    "too small for a pair": State(too_small, REFUSED, reads=True),
    "vanished (ServiceUnknown)": State(
        raises(ForeignError("org.freedesktop.DBus.Error.ServiceUnknown"), "get", "set"), LOCKED
    ),
    "answers with bytes": State(answers_bytes, LOCKED),
}


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[KeyringBackend]]:
    """What the library finds on this machine: a list to fill in."""
    backends: list[KeyringBackend] = []
    monkeypatch.delenv(CHOICE, raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nowhere")
    monkeypatch.setattr("keyring.backend.get_all_keyring", lambda: backends)
    with unlisted():
        yield backends


@pytest.fixture
def ring(found: list[KeyringBackend], monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    """The one keyring there is; where it is locked, a call would prompt."""
    made = Ring()
    found.append(made)
    monkeypatch.setattr(keyring_store, "_would_prompt", lambda _: made.locked)
    yield made
    made.release.set()


@contextmanager
def unlisted() -> Iterator[None]:
    """The library lists every class that exists; ours are for these tests only."""
    known: set[type] = KeyringBackend._classes
    ours = {kind for kind in known if kind.__module__.startswith("tests.")}
    known.difference_update(ours)
    yield
    known.difference_update({kind for kind in known if kind.__module__.startswith("tests.")})
