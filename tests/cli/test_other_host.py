"""A terminal that asks another Webex than the tray: it says so, and the records stay the tray's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.test_forget import kept
from tests.profile import Profile, full_profile
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.store import KEYRING
from tray_app.system.single_instance import Instance

RUNS, RAN = "The tray or watch of this config uses ", "This config was last used at "


@pytest.fixture
def there() -> Iterator[dict[str, str]]:
    """Surroundings with another Webex, which knows nothing of this one's tokens."""
    with Sandbox() as other:
        yield {"WEBEX_API_BASE": other.api_base}


@pytest.mark.parametrize("runs", [True, False])
def test_what_another_webex_says_is_not_recorded_as_the_trays(
    program: Program, profile: Profile, webex: Sandbox, there: dict[str, str], runs: bool
) -> None:
    """Nor is a secret called missing without a word of where it is."""
    assert program.as_tray().returncode == 0
    history = program("history").stdout
    with ExitStack() as stack:
        if runs:
            stack.enter_context(Instance(program.folders.locks, profile.config_path).acquire())
        for _ in range(2):  # the first one leaves the records as they are
            done = program("status", **there)
            assert done.returncode != 0
            said = RUNS if runs else RAN
            assert f"{said}{webex.api_base}; this command uses {there['WEBEX_API_BASE']}" in (
                done.stderr
            )
            assert f"add --api-base {webex.api_base}" in done.stderr
        assert program("history").stdout == history
        asked = len(webex.requests)
        assert program("status", "--max-age", "5m").stdout.startswith("green")
        assert len(webex.requests) == asked


def test_what_another_webex_rejects_is_not_rejected_here(
    program: Program, profile: Profile, webex: Sandbox, there: dict[str, str]
) -> None:
    """Nothing was running, so a command that renews took the records over, and its verdicts."""
    config = profile.config_path.read_text()
    assert program.as_tray().returncode == 0
    profile.config_path.write_text(config)  # its secrets are presented there, too, and refused
    assert program("refresh", **there).returncode != 0
    webex.go_down()
    program.as_tray()
    said = program("status").stdout
    assert said.startswith("green: Token works")
    assert "rejected" not in said
    webex.come_back()
    assert program("refresh").stdout.startswith("Renewed with the service app's refresh token.")


@pytest.fixture
def other(program: Program, profile: Profile, webex: Sandbox, tmp_path: Path) -> Profile:
    """A second profile; both were checked by the tray."""
    (tmp_path / "other").mkdir()
    made = full_profile(tmp_path / "other", webex, webex.add_customer())
    for name, it in (("acme", profile), ("byte", made)):
        assert program.as_tray(str(it.config_path)).returncode == 0
        program("profiles", "add", name, str(it.config_path))
    return made


@pytest.mark.usefixtures("other")
def test_so_it_is_with_several_profiles(
    program: Program, webex: Sandbox, there: dict[str, str]
) -> None:
    """They share a database in one process."""
    both = ("--profile", "acme", "--profile", "byte")
    history = program("--profile", "acme", "history").stdout
    assert program(*both, "status", **there).returncode != 0
    assert program("--profile", "acme", "history").stdout == history
    asked = len(webex.requests)
    assert program("--profile", "acme", "status", "--max-age", "5m").stdout.startswith("green")
    assert len(webex.requests) == asked


@pytest.mark.usefixtures("other")
def test_what_is_forgotten_there_is_forgotten(program: Program, there: dict[str, str]) -> None:
    """Of all the records, those in memory alone were removed. The other one keeps the database."""
    assert program("forget", "--yes", **there).returncode == 0
    assert "No events" in program("history").stderr


def test_forget_all_is_for_every_webex_that_was_asked(program: Program, profile: Profile) -> None:
    """What was kept for another `--api-base` stayed."""
    config = profile.config_path.read_text()
    with Sandbox() as another, Sandbox() as third:
        program.as_tray(WEBEX_API_BASE=another.api_base)
        profile.config_path.write_text(config)
        program.as_tray()
        profile.config_path.write_text(config)
        with Instance(program.folders.locks, profile.config_path).acquire():
            program("refresh", WEBEX_API_BASE=third.api_base)
    program.as_tray()
    hosts = {name.partition("/")[0] for name in kept(program)}
    assert len(hosts) == 3
    listed = program("forget", "--all", typed="n\n").stdout
    assert all(f"({KEYRING}: {host}/" in listed for host in hosts)
    assert program("forget", "--all", "--yes").returncode == 0
    assert kept(program) == set()
    assert len(listed.splitlines()) == len(set(listed.splitlines()))


def test_doctor_says_so_too(program: Program, webex: Sandbox, there: dict[str, str]) -> None:
    assert program.as_tray().returncode == 0
    lines = program("doctor", **there).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if RAN in line)
    assert lines[at].startswith("warning  webex ")
    assert f"add --api-base {webex.api_base}" in lines[at + 1]
    secrets = next(
        i for i, line in enumerate(lines) if "serviceApp.clientSecret is neither" in line
    )
    assert lines[secrets + 1].endswith("see webex")


def test_a_command_that_renews_takes_the_records_over(
    program: Program, webex: Sandbox, there: dict[str, str]
) -> None:
    """If the tray does not run: the config may have moved there for good."""
    assert program.as_tray().returncode == 0
    assert RAN in program("refresh", "--if-due", **there).stderr
    assert RAN not in program("status", **there).stderr
    assert f"{RAN}{there['WEBEX_API_BASE']}" in program("status").stderr
