"""The authorization code grant as far as it is thought: the question, and what answers it."""

from __future__ import annotations

import re
import secrets
from itertools import count
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import often
from tray_app.model.redirect import DEFAULT_REDIRECT_URI, parse_redirect
from tray_app.model.secret import Secret
from tray_app.model.sign_in import SignInRequest, challenge
from tray_app.sign_in.request import Code, Declined, new_request, read_address, read_callback

STATE = "s7At3-0f_thIs-SIGN-in_abcdefghijklmnopqrstu"
REDIRECT = parse_redirect(DEFAULT_REDIRECT_URI)
REQUEST = SignInRequest("client-id", REDIRECT, Secret(STATE), Secret("v" * 43))
API = "https://webexapis.com/v1"

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}\Z")
"""RFC 7636 §4.1."""

codes = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)


def fresh() -> str:
    return secrets.token_urlsafe(32)


# The redirect


@pytest.mark.parametrize(
    ("uri", "host", "port", "path"),
    [
        (DEFAULT_REDIRECT_URI, "localhost", 3000, "/callback"),
        ("http://127.0.0.1:8080/a/b", "127.0.0.1", 8080, "/a/b"),
        ("http://[::1]:65535/", "::1", 65535, "/"),
        ("http://localhost:1", "localhost", 1, "/"),
        ("http://localhost/callback", "localhost", 80, "/callback"),
        ("HTTP://LocalHost:3000/Call;back", "localhost", 3000, "/Call;back"),
    ],
)
def test_a_redirect_is_read_and_its_address_kept(uri: str, host: str, port: int, path: str) -> None:
    """Byte for byte as it was registered, whatever is made of it."""
    redirect = parse_redirect(uri)
    assert (redirect.uri, redirect.host, redirect.port, redirect.path) == (uri, host, port, path)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "callback",
        "https://localhost:3000/callback",
        "ftp://localhost/",
        "http://example.com:3000/callback",
        "http://localhost.example.com/",
        "http://127.0.0.2:3000/",
        "http://0.0.0.0:3000/",
        "http://[::]:3000/",
        "http://user@localhost:3000/",
        "http://@localhost:3000/",
        "http://localhost@example.com/",
        "//localhost:3000/callback",
    ],
)
def test_a_redirect_that_leads_elsewhere_is_refused(uri: str) -> None:
    """The code would go there."""
    with pytest.raises(ValueError, match=r"^must (begin|lead) [^,]+, as in http://localhost:"):
        parse_redirect(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:3000/callback?",
        "http://localhost:3000/callback?a=b",
        "http://localhost:3000/callback#",
        "http://localhost:3000/callback#a",
        "http://localhost:3000/call back",
        " http://localhost:3000/callback",
        "http://localhost:3000/callback\n",
        "http://localhost:3000/call\tback",
        "http://localhost:3000/r\N{LATIN SMALL LETTER U WITH DIAERESIS}ck",
        "http://localhost:0/callback",
        "http://localhost:3000/a/../callback",
        "http://localhost:3000/./callback",
        "http://localhost:3000/..",
        "http://localhost:3000/call\\back",
    ],
)
def test_a_redirect_with_more_or_less_to_it_is_refused(uri: str) -> None:
    """A browser would change it, or no program could listen there."""
    with pytest.raises(ValueError, match=r"^must be host, port and path and no more") as caught:
        parse_redirect(uri)
    assert str(caught.value).endswith(", as in http://localhost:3000/callback")


@pytest.mark.parametrize(
    "uri",
    ["http://localhost:port/", "http://localhost:65536/", "http://[::1/", "http://localhost:-1/"],
)
def test_what_is_no_address_is_refused(uri: str) -> None:
    """With the same kind of sentence."""
    with pytest.raises(ValueError, match=r"^is not an address, such as http://local") as caught:
        parse_redirect(uri)
    assert caught.value.__suppress_context__


@often
@given(st.text() | st.text().map(lambda rest: f"http://localhost:3000{rest}"))
def test_any_text_is_a_redirect_or_refused(uri: str) -> None:
    """No other error; and a redirect keeps its text."""
    try:
        redirect = parse_redirect(uri)
    except ValueError:
        return
    assert redirect.uri == uri
    assert redirect.host in {"localhost", "127.0.0.1", "::1"}
    assert 0 < redirect.port < 65536
    assert redirect.path.startswith("/")


def test_the_hosts_are_all_the_names_of_this_machine() -> None:
    """With the port; without it only if a browser leaves it out."""
    assert parse_redirect("http://127.0.0.1:3000/").hosts == {
        "localhost:3000",
        "127.0.0.1:3000",
        "[::1]:3000",
    }
    assert parse_redirect("http://localhost/").hosts == {
        *("localhost", "127.0.0.1", "[::1]"),
        *("localhost:80", "127.0.0.1:80", "[::1]:80"),
    }


