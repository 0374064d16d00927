"""The notifications of several profiles: one at a time, and a problem they share once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from tray_app.desktop.notifications.content import NAME, Notification
from tray_app.desktop.notifications.digest import Digest
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import UserRequest
from tray_app.model.steps import UserAction

RED = Notification(
    "Webex token rejected", "Refresh the token", Shape.CROSS, Colour.RED, UserAction.REFRESH
)
AMBER = Notification("Sign-in due", "", Shape.BANG, Colour.AMBER)
GREEN = Notification("Token works", "Renewed", Shape.CHECK, Colour.GREEN)


@dataclass
class FakeBackend:
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


class Example:
    """A digest of fifty profiles, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.backend = FakeBackend()
        self.now = 1000.0
        self.digest = Digest(self.backend, 50, lambda: self.now)

    def publish(self) -> None:
        """As the thread of the notices does, a moment later."""
        self.now += 2
        assert self.digest.publish() is None

    def tell(
        self, name: str, notice: Notification | None, asked: UserRequest | None = None
    ) -> None:
        if notice is None:
            self.digest.withdraw(name)
        else:
            standing = notice.colour is not Colour.GREEN
            self.digest.add(name, notice, standing=standing, request=asked)


@pytest.fixture
def example() -> Example:
    return Example()


def test_one_profile_s_notification_has_its_name_and_its_button(example: Example) -> None:
    """In a moment: what strikes one may strike others."""
    example.tell("acme", RED)
    assert example.digest.publish() == 2
    assert example.backend.shown == []
    example.now += 2
    assert example.digest.publish() is None
    assert example.backend.shown == [
        Notification(
            "acme: Webex token rejected", RED.body, Shape.CROSS, Colour.RED, UserAction.REFRESH
        )
    ]
    assert example.digest.shown == ("acme",)


def test_a_problem_of_many_is_one_notification_the_worst_first(example: Example) -> None:
    for number in range(7):
        example.tell(f"c{number}", AMBER)
    example.tell("z", RED)
    example.publish()
    (notice,) = example.backend.shown
    assert notice is not None
    assert notice.summary == "Webex tokens: updates for 8 of 50 profiles"
    lines = notice.body.splitlines()
    assert lines[0] == "z: Webex token rejected"
    assert lines[1:] == [f"c{n}: Sign-in due" for n in range(4)] + ["and 3 more"]
    assert (notice.colour, notice.step, notice.can_snooze) == (Colour.RED, None, True)


def test_what_comes_within_a_minute_waits_and_is_combined(example: Example) -> None:
    example.tell("acme", RED)
    example.publish()
    example.now += 20
    example.tell("byte", RED)
    example.tell("cargo", RED)
    assert example.digest.publish() == 40
    assert len(example.backend.shown) == 1
    example.now += 40
    assert example.digest.publish() is None
    assert example.digest.shown == ("byte", "cargo")


def test_a_reply_does_not_wait(example: Example) -> None:
    """And says that others are not well either; what waits is shown later."""
    example.tell("acme", RED)
    example.publish()
    example.tell("cargo", AMBER)
    example.tell("byte", GREEN, UserRequest.REFRESH)
    assert example.digest.publish() == 60
    notice = example.backend.shown[-1]
    assert notice is not None
    assert notice.summary == "byte: Token works"
    assert notice.body == "Renewed\n2 more of 50 profiles are not well."
    example.now += 60
    assert example.digest.publish() is None
    assert example.digest.shown == ("cargo",)


def test_a_check_of_all_has_one_answer_as_soon_as_all_have_answered(example: Example) -> None:
    """Not as many as there are profiles, and not two if one is slow, or if something waits."""
    example.tell("p0", AMBER)
    example.publish()
    example.tell("p1", AMBER)  # waits for its turn
    example.now += 50
    for number in range(49):
        example.tell(f"p{number}", GREEN, UserRequest.CHECK_ALL)
    assert example.digest.publish() == 10
    example.now += 9
    example.tell("p49", GREEN, UserRequest.CHECK_ALL)
    assert example.digest.publish() is None
    (notice,) = example.backend.shown[1:]
    assert notice is not None
    assert notice.summary == "Webex tokens: updates for 50 of 50 profiles"
    example.tell("p0", RED)  # nobody has asked
    assert example.digest.publish() == 60


