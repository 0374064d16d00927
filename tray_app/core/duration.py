"""A length of time as a person writes it: 90s, 10m, 2h, 1d, 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta

LONGEST = timedelta(days=3650)

_SECONDS = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
_PART = re.compile(r"([0-9]{1,9})([smhd])")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def parsed(text: str) -> timedelta:
    """Return the length that the text spells. Raises ValueError with a sentence."""
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no length of time; write it as 90s, 10m, 2h or 1d")
    length = timedelta(seconds=sum(int(n) * _SECONDS[unit] for n, unit in _PART.findall(text)))
    if length > LONGEST:
        raise ValueError(f"{text!r} is longer than {spelled(LONGEST)}")
    return length


def spelled(length: timedelta) -> str:
    """Return it as `parsed` reads it, in whole seconds."""
    rest, parts = int(length.total_seconds()), []
    for unit, seconds in _SECONDS.items():
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
