"""The OS keyring itself: a real gnome-keyring on a private bus, open, locked, late and gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import ROOT, Program

if TYPE_CHECKING:
    from tests.e2e.private_session import Session

pytestmark = pytest.mark.desktop

# Run with the session's environment, so that this process's own bus is never touched.
HEAD = """
import sys, json, time, threading
import secretstorage
from tray_app.secrets.keyring_store import KeyringStore
from tray_app.secrets.store import NoStore
from tray_app.secrets.vault import Vault
from tray_app.model.errors import VaultError, VaultLocked
from tray_app.model.secret import Secret

def said(work, *given, **named):
    began = time.monotonic()
    try:
        result = work(*given, **named)
    except Exception as error:
        result = [type(error).__name__, str(error)]
    assert time.monotonic() - began < 20, "it waited"
    return result

def lock():
    connection = secretstorage.dbus_init()
    secretstorage.get_default_collection(connection).lock()
    connection.close()

store = KeyringStore()
"""
LOCKED = ["VaultLocked", "the keyring (SecretService Keyring) is locked"]


def run(session: Session, script: str) -> object:
    done = subprocess.run(
        [sys.executable, "-c", HEAD + script],
        env=session.environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_secret_survives_the_process(keyring_session: Session) -> None:
    """One process puts it in, reading it back; another one gets it. On disk it is not in clear."""
    put = 'print(json.dumps([store.set("n", "v-CANARY-v", prompt=False), None]))'
    assert run(keyring_session, put) == [None, None]
    assert run(keyring_session, 'print(json.dumps(store.get("n", prompt=False)))') == "v-CANARY-v"
    assert run(keyring_session, 'print(json.dumps(store.get("m", prompt=False)))') is None
    files = [file for file in keyring_session.home.rglob("*") if file.is_file()]
    assert files
    assert not any(b"CANARY" in file.read_bytes() for file in files)


def test_with_and_without_cryptography_the_secrets_are_the_same(keyring_session: Session) -> None:
    """The tray and `watch` do without; a command that follows them does not."""
    lean = """
from tray_app.secrets import session_cipher
session_cipher.use_own_cipher()
del sys.modules["secretstorage"], sys.modules["cryptography"]
for name in [name for name in sys.modules if name.startswith(("secretstorage.", "cryptography."))]:
    del sys.modules[name]
"""
    left_out = 'assert "cryptography" not in sys.modules, "it is loaded"\n'
    put = 'store.set("n", "of the tray", prompt=False)\n'
    get = 'print(json.dumps(store.get("n", prompt=False)))\n'
    assert run(keyring_session, lean + put + left_out + get) == "of the tray"
    assert run(keyring_session, get) == "of the tray"
    assert run(keyring_session, put.replace("tray", "command") + get) == "of the command"
    assert run(keyring_session, lean + get + left_out) == "of the command"


def test_a_secret_of_60_kilobytes_is_kept(keyring_session: Session) -> None:
    """Far longer than a pair of JSON web tokens."""
    script = """
store.set("n", "x" * 60_000, prompt=False)
print(json.dumps(len(store.get("n", prompt=False))))
"""
    assert run(keyring_session, script) == 60_000


def test_a_locked_keyring_is_reported_at_once_and_never_opens_a_dialog(
    keyring_session: Session,
) -> None:
    """In the background; what it holds is there again once it is open."""
    script = """
store.set("n", "v", prompt=False)
lock()
vault = Vault(KeyringStore())
print(json.dumps([
    said(store.get, "n", prompt=False),
    said(store.set, "n", "w", prompt=False),
    said(vault.load, "n"),
    said(vault.save, "n", Secret("w")),
    vault.state,
]))
"""
    assert run(keyring_session, script) == [LOCKED, LOCKED, LOCKED, LOCKED, "refused"]


def test_without_a_collection_no_password_is_asked_for_in_the_background(
    session: Session,
) -> None:
    """Making one opens a dialog: that waits for a person's click."""
    from tests.e2e.private_session import wait_for_name
    from tests.e2e.programs import require

    require("gnome-keyring-daemon")
    command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
    with session.process(command):
        wait_for_name(session, "org.freedesktop.secrets")
        script = 'print(json.dumps(said(store.get, "n", prompt=False)))'
        assert run(session, script) == LOCKED


def test_the_bus_is_found_at_its_usual_place_without_its_variable(
    keyring_session: Session,
) -> None:
    """As from cron or ssh: only XDG_RUNTIME_DIR is known."""
    del keyring_session.environ["DBUS_SESSION_BUS_ADDRESS"]
    script = """
store.set("n", "a secret", prompt=False)
print(json.dumps(store.get("n", prompt=False)))
"""
    assert run(keyring_session, script) == "a secret"


