"""The notifications of several profiles: one at a time, and a problem they share once."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.desktop.notifications.digest import Digest
from tray_app.model.signs import Colour, Shape
from tray_app.model.steps import UserAction

RED = Notification(
    "Webex token rejected", "Refresh the token", Shape.CROSS, Colour.RED, UserAction.REFRESH
)
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
    """A digest of fifty profiles, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.wall = Wall()
        self.now = 1000.0
        self.digest = Digest(self.wall, 50, lambda: self.now)

    def publish(self) -> None:
        """As the thread of the notices does, a moment later."""
        self.now += 2
        assert self.digest.publish() is None

    def tell(self, name: str, notice: Notification | None, *, answers: bool = False) -> None:
        if notice is None:
            self.digest.withdraw(name)
        else:
            standing = notice.colour is not Colour.GREEN
            self.digest.add(name, notice, standing=standing, is_reply=answers)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_one_alone_is_told_with_its_name_and_its_button(desk: Desk) -> None:
    """In a moment: what strikes one may strike others."""
    desk.tell("acme", RED)
    assert desk.digest.publish() == 2
    assert desk.wall.shown == []
    desk.now += 2
    assert desk.digest.publish() is None
    assert desk.wall.shown == [
        Notification(
            "acme: Webex token rejected", RED.body, Shape.CROSS, Colour.RED, UserAction.REFRESH
        )
    ]
    assert desk.digest.shown == ("acme",)


def test_what_strikes_many_is_one_notice_the_worst_first(desk: Desk) -> None:
    for number in range(7):
        desk.tell(f"c{number}", AMBER)
    desk.tell("z", RED)
    desk.publish()
    (notice,) = desk.wall.shown
    assert notice is not None
    assert notice.summary == "News of 8 of 50 profiles"
    lines = notice.body.splitlines()
    assert lines[0] == "z: Webex token rejected"
    assert lines[1:] == [f"c{n}: Sign-in due" for n in range(4)] + ["and 3 more"]
    assert (notice.colour, notice.step, notice.can_snooze) == (Colour.RED, None, True)


def test_what_comes_within_a_minute_waits_and_is_told_together(desk: Desk) -> None:
    desk.tell("acme", RED)
    desk.publish()
    desk.now += 20
    desk.tell("byte", RED)
    desk.tell("cargo", RED)
    assert desk.digest.publish() == 40
    assert len(desk.wall.shown) == 1
    desk.now += 40
    assert desk.digest.publish() is None
    assert desk.digest.shown == ("byte", "cargo")


def test_what_a_person_has_asked_for_does_not_wait(desk: Desk) -> None:
    """And says that others are not well either; what waits is told by itself later."""
    desk.tell("acme", RED)
    desk.publish()
    desk.tell("cargo", AMBER)
    desk.tell("byte", GREEN, answers=True)
    assert desk.digest.publish() == 60
    notice = desk.wall.shown[-1]
    assert notice is not None
    assert notice.summary == "byte: Token works"
    assert notice.body == "Renewed\n2 of 50 others are not well either."
    desk.now += 60
    assert desk.digest.publish() is None
    assert desk.digest.shown == ("cargo",)


def test_it_is_taken_down_when_all_that_it_is_about_is_well(desk: Desk) -> None:
    desk.tell("acme", RED)
    desk.tell("byte", RED)
    desk.publish()
    desk.tell("acme", None)
    desk.publish()
    assert len(desk.wall.shown) == 1
    desk.tell("byte", None)
    desk.publish()
    assert desk.wall.shown[1:] == [None]


def test_what_is_over_before_it_was_told_is_not_told(desk: Desk) -> None:
    desk.tell("acme", RED)
    desk.publish()
    desk.tell("byte", RED)
    desk.tell("byte", None)
    desk.now += 60
    assert desk.digest.publish() is None
    assert len(desk.wall.shown) == 1


def test_news_beside_the_health_goes_by_the_name_alone(desk: Desk) -> None:
    notices = Notification(NAME, "3 secrets moved.\nAnd more.", Shape.CHECK, Colour.GREEN)
    desk.tell("acme", notices)
    desk.publish()
    desk.now += 60
    desk.tell("acme", notices)
    desk.tell("byte", notices)
    desk.publish()
    alone, together = desk.wall.shown
    assert alone is not None
    assert alone.summary == "acme"
    assert together is not None
    assert together.body == "acme: 3 secrets moved.\nbyte: 3 secrets moved."


@pytest.mark.parametrize("told", [False, True])
def test_at_the_end_nothing_is_left_hanging(desk: Desk, told: bool) -> None:
    if told:
        desk.tell("acme", RED)
        desk.publish()
    desk.digest.close()
    assert desk.wall.shown[1:] == ([None] if told else [])
    assert desk.wall.closed
