"""The checks side by side: one that hangs or fails is a line like any other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tests.cli.doctor.subject import Subject, the_one
from tests.other_thread import needs_pthread_kill, seconds_until_heard
from tray_app.cli.doctor import config_checks, runner
from tray_app.cli.doctor.finding import Finding, Grade, Target, fault, ok, warning
from tray_app.cli.doctor.output import as_object, as_text, worst
from tray_app.cli.doctor.runner import CONFIG_CHECKS, PROFILE_CHECKS, TOPICS, run_checks
from tray_app.sandbox.server import Sandbox


def test_every_topic_has_its_place(subject: Subject) -> None:
    """A profile that works has every topic, in the order of the list."""
    topics = [finding.topic for finding in run_checks(subject.target)]
    assert list(dict.fromkeys(topics)) == list(TOPICS)


def test_a_check_that_hangs_holds_up_none_of_the_others(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def hangs(target: Target) -> Iterator[Finding]:
        release.wait(30)
        yield ok("dns", str(target))

    monkeypatch.setitem(runner.PROFILE_CHECKS, "dns", hangs)
    found = run_checks(subject.target, timeout=2)
    release.set()
    assert the_one(found, "dns").message == "does not answer"
    assert {finding.topic for finding in found} == set(TOPICS)


@needs_pthread_kill
def test_a_signal_that_another_thread_gets_ends_the_wait_for_a_check() -> None:
    """Ctrl-C was heard up to 20 seconds later, if a check hung."""
    call, deadline = Future[None](), time.monotonic() + 60
    assert seconds_until_heard(lambda: runner._result("dns", call, deadline)) < 30


def test_offline_is_one_fault(subject: Subject) -> None:
    """The name, the handshake and the answer were a fault each."""
    subject.api_base = "https://webexapis.invalid/v1"
    bad = [it for it in run_checks(subject.target) if it.grade is Grade.FAULT]
    assert [it.topic for it in bad] == ["dns"]


def test_a_dead_token_leads_to_what_keeps_it_dead(subject: Subject, webex: Sandbox) -> None:
    """To refresh it would fail without the client secret."""
    webex.revoke_service_access()
    assert the_one(run_checks(subject.target), "token").remedy == "webex-token-tray refresh"
    subject.change("serviceApp", clientSecret=None)
    assert the_one(run_checks(subject.target), "token").remedy == "see secrets"


def test_a_check_that_fails_is_a_fault_and_no_traceback(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(target: Target) -> Iterator[Finding]:
        raise RuntimeError(target)

    monkeypatch.setitem(runner.PROFILE_CHECKS, "tray", fails)
    found = the_one(run_checks(subject.target), "tray")
    assert (found.grade, found.message) == (Grade.FAULT, "could not be checked (RuntimeError)")


def test_a_config_that_cannot_be_read_in_time_leaves_the_rest(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(config_checks, "check_config", lambda _: release.wait(30))
    found = run_checks(subject.target, timeout=1)
    release.set()
    assert the_one(found, "config").grade is Grade.FAULT
    assert {"dns", "versions"} <= {finding.topic for finding in found}
    assert not set(CONFIG_CHECKS) & {finding.topic for finding in found}


def test_without_a_config_what_needs_none_is_looked_at(subject: Subject) -> None:
    subject.profile.config_path.unlink()
    topics = {finding.topic for finding in run_checks(subject.target)}
    assert topics == {"config", "clock", *PROFILE_CHECKS}


FINDINGS = [
    ok("config", "/x/token-config.json"),
    warning("keyring", "none", "start one"),
    fault("clock", "12 minutes behind", "set it"),
    fault("dns", "not found", "check the network"),
]


def test_the_text_has_a_line_each_with_the_remedy_below_and_a_sum() -> None:
    assert as_text(FINDINGS).splitlines() == [
        "ok       config       /x/token-config.json",
        "warning  keyring      none",
        "                      → start one",
        "fault    clock        12 minutes behind",
        "                      → set it",
        "fault    dns          not found",
        "                      → check the network",
        "",
        "2 faults, 1 warning.",
    ]
    assert as_text(FINDINGS[:1]).endswith("All is well.")


def test_the_worst_is_what_counts() -> None:
    assert [worst(FINDINGS[:n]).weight for n in (1, 2, 3)] == [0, 1, 2]
    assert as_object(FINDINGS[:2]) == {
        "worst": "warning",
        "findings": [
            {"topic": "config", "grade": "ok", "says": "/x/token-config.json", "remedy": None},
            {"topic": "keyring", "grade": "warning", "says": "none", "remedy": "start one"},
        ],
    }
