"""A click on “Refresh token now”, until the new token stands in `.env`."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

from tests.benchmarks.sample import Line, Sample
from tests.benchmarks.stage import TIMEOUT, Stage

LATENCY = 0.05
ALLOWED = 0.05
"""Seconds for all that is not Webex."""


def lines(stage: Stage) -> list[Line]:
    """With the real keyring; Webex takes 50 ms for each answer, as measured in the same run."""
    stage.slow_down(LATENCY)
    took, allowed = [], []
    try:
        with stage.shown(stage.tray) as (_, item, _took):
            for _ in range(stage.runs):
                stage.wait_green(item)
                latency = _latency(stage)
                calls, was = len(stage.webex.requests), stage.profile.env_path.stat().st_ino
                clicked = time.perf_counter()
                item.click("Refresh token now")
                _wait_written(stage, was)
                took.append((time.perf_counter() - clicked) * 1000)
                calls = len(stage.webex.requests) - calls
                allowed.append((latency * calls + ALLOWED) * 1000)
                stage.panel.until(
                    lambda: not item.find("Options", "Check now").enabled, "busy", TIMEOUT
                )
    finally:
        stage.webex.faults.clear()
    other = Sample("50 ms and what Webex took", tuple(allowed))
    what = "click Refresh → new token in .env"
    return [Line(what, "ms", Sample("ours", tuple(took)), other, aim=1.0)]


def _latency(stage: Stage) -> float:
    """How long Webex takes for an answer, seen from here."""
    address = urlsplit(stage.webex.api_base)
    connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT)
    connection.connect()
    begun = time.perf_counter()
    connection.request("GET", f"{address.path}/people/me")
    connection.getresponse().read()
    took = time.perf_counter() - begun
    connection.close()
    return took


def _wait_written(stage: Stage, was: int) -> None:
    """Return when another file stands in the place of `.env`."""
    give_up_at = time.monotonic() + TIMEOUT
    while stage.profile.env_path.stat().st_ino == was:
        if time.monotonic() > give_up_at:
            raise TimeoutError("no new token in .env")
        time.sleep(0.0005)
