"""What two years bring: when the machine is awake, and what happens to it and to Webex."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

START = date(2026, 1, 5)
"""A Monday."""

SEED = 2026
"""Of the calendar in the documents."""

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_MORNING, _EVENING = time(8, 30), time(17, 30)
_HOLIDAYS = (range(26 * 7, 29 * 7), range(49 * 7, 52 * 7))
"""Days of a year, three weeks each: the machine is off."""


class What(StrEnum):
    """The things that happen."""

    DOWN = "Webex is down (503)"
    NETWORK = "the network is gone"
    STORM = "a storm of 429 with Retry-After"
    BACK = "Webex answers again"
    ACCESS_REVOKED = "the access token is revoked"
    PAIR_REVOKED = "all of the service app's tokens are revoked"
    PERSONAL_REVOKED = "the integration's access token is revoked"
    DEAUTHORIZED = "an admin withdraws the service app"
    REAUTHORIZED = "the admin lets it in again"
    CLICKED = "a person clicks Refresh token now, as the menu asks once the app is authorized"
    WITHDRAWN = "the person withdraws the consent"


@dataclass(frozen=True, slots=True)
class Awake:
    """The machine is awake. `fresh`: the program is started, else it was asleep with it."""

    begin: datetime
    end: datetime
    fresh: bool


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happens, at a time."""

    at: datetime
    what: What


@dataclass(frozen=True, slots=True)
class Calendar:
    """A life, the same for everybody who is to live it."""

    awake: tuple[Awake, ...]
    happenings: tuple[Happening, ...]

    @property
    def hours(self) -> float:
        """How long the machine is awake in all."""
        return sum((span.end - span.begin) / HOUR for span in self.awake)


def calendar(days: int, seed: int = SEED) -> Calendar:
    """Return the calendar of so many days; by chance, and always the same for a seed."""
    chance = random.Random(seed)
    awake: list[Awake] = []
    for number in range(days):
        awake += _day(number, chance)
    months = max(1, days // 30)
    found = [
        *_spells(What.DOWN, months, (15 * MINUTE, 8 * HOUR), awake, chance),
        *_spells(What.NETWORK, 2 * months, (5 * MINUTE, 2 * HOUR), awake, chance),
        *_spells(What.STORM, months, (10 * MINUTE, HOUR), awake, chance),
        *(_at(What.ACCESS_REVOKED, awake, chance) for _ in range(months // 3)),
        *(_at(What.PAIR_REVOKED, awake, chance) for _ in range(months // 5)),
        *(_at(What.PERSONAL_REVOKED, awake, chance) for _ in range(months // 6)),
    ]
    found += _at_the_wrong_moment(awake)
    if days >= 700:
        found += _deauthorized(awake[len(awake) // 3])
        found.append(Happening(awake[len(awake) * 4 // 5].begin + HOUR, What.WITHDRAWN))
    return Calendar(tuple(awake), tuple(sorted(found, key=lambda each: each.at)))


def _day(number: int, chance: random.Random) -> list[Awake]:
    """Office hours, in two halves where the laptop is closed for lunch; nothing at weekends."""
    day = START + timedelta(days=number)
    if day.weekday() >= 5 or any(number % 364 in away for away in _HOLIDAYS):
        return []
    begin, end = (datetime.combine(day, at, UTC) for at in (_MORNING, _EVENING))
    begin += chance.randrange(45) * MINUTE
    end += chance.randrange(60) * MINUTE
    fresh = day.weekday() == 0  # switched off for the weekend
    if chance.random() < 0.4:
        noon = datetime.combine(day, time(12), UTC) + chance.randrange(30) * MINUTE
        return [Awake(begin, noon, fresh), Awake(noon + 45 * MINUTE, end, fresh=False)]
    return [Awake(begin, end, fresh)]


def _at(what: What, awake: list[Awake], chance: random.Random) -> Happening:
    """At some time while the machine is awake: what it sleeps through shows least."""
    span = chance.choice(awake)
    return Happening(span.begin + (span.end - span.begin) * chance.random(), what)


def _spells(
    what: What,
    number: int,
    lasting: tuple[timedelta, timedelta],
    awake: list[Awake],
    chance: random.Random,
) -> list[Happening]:
    """Times without Webex, each with its end; some go on over night."""
    found = []
    for _ in range(number):
        begin = _at(what, awake, chance)
        least, most = lasting
        spell = least + (most - least) * chance.random() ** 2
        found += [begin, Happening(begin.at + spell, What.BACK)]
    return found


def _at_the_wrong_moment(awake: list[Awake]) -> list[Happening]:
    """Webex is down for three hours when the machine comes back from holidays: then the token has
    died meanwhile, and can only be renewed once Webex is back."""
    back = [after.begin for before, after in pairwise(awake) if after.begin - before.end > 14 * DAY]
    spells = [(begin - HOUR, begin + 2 * HOUR) for begin in back]
    return [
        happening
        for begin, end in spells
        for happening in (Happening(begin, What.DOWN), Happening(end, What.BACK))
    ]


def _deauthorized(span: Awake) -> list[Happening]:
    """Over a day: every token of the app is dead, and nothing but the admin can help."""
    begin = span.begin + 2 * HOUR
    back = begin + DAY
    return [
        Happening(begin, What.DEAUTHORIZED),
        Happening(back, What.REAUTHORIZED),
        Happening(back + 10 * MINUTE, What.CLICKED),
    ]
