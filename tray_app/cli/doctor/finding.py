"""What `doctor` looks at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tray_app import bootstrap
from tray_app.model.settings import Config


@dataclass(frozen=True, slots=True)
class Target:
    """The profile to look at. `tray`: the backend that --backend names, None for the one found."""

    profile: bootstrap.ProfileContext
    tray: str | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredTarget:
    """A profile whose config can be used."""

    profile: bootstrap.ProfileContext
    config: Config

    @property
    def env_file(self) -> Path:
        """The profile's `.env`."""
        return Path(self.config.env_file)

    @property
    def output_files(self) -> tuple[Path, ...]:
        """All files that get the token, `.env` first."""
        return tuple(Path(output.file) for output in self.config.outputs)


class Grade(StrEnum):
    """How serious a finding is, the worst last."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"

    @property
    def weight(self) -> int:
        """0, 1 or 2; also the exit code."""
        return list(Grade).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """`topic`: what was looked at; `remedy`: what helps, "" if nothing is needed."""

    topic: str
    grade: Grade
    message: str
    remedy: str = ""


def ok(topic: str, message: str) -> Finding:
    """All is well."""
    return Finding(topic, Grade.OK, message)


def warning(topic: str, message: str, remedy: str) -> Finding:
    """It works, but not as well as it could."""
    return Finding(topic, Grade.WARNING, message, remedy)


def fault(topic: str, message: str, remedy: str) -> Finding:
    """It cannot work like this."""
    return Finding(topic, Grade.FAULT, message, remedy)
