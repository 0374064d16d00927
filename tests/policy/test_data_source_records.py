"""Data sources as Webex lists them, odd ones included."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import DAY, HOUR, MINUTE, NOW, ORG, often, source_until
from tray_app.model.data_sources import NO_CLAIMS, Claims, DataSource
from tray_app.model.errors import CannotExtend
from tray_app.policy.data_source_records import (
    extension_request,
    in_our_clock,
    is_id,
    mismatch,
    names,
    parse_claims,
    parse_list,
    parse_record,
)

SCHEMA = "5397013b-7920-4ffc-807c-e8a3e0a18f43"
SIGNED = {
    "aud": "Example",
    "sub": "callAudioData",
    "iss": "https://idbroker.webex.com/idb",
    "iat": NOW.timestamp(),
    "exp": NOW.timestamp() + 7200,
    "jti": "a-nonce",
    "com.cisco.datasource.url": "https://byods.example.com/orders",
    "com.cisco.datasource.schema.uuid": SCHEMA,
    "com.cisco.org.uuid": ORG.upper(),
}
CLAIMS = Claims(
    audience="Example",
    subject="callAudioData",
    url="https://byods.example.com/orders",
    schema_id=SCHEMA,
    org_uuid=ORG,
    began=NOW,
    ends=NOW + 2 * HOUR,
)
ID = "8a3f7c1e-0000-4000-8000-0123456789ab"


def jws(claims: object) -> str:
    """A JWS in its compact form, whose signature nobody looks at."""
    text = claims if isinstance(claims, str) else json.dumps(claims)
    payload = base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
    return f"header.{payload}.signature"


FULL: dict[str, Any] = {
    "id": ID,
    "schemaId": SCHEMA,
    "url": "https://byods.example.com/orders",
    "audience": "Example",
    "subject": "callAudioData",
    "nonce": "a-nonce",
    "tokenLifetimeMinutes": 120,
    "status": "active",
    "errorMessage": "",
    "jwsToken": jws(SIGNED),
    "tokenExpiryTime": "2026-03-10T14:00:00Z",
}
LEAN = {name: FULL[name] for name in ("id", "schemaId", "status", "jwsToken")}


def source(**changes: Any) -> DataSource:
    found = parse_record(FULL | changes)
    assert found is not None
    return found


# --- reading --------------------------------------------------------------------------------------


def test_a_record_is_read_with_what_its_token_says() -> None:
    """Each field, and the claims beside them."""
    assert source(errorMessage="why") == DataSource(
        id=ID,
        url="https://byods.example.com/orders",
        schema_id=SCHEMA,
        audience="Example",
        subject="callAudioData",
        status="active",
        error_message="why",
        ends=NOW + 2 * HOUR,
        lifetime=2 * HOUR,
        claims=CLAIMS,
    )


@pytest.mark.parametrize("field", ["jwsToken", "jwtToken"])
def test_what_a_lean_record_leaves_out_is_taken_from_its_token(field: str) -> None:
    """Cisco's own sample has neither audience nor end; the token has both."""
    lean = parse_record({"id": ID, "status": "active", field: jws(SIGNED)})
    assert lean == replace(source(), claims=CLAIMS)


