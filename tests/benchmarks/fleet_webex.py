"""A Webex at a distance, and profiles of as many organizations, in a process of their own.

Arguments: a folder, the number of profiles, the latency in milliseconds. It prints its API base,
and runs until its standard input is closed; then it prints, as JSON, what it was asked since the
last line that it read there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from tests.benchmarks.fleet_profiles import write_profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Request
from tray_app.sandbox.server import Sandbox

ROOT = Path(__file__).parents[2]


@dataclass
class FarWebex:
    """Where it is; once it has ended, `asked`: how many requests in the busiest minute, in all, and
    how many were not answered by 200."""

    base: str
    forget: Callable[[], None]
    """Have it count anew."""
    asked: dict[str, int] = field(default_factory=dict)


@contextmanager
def far_webex(place: Path, profiles: int, latency: float) -> Iterator[FarWebex]:
    """One with so many profiles below `place`, until the end of the block; milliseconds."""
    with subprocess.Popen(
        [sys.executable, "-m", __spec__.name, place, str(profiles), str(latency)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as webex:
        assert webex.stdin is not None
        assert webex.stdout is not None
        far = FarWebex(
            webex.stdout.readline().strip(), partial(print, file=webex.stdin, flush=True)
        )
        try:
            yield far
        finally:
            out, _ = webex.communicate()
    far.asked = json.loads(out)


def asked(requests: Sequence[Request]) -> dict[str, int]:
    """What was asked in a life. Any sixty seconds are a minute."""
    times = [request.at for request in requests]
    window = timedelta(minutes=1)
    first, busiest = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= window:
            first += 1
        busiest = max(busiest, last - first + 1)
    statuses = Counter(request.status for request in requests)
    return {
        "busiest minute": busiest,
        "requests": len(times),
        "not 200": len(times) - statuses[200],
    }


def main() -> None:
    """Serve until nobody listens any more."""
    folder, count, latency = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    with Sandbox() as webex:
        webex.faults.next("*", Fault.slow(timedelta(milliseconds=latency)), times=None)
        for number in range(count):
            app = webex.add_customer() if number else webex.service_app
            write_profile(folder / f"customer-{number:04}", webex, app)
        print(webex.api_base, flush=True)
        begun = 0
        for _ in sys.stdin:
            begun = len(webex.requests)
        print(json.dumps(asked(webex.requests[begun:])), flush=True)


if __name__ == "__main__":
    main()
