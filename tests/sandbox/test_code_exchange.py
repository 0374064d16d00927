"""What a code needs beside it, how often it works, and what is left of it when a reply is lost."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
import requests

from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.registrations import Integration
from tray_app.sandbox.server import Sandbox

if TYPE_CHECKING:
    from tests.sandbox.caller import Caller

# RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def _code(caller: Caller, challenge: str = CHALLENGE, method: str = "S256") -> str:
    return caller.decide("allow", code_challenge=challenge, code_challenge_method=method)["code"]


@pytest.mark.parametrize(
    ("challenge", "method", "verifier", "status"),
    [
        (CHALLENGE, "S256", VERIFIER, 200),
        (CHALLENGE + "=", "S256", VERIFIER, 400),
        (CHALLENGE.swapcase(), "S256", VERIFIER, 400),
        (CHALLENGE, "S256", "", 400),
        (CHALLENGE, "S256", CHALLENGE, 400),
        (CHALLENGE, "S256", VERIFIER[:-1] + "l", 400),
        (CHALLENGE, "plain", VERIFIER, 400),
        (VERIFIER, "plain", VERIFIER, 200),
        (VERIFIER, "plain", VERIFIER.lower(), 400),
        (VERIFIER, "plain", "", 400),
        ("a" * 128, "plain", "a" * 128, 200),
        ("a" * 129, "plain", "a" * 129, 400),
        ("a" * 42, "plain", "a" * 42, 400),
        ("a" * 43 + "+", "plain", "a" * 43 + "+", 400),
    ],
)
def test_the_verifier_must_be_that_of_the_challenge(
    caller: Caller, challenge: str, method: str, verifier: str, status: int
) -> None:
    response = caller.exchange(_code(caller, challenge, method), code_verifier=verifier)
    assert response.status_code == status
    if status == 400:
        assert "code_verifier" in response.json()["message"]


@pytest.mark.parametrize("length", [43, 64, 128])
def test_a_verifier_of_any_lawful_length_fits_its_own_challenge(
    caller: Caller, length: int
) -> None:
    verifier = ("AZaz09-._~" * 13)[:length]
    digest = sha256(verifier.encode()).digest()
    challenge = urlsafe_b64encode(digest).decode().rstrip("=")
    assert caller.exchange(_code(caller, challenge), code_verifier=verifier).ok


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:3000/callback/",
        "http://127.0.0.1:3000/callback",
        "http://localhost:3000/Callback",
        "http://LOCALHOST:3000/callback",
        "http://localhost:3001/callback",
        "https://localhost:3000/callback",
        "http://localhost:3000/callback?",
    ],
)
def test_the_address_of_the_exchange_is_compared_by_exact_string(
    caller: Caller, address: str
) -> None:
    response = caller.exchange(caller.decide("allow")["code"], redirect_uri=address)
    assert response.status_code == 400
    assert "redirect_uri" in response.json()["message"]


@pytest.mark.parametrize("uri", ["http://localhost:3000/cb", "http://127.0.0.1:3000/cb"])
def test_another_registered_address_is_not_that_of_the_code(
    webex: Sandbox, caller: Caller, uri: str
) -> None:
    both = ("http://localhost:3000/cb", "http://127.0.0.1:3000/cb")
    webex.integration = Integration(redirect_uris=both)
    (other,) = set(both) - {uri}
    first, second = (caller.decide("allow", redirect_uri=uri)["code"] for _ in range(2))
    assert caller.exchange(first, redirect_uri=other).status_code == 400
    assert caller.exchange(second, redirect_uri=uri).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": ""},
        {"code_verifier": VERIFIER[::-1]},
        {"code_verifier": VERIFIER, "redirect_uri": "http://localhost:3000/other"},
    ],
    ids=["no verifier", "wrong verifier", "wrong address"],
)
def test_a_failed_exchange_spends_the_code(caller: Caller, changes: dict[str, str]) -> None:
    code = _code(caller)
    assert caller.exchange(code, **changes).status_code == 400
    retried = caller.exchange(code, code_verifier=VERIFIER)
    assert retried.status_code == 400
    assert retried.json()["message"] == "The code is expired, used or invalid"


def test_a_wrong_secret_does_not_reach_the_code(caller: Caller) -> None:
    code = _code(caller)
    wrong = caller.exchange(code, code_verifier=VERIFIER, client_secret="0" * 64)
    assert wrong.status_code == 401
    assert caller.exchange(code, code_verifier=VERIFIER).status_code == 200


def test_an_expired_code_is_dead_even_with_its_verifier(webex: Sandbox, caller: Caller) -> None:
    code = _code(caller)
    webex.clock.advance(webex.lifetimes.code)
    assert caller.exchange(code, code_verifier=VERIFIER).status_code == 400


def test_a_code_is_worth_nothing_to_another_integration(webex: Sandbox, caller: Caller) -> None:
    own, code = webex.integration, _code(caller)
    webex.integration = Integration()
    assert caller.exchange(code, code_verifier=VERIFIER).status_code == 400
    webex.integration = own
    assert caller.exchange(_code(caller), code_verifier=VERIFIER).status_code == 200


def test_several_integrations_each_with_its_own_codes(webex: Sandbox, caller: Caller) -> None:
    another = Integration(redirect_uris=("http://localhost:3000/another",))
    webex.more_integrations.append(another)
    mine = {"client_id": another.client_id, "redirect_uri": another.redirect_uris[0]}
    code = caller.decide("allow", **mine)["code"]
    secret = {"client_secret": another.client_secret}
    assert caller.exchange(code, **mine, **secret).status_code == 200
    theirs = caller.decide("allow")["code"]
    assert caller.exchange(theirs, client_id=another.client_id, **secret).status_code == 400
    wrong = caller.request_of(client_id=another.client_id)
    assert "The redirect_uri is not registered" in caller.get("/authorize", **wrong).text


def test_a_code_survives_an_outage_and_a_rate_limit(webex: Sandbox, caller: Caller) -> None:
    code = _code(caller)
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.unavailable())
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.rate_limited(30))
    answers = [caller.exchange(code, code_verifier=VERIFIER) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 429, 200]
    assert answers[1].headers["Retry-After"] == "30"
    assert [request.status for request in webex.requests[1:]] == [503, 429, 200]


@pytest.mark.parametrize(
    "fault", [Fault.unavailable().after_acting(), Fault.truncated_json()], ids=["503", "half"]
)
def test_a_spoilt_reply_has_spent_the_code(webex: Sandbox, caller: Caller, fault: Fault) -> None:
    code = _code(caller)
    webex.faults.next(Kind.CODE_EXCHANGE, fault)
    caller.exchange(code, code_verifier=VERIFIER)
    assert caller.exchange(code, code_verifier=VERIFIER).status_code == 400


def test_a_lost_reply_has_spent_the_code(webex: Sandbox, caller: Caller) -> None:
    code = _code(caller)
    webex.faults.next(Kind.CODE_EXCHANGE, Fault.lost_reply())
    with pytest.raises(requests.ConnectionError):
        caller.exchange(code, code_verifier=VERIFIER)
    assert caller.exchange(code, code_verifier=VERIFIER).status_code == 400
    exchanges = [request for request in webex.requests if request.kind is Kind.CODE_EXCHANGE]
    assert [request.status for request in exchanges] == [None, 400]


def test_people_me_has_faults_of_its_own(webex: Sandbox, caller: Caller) -> None:
    token = webex.issue_personal_token()
    webex.faults.next(Kind.PEOPLE_ME, Fault.unavailable())
    webex.faults.next(Kind.PEOPLE_ME, Fault.rate_limited())
    assert caller.get("/dataSources/schemas", token).status_code == 200
    answers = [caller.get("/people/me", token).status_code for _ in range(3)]
    assert answers == [503, 429, 200]


def test_the_browser_can_meet_an_outage_as_well(webex: Sandbox, caller: Caller) -> None:
    webex.faults.next(Kind.AUTHORIZE, Fault.unavailable())
    webex.faults.next(Kind.DECISION, Fault.unavailable(502))
    assert caller.get("/authorize", **caller.request_of()).status_code == 503
    form = caller.request_of() | {"decision": "allow"}
    assert caller.post("/authorize", form).status_code == 502
    assert caller.decide("allow")["code"]
