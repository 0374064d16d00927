"""Each format of an output: where the tokens are found, what takes their place, what stays."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import pair
from tray_app.model.credentials import Pair
from tray_app.model.secret import Secret
from tray_app.storage.dotenv_format import DotenvFormat
from tray_app.storage.format import CannotPlace, Contents, Format
from tray_app.storage.json_format import JsonFormat
from tray_app.storage.whole_formats import PlainFormat, TemplateFormat

NEW = Pair(Secret("new-access" * 4), Secret("new-refresh"))
A, R = "new-access" * 4, "new-refresh"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WEBEX = f"{'a' * 64}_P0A1_12345678-1234-1234-1234-123456789abc"

OWN_NAMES = DotenvFormat("WEBEX_ACCESS_TOKEN", "")
JSON = JsonFormat("/webex/token", "/webex/refresh")
PLAIN = PlainFormat()
SHELL = TemplateFormat(
    "export T='{{access_token}}'\nexport R='{{ refresh_token }}'\n# {{access_token}}\n"
)


def placed(form: Format, text: str, new: Pair = NEW, expires_at: datetime | None = None) -> str:
    return form.place(text, Contents(new, expires_at))


def refused(form: Format, text: str) -> str:
    with pytest.raises(CannotPlace) as caught:
        placed(form, text)
    return str(caught.value)


# --- variables of one's own -------------------------------------------------------------------


def test_only_the_variables_that_are_named_are_touched() -> None:
    """Not even the usual ones."""
    text = "WEBEX_SERVICE_APP_ACCESS_TOKEN=other\nexport WEBEX_ACCESS_TOKEN='old' # mine\n"
    assert placed(OWN_NAMES, text) == text.replace("'old'", A)
    assert OWN_NAMES.tokens(text) == ("old", None)
    assert OWN_NAMES.candidates(text) == ("old",)
    assert OWN_NAMES.has_names(text)
    assert OWN_NAMES.is_ours(text)


def test_a_variable_that_is_not_there_is_appended() -> None:
    assert placed(OWN_NAMES, "A=1") == f"A=1\nWEBEX_ACCESS_TOKEN={A}\n"
    assert not OWN_NAMES.has_names("A=1")
    assert OWN_NAMES.candidates("A=1") == ()


def test_the_refresh_token_stays_as_it_is_if_there_is_no_new_one() -> None:
    form = DotenvFormat("T", "R")
    assert placed(form, "T=x\nR=y\n", Pair(NEW.access, None)) == f"T={A}\nR=y\n"
    assert placed(form, "T=x\nR=y\n") == f"T={A}\nR={R}\n"


# --- JSON -------------------------------------------------------------------------------------

DOCUMENT = """{
    "name": "app",  "webex": {"token": "old", "n": 1.50, "refresh" : null},
\t"list": [1,2 , {"x": "\\u00e9"}],
    "big": 123456789012345678901234567890
}
"""


def test_only_the_two_strings_of_a_document_change() -> None:
    """Numbers, spaces and escapes stay, byte for byte."""
    wanted = DOCUMENT.replace('"old"', f'"{A}"').replace("null", f'"{R}"')
    assert placed(JSON, DOCUMENT) == wanted
    assert JSON.tokens(wanted) == (A, R)
    assert placed(JSON, wanted) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", f'{{\n  "webex": {{\n    "token": "{A}"\n  }}\n}}\n'),
        ("\ufeff", f'{{\n  "webex": {{\n    "token": "{A}"\n  }}\n}}\n'),
        ('{"webex": {}}', f'{{"webex": {{\n  "token": "{A}"\n}}}}'),
        ('{"webex": { }}', f'{{"webex": {{ "token": "{A}" }}}}'),
        ('{"webex": {\n\n}}\n', f'{{"webex": {{\n  "token": "{A}"\n\n}}}}\n'),
        ('{"webex": null, "b": 1}', f'{{"webex": {{\n  "token": "{A}"\n}}, "b": 1}}'),
        ('{"a": 1}', f'{{"a": 1, "webex": {{\n    "token": "{A}"\n  }}}}'),
        (
            '{\r\n\t"a": 1\r\n}\r\n',
            f'{{\r\n\t"a": 1,\r\n\t"webex": {{\r\n\t\t"token": "{A}"\r\n\t}}\r\n}}\r\n',
        ),
        ('\ufeff{"webex":{"token":7}}', f'\ufeff{{"webex":{{"token":"{A}"}}}}'),
        ('{"webex":{"token":1,"token":2}}', f'{{"webex":{{"token":1,"token":"{A}"}}}}'),
        ('{"webex":1,"webex":{"token":""}}', f'{{"webex":1,"webex":{{"token":"{A}"}}}}'),
    ],
)
def test_what_is_missing_is_made_in_the_manner_of_the_rest(text: str, wanted: str) -> None:
    """Of two with one name the last counts, as for every reader."""
    form = JsonFormat("/webex/token", "")
    assert placed(form, text) == wanted
    assert form.tokens(wanted) == (A, None)


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/a~1b/c~0d", '{"a/b": {"c~d": "old"}}'),
        ("/list/1/token", '{"list": [0, {"token": "old"}]}'),
        ("/list/1", '{"list": [0, "old"]}'),
        ("/0/", '[{"": "old"}]'),
        ("/01", '{"01": "old"}'),
    ],
)
def test_a_pointer_leads_through_objects_and_lists(pointer: str, text: str) -> None:
    """RFC 6901."""
    form = JsonFormat(pointer, "")
    assert form.tokens(text) == ("old", None)
    assert form.has_names(text)
    assert placed(form, text) == text.replace("old", A)


@pytest.mark.parametrize(
    ("pointer", "text", "because"),
    [
        ("/a", "{", "not valid JSON (line 1, column 2)"),
        ("/a", '{"a": NaN}', "it is not valid JSON"),
        ("/a", "[" * 200_000, "it is not valid JSON"),
        ("/a", "9" * 5000, "it is not valid JSON"),
        ("/a", '"text"', "it is no JSON object"),
        ("/a", '{"a": {"b": 1}}', "at /a is an object or a list"),
        ("/a", '{"a": [1]}', "at /a is an object or a list"),
        ("/a/b", '{"a": "text"}', "/a/b leads through something that is no object"),
        ("/a/2", '{"a": [1, 2]}', "/a/2 leads through something that is no object"),
        ("/a/-", '{"a": [1, 2]}', "/a/- leads through something that is no object"),
        ("/a/01", '{"a": [1, 2]}', "/a/01 leads through something that is no object"),
        ("/a/²", '{"a": [1, 2, 3]}', "/a/² leads through something that is no object"),
    ],
)
def test_a_document_that_has_no_place_for_it_is_left_alone(
    pointer: str, text: str, because: str
) -> None:
    form = JsonFormat(pointer, "")
    assert because in refused(form, text)
    assert form.tokens(text) == (None, None)
    assert form.candidates(text) == ()


def test_what_would_be_read_otherwise_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the cause: what is to be written is read first."""
    monkeypatch.setattr("tray_app.storage.json_format.set_value", lambda text, *_: text)
    assert "cannot be placed safely" in refused(JSON, DOCUMENT)
    monkeypatch.setattr("tray_app.storage.dotenv_format._HEAD", re.compile("$^"))
    assert "cannot be placed safely" in refused(OWN_NAMES, "WEBEX_ACCESS_TOKEN=old\n")