def test_a_check_of_all_does_not_wait_long_for_one_that_hangs(example: Example) -> None:
    for click in (1, 2):
        for number in range(49):
            example.tell(f"p{number}", GREEN, UserRequest.CHECK_ALL)
        assert example.digest.publish() == 10
        example.now += 10
        assert example.digest.publish() is None
        assert len(example.backend.shown) == click
        assert len(example.digest.shown) == 49


def test_one_that_never_answered_may_be_the_first_to_answer_the_next_check(
    example: Example,
) -> None:
    for number in range(49):
        example.tell(f"p{number}", GREEN, UserRequest.CHECK_ALL)
    example.now += 10
    assert example.digest.publish() is None
    example.tell("p49", GREEN, UserRequest.CHECK_ALL)
    assert example.digest.publish() == 10
    for number in range(49):
        example.tell(f"p{number}", GREEN, UserRequest.CHECK_ALL)
    assert example.digest.publish() is None
    assert len(example.backend.shown) == 2
    assert len(example.digest.shown) == 50


def test_a_reply_does_not_delay_the_answers_to_a_check_of_all(example: Example) -> None:
    example.tell("acme", GREEN, UserRequest.CHECK_ALL)
    example.now += 3
    example.tell("byte", GREEN, UserRequest.CHECK)
    assert example.digest.publish() == 7
    assert example.digest.shown == ("byte",)
    example.now += 7
    assert example.digest.publish() is None
    assert example.digest.shown == ("acme",)


def test_a_reply_in_place_of_the_only_answer_hurries_nothing(example: Example) -> None:
    example.tell("acme", GREEN, UserRequest.CHECK_ALL)
    example.tell("acme", GREEN, UserRequest.CHECK)
    assert example.digest.publish() is None
    assert len(example.backend.shown) == 1
    example.now += 30
    example.tell("byte", RED)
    assert example.digest.publish() == 30


def test_what_waits_is_not_hurried_by_an_answer_that_is_over(example: Example) -> None:
    example.tell("acme", RED)
    example.publish()
    example.tell("byte", AMBER)
    example.tell("cargo", RED, UserRequest.CHECK_ALL)
    assert example.digest.publish() == 10
    example.tell("cargo", None)
    assert example.digest.publish() == 60


def test_a_problem_does_not_wait_for_a_check_of_all_nor_divide_its_answer(
    example: Example,
) -> None:
    for number in range(49):
        example.tell(f"p{number}", GREEN, UserRequest.CHECK_ALL)
    example.now += 1
    example.tell("p49", RED)
    assert example.digest.publish() == 2
    example.now += 2
    assert example.digest.publish() == 7
    assert example.digest.shown == ("p49",)
    example.tell("p49", RED, UserRequest.CHECK_ALL)
    assert example.digest.publish() is None
    assert len(example.digest.shown) == 50
    assert len(example.backend.shown) == 2


def test_an_answer_that_waits_is_up_to_date_when_it_is_shown(example: Example) -> None:
    """A problem found since then is shown in time, and is in the answer."""
    for number in range(49):
        example.tell(f"p{number}", GREEN, UserRequest.CHECK_ALL)
    example.tell("p0", RED)
    assert example.digest.publish() == 2
    example.now += 2
    assert example.digest.publish() == 8
    assert example.digest.shown == ("p0",)
    example.tell("p49", GREEN, UserRequest.CHECK_ALL)
    assert example.digest.publish() is None
    notice = example.backend.shown[-1]
    assert notice is not None
    assert notice.summary == "Webex tokens: updates for 50 of 50 profiles"
    assert notice.body.startswith("p0: Webex token rejected")


