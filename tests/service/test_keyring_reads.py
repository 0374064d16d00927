"""What an operation asks of the keyring, counted at the backend's own boundary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from keyring.backend import KeyringBackend

from tests.consent import browse
from tests.profile import Profile, full_profile
from tests.service.conftest import Start
from tray_app.model.renewal import RenewalMethod
from tray_app.model.sign_in import SignInResult
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.keyring_store import KeyringStore
from tray_app.service.engine import Engine
from tray_app.service.freshness import ensure_fresh

APART = ("/reserved", "/issued")
"""The entry that is reserved before a token is spent, and the pair's issue time: counted apart."""


@dataclass
class CountingKeyring:
    """A keyring backend that counts its calls by entry."""

    name = "counting"
    kept: dict[str, str] = field(default_factory=dict)
    reads: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)

    def get_password(self, _: str, entry: str) -> str | None:
        self.reads[entry] += 1
        return self.kept.get(entry)

    def set_password(self, _: str, entry: str, value: str) -> None:
        self.writes[entry] += 1
        self.kept[entry] = value

    def delete_password(self, _: str, entry: str) -> None:
        del self.kept[entry]

    def forget(self) -> None:
        """Count from here on."""
        self.reads.clear()
        self.writes.clear()

    def reads_before_writes(self) -> Counter[str]:
        """Reads that are no read-back, of entries that are not counted apart."""
        found = self.reads - self.writes
        return Counter({name: n for name, n in found.items() if not name.endswith(APART)})

    def saved(self) -> Counter[str]:
        return Counter({n: c for n, c in self.writes.items() if not n.endswith(APART)})


@pytest.fixture
def keyring() -> CountingKeyring:
    return CountingKeyring()


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox, keyring: CountingKeyring) -> Profile:
    """Every renewal method, and the real store over that backend."""
    made = full_profile(tmp_path, webex)
    made.store = store = KeyringStore()
    store._backend = cast("KeyringBackend", keyring)
    return made


@pytest.fixture
def settled(start: Start, keyring: CountingKeyring, profile: Profile) -> CountingKeyring:
    """The secrets are in the keyring, as they are from the second start on."""
    first = start()
    first.poll()
    first.refresh(by_hand=True)
    profile.pasted = profile.refresh_token = None  # only the keyring has them now
    keyring.forget()
    return keyring


def status(engine: Engine) -> None:
    assert engine.poll(repair=False).colour == "green"


def poll(engine: Engine) -> None:
    assert engine.poll().colour == "green"


def refresh(engine: Engine) -> None:
    assert engine.refresh(by_hand=True).colour == "green"
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def refresh_if_due(engine: Engine) -> None:
    assert engine.renew_if_due().colour == "green"


def get_token(engine: Engine) -> None:
    assert ensure_fresh(engine, timedelta(minutes=10), engine._tools.clock).said == ""


@pytest.mark.parametrize("operation", [status, poll, refresh, refresh_if_due, get_token])
def test_each_entry_is_read_at_most_once_by_a_command(
    start: Start, settled: CountingKeyring, operation: Callable[[Engine], None]
) -> None:
    """In a process that knows nothing yet."""
    operation(start())
    assert settled.reads_before_writes()
    assert set(settled.reads_before_writes().values()) == {1}


@pytest.mark.parametrize("operation", [refresh_if_due, get_token])
def test_also_if_the_token_is_due(
    start: Start,
    settled: CountingKeyring,
    clock: ManualClock,
    operation: Callable[[Engine], None],
) -> None:
    clock.advance(timedelta(days=13, hours=23, minutes=55))
    engine = start()
    operation(engine)
    assert engine.last_method is RenewalMethod.SERVICE_REFRESH
    found = settled.reads_before_writes()
    if engine.exercised:  # the integration's own, under the integration's lock
        found = Counter({name: n for name, n in found.items() if "/integration/" not in name})
    assert set(found.values()) == {1}


@pytest.mark.parametrize("operation", [poll, refresh])
def test_each_entry_is_read_at_most_once_by_a_program_that_stays(
    start: Start, settled: CountingKeyring, operation: Callable[[Engine], None]
) -> None:
    """A check that finds all well asks nothing of the keyring."""
    engine = start()
    engine.poll()
    settled.forget()
    operation(engine)
    if operation is poll:
        assert (settled.reads, settled.writes) == (Counter(), Counter())
    else:
        assert set(settled.reads_before_writes().values()) == {1}


def test_a_save_is_one_write_and_one_read_back(start: Start, settled: CountingKeyring) -> None:
    refresh(start())
    (pair,) = settled.saved()
    assert pair.endswith("/tokens")
    assert settled.writes[pair] == 1
    assert settled.reads[pair] == 2  # one before, under the lock, and the read-back


def test_a_sign_in_reads_each_entry_once_when_it_begins_and_once_under_each_lock(
    start: Start, settled: CountingKeyring
) -> None:
    """The app's lock, and the integration's for its own. Removing the candidate is a look, too."""
    engine = start()
    sign_in = engine.begin_sign_in(timeout=30)
    assert set(settled.reads_before_writes().values()) == {1}
    settled.forget()
    browse(sign_in.start_page())
    sign_in.wait()
    assert engine.finish_sign_in(sign_in).ending is SignInResult.RENEWED
    for entry, reads in settled.reads_before_writes().items():
        again = entry.endswith(("/refresh", "/access", "/candidate"))
        assert reads == (2 if again else 1), entry
    assert set(settled.saved().values()) == {1}


def test_what_is_apart_is_counted_apart(start: Start, settled: CountingKeyring) -> None:
    """Room is tried out once and removed; the issue time is read, saved, and read back."""
    refresh(start())
    reserved = next(name for name in settled.writes if name.endswith("/reserved"))
    issued = next(name for name in settled.writes if name.endswith("/issued"))
    assert (settled.writes[reserved], settled.reads[reserved]) == (1, 1)
    assert (settled.writes[issued], settled.reads[issued]) == (1, 2)
