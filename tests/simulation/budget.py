"""A thousand profiles of one client id, and a Webex that limits: who is checked when.

The real request budget and the sandbox's real limit, on a virtual clock; the profiles look as the
scheduler has them look. `python -m tests.simulation.budget` writes the plot of the documents.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tray_app.policy.request_budget import Budget
from tray_app.sandbox.clock import Clock
from tray_app.sandbox.limits import RequestLimit
from tray_app.webex.rate_limit import BudgetStore, RateLimiter

PLOT = Path(__file__).parents[2] / "assets/plots/budget.svg"
SLICE, GROUP, GROUPS = 15.0, 32, 32
"""How the scheduler looks at its profiles (runtime/scheduler.py)."""

POLL = 300.0
_CLIENT = "client"
_START = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class Run:
    """What happened: by second since the start, the profiles that were checked for the first time
    since then, and the budget; and when there was a 429."""

    checked: list[float] = field(default_factory=list)
    budgets: list[tuple[float, float]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    def all_checked(self, profiles: int) -> float:
        """The second in which the last profile was checked for the first time."""
        assert len(self.checked) == profiles
        return self.checked[-1]


def simulate(profiles: int, limit: int, seconds: float, store: BudgetStore | None = None) -> Run:
    """Start so many at once against a Webex that allows `limit` requests a minute."""
    run, now = Run(), 0.0
    webex = RequestLimit(Clock(lambda: _START + timedelta(seconds=now)))
    limiter = RateLimiter(clock=lambda: now, store=store)
    turns: dict[int, int] = {}
    seen: set[int] = set()
    due = [0.0] * profiles
    paused_until = 0.0
    looks = [(0.0, number) for number in range(profiles)]
    for _ in range(profiles):
        limiter.join(_CLIENT)
    while looks[0][0] < seconds:
        now, number = heapq.heappop(looks)
        if number in turns:
            due[number] = now + limiter.wait(_CLIENT, turns[number])
        if now >= due[number]:
            turn = turns.setdefault(number, 0) or limiter.reserve(_CLIENT)
            turns[number] = turn
            if limiter.take(_CLIENT, turn):
                del turns[number]
                due[number] = now + max(POLL, limiter.min_interval(_CLIENT))
                if now < paused_until:
                    due[number] = paused_until
                elif retry_after := webex.retry_after(_CLIENT, limit):
                    run.refused.append(now)
                    limiter.refused(_CLIENT)
                    limiter.drain(_CLIENT)
                    paused_until = due[number] = now + retry_after
                else:
                    run.sent.append(now)
                    limiter.answered(_CLIENT)
                    if number not in seen:
                        seen.add(number)
                        run.checked.append(now)
                run.budgets.append((now, limiter.budget(_CLIENT).per_minute))
            else:
                due[number] = now + limiter.wait(_CLIENT, turn)
        phase = number // GROUP % GROUPS * SLICE / GROUPS
        until_slice = SLICE - (now - phase) % SLICE
        heapq.heappush(looks, (now + max(0.001, min(due[number] - now, until_slice)), number))
    return run


class Remembered:
    """A store in memory."""

    def __init__(self) -> None:
        self.budget: Budget | None = None

    def load(self, _: str) -> Budget | None:
        """Return the budget."""
        return self.budget

    def save(self, _: str, budget: Budget) -> None:
        """Keep it."""
        self.budget = budget


def most_in_a_minute(moments: Sequence[float]) -> int:
    """The most of these moments that lie within 60 seconds."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - 60:
            first += 1
        most = max(most, last - first + 1)
    return most


def plot(path: Path = PLOT) -> list[str]:
    """Write the picture; returns the figures in sentences."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.4))
    FigureCanvasSVG(figure)
    counts, rates = figure.subplots(1, 2)
    said = []
    for limit, colour in ((300, "#20a04c"), (120, "#c77700"), (50, "#d21a26")):
        store = Remembered()
        first = simulate(1000, limit, 3600, store)
        again = simulate(1000, limit, 3600, store)
        name = f"Webex allows {limit} a minute"
        for run, style, start in ((first, "-", "first start"), (again, "--", "restart")):
            minutes = [second / 60 for second in run.checked]
            counts.plot(minutes, range(1, len(minutes) + 1), style, color=colour)
            said.append(
                f"{name}, {start}: all checked after {run.all_checked(1000) / 60:.1f} minutes;"
                f" in an hour {len(run.sent)} requests, {len(run.refused)} refused, at most"
                f" {most_in_a_minute(run.sent)} in a minute"
            )
        rates.plot(
            [at / 60 for at, _ in first.budgets], [b for _, b in first.budgets], color=colour
        )
        rates.axhline(limit, color=colour, linewidth=0.6, linestyle=":")
        counts.plot([], [], color=colour, label=name)
    counts.set_xlim(0, 30)
    counts.set_xlabel("minutes since the start (dashed: a restart, budget remembered)", fontsize=7)
    counts.set_ylabel("profiles checked, of 1,000", fontsize=7)
    counts.legend(fontsize=7)
    rates.set_xlim(0, 60)
    rates.set_xlabel("minutes since the first start (dotted: what Webex allows)", fontsize=7)
    rates.set_ylabel("budget, requests a minute", fontsize=7)
    for axes in (counts, rates):
        axes.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    return said


if __name__ == "__main__":
    print(*plot(), sep="\n")
