"""What a run has shown, as text, and each thing that is not as it should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

from tests.soak.faults import FAULTS
from tests.soak.samples import WARM, Sample, trend
from tests.soak.scene import Resident
from tray_app.sandbox.recording import Kind

LEAST = {"private_mb": 0.5, "threads": 0.5, "descriptors": 0.5}
"""Growth that means nothing, however quiet the line is; of what must not grow."""

OF_A_TOKEN = {"private_mb": 4 / 1024}
"""What may be kept of each token that was issued meanwhile: the log hides it for ever."""

VALUES = {
    "private memory": ("private_mb", "MB"),
    "RSS": ("rss_mb", "MB"),
    "threads": ("threads", ""),
    "file descriptors": ("descriptors", ""),
    "database": ("database_kb", "KB"),
}
MOST_WRONG = 60.0
"""Seconds that green may be shown for a dead token: a Retry-After that Webex has given, and a
check."""

_RENEWALS = (Kind.SERVICE_REFRESH, Kind.MINT)


def table(samples: Sequence[Sample]) -> tuple[str, list[str]]:
    """The values of both processes in a table of Markdown, and a sentence for each that grows."""
    lines = [
        "| process | value | start | middle | end | an hour | grows by | if it is flat |",
        "|---|---|---|---|---|---|---|---|",
    ]
    grown = []
    for process in dict.fromkeys(each.process for each in samples):
        own = [each for each in samples if each.process == process]
        for what, (field, unit) in VALUES.items():
            found = trend([(each.seconds, float(getattr(each, field))) for each in own])
            cells = [
                f"{each:.1f} {unit}".strip() for each in (found.start, found.middle, found.end)
            ]
            cells += [f"{found.per_hour:+.2f}", f"{found.growth:+.2f}"]
            least = LEAST.get(field)
            if least is None:
                cells.append("")
            else:
                issued = (own[-1].tokens - own[0].tokens) * (1 - WARM)
                most = max(found.noise, least + issued * OF_A_TOKEN.get(field, 0.0))
                cells.append(f"≤ {most:.2f}")
                if found.growth > most:
                    grown.append(f"{process}: {what} grows by {found.growth:.2f} {unit}".strip())
            lines.append(f"| {process} | {what} | {' | '.join(cells)} |")
    return "\n".join(lines), grown


def facts(
    residents: Iterable[Resident],
    recovered: Mapping[str, Sequence[float]],
    states: Mapping[str, Counter[str]],
) -> str:
    """How often what has happened."""
    lines = []
    for resident in residents:
        answered = [seen for seen in resident.webex.requests if seen.status == 200]
        checks = sum(seen.method == "GET" for seen in resident.webex.requests)
        renewals = sum(seen.kind in _RENEWALS for seen in answered)
        reuses = resident.webex.reuses
        lines.append(
            f"{resident.name}: {checks} checks, {renewals} renewals, "
            f"{len(resident.webex.requests)} requests, {reuses} rotated tokens presented again"
        )
    times = [seconds for each in recovered.values() for seconds in each]
    lines.append(f"{len(times)} faults, each followed by green; seconds from the mending to green:")
    lines += [
        f"  {name}: {len(each)} times, {median(each):.0f} (most {max(each):.0f})"
        for name, each in sorted(recovered.items())
    ]
    for name, seen in states.items():
        lines.append(f"{name} has shown (seconds, about):")
        lines += [f"  {count:5} {state}" for state, count in seen.most_common()]
    return "\n".join(lines)


def wrong_green(samples: Sequence[Sample], process: str) -> float:
    """The longest time that green was shown for a dead token although it could be known, in
    seconds, as far as sampled."""
    longest, since = 0.0, None
    for each in samples:
        if each.process != process:
            continue
        blind = each.fault in FAULTS and FAULTS[each.fault].blinds
        if each.colour == "green" and not each.token_works and not blind:
            since = each.seconds if since is None else since
            longest = max(longest, each.seconds - since)
        else:
            since = None
    return longest


def tracebacks(folders: Iterable[Path]) -> list[str]:
    """A sentence for each log that has any."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*.log*")):
            count = path.read_text(errors="replace").count("Traceback (most recent call last)")
            if count:
                found.append(f"{count} tracebacks in {path.name}")
    return found