def test_an_answer_that_is_over_hurries_nothing(example: Example) -> None:
    example.tell("acme", RED)
    example.publish()
    example.tell("acme", RED, UserRequest.CHECK_ALL)
    example.tell("acme", None)
    assert example.digest.publish() is None
    example.tell("byte", RED)
    assert example.digest.publish() == 60


def test_what_is_told_again_does_not_start_the_wait_again(example: Example) -> None:
    example.tell("acme", AMBER)
    example.now += 1
    example.tell("acme", RED)
    assert example.digest.publish() == 1
    example.now += 1
    assert example.digest.publish() is None
    example.tell("acme", GREEN, UserRequest.CHECK_ALL)
    example.now += 4
    example.tell("acme", GREEN, UserRequest.CHECK_ALL)
    assert example.digest.publish() == 6


def test_an_answer_takes_the_place_of_what_waits_of_that_profile(example: Example) -> None:
    example.tell("acme", RED)
    example.tell("acme", GREEN, UserRequest.CHECK_ALL)
    assert example.digest.publish() == 10


def test_what_waits_is_shown_with_the_answers(example: Example) -> None:
    example.tell("acme", RED)
    example.publish()
    example.tell("byte", RED)
    example.tell("cargo", GREEN, UserRequest.CHECK_ALL)
    example.now += 10
    assert example.digest.publish() is None
    assert example.digest.shown == ("byte", "cargo")


@pytest.mark.parametrize("asked", [None, UserRequest.CHECK, UserRequest.CHECK_ALL])
def test_it_is_not_closed_if_a_newer_one_of_that_profile_will_replace_it(
    example: Example, asked: UserRequest | None
) -> None:
    example.tell("acme", RED)
    example.publish()
    example.tell("acme", GREEN, asked)
    while (seconds := example.digest.publish()) is not None:
        example.now += seconds
    example.tell("byte", RED, UserRequest.CHECK)  # acme is well
    example.publish()
    assert [notice and notice.summary for notice in example.backend.shown] == [
        "acme: Webex token rejected",
        "acme: Token works",
        "byte: Webex token rejected",
    ]
    assert example.backend.shown[-1] == replace(RED, summary="byte: Webex token rejected")


def test_it_is_closed_when_all_that_it_is_about_are_well(example: Example) -> None:
    example.tell("acme", RED)
    example.tell("byte", RED)
    example.publish()
    example.tell("acme", None)
    example.publish()
    assert len(example.backend.shown) == 1
    example.tell("byte", None)
    example.publish()
    assert example.backend.shown[1:] == [None]


@pytest.mark.parametrize("asked", [None, UserRequest.CHECK, UserRequest.CHECK_ALL])
def test_what_is_over_before_it_was_shown_is_not_shown(
    example: Example, asked: UserRequest | None
) -> None:
    example.tell("acme", RED)
    example.publish()
    example.tell("byte", RED, asked)
    example.tell("byte", None)
    example.now += 60
    assert example.digest.publish() is None
    assert len(example.backend.shown) == 1


def test_a_notice_beside_the_health_shows_the_name_only(example: Example) -> None:
    notices = Notification(NAME, "3 secrets moved.\nAnd more.", Shape.CHECK, Colour.GREEN)
    example.tell("acme", notices)
    example.publish()
    example.now += 60
    example.tell("acme", notices)
    example.tell("byte", notices)
    example.publish()
    alone, together = example.backend.shown
    assert alone is not None
    assert alone.summary == "acme: Webex Token Tray"
    assert together is not None
    assert together.body == "acme: 3 secrets moved.\nbyte: 3 secrets moved."


@pytest.mark.parametrize("told", [False, True])
def test_at_the_end_no_notification_stays(example: Example, told: bool) -> None:
    if told:
        example.tell("acme", RED)
        example.publish()
    example.digest.close()
    assert example.backend.shown[1:] == ([None] if told else [])
    assert example.backend.closed
