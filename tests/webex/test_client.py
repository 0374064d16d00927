"""The four calls, over real sockets: what each answer means, and what never follows from it."""

from __future__ import annotations

import base64
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

import pytest

from tests.raw_server import RawServer, reply
from tests.samples import everything_shown
from tests.webex.sessions import session_of
from tray_app.model.credentials import ServiceApp
from tray_app.model.errors import Refused, Unreachable, WebexError
from tray_app.model.failures import Refusal, TransportFailure
from tray_app.model.responses import Grant, Verdict
from tray_app.model.secret import Secret
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import ErrorShape, RefreshPolicy, Switches
from tray_app.webex.client import RequestLimits, Webex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PORTAL = b"<html><head><title>Hotel</title></head><body>Please sign in.</body></html>"
TRACKED = {"Trackingid": "ROUTER_62E068B0-1"}
SECRET, TOKEN = Secret("CANARYsecret0123456789+/x"), Secret("CANARYtoken0123456789")
APP = ServiceApp("app-id", "client-id", SECRET, "org-id")


@pytest.fixture
def raw(raw_server: RawServer) -> Iterator[Webex]:
    """The adapter, speaking to a server of raw bytes."""
    with closing(Webex(raw_server.base, limits=RequestLimits(read=2))) as adapter:
        yield adapter


def check(webex: Webex) -> object:
    return webex.check(TOKEN)


def refresh(webex: Webex) -> Grant:
    return webex.refresh("client-id", SECRET, TOKEN)


def mint(webex: Webex) -> Grant:
    return webex.mint(APP, SECRET, TOKEN)


CALLS: list[Callable[[Webex], object]] = [check, refresh, mint]


def wrapped(text: str) -> bytes:
    """An error as webexapis.com words it."""
    said = {"message": text, "errors": [{"description": text}], "trackingId": "ROUTER_1"}
    return json.dumps(said).encode()


def rfc6749(error: str, description: str = "") -> bytes:
    """An error as idbroker words it."""
    return json.dumps({"error": error, "error_description": description}).encode()


# --- against a faithful Webex -----------------------------------------------------------------


def test_a_token_that_works_is_said_to_work(sandbox: Sandbox, webex: Webex) -> None:
    """With the support id of the answer."""
    answer = webex.check(Secret(sandbox.issue_service_pair().access))
    assert answer.verdict is Verdict.WORKS
    assert answer.tracking_id.startswith("ROUTER_")
    assert [request.kind for request in sandbox.requests] == [Kind.DATA_SOURCES]


def test_a_token_without_the_right_lives(sandbox: Sandbox, webex: Webex) -> None:
    """403 is not an end: the seed's check called such a token expired on every run."""
    sandbox.switches = Switches(service_scopes=frozenset())
    answer = webex.check(Secret(sandbox.issue_service_pair().access))
    assert answer.verdict is Verdict.UNDER_SCOPED


def test_a_revoked_token_is_rejected(sandbox: Sandbox, webex: Webex) -> None:
    """By its 401."""
    access = sandbox.issue_service_pair().access
    sandbox.revoke_service_access()
    assert webex.check(Secret(access)).verdict is Verdict.REJECTED


@pytest.mark.parametrize("bad", ["", "two words", "a\nb", "\u00e9", "\udcff", "${TOKEN}"])
def test_what_is_no_token_is_rejected_without_being_sent(
    sandbox: Sandbox, webex: Webex, bad: str
) -> None:
    """As a header it would break the request, and look like trouble in the network for ever."""
    assert webex.check(Secret(bad)).verdict is Verdict.REJECTED
    with pytest.raises(Refused) as caught:
        webex.mint(APP, SECRET, Secret(bad))
    assert caught.value.refusal is Refusal.REJECTED
    assert sandbox.requests == ()


