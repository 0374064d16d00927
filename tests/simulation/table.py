"""The lives as a table of Markdown: for the terminal, and to be pasted into docs/reliability.md."""

from __future__ import annotations

from collections.abc import Mapping

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
    rows = [_HEAD, *(_row(who, ledger) for who, ledger in lives.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
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
