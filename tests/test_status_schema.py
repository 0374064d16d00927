"""The schema of `status --json`, which programs rely on, and what is said: neither without the
other."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from tests.policy.judging import judge
from tests.policy.samples import NOW, often
from tests.policy.strategies import facts
from tray_app.model.health import Fixer, Health, LinkName, LinkState, Observations
from tray_app.model.signs import Colour, Shape
from tray_app.policy.health import not_set_up
from tray_app.text.report import report

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "assets/schemas/status.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


def said(health: Health) -> dict[str, Any]:
    return report(health, "/home/.env", NOW, UTC)["object"]


def undescribed(found: dict[str, Any]) -> set[str]:
    """The keys that the schema does not name."""
    described = SCHEMA["properties"]
    links = {key for link in found["links"] for key in link}
    first = set(found["breaks_first"] or ()) - described["breaks_first"]["properties"].keys()
    missing = links - SCHEMA["$defs"]["link"]["properties"].keys()
    return {*(found.keys() - described.keys()), *missing, *first}


@given(facts)
@often
def test_whatever_is_so_the_schema_describes_it(found: Observations) -> None:
    judged = said(judge(found))
    VALIDATOR.validate(judged)
    assert not undescribed(judged)


def test_a_config_that_cannot_be_used_is_described_too() -> None:
    judged = report(not_set_up(("serviceApp.appId is missing",)), None, NOW, UTC)
    VALIDATOR.validate(judged["object"])
    assert judged["object"]["env_file"] is None


@pytest.mark.parametrize(
    ("name", "members"),
    [("colour", Colour), ("shape", Shape), ("who", [*Fixer, None])],
)
def test_the_schema_lists_what_there_is_and_no_more(name: str, members: Any) -> None:
    assert SCHEMA["properties"][name]["enum"] == list(members)


def test_the_schema_lists_every_link_and_state() -> None:
    kinds = SCHEMA["$defs"]
    assert set(kinds["name"]["enum"]) == set(LinkName)
    assert set(kinds["link"]["properties"]["state"]["enum"]) == set(LinkState)
