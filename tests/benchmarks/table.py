"""The lines as a table of Markdown: for the terminal, and to be pasted into docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.sample import Line, Sample

HEAD = ("what", "ours", "against", "theirs", "ratio", "aim", "")


def table(lines: Sequence[Line]) -> str:
    """Return the table, its columns in line."""
    rows = [HEAD, *(_row(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    texts = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def _row(line: Line) -> tuple[str, ...]:
    aim = "" if line.aim is None else f"≤ {line.aim:g}"
    verdict = "" if line.aim is None else ("met" if line.is_met else "**missed**")
    return (
        line.what,
        _value(line.ours, line.unit),
        line.other.who,
        _value(line.other, line.unit),
        "" if line.ratio is None else f"{line.ratio:.2f}",
        aim,
        verdict,
    )


def _value(sample: Sample, unit: str) -> str:
    """The median, and how far the values lie apart."""
    least, most = sample.spread
    text = f"{_number(sample.median)} {unit}".strip()
    return text if least == most else f"{text} ({_number(least)} … {_number(most)})"


def _number(value: float) -> str:
    if value >= 20 or value == int(value):
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"
