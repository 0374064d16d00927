"""A config for Webex for Government: said at once, before and whatever it answers."""

from __future__ import annotations

import sys

import pytest

from tests.cli.conftest import Program

SENTENCE = "Webex for Government (api-usgov.webex.com) does not support service apps: "
THERE = {
    "WEBEX_API_BASE": "https://api-usgov.webex.com/v1",
    "https_proxy": "http://127.0.0.1:9",  # nothing listens: it is not asked
}


def test_a_command_that_asks_says_so_once(program: Program) -> None:
    for command in (["status"], ["refresh", "--if-due"]):
        assert program(*command, **THERE).stderr.count(SENTENCE) == 1
    assert SENTENCE not in program("status").stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the terminal is Linux's")
def test_setup_says_so_before_its_first_question(program: Program) -> None:
    from tests.terminal import in_terminal

    environ = program.environ | THERE
    with in_terminal(["setup"], environ, program.folder, is_forked=True) as person:
        person.expect("Ctrl-C changes nothing")
        person.expect(SENTENCE)


def test_doctor_says_so_and_what_helps(program: Program) -> None:
    lines = program("doctor", **THERE).stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if SENTENCE in line)
    assert lines[at].startswith("warning  webex ")
    assert "without --api-base and WEBEX_API_BASE" in lines[at + 1]
