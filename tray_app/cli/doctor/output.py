"""The findings as text and as JSON."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from tray_app.cli.doctor.finding import Finding, Grade
from tray_app.cli.render import BAD, CAUTION, GOOD, styled
from tray_app.model.printable import printable

_COLOURS = {Grade.OK: GOOD, Grade.WARNING: CAUTION, Grade.FAULT: BAD}
_GRADE_COLUMN, _TOPIC_COLUMN = 9, 13
_MOST_COLUMNS = 110


def worst(findings: Sequence[Finding]) -> Grade:
    """Return the worst grade."""
    return max((finding.grade for finding in findings), key=lambda grade: grade.weight)


def as_text(findings: Sequence[Finding]) -> str:
    """Return the findings in columns, each remedy below, and a summary."""
    lines = [line for finding in findings for line in _lines(finding)]
    counts = {grade: sum(f.grade is grade for f in findings) for grade in Grade}
    summary = ", ".join(
        f"{count} {grade}{'s' if count > 1 else ''}"
        for grade, count in reversed(counts.items())
        if count and grade is not Grade.OK
    )
    return "\n".join([*lines, "", f"{summary}." if summary else "All is well."])


def as_object(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the object of `--json`. It contains no secret."""
    return {
        "worst": str(worst(findings)),
        "findings": [
            {
                "topic": finding.topic,
                "grade": str(finding.grade),
                "says": finding.message,
                "remedy": finding.remedy or None,
            }
            for finding in findings
        ],
    }


def _lines(finding: Finding) -> list[str]:
    grade = styled(f"{finding.grade:<{_GRADE_COLUMN}}", _COLOURS[finding.grade])
    first, *more = _filled(printable(finding.message))
    lines = [f"{grade}{finding.topic:<{_TOPIC_COLUMN}}{first}"]
    if finding.remedy:
        start, *rest = _filled(printable(finding.remedy), room=2)
        more += [f"→ {start}", *(f"  {line}" for line in rest)]
    return lines + [" " * (_GRADE_COLUMN + _TOPIC_COLUMN) + line for line in more]


def _filled(text: str, room: int = 0) -> list[str]:
    """The text in lines that fit the terminal; a single line if the output is none."""
    if not sys.stdout.isatty():
        return [text]
    columns = min(shutil.get_terminal_size().columns, _MOST_COLUMNS)
    width = max(20, columns - _GRADE_COLUMN - _TOPIC_COLUMN - room - 1)
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
