"""Health in words, line by line for a person, and as an object for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, timedelta, timezone

from tests.policy.judging import judge
from tests.policy.samples import DAY, GOOD, NOW, but, closed
from tests.policy.situations import SITUATIONS
from tray_app.model.failures import TransportFailure
from tray_app.model.health import ExpectedFailure, LinkName, LinkState, Reason
from tray_app.model.renewal import Availability, Renewing
from tray_app.policy.health import not_set_up
from tray_app.text.health import forecast_line, headline
from tray_app.text.report import iso, report, terminal_headline, terminal_step


def test_secrets_in_plain_text_are_named() -> None:
    health = replace(judge(GOOD), plain_text_store="the file /x/secrets.json")
    lines = report(health, "/home/.env", NOW, UTC)["lines"]
    assert lines[-1] == ["Secrets", "in the file /x/secrets.json, plain text", ""]


def test_a_person_reads_each_link_when_it_was_checked_and_which_env() -> None:
    lines = report(judge(GOOD), "/home/.env", NOW, UTC)["lines"]
    assert lines == [
        ["Service app token", "works until Mon 23 Mar 12:00", "good"],
        ["Its refresh token", "available until Sun 7 Jun 12:00", ""],
        ["Personal access token", "available, expiry unknown", ""],
        ["Integration sign-in", "available until Sun 7 Jun 12:00", ""],
        ["Checked", "11:58", ""],
        [".env", "/home/.env", ""],
    ]


def test_a_failed_check_and_a_failed_renewal_say_why() -> None:
    down = but(
        check_failure=TransportFailure.CONNECTION,
        renewing=Renewing(1, NOW - DAY, TransportFailure.SERVER_ERROR),
    )
    lines = report(judge(down), "/home/.env", NOW, UTC)["lines"]
    assert ["Checked", "11:58: Webex cannot be reached", ""] in lines
    assert ["Last renewal", "failed: Webex answered with an error", ""] in lines


def test_a_dead_link_has_a_bad_tone_and_the_step_is_there() -> None:
    dead = report(
        judge(but(rejected=True, availabilities=closed(Availability.MISSING))), "/x", NOW, UTC
    )
    assert dead["lines"][0] == ["Service app token", "rejected by Webex", "bad"]
    assert dead["step"].startswith("Next (you): ")
    assert report(judge(GOOD), "/x", NOW, UTC)["step"] == ""


def test_the_report_is_json_as_it_is() -> None:
    found = report(judge(GOOD), "/home/.env", NOW, UTC)
    assert json.loads(json.dumps(found)) == found


def test_times_are_utc_in_whole_seconds() -> None:
    at = NOW.astimezone(timezone(timedelta(hours=2))) + timedelta(microseconds=7)
    assert iso(at) == "2026-03-10T12:00:00Z"
    assert iso(None) is None


def test_a_config_that_cannot_be_used_has_no_env_and_no_links() -> None:
    found = report(not_set_up(("serviceApp.appId is missing",)), None, NOW, UTC)
    assert found["lines"] == [["Checked", "Not checked yet", ""]]
    assert (found["object"]["env_file"], found["object"]["links"]) == (None, [])
    assert found["object"]["who"] == "you"


def test_a_program_reads_the_same_in_words_of_its_own() -> None:
    health = replace(
        judge(GOOD), breaks_first=ExpectedFailure(LinkName.DATA_SOURCE, NOW + DAY, "orders")
    )
    found = report(health, "/home/.env", NOW, UTC)["object"]
    links = found.pop("links")
    assert found == {
        "colour": "green",
        "shape": "check",
        "row": health.row,
        "reason": "works",
        "headline": found["headline"],
        "next_step": None,
        "who": None,
        "until": "2026-03-23T12:00:00Z",
        "checked_at": "2026-03-10T11:58:00Z",
        "confirmed_at": "2026-03-10T11:58:00Z",
        "breaks_first": {
            "name": "data-source",
            "subject": "orders",
            "at": "2026-03-11T12:00:00Z",
        },
        "incident": None,
        "env_file": "/home/.env",
    }
    assert found["headline"].startswith("Token works")
    assert links[0] == {
        "name": "service-app-token",
        "state": "works",
        "expires_at": "2026-03-23T12:00:00Z",
        "fingerprint": links[0]["fingerprint"],
        "data_source": None,
    }


def test_where_nothing_breaks_or_it_has_no_name_it_is_null() -> None:
    assert (
        report(replace(judge(GOOD), breaks_first=None), "/x", NOW, UTC)["object"]["breaks_first"]
        is None
    )
    health = replace(judge(GOOD), breaks_first=ExpectedFailure(LinkName.SIGN_IN, None))
    assert report(health, "/x", NOW, UTC)["object"]["breaks_first"] == {
        "name": "integration-sign-in",
        "subject": None,
        "at": None,
    }


def test_what_breaks_first_is_said_once() -> None:
    """In the headline of a green that lasts; else in a line of its own."""
    first = replace(judge(GOOD), breaks_first=ExpectedFailure(LinkName.PERSONAL, NOW + DAY))
    said = forecast_line(first, NOW, UTC)
    assert said
    for health in (first, replace(first, reason=Reason.MEMORY_ONLY, row=10)):
        found = report(health, "/x", NOW, UTC)
        in_headline = said in found["object"]["headline"]
        assert found["forecast"] == ("" if in_headline else said)
        assert in_headline is (health is first)


def test_every_bad_state_has_a_bad_tone() -> None:
    tones = {}
    for state in LinkState:
        (link, *_) = judge(GOOD).links
        health = replace(judge(GOOD), links=(replace(link, state=state),))
        tones[state] = report(health, "/x", NOW, UTC)["lines"][0][2]
    assert {state for state, tone in tones.items() if tone == "good"} == {"works", "under-scoped"}
    assert {state for state, tone in tones.items() if tone == "bad"} == {
        "rejected",
        "expired",
        "forbidden",
        "wrong-client",
        "locked",
        "unsaved",
    }
    assert set(tones.values()) == {"good", "bad", ""}


def test_a_step_and_a_data_source_are_there_for_programs_too() -> None:
    dead = judge(but(rejected=True, availabilities=closed(Availability.MISSING)))
    source = replace(dead.links[0], name=LinkName.DATA_SOURCE, source_id="an-id", label="orders")
    found = report(replace(dead, links=(source,)), "/x", NOW, UTC)
    assert found["object"]["next_step"]
    assert found["object"]["next_step"] in found["step"]
    assert found["object"]["links"][0]["data_source"] == "an-id"
    assert found["lines"][0][0] == "Data source orders"


def test_in_a_terminal_the_next_step_names_its_command() -> None:
    """A page has something to click instead."""
    found = {each.reason: judge(each.facts) for each in SITUATIONS}
    steps = {reason: terminal_step(health, NOW, UTC) for reason, health in found.items()}
    assert steps[Reason.SIGN_IN_ENDED].endswith(": webex-token-tray authorize")
    assert steps[Reason.FOREIGN_ORG].endswith(": webex-token-tray refresh")
    assert ": webex-token-tray data-sources extend " in steps[Reason.SOURCE_ENDING]
    assert steps[Reason.CLOCK_OFF] == "Next (you): Set this machine's clock"
    assert steps[Reason.WORKS] == ""
    new = replace(found[Reason.CONFIG_FAULT], reason=Reason.NOT_SET_UP)
    assert terminal_step(new, NOW, UTC).endswith(": webex-token-tray setup")
    assert "doctor" not in terminal_step(replace(new, reason=Reason.OWN_FAULT), NOW, UTC)


def test_a_failed_check_says_http_status_and_tracking_id() -> None:
    health = replace(judge(GOOD), unanswered=TransportFailure.SERVER_ERROR, trace="HTTP 503, R_1")
    lines = {label: text for label, text, _ in report(health, None, NOW, UTC)["lines"]}
    assert lines["Checked"].endswith(": Webex answered with an error (HTTP 503, R_1)")


def test_a_failed_renewal_says_http_status_and_tracking_id() -> None:
    """It said that Webex had answered with an error, and not with which."""
    failed = Renewing(2, NOW - DAY, TransportFailure.SERVER_ERROR, "HTTP 503, R_1")
    health = judge(but(rejected=True, renewing=failed))
    lines = {label: text for label, text, _ in report(health, None, NOW, UTC)["lines"]}
    assert lines["Last renewal"] == "failed: Webex answered with an error (HTTP 503, R_1)"
    assert terminal_headline(health, NOW, UTC).endswith(
        "renewal fails: Webex answered with an error (HTTP 503, R_1)"
    )
    renewing = replace(health, reason=Reason.RENEWING)
    assert terminal_headline(renewing, NOW, UTC).endswith("(HTTP 503, R_1)")


def test_the_headline_of_a_failed_check_says_them_and_one_about_the_token_does_not() -> None:
    unanswered = but(
        confirmed_at=None, check_failure=TransportFailure.SERVER_ERROR, check_trace="HTTP 503, R_1"
    )
    assert terminal_headline(judge(unanswered), NOW, UTC).endswith("(HTTP 503, R_1)")
    works = replace(judge(GOOD), trace="HTTP 503, R_1")
    assert terminal_headline(works, NOW, UTC) == headline(works, NOW, UTC)
