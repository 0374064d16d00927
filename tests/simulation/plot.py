"""The lives as a picture: hours with a dead token, added up over the years. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.simulation.calendar import DAY, Calendar
from tests.simulation.ledger import Ledger
from tests.simulation.life import Who
from tests.simulation.table import POLICIES, name_of

_COLOURS = {"the old scripts": "#c62828", "the tray": "#2e7d32"}


def draw(lives: Mapping[Who, Ledger], plan: Calendar, path: Path) -> None:
    """Write the picture (SVG or PNG, by the name); the same lives give the same bytes."""
    matplotlib: Any = import_module("matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams |= {"svg.hashsalt": "simulation", "font.size": 9}
    pyplot: Any = import_module("matplotlib.pyplot")
    figure, charts = pyplot.subplots(2, 2, figsize=(10, 6), sharex=True, sharey=True)
    for chart, (policy, said) in zip(charts.flat, POLICIES.items(), strict=True):
        chart.set_title(f"Refresh token {said.partition(': ')[2]}", fontsize=10)
        chart.grid(visible=True, alpha=0.3)
        _holidays(chart, plan)
        for who, ledger in lives.items():
            if who.policy is policy and not who.puts_off:
                _line(chart, name_of(who), ledger, plan)
    charts[0][0].legend(loc="upper left", frameon=False)
    for row in charts:
        row[0].set_ylabel("hours with a dead token")
    figure.suptitle("Two simulated years: a dead token in .env while Webex answers (● a sign-in)")
    figure.autofmt_xdate()
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)


def _holidays(chart: Any, plan: Calendar) -> None:
    for before, after in pairwise(plan.awake):
        if after.begin - before.end > 10 * DAY:
            chart.axvspan(before.end, after.begin, color="#000000", alpha=0.06, linewidth=0)


def _line(chart: Any, name: str, ledger: Ledger, plan: Calendar) -> None:
    begin, end = plan.awake[0].begin, plan.awake[-1].end
    points = [(begin, 0.0), *ledger.curve, (end, ledger.dead_hours)]
    colour = _COLOURS[name]
    chart.plot([at for at, _ in points], [hours for _, hours in points], color=colour, label=name)
    signed = [(at, _hours_at(ledger, at)) for at in ledger.sign_ins]
    chart.plot([at for at, _ in signed], [hours for _, hours in signed], "o", color=colour, ms=5)


def _hours_at(ledger: Ledger, moment: Any) -> float:
    return max((hours for at, hours in ledger.curve if at <= moment), default=0.0)
