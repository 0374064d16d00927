"""How a sign-in ended, in one sentence that a notice can hold."""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.samples import DAY, MINUTE, NOW, often
from tray_app.model.failures import TransportFailure
from tray_app.model.responses import UNKNOWN_PERSON, Person
from tray_app.model.sign_in import DECLINED, SIGN_IN_TIMEOUT, SUCCESSES, Outcome, SignInResult
from tray_app.text.failures import FAILURE_NAMES
from tray_app.text.sign_in import failure_title, sentence

ORG = "1f0c5a3e-0000-4000-8000-00000000abcd"
SAM = Person("Sam Sandbox", "sam@example.com", ORG)
ENDLESS = Person("N" * 1000, "m" * 1000 + "@example.com", ORG)
PEOPLE = {
    "nobody": UNKNOWN_PERSON,
    "a name": Person("Sam Sandbox"),
    "a mail address": Person(email="sam@example.com"),
    "an organization": Person(org_uuid=ORG),
    "all": SAM,
    "long": ENDLESS,
}
KEPT = "Nothing has changed."

# What each ending says happened, and what is to be done, "" where nothing is.
SAID: dict[SignInResult, tuple[str, str]] = {
    SignInResult.RENEWED: ("Token renewed.", ""),
    SignInResult.NO_REFRESH_TOKEN: ("Webex gave no refresh token", ""),
    SignInResult.UNPROVEN: ("but no token yet", "used automatically as soon as possible"),
    SignInResult.NOT_BEGUN: ("port 3000 is taken", "Close what uses it"),
    SignInResult.NO_BROWSER: ("No browser could be opened", "authorize --no-browser"),
    SignInResult.CANCELLED: ("Sign-in cancelled.", ""),
    SignInResult.TIMED_OUT: ("The sign-in timed out.", ""),
    SignInResult.CONSENT_REFUSED: ("declined in the browser", ""),
    SignInResult.SCOPE_REFUSED: ("refused the scope", "add spark:applications_token"),
    SignInResult.WEBEX_FAILED: ("with an error", ""),
    SignInResult.REFUSED: ("Webex refused the sign-in (", ""),
    SignInResult.CONFIG_CHANGED: ("The config was changed", "sign in again"),
    SignInResult.CODE_REFUSED: ("refused the sign-in's code", "Sign in again."),
    SignInResult.WRONG_CLIENT: (
        "refuses the integration's client secret",
        "correct tokenManager.integration.clientSecret",
    ),
    SignInResult.UNREACHABLE: ("could not be completed", "Sign in again."),
    SignInResult.SCOPE_NARROWED: ("was not granted", "Sign in again and allow it"),
    SignInResult.WRONG_ACCOUNT: (
        "gets no token from Webex",
        "sign in as the app's",
    ),
    SignInResult.WRONG_APP_SECRET: (
        "refuses the service app's client secret",
        "Once you correct it",
    ),
    SignInResult.WRONG_APP_IDS: ("does not know this service app", "Once you correct that"),
}
CANNOT = (
    "Cannot receive the sign-in: port 3000 is taken: another program listens there. Close what"
    " uses it, or set another registered tokenManager.integration.redirectUri, or run"
    " webex-token-tray authorize --paste."
)


def said(ending: SignInResult, person: Person = UNKNOWN_PERSON, **more: object) -> str:
    outcome = Outcome(ending, person, **more)  # type: ignore[arg-type]
    return sentence(outcome, NOW, UTC)


def detail_of(ending: SignInResult, detail: str) -> str:
    return CANNOT if ending is SignInResult.NOT_BEGUN else detail


@pytest.mark.parametrize("ending", SignInResult)
@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_every_ending_names_the_outcome_and_the_next_step(
    ending: SignInResult, person: Person
) -> None:
    """Whatever Webex said, and in less than the 255 characters of a notice."""
    outcome, step = SAID[ending]
    for failure, detail in product(
        [None, *TransportFailure], ["", "Because.", "because of this " * 60]
    ):
        known = detail_of(ending, detail)
        text = said(ending, person, until=NOW + 400 * DAY, failure=failure, detail=known)
        assert outcome in text
        assert step in text
        assert len(text) < 255
        assert text[-1] == "."
        assert text[0] == text[0].upper()
        for hole in ("None", "{", "  ", "..", " .", "()"):
            assert hole not in text