def test_without_a_keyring_there_is_none(session: Session) -> None:
    """A bus without a Secret Service, and no bus at all."""
    script = 'print(json.dumps(said(store.get, "n", prompt=False)))'
    no_store = ["NoStore", "no keyring is running (gnome-keyring, KWallet, KeePassXC)"]
    assert run(session, script) == no_store
    del session.environ["DBUS_SESSION_BUS_ADDRESS"]
    session.environ["XDG_RUNTIME_DIR"] = str(session.home)
    assert run(session, script) == no_store


def test_a_keyring_that_comes_up_later_or_goes_is_noticed(session: Session) -> None:
    """The same process: none, then there, then gone, then there again. It gets what was held."""
    from tests.e2e.private_session import unlocked_keyring

    step = session.root / "step"
    script = f"""
vault = Vault(KeyringStore())

def at(number):
    with open({str(step)!r}) as fifo:  # waits for the test
        assert fifo.read() == str(number)

vault.save("n", Secret("kept in memory"))
print("1", vault.state, flush=True)
at(2)
vault.retry_unsaved_now()
print("2", vault.state, KeyringStore().get("n", prompt=False), flush=True)
at(3)
print("3", said(vault.load, "n"), vault.state, flush=True)
at(4)
print("4", vault.load("n").reveal(), vault.state, flush=True)
"""
    os.mkfifo(step)
    with Program([sys.executable, "-c", HEAD + script], session.environ) as program:
        program.expect("1 memory")
        with unlocked_keyring(session):
            step.write_text("2")
            program.expect("2 durable kept in memory")
        step.write_text("3")
        program.expect("3 ['VaultError', 'the keyring (SecretService Keyring) failed: ")
        with unlocked_keyring(session):
            step.write_text("4")
            program.expect("4 kept in memory durable")
            assert program.wait() == 0


def test_a_daemon_that_was_restarted_between_two_calls_costs_none_of_them(
    session: Session,
) -> None:
    """The connection is dead by then: the call is made over a new one."""
    from tests.e2e.private_session import unlocked_keyring

    step = session.root / "step"
    script = f"""
store.set("n", "first", prompt=False)
print("1 kept", flush=True)
with open({str(step)!r}) as fifo:  # waits for the test
    fifo.read()
print("2", store.get("n", prompt=False), flush=True)
store.set("n", "second", prompt=False)
print("3", store.get("n", prompt=False), flush=True)
"""
    os.mkfifo(step)
    with Program([sys.executable, "-c", HEAD + script], session.environ) as program:
        with unlocked_keyring(session):
            program.expect("1 kept")
        with unlocked_keyring(session):
            step.write_text("go on")
            program.expect("2 first")
            program.expect("3 second")
            assert program.wait() == 0


def test_only_an_entry_that_is_locked_by_itself_is_unlocked(keyring_session: Session) -> None:
    """As KeePassXC may have it. To ask that of each one would take two more calls for each read."""
    script = """
from secretstorage import Item

store.set("n", "kept", prompt=False)
locked, unlocked, opens = [], [], True
Item.is_locked = lambda self: bool(locked)

def unlock(self, timeout=None):
    unlocked.append(1)
    if opens:
        locked.clear()

Item.unlock = unlock
found = [store.get("n", prompt=False), len(unlocked)]
locked.append(1)
found += [store.get("n", prompt=False), len(unlocked)]
locked.append(1)
opens = False
found.append(said(store.get, "n", prompt=False)[0])
print(json.dumps(found))
"""
    assert run(keyring_session, script) == ["kept", 0, "kept", 1, "KeyringLocked"]


def test_one_connection_serves_many_calls_and_is_closed_with_the_store(
    keyring_session: Session,
) -> None:
    """gnome-keyring-daemon crashes now and then where each call opens one and closes it."""
    script = """
import os

def sockets():
    links = [f"/proc/self/fd/{n}" for n in os.listdir("/proc/self/fd")]
    return sum("socket" in os.readlink(link) for link in links if os.path.lexists(link))

dialled, dial = [], secretstorage.dbus_init
secretstorage.dbus_init = lambda: dialled.append(dial()) or dialled[-1]
store.get("n", prompt=False)
before, first = sockets(), len(dialled)
for n in range(5):
    store.set("n", f"v{n}", prompt=False)
    store.get("n", prompt=False)
used = sockets() - before, len(dialled) - first
store.close()
print(json.dumps([*used, sockets() - before, store.get("n", prompt=False)]))
"""
    assert run(keyring_session, script) == [0, 0, -1, "v4"]