# The question


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636, Appendix B."""
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(codes)
def test_every_challenge_has_the_43_characters_of_a_hash(verifier: str) -> None:
    """Without padding, and nothing else is taken off."""
    assert re.fullmatch(r"[A-Za-z0-9\-_]{43}", challenge(Secret(verifier)))


def test_the_address_asks_for_what_is_needed_and_no_more() -> None:
    """One scope; the verifier itself stays here."""
    address = urlsplit(REQUEST.url(API))
    assert (address.scheme, address.netloc, address.path) == (
        "https",
        "webexapis.com",
        "/v1/authorize",
    )
    assert parse_qs(address.query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": ["client-id"],
        "redirect_uri": [DEFAULT_REDIRECT_URI],
        "scope": ["spark:applications_token"],
        "state": [STATE],
        "code_challenge": [challenge(REQUEST.verifier)],
        "code_challenge_method": ["S256"],
    }
    assert REQUEST.verifier.reveal() not in REQUEST.url(API)


# Neither "#", "?" nor a backslash, and no segment that is "." or "..".
PATHS = st.lists(st.from_regex(r"/(?!\.{0,2}(/|\Z))[!-\"$-.0->@-\[\]-~]+", fullmatch=True)).map(
    "".join
)


@given(PATHS, st.integers(1, 65535))
def test_the_redirect_comes_back_byte_for_byte(path: str, port: int) -> None:
    """RFC 9700 §2.1: whatever is in it, the server reads what was registered."""
    uri = f"http://localhost:{port}{path}"
    request = SignInRequest("client-id", parse_redirect(uri), Secret(STATE), Secret("v" * 43))
    assert parse_qs(urlsplit(request.url(API)).query)["redirect_uri"] == [uri]


def test_no_two_questions_have_anything_in_common() -> None:
    """State and verifier are fresh each time, as long as the standard asks."""
    seen = set[str]()
    for _ in range(10_000):
        request = new_request("client-id", REDIRECT, fresh)
        seen |= {request.state.reveal(), request.verifier.reveal()}
        assert VERIFIER.match(request.verifier.reveal())
        assert VERIFIER.match(request.state.reveal())
    assert len(seen) == 20_000


def test_a_question_takes_its_randomness_from_outside() -> None:
    """Two draws, not one used twice."""
    numbers = map(str, count())
    request = new_request("client-id", REDIRECT, lambda: next(numbers))
    assert request == SignInRequest("client-id", REDIRECT, Secret("0"), Secret("1"))


def test_a_question_does_not_show_its_secrets() -> None:
    """In no repr; nor does an answer."""
    for shown in (repr(REQUEST), repr(read_callback(f"code=c0de&state={STATE}", REQUEST.state))):
        assert "Secret(" in shown
        for hidden in (STATE, REQUEST.verifier.reveal(), "c0de"):
            assert hidden not in shown


# The answer


@given(codes)
def test_a_code_with_the_right_state_is_the_answer(code: str) -> None:
    """In either order, among unknown fields (RFC 6749 §4.1.2)."""
    for fields in (
        {"code": code, "state": STATE},
        {"state": STATE, "extra": "", "code": code},
    ):
        assert read_callback(urlencode(fields), Secret(STATE)) == Code(Secret(code))


@pytest.mark.parametrize(
    "error",
    [
        "access_denied",
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
    ],
)
def test_an_error_with_the_right_state_is_a_no(error: str) -> None:
    """By its name, whatever is said about it (RFC 6749 §4.1.2.1)."""
    for more in ("", "&error_description=" + "x" * 10_000, "&error_uri=http%3A%2F%2Fevil"):
        query = f"error={error}{more}&state={STATE}"
        assert read_callback(query, Secret(STATE)) == Declined(error)


@pytest.mark.parametrize("error", ["", "Access_Denied", "a b", "a%0ab", "<b>", "x" * 41, "%00"])
def test_an_error_that_is_no_name_is_a_no_all_the_same(error: str) -> None:
    """It must not get into a sentence or a log."""
    assert read_callback(f"error={error}&state={STATE}", Secret(STATE)) == Declined("other")


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"state={STATE}",
        f"code=&state={STATE}",
        f"code=a&error=access_denied&state={STATE}",
        f"code=&error=access_denied&state={STATE}",
        f"code=a&error=&state={STATE}",
        f"code=a&code=a&state={STATE}",
        f"code=a&state={STATE}&state={STATE}",
        f"error=access_denied&error=access_denied&state={STATE}",
        f"code=a&x=1&x=2&state={STATE}",
        f"code=a+b&state={STATE}",
        f"code=a%20b&state={STATE}",
        f"code=a%0a&state={STATE}",
        f"code=%7f&state={STATE}",
        f"code=%C3%A9&state={STATE}",
        f"code=%ff&state={STATE}",
        f"code={'c' * 4097}&state={STATE}",
        f"code=a;state={STATE}",
        f"?code=a&?state={STATE}",
        "&".join(f"f{n}=" for n in range(19)) + f"&code=a&state={STATE}",
    ],
)
def test_what_is_neither_a_yes_nor_a_no_is_no_answer(query: str) -> None:
    """Not even with the right state."""
    assert read_callback(query, Secret(STATE)) is None


def test_an_answer_may_have_twenty_fields() -> None:
    """More than any server sends; one more, and it is no answer."""
    others = "&".join(f"f{n}=" for n in range(18))
    assert read_callback(f"{others}&code=a&state={STATE}", Secret(STATE)) == Code(Secret("a"))


def test_the_longest_code_is_still_one() -> None:
    """4,096 characters."""
    code = "c" * 4096
    assert read_callback(f"code={code}&state={STATE}", Secret(STATE)) == Code(Secret(code))


@often
@given(st.text(), st.sampled_from(["code", "error"]))
def test_only_the_exact_state_answers(state: str, kind: str) -> None:
    """A yes and a no alike: state comes first."""
    query = urlencode({kind: "value", "state": state}, errors="surrogatepass")
    assert (read_callback(query, Secret(STATE)) is not None) == (state == STATE)


@given(st.integers(0, len(STATE) - 1), st.characters(codec="utf-8"))
def test_a_state_that_differs_in_one_character_does_not_answer(at: int, other: str) -> None:
    """Wherever it is."""
    state = STATE[:at] + other + STATE[at + 1 :]
    for answer in ("code=a", "error=access_denied"):
        read = read_callback(f"{answer}&state={quote(state)}", Secret(STATE))
        assert (read is not None) == (state == STATE)


@given(st.sets(st.integers(0, len(STATE) - 1)))
def test_the_same_state_in_another_encoding_is_the_same(places: set[int]) -> None:
    """Webex may encode what it need not."""
    coded = "".join(f"%{ord(c):02x}" if at in places else c for at, c in enumerate(STATE))
    assert read_callback(f"code=a&state={coded}", Secret(STATE)) == Code(Secret("a"))


PIECES = ["code=", "error=", "state=", STATE, "&", "=", "%", "%ff", "%00", ";", "+", "#", "?"]


@often
@given(st.text() | st.lists(st.sampled_from(PIECES) | st.text()).map("".join))
def test_any_text_is_read_without_an_error(query: str) -> None:
    """Anybody may send it; what is an answer holds the state."""
    read = read_callback(query, Secret(STATE))
    assert read is None or STATE in query
    if isinstance(read, Declined):
        assert re.fullmatch(r"[a-z_]{1,40}", read.error)
    assert read_address(query, REQUEST) is None


# The answer, pasted


@pytest.mark.parametrize(
    "address",
    [
        f"{DEFAULT_REDIRECT_URI}?code=a&state={STATE}",
        f"  {DEFAULT_REDIRECT_URI}?code=a&state={STATE}\n",
        f"{DEFAULT_REDIRECT_URI}?code=a&state={STATE}#_=_",
        f"{DEFAULT_REDIRECT_URI}/?code=a&state={STATE}",
    ],
)
def test_a_pasted_address_is_read_as_a_redirect(address: str) -> None:
    """As it is copied from the browser."""
    assert read_address(address, REQUEST) == Code(Secret("a"))


def test_only_slashes_are_taken_off_a_pasted_address() -> None:
    """Not letters, whatever the registered address ends with."""
    request = SignInRequest(
        "id", parse_redirect("http://localhost/add"), Secret(STATE), Secret("v")
    )
    answer = f"?code=a&state={STATE}"
    assert read_address(f"http://localhost/add{answer}", request) == Code(Secret("a"))
    assert read_address(f"http://localhost/addo{answer}", request) is None


def test_a_pasted_address_without_a_path_is_read_too() -> None:
    """A browser adds the slash."""
    request = SignInRequest(
        "id", parse_redirect("http://localhost:3000"), Secret(STATE), Secret("v")
    )
    for address in ("http://localhost:3000", "http://localhost:3000/"):
        read = read_address(f"{address}?error=access_denied&state={STATE}", request)
        assert read == Declined("access_denied")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        f"code=a&state={STATE}",
        f"?code=a&state={STATE}",
        DEFAULT_REDIRECT_URI,
        f"{DEFAULT_REDIRECT_URI}#code=a&state={STATE}",
        f"https://localhost:3000/callback?code=a&state={STATE}",
        f"http://localhost:3001/callback?code=a&state={STATE}",
        f"http://localhost:3000/?code=a&state={STATE}",
        f"http://evil.example/callback?code=a&state={STATE}",
        f"{DEFAULT_REDIRECT_URI}?code=a&state={STATE[:-1]}",
        f"{DEFAULT_REDIRECT_URI}?code=a#&state={STATE}",
    ],
)
def test_a_pasted_address_of_something_else_is_no_answer(address: str) -> None:
    """Only the registered place, only this question's state."""
    assert read_address(address, REQUEST) is None
