"""The lives as a table of Markdown: for the terminal, and to be pasted into docs/reliability.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.simulation.ledger import Because, Ledger
from tests.simulation.life import Who
from tray_app.sandbox.switches import RefreshPolicy

POLICIES = {
    RefreshPolicy.SAME_EXTENDED_DAILY: "a: extended once a day",
    RefreshPolicy.SAME_NEVER_EXTENDED: "b: never extended",
    RefreshPolicy.ROTATED: "c: rotated",
    RefreshPolicy.OMITTED: "d: not told",
}
"""docs/webex-api.md, "Refresh policies"."""

_HEAD = (
    "a refresh token is …",
    "kept by",
    "dead",
    "avoidable",
    "a person was waited for",
    "sign-ins",
    "avoidable",
    "requests: checks + renewals",
    "checks an interval",
)


def name_of(who: Who) -> str:
    """Who lives, in words."""
    if who.scripts:
        return "the old scripts"
    return "the tray, signing in put off" if who.puts_off else "the tray"


def table(lives: Mapping[Who, Ledger]) -> str:
    """Return the table, its columns in line."""
    return _lined_up([_HEAD, *(_row(who, ledger) for who, ledger in lives.items())])


def table_of_calendars(found: Mapping[int, Mapping[Who, Ledger]]) -> str:
    """Return a row for each seed: how long the token was dead, avoidable minutes and avoidable
    sign-ins."""
    whos = next(iter(found.values()))
    head = (f"{POLICIES[who.policy]}{', put off' if who.puts_off else ''}" for who in whos)
    rows = [(str(seed), *map(_sums, lives.values())) for seed, lives in found.items()]
    return _lined_up([("seed", *head), *rows])


def _sums(ledger: Ledger) -> str:
    avoidable = _span(ledger.minutes(Because.AVOIDABLE))
    return f"{_span(ledger.dead_hours * 60)} / {avoidable} / {ledger.avoidable_sign_ins}"


def _lined_up(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def _row(who: Who, ledger: Ledger) -> tuple[str, ...]:
    return (
        POLICIES[who.policy],
        name_of(who),
        _span(ledger.dead_hours * 60),
        _span(ledger.minutes(Because.AVOIDABLE)),
        _span(ledger.minutes(Because.PERSON)),
        str(len(ledger.sign_ins)),
        str(ledger.avoidable_sign_ins),
        f"{ledger.requests:,}: {ledger.checks:,} + {ledger.renewals:,}",
        f"{ledger.checks / ledger.intervals:.2f}",
    )


def _span(minutes: float) -> str:
    """Minutes, or hours where they are many; nought only where it is."""
    if minutes >= 90:
        return f"{minutes / 60:.1f} h"
    return "0" if minutes == 0 else f"{minutes:.1f} min"
