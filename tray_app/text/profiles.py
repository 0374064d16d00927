"""Several profiles in one icon: the worst one, and the line about all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from tray_app.model.health import PEOPLE, Health, Reason
from tray_app.model.signs import Colour
from tray_app.text.health import headline


def needs_a_person(health: Health) -> bool:
    """Whether only a person can fix it."""
    return health.colour is not Colour.GREEN and health.who in PEOPLE


def needs_nothing(health: Health) -> bool:
    """Whether it works, or has not been checked yet."""
    return health.colour is Colour.GREEN or health.reason is Reason.CHECKING


def worst_first(healths: Mapping[str, Health]) -> list[str]:
    """Sort the names: worst icon first, then those that need a person, then by the alphabet."""

    def rank(name: str) -> tuple[int, bool, str]:
        health = healths[name]
        return -health.shape.severity, not needs_a_person(health), name.casefold()

    return sorted(healths, key=rank)


def count_line(healths: Mapping[str, Health], total: int) -> str:
    """Say how many profiles need you, or else are not well."""
    chosen = _chosen(healths)
    if not chosen:
        checked = len(healths)
        return f"All {total} work" if checked == total else f"{checked} of {total} work so far"
    if needs_a_person(healths[chosen[0]]):
        what = "needs you" if len(chosen) == 1 else "need you"
    else:
        what = "is not well" if len(chosen) == 1 else "are not well"
    return f"{len(chosen)} of {total} {what}"


def summary_line(
    healths: Mapping[str, Health], total: int, now: datetime, zone: tzinfo | None = None
) -> str:
    """Say how many profiles need you, or else are not well, and which is the worst."""
    chosen = _chosen(healths)
    worst = f": {chosen[0]}: {headline(healths[chosen[0]], now, zone)}" if chosen else ""
    return count_line(healths, total) + worst


def _chosen(healths: Mapping[str, Health]) -> list[str]:
    """The profiles that need a person; else those that are not well. The worst first."""
    names = worst_first(healths)
    need_you = [name for name in names if needs_a_person(healths[name])]
    return need_you or [name for name in names if healths[name].colour is not Colour.GREEN]


def group_names(names: Sequence[str], most: int) -> list[tuple[str, list[str]]]:
    """Split names by the alphabet into the fewest groups of at most `most`, all about the same
    size. Each comes with its title."""
    ordered = sorted(names, key=str.casefold)
    total, count = len(ordered), -(-len(ordered) // most)
    parts = [ordered[total * n // count : total * (n + 1) // count] for n in range(count)]
    return [(part[0] if len(part) == 1 else f"{part[0]} … {part[-1]}", part) for part in parts]