def test_the_table_leaves_no_ending_out_and_no_two_read_alike() -> None:
    """Nor is any of them said twice, so that a person can tell what to do."""
    assert list(SAID) == list(SignInResult)
    texts = {said(ending, SAM, detail=detail_of(ending, "Because.")) for ending in SignInResult}
    assert len(texts) == len(SignInResult)


@pytest.mark.parametrize("ending", SignInResult)
def test_the_old_sign_in_is_said_to_stay_wherever_it_does(ending: SignInResult) -> None:
    """A person who was refused need not fear for what still works."""
    changed = (
        *SUCCESSES,
        SignInResult.UNPROVEN,
        SignInResult.WRONG_APP_SECRET,
        SignInResult.WRONG_APP_IDS,
    )
    silent = (SignInResult.NOT_BEGUN, SignInResult.NO_BROWSER, SignInResult.SCOPE_REFUSED)
    silent_too = (SignInResult.CONFIG_CHANGED, SignInResult.WRONG_CLIENT)
    text = said(ending, SAM, detail="Because.", has_old=True)
    stays = KEPT in text or "The old sign-in stays" in text
    assert stays is (ending not in changed + silent + silent_too)
    assert "old sign-in" not in said(ending, SAM, detail="Because.")


@pytest.mark.parametrize(
    ("person", "account"),
    [
        (UNKNOWN_PERSON, "Signed in."),
        (Person(name="Sam"), "Signed in as Sam."),
        (Person(email="sam@example.com"), "Signed in as sam@example.com."),
        (Person("Sam", "sam@example.com"), "Signed in as Sam (sam@example.com)."),
        (Person(org_uuid=ORG), f"Signed in as an account of organization {ORG}."),
        (Person("Sam", "", ORG), f"Signed in as Sam of organization {ORG}."),
        (SAM, f"Signed in as Sam Sandbox (sam@example.com) of organization {ORG}."),
    ],
)
def test_the_account_is_named_as_far_as_webex_has_told(person: Person, account: str) -> None:
    """Mostly it has told the organization and no more."""
    assert said(SignInResult.RENEWED, person) == f"{account} Token renewed."


@pytest.mark.parametrize(
    ("person", "account"),
    [
        (UNKNOWN_PERSON, "This account"),
        (Person(org_uuid=ORG), f"An account of organization {ORG}"),
        (SAM, f"Sam Sandbox (sam@example.com) of organization {ORG}"),
    ],
)
def test_a_wrong_account_is_named_at_the_beginning(person: Person, account: str) -> None:
    """With what Webex had against it, if it said so."""
    text = said(SignInResult.WRONG_ACCOUNT, person, detail="Not the owner.")
    assert text.startswith(f"{account} gets no token from Webex: Not the owner.")
    assert ": no reason given." in said(SignInResult.WRONG_ACCOUNT, person)


def test_an_organization_that_has_worked_is_not_doubted_for_a_wrong_account() -> None:
    """It was the first thing to check, though only the account was another one."""
    text = said(SignInResult.WRONG_ACCOUNT, SAM, detail="Not the owner.", has_worked=True)
    assert text.endswith("gets no token from Webex: Not the owner. Sign in as the app's owner.")
    assert "organization id" in said(SignInResult.WRONG_ACCOUNT, SAM, detail="Not the owner.")


def test_a_sign_in_says_how_long_it_is_good_for_where_that_is_known() -> None:
    """In the person's own time."""
    until = NOW + 90 * DAY
    assert said(SignInResult.RENEWED, until=until) == (
        "Signed in, good until Mon 8 Jun 12:00. Token renewed."
    )
    assert said(SignInResult.RENEWED) == "Signed in. Token renewed."


