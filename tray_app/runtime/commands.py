"""What an attendant is asked to do: by a person, by what has ended elsewhere, or by time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tray_app.model.snapshot import UserRequest


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
class Command:
    """One thing to do. `subject`: what it is about, where the kind alone does not say."""

    kind: Kind
    subject: str = ""


ASKED = {
    Kind.CHECK: UserRequest.CHECK,
    Kind.REFRESH: UserRequest.REFRESH,
    Kind.AUTHORIZE: UserRequest.SIGN_IN,
    Kind.SIGN_IN_OVER: UserRequest.SIGN_IN,
    Kind.EXTEND: UserRequest.EXTEND,
}
"""On whose behalf that is: the messages of a person."""
