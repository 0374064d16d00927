"""The set-up page as it is served: for one browser, and nothing that another page sends."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from tests.other_user import OTHER, ask_as, only_root
from tests.profile import Profile, full_profile
from tests.sign_in.callback_client import ask
from tests.sign_in.test_start_page import cookie_of, headers_of, open_page
from tray_app import bootstrap
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.setup import METHOD_FIELD
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import FAILED, STARTING, Activity, Snapshot
from tray_app.pages import setup_server
from tray_app.pages.setup_server import SetupServer
from tray_app.sandbox.server import Sandbox
from tray_app.secrets.store import MemoryStore
from tray_app.setup.session import SetupSession, Stage
from tray_app.system.log import REDACTOR

SIGN_IN = Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_MISSING, Fixer.YOU, ())
FORBIDDEN = Health(1, Colour.RED, Shape.CROSS, Reason.FORBIDDEN, Fixer.ADMIN, ())
WORKS = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, Fixer.ITSELF, ())


class Login:
    """An entry that may be refused."""

    location = "/home/me/.config/autostart/tray.desktop"

    def __init__(self) -> None:
        self.entry = False
        self.refusal: OSError | None = None

    def is_on(self) -> bool:
        return self.entry

    def turn_on(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.entry = True

    def turn_off(self) -> None:
        self.entry = False


class Served(NamedTuple):
    """`asked`: set when a sign-in is asked for."""

    server: SetupServer
    session: SetupSession
    asked: threading.Event
    path: Path
    login: Login


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox) -> Profile:
    return full_profile(tmp_path, webex)


@pytest.fixture
def served(
    profile: Profile, webex: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    monkeypatch.setattr(setup_server, "_PATIENCE", 0.05)
    profile.config_path.unlink()
    setup = bootstrap.ProfileContext(
        profile.config_path, profile.folders, webex.api_base, store=MemoryStore(), environ={}
    )
    asked, login = threading.Event(), Login()
    with (
        closing(SetupSession(setup, lambda: None, tmp_path)) as session,
        closing(
            SetupServer(
                session,
                str(profile.config_path),
                asked.set,
                lambda: "/home/me/.env",
                login=login,
            )
        ) as server,
    ):
        session.settle(60)
        yield Served(server, session, asked, profile.config_path, login)


def test_with_the_page_its_session_ends(profile: Profile, tmp_path: Path) -> None:
    """What was typed, the keyring's thread and its connection stayed until Quit."""
    closed = threading.Event()

    class Store(MemoryStore):
        def close(self) -> None:
            closed.set()

    setup = bootstrap.ProfileContext(
        profile.config_path, profile.folders, store=Store(), environ={}
    )
    session = SetupSession(setup, lambda: None, tmp_path)
    session.settle(60)
    with closing(SetupServer(session, "config", lambda: None, idle=0.2)) as server:
        server.address()
        assert closed.wait(60)


def post(address: str, *fields: str, **answers: str) -> bytes:
    """What a browser gets that sends the form; "__" stands for "."."""
    place = urlsplit(address)
    body = urlencode({name.replace("__", "."): text for name, text in answers.items()})
    lines = (
        f"POST {place.path} HTTP/1.1",
        f"Host: {place.netloc}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        *fields,
        "",
        body,
    )
    return ask("127.0.0.1", place.port or 0, "\r\n".join(lines).encode())


def origin(address: str) -> str:
    return f"Origin: http://{urlsplit(address).netloc}"


def status(reply: bytes) -> str:
    return headers_of(reply)[""].removeprefix("HTTP/1.1 ")


def answers(webex: Sandbox) -> dict[str, str]:
    return {
        "serviceApp__appId": webex.service_app.app_id,
        "serviceApp__clientSecret": webex.service_app.client_secret,
        "serviceApp__targetOrgId": webex.service_app.target_org_id,
        METHOD_FIELD: "nothing",
    }


