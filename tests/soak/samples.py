"""What is measured every ten seconds, and whether it grows."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median, stdev

from tests.benchmarks.weighing import own_memory_mb, rss_mb
from tests.soak.scene import Resident, Scene

BLOCK = 600.0
"""Seconds whose samples are taken together: some faults, so that none of them stands out."""

WARM = 1 / 4
"""The part of the time in which everything has happened once."""


@dataclass(frozen=True)
class Sample:
    """One process at one moment. `colour`: "" if it could not be asked."""

    seconds: float
    process: str
    private_mb: float
    rss_mb: float
    threads: int
    descriptors: int
    database_kb: float
    colour: str
    token_works: bool
    tokens: int
    fault: str


def sample(scene: Scene, resident: Resident, seconds: float, fault: str) -> Sample:
    """Measure it now."""
    pid, stem = resident.process.pid, scene.database
    process = Path("/proc", str(pid))
    files = [stem.with_name(stem.name + end) for end in ("", "-wal", "-shm")]
    works = resident.token_works
    return Sample(
        round(seconds, 1),
        resident.name,
        round(own_memory_mb(pid), 3),
        round(rss_mb(pid), 3),
        len(list((process / "task").iterdir())),
        len(list((process / "fd").iterdir())),
        sum(file.stat().st_size for file in files if file.exists()) / 1024,
        resident.colour,
        works,
        resident.tokens,
        fault,
    )


class Record:
    """The samples so far, each written to a file at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.samples: list[Sample] = []
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.DictWriter(self._file, [each.name for each in fields(Sample)])
        self._writer.writeheader()

    def add(self, found: Sample) -> None:
        self.samples.append(found)
        self._writer.writerow(asdict(found))
        self._file.flush()


def read(path: Path) -> list[Sample]:
    """The samples of an earlier run."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Sample(
                float(row["seconds"]),
                row["process"],
                float(row["private_mb"]),
                float(row["rss_mb"]),
                int(row["threads"]),
                int(row["descriptors"]),
                float(row["database_kb"]),
                row["colour"],
                row["token_works"] == "True",
                int(row["tokens"]),
                row["fault"],
            )
            for row in csv.DictReader(file)
        ]


@dataclass(frozen=True)
class Trend:
    """A value over the time. `growth`: of the straight line through the medians of the blocks after
    the warm-up, from its beginning to its end; `noise`: the most that such a line rises by chance
    (three standard errors) if the true one is flat and the medians scatter as these do."""

    start: float
    middle: float
    end: float
    per_hour: float
    growth: float
    noise: float


def trend(points: Sequence[tuple[float, float]]) -> Trend:
    """`points`: seconds and values, in order."""
    end = points[-1][0]
    block = min(BLOCK, end / 12)
    medians = [
        (at, median(values))
        for at, values in _blocks(points, block)
        if at - block / 2 >= end * WARM and values
    ]
    values = [value for _, value in points]
    tenth = max(1, len(values) // 10)
    half = len(values) // 2
    slope, error = _line(medians)
    span = medians[-1][0] - medians[0][0]
    return Trend(
        median(values[:tenth]),
        median(values[half - tenth // 2 : half + tenth // 2 + 1]),
        median(values[-tenth:]),
        slope * 3600,
        slope * span,
        3 * error * span,
    )


def _blocks(
    points: Sequence[tuple[float, float]], seconds: float
) -> list[tuple[float, list[float]]]:
    """The values of each block, with the time of its middle."""
    found: dict[int, list[float]] = {}
    for at, value in points:
        found.setdefault(int(at // seconds), []).append(value)
    return [((number + 0.5) * seconds, values) for number, values in sorted(found.items())]


def _line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The slope of the line through the points, and its standard error."""
    count = len(points)
    if count < 3:
        raise ValueError("too few samples for a trend: give it more minutes")
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    rest = [y - mean_y - slope * (x - mean_x) for x, y in points]
    return slope, stdev(rest) * ((count - 1) / (count - 2) / spread) ** 0.5
