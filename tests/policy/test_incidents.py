"""The status feed: when it is asked, and which incident is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import NOW, often
from tray_app.model.failures import TransportFailure
from tray_app.model.incident import Incident
from tray_app.policy.incidents import may_explain, parse_incidents, still_counts

BEGAN = datetime(2026, 9, 14, 20, 45, 36, 847000, UTC)
ASKING = {TransportFailure.SERVER_ERROR, TransportFailure.CONNECTION, TransportFailure.TIMEOUT}


def listed(name: str = "APIs fail", **changes: Any) -> dict[str, Any]:
    """An incident in the feed's format: the fields of a response of September 2026 that count."""
    return {
        "name": name,
        "incidentType": "INCIDENT",
        "commercial": True,
        "fedRAMP": False,
        "impact": "minor",
        "status": "monitoring",
        "start_at": "2026-09-14T20:45:36.847Z",
        "created_at": "2026-09-14T20:50:00.000Z",
        "resolved_at": None,
        **changes,
    }


def parsed(*incidents: object) -> Incident | None:
    return parse_incidents({"incidents": list(incidents)})


@pytest.mark.parametrize("failure", [None, *TransportFailure])
def test_it_is_asked_if_webex_fails_and_not_if_the_machine_has_no_network(
    failure: TransportFailure | None,
) -> None:
    assert may_explain(failure) == (failure in ASKING)


@pytest.mark.parametrize(("age", "counts"), [(-1, False), (0, True), (899, True), (900, False)])
def test_an_answer_counts_for_a_quarter_of_an_hour(age: int, counts: bool) -> None:
    assert still_counts(NOW - timedelta(seconds=age), NOW) == counts


def test_an_incident_has_a_name_and_a_start() -> None:
    assert parsed(listed()) == Incident("APIs fail", BEGAN)
    unclassified = listed()
    del unclassified["incidentType"]
    assert parsed(unclassified) == Incident("APIs fail", BEGAN)


def test_without_incidents_there_is_none() -> None:
    assert parsed() is None


@pytest.mark.parametrize("body", [{}, {"incidents": None}, {"incidents": {}}, {"status": "ok"}])
def test_what_is_no_feed_says_nothing(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^no list of incidents$"):
        parse_incidents(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "resolved"},
        {"status": "completed"},
        {"resolved_at": "2026-09-14T21:00:00.000Z"},
        {"incidentType": "MAINTENANCE"},
        {"commercial": False},
    ],
)
def test_what_is_over_planned_or_of_another_cloud_does_not_count(changes: dict[str, Any]) -> None:
    assert parsed(listed(**changes)) is None


def test_of_several_the_worst_is_named_and_the_others_are_counted() -> None:
    later = "2026-09-15T08:00:00Z"
    found = parsed(
        listed("slow", start_at=later),
        listed("down", impact="critical"),
        listed("bad", impact="major", start_at=later),
        "no object",
    )
    assert found == Incident("down", BEGAN, 2)


def test_of_equal_ones_the_newest_is_named() -> None:
    later = parsed(listed("old"), listed("new", start_at="2026-09-15T08:00:00Z"), listed("older"))
    assert later is not None
    assert later.name == "new"
    undated = listed("undated", start_at=None, created_at=None)
    dated = parsed(undated, listed("dated", start_at="1970-01-01T00:00:00.500Z"))
    assert dated is not None
    assert dated.name == "dated"


@pytest.mark.parametrize("impact", ["odd", None, []])
def test_an_unknown_impact_is_the_least(impact: object) -> None:
    least = parsed(listed("odd", impact=impact, start_at="2026-09-15T08:00:00Z"), listed("known"))
    assert least is not None
    assert least.name == "known"


@pytest.mark.parametrize(
    ("start", "created", "since"),
    [
        (None, "2026-09-14T20:45:36.847Z", BEGAN),
        ("soon", "2026-09-14T22:45:36.847+02:00", BEGAN),
        ("2026-09-14T20:45:36", None, None),  # of an unknown zone
        ("0001-01-01T00:00:00+23:00", None, None),
        (5, [], None),
        ("2026-09-14T20:45:36.84700000000000+00:00 and a text", None, BEGAN),  # 40 characters
    ],
)
def test_a_start_is_a_time_with_a_zone(
    start: object, created: object, since: datetime | None
) -> None:
    found = parsed(listed(start_at=start, created_at=created, impact=None))
    assert found == Incident("APIs fail", since)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31mb\r\nc\u202ed", "a [31mb c d"),
        ("x" * 5000, "x" * 200),
        (" " * 999 + "xy", "x"),  # no more is read
        ("", "without a name"),
        ("\x1b", "without a name"),
        (None, "without a name"),
    ],
)
def test_a_name_is_one_printable_line(name: object, shown: str) -> None:
    assert parsed(listed() | {"name": name}) == Incident(shown, BEGAN)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
_keys = st.sampled_from(list(listed()))


@given(st.lists(st.dictionaries(_keys, _json, max_size=9) | _json, max_size=4))
@often
def test_whatever_the_feed_says_the_name_can_be_shown(incidents: list[object]) -> None:
    found = parsed(*incidents)
    if found is not None:
        assert found.name.isprintable()
        assert len(found.name) <= 200