def test_the_clocks_are_compared(sandbox: Sandbox) -> None:
    """Webex's, by its Date header, less ours."""
    sandbox.date_skew = timedelta(hours=2)
    with closing(Webex(sandbox.api_base)) as webex:
        skew = webex.check(Secret(sandbox.issue_service_pair().access)).skew
    assert skew is not None
    assert abs(skew - timedelta(hours=2)) < timedelta(seconds=30)
    with closing(Webex(sandbox.api_base, lambda: datetime(2000, 1, 1, tzinfo=UTC))) as webex:
        skew = webex.check(Secret(sandbox.issue_service_pair().access)).skew
    assert skew is not None
    assert skew > timedelta(days=9000)


def test_a_refresh_grants_a_new_pair_with_its_lives(sandbox: Sandbox, webex: Webex) -> None:
    """From the response, never from a constant."""
    app, pair = sandbox.service_app, sandbox.issue_service_pair()
    grant = webex.refresh(app.client_id, Secret(app.client_secret), Secret(pair.refresh))
    assert grant.access.reveal() != pair.access
    assert grant.refresh == Secret(pair.refresh)
    assert grant.access_life is not None
    assert grant.refresh_life is not None
    assert abs(grant.access_life - timedelta(days=14)) < timedelta(seconds=30)
    assert abs(grant.refresh_life - timedelta(days=90)) < timedelta(seconds=30)
    assert webex.check(grant.access).verdict is Verdict.WORKS
    assert sandbox.requests[0].kind is Kind.SERVICE_REFRESH


def test_a_refresh_token_that_is_not_returned_is_none(sandbox: Sandbox, webex: Webex) -> None:
    """The caller keeps the old one (RFC 6749 §6)."""
    sandbox.policy = RefreshPolicy.OMITTED
    app, pair = sandbox.service_app, sandbox.issue_service_pair()
    grant = webex.refresh(app.client_id, Secret(app.client_secret), Secret(pair.refresh))
    assert grant.refresh is None


def test_a_personal_access_token_mints_a_pair(sandbox: Sandbox, webex: Webex) -> None:
    """Which works."""
    app = sandbox.service_app
    ours = ServiceApp(app.app_id, app.client_id, None, app.target_org_id)
    grant = webex.mint(ours, Secret(app.client_secret), Secret(sandbox.issue_personal_token()))
    assert grant.refresh is not None
    assert webex.check(grant.access).verdict is Verdict.WORKS


@pytest.mark.parametrize("shape", ErrorShape)
@pytest.mark.parametrize("status", [400, 401])
def test_a_dead_refresh_token_is_rejected_and_a_wrong_secret_is_not_its_fault(
    sandbox: Sandbox, webex: Webex, shape: ErrorShape, status: int
) -> None:
    """In whichever shape and status Webex may say it: the two are never mixed up."""
    sandbox.switches = Switches(
        error_shape=shape, dead_refresh_status=status, wrong_secret_status=status
    )
    app, pair = sandbox.service_app, sandbox.issue_service_pair()
    with pytest.raises(Refused) as caught:
        webex.refresh(app.client_id, Secret("wrong"), Secret(pair.refresh))
    assert caught.value.refusal is Refusal.WRONG_CLIENT
    sandbox.revoke_service_refresh()
    with pytest.raises(Refused) as caught:
        webex.refresh(app.client_id, Secret(app.client_secret), Secret(pair.refresh))
    assert caught.value.refusal is Refusal.REJECTED
    assert caught.value.tracking_id.startswith("ROUTER_")


