"""What a service says to systemd: sd_notify(3), and how its output gets into the journal."""

from __future__ import annotations

import logging
import os
import re
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tray_app.model.printable import quoted
from tray_app.system import atomic_file
from tray_app.system.dirs import make_directory, user_home
from tray_app.system.hardening import child_environment

log = logging.getLogger(__name__)

_ADDRESS, _STREAM = "NOTIFY_SOCKET", "JOURNAL_STREAM"
_WATCHDOG, _WATCHED = "WATCHDOG_USEC", "WATCHDOG_PID"
_TIMEOUT = 1.0


class Notifier:
    """Tells the service manager how it stands. Where there is none, nothing happens. Any thread."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get(_ADDRESS, "")
        # "@": an abstract socket, whose name begins with a zero byte (unix(7)).
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_seconds = _watchdog_seconds(environ)
        """Within how many seconds `ping` is expected; None where nobody watches."""

    def ready(self, status: str) -> None:
        """It works from now on; after a `reloading`: again."""
        self._send("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Say in one line how it stands."""
        self._send(f"STATUS={status}")

    def reloading(self) -> None:
        """The config is being read again; `ready` ends that."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def extend(self, seconds: float) -> None:
        """It is still starting or reloading, and is heard of again within so many seconds."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def stopping(self) -> None:
        """It ends."""
        self._send("STOPPING=1")

    def ping(self) -> None:
        """It is alive."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        """One datagram: a line an assignment. Who does not listen must not stop the renewing."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
                door.settimeout(_TIMEOUT)  # a full queue would hold us up
                door.connect(self._address)
                door.send(
                    "\n".join(" ".join(line.splitlines()) for line in lines).encode(
                        errors="replace"
                    )
                )
        except (OSError, ValueError) as error:
            log.info("the service manager does not listen: %s", error)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """sd_watchdog_enabled(3): the time, if it is this process that is meant."""
    time_, pid = environ.get(_WATCHDOG, ""), environ.get(_WATCHED, "")
    if not time_.isdecimal() or int(time_) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(time_) / 1_000_000


def is_journal(environ: Mapping[str, str], handle: int) -> bool:
    """Whether what is written there goes straight into the journal, which has its own times and
    reads the severity from the line (sd-daemon(3))."""
    try:
        state = os.fstat(handle)
    except OSError:
        return False
    return environ.get(_STREAM) == f"{state.st_dev}:{state.st_ino}"


_SYSTEMCTL_TIMEOUT = 200.0
"""Seconds for systemctl: longer than the unit's own time to start."""

_UNIT = """\
[Unit]
Description={description}
StartLimitIntervalSec=10min
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
ExecStart=:{command}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=15
# Another one runs already, wrong usage, a config that cannot be used: to try again changes nothing.
RestartPreventExitStatus=3 64 78
WatchdogSec=5min
TimeoutStartSec=3min
TimeoutStopSec=20

# None of these takes anything from the keyring or from .env. tray.onTokenChange they leave no sudo.
NoNewPrivileges=yes
LimitCORE=0
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=default.target
"""


def unit_text(command: Sequence[str], description: str) -> str:
    """Return the unit of a service that this command runs."""
    if not _is_safe(command[0]):
        # systemd takes no such name for a program; as an argument it takes any.
        command = ["/bin/sh", "-c", 'exec "$0" "$@"', *command]
    line = " ".join(map(_quoted, command))
    return _UNIT.format(command=line, description=_plain(description))


def _is_safe(program: str) -> bool:
    return program.isprintable() and not set(program) & set("\"'\\")


def _quoted(argument: str) -> str:
    """Write an argument as systemd.service(5) reads it ("COMMAND LINES"). The ":" before the first
    one keeps "$" from meaning anything."""
    is_plain = re.fullmatch(r"[\w@+=:,./-]+", argument, re.ASCII)
    return argument if is_plain else f'"{_escaped(argument)}"'


def _escaped(text: str) -> str:
    found = []
    for character in text:
        if character in '"\\':
            found.append(f"\\{character}")
        elif character == "%":
            found.append("%%")
        elif character.isprintable():
            found.append(character)
        else:  # control characters, and bytes of a path that are no UTF-8
            found.append("".join(f"\\x{byte:02x}" for byte in os.fsencode(character)))
    return "".join(found)


def _plain(text: str) -> str:
    """Write a text that systemd does not unquote: one line, in which only "%" means anything."""
    return "".join(c if c.isprintable() else "?" for c in text).replace("%", "%%")


class UserUnit:
    """One unit in the folder where this user's are kept."""

    def __init__(self, name: str, environ: Mapping[str, str]) -> None:
        """`name`: without its ending."""
        home = user_home(environ)
        chosen = Path(environ.get("XDG_CONFIG_HOME", ""))
        self._folder = (chosen if chosen.is_absolute() else home / ".config") / "systemd/user"
        self.name = f"{name}.service"

    @property
    def path(self) -> Path:
        """Where it is, or would be."""
        return self._folder / self.name

    def write(self, text: str) -> None:
        """Put it there. Raises OSError."""
        make_directory(self._folder)
        try:
            was = atomic_file.read_small(self.path)
        except FileNotFoundError:
            was = None
        atomic_file.replace(self.path, text.encode("utf-8"), was=was)

    def remove(self) -> None:
        """Take it away, and what enabling it has made. Raises OSError."""
        for wanted in self._folder.glob(f"*.wants/{self.name}"):
            wanted.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


class CannotRun(Exception):
    """A command did not do what it was asked for; the message says why."""


def run(command: Sequence[str]) -> str:
    """Run systemctl or loginctl; returns what it prints. Raises CannotRun."""
    try:
        done = subprocess.run(  # noqa: S603 - ours, and no shell
            command,
            env=child_environment(),
            capture_output=True,
            text=True,
            timeout=_SYSTEMCTL_TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise CannotRun("there is no such program here") from None
    except OSError as error:
        raise CannotRun(atomic_file.error_text(error)) from error
    except subprocess.TimeoutExpired:
        raise CannotRun(f"no end within {_SYSTEMCTL_TIMEOUT:g} seconds") from None
    if done.returncode:
        lines = done.stderr.split("\n")
        raise CannotRun(lines[0].strip() or f"exit code {done.returncode}")
    return done.stdout


def command_text(command: Sequence[str]) -> str:
    """Write a command as a person would type it."""
    return quoted(*command)
