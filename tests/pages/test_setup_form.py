"""The set-up page's markup: what each field is tied to, and what is not in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.pages.reading import Node, Reader, tab_icon, title, words
from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.setup import FILE_FIELD, METHOD_FIELD, Field, Form, FormGroup, Method
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import Snapshot
from tray_app.pages.html import NO_STATE
from tray_app.pages.setup_form import SetupPages, organization_note
from tray_app.pages.signs import TAB_ICONS

PAGES = SetupPages("", "default-src 'none'", UTC, "Set-up", "acme")
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
TEXT = Field(
    name="serviceApp.clientId",
    label="Client id of the service app",
    hint="the page shows it",
    value='C1"><b>',
    kept="",
    fault="",
    note="",
    variable="",
    is_secret=False,
    is_required=True,
)
SECRET = replace(
    TEXT,
    name="serviceApp.clientSecret",
    label="Client secret of the service app",
    value="",
    is_secret=True,
)
PATH = replace(TEXT, name="tray.envFile", label="Path", value=".env", is_required=False)
INTEGRATION = replace(TEXT, name="tokenManager.integration.clientId", value="")
FORM = Form(
    (
        FormGroup("The app", "somewhere", (TEXT, SECRET)),
        FormGroup("The integration", "", (INTEGRATION,), Method.INTEGRATION),
        FormGroup("The .env", "", (PATH,)),
    ),
    Method.INTEGRATION,
    faults=(),
    offers_file=False,
    uses_file=False,
    is_doubtful=False,
)


def with_app(*fields: Field, **changes: object) -> Form:
    groups = (FormGroup("The app", "", fields), *FORM.groups[1:])
    return replace(FORM, groups=groups, **changes)  # type: ignore[arg-type]


def read(form: Form) -> Reader:
    return Reader(PAGES.form(form, "/home/me/config.json"))


def inputs(page: Reader) -> dict[str, Node]:
    return {
        node.attributes["name"]: node
        for node in page.all("input")
        if node.attributes["type"] == "text"
    }


def described(page: Reader, name: str) -> list[str]:
    by_id = {node.attributes["id"]: node for node in page.nodes if "id" in node.attributes}
    ids = inputs(page)[name].attributes["aria-describedby"].split()
    return [words(by_id[each]) for each in ids]


@pytest.fixture(autouse=True)
def void_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.pages.reading.VOID", {"meta", "input"})


def test_every_field_has_a_label_and_a_hint_and_nothing_is_completed() -> None:
    page = read(FORM)
    assert title(page) == "Set-up - acme"
    labels = {node.attributes.get("for") for node in page.all("label")}
    assert len(inputs(page)) == 4
    for name, node in inputs(page).items():
        assert node.attributes["id"] in labels
        assert node.attributes["autocomplete"] == "off"
        assert described(page, name) == ["The page shows it."]
        assert node.attributes.get("aria-required") == (None if name == PATH.name else "true")
    assert page.first("form").attributes == {"method": "post", "autocomplete": "off"}
    assert not page.all("script")


def test_where_to_find_the_values_is_a_link_that_leaves_the_form_open() -> None:
    group = FormGroup("The app", "See developer.webex.com, My Webex Apps.", (TEXT,))
    page = read(replace(FORM, groups=(group,)))
    link = next(each for each in page.all("a") if "developer" in words(each))
    assert link.attributes == {
        "href": "https://developer.webex.com",
        "target": "_blank",
        "rel": "noreferrer",
    }
    assert words(page.first("fieldset").all("p")[0]) == "See developer.webex.com, My Webex Apps."


def test_a_value_is_shown_again_and_a_secret_never() -> None:
    page = read(with_app(TEXT, replace(SECRET, value="s3cret", kept="in the keyring")))
    assert inputs(page)[TEXT.name].attributes["value"] == 'C1"><b>'
    secret = inputs(page)[SECRET.name].attributes
    assert (secret["class"], secret["value"], secret["placeholder"]) == ("secret", "", "kept")
    refused = read(with_app(replace(SECRET, kept="typed", fault="Webex refuses it.")))
    assert "placeholder" not in inputs(refused)[SECRET.name].attributes
    assert "Leave it empty to try the same one again." in described(refused, SECRET.name)
    assert "password" not in PAGES.form(with_app(SECRET), "")
    assert "Kept, in the keyring. Leave it empty to keep it." in described(page, SECRET.name)
    assert "s3cret" not in PAGES.form(with_app(replace(SECRET, value="s3cret")), "")


def test_a_fault_is_beside_its_field_and_in_the_summary_which_has_the_focus() -> None:
    page = read(with_app(replace(TEXT, fault="It is missing."), faults=("tray.x is odd",)))
    node = inputs(page)[TEXT.name]
    assert node.attributes["aria-invalid"] == "true"
    assert described(page, TEXT.name)[-1] == "It is missing."
    summary = page.first("section")
    assert summary.attributes["role"] == "alert"
    assert words(summary.all("h2")[0]) == "2 answers to correct. Nothing is saved yet."
    assert "autofocus" in summary.all("h2")[0].attributes
    assert [words(item) for item in summary.all("li")] == [
        "Client id of the service app: It is missing.",
        "tray.x is odd",
    ]
    assert summary.all("a")[0].attributes["href"] == f"#{node.attributes['id']}"
    assert title(page) == "Set-up - acme - 2 answers to correct"
    assert [words(node) for node in page.all("p") if node.attributes.get("class") == "changed"] == [
        "Not checked since you changed it."
    ]


def test_one_fault_of_two_answers_is_counted_and_listed_once() -> None:
    """A client id and its secret are checked together; it counted as two."""
    fault = "Webex refuses them."
    fields = replace(TEXT, fault=fault), replace(SECRET, fault=fault, shares_fault=True)
    page = read(with_app(*fields))
    summary = page.first("section")
    assert words(summary.all("h2")[0]) == "1 answer to correct. Nothing is saved yet."
    of_app = "of the service app"
    assert [words(item) for item in summary.all("li")] == [
        f"Client id {of_app} and Client secret {of_app}: Webex refuses them."
    ]
    assert len(summary.all("a")) == 2
    for field in fields:
        assert described(page, field.name)[-1] == fault


def test_what_is_odd_is_said_before_it_is_saved_all_the_same() -> None:
    """The obvious button checks, and stays where it was."""
    page = read(with_app(replace(TEXT, note="Not checked."), is_doubtful=True))
    assert buttons(page) == ["Check and save", "Save anyway"]
    said = words(page.first("section"))
    assert said.startswith("1 answer to check. Nothing is saved yet.")
    assert "Client id of the service app: Not checked." in said
    assert "choose Save anyway at the end of this page" in said
    assert described(page, TEXT.name)[-1] == "Not checked."
    assert not read(with_app(TEXT, is_doubtful=True)).all("section")


def test_what_is_odd_is_listed_with_what_is_wrong() -> None:
    """An organization that was doubted beside a wrong secret was not mentioned at the top."""
    wrong = replace(SECRET, fault="Webex refuses it.")
    page = read(with_app(replace(TEXT, note="Odd."), wrong, is_change=True))
    summary = page.first("section")
    expected = "1 answer to correct, 1 to check. Your changes are not saved yet."
    assert words(summary.all("h2")[0]) == expected
    assert [words(item) for item in summary.all("li")] == [
        "Client id of the service app: Odd.",
        "Client secret of the service app: Webex refuses it.",
    ]
    assert "Save anyway" not in words(page.first("body"))


def test_a_change_shows_the_state_and_can_be_cancelled() -> None:
    """It looked like a first set-up."""
    health = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, ())
    form = replace(FORM, is_change=True)
    page = Reader(PAGES.form(form, "/home/me/config.json", Snapshot(health), NOW))
    assert words(page.first("h1")) == "Change the set-up"
    assert "Token works" in words(page.first("main"))
    assert buttons(page) == ["Check and save", "Cancel"]
    assert buttons(read(FORM)) == ["Check and save"]
    assert tab_icon(page) == TAB_ICONS[Shape.CHECK]
    assert words(read(form).first("h1")) == "Change the set-up"
    assert tab_icon(read(form)) == tab_icon(read(FORM)) == NO_STATE
    marked = replace(form, groups=with_app(replace(TEXT, note="Odd.")).groups)
    assert words(read(marked).first("section").all("h2")[0]) == "1 answer to check."


def test_what_is_known_of_the_host_stands_above_the_first_question() -> None:
    page = read(replace(FORM, notice="No service apps there."))
    (notice,) = (node for node in page.all("p") if node.attributes.get("class") == "box amber")
    assert words(notice) == "No service apps there."
    assert page.nodes.index(notice) < page.nodes.index(page.first("form"))
    assert not [node for node in read(FORM).nodes if "box" in node.attributes.get("class", "")]


def test_a_field_that_a_variable_answers_cannot_be_typed_into() -> None:
    page = read(with_app(replace(SECRET, variable="WEBEX_X", kept="in the config")))
    assert "disabled" in inputs(page)[SECRET.name].attributes
    assert described(page, SECRET.name) == [
        "WEBEX_X is set and overrides the config; unset it to edit."
    ]


def test_one_method_is_chosen_and_a_secrets_file_is_offered_without_a_keyring() -> None:
    page = read(replace(FORM, method=Method.NOTHING, offers_file=True, uses_file=True))
    radios = [node for node in page.all("input") if node.attributes["name"] == METHOD_FIELD]
    chosen = [node.attributes["value"] for node in radios if "checked" in node.attributes]
    assert (len(radios), chosen) == (3, ["nothing"])
    (box,) = (node for node in page.all("input") if node.attributes["name"] == FILE_FIELD)
    assert "checked" in box.attributes
    assert FILE_FIELD not in PAGES.form(FORM, "")


def result(reason: Reason, colour: Colour = Colour.RED, outcome: Outcome | None = None) -> Reader:
    row = 11 if colour is Colour.GREEN else 1
    shape = Shape.CHECK if colour is Colour.GREEN else Shape.CROSS
    who = Fixer.ADMIN if reason is Reason.FORBIDDEN else Fixer.YOU
    health = Health(row, colour, shape, reason, who, ())
    return Reader(PAGES.result(Snapshot(health, signed_in=outcome), NOW, "ORG-1"))


def buttons(page: Reader) -> list[str]:
    return [words(node) for node in page.all("button")]


def test_green_is_the_end() -> None:
    page = result(Reason.WORKS, Colour.GREEN)
    assert words(page.first("h1")) == "Token works"
    assert title(page) == "Set-up - acme - Token works"
    assert buttons(page) == []
    assert tab_icon(page) == TAB_ICONS[Shape.CHECK]
    assert "You can close this page: the tray icon tells you" in words(page.first("main"))


def test_a_failure_of_this_program_says_what_is_saved_and_how_the_sign_in_ended() -> None:
    for outcome, said in (
        (None, "Your answers are saved. Open the log,"),
        (Outcome(SignInResult.TIMED_OUT), "The sign-in timed out."),
    ):
        text = words(result(Reason.OWN_FAULT, outcome=outcome).first("main"))
        assert said in text
        assert text.count("Open the log, report what it says, then restart the program.") == 1
        assert ("answers are saved" in text) is (outcome is None)


def test_a_wrong_organization_is_suspected_before_an_administrator_is_sent_for() -> None:
    text = words(result(Reason.FORBIDDEN).first("main"))
    assert text.index("ORG-1") < text.index("check the organization id: ")
    assert text.index("check the organization id: ") < text.index("Control Hub")
    assert buttons(result(Reason.FORBIDDEN)) == ["Change the set-up"]
    assert "Before you ask" not in words(result(Reason.WRONG_APP_IDS).first("main"))


def test_what_no_answer_mends_offers_no_way_back() -> None:
    assert buttons(result(Reason.CLOCK_OFF)) == []
    assert tab_icon(result(Reason.CLOCK_OFF)) == TAB_ICONS[Shape.CROSS]


def test_the_sign_in_is_the_last_step_and_a_failed_one_is_said() -> None:
    assert buttons(result(Reason.SIGN_IN_MISSING)) == ["Sign in…", "Change the set-up"]
    page = result(Reason.SIGN_IN_MISSING, outcome=Outcome(SignInResult.TIMED_OUT))
    assert "The sign-in timed out." in words(page.first("main"))
    assert "ORG-1" not in words(page.first("main"))
    page = result(Reason.SIGN_IN_MISSING, outcome=Outcome(SignInResult.WRONG_ACCOUNT))
    assert words(page.first("h1")) == "Webex gives no token for this organization"
    assert words(page.first("code")) == "ORG-1"
    assert buttons(page) == ["Change the set-up", "Sign in again…"]


def test_a_wrong_account_is_named_first_if_the_organization_has_worked_before() -> None:
    """Then its id is right; but once Webex refuses every account, an administrator is needed."""
    outcome = Outcome(SignInResult.WRONG_ACCOUNT, detail="Not the owner.", has_worked=True)
    for reason, colour in ((Reason.SIGN_IN_ENDED, Colour.RED), (Reason.WORKS, Colour.GREEN)):
        page = result(reason, colour, outcome)
        assert words(page.first("h1")) == "This account gets no token"
        assert "Not the owner. Sign in as the app's owner." in words(page.first("main"))
        assert buttons(page) == ["Sign in again…", "Change the set-up"]
        health = Health(8, Colour.AMBER, Shape.BANG, reason, Fixer.YOU, ())
        assert organization_note(Snapshot(health, signed_in=outcome)) == ""
    page = result(Reason.FORBIDDEN, outcome=outcome)
    assert words(page.first("h1")) == "Webex gives no token for this organization"


def test_an_organization_that_was_doubted_is_named_again_before_the_sign_in() -> None:
    health = Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_MISSING, Fixer.YOU, ())
    odd = replace(health, detail="the organization id does not look like one")
    for shown, number in ((health, 0), (odd, 1)):
        text = words(Reader(PAGES.result(Snapshot(shown), NOW, "ORG-1")).first("main"))
        assert text.count("Check this first: the organization id does not look like") == number
        note = "The organization id does not look like one." if number else ""
        assert organization_note(Snapshot(shown)) == note
    forbidden = replace(odd, reason=Reason.FORBIDDEN)
    text = words(Reader(PAGES.result(Snapshot(forbidden), NOW, "ORG-1")).first("main"))
    assert "You gave ORG-1. The organization id does not look like one." in text
    assert organization_note(Snapshot(forbidden)).startswith("Webex gives no token for this")


def test_what_was_done_is_said_unless_a_sign_in_has_failed_since() -> None:
    health = Health(11, Colour.GREEN, Shape.CHECK, Reason.WORKS, None, ())
    failed = Outcome(SignInResult.TIMED_OUT)
    done = "Your changes are saved."
    page = PAGES.result(Snapshot(health), NOW, "", "/x/.env", done=done)
    assert f'<p class="told">{done}</p>' in page
    assert done not in PAGES.result(Snapshot(health), NOW, "")
    after = PAGES.result(Snapshot(health, signed_in=failed), NOW, "", done=done)
    assert done not in after
    assert "timed out" in after
    health = Health(1, Colour.RED, Shape.CROSS, Reason.SIGN_IN_MISSING, Fixer.YOU, ())
    page = PAGES.result(Snapshot(health), NOW, "", done=done)
    assert "<p>Your changes are saved. Webex asks you once" in page
    page = PAGES.result(Snapshot(health, signed_in=failed), NOW, "", done=done)
    assert "<p>Webex asks you once" in page


def test_a_page_that_waits_is_loaded_again_and_one_that_leads_on_goes_there() -> None:
    waiting = PAGES.progress("/set-up/key", "Checking…")
    assert 'http-equiv="refresh" content="2; url=/set-up/key"' in waiting
    page = Reader(PAGES.lead_on("http://127.0.0.1:1/sign-in/k"))
    assert page.all("a")[0].attributes["href"] == "http://127.0.0.1:1/sign-in/k"
    refresh = [node for node in page.all("meta") if node.attributes.get("http-equiv") == "refresh"]
    assert refresh[0].attributes["content"] == "0; url=http://127.0.0.1:1/sign-in/k"


def ended(colour: Colour, outcome: Outcome | None) -> Reader:
    row, shape = (11, Shape.CHECK) if colour is Colour.GREEN else (1, Shape.CROSS)
    reason = Reason.WORKS if colour is Colour.GREEN else Reason.SIGN_IN_MISSING
    health = Health(row, colour, shape, reason, None, ())
    return Reader(PAGES.signed_in(Snapshot(health, signed_in=outcome), NOW, "/x/.env"))


def test_the_page_after_a_sign_in_says_how_it_ended() -> None:
    """Without a form: another address than the set-up page's serves it."""
    page = ended(Colour.GREEN, Outcome(SignInResult.RENEWED))
    assert words(page.first("h1")) == "Token works"
    assert "The token is in /x/.env." in words(page.first("main"))
    failed = ended(Colour.RED, Outcome(SignInResult.TIMED_OUT))
    assert words(failed.first("h1")) == "The sign-in was not completed"
    assert tab_icon(failed) == TAB_ICONS[Shape.BANG]
    assert "The sign-in timed out." in words(failed.first("main"))
    assert "you have not signed in yet." in words(failed.first("main"))
    assert "/x/.env" not in words(failed.first("main"))
    assert words(ended(Colour.GREEN, None).first("h1")) == "Token works"
    assert not [form for each in (page, failed) for form in each.all("form")]
