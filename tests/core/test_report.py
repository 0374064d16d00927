"""Health in words: for programs as the schema says, for a person line by line."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.core.judging import judge
from tests.core.samples import DAY, GOOD, NOW, but, closed, often
from tests.core.strategies import facts
from tray_app.core.answers import Trouble
from tray_app.core.health import not_set_up
from tray_app.core.model import (
    Colour,
    Facts,
    Health,
    LinkName,
    LinkState,
    Renewing,
    Shape,
    Standing,
    Who,
)
from tray_app.core.report import iso, report

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "assets/schemas/status.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


def said(health: Health) -> dict[str, Any]:
    return report(health, "/work/.env", NOW, UTC)["object"]


def undescribed(found: dict[str, Any]) -> set[str]:
    """The keys that the schema does not name."""
    described = SCHEMA["properties"]
    links = {key for link in found["links"] for key in link}
    first = set(found["breaks_first"] or ()) - described["breaks_first"]["properties"].keys()
    missing = links - SCHEMA["$defs"]["link"]["properties"].keys()
    return {*(found.keys() - described.keys()), *missing, *first}


@given(facts)
@often
def test_whatever_is_so_the_schema_describes_it(found: Facts) -> None:
    judged = said(judge(found))
    VALIDATOR.validate(judged)
    assert not undescribed(judged)


def test_a_config_that_cannot_be_used_is_described_too() -> None:
    judged = report(not_set_up(("serviceApp.appId is missing",)), None, NOW, UTC)
    VALIDATOR.validate(judged["object"])
    assert judged["object"]["env_file"] is None
    assert judged["lines"] == [["Checked", "Not checked yet", ""]]


@pytest.mark.parametrize(
    ("name", "members"),
    [("colour", Colour), ("shape", Shape), ("who", [*Who, None])],
)
def test_the_schema_lists_what_there_is_and_no_more(name: str, members: Any) -> None:
    assert SCHEMA["properties"][name]["enum"] == list(members)


def test_the_schema_lists_every_link_and_state() -> None:
    kinds = SCHEMA["$defs"]
    assert set(kinds["name"]["enum"]) == set(LinkName)
    assert set(kinds["link"]["properties"]["state"]["enum"]) == set(LinkState)


def test_a_person_reads_each_link_when_it_was_checked_and_which_env() -> None:
    lines = report(judge(GOOD), "/work/.env", NOW, UTC)["lines"]
    assert lines == [
        ["Service app token", "works until Mon 23 Mar 12:00", "good"],
        ["Its refresh token", "present until Sun 7 Jun 12:00", ""],
        ["Personal access token", "present, end not known", ""],
        ["Integration sign-in", "present until Sun 7 Jun 12:00", ""],
        ["Checked", "11:58", ""],
        [".env", "/work/.env", ""],
    ]


def test_a_failed_check_and_a_failed_renewal_say_why() -> None:
    down = but(
        probe_trouble=Trouble.CONNECTION, renewing=Renewing(1, NOW - DAY, Trouble.SERVER_ERROR)
    )
    lines = report(judge(down), "/work/.env", NOW, UTC)["lines"]
    assert ["Checked", "11:58: Webex cannot be reached", ""] in lines
    assert ["Last renewal", "failed: Webex has an error of its own", ""] in lines


def test_a_dead_link_has_a_bad_tone_and_the_step_is_there() -> None:
    dead = report(judge(but(rejected=True, standings=closed(Standing.MISSING))), "/x", NOW, UTC)
    assert dead["lines"][0] == ["Service app token", "rejected by Webex", "bad"]
    assert dead["step"].startswith("Next (you): ")
    assert report(judge(GOOD), "/x", NOW, UTC)["step"] == ""


def test_the_report_is_json_as_it_is() -> None:
    found = report(judge(GOOD), "/work/.env", NOW, UTC)
    assert json.loads(json.dumps(found)) == found


def test_times_are_utc_in_whole_seconds() -> None:
    at = NOW.astimezone(timezone(timedelta(hours=2))) + timedelta(microseconds=7)
    assert iso(at) == "2026-03-10T12:00:00Z"
    assert iso(None) is None
