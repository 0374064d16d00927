"""Single fields of token-config.json set in place: every other byte stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray_app.config import json_edit
from tray_app.config.json_file import parse_object
from tray_app.model.errors import ConfigError

APP = "serviceApp.appId"
PATH = Path("token-config.json")


def set_fields(raw: bytes, wanted: dict[str, object]) -> bytes:
    return json_edit.set_fields(raw, PATH, wanted)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"serviceApp": {"appId": "old"}}', '{"serviceApp": {"appId": "new"}}'),
        ('{"serviceApp":{"appId" :\t"old" ,"x":1}}', '{"serviceApp":{"appId" :\t"new" ,"x":1}}'),
        ('{"serviceApp": {}}', '{"serviceApp": {\n  "appId": "new"\n}}'),
        ('{"serviceApp": {"x": 1}}', '{"serviceApp": {"x": 1, "appId": "new"}}'),
        (
            '{\n\t"serviceApp": {\n\t\t"x": 1\n\t}\n}\n',
            '{\n\t"serviceApp": {\n\t\t"x": 1,\n\t\t"appId": "new"\n\t}\n}\n',
        ),
        (
            '{\r\n  "x": "a {"\r\n}\r\n',
            '{\r\n  "x": "a {",\r\n  "serviceApp": {\r\n    "appId": "new"\r\n  }\r\n}\r\n',
        ),
        ("", '{\n  "serviceApp": {\n    "appId": "new"\n  }\n}\n'),
        ('\ufeff{"serviceApp": {"appId": "old"}}', '\ufeff{"serviceApp": {"appId": "new"}}'),
        ('{"serviceApp": null}', None),
        ('{"serviceApp": {"appId": "a", "appId": "b"}}', None),
        ('{"serviceApp": {"appId": "a"}, "serviceApp": {"appId": "b"}}', None),
    ],
)
def test_a_field_is_set_where_it_stands_or_last_in_its_section(
    before: str, after: str | None
) -> None:
    """Of a name that stands twice the last one counts, as for every reader of JSON."""
    got = set_fields(before.encode(), {APP: "new"}).decode()
    assert json.loads(got.removeprefix("\ufeff"))["serviceApp"]["appId"] == "new"
    if after is not None:
        assert got == after


def test_nothing_wanted_keeps_the_bytes() -> None:
    odd = b'{ "a" :[1,\n2 ] }'
    assert set_fields(odd, {}) == odd


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "line 1"),
        (b"[]", "not a JSON object"),
        (b"\xff", "UTF-8"),
        (b'{"serviceApp": "x"}', "serviceApp must be an object"),
    ],
)
def test_what_is_no_config_is_refused_in_a_sentence(raw: bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        set_fields(raw, {APP: "new"})


def test_the_error_does_not_carry_the_document() -> None:
    """A traceback must not show what stands in the file."""
    with pytest.raises(ConfigError) as caught:
        parse_object(b'{"clientSecret": "s3cret"', PATH)
    assert caught.value.__context__ is None


NAMES = st.text(max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
SECTION = st.dictionaries(st.sampled_from(["appId", "x", 'q"']), VALUES, max_size=3)


@given(
    root=st.dictionaries(NAMES, VALUES, max_size=3),
    section=SECTION | st.none(),
    indent=st.sampled_from([None, 1, 4, "\t"]),
    value=st.text(max_size=8),
)
def test_whatever_the_document_only_the_field_is_another(
    root: dict[str, Any], section: dict[str, Any] | None, indent: int | str | None, value: str
) -> None:
    if section is not None:
        root |= {"serviceApp": section}
    root.setdefault("serviceApp", {})
    if not isinstance(root["serviceApp"], dict):
        return
    raw = json.dumps(root, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        got = set_fields(raw, {APP: value})
    except ConfigError:  # a lone surrogate is no UTF-8
        return
    assert json.loads(got) == root | {"serviceApp": root["serviceApp"] | {"appId": value}}
