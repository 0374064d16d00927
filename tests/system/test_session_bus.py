"""A session bus is used only if it belongs to this user or to root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.other_user import only_root
from tray_app.secrets.secret_service import SecretServiceEntries
from tray_app.secrets.store import NoStore
from tray_app.system.session_bus import ForeignBus, session_address, verify_address

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's"),
]
OTHER = 65534  # nobody: dbus-daemon wants a user with a name

LISTENER = """
import os, socket, sys
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind(sys.argv[1].replace("@", "\\0"))
    listener.listen()
    print("ready", flush=True)
    sys.stdin.read()
"""

WHICH_KEYRING = """
from tray_app.secrets.keyring_store import keyring_in_use
print(keyring_in_use(8))
"""

OPEN_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def listening(name: str, user: int | None = None) -> subprocess.Popen[str]:
    """Has that user listen there, until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", LISTENER, name, *([str(user)] if user else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={},  # what would measure coverage cannot be read as that user
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder in which every user may create a socket, as in `/tmp`."""
    folder = Path("/tmp") / f"bus-{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


def test_a_bus_of_this_user_passes(tmp_path: Path) -> None:
    with listening(str(tmp_path / "bus")):
        verify_address(f"unix:path={tmp_path}/bus,guid=0123")


def test_a_bus_that_does_not_answer_passes(tmp_path: Path) -> None:
    """Nothing can be sent to it."""
    verify_address(f"unix:path={tmp_path}/none")


@pytest.mark.parametrize("address", ["tcp:host=localhost,port=1", "unixexec:path=/bin/true", "odd"])
def test_an_address_that_tells_no_owner_is_refused(address: str) -> None:
    with pytest.raises(ForeignBus, match="nothing tells whose"):
        verify_address(address)


@only_root
@pytest.mark.parametrize("abstract", [False, True])
def test_an_address_that_another_user_has_taken_is_refused(
    open_folder: Path, *, abstract: bool
) -> None:
    name = f"{open_folder}/taken"
    with listening(f"@{name}" if abstract else name, OTHER):
        kind = "abstract" if abstract else "path"
        with pytest.raises(ForeignBus, match=rf"another user \({OTHER}\)"):
            verify_address(f"unix:path={open_folder}/none;unix:{kind}={name}")


def left_by(user: int, path: Path) -> None:
    """That user's socket, at which nobody listens any more."""
    with socket.socket(socket.AF_UNIX) as former:
        former.bind(str(path))
    os.chown(path, user, user)


@only_root
def test_what_another_user_has_left_there_is_refused(open_folder: Path) -> None:
    left_by(OTHER, open_folder / "bus")
    with pytest.raises(ForeignBus, match=rf"another user \({OTHER}\)"):
        verify_address(f"unix:path={open_folder}/bus")


@only_root
def test_a_bus_of_another_user_that_accepts_nobody_is_refused(open_folder: Path) -> None:
    """Its queue is full, so that a connection would wait for ever."""
    with listening(f"{open_folder}/bus", OTHER), ExitStack() as waiting:
        with suppress(BlockingIOError):
            while True:
                client = waiting.enter_context(socket.socket(socket.AF_UNIX))
                client.setblocking(False)
                client.connect(f"{open_folder}/bus")
        with pytest.raises(ForeignBus, match=rf"another user \({OTHER}\)"):
            verify_address(f"unix:path={open_folder}/bus")


@only_root
@pytest.mark.parametrize("silent", [False, True], ids=["refusing", "silent"])
def test_a_foreign_bus_that_does_not_answer_is_named_and_not_called_a_locked_keyring(
    open_folder: Path, *, silent: bool
) -> None:
    bus = open_folder / "bus"
    if not silent:
        left_by(OTHER, bus)
    with listening(str(bus), OTHER) if silent else nullcontext():
        done = subprocess.run(
            [sys.executable, "-c", WHICH_KEYRING],
            env={"PATH": os.environ["PATH"], "DBUS_SESSION_BUS_ADDRESS": f"unix:path={bus}"},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    assert done.stdout.startswith(
        f"none: the D-Bus session bus belongs to another user ({OTHER})"
    ), done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
@pytest.mark.parametrize("owner", [None, OTHER], ids=["root's", "its own"])
def test_a_user_s_own_bus_and_root_s_pass(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch, owner: int | None
) -> None:
    with listening(f"{open_folder}/bus", owner):
        monkeypatch.setattr(os, "geteuid", lambda: OTHER)
        verify_address(f"unix:path={open_folder}/bus")


@pytest.fixture
def foreign_bus(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A real bus of another user's, who lets everybody in; this process was given its address."""
    address = f"unix:path={open_folder}/bus"
    config = open_folder / "bus.conf"
    config.write_text(OPEN_BUS.format(address=address))
    config.chmod(0o644)
    process = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        user=OTHER,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(address)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address
        process.terminate()


@pytest.mark.desktop
@only_root
def test_a_bus_of_another_user_gets_neither_secrets_nor_the_icon(foreign_bus: str) -> None:
    import secretstorage

    from tray_app.desktop.tray.bus import NoSessionBusError, connect

    assert session_address() == foreign_bus
    with closing(secretstorage.dbus_init()) as connection:
        backend = SimpleNamespace(
            name="any", get_preferred_collection=lambda: SimpleNamespace(connection=connection)
        )
        entries = SecretServiceEntries(backend)  # type: ignore[arg-type]
        with pytest.raises(NoStore, match="belongs to another user"):
            entries.would_prompt()
        with pytest.raises(NoStore, match="belongs to another user"):
            entries.get_password("webex-token-tray", "name")
    with pytest.raises(NoSessionBusError, match="belongs to another user"):
        connect()