def save(served: Served, webex: Sandbox) -> tuple[str, str]:
    """The address and the cookie of a browser that has sent right answers."""
    address = served.server.address()
    cookie = cookie_of(open_page(address))
    sent = post(address, cookie, origin(address), **answers(webex))
    assert status(sent) == "303 See Other"
    assert headers_of(sent)["Location"] == f"{urlsplit(address).path}#look"
    served.session.settle(60)
    served.server.saved()
    served.server.update(STARTING)  # the check of the new answers
    assert served.session.stage is Stage.SAVED
    return address, cookie


def test_the_form_comes_with_the_strictest_headers_that_let_it_be_sent(served: Served) -> None:
    """With "no-referrer" a browser would send no Origin."""
    headers = headers_of(open_page(served.server.address()))
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
    assert headers["Cache-Control"] == "no-store"
    assert "HttpOnly; SameSite=Lax" in headers["Set-Cookie"]


@pytest.mark.parametrize("fields", [(), ("Origin: null",), ("Origin: http://127.0.0.1:1",)])
def test_what_another_page_sends_changes_nothing(
    served: Served, webex: Sandbox, fields: tuple[str, ...]
) -> None:
    """Pages of all ports of this host get the cookie in, so Origin decides."""
    address = served.server.address()
    cookie = cookie_of(open_page(address))
    assert status(post(address, cookie, *fields, **answers(webex))) == "403 Forbidden"
    served.session.settle(60)
    assert served.session.stage is Stage.FORM
    assert served.session.value("serviceApp.appId") == ""


def test_without_the_cookie_nothing_is_taken(served: Served, webex: Sandbox) -> None:
    """Neither with the key that was used, nor with one that is new: that stays unused."""
    address = served.server.address()
    assert status(post(address, origin(address), **answers(webex))) == "404 Not Found"
    open_page(address)
    assert status(post(address, origin(address), **answers(webex))) == "403 Forbidden"
    assert served.session.value("serviceApp.appId") == ""


@only_root
@pytest.mark.process
def test_another_user_is_not_answered(served: Served) -> None:
    address = served.server.address()
    place = urlsplit(address)
    request = f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
    assert ask_as(OTHER, "127.0.0.1", place.port or 0, request) == b""
    assert status(open_page(address)) == "200 OK"


def test_another_method_is_refused_with_those_that_there_are(served: Served) -> None:
    reply = open_page(served.server.address(), method="DELETE")
    assert status(reply) == "405 Method Not Allowed"
    assert headers_of(reply)["Allow"] == "GET, POST"