def test_each_no_to_a_mint_has_its_own_name(sandbox: Sandbox, webex: Webex) -> None:
    """Dead token, wrong secret, wrong id, missing right: each one needs another remedy."""
    app, personal = sandbox.service_app, Secret(sandbox.issue_personal_token())
    ours = ServiceApp(app.app_id, app.client_id, None, app.target_org_id)
    secret = Secret(app.client_secret)

    def refusal(*given: Any) -> Refusal:
        with pytest.raises(Refused) as caught:
            webex.mint(*given)
        return caught.value.refusal

    assert refusal(ours, Secret("wrong"), personal) is Refusal.WRONG_CLIENT
    sandbox.switches = Switches(mint_wrong_secret_status=401)
    assert refusal(ours, Secret("wrong"), personal) is Refusal.WRONG_CLIENT
    other = ServiceApp("other/../app", app.client_id, None, app.target_org_id)
    assert refusal(other, secret, personal) is Refusal.BAD_REQUEST
    foreign = ServiceApp(app.app_id, app.client_id, None, "other-org")
    assert refusal(foreign, secret, personal) is Refusal.FORBIDDEN
    sandbox.deauthorize_app()
    assert refusal(ours, secret, personal) is Refusal.FORBIDDEN
    sandbox.revoke_personal()
    assert refusal(ours, secret, personal) is Refusal.REJECTED


