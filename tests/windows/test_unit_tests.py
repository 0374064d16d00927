"""The unit tests with Windows' Python: what `make portable` runs on Windows itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.windows.installation import PREFIX, ROOT
from tests.windows.machine import Windows

_SECONDS = 5400
"""On a busy machine; an idle one with two cores takes a quarter of that."""


def test_the_unit_tests_pass(machine: Windows, tmp_path: Path) -> None:
    """And leave nothing outside of their folder."""
    report, before = tmp_path / "report.xml", surroundings(machine)
    done = machine.python(
        *("-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-m", "not desktop"),
        *("-n", str(os.cpu_count()), "--dist", "loadfile", "--timeout", "300"),
        *("--ignore=tests/e2e", "--ignore=tests/faults", "--ignore=tests/windows"),
        *("--basetemp", tmp_path / "t", "-o", "junit_family=xunit1", "--junit-xml", report),
        timeout=_SECONDS,
    )
    print(done.stdout)  # pytest shows it if what follows fails
    assert surroundings(machine) == before
    outcomes = list(outcomes_of(report))
    assert [name for name, outcome in outcomes if outcome == "failed"] == []
    assert [outcome for _, outcome in outcomes].count("passed") > 5000


def surroundings(windows: Windows) -> dict[str, object]:
    """What no test may change: files, the registry's Run key, the Credential Manager."""
    users = PREFIX / "drive_c/users"
    sources = [path for path in ROOT.iterdir() if path.name[0] != "."]
    below = [path for each in sources if each.name != "build" for path in each.rglob("*")]
    return {
        "login": windows.ask("login"),
        "credentials": windows.ask("credentials"),
        "of the user": sorted(path for path in users.rglob("*") if not is_passing(path)),
        "of ours": sorted(path for path in (*sources, *below) if "__pycache__" not in path.parts),
    }


def is_passing(path: Path) -> bool:
    """Whether it is Wine's link out of here, or what pytest leaves if it ends a process."""
    is_empty = path.parent.name == "Temp" and not path.is_dir() and not path.stat().st_size
    return path.is_symlink() or is_empty


def outcomes_of(report: Path) -> Iterator[tuple[str, str]]:
    """Yield each test, as pytest names it, and "passed", "skipped" or "failed"."""
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        name = f"{case.get('file', '?').replace(chr(92), '/')}::{case.get('name')}"
        inside = {child.tag for child in case}
        is_bad = inside & {"failure", "error"}
        yield name, "failed" if is_bad else "skipped" if "skipped" in inside else "passed"
