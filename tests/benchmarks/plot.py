"""The lines that have an aim as a picture: how much of what is allowed is used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.sample import Line

MET, MISSED = "#20a04c", "#d21a26"
LONGEST = 3.0
"""Times the aim; a longer bar is cut off, and says its number."""


def plot(lines: Sequence[Line], below: str, path: Path) -> None:
    """Write the picture, as SVG by its name; `below` stands under it."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    shown = [(line, share) for line in lines if (share := _share(line)) is not None]
    figure = Figure(figsize=(9, 0.6 + 0.34 * len(shown)))
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    labels = [f"{line.what}\nagainst {line.other.who}" for line, _ in shown]
    shares = [min(share, LONGEST) for _, share in shown]
    colours = [MET if line.is_met else MISSED for line, _ in shown]
    bars = axes.barh(range(len(shown)), shares, color=colours, height=0.6, zorder=2)
    axes.bar_label(bars, [f" {line.ours.median:.3g} {line.unit}" for line, _ in shown], fontsize=7)
    axes.axvline(1, color="silver", linewidth=1, zorder=1)
    axes.set_yticks(range(len(shown)), labels, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlim(0, LONGEST)
    axes.set_xlabel(f"used of what is allowed (1: the aim)\n{below}", fontsize=7)
    axes.tick_params(axis="x", labelsize=7)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def _share(line: Line) -> float | None:
    """Ours in parts of the most that it should be; None for a line without an aim."""
    if line.aim is None:
        return None
    most = line.aim * line.other.median
    if most:
        return line.ours.median / most
    return 0.0 if line.is_met else LONGEST