def test_the_record_leads_where_both_speak() -> None:
    """What a person has registered is what is kept."""
    other = source(
        url="https://a.example",
        audience="B",
        subject="c",
        schemaId="d",
        tokenLifetimeMinutes=60,
        tokenExpiryTime="2026-03-10T13:00:00Z",
    )
    assert (other.url, other.audience, other.subject) == ("https://a.example", "B", "c")
    assert (other.schema_id, other.lifetime, other.ends) == ("d", HOUR, NOW + HOUR)
    assert other.claims == CLAIMS


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-10T14:00:00Z", NOW + 2 * HOUR),
        ("2026-03-10T14:00:00.000Z", NOW + 2 * HOUR),
        ("2026-03-10T14:00:00.000000", NOW + 2 * HOUR),
        ("2026-03-10T16:00:00+02:00", NOW + 2 * HOUR),
        ("2199-12-31T23:00:00Z", datetime(2199, 12, 31, 23, tzinfo=UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_utc(text: str, at: datetime) -> None:
    """All three forms have been seen."""
    found = source(tokenExpiryTime=text).ends
    assert found == at
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone cannot be set here")
def test_it_is_utc_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the machine's own time."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert source(tokenExpiryTime="2026-03-10T14:00:00").ends == NOW + 2 * HOUR
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "odd",
    [
        "soon",
        "",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59",
        "2200-01-01",
        1.0,
        None,
        {},
    ],
)
def test_an_end_that_is_no_time_of_ours_counts_as_not_told(odd: object) -> None:
    """The token tells it then; and where that does not either, nobody does."""
    assert source(tokenExpiryTime=odd).ends == NOW + 2 * HOUR
    assert source(tokenExpiryTime=odd, jwsToken=None).ends is None


@pytest.mark.parametrize(
    ("minutes", "life"),
    [
        (1, MINUTE),
        (0.6, MINUTE),
        (1440, DAY),
        (1440.4, DAY),
        (90.0, 90 * MINUTE),
    ],
)
def test_a_lifetime_is_told_in_whole_minutes(minutes: float, life: timedelta) -> None:
    """A minute to a day."""
    assert source(tokenLifetimeMinutes=minutes).lifetime == life


@pytest.mark.parametrize(
    "odd", [0, 0.5, -5, 1440.5, 1441, 1e300, float("nan"), float("inf"), True, "60", [], None]
)
def test_an_absurd_lifetime_counts_as_not_told(odd: object) -> None:
    """The token's own life is taken for it."""
    assert source(tokenLifetimeMinutes=odd).lifetime == 2 * HOUR
    assert source(tokenLifetimeMinutes=odd, jwsToken="").lifetime is None


def test_a_token_that_ends_before_it_began_has_no_life() -> None:
    """Nor one whose beginning is not told."""
    backwards = jws(SIGNED | {"exp": NOW.timestamp() - 60})
    assert source(tokenLifetimeMinutes=None, jwsToken=backwards).lifetime is None
    unborn = jws({name: value for name, value in SIGNED.items() if name != "iat"})
    assert source(tokenLifetimeMinutes=None, jwsToken=unborn).lifetime is None
    for seconds in (20, 30):  # and no life in whole minutes
        brief = jws(SIGNED | {"exp": NOW.timestamp() + seconds})
        assert source(tokenLifetimeMinutes=None, jwsToken=brief).lifetime is None
    endless = jws({name: value for name, value in SIGNED.items() if name != "exp"})
    assert source(tokenLifetimeMinutes=None, jwsToken=endless).lifetime is None


@pytest.mark.parametrize(
    "odd",
    [
        None,
        5,
        "",
        "a.b",
        "a.b.c.d",
        "a.!!!.c",
        "a.é.c",
        jws(SIGNED).replace(".", ".!!!!", 1),
        f"a.{base64.urlsafe_b64encode(bytes([0xFF, 0xFE])).decode()}.c",
        jws("no json"),
        jws("[" * 100_000),
        jws([1]),
        jws({}),
        jws({"aud": 5, "exp": "soon", "iat": True, "com.cisco.org.uuid": []}),
        jws({"exp": 1e300, "iat": -1e18}),
        jws('{"exp": NaN, "iat": Infinity}'),
        jws({"exp": 0, "iat": 99999999999}),
    ],
)
def test_a_token_that_says_nothing_usable_has_no_claims(odd: object) -> None:
    """And never raises."""
    assert parse_claims(odd) == NO_CLAIMS


@pytest.mark.parametrize("length", range(12))
def test_a_payload_of_any_length_is_read(length: int) -> None:
    """Its padding is left out (RFC 7515 §2)."""
    assert parse_claims(jws({"aud": "x" * length})).audience == "x" * length


ODD_ITEMS: list[object] = [
    None,
    5,
    "text",
    [],
    {},
    {"id": 5},
    {"id": ""},
    {"id": "../x"},
    {"id": "a b"},
]


@pytest.mark.parametrize("odd", ODD_ITEMS)
def test_what_is_no_data_source_is_passed_over(odd: object) -> None:
    """The others are read all the same."""
    assert parse_list([odd, FULL]) == (source(),)


@pytest.mark.parametrize("odd", [None, {}, "items", 5])
def test_what_is_no_list_lists_nothing(odd: object) -> None:
    """Which is not the same as an empty one."""
    assert parse_list(odd) is None
    assert parse_list([]) == ()


def test_of_two_records_with_one_id_the_first_counts() -> None:
    """Each data source is there once."""
    assert parse_list([FULL, FULL | {"url": "https://other.example"}]) == (source(),)


@pytest.mark.parametrize("text", [ID, "Y2lz==", "a", "a" * 200, "A.b_c~d-e="])
def test_an_id_is_one_word(text: str) -> None:
    """Uuids today; base64 elsewhere in Webex."""
    assert is_id(text)


@pytest.mark.parametrize("text", ["", " ", "..", "-a", "a/b", "a b", "a\n", "é", "a" * 201, "a?b"])
def test_what_could_lead_elsewhere_is_no_id(text: str) -> None:
    """It becomes a part of an address."""
    assert not is_id(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@often
@given(st.dictionaries(st.sampled_from(sorted(FULL)), json_values), json_values)
def test_no_record_whatever_makes_reading_fail(record: dict[str, Any], claims: object) -> None:
    """And what is made of it can be shown and compared."""
    found = parse_record(FULL | {"jwsToken": jws(claims)} | record)
    if found is not None:
        assert found.name.isprintable()
        assert len(found.name) <= 40
        assert mismatch(found, ORG).isprintable()
        assert found.length is None or found.length > timedelta(0)


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://byods.example.com/orders", "byods.example.com/orders"),
        ("https://byods.example.com/orders/", "byods.example.com/orders"),
        ("https://www.example.com", "example.com"),
        ("https://example.com:443/a", "example.com/a"),
        ("http://example.com:80/a", "example.com/a"),
        ("https://example.com:8443/a", "example.com:8443/a"),
        ("https://user:hunter2@example.com/a?key=hunter2#x", "example.com/a"),
        ("https://example.com/food", "example.com/food"),
        (f"https://example.com/{'a' * 28}", f"example.com/{'a' * 28}"),
        (f"https://example.com/{'a' * 40}", f"example.com/{'a' * 27}…"),
        ("https://example.com/a\u202eb", "example.com/a b"),
        ("https://[bad/a", "8a3f7c1e"),
        ("https://example.com:port/", "8a3f7c1e"),
        ("no address", "8a3f7c1e"),
        ("", "8a3f7c1e"),
    ],
)
def test_a_data_source_is_called_by_its_address(url: str, name: str) -> None:
    """Host and path, without what may be a secret; else by the beginning of its id."""
    assert DataSource(ID, url=url).name == name


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://someone:hunter2@example.com/a?b@c", "https://example.com/a?b@c"),
        ("GRPC+tls://hunter2@example.com", "GRPC+tls://example.com"),
        ("https://a@b@example.com", "https://example.com"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        ("https://example.com", "https://example.com"),
        ("no address", "no address"),
    ],
)
def test_an_address_is_shown_without_user_and_password(url: str, shown: str) -> None:
    """As registered in everything else."""
    assert DataSource(ID, url=url).shown_url == shown