@pytest.mark.parametrize("ending", [SignInResult.UNPROVEN, SignInResult.UNREACHABLE])
@pytest.mark.parametrize("failure", TransportFailure)
def test_a_trouble_is_told_in_the_words_of_all_others(
    ending: SignInResult, failure: TransportFailure
) -> None:
    """And that there was none to name, where there was none."""
    assert f": {FAILURE_NAMES[failure]}." in said(ending, failure=failure)
    assert ": no answer." in said(ending)


TOLD = [
    SignInResult.REFUSED,
    SignInResult.CODE_REFUSED,
    SignInResult.WRONG_ACCOUNT,
    SignInResult.NOT_BEGUN,
]


@pytest.mark.parametrize("ending", TOLD)
@pytest.mark.parametrize(
    "detail",
    [
        "{}",
        "{0} {detail} {Account}",
        "%s %d %(name)s",
        "{{x}} {a.b} {c!r:>9}",
        "\\n ${HOME} $1",
        "{",
    ],
)
def test_what_a_server_said_is_shown_as_it_is(ending: SignInResult, detail: str) -> None:
    """Never taken for a format; nor is what a person is called."""
    assert detail in said(ending, SAM, detail=detail)
    named = Person(detail, "", "")
    if ending is SignInResult.WRONG_ACCOUNT:
        assert said(ending, named).startswith(detail[:1].upper() + detail[1:])
    assert said(SignInResult.RENEWED, named) == f"Signed in as {detail}. Token renewed."


@often
@given(
    st.sampled_from(SignInResult),
    st.builds(Person, st.text(max_size=300), st.text(max_size=300), st.sampled_from(["", ORG])),
    st.none() | st.just(NOW + 400 * DAY),
    st.none() | st.sampled_from(TransportFailure),
    st.text(max_size=300),
)
def test_whatever_comes_it_is_a_sentence_that_fits(
    ending: SignInResult, person: Person, until: object, failure: object, detail: str
) -> None:
    """Total, deterministic and short."""
    text = said(ending, person, until=until, failure=failure, detail=detail)
    assert text == said(ending, person, until=until, failure=failure, detail=detail)
    assert len(text) < 255
    if ending is not SignInResult.NOT_BEGUN:
        assert SAID[ending][0] in text


def test_what_is_too_long_loses_webexs_words_before_the_account() -> None:
    """Who signed in is what a person can act upon."""
    text = said(SignInResult.WRONG_ACCOUNT, SAM, detail="because of this " * 60)
    assert text.startswith(f"Sam Sandbox (sam@example.com) of organization {ORG} gets no")
    assert "…. Check the organization id" in text
    assert len(text) > 240
    longest = said(SignInResult.WRONG_ACCOUNT, ENDLESS, detail="because of this " * 60)
    assert longest.startswith("N" * 59 + "…")
    assert "because of this because of this" in longest


def test_a_notice_is_used_to_its_last_character() -> None:
    """Cut no more than need be."""
    text = said(SignInResult.REFUSED, detail="x" * 300)
    assert len(text) == 254
    assert text.endswith(f"…). {KEPT}")


def test_of_what_webex_said_forty_characters_stay_whatever_the_account() -> None:
    """A name can be as long as one likes; it must not displace the reason."""
    assert f": {'x' * 39}…." in said(SignInResult.WRONG_ACCOUNT, ENDLESS, detail="x" * 300)


def test_a_mail_address_beside_a_name_is_cut_as_the_name_is() -> None:
    """Sixty characters each."""
    whole, long = Person("N" * 60, "m" * 60), Person("N" * 61, "m" * 61)
    assert (
        said(SignInResult.RENEWED, whole) == f"Signed in as {'N' * 60} ({'m' * 60}). Token renewed."
    )
    assert said(SignInResult.RENEWED, long) == (
        f"Signed in as {'N' * 59}… ({'m' * 59}…). Token renewed."
    )


