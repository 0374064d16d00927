"""Where the notices of many profiles hang: one at a time, and what strikes all is told once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.desktop.notifications.digest import Digest
from tray_app.model.signs import Colour, Shape
from tray_app.model.steps import UserAction

RED = Notification("Token dead", "Refresh the token", Shape.CROSS, Colour.RED, UserAction.REFRESH)
AMBER = Notification("Sign-in due", "", Shape.BANG, Colour.AMBER)
GREEN = Notification("Token works", "Renewed", Shape.CHECK, Colour.GREEN)


@dataclass
class Wall:
    """A board that only remembers."""

    wakeup_socket = None
    shown: list[Notification | None] = field(default_factory=list)
    closed = False

    def clicks(self) -> tuple[()]:
        return ()

    def show(self, notice: Notification) -> None:
        self.shown.append(notice)

    def close_shown(self) -> None:
        self.shown.append(None)

    def close(self) -> None:
        self.closed = True


class Desk:
    """A bulletin of fifty, on a wall, and time that only the test moves."""

    def __init__(self) -> None:
        self.wall = Wall()
        self.now = 1000.0
        self.bulletin = Digest(self.wall, 50, lambda: self.now)

    def publish(self) -> None:
        """As the thread of the notices does, a moment later."""
        self.now += 2
        assert self.bulletin.publish() is None

    def tell(self, name: str, notice: Notification | None, *, answers: bool = False) -> None:
        self.bulletin.current_profile, self.bulletin.answers = name, answers
        if notice is None:
            self.bulletin.close_shown()
        else:
            self.bulletin.show(notice)


@pytest.fixture
def handle() -> Desk:
    return Desk()


def test_one_alone_is_told_with_its_name_and_its_button(handle: Desk) -> None:
    """In a moment: what strikes one may strike others."""
    handle.tell("acme", RED)
    assert handle.bulletin.publish() == 2
    assert handle.wall.shown == []
    handle.now += 2
    assert handle.bulletin.publish() is None
    assert handle.wall.shown == [
        Notification("acme: Token dead", RED.body, Shape.CROSS, Colour.RED, UserAction.REFRESH)
    ]
    assert handle.bulletin.shown == ("acme",)


def test_what_strikes_many_is_one_notice_the_worst_first(handle: Desk) -> None:
    for number in range(7):
        handle.tell(f"c{number}", AMBER)
    handle.tell("z", RED)
    handle.publish()
    (notice,) = handle.wall.shown
    assert notice is not None
    assert notice.summary == "News of 8 of 50 profiles"
    lines = notice.body.splitlines()
    assert lines[0] == "z: Token dead"
    assert lines[1:] == [f"c{n}: Sign-in due" for n in range(4)] + ["and 3 more"]
    assert (notice.colour, notice.step, notice.can_snooze) == (Colour.RED, None, True)


def test_what_comes_within_a_minute_waits_and_is_told_together(handle: Desk) -> None:
    handle.tell("acme", RED)
    handle.publish()
    handle.now += 20
    handle.tell("byte", RED)
    handle.tell("cargo", RED)
    assert handle.bulletin.publish() == 40
    assert len(handle.wall.shown) == 1
    handle.now += 40
    assert handle.bulletin.publish() is None
    assert handle.bulletin.shown == ("byte", "cargo")


def test_what_a_person_has_asked_for_does_not_wait(handle: Desk) -> None:
    """And says that others are not well either; what waits is told by itself later."""
    handle.tell("acme", RED)
    handle.publish()
    handle.tell("cargo", AMBER)
    handle.tell("byte", GREEN, answers=True)
    assert handle.bulletin.publish() == 60
    notice = handle.wall.shown[-1]
    assert notice is not None
    assert notice.summary == "byte: Token works"
    assert notice.body == "Renewed\n2 of 50 others are not well either."
    handle.now += 60
    assert handle.bulletin.publish() is None
    assert handle.bulletin.shown == ("cargo",)


def test_it_is_taken_down_when_all_that_it_is_about_is_well(handle: Desk) -> None:
    handle.tell("acme", RED)
    handle.tell("byte", RED)
    handle.publish()
    handle.tell("acme", None)
    handle.publish()
    assert len(handle.wall.shown) == 1
    handle.tell("byte", None)
    handle.publish()
    assert handle.wall.shown[1:] == [None]


def test_what_is_over_before_it_was_told_is_not_told(handle: Desk) -> None:
    handle.tell("acme", RED)
    handle.publish()
    handle.tell("byte", RED)
    handle.tell("byte", None)
    handle.now += 60
    assert handle.bulletin.publish() is None
    assert len(handle.wall.shown) == 1


def test_news_beside_the_health_goes_by_the_name_alone(handle: Desk) -> None:
    notices = Notification(NAME, "3 secrets moved.\nAnd more.", Shape.CHECK, Colour.GREEN)
    handle.tell("acme", notices)
    handle.publish()
    handle.now += 60
    handle.tell("acme", notices)
    handle.tell("byte", notices)
    handle.publish()
    alone, together = handle.wall.shown
    assert alone is not None
    assert alone.summary == "acme"
    assert together is not None
    assert together.body == "acme: 3 secrets moved.\nbyte: 3 secrets moved."


@pytest.mark.parametrize("told", [False, True])
def test_at_the_end_nothing_is_left_hanging(handle: Desk, told: bool) -> None:
    if told:
        handle.tell("acme", RED)
        handle.publish()
    handle.bulletin.close()
    assert handle.wall.shown[1:] == ([None] if told else [])
    assert handle.wall.closed