def test_nothing_is_told_of_what_is_only_an_id() -> None:
    """As of one that Webex does not list any more."""
    bare = parse_record({"id": ID})
    assert bare == DataSource(ID)
    assert (bare.url, bare.schema_id, bare.audience, bare.subject) == ("", "", "", "")
    assert (bare.status, bare.error_message, bare.ends, bare.lifetime) == ("", "", None, None)
    assert bare.claims == Claims("", "", "", "", "", None, None)


def test_two_of_one_name_are_told_apart() -> None:
    """By their ids; the others keep their short names."""
    same = "https://a.example"
    sources = [DataSource("1234567890", same), DataSource("abcdefghij", same), DataSource("third")]
    assert names(sources) == {
        "1234567890": "a.example (12345678)",
        "abcdefghij": "a.example (abcdefgh)",
        "third": "third",
    }


# --- life -----------------------------------------------------------------------------------------


def test_the_length_is_that_of_the_present_token() -> None:
    """The lifetime in the record may have been changed since it was signed."""
    assert source(tokenLifetimeMinutes=60).length == 2 * HOUR
    assert source(tokenLifetimeMinutes=60, jwsToken="").length == HOUR
    assert DataSource(ID).length is None
    for unknown in (replace(CLAIMS, began=None), replace(CLAIMS, ends=None)):
        assert replace(source(tokenLifetimeMinutes=60), claims=unknown).length == HOUR
    at_once = replace(source(), claims=replace(CLAIMS, ends=NOW))
    assert at_once.length == 2 * HOUR