def test_only_the_full_stop_is_taken_off_what_webex_said() -> None:
    """It has one of its own behind it."""
    assert "code: Not allowed. Nothing" in said(SignInResult.CODE_REFUSED, detail="Not allowed.")
    assert "code: not allowed. Nothing" in said(SignInResult.CODE_REFUSED, detail="not allowed")


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (SignInResult.CANCELLED, "Sign-in cancelled."),
        (SignInResult.TIMED_OUT, "The sign-in timed out."),
        (SignInResult.CONSENT_REFUSED, "The sign-in was declined in the browser."),
        (SignInResult.WEBEX_FAILED, "Webex answered the sign-in with an error."),
        (SignInResult.REFUSED, "Webex refused the sign-in (no)."),
    ],
)
def test_where_nothing_is_to_be_done_that_is_all_that_is_said(
    ending: SignInResult, text: str
) -> None:
    """What happened, and that it did no harm."""
    assert said(ending, SAM, detail="no") == f"{text} {KEPT}"


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (SignInResult.CODE_REFUSED, "Webex refused the sign-in's code: no."),
        (SignInResult.UNREACHABLE, "The sign-in could not be completed: no answer."),
    ],
)
def test_where_it_may_go_well_next_time_that_is_said(ending: SignInResult, text: str) -> None:
    """The code is used up: it takes another sign-in."""
    assert said(ending, SAM, detail="no") == f"{text} {KEPT} Sign in again."


def test_a_sign_in_that_webex_failed_says_http_status_and_tracking_id_but_in_no_notice() -> None:
    outcome = Outcome(SignInResult.UNREACHABLE, http_status="HTTP 503", tracking_id="R_1")
    short = sentence(outcome, NOW, UTC, ids=False)
    assert short.endswith("Sign in again.")
    assert sentence(outcome, NOW, UTC) == f"{short} (HTTP 503, R_1)"


def test_a_long_reason_why_it_cannot_begin_is_cut_at_its_end() -> None:
    """The ways out stand whole in every one that there is."""
    assert said(SignInResult.NOT_BEGUN, detail=CANNOT) == CANNOT
    assert said(SignInResult.NOT_BEGUN, detail="x" * 300) == "x" * 253 + "…"


def test_only_what_renewed_the_token_is_a_success() -> None:
    """A sign-in that has not minted yet is none."""
    succeeded = [ending for ending in SignInResult if Outcome(ending).succeeded]
    assert succeeded == [SignInResult.RENEWED, SignInResult.NO_REFRESH_TOKEN]


@pytest.mark.parametrize("ending", [each for each in SignInResult if each not in SUCCESSES])
def test_the_title_says_you_signed_in_only_if_webex_has_sent_a_code(
    ending: SignInResult,
) -> None:
    signed_in = {
        SignInResult.UNPROVEN,
        SignInResult.CONFIG_CHANGED,
        SignInResult.CODE_REFUSED,
        SignInResult.WRONG_CLIENT,
        SignInResult.UNREACHABLE,
        SignInResult.SCOPE_NARROWED,
        SignInResult.WRONG_ACCOUNT,
        SignInResult.WRONG_APP_SECRET,
        SignInResult.WRONG_APP_IDS,
    }
    got = "You signed in, but got no token"
    title = got if ending in signed_in else "The sign-in was not completed"
    assert failure_title(Outcome(ending)) == title


def test_a_person_has_as_long_as_the_readme_says() -> None:
    """Five minutes: to find a password and a second factor; then the port is free again."""
    assert timedelta(seconds=SIGN_IN_TIMEOUT) == 5 * MINUTE


def test_the_errors_that_webex_may_answer_with_mean_what_the_rfc_says() -> None:
    """RFC 6749 §4.1.2.1; what is not named there is shown as it is."""
    assert {
        "access_denied": SignInResult.CONSENT_REFUSED,
        "invalid_scope": SignInResult.SCOPE_REFUSED,
        "server_error": SignInResult.WEBEX_FAILED,
        "temporarily_unavailable": SignInResult.WEBEX_FAILED,
    } == DECLINED
