"""What is told, when: a table of what happens one after the other, and the texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import strategies
from tests.core.samples import (
    DAY,
    DEAD,
    GOOD,
    HOUR,
    NO_SIGN_IN,
    NOW,
    SITUATIONS,
    but,
    closed,
    often,
)
from tray_app.core.answers import Person, Trouble
from tray_app.core.health import Limits, evaluate
from tray_app.core.model import (
    Colour,
    Facts,
    Health,
    Reason,
    Renewing,
    Rung,
    Shape,
    Standing,
    Who,
)
from tray_app.core.notices import Asked, Decision, Notice, Told, decide, with_news
from tray_app.core.sign_in import Ending, Outcome
from tray_app.core.wording import RUNGS


def judge(facts: Facts) -> Health:
    return evaluate(facts, NOW, Limits())


GREEN = judge(GOOD)
RED = judge(but(DEAD, standings=closed(Standing.DEAD)))
ENDED = judge(but(DEAD, standings=closed(Standing.MISSING), credentials=NO_SIGN_IN))
FAILS = judge(but(DEAD, renewing=Renewing(2, NOW, Trouble.CONNECTION)))
STALE = judge(but(confirmed_at=NOW - 3 * HOUR, probe_trouble=Trouble.DNS))
AMBER = judge(but(skew=HOUR))
UNANSWERED = judge(but(probe_trouble=Trouble.TIMEOUT))
FOUND = {
    "green": GREEN,
    "amber": AMBER,
    "red": RED,
    "fails": FAILS,
    "renewing": judge(DEAD),
    "unknown": judge(but(confirmed_at=None, probe_trouble=Trouble.DNS)),
    "stale": STALE,
    "unanswered": UNANSWERED,
    "broken": Health(5, Colour.AMBER, Shape.QUERY, Reason.OWN_FAULT, Who.DEVELOPER, links=()),
}
TELL, TAKE, HUSH = "TELL", "TAKE", ""

# What is found, check after check (`refresh:` where a person asked, `sign-in/renewed:` where a
# sign-in has ended so), and what is seen of it: a notice (TELL), that it is taken down (TAKE), or
# nothing.
STORIES = {
    "all is well from the start": "green, green",
    "red is told once, until all is well": "green, red TELL, red, red, green TAKE, green",
    "red from the start": "red TELL",
    "amber from the start": "amber TELL, amber, green TAKE",
    "worse by steps": "green, amber TELL, red TELL, red",
    "well, and bad again": "red TELL, green TAKE, red TELL",
    "better, so what was told is no longer so": "red TELL, amber TAKE, amber, green",
    "better, and worse again": "red TELL, amber TAKE, red TELL",
    "it repairs itself": "green, renewing, green",
    "started without a network": "unknown, unknown, green",
    "an attempt at repair is no news": "red TELL, renewing, red, fails",
    "an attempt that fails is": "green, renewing, fails TELL",
    "awake, and no network yet": "green, stale, green, stale, green",
    "started long after the last confirmation": "stale, stale TELL, green TAKE",
    "and it stays away": "green, stale, stale TELL, stale, green TAKE",
    "not known is no worse than amber": "amber TELL, stale, stale, green TAKE",
    "this program fails": "green, broken TELL, broken, green TAKE",
    "a refresh by hand is answered": "green, refresh:green TELL, green",
    "so is a vain one": "red TELL, refresh:red TELL, refresh:red TELL, red, green TAKE",
    "and one that heals": "red TELL, refresh:green TELL, green",
    "one that has yet to succeed, and fails": "green, refresh:renewing TELL, fails TELL",
    "one that has yet to succeed, and does": "green, refresh:renewing TELL, green TAKE",
    "a check by hand finds all well": "green, check:green",
    "a check by hand heals": "red TELL, check:green TAKE",
    "a check by hand gets no answer": "check:unanswered TELL, unanswered",
    "a check by hand finds the same": "amber TELL, check:amber TELL, amber, green TAKE",
    "a check by hand finds nothing out": "green, check:stale TELL, stale, stale, green TAKE",
    "a sign-in heals": "red TELL, sign-in/renewed:green TELL, green",
    "a sign-in fails": "red TELL, sign-in/timed-out:red TELL, red, green TAKE",
    "a sign-in that cannot begin": "green, sign-in/not-begun:green TELL, green",
    "who cancels a sign-in knows it": "red TELL, sign-in/cancelled:red, red, green TAKE",
    "and while all is well": "green, sign-in/cancelled:green, green",
    "but not that it has got worse meanwhile": "green, sign-in/cancelled:red TELL, red",
    "or better": "red TELL, sign-in/cancelled:green TAKE, green",
    "a click to sign in while nothing is set up": "red TELL, sign-in:red TELL, red",
    "a second start after a cancelled sign-in": "start/cancelled:green TELL, green",
    "a second start": "start:green TELL, green, start:unknown TELL, amber TELL",
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_person_hears_of_it_once(story: str) -> None:
    """Each line of the table is one run of the program."""
    told, seen, expected = Told(), [], []
    for chapter in story.split(", "):
        found, _, sight = chapter.partition(" ")
        deed, _, name = found.rpartition(":")
        asked, _, ending = deed.partition("/")
        decision = decide(
            told,
            FOUND[name],
            NOW,
            asked=Asked(asked) if asked else None,
            answered=Rung.SERVICE_REFRESH,
            signed_in=Outcome(Ending(ending)) if ending else None,
        )
        told = decision.told
        seen.append((chapter, what_is_seen(decision)))
        expected.append((chapter, sight))
    assert seen == expected


def test_a_doubt_is_remembered_for_as_long_as_it_lasts() -> None:
    """Also once it has been told; the next confirmation ends it."""
    first = decide(Told(), STALE, NOW).told
    second = decide(first, STALE, NOW).told
    assert first == Told(Colour.GREEN, standing=False, doubtful=True)
    assert second == Told(Colour.AMBER, standing=True, doubtful=True)
    assert decide(second, GREEN, NOW).told == Told()


def what_is_seen(decision: Decision) -> str:
    if decision.notice is not None:
        assert not decision.withdraw
        return TELL
    return TAKE if decision.withdraw else HUSH


@pytest.mark.parametrize(
    ("health", "asked", "answered", "body"),
    [
        (RED, None, None, "Next (you): Re-authorize in the browser"),
        (ENDED, None, None, "Next (you): {paste}"),
        (FAILS, None, None, "Automatic retry at 12:03 (it is up to the network)"),
        (GREEN, Asked.REFRESH, Rung.MINT_PASTED, "Renewed: {rung}."),
        (GREEN, Asked.REFRESH, None, "Another process has just renewed it; .env has that token."),
        (RED, Asked.CHECK, None, "Checked 11:58\nNext (you): Re-authorize in the browser"),
        (UNANSWERED, Asked.CHECK, None, "Checked 11:58: Webex does not answer in time"),
        (GREEN, Asked.START, None, "Webex Token Tray is running already."),
        (GREEN, Asked.REFRESH, Rung.MINT_CANDIDATE, "Renewed: {signed}."),
        (RED, Asked.SIGN_IN, None, "Next (you): Re-authorize in the browser"),
        (
            FAILS,
            Asked.REFRESH,
            None,
            "Not renewed.\nAutomatic retry at 12:03 (it is up to the network)",
        ),
        (
            replace(GREEN, renewing=Renewing(1, NOW, Trouble.TLS)),
            Asked.REFRESH,
            None,
            "Not renewed.\nLast renewal failed: the TLS certificate is not trusted",
        ),
    ],
)  # fmt: skip
def test_the_notice_says_what_is_so_and_what_comes_next(
    health: Health, asked: Asked | None, answered: Rung | None, body: str
) -> None:
    """The headline on top; below it the answer to what was asked, and the one next step."""
    notice = decide(Told(), health, NOW, asked=asked, answered=answered, zone=UTC).notice
    assert notice is not None
    paste = "Paste a new personal access token (developer.webex.com) into token-config.json"
    assert notice.body == body.format(
        paste=paste, rung=RUNGS[Rung.MINT_PASTED], signed=RUNGS[Rung.MINT_CANDIDATE]
    )
    assert notice.summary.startswith("Token ")
    assert (notice.shape, notice.colour) == (health.shape, health.colour)


IN_VAIN = "Nobody signed in in time. Nothing has changed."


IN_VAIN = "Nobody signed in in time. Nothing has changed."


@pytest.mark.parametrize(
    ("health", "outcome", "body"),
    [
        (
            GREEN,
            Outcome(Ending.RENEWED, Person("Sam", "sam@example.com"), NOW + 90 * DAY),
            "Signed in as Sam (sam@example.com), good until Mon 8 Jun 12:00. Token renewed.",
        ),
        (
            RED,
            Outcome(Ending.TIMED_OUT),
            f"{IN_VAIN}\nNext (you): Re-authorize in the browser",
        ),
        (
            RED,
            Outcome(Ending.NOT_BEGUN, detail="Port 3000 is taken."),
            "Port 3000 is taken.\nNext (you): Re-authorize in the browser",
        ),
    ],
)
def test_a_sign_in_is_answered_by_what_came_of_it(
    health: Health, outcome: Outcome, body: str
) -> None:
    """And by the next step, unless all is well now; whatever rung is said to have renewed."""
    for answered in (None, Rung.MINT_CANDIDATE):
        notice = decide(
            Told(),
            health,
            NOW,
            asked=Asked.SIGN_IN,
            answered=answered,
            signed_in=outcome,
            zone=UTC,
        ).notice
        assert notice is not None
        assert notice.body == body


def test_an_older_sign_in_does_not_answer_for_what_was_asked_since() -> None:
    """A check, a renewal or a second start is answered by itself, also after a cancelled one."""
    for asked in (Asked.START, Asked.CHECK, Asked.REFRESH):
        plain = decide(Told(), RED, NOW, asked=asked)
        assert plain.notice is not None
        for ending in Ending:
            older = Outcome(ending, detail="something else")
            assert decide(Told(), RED, NOW, asked=asked, signed_in=older) == plain


def test_only_red_is_urgent() -> None:
    """It may stay on the screen until it has been seen."""
    for health in (GREEN, AMBER, STALE, RED):
        notice = decide(Told(), health, NOW, asked=Asked.START).notice
        assert notice is not None
        assert notice.urgent is (health is RED)


MOMENTS = st.tuples(st.sampled_from([s.facts for s in SITUATIONS]) | strategies.facts)


@often
@given(st.lists(st.sampled_from([*Asked, None]), max_size=3), st.lists(MOMENTS, max_size=8))
def test_whatever_happens_one_state_is_told_once(
    asked: list[Asked | None], moments: list[tuple[Facts]]
) -> None:
    """The same finding again, unasked, is never news, except that doubt needs two."""
    told = Told()
    for number, (facts,) in enumerate(moments):
        health = judge(facts)
        said = asked[number] if number < len(asked) else None
        for _ in range(2):
            told = decide(told, health, NOW, asked=said).told
        again = decide(told, health, NOW)
        assert again.notice is None
        assert not again.withdraw
        if health.colour is Colour.GREEN:
            assert not again.told.standing


def test_news_are_added_to_a_notice_or_make_one_of_their_own() -> None:
    """What is said once beside the health is never lost to it."""
    health = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, links=())
    alone = with_news(None, ("4 secrets moved.", "And more."), health)
    assert (alone.summary, alone.body) == ("Webex Token Tray", "4 secrets moved.\nAnd more.")
    assert not alone.urgent
    added = with_news(Notice("Token dead", "Do this.", Shape.CROSS, Colour.RED), ("News.",), health)
    assert (added.summary, added.body) == ("Token dead", "Do this.\nNews.")
    assert added.urgent
