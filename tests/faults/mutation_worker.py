"""Runs in a copy of the project, in a process of its own: whether the tests notice a mutant.

A line of JSON in, a line of JSON out. Each run of the tests is forked from a process that has
imported pytest and Hypothesis already, and nothing of ours: that takes most of the time away.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import hypothesis.strategies  # noqa: F401 - for the children, who then have it
import pytest

HOW = ("-x", "-q", "--tb=no", "-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider")

ENDED, FAILED, INTERRUPTED, TIMED_OUT = 0, 1, 2, -1
"""How the tests ended. Interrupted: the mutated module could not even be imported."""


def judged(task: dict[str, Any]) -> int:
    """Put the mutant in place and run the tests, stage by stage until one notices it."""
    place = Path(task["path"])
    original = place.read_text(encoding="utf-8")
    place.write_text(task["source"], encoding="utf-8")
    try:
        for stage in task["stages"]:
            ended = _forked(stage, task["limit"])
            if ended != ENDED:
                return ended
    finally:
        place.write_text(original, encoding="utf-8")
    return ENDED


def _forked(tests: list[str], limit: float) -> int:
    child = os.fork()
    if child == 0:
        _silence()
        os._exit(int(pytest.main([*HOW, *tests])))
    until = time.monotonic() + limit
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return TIMED_OUT


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def main() -> None:
    """Answer each task until there are no more."""
    # What was compiled counts as fresh by time and size; two mutants may have both in common.
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path.cwd()))  # before the project that is installed
    for line in sys.stdin:
        print(json.dumps(judged(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