def test_what_is_no_json_holds_none_of_our_names() -> None:
    assert not JSON.is_format("A=1")
    assert not JSON.has_names("A=1")
    assert not JSON.is_ours('{"webex": {}}')
    assert JSON.is_format("[]")
    assert JSON.is_ours('{"webex": {"refresh": 1}}')
    assert JSON.tokens('{"webex": {"token": 1, "refresh": 2}}') == (None, None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(
    document=st.dictionaries(st.text(max_size=3), json_values, max_size=4),
    keys=st.lists(st.text(max_size=3), min_size=1, max_size=3),
    indent=st.sampled_from([None, 0, 2, "\t"]),
)
def test_any_document_means_the_same_but_for_the_token(
    document: dict[str, object], keys: list[str], indent: int | str | None
) -> None:
    pointer = "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)
    form, text = JsonFormat(pointer, ""), json.dumps(document, indent=indent)
    try:
        new = placed(form, text)
    except CannotPlace:
        return
    expected = json.loads(text)
    here = expected
    for key in keys[:-1]:
        if isinstance(here, list):
            here = here[int(key)]
        else:
            if here.get(key) is None:
                here[key] = {}
            here = here[key]
    here[int(keys[-1]) if isinstance(here, list) else keys[-1]] = A
    assert json.loads(new) == expected
    assert form.tokens(new)[0] == A


def test_an_error_holds_nothing_of_the_document() -> None:
    """The document may hold other secrets, and errors get into logs."""
    with pytest.raises(CannotPlace) as caught:
        placed(JSON, '{"secret": "hunter2" oops')
    found: BaseException | None = caught.value
    while found is not None:
        assert "hunter2" not in repr(vars(found)) + repr(found)
        found = found.__context__


# --- the token alone ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", A),
        (" \n", A),
        ("old", A),
        ("old\n", f"{A}\n"),
        ("\ufeff old\r\n\r\n", f"\ufeff {A}\r\n\r\n"),
        ("\ufeff\ufeff", f"\ufeff{A}"),
    ],
)
def test_a_plain_file_is_the_token_with_the_space_that_was_around_it(
    text: str, wanted: str
) -> None:
    """A new one has no line end: a reader may put all of it into a header."""
    assert placed(PLAIN, text) == wanted
    assert PLAIN.tokens(wanted) == (A, None)
    assert PLAIN.candidates(wanted) == (A,)