@pytest.mark.parametrize(
    ("status", "disabled"), [("disabled", True), ("Disabled", True), ("active", False), ("", False)]
)
def test_one_that_is_switched_off_says_so(status: str, disabled: bool) -> None:
    """In whatever case."""
    assert source(status=status).is_disabled is disabled


def test_ends_are_put_into_our_clocks_terms() -> None:
    """Webex tells them by its own, and ours may be wrong."""
    sources = (source(), DataSource(ID))
    ahead = in_our_clock(sources, HOUR)
    assert ahead is not None
    assert [found.ends for found in ahead] == [NOW + HOUR, None]
    assert in_our_clock(sources, timedelta(0)) is sources
    assert in_our_clock(None, HOUR) is None


# --- record and token -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "org", "sentence"),
    [
        ({}, ORG, ""),
        ({}, "not an organization", ""),
        ({"jwsToken": ""}, ORG, ""),
        (
            {},
            ORG.replace("1f", "2f"),
            f"its token is of organization {ORG}, the config says {ORG.replace('1f', '2f')}",
        ),
        (
            {"schemaId": "x"},
            ORG,
            f"its token names the schema {SCHEMA}, its record x",
        ),
        (
            {"url": "https://byods.example.com/orders/"},
            ORG,
            (
                "its token names the URL https://byods.example.com/orders, its record"
                " https://byods.example.com/orders/"
            ),
        ),
        (
            {"audience": "example"},
            ORG,
            "its token names the audience Example, its record example",
        ),
    ],
)
def test_a_contradiction_is_one_sentence(changes: dict[str, Any], org: str, sentence: str) -> None:
    """To the letter, as receivers compare."""
    assert mismatch(source(**changes), org) == sentence


# --- what is sent for a new token -----------------------------------------------------------------

KEPT = {
    "schemaId": SCHEMA,
    "url": "https://byods.example.com/orders",
    "audience": "Example",
    "subject": "callAudioData",
    "nonce": "fresh",
    "tokenLifetimeMinutes": 120,
    "status": "active",
}


@pytest.mark.parametrize("record", [FULL, LEAN], ids=["full", "lean"])
def test_everything_is_kept_but_the_nonce(record: dict[str, Any]) -> None:
    """Whichever of the two it is known from."""
    found = parse_record(record)
    assert found is not None
    assert extension_request(found, "fresh") == KEPT
    assert extension_request(found, "fresh", 5) == KEPT | {"tokenLifetimeMinutes": 5}


def test_a_status_that_is_not_told_is_not_sent() -> None:
    """Else it might be us who enables one."""
    assert "status" not in extension_request(source(status=""), "fresh")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "disabled"}, "it is disabled, and stays so; enable it at Webex first"),
        (
            {"status": "DISABLED", "errorMessage": "moving"},
            "it is disabled (moving), and stays so; enable it at Webex first",
        ),
        ({"status": "odd\n"}, "its status is odd, not active"),
        (
            {"tokenLifetimeMinutes": None, "jwsToken": ""},
            "Webex does not report its lifetime: choose one with --minutes",
        ),
        ({"audience": None, "jwsToken": ""}, "Webex does not report its audience"),
        (
            {"audience": None, "url": None, "jwsToken": ""},
            "Webex does not report its url and audience",
        ),
    ],
)
def test_what_could_not_be_kept_is_not_sent(changes: dict[str, Any], why: str) -> None:
    """One sentence says why."""
    with pytest.raises(CannotExtend) as raised:
        extension_request(source(**changes), "fresh")
    assert str(raised.value) == why


def test_a_lifetime_that_a_person_names_needs_none_of_before() -> None:
    """It is theirs to say."""
    unknown = source(tokenLifetimeMinutes=None, jwsToken="")
    assert extension_request(unknown, "fresh", 30)["tokenLifetimeMinutes"] == 30


def test_a_sample_is_as_good_as_its_record() -> None:
    """The samples of the health table agree with themselves."""
    assert mismatch(source_until(NOW), ORG) == ""