def test_a_secret_that_was_sent_is_in_no_page_no_log_and_no_repr(
    served: Served, webex: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = served.server.address()
    cookie = cookie_of(open_page(address))
    given = answers(webex) | {"serviceApp__targetOrgId": "a b"}
    post(address, cookie, origin(address), **given)
    served.session.settle(60)
    page = open_page(address, cookie).decode()
    assert "Kept. Leave it empty to keep it." in page
    assert 'value="a b"' in page
    assert "1 answer to correct. Nothing is saved yet." in page
    said = page + caplog.text + repr(vars(served.session)) + repr(vars(served.server))
    assert webex.service_app.client_secret not in said
    assert webex.service_app.client_secret not in REDACTOR.redact(webex.service_app.client_secret)


@pytest.mark.parametrize(
    ("broken", "said"), [("_begin", "Looking at what is there"), ("_check", "Checking the answers")]
)
def test_while_something_is_waited_for_the_page_says_what(
    served: Served, webex: Sandbox, monkeypatch: pytest.MonkeyPatch, broken: str, said: str
) -> None:
    """A locked keyring, a slow Webex. It goes on by itself, and takes nothing meanwhile."""
    release = threading.Event()

    def wait(_: SetupSession) -> Stage:
        release.wait(60)
        return Stage.FORM

    address, cookie = save(served, webex)
    post(address, cookie, origin(address), do="edit")
    served.session.settle(60)
    monkeypatch.setattr(SetupSession, broken, wait)
    if broken == "_begin":
        served.session._stage = Stage.SAVED
        post(address, cookie, origin(address), do="edit")
    else:
        post(address, cookie, origin(address), **answers(webex))
    page = open_page(address, cookie).decode()
    assert said in page
    assert f'content="2; url={urlsplit(address).path}"' in page
    post(address, cookie, origin(address), **answers(webex) | {"serviceApp__appId": "another"})
    release.set()
    served.session.settle(60)
    assert served.session.value("serviceApp.appId") == webex.service_app.app_id


def test_what_was_saved_leads_to_the_result(served: Served, webex: Sandbox) -> None:
    address, cookie = save(served, webex)

    def page() -> str:
        return open_page(address, cookie).decode()

    assert "Saved. Getting the first token" in page()
    again = f'content="2; url={urlsplit(address).path}"'
    assert f'<meta http-equiv="refresh" {again}/>' in page()
    served.server.update(Snapshot(FORBIDDEN))
    assert webex.service_app.target_org_id in page()
    assert "Change the set-up" in page()
    served.server.update(Snapshot(WORKS))
    assert "<h1>Token works</h1>" in page()
    assert "You can close this page" in page()
    assert "refresh" not in page()


def test_if_the_program_fails_after_the_save_the_page_says_so_at_once(
    served: Served, webex: Sandbox
) -> None:
    """No check begins then, and the page waited a minute for one."""
    address, cookie = save(served, webex)
    served.server.saved()
    served.server.update(FAILED)
    page = open_page(address, cookie).decode()
    assert "<h1>Cannot check the token: this program failed</h1>" in page
    assert "Your answers are saved. Open the log, report what it says, then restart" in page
    assert "refresh" not in page
    served.server.update(STARTING)  # it tries again
    served.server.update(Snapshot(WORKS))
    assert "<h1>Token works</h1>" in open_page(address, cookie).decode()


def test_the_start_at_login_is_offered_once_the_token_works(served: Served, webex: Sandbox) -> None:
    address, cookie = save(served, webex)

    def page() -> str:
        return open_page(address, cookie).decode()

    served.server.update(Snapshot(SIGN_IN))
    assert "Start at login" not in page()
    served.server.update(Snapshot(WORKS))
    assert "Start at login" in page()
    served.login.refusal = OSError(errno.EACCES, "Permission denied")
    post(address, cookie, origin(address), do="login")
    assert f"{served.login.location} cannot be changed: Permission denied." in page()
    served.login.refusal = None
    assert status(post(address, cookie, do="login")) == "403 Forbidden"  # another page
    assert not served.login.is_on()
    post(address, cookie, origin(address), do="login")
    assert served.login.is_on()
    assert "starts at login from now on" in page()


def test_a_start_at_login_that_is_on_already_is_not_offered(served: Served, webex: Sandbox) -> None:
    address, cookie = save(served, webex)
    served.login.entry = True
    served.server.update(Snapshot(WORKS))
    assert "at login" not in open_page(address, cookie).decode()


def test_the_last_step_leads_the_same_window_to_the_sign_in(served: Served, webex: Sandbox) -> None:
    """Once: its address works once, too."""
    address, cookie = save(served, webex)
    served.server.update(Snapshot(SIGN_IN))
    assert "Last step: sign in" in open_page(address, cookie).decode()
    assert not served.server.lead("http://127.0.0.1:1/sign-in/key")  # nobody has asked
    post(address, cookie, origin(address), do="sign-in")
    assert served.asked.is_set()
    assert "Opening Webex&#x27;s page" in open_page(address, cookie).decode()
    assert served.server.lead("http://127.0.0.1:1/sign-in/key")
    assert not served.server.lead("http://127.0.0.1:1/sign-in/clicked-in-the-menu")
    on = open_page(address, cookie).decode()
    assert 'content="0; url=http://127.0.0.1:1/sign-in/key"' in on
    assert "Last step: sign in" in open_page(address, cookie).decode()
    assert not served.server.lead("http://127.0.0.1:1/sign-in/another")


def test_a_sign_in_that_does_not_begin_is_said_with_the_reason(
    served: Served, webex: Sandbox
) -> None:
    address, cookie = save(served, webex)
    post(address, cookie, origin(address), do="sign-in")
    failed = Outcome(SignInResult.NOT_BEGUN, detail="port 3000 is taken")
    served.server.update(Snapshot(SIGN_IN, signed_in=failed))
    page = open_page(address, cookie).decode()
    assert "port 3000 is taken" in page
    assert "Sign in…" in page


def test_the_answers_can_be_changed_afterwards(served: Served, webex: Sandbox) -> None:
    address, cookie = save(served, webex)
    post(address, cookie, origin(address), do="edit")
    served.session.settle(60)
    page = open_page(address, cookie).decode()
    assert "<h1>Change the set-up</h1>" in page
    assert f'value="{webex.service_app.app_id}"' in page


def test_a_change_that_is_cancelled_leads_back_to_the_state(served: Served, webex: Sandbox) -> None:
    address, cookie = save(served, webex)
    declined = Outcome(SignInResult.CONSENT_REFUSED)
    served.server.update(Snapshot(WORKS, signed_in=declined))

    def page() -> str:
        return open_page(address, cookie).decode()

    assert "Your changes are saved." not in page()  # they are the first answers
    assert "declined" in page()
    for do, said in (("cancel", "Nothing has changed."), ("send", "Nothing has changed.")):
        post(address, cookie, origin(address), do="edit")
        served.session.settle(60)
        assert "Token works" in page()
        post(address, cookie, origin(address), do=do, **answers(webex))
        served.session.settle(60)
        assert said in page()
        assert "declined" not in page()
    post(address, cookie, origin(address), do="edit")
    served.session.settle(60)
    changed = answers(webex) | {"serviceApp__targetOrgId": webex.service_app.org_uuid}
    post(address, cookie, origin(address), **changed)
    served.session.settle(60)
    served.server.saved()
    served.server.update(STARTING)
    served.server.update(Snapshot(WORKS))
    assert "Your changes are saved." in page()


def test_a_check_of_the_old_answers_that_ends_after_they_were_changed_is_no_result(
    served: Served, webex: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is the end of the old sign-in, nor a renewal that follows. It was shown as that of the
    new answers, on a page that is not loaded again."""
    address, cookie = save(served, webex)

    def page() -> str:
        return open_page(address, cookie).decode()

    served.server.update(Snapshot(FORBIDDEN))
    assert "Webex gives no token for this organization" in page()
    served.server.saved()
    refused = Outcome(SignInResult.CONSENT_REFUSED)
    served.server.update(Snapshot(WORKS, signed_in=refused))
    served.server.update(Snapshot(WORKS, Activity.REFRESHING))
    served.server.update(Snapshot(WORKS))
    assert served.server.is_in_use  # nothing works yet
    assert "Saved. Getting the first token" in page()
    served.server.update(Snapshot(WORKS, Activity.CHECKING))
    assert "Saved. Getting the first token" in page()
    served.server.update(Snapshot(SIGN_IN))
    assert "Last step: sign in" in page()
    assert "declined" not in page()
    monkeypatch.setattr(setup_server, "_RESULT_SECONDS", 0.0)  # no check has begun for so long
    served.server.saved()
    served.server.update(Snapshot(FORBIDDEN))
    assert "Webex gives no token for this organization" in page()


def test_what_is_odd_is_saved_by_the_button_that_says_so(served: Served, webex: Sandbox) -> None:
    address = served.server.address()
    cookie = cookie_of(open_page(address))
    odd = answers(webex) | {"serviceApp__targetOrgId": "Y2lz"}
    for do, stage in (
        ("send", Stage.FORM),
        ("send", Stage.FORM),
        ("anyway", Stage.SAVED),
    ):
        post(address, cookie, origin(address), do=do, **odd)
        served.session.settle(60)
        assert served.session.stage is stage


def test_the_end_of_an_old_sign_in_does_not_end_the_wait_for_the_new_one(
    served: Served, webex: Sandbox
) -> None:
    """After a change of the answers, its end may come after the click."""
    address, cookie = save(served, webex)
    post(address, cookie, origin(address), do="sign-in")
    served.server.update(Snapshot(SIGN_IN, signed_in=Outcome(SignInResult.CANCELLED)))
    assert served.server.lead("http://127.0.0.1:1/sign-in/key")
    open_page(address, cookie)
    assert "cancelled" not in open_page(address, cookie).decode()


def test_who_comes_back_from_webex_sees_the_outcome(served: Served, webex: Sandbox) -> None:
    """Not "Last step: sign in", which the snapshot of before would show. It stays, though the
    next check says nothing about the sign-in."""
    assert served.server.return_address() == ""  # nothing is saved
    address, cookie = save(served, webex)
    post(address, cookie, origin(address), do="sign-in")
    served.server.update(Snapshot(SIGN_IN))
    assert served.server.lead("http://127.0.0.1:1/sign-in/key")
    back = served.server.return_address()
    assert back != address
    first = open_page(back)
    assert "Webex has answered. Getting the token…" in first.decode()
    served.server.update(Snapshot(SIGN_IN))
    assert "Webex has answered" in open_page(back, cookie_of(first)).decode()
    served.server.update(Snapshot(WORKS, signed_in=Outcome(SignInResult.RENEWED)))
    page = open_page(back, cookie_of(first)).decode()
    assert "<h1>Token works</h1>" in page
    assert "The token is in <code>/home/me/.env</code>" in page
    refused = Outcome(SignInResult.CONSENT_REFUSED)
    served.server.update(Snapshot(SIGN_IN, signed_in=refused))
    served.server.update(Snapshot(SIGN_IN))
    assert "was declined in the browser" in open_page(back, cookie_of(first)).decode()
    post(address, cookie, origin(address), do="edit")
    assert served.server.return_address() == ""  # the answers are being changed


def test_after_a_refusal_the_organization_is_marked_in_the_form(
    served: Served, webex: Sandbox
) -> None:
    address, cookie = save(served, webex)
    refused = Outcome(SignInResult.WRONG_ACCOUNT, detail="Not authorized.")
    served.server.update(Snapshot(SIGN_IN, signed_in=refused))
    assert "Webex gives no token for this organization" in open_page(address, cookie).decode()
    post(address, cookie, origin(address), do="edit")
    served.session.settle(60)
    marked = 'id="serviceApp-targetOrgId-noted"'
    assert marked in open_page(address, cookie).decode()
    served.server.saved()
    post(address, cookie, origin(address), **answers(webex))
    served.session.settle(60)
    post(address, cookie, origin(address), do="edit")
    served.session.settle(60)
    assert marked not in open_page(address, cookie).decode()


def test_it_is_in_use_until_a_token_works_or_nobody_looks(served: Served, webex: Sandbox) -> None:
    used = [served.server.is_in_use]  # not opened yet
    address, cookie = save(served, webex)
    used.append(served.server.is_in_use)
    served.server.update(Snapshot(SIGN_IN))
    used.append(served.server.is_in_use)
    served.server.update(Snapshot(WORKS))
    used.append(served.server.is_in_use)
    post(address, cookie, origin(address), do="edit")
    used.append(served.server.is_in_use)
    served.server.close()
    used.append(served.server.is_in_use)
    assert used == [False, True, True, False, True, False]


def test_once_a_token_has_worked_it_is_in_use_no_more(served: Served, webex: Sandbox) -> None:
    """A token that died in the quarter of an hour after the set-up was told to nobody, and a
    sign-in from the menu led back here."""
    address, cookie = save(served, webex)
    served.server.update(Snapshot(WORKS))
    served.server.update(Snapshot(SIGN_IN))
    used = [(served.server.is_in_use, served.server.return_address() != "")]
    post(address, cookie, origin(address), do="sign-in")  # the page is still there, and used
    used.append((served.server.is_in_use, served.server.return_address() != ""))
    assert used == [(False, False), (True, True)]


def test_a_change_that_is_cancelled_or_that_changes_nothing_is_no_use(
    served: Served, webex: Sandbox
) -> None:
    address, cookie = save(served, webex)
    served.server.update(Snapshot(SIGN_IN))
    used = []
    for form in ({"do": "cancel"}, answers(webex)):
        for sent in ({"do": "edit"}, form):
            post(address, cookie, origin(address), **sent)
            served.session.settle(60)
            used.append((served.session.stage, served.server.is_in_use))
    assert used == [(Stage.FORM, True), (Stage.SAVED, False)] * 2
