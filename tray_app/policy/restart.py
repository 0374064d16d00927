"""When `run --on-change restart` starts a command again that has ended by itself."""

from __future__ import annotations

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
"""Seconds before the command is started again; the delay doubles with each failure."""

STEADY = 60.0
"""Seconds after which a restarted command counts as running."""

_ENDING = (1, 2, 3, 15)
"""SIGHUP, SIGINT, SIGQUIT and SIGTERM: the command was ended on purpose."""

_WANTED = frozenset(
    (0, 0xC000013A, *(-number for number in _ENDING), *(128 + number for number in _ENDING))
)
"""Exit codes that are not failures: shells add 128 to a signal, Windows has one for Ctrl-C."""


def delay_after_end(
    code: int, *, restarted: bool, replaced: bool, lasted: float, delay: float
) -> float | None:
    """Return the seconds until the command is started again, None if it is not.

    `code`: its exit code, or minus the signal; `restarted`: whether it has been started again for a
    new token; `replaced`: whether it ended with a token that has been replaced since; `lasted`: the
    seconds that it ran; `delay`: the last such delay, 0 for none.
    """
    if code in _WANTED:
        return None
    if replaced:
        return FIRST_DELAY
    # A restart must not end a command for good: the first attempt may come too early.
    if restarted and lasted < STEADY:
        return min(max(FIRST_DELAY, 2 * delay), LONGEST_DELAY)
    return None
