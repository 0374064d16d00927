"""`token`: the token and nothing else, and what is said beside it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox


def test_it_prints_the_token_of_env_and_nothing_else(program: Program, profile: Profile) -> None:
    program("refresh")
    done = program("token")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{profile.env_access()}\n"


def test_what_a_fresh_check_vouches_for_costs_no_request(program: Program, webex: Sandbox) -> None:
    program("refresh")
    asked = len(webex.requests)
    assert program("token").returncode == 0
    assert len(webex.requests) == asked


def test_a_dead_token_is_renewed(program: Program, profile: Profile, webex: Sandbox) -> None:
    program("status")
    webex.revoke_service_access()
    before = profile.env_access()
    done = program("token")
    assert done.returncode == 0
    assert done.stdout == f"{profile.env_access()}\n"
    assert profile.env_access() != before


def test_a_token_that_nothing_renews_is_not_printed_and_the_next_step_is(
    program: Program, webex: Sandbox
) -> None:
    program.as_tray()
    webex.revoke_all()
    done = program("token")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Webex token rejected: sign-in needed. Next (you): Sign in through the browser:"
        " webex-token-tray authorize.\n"
    )


def test_a_dead_token_whose_renewal_webex_does_not_answer_is_exit_2(
    program: Program, webex: Sandbox
) -> None:
    program("status")
    webex.revoke_service_access()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.unavailable())
    done = program("token")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Webex answered with an error (HTTP 503, ROUTER_" in done.stderr


def test_offline_it_prints_what_is_not_known_to_be_dead_with_a_warning(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    program.as_tray()
    webex.go_down(Fault.dropped())
    done = program("token", "--min-ttl", "13d23h59m59s")
    assert done.returncode == 0
    assert done.stdout == f"{profile.env_access()}\n"
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", ["10", "ten minutes", "-5m"])
def test_a_length_that_is_none_is_exit_64_and_one_sentence(program: Program, wrong: str) -> None:
    done = program("token", "--min-ttl", wrong)
    assert (done.returncode, done.stdout) == (64, "")
    assert "is not a duration; write it as 90s, 10m, 2h or 1d." in done.stderr


def test_a_config_that_cannot_be_used_is_exit_78(program: Program, profile: Profile) -> None:
    profile.config_path.write_text("{}")
    done = program("token")
    assert (done.returncode, done.stdout) == (78, "")
    assert "serviceApp.appId is missing" in done.stderr
