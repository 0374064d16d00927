"""The samples as a picture: a row for each value, both processes in it, the faults behind them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from tests.soak.samples import Sample

COLOURS = {"tray": "#20a04c", "watch": "#2060c0"}
FAULT, SHOWN = "#e8e8e8", {"amber": "#ffb000", "red": "#d21a26"}
ROWS = {
    "private memory (MB)": "private_mb",
    "RSS (MB)": "rss_mb",
    "threads": "threads",
    "file descriptors": "descriptors",
    "database of both (KB)": "database_kb",
}


def plot(samples: Sequence[Sample], below: str, path: Path) -> None:
    """Write the picture, as SVG by its name; `below` stands under it."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.25 * len(ROWS) + 0.6))
    FigureCanvasSVG(figure)
    rows = figure.subplots(len(ROWS), 1, sharex=True)
    by_process = {name: [each for each in samples if each.process == name] for name in COLOURS}
    for axes, (label, field) in zip(rows, ROWS.items(), strict=True):
        for begins, ends in _spans(by_process["tray"]):
            axes.axvspan(begins, ends, color=FAULT, linewidth=0)
        for name, own in by_process.items():
            minutes = [each.seconds / 60 for each in own]
            values = [getattr(each, field) for each in own]
            axes.plot(minutes, values, color=COLOURS[name], linewidth=1, label=name)
            for colour, dot in SHOWN.items():
                at = [
                    (m, v)
                    for m, v, each in zip(minutes, values, own, strict=True)
                    if each.colour == colour
                ]
                if at and field == "private_mb":
                    axes.plot(*zip(*at, strict=True), ".", color=dot, markersize=3)
        axes.set_ylabel(label, fontsize=7)
        axes.set_ylim(0, 1.15 * max(getattr(each, field) for each in samples))
        axes.tick_params(labelsize=7)
    rows[0].legend(fontsize=7, loc="lower right")
    rows[-1].set_xlabel(f"minutes; grey: a fault; dots: shows amber or red. {below}", fontsize=7)
    figure.align_ylabels(rows)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def _spans(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    """When a fault was on, in minutes."""
    found: list[tuple[float, float]] = []
    for before, after in pairwise(samples):
        if before.fault:
            begins, ends = before.seconds / 60, after.seconds / 60
            if found and found[-1][1] == begins:
                begins = found.pop()[0]
            found.append((begins, ends))
    return found
