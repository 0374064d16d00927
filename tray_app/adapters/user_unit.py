"""A service of systemd for this user: its unit file, and systemctl."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tray_app.adapters import files
from tray_app.adapters.paths import home as user_home
from tray_app.adapters.paths import make_directory
from tray_app.adapters.process import child_environment
from tray_app.core.printable import quoted

_PATIENCE = 200.0
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
            was = files.read_small(self.path)
        except FileNotFoundError:
            was = None
        files.replace(self.path, text.encode("utf-8"), was=was)

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
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        raise CannotRun("there is no such program here") from None
    except OSError as error:
        raise CannotRun(files.sentence(error)) from error
    except subprocess.TimeoutExpired:
        raise CannotRun(f"no end within {_PATIENCE:g} seconds") from None
    if done.returncode:
        lines = done.stderr.split("\n")
        raise CannotRun(lines[0].strip() or f"exit code {done.returncode}")
    return done.stdout


def shown(command: Sequence[str]) -> str:
    """Write a command as a person would type it."""
    return quoted(*command)
