"""What an attendant is asked to do: by a person, by what has ended elsewhere, or by time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tray_app.core.notice import Asked


class Kind(StrEnum):
    """What a message asks for."""

    CHECK = "check"
    REFRESH = "refresh"
    AUTHORIZE = "authorize"
    SIGN_IN_OVER = "sign-in-over"
    NO_BROWSER = "no-browser"
    EXTEND = "extend"
    KEEP = "keep"
    LET_GO = "let-go"
    POLL = "poll"
    LOOK = "look"
    JUDGE = "judge"
    TELL = "tell"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to do. `subject`: what it is about, where the kind alone does not say."""

    kind: Kind
    subject: str = ""


ASKED = {
    Kind.CHECK: Asked.CHECK,
    Kind.REFRESH: Asked.REFRESH,
    Kind.AUTHORIZE: Asked.SIGN_IN,
    Kind.SIGN_IN_OVER: Asked.SIGN_IN,
    Kind.EXTEND: Asked.EXTEND,
}
"""On whose behalf that is: the messages of a person."""
