"""What ids and tokens say about themselves."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import often
from tray_app.model.secret import Secret
from tray_app.model.webex_ids import (
    contradicts,
    decode_id,
    issued_at,
    organization_uuid,
    token_organization,
)

ORG = "1eb65fdf-9643-417f-9974-ad72cae0e10f"
OTHER = "00000000-9643-417f-9974-ad72cae0e10f"


def encoded(uri: str) -> str:
    return base64.urlsafe_b64encode(uri.encode()).decode().rstrip("=")


ORG_ID = encoded(f"ciscospark://us/ORGANIZATION/{ORG}")
APP_ID = encoded("ciscospark://us/APPLICATION/C" + "0a" * 32)


def token(organization: str) -> Secret:
    return Secret(f"{'A' * 64}_PF84_{organization}")


def test_an_id_decodes_to_its_kind_and_its_bare_id() -> None:
    """With or without padding, in any cluster, in either alphabet of base64."""
    assert ORG_ID.startswith("Y2lzY29zcGFyazovL3VzL09SR0FOSVpBVElPTi")
    assert len(ORG_ID) == 87
    assert decode_id(ORG_ID) == ("ORGANIZATION", ORG)
    assert decode_id(ORG_ID + "=") == ("ORGANIZATION", ORG)
    assert decode_id(APP_ID) == ("APPLICATION", "C" + "0a" * 32)
    assert decode_id(encoded("ciscospark://urn:TEAM:eu/PEOPLE/x/y")) == ("PEOPLE", "x/y")
    assert decode_id(encoded("ciscospark://us/ROOM/\u00fb\u00ff?>")) == ("ROOM", "\u00fb\u00ff?>")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "C" + "0a" * 32,
        ORG,
        "äöü",
        "not base64!",
        f"{ORG_ID[:40]} {ORG_ID[40:]}",
        f"{ORG_ID[:40]}    {ORG_ID[40:]}",  # four more do not change the padding
        encoded("https://us/ORGANIZATION/x"),
        encoded("ciscospark://us/ORGANIZATION/"),
        encoded("ciscospark://us/organization/x"),
        encoded("ciscospark://us/ORGANIZATION/x\n"),
        base64.b64encode(b"\xff\xfe\xfd").decode(),
    ],
)
def test_what_is_no_such_id_decodes_to_nothing(text: str) -> None:
    """A client id pasted as appId among them."""
    assert decode_id(text) is None


@pytest.mark.parametrize(
    ("configured", "uuid"),
    [
        (ORG_ID, ORG),
        (ORG, ORG),
        (ORG.upper(), ORG),
        (encoded(f"ciscospark://us/ORGANIZATION/{ORG.upper()}"), ORG),
        (APP_ID, None),
        (encoded(f"ciscospark://us/PEOPLE/{ORG}"), None),
        (encoded("ciscospark://us/ORGANIZATION/consumer"), None),
        (f"{ORG}0", None),
        (f"{ORG}\n", None),
        ("my organization", None),
    ],
)
def test_an_organization_is_known_by_both_forms_of_its_id(
    configured: str, uuid: str | None
) -> None:
    """The bare uuid and the base64 of it; another kind of id is none."""
    assert organization_uuid(configured) == uuid


@pytest.mark.parametrize(
    ("value", "organization"),
    [
        (token(ORG).reveal(), ORG),
        (token(ORG.upper()).reveal(), ORG),
        ("A" * 64, None),
        (f"A_{ORG}", None),
        (f"A_B_C_{ORG}", None),
        ("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", None),
        ("A_B_C", None),
    ],
)
def test_a_token_names_its_organization_in_its_third_field(
    value: str, organization: str | None
) -> None:
    """Other legal forms name none."""
    assert token_organization(Secret(value)) == organization


@pytest.mark.parametrize(
    ("held", "configured", "against"),
    [
        (token(ORG), ORG_ID, False),
        (token(ORG), ORG.upper(), False),
        (token(OTHER), ORG_ID, True),
        (token(OTHER), ORG, True),
        (token(OTHER), "not known to us", False),
        (Secret("A" * 64), ORG_ID, False),
    ],
)
def test_only_two_known_and_different_organizations_contradict(
    held: Secret, configured: str, against: bool
) -> None:
    """Where either does not tell, nothing is held against the token."""
    assert contradicts(held, configured) is against


@often
@given(st.text())
def test_any_text_may_be_asked_about(text: str) -> None:
    """A person may have pasted anything."""
    assert contradicts(Secret(text), text) is False


def jwt(payload: bytes) -> Secret:
    parts = (b'{"alg":"RS256"}', payload, b"signature")
    return Secret(".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts))


@pytest.mark.parametrize("told", [1772452800, 1772452800.0])
def test_a_self_contained_token_says_when_it_was_issued(told: float) -> None:
    claims = json.dumps({"iat": told, "exp": told + 64799, "realm": ORG}).encode()
    assert issued_at(jwt(claims)) == datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "other",
    [
        token(ORG),
        Secret("a.b"),
        Secret("a.b.c"),
        Secret("a.b c.d"),
        jwt(b"no JSON"),
        jwt(b"\xff"),
        jwt(b"[" * 100_000),
        jwt(b"[1]"),
        jwt(b"{}"),
        jwt(b'{"iat": true}'),
        jwt(b'{"iat": "1772452800"}'),
        jwt(b'{"iat": 1e300}'),
        jwt(b'{"iat": NaN}'),
        jwt(b'{"iat": 99999999999999}'),
    ],
)
def test_no_other_token_does(other: Secret) -> None:
    assert issued_at(other) is None