def test_what_is_sent_is_what_webex_documents(raw_server: RawServer, raw: Webex) -> None:
    """Tokens in the header or the body, never in an address (RFC 6750 §2.3)."""
    raw_server.answer = reply(body=b'{"access_token": "a"}')
    for call in CALLS:
        call(raw)
    checked, refreshed, minted = raw_server.requests
    assert checked.startswith(b"GET /v1/dataSources HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer CANARYtoken0123456789\r\n" in checked
    assert refreshed.startswith(b"POST /v1/access_token HTTP/1.1\r\n")
    assert b"Authorization" not in refreshed
    assert b"\r\nContent-Type: application/x-www-form-urlencoded\r\n" in refreshed
    assert parse_qs(refreshed.partition(b"\r\n\r\n")[2].decode()) == {
        "grant_type": ["refresh_token"],
        "client_id": ["client-id"],
        "client_secret": [SECRET.reveal()],
        "refresh_token": [TOKEN.reveal()],
    }
    assert minted.startswith(b"POST /v1/applications/app-id/token HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer CANARYtoken0123456789\r\n" in minted
    assert json.loads(minted.partition(b"\r\n\r\n")[2]) == {
        "clientId": "client-id",
        "clientSecret": SECRET.reveal(),
        "targetOrgId": "org-id",
    }
    for request in raw_server.requests:
        assert b"\r\nAccept-Encoding: identity\r\n" in request
        assert b"Cookie" not in request


def test_cookies_are_not_kept(raw_server: RawServer, raw: Webex) -> None:
    """A portal could follow us by them."""
    raw_server.answer = reply(Set_Cookie="portal=1; Path=/")
    check(raw)
    check(raw)
    assert b"Cookie" not in raw_server.requests[1]


# --- the verdicts of the check ----------------------------------------------------------------

VERDICTS: dict[str, tuple[bytes, Verdict | TransportFailure]] = {
    "200 with JSON": (reply(200, b'{"items": []}'), Verdict.WORKS),
    "403 with JSON": (reply(403, wrapped("no right")), Verdict.UNDER_SCOPED),
    "403 with an empty body but a tracking id": (reply(403, b"", **TRACKED), Verdict.UNDER_SCOPED),
    "401 with JSON": (reply(401, wrapped("no")), Verdict.REJECTED),
    "401 with a tracking id": (reply(401, PORTAL, **TRACKED), Verdict.REJECTED),
    "200 of a captive portal": (reply(200, PORTAL), TransportFailure.ODD_REPLY),
    "200 of a portal that copies headers": (
        reply(200, PORTAL, **TRACKED),
        TransportFailure.ODD_REPLY,
    ),
    "403 of a proxy": (reply(403, PORTAL), TransportFailure.ODD_REPLY),
    "401 of a proxy": (reply(401, PORTAL), TransportFailure.ODD_REPLY),
    "407 of a proxy": (reply(407, PORTAL), TransportFailure.PROXY),
    "200 with nothing": (reply(200, b""), TransportFailure.ODD_REPLY),
    "200 cut short but complete by its length": (
        reply(200, b'{"items": ['),
        TransportFailure.ODD_REPLY,
    ),
    "200 with an array": (reply(200, b"[]"), TransportFailure.ODD_REPLY),
    "200 with null": (reply(200, b"null"), TransportFailure.ODD_REPLY),
    "200 nested without end": (reply(200, b"[" * 100_000), TransportFailure.ODD_REPLY),
    "200 that is no text": (reply(200, b"\xff\xfe\xfd"), TransportFailure.ODD_REPLY),
    "204": (reply(204, b""), TransportFailure.ODD_REPLY),
    "301": (reply(301, b"", Location="/v1/other"), TransportFailure.ODD_REPLY),
    "302 of a portal": (
        reply(302, b"", Location="http://127.0.0.1:1/"),
        TransportFailure.ODD_REPLY,
    ),
    "307": (reply(307, b"{}", Location="/v1/other"), TransportFailure.ODD_REPLY),
    "400": (reply(400, wrapped("odd")), TransportFailure.ODD_REPLY),
    "404": (reply(404, wrapped("gone")), TransportFailure.ODD_REPLY),
    "418": (reply(418, b"{}"), TransportFailure.ODD_REPLY),
    "423": (reply(423, wrapped("locked")), TransportFailure.THROTTLED),
    "429": (reply(429, b""), TransportFailure.THROTTLED),
    "500": (reply(500, wrapped("oops")), TransportFailure.SERVER_ERROR),
    "502 in HTML": (reply(502, PORTAL), TransportFailure.SERVER_ERROR),
    "503": (reply(503, b""), TransportFailure.SERVER_ERROR),
    "504": (reply(504, b""), TransportFailure.SERVER_ERROR),
    "599": (reply(599, b"{}"), TransportFailure.SERVER_ERROR),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_only_a_plain_answer_of_webex_is_a_verdict(
    raw_server: RawServer, raw: Webex, case: str
) -> None:
    """Anything else is "unreachable", from which nothing follows."""
    raw_server.answer, expected = VERDICTS[case]
    if isinstance(expected, Verdict):
        assert raw.check(TOKEN).verdict is expected
        return
    with pytest.raises(Unreachable) as caught:
        raw.check(TOKEN)
    assert caught.value.failure is expected
    assert len(raw_server.requests) == 1, "no redirect is followed, nothing is tried again"


@pytest.mark.parametrize("case", [case for case in VERDICTS if case[0] in "23"])
@pytest.mark.parametrize("call", [refresh, mint])
def test_no_odd_answer_is_a_grant_or_a_refusal(
    raw_server: RawServer, raw: Webex, case: str, call: Callable[[Webex], Grant]
) -> None:
    """Of the portal's 200 no token comes, and of its 403 no dead mark."""
    raw_server.answer, _ = VERDICTS[case]
    with pytest.raises(Unreachable):
        call(raw)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
@pytest.mark.parametrize("call", [refresh, mint])
def test_a_proxys_no_condemns_nothing(
    raw_server: RawServer, raw: Webex, status: int, call: Callable[[Webex], Grant]
) -> None:
    """HTML without a tracking id is not Webex speaking."""
    raw_server.answer = reply(status, PORTAL)
    with pytest.raises(Unreachable) as caught:
        call(raw)
    assert caught.value.failure is TransportFailure.ODD_REPLY


# --- the refusals of the token endpoint -------------------------------------------------------

ERRORS = {  # RFC 6749 §5.2, with what Webex or the RFC say in words
    "invalid_request": "The refresh token provided is expired, revoked, malformed, or invalid.",
    "invalid_client": "Invalid client credentials",
    "invalid_grant": "The refresh token is invalid, expired, or was issued to another client",
    "unauthorized_client": "unauthorized_client",
    "unsupported_grant_type": "The grant type is not supported",
    "invalid_scope": "The requested scope is invalid",
}
CLIENT = {"invalid_client", "unauthorized_client"}


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("shape", ["wrapped", "rfc6749"])
def test_refusals_are_judged_by_the_errors_name_first(
    raw_server: RawServer, raw: Webex, error: str, status: int, shape: str
) -> None:
    """Servers differ in the status: a wrong secret never condemns a refresh token."""
    body = wrapped(ERRORS[error]) if shape == "wrapped" else rfc6749(error, ERRORS[error])
    raw_server.answer = reply(status, body)
    if status == 403 and (shape == "wrapped" or error not in {*CLIENT, "invalid_grant"}):
        expected = Refusal.FORBIDDEN
    else:
        expected = Refusal.WRONG_CLIENT if error in CLIENT else Refusal.REJECTED
    with pytest.raises(Refused) as caught:
        refresh(raw)
    assert caught.value.refusal is expected
    assert str(caught.value) == ERRORS[error]


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (400, wrapped("clientSecret is required"), Refusal.WRONG_CLIENT),
        (400, wrapped("Invalid client credentials"), Refusal.WRONG_CLIENT),
        (400, wrapped("targetOrgId is required"), Refusal.BAD_REQUEST),
        (400, b"{}", Refusal.BAD_REQUEST),
        (401, wrapped("The request requires a valid access token"), Refusal.REJECTED),
        (401, wrapped("Invalid client credentials"), Refusal.WRONG_CLIENT),
        (403, wrapped("not authorized by the organization"), Refusal.FORBIDDEN),
        (404, wrapped("Application not found."), Refusal.BAD_REQUEST),
    ],
)
def test_refusals_of_the_mint(
    raw_server: RawServer, raw: Webex, status: int, body: bytes, refusal: Refusal
) -> None:
    """400 and 404 are the configuration's, 401 the token's, 403 the right's."""
    raw_server.answer = reply(status, body)
    with pytest.raises(Refused) as caught:
        mint(raw)
    assert caught.value.refusal is refusal


@pytest.mark.parametrize("status", [405, 409, 410, 415, 423, 428, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("call", [refresh, mint])
def test_other_statuses_are_no_refusal(
    raw_server: RawServer, raw: Webex, status: int, call: Callable[[Webex], Grant]
) -> None:
    """Even with an error's name that would condemn."""
    raw_server.answer = reply(status, rfc6749("invalid_grant"), Retry_After="7")
    with pytest.raises(Unreachable) as caught:
        call(raw)
    assert caught.value.retry_after == 7


def test_a_401_of_webex_once_is_what_the_caller_asks_again(sandbox: Sandbox, webex: Webex) -> None:
    """Here it is only told."""
    sandbox.faults.next(Kind.DATA_SOURCES, Fault.unauthorized())
    access = Secret(sandbox.issue_service_pair().access)
    assert webex.check(access).verdict is Verdict.REJECTED
    assert webex.check(access).verdict is Verdict.WORKS


# --- what a message may say -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (rfc6749("invalid_grant", "dead"), "dead"),
        (rfc6749("invalid_grant"), "invalid_grant"),
        (b'{"errors": [{"description": "first"}, {}], "message": "second"}', "first"),
        (b'{"errors": [], "message": "second"}', "second"),
        (b'{"errors": ["x"], "message": "second"}', "second"),
        (b'{"errors": {"description": "x"}}', "HTTP 400"),
        (b'{"error": 5, "error_description": null, "message": []}', "HTTP 400"),
        (b"{}", "HTTP 400"),
        (
            b'{"message": "two\\r\\nlines\\u001b[31m\\u2028and\\t\\u0000"}',
            "two lines [31m and",
        ),
        (b'{"message": "\\ud800x"}', "x"),
        (json.dumps({"message": "x" * 10_000}).encode(), "x" * 200),
    ],
)
def test_the_message_is_one_short_line(
    raw_server: RawServer, raw: Webex, body: bytes, message: str
) -> None:
    """Whatever the server says, and without anything that a terminal would obey."""
    raw_server.answer = reply(400, body)
    with pytest.raises(Refused) as caught:
        refresh(raw)
    assert str(caught.value) == message


@pytest.mark.parametrize("call", [refresh, mint])
@pytest.mark.parametrize("padding", [0, 185])
def test_a_server_that_quotes_what_it_was_sent_does_not_leak_it(
    raw_server: RawServer, raw: Webex, call: Callable[[Webex], Grant], padding: int
) -> None:
    """Raw or URL-encoded, and not half of it either if the message is cut."""
    quoted = f"{'.' * padding} {TOKEN.reveal()} {SECRET.reveal()} {quote(SECRET.reveal(), safe='')}"
    raw_server.answer = reply(400, wrapped(quoted))
    with pytest.raises(Refused) as caught:
        call(raw)
    assert "CANARY" not in str(caught.value)
    assert f"<{TOKEN.fingerprint}>"[:5] in str(caught.value)


# --- grants -----------------------------------------------------------------------------------

GOOD = {
    "access_token": "new-access",
    "expires_in": 1209599,
    "refresh_token": "new-refresh",
    "refresh_token_expires_in": 7775999,
}


@pytest.mark.parametrize("call", [refresh, mint])
@pytest.mark.parametrize(
    "bad", [None, "", 5, True, [], {}, "a\nb", "a b", "t\u00f6ken", "a\r\nX-Evil: 1", "\ud800", "="]
)
def test_without_a_usable_access_token_there_is_no_grant(
    raw_server: RawServer, raw: Webex, call: Callable[[Webex], Grant], bad: object
) -> None:
    """Nothing that is no token ever gets near `.env`."""
    raw_server.answer = reply(200, json.dumps(GOOD | {"access_token": bad}).encode())
    with pytest.raises(Unreachable) as caught:
        call(raw)
    assert caught.value.failure is TransportFailure.ODD_REPLY
    assert "new-refresh" not in everything_shown(caught.value)


def test_a_grant_needs_no_more_than_an_access_token(raw_server: RawServer, raw: Webex) -> None:
    """All else is optional."""
    raw_server.answer = reply(200, b'{"access_token": "new-access"}')
    grant = refresh(raw)
    assert grant == Grant(Secret("new-access"), None, None, None)


@pytest.mark.parametrize("none", [None, ""])
def test_an_empty_refresh_token_counts_as_not_sent(
    raw_server: RawServer, raw: Webex, none: str | None
) -> None:
    """The old one is kept (RFC 6749 §6)."""
    raw_server.answer = reply(200, json.dumps(GOOD | {"refresh_token": none}).encode())
    assert refresh(raw).refresh is None


@pytest.mark.parametrize("bad", [5, 0, True, False, [], {"a": 1}, "a\nb", "two words", "\u00e9"])
def test_a_refresh_token_that_is_none_spoils_the_grant(
    raw_server: RawServer, raw: Webex, bad: object
) -> None:
    """Something stands between us and Webex; what we hold is kept."""
    raw_server.answer = reply(200, json.dumps(GOOD | {"refresh_token": bad}).encode())
    with pytest.raises(Unreachable) as caught:
        refresh(raw)
    assert caught.value.failure is TransportFailure.ODD_REPLY
    assert "new-access" not in everything_shown(caught.value)


@pytest.mark.parametrize(
    ("told", "life"),
    [
        (b"1209599", timedelta(seconds=1209599)),
        (b"43199.5", timedelta(seconds=43199.5)),
        (b'"3600"', timedelta(hours=1)),
        (b"315360000", timedelta(days=3650)),
        (b"315360001", None),
        (b"0", None),
        (b"-1", None),
        (b"-1209599", None),
        (b'""', None),
        (b'"soon"', None),
        (b'"-5"', None),
        (b'"1e3"', None),
        (b'"\xc2\xb2"', None),
        (b'"' + b"9" * 6000 + b'"', None),
        (b"true", None),
        (b"null", None),
        (b"[]", None),
        (b"{}", None),
        (b"1e400", None),
        (b"NaN", None),
        (b"-Infinity", None),
        (b"99999999999999999999999999", None),
    ],
)
def test_an_absurd_life_is_unknown(
    raw_server: RawServer, raw: Webex, told: bytes, life: timedelta | None
) -> None:
    """The tokens count all the same."""
    body = b'{"access_token": "a", "expires_in": %s, "refresh_token_expires_in": %s}'
    raw_server.answer = reply(200, body % (told, told))
    grant = mint(raw)
    assert (grant.access_life, grant.refresh_life) == (life, life)


@pytest.mark.parametrize("call", [refresh, mint])
def test_a_201_grants_as_well(
    raw_server: RawServer, raw: Webex, call: Callable[[Webex], Grant]
) -> None:
    """Something was created, after all."""
    raw_server.answer = reply(201, json.dumps(GOOD).encode())
    assert call(raw).access == Secret("new-access")


# --- nothing leaks ----------------------------------------------------------------------------

BAD_ANSWERS: dict[str, bytes | None] = {
    "refused": reply(400, wrapped("no")),
    "forbidden": reply(403, wrapped("no")),
    "server error": reply(500, b"{}"),
    "odd": reply(200, PORTAL),
    "redirected": reply(307, b"", Location="http://127.0.0.1:1/"),
    "dropped": None,
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx",
    "a grant that is none": reply(
        200, b'{"access_token": "CANARY new", "refresh_token": "CANARYr"}'
    ),
    "a grant of half a pair": reply(200, b'{"access_token": "CANARYa", "refresh_token": 1}'),
    "too large": reply(200, b'{"access_token": "CANARYa", "x": "%s"}' % (b"x" * (1 << 20))),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
@pytest.mark.parametrize("call", CALLS)
def test_no_error_holds_what_was_sent_or_received(
    raw_server: RawServer, raw: Webex, call: Callable[[Webex], object], case: str
) -> None:
    """Not in its text, its attributes, its causes, nor in the locals of any frame."""
    raw_server.answer = BAD_ANSWERS[case]
    try:
        call(raw)
    except WebexError as error:
        shown = everything_shown(error)
        assert error.__context__ is None  # noqa: PT017
        for secret in (TOKEN, SECRET):
            coded = base64.b64encode(secret.reveal().encode()).decode()
            for form in (secret.reveal(), quote(secret.reveal(), safe=""), coded):
                assert form not in shown
        assert "CANARY" not in shown
    else:
        assert call is check, "only the check takes a grant for a yes"


def test_no_object_shows_a_secret(raw_server: RawServer, raw: Webex) -> None:
    """Neither the adapter nor what it returns."""
    raw_server.answer = reply(200, b'{"access_token": "CANARYa", "refresh_token": "CANARYr"}')
    grant = refresh(raw)
    for thing in (raw, grant, vars(raw), session_of(raw).headers, APP):
        assert "CANARY" not in f"{thing!r} {thing!s}"


def test_a_reply_does_not_show_the_grant_in_it() -> None:
    """It passes through frames that a traceback may show."""
    from tray_app.webex import responses

    read = responses.read(200, {}, b'{"access_token": "CANARYa"}', datetime(2026, 1, 1, tzinfo=UTC))
    assert "CANARY" not in repr(read)


def test_only_safe_addresses_are_taken() -> None:
    """https, or http on loopback."""
    with pytest.raises(ValueError, match="must begin with https"):
        Webex("http://webexapis.com/v1")
    assert Webex("https://WebexAPIs.com/v1/").host == "webexapis.com"
