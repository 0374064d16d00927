"""systemd: notifications of a service (sd_notify(3)), its journal, and its unit file."""

from __future__ import annotations

import logging
import os
import re
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tray_app.system import atomic_file
from tray_app.system.directory_fd import remove
from tray_app.system.dirs import resource, xdg_folder
from tray_app.system.hardening import child_environment

log = logging.getLogger(__name__)

_ADDRESS, _STREAM = "NOTIFY_SOCKET", "JOURNAL_STREAM"
_WATCHDOG, _WATCHED = "WATCHDOG_USEC", "WATCHDOG_PID"
_SEND_TIMEOUT = 1.0

_UNIT = "assets/systemd/webex-token-tray.service"

_COMMAND_TIMEOUT = 200.0
"""Seconds for systemctl: longer than the unit's own time to start."""


class Notifier:
    """Notifies the service manager, if there is one. Thread-safe."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get(_ADDRESS, "")
        # "@": an abstract socket, whose name begins with a zero byte (unix(7)).
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_seconds = _watchdog_seconds(environ)
        """`ping` is expected within so many seconds; None if there is no watchdog."""

    def ready(self, status: str) -> None:
        """The service is ready, at first or after `reloading`."""
        self._send("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Set the status line."""
        self._send(f"STATUS={status}")

    def reloading(self) -> None:
        """The config is being read again, until `ready`."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def extend(self, seconds: float) -> None:
        """Ask for so many seconds more to start or reload."""
        self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def stopping(self) -> None:
        """The service is stopping."""
        self._send("STOPPING=1")

    def ping(self) -> None:
        """The service is alive."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        """Send one datagram with an assignment in each line. A failure is logged, not raised."""
        if not self._address:
            return
        try:
            text = "\n".join(" ".join(line.splitlines()) for line in lines)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
                client.settimeout(_SEND_TIMEOUT)  # the manager's queue may be full
                client.connect(self._address)
                client.send(text.encode(errors="replace"))
        except (OSError, ValueError) as error:
            log.info("the service manager does not listen: %s", error)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """The interval, if it is meant for this process (sd_watchdog_enabled(3))."""
    interval, pid = environ.get(_WATCHDOG, ""), environ.get(_WATCHED, "")
    if not interval.isdecimal() or int(interval) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(interval) / 1_000_000


def is_journal(environ: Mapping[str, str], handle: int) -> bool:
    """Whether this descriptor writes into the journal, which adds times and reads the severity from
    the line (sd-daemon(3))."""
    try:
        state = os.fstat(handle)
    except OSError:
        return False
    return environ.get(_STREAM) == f"{state.st_dev}:{state.st_ino}"


def unit_text(command: Sequence[str], description: str) -> str:
    """Return the unit file of a service that runs this command."""
    if not _is_safe(command[0]):
        # systemd accepts no such name for a program, but any as an argument.
        command = ["/bin/sh", "-c", 'exec "$0" "$@"', *command]
    line = " ".join(map(_quoted, command))
    template = resource(_UNIT).read_text(encoding="utf-8")
    return template.format(command=line, description=_plain(description))


def _is_safe(program: str) -> bool:
    return program.isprintable() and not set(program) & set("\"'\\")


def _quoted(argument: str) -> str:
    """Quote an argument (systemd.service(5), "COMMAND LINES"). The ":" before the command switches
    off "$"."""
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
        else:  # control characters, and bytes of a path that are not UTF-8
            found.append("".join(f"\\x{byte:02x}" for byte in os.fsencode(character)))
    return "".join(found)


def _plain(text: str) -> str:
    """Escape a text that systemd does not unquote: one line, in which only "%" is special."""
    return "".join(c if c.isprintable() else "?" for c in text).replace("%", "%%")


class UserUnit:
    """One unit file in this user's folder."""

    def __init__(self, name: str, environ: Mapping[str, str]) -> None:
        """`name`: without ".service"."""
        self._folder = xdg_folder(environ, "XDG_CONFIG_HOME", ".config") / "systemd/user"
        self.name = f"{name}.service"

    @property
    def path(self) -> Path:
        """Where it is, or would be."""
        return self._folder / self.name

    def write(self, text: str) -> None:
        """Replace the file. Raises OSError."""
        atomic_file.write(self.path, text.encode("utf-8"))

    def files(self) -> list[Path]:
        """Return the file, and the links that `systemctl enable` made, as far as they exist. Of the
        unit that came with a package, this user has a link alone."""
        # Not glob("*.wants/NAME"): it leaves out a link whose target is gone.
        links = [folder / self.name for folder in sorted(self._folder.glob("*.wants"))]
        found = [link for link in links if link.is_symlink()]
        return [self.path, *found] if self.path.exists() else found

    def remove(self) -> None:
        """Remove all of `files`. Raises OSError."""
        for path in reversed(self.files()):
            remove(path)


class CannotRun(Exception):
    """A command failed; the message says why."""


def run(command: Sequence[str]) -> str:
    """Run systemctl or loginctl and return its output; blocks for up to 200 seconds. Raises
    CannotRun."""
    try:
        done = subprocess.run(  # noqa: S603 - ours, and no shell
            command,
            env=child_environment(),
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise CannotRun("there is no such program here") from None
    except OSError as error:
        raise CannotRun(atomic_file.error_text(error)) from error
    except subprocess.TimeoutExpired:
        raise CannotRun(f"it has not ended within {_COMMAND_TIMEOUT:g} seconds") from None
    if done.returncode:
        lines = done.stderr.split("\n")
        raise CannotRun(lines[0].strip() or f"exit code {done.returncode}")
    return done.stdout
