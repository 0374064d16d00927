"""Data sources over HTTP: registered, read, changed, deleted, and signed for."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.sandbox.caller import SECONDS
from tests.sandbox.conftest import NOON
from tray_app.sandbox.datasources import Registration
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.switches import Switches

if TYPE_CHECKING:
    from tests.sandbox.caller import Caller
    from tray_app.sandbox.server import Sandbox

READ, WRITE = "spark-admin:datasource_read", "spark-admin:datasource_write"
SCHEMA = "5397013b-7920-4ffc-807c-e8a3e0a18f43"
WANTED: dict[str, Any] = {
    "schemaId": SCHEMA,
    "url": "https://gateway.example:443/audio",
    "audience": "VoiceGateway",
    "subject": "callAudioData",
    "nonce": "nonce-1",
    "tokenLifetimeMinutes": 60,
}
CISCO_SAMPLE = {
    "id",
    "schemaId",
    "orgId",
    "applicationId",
    "status",
    "jwsToken",
    "createdBy",
    "createdAt",
}


class _Client:
    """A service app that looks after its data sources, with a token of its own."""

    def __init__(self, webex: Sandbox) -> None:
        self.webex = webex
        self.token = webex.issue_service_pair().access

    def send(
        self, method: str, path: str = "/dataSources", body: object = None
    ) -> requests.Response:
        return requests.request(
            method,
            self.webex.api_base + path,
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=SECONDS,
        )

    def registered(self, **changes: object) -> dict[str, Any]:
        response = self.send("POST", body=WANTED | changes)
        assert response.status_code == 200
        body: dict[str, Any] = response.json()
        return body

    def one(self, source_id: str, method: str = "GET", body: object = None) -> requests.Response:
        return self.send(method, f"/dataSources/{source_id}", body)


@pytest.fixture
def client(webex: Sandbox) -> _Client:
    return _Client(webex)


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _claims(jws: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(_decoded(jws.split(".")[1]))
    return claims


def _keys(webex: Sandbox, jws: str) -> list[dict[str, str]]:
    """The key set, found as a receiver of the JWS finds it."""
    address = _claims(jws)["iss"] + "/oauth2/v2/keys/verificationjwk"
    assert address.startswith(webex.origin)
    keys: list[dict[str, str]] = requests.get(address, timeout=SECONDS).json()["keys"]
    return keys


def test_what_was_registered_can_be_read_alone_and_in_the_list(client: _Client) -> None:
    made = client.registered()
    assert {name: made[name] for name in WANTED} == WANTED
    assert made["status"] == "active"
    assert made["applicationId"] == client.webex.service_app.client_id
    assert made["orgId"] == client.webex.service_app.org_uuid
    assert client.one(made["id"]).json() == made
    assert client.send("GET").json() == {"items": [made]}


def test_the_reply_to_a_registration_may_be_a_201(client: _Client) -> None:
    client.webex.switches = Switches(data_source_created_status=201)
    assert client.send("POST", body=WANTED).status_code == 201


def test_the_jws_says_what_was_registered_and_until_when(client: _Client) -> None:
    made = client.registered()
    claims = _claims(made["jwsToken"])
    assert claims == {
        "aud": "VoiceGateway",
        "sub": "callAudioData",
        "iss": f"{client.webex.origin}/idb",
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 3600,
        "jti": "nonce-1",
        "com.cisco.datasource.url": WANTED["url"],
        "com.cisco.datasource.schema.uuid": SCHEMA,
        "com.cisco.org.uuid": client.webex.service_app.org_uuid,
    }
    assert datetime.fromisoformat(made["tokenExpiryTime"]) == NOON + timedelta(hours=1)


def test_the_jws_is_signed_by_the_key_in_the_set(client: _Client) -> None:
    jws = client.registered()["jwsToken"]
    (key,) = _keys(client.webex, jws)
    signed, _, signature = jws.rpartition(".")
    assert json.loads(_decoded(jws.split(".")[0])) == {
        "kid": key["kid"],
        "typ": "JWT",
        "alg": "RS256",
    }
    modulus, exponent = (int.from_bytes(_decoded(key[name])) for name in ("n", "e"))
    assert modulus.bit_length() == 2048
    opened = pow(int.from_bytes(_decoded(signature)), exponent, modulus).to_bytes(256)
    assert opened.startswith(b"\x00\x01\xff\xff")
    assert opened.endswith(sha256(signed.encode()).digest())


def test_an_independent_library_verifies_the_jws(client: _Client) -> None:
    hashes = pytest.importorskip("cryptography.hazmat.primitives.hashes")
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    padding = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.padding")
    jws = client.registered()["jwsToken"]
    (key,) = _keys(client.webex, jws)
    numbers = (int.from_bytes(_decoded(key[name])) for name in ("e", "n"))
    signed, _, signature = jws.rpartition(".")
    rsa.RSAPublicNumbers(*numbers).public_key().verify(
        _decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def test_a_new_nonce_brings_a_new_jws_with_a_new_expiry(client: _Client) -> None:
    made = client.registered()
    client.webex.clock.advance(timedelta(minutes=50))
    response = client.one(made["id"], "PUT", WANTED | {"nonce": "nonce-2"})
    changed = response.json()
    assert response.status_code == 200
    assert (changed["id"], changed["createdAt"]) == (made["id"], made["createdAt"])
    assert _claims(changed["jwsToken"])["jti"] == "nonce-2"
    assert datetime.fromisoformat(changed["tokenExpiryTime"]) == NOON + timedelta(minutes=110)
    assert client.one(made["id"]).json() == changed


def test_the_same_nonce_changes_the_registration_and_not_the_jws(client: _Client) -> None:
    made = client.registered()
    client.webex.clock.advance(timedelta(minutes=50))
    changed = client.one(made["id"], "PUT", WANTED | {"audience": "Other"}).json()
    assert changed["audience"] == "Other"
    assert changed["jwsToken"] == made["jwsToken"]
    assert changed["tokenExpiryTime"] == made["tokenExpiryTime"]


def test_disabling_needs_a_reason_which_enabling_takes_away(client: _Client) -> None:
    made = client.registered()
    refused = client.one(made["id"], "PUT", WANTED | {"status": "disabled"})
    assert refused.status_code == 400
    assert "errorMessage" in refused.json()["message"]
    reason = {"status": "disabled", "errorMessage": "under repair"}
    disabled = client.one(made["id"], "PUT", WANTED | reason).json()
    assert (disabled["status"], disabled["errorMessage"]) == ("disabled", "under repair")
    enabled = client.one(made["id"], "PUT", WANTED | reason | {"status": "active"}).json()
    assert enabled["status"] == "active"
    assert "errorMessage" not in enabled


def test_a_status_left_out_stays(client: _Client) -> None:
    made = client.registered()
    client.one(made["id"], "PUT", WANTED | {"status": "disabled", "errorMessage": "why"})
    kept = client.one(made["id"], "PUT", WANTED | {"errorMessage": "why"}).json()
    assert kept["status"] == "disabled"


def test_what_is_deleted_is_gone(client: _Client) -> None:
    kept, made = client.registered(), client.registered()
    response = client.one(made["id"], "DELETE")
    assert (response.status_code, response.content) == (204, b"")
    assert client.send("GET").json() == {"items": [kept]}
    for method, body in (("GET", None), ("PUT", WANTED), ("DELETE", None)):
        gone = client.one(made["id"], method, body)
        assert gone.status_code == 404
        assert gone.json()["trackingId"]


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"tokenLifetimeMinutes": 1441}, "tokenLifetimeMinutes"),
        ({"tokenLifetimeMinutes": 0}, "tokenLifetimeMinutes"),
        ({"tokenLifetimeMinutes": "60"}, "tokenLifetimeMinutes"),
        ({"tokenLifetimeMinutes": True}, "tokenLifetimeMinutes"),
        ({"tokenLifetimeMinutes": None}, "tokenLifetimeMinutes"),
        ({"schemaId": "unknown"}, "schemaId"),
        ({"schemaId": None}, "schemaId"),
        ({"url": "gateway.example"}, "url"),
        ({"audience": ""}, "audience"),
        ({"subject": None}, "subject"),
        ({"nonce": ["a"]}, "nonce"),
    ],
)
def test_a_wrong_field_is_named_and_changes_nothing(
    client: _Client, changes: dict[str, Any], about: str
) -> None:
    made = client.registered()
    for response in (
        client.send("POST", body=WANTED | changes),
        client.one(made["id"], "PUT", WANTED | {"nonce": "new"} | changes),
    ):
        assert response.status_code == 400
        assert response.json()["message"].startswith(about)
    assert client.send("GET").json() == {"items": [made]}


def test_a_status_of_its_own_making_is_refused(client: _Client) -> None:
    made = client.registered()
    assert client.one(made["id"], "PUT", WANTED | {"status": "paused"}).status_code == 400


@pytest.mark.parametrize("body", [None, [], "text"])
def test_a_body_that_is_no_object_is_refused(client: _Client, body: object) -> None:
    assert client.send("POST", body=body).status_code == 400


def test_a_whole_day_and_a_single_minute_are_allowed(client: _Client) -> None:
    for minutes in (1, 1440):
        claims = _claims(client.registered(tokenLifetimeMinutes=minutes)["jwsToken"])
        assert claims["exp"] - claims["iat"] == minutes * 60


@pytest.mark.parametrize(
    ("scope", "reads", "writes"), [(READ, 200, 403), (WRITE, 403, 200), ("spark:all", 403, 403)]
)
def test_reading_and_writing_have_a_scope_each(
    client: _Client, scope: str, reads: int, writes: int
) -> None:
    made = client.registered()
    client.webex.switches = Switches(service_scopes=frozenset({scope}))
    client.token = client.webex.issue_service_pair().access
    assert client.send("GET").status_code == reads
    assert client.one(made["id"]).status_code == reads
    assert client.send("POST", body=WANTED).status_code == writes
    assert client.one(made["id"], "PUT", WANTED).status_code == writes
    assert client.one(made["id"], "DELETE").status_code == {200: 204}.get(writes, writes)


def test_a_dead_token_may_do_nothing(client: _Client) -> None:
    made = client.registered()
    client.webex.revoke_service_access()
    answers = [
        client.send("GET"),
        client.send("POST", body=WANTED),
        client.one(made["id"]),
        client.one(made["id"], "PUT", WANTED),
        client.one(made["id"], "DELETE"),
    ]
    assert [answer.status_code for answer in answers] == [401] * 5


def test_a_lean_reply_leaves_it_to_the_jws_to_say_what_was_registered(client: _Client) -> None:
    client.webex.switches = Switches(lean_data_sources=True)
    made = client.registered()
    changed = client.one(made["id"], "PUT", WANTED | {"nonce": "nonce-2"}).json()
    for body in (
        made,
        changed,
        client.one(made["id"]).json(),
        client.send("GET").json()["items"][0],
    ):
        assert body.keys() == CISCO_SAMPLE
    claims = _claims(changed["jwsToken"])
    assert (claims["aud"], claims["sub"], claims["jti"]) == (
        "VoiceGateway",
        "callAudioData",
        "nonce-2",
    )


def test_times_say_that_they_are_utc_unless_they_are_naive(client: _Client) -> None:
    made = client.registered()
    assert made["createdAt"] == "2026-03-01T12:00:00.000Z"
    assert made["tokenExpiryTime"] == "2026-03-01T13:00:00.000Z"
    client.webex.switches = Switches(naive_timestamps=True)
    naive = client.one(made["id"]).json()
    assert naive["createdAt"] == "2026-03-01T12:00:00.000000"
    assert naive["tokenExpiryTime"] == "2026-03-01T13:00:00.000000"


def test_the_slash_at_the_end_is_optional_everywhere(client: _Client) -> None:
    made = client.registered()
    assert client.send("POST", "/dataSources/", WANTED).status_code == 200
    assert client.send("GET", f"/dataSources/{made['id']}/").json() == made
    assert client.send("GET", f"/dataSources/schemas/{SCHEMA}/").json()["id"] == SCHEMA


def test_a_schema_can_be_read_alone_by_any_live_token(webex: Sandbox, caller: Caller) -> None:
    token = webex.issue_personal_token()
    assert caller.get(f"/dataSources/schemas/{SCHEMA}", token).json()["id"] == SCHEMA
    assert caller.get("/dataSources/schemas/unknown", token).status_code == 404
    assert caller.get(f"/dataSources/schemas/{SCHEMA}").status_code == 401


def test_one_registered_by_hand_is_like_any_other(client: _Client) -> None:
    source = client.webex.register_data_source("https://example.com/a")
    body = client.one(source.id).json()
    assert _claims(body["jwsToken"])["com.cisco.datasource.url"] == "https://example.com/a"
    assert client.one(source.id, "PUT", WANTED).status_code == 200


def test_each_call_is_recorded_and_can_fail_by_itself(client: _Client) -> None:
    made = client.registered()
    client.webex.faults.next(Kind.DATA_SOURCE_UPDATE, Fault.lost_reply())
    client.one(made["id"])
    with pytest.raises(requests.ConnectionError):
        client.one(made["id"], "PUT", WANTED | {"nonce": "nonce-2"})
    assert _claims(client.one(made["id"]).json()["jwsToken"])["jti"] == "nonce-2"
    client.one(made["id"], "DELETE")
    assert [request.kind for request in client.webex.requests] == [
        Kind.DATA_SOURCE_CREATE,
        Kind.DATA_SOURCE,
        Kind.DATA_SOURCE_UPDATE,
        Kind.DATA_SOURCE,
        Kind.DATA_SOURCE_DELETE,
    ]


def test_what_is_gone_cannot_be_updated(webex: Sandbox) -> None:
    source = webex.register_data_source("https://example.com/a")
    assert webex.data_sources.delete(source.id)
    assert webex.data_sources.update(source.id, Registration("https://example.com/b")) is None
    assert list(webex.data_sources) == []


def test_no_repr_shows_the_jws(webex: Sandbox) -> None:
    source = webex.register_data_source("https://example.com/a")
    assert source.jws not in repr(source)
    assert source.jws not in repr(list(webex.data_sources))
