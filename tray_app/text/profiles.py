"""Several profiles in one icon: which is the worst, and what is said of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from tray_app.model.health import Health, Owner, Reason
from tray_app.model.signs import Colour, Shape
from tray_app.text.health import headline

_WORST_FIRST = (Shape.CROSS, Shape.BANG, Shape.QUERY, Shape.CHECK)
_PEOPLE = (Owner.YOU, Owner.DEVELOPER, Owner.ADMIN)


def needs_a_person(health: Health) -> bool:
    """Whether a person can do something about it, and nobody else."""
    return health.colour is not Colour.GREEN and health.who in _PEOPLE


def needs_nothing(health: Health) -> bool:
    """Whether it works, or its first check is to come."""
    return health.colour is Colour.GREEN or health.reason is Reason.CHECKING


def worst_first(healths: Mapping[str, Health]) -> list[str]:
    """Return the names by what the icon would show, the worst first; of two alike the one that
    needs a person, and else by the alphabet."""

    def rank(name: str) -> tuple[int, bool, str]:
        health = healths[name]
        return _WORST_FIRST.index(health.shape), not needs_a_person(health), name.casefold()

    return sorted(healths, key=rank)


def first_line(
    healths: Mapping[str, Health], total: int, now: datetime, zone: tzinfo | None = None
) -> str:
    """Say how many of all need you, or are not well, and which is the worst."""
    names = worst_first(healths)
    needy = [name for name in names if needs_a_person(healths[name])]
    unwell = [name for name in names if healths[name].colour is not Colour.GREEN]
    if not unwell:
        checked = len(healths)
        return f"All {total} work" if checked == total else f"{checked} of {total} work so far"
    chosen = needy or unwell
    alone = len(chosen) == 1
    need, are = ("needs you", "is not well") if alone else ("need you", "are not well")
    worst = f"{chosen[0]}: {headline(healths[chosen[0]], now, zone)}"
    return f"{len(chosen)} of {total} {need if needy else are}: {worst}"


def groups(names: Sequence[str], most: int) -> list[tuple[str, list[str]]]:
    """Split names, by the alphabet, into as few groups of `most` at most as it takes, all about
    the same size; each with what to call it."""
    ordered = sorted(names, key=str.casefold)
    total, count = len(ordered), -(-len(ordered) // most)
    parts = [ordered[total * n // count : total * (n + 1) // count] for n in range(count)]
    return [(part[0] if len(part) == 1 else f"{part[0]} … {part[-1]}", part) for part in parts]
