"""Gathers what becomes of each bar's cases, and prints the table where it was asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.faults.table import Bar, Figure, Line, any_short, is_shown, rendered

if TYPE_CHECKING:
    from tests.faults.two_users import Machine

HERE = Path(__file__).parent

_LINES: pytest.StashKey[dict[str, Line]] = pytest.StashKey()


class Measure(Protocol):
    """What the `figure` fixture is."""

    def __call__(self, name: str, value: float, unit: str = "") -> None: ...


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Measure:
    """Put a measured number into the bar's line: its name, the number, its unit."""

    def measure(name: str, value: float, unit: str = "") -> None:
        request.node.user_properties.append(("figure", (name, value, unit)))

    return measure


@pytest.fixture
def two_users() -> Iterator[Machine]:
    """A machine of two users and a Webex, for B13."""
    from tests.faults.two_users import machine
    from tray_app.sandbox.server import Sandbox

    with Sandbox() as webex, machine(webex) as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note the case's bar: as plain values, which go from process to process."""
    report = yield
    bar = getattr(getattr(item, "module", None), "BAR", None)
    if isinstance(bar, Bar) and HERE in item.path.parents:
        report.user_properties.append(("bar", (bar.number, bar.about, bar.least)))
    return report


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LINES] = {}
    config.pluginmanager.register(_Clerk(config.stash[_LINES]))


class _Clerk:
    """Enters every report of a bar's case, also those that come from other processes."""

    def __init__(self, lines: dict[str, Line]) -> None:
        self._lines = lines

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for key, value in report.user_properties:
            if key == "bar" and isinstance(value, tuple | list):
                bar = Bar(*value)
                _enter(self._lines.setdefault(bar.title, Line(bar)), report)
                return


def _enter(line: Line, report: pytest.TestReport) -> None:
    """Enter what this phase of a case says. A case counts once, whichever phase decides."""
    name = report.nodeid.rpartition("/")[2]
    if report.when == "call" and report.passed:
        line.passed += 1
    elif report.when == "teardown" and report.failed:
        line.missed.append(f"{name} (when it was cleared away)")
    elif report.failed:
        line.missed.append(name)
    elif hasattr(report, "wasxfail"):
        line.known.append(f"{name}: {report.wasxfail}")
    elif report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        line.skipped.append(f"{name}: {reason}")
    if report.when == "call":
        for key, value in report.user_properties:
            if key == "figure" and isinstance(value, tuple | list):
                line.measured(Figure(*value))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return  # one of several processes: the first one sees them all
    lines = session.config.stash[_LINES]
    whole = not session.config.option.keyword and not any("::" in a for a in session.config.args)
    if is_shown() and whole and session.exitstatus == 0 and any_short(lines.values()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = config.stash[_LINES]
    if is_shown() and lines:
        terminalreporter.section("faults")
        for line in rendered(lines):
            terminalreporter.line(line)