def test_a_plain_file_with_more_than_a_word_is_left_alone() -> None:
    assert "more than a token" in refused(PLAIN, "two words")
    assert PLAIN.tokens("two words") == (None, None)
    assert PLAIN.candidates("two words") == ()
    assert not PLAIN.has_names("two words")
    assert not PLAIN.is_ours("two words")
    assert not PLAIN.is_format("two words")


def test_a_word_is_taken_for_a_token_by_its_length_and_for_webex_s_by_its_form() -> None:
    """A host name, say, is not written over; a link is followed to a token of Webex only."""
    assert not PLAIN.is_format("localhost")
    assert PLAIN.has_names("localhost")
    assert PLAIN.is_format("x" * 32)
    assert not PLAIN.is_format("x" * 31 + "\u00e9")
    assert not PLAIN.is_ours("x" * 64)
    assert PLAIN.is_ours(WEBEX)
    assert PLAIN.is_format(WEBEX)


# --- a template -----------------------------------------------------------------------------------


def test_a_template_s_placeholders_are_replaced_and_nothing_else() -> None:
    """No expression, no command: `{{ .Values.x }}`, `$x` and `%x` are text."""
    form = TemplateFormat(
        "{{access_token}} {{ .Values.x }} $(id) %s {refresh_token}\r\n{{\texpires_at }}"
    )
    assert placed(form, "whatever", expires_at=NOON) == (
        f"{A} {{{{ .Values.x }}}} $(id) %s {{refresh_token}}\r\n2026-03-02T12:00:00Z"
    )


def test_the_expiry_is_utc_and_empty_if_unknown() -> None:
    form = TemplateFormat("{{access_token}}|{{expires_at}}|{{refresh_token}}")
    east = NOON.astimezone(timezone(timedelta(hours=2)))
    assert placed(form, "", expires_at=east) == f"{A}|2026-03-02T12:00:00Z|{R}"
    assert placed(form, "", Pair(NEW.access, None)) == f"{A}||"


def test_a_template_with_an_unknown_or_no_placeholder_is_refused() -> None:
    assert "{{acces_token}}; there are {{access_token}}" in refused(
        TemplateFormat("{{access_token}} {{acces_token}}"), ""
    )
    assert "no {{access_token}}" in refused(TemplateFormat("{{expires_at}}"), "")
    assert TemplateFormat("{{acces_token}}").tokens("x") == (None, None)


def test_what_a_template_has_made_is_known_again_and_nothing_else() -> None:
    """Another file would be lost, so it is not written over."""
    for new in (NEW, Pair(Secret("x"), None)):
        made = placed(SHELL, "", new)
        assert SHELL.is_ours(made)
        assert SHELL.is_format(made)
        assert SHELL.tokens(made)[0] == new.access.reveal()
    assert not SHELL.is_ours("export T='a'\nexport R='b'\n# c\n")  # two different ones
    assert not SHELL.is_ours("alias ll='ls -l'\n")
    assert not SHELL.has_names(placed(SHELL, ""))


def test_after_an_edit_of_the_template_the_token_is_still_found() -> None:
    """So the file can be written anew."""
    assert SHELL.candidates(f"# earlier\nT={A};") == (A,)


def test_a_search_for_what_a_template_has_made_soon_ends() -> None:
    """The length of the text leaves some thousand lengths of the tokens to try, not millions."""
    form = TemplateFormat("a{{access_token}}a{{refresh_token}}a{{access_token}}a{{expires_at}}b")
    assert 1000 < max(len(form._lengths(total)) for total in range(0, 7000, 97)) <= 2 * 2048
    assert form.tokens("a" * 5000) == (None, None)
    assert form.tokens("a" * 100_000) == (None, None)


def test_of_two_tokens_without_anything_between_the_first_is_as_long_as_it_can_be() -> None:
    form = TemplateFormat("{{refresh_token}}{{access_token}}{{expires_at}}")
    assert form.tokens("abcd") == ("d", "abc")
    assert form.tokens("") == (None, None)


tokens = st.from_regex(re.compile(r"[A-Za-z0-9\-._~+/]{1,80}={0,2}"), fullmatch=True)


@given(access=tokens, refresh=tokens, around=st.lists(st.text(max_size=9), min_size=4, max_size=4))
def test_whatever_stands_around_a_template_s_own_file_is_known_again(
    access: str, refresh: str, around: list[str]
) -> None:
    names = ("{{access_token}}", "{{refresh_token}}", "{{expires_at}}")
    text = around[0] + "".join(n + t for n, t in zip(names, around[1:], strict=True))
    form = TemplateFormat(text)
    try:
        made = placed(form, "", Pair(Secret(access), Secret(refresh)), NOON)
    except CannotPlace:
        return
    assert form.is_ours(made)
    assert access in made
    assert refresh in made


def test_every_format_writes_a_pair_of_the_samples() -> None:
    new = pair("zz")
    for form in (OWN_NAMES, JSON, PLAIN, SHELL):
        text = placed(form, "", new)
        assert form.tokens(text)[0] == new.access.reveal()
        assert placed(form, text, new) == text
