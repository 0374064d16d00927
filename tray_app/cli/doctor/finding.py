"""One line of `doctor`: how grave, what is so, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How grave, the worst last."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"

    @property
    def weight(self) -> int:
        """0, 1 or 2: the exit code, too."""
        return list(Grade).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """`topic`: what was looked at; `says`: what is so; `remedy`: what helps, "" if nothing must."""

    topic: str
    grade: Grade
    says: str
    remedy: str = ""


def ok(topic: str, says: str) -> Finding:
    """All is well."""
    return Finding(topic, Grade.OK, says)


def warning(topic: str, says: str, remedy: str) -> Finding:
    """It works, but."""
    return Finding(topic, Grade.WARNING, says, remedy)


def fault(topic: str, says: str, remedy: str) -> Finding:
    """It cannot work like this."""
    return Finding(topic, Grade.FAULT, says, remedy)
