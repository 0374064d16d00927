"""The set-up page: the form, and what comes after it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tray_app.model.health import Health, Owner, Reason
from tray_app.model.setup import FILE_FIELD, METHOD_FIELD, Field, Form, FormGroup, Method
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import Snapshot
from tray_app.model.steps import UserAction, action_for
from tray_app.pages.html import NAME, Child, Html, element, join, page_title, whole_page
from tray_app.pages.signs import sign
from tray_app.text.health import headline, step_line
from tray_app.text.setup import (
    METHOD_QUESTION,
    METHODS,
    OVERRIDDEN,
    WITHOUT_KEYRING,
    full_label,
    organization_doubt,
)
from tray_app.text.sign_in import sentence

TITLE = "Set up the token"
DO_FIELD = "do"
SEND, CHECK, SIGN_IN, EDIT = "send", "check", "sign-in", "edit"
"""What a button does."""

RELOAD_SECONDS = "2"
"""After which a page that waits is loaded again."""

_TO_CORRECT = {
    Reason.FORBIDDEN,
    Reason.WRONG_APP_IDS,
    Reason.WRONG_APP_SECRET,
    Reason.APP_SECRET_MISSING,
    Reason.WRONG_INTEGRATION_SECRET,
    Reason.INTEGRATION_SECRET_MISSING,
    Reason.NOTHING_TO_RENEW_WITH,
    Reason.PERSONAL_TOKEN_ENDED,
    Reason.ENV_FAULT,
    Reason.FOREIGN_ORG,
}
"""What an answer in the form may mend."""


@dataclass(frozen=True, slots=True)
class SetupPages:
    """Makes the pages. `style`: the style sheet; `policy`: a Content-Security-Policy that allows it
    and forms; `page`, `profile`: how each title begins."""

    style: str
    policy: str
    zone: tzinfo | None = None
    page: str = ""
    profile: str = ""

    def form(self, form: Form, config: str) -> str:
        """Return the form. `config`: the path of the file to write."""
        wrong = [field for group in form.groups for field in group.fields if field.fault]
        count = len(wrong) + len(form.faults)
        title = f"{_number(count)} to correct" if count else ""
        groups: list[Child] = []
        for group in form.groups:
            if group.method is Method.INTEGRATION:
                groups.append(_methods(form.method))
            groups.append(_group(group))
        body = element(
            "form",
            *groups,
            _store(form) if form.offers_file else None,
            _foot(form, config),
            method="post",
            autocomplete="off",
        )
        intro = element(
            "p",
            f"{NAME} keeps the token in your .env file working. It needs to know your Webex service"
            " app, and what may renew its token. Nothing is saved until you check and save.",
            class_="soft",
        )
        notice = element("p", form.notice, class_="box amber") if form.notice else None
        heading = element("h1", TITLE)
        return self._page(title, heading, intro, notice, _summary(wrong, form), body, is_wide=True)

    def progress(self, said: str, more: str = "This page continues by itself.") -> str:
        """Return a page that is loaded again soon."""
        return self._page(
            said,
            element("h1", said),
            element("p", more),
            refresh=RELOAD_SECONDS,
        )

    def lead_on(self, address: str) -> str:
        """Return a page that leads to Webex's consent page by way of this address of ours."""
        link = element("a", "Continue to Webex", href=address, class_="button")
        return self._page(
            "Continue to Webex",
            element("h1", "Continue to Webex"),
            element("p", "Sign in there, and allow the integration."),
            element("p", link, class_="next"),
            refresh=f"0; url={address}",
        )

    def signed_in(
        self, snapshot: Snapshot, now: datetime, env_file: str, *, attended: bool = True
    ) -> str:
        """Return the outcome of the sign-in in this snapshot, for a page without forms. `now`: UTC;
        `env_file`: the path of `.env`; `attended`: whether the tray runs."""
        signed_in, health = snapshot.signed_in, snapshot.health
        line, more = headline(health, now, self.zone), _where(health, env_file)
        if signed_in is not None and not signed_in.succeeded:
            title, shape = "The sign-in brought no token", Shape.BANG
            more = element("p", f"{line}.")
        else:
            title, shape = line, health.shape
        said = sentence(signed_in, now, self.zone) if signed_in is not None else ""
        return self._page(
            title,
            sign(shape, 64, named=True),
            element("h1", title),
            element("p", said) if said else None,
            more,
            _END if attended else _END_IN_TERMINAL,
        )

    def result(
        self,
        snapshot: Snapshot,
        now: datetime,
        org_id: str,
        env_file: str = "",
        login: Html | None = None,
    ) -> str:
        """Return what has come of it. `now`: UTC; `org_id`: the organization id that was given;
        `env_file`: the path of `.env`; `login`: about the start at login, once the token works."""
        health = snapshot.health
        action = action_for(health)
        signed_in, told = snapshot.signed_in, join()
        if signed_in is not None and has_failed(signed_in):
            told = element("p", sentence(signed_in, now, self.zone), class_="told")
        if is_organization_doubtful(snapshot) and org_id:
            return self._forbidden(snapshot, now, org_id)
        if action is UserAction.SIGN_IN or snapshot.sign_in_until is not None:
            return self._page(
                "Last step: sign in",
                element("h1", "Last step: sign in"),
                told,
                element(
                    "p",
                    "Your answers are saved. Webex asks you once to allow the integration; from"
                    " then on the token is renewed without you.",
                ),
                _buttons((SIGN_IN, "Sign in…"), (EDIT, "Change the answers")),
            )
        line, step = headline(health, now, self.zone), step_line(health, now, self.zone)
        is_green = health.colour is Colour.GREEN
        mend = health.reason in _TO_CORRECT
        return self._page(
            line,
            sign(health.shape, 64, named=True),
            element("h1", line),
            told,
            element("p", f"{step}.") if step and not is_green else None,
            _buttons((EDIT, "Change the answers")) if mend else None,
            _where(health, env_file),
            login if is_green else None,
            _END,
        )

    def _forbidden(self, snapshot: Snapshot, now: datetime, org_id: str) -> str:
        """Webex gives no token: first of all, the organization may be the wrong one."""
        title, again = "Webex gives no token for this organization", (SIGN_IN, "Sign in again…")
        signed_in, health = snapshot.signed_in, snapshot.health
        said = sentence(signed_in, now, self.zone) if signed_in is not None else ""
        is_last = health.who is Owner.ADMIN
        return self._page(
            title,
            sign(Shape.BANG, 64, named=True),
            element("h1", title),
            element("p", "You gave ", element("code", org_id), "."),
            element("p", organization_doubt()),
            element("p", said, class_="soft") if said else None,
            element("p", f"{step_line(health, now, self.zone)}.") if is_last else None,
            _buttons((EDIT, "Change the answers"), *([again] if said else [])),
        )

    def _page(
        self, title: str, *content: Child, is_wide: bool = False, refresh: str | None = None
    ) -> str:
        main, kind = element("main", *content), "set-up" if is_wide else "note set-up"
        body = element("body", main, element("footer", NAME), class_=kind)
        title = page_title(self.page, title, self.profile)
        return whole_page(
            title, body, self.style, self.policy, referrer="same-origin", refresh=refresh
        )


_END = element(
    "p",
    element("strong", "You can close this page"),
    ": the tray icon tells you if something needs you.",
    class_="next",
)
_END_IN_TERMINAL = element(
    "p",
    element("strong", "You can close this page"),
    " and go back to the terminal in which you began.",
    class_="next",
)


def _where(health: Health, env_file: str) -> Html | None:
    """Where the token is that works."""
    if health.colour is not Colour.GREEN or not env_file:
        return None
    return element("p", "The token is in ", element("code", env_file), ".")


def is_organization_doubtful(snapshot: Snapshot) -> bool:
    """Whether the organization id may be why there is no token."""
    signed_in = snapshot.signed_in
    is_refused = signed_in is not None and signed_in.ending is SignInResult.WRONG_ACCOUNT
    return is_refused or snapshot.health.reason is Reason.FORBIDDEN


def has_failed(signed_in: Outcome | None) -> bool:
    """Whether a sign-in has failed. One that was cancelled has not: a new one may have begun."""
    return (
        signed_in is not None
        and not signed_in.succeeded
        and signed_in.ending is not SignInResult.CANCELLED
    )


def _number(count: int) -> str:
    return "1 answer" if count == 1 else f"{count} answers"


def _summary(wrong: list[Field], form: Form) -> Html | None:
    """What is wrong, at the top, where a screen reader begins."""
    items = [_about(field, field.fault) for field in wrong]
    items += [element("li", fault) for fault in form.faults]
    if items:
        title = f"{_number(len(items))} to correct. Nothing is saved yet."
        return _box(title, items, "red")
    noted = [field for group in form.groups for field in group.fields if field.note]
    if not form.is_doubtful or not noted:
        return None
    items = [_about(field, field.note) for field in noted]
    return _box("Check this before you save. Nothing is saved yet.", items, "amber")


def _about(field: Field, said: str) -> Html:
    link = element("a", full_label(field.name), href=f"#{_id(field.name)}")
    return element("li", link, ": ", said)


def _box(title: str, items: list[Html], kind: str) -> Html:
    heading = element("h2", title, id="look", tabindex=-1, autofocus="autofocus")
    return element(
        "section",
        heading,
        element("ul", *items),
        role="alert",
        aria_labelledby="look",
        class_=f"box {kind}",
    )


def _group(group: FormGroup) -> Html:
    kind = f"of-{group.method}" if group.method else None
    place = element("p", group.place, class_="soft") if group.place else None
    legend = element("legend", group.title)
    return element("fieldset", legend, place, *map(_field, group.fields), class_=kind)


def _methods(chosen: Method) -> Html:
    choices = [
        element(
            "label",
            element(
                "input",
                type="radio",
                name=METHOD_FIELD,
                value=method,
                id=f"method-{method}",
                checked="checked" if method is chosen else None,
            ),
            element("span", text[:1].upper() + text[1:]),
            class_="choice",
        )
        for method, text in METHODS.items()
    ]
    return element("fieldset", element("legend", METHOD_QUESTION), *choices)


def _field(field: Field) -> Html:
    name = _id(field.name)
    if field.variable:
        said = {"hint": OVERRIDDEN.format(field.variable)}
    else:
        said = {"hint": field.hint[:1].upper() + field.hint[1:] + "."}
        if field.kept:
            where = "" if field.kept == "typed" else f", {field.kept}"
            said["kept"] = f"Kept{where}. Leave it empty to keep it."
    if field.fault:
        said["fault"] = field.fault
    elif field.note:
        said["noted"] = field.note
    lines = [element("p", text, id=f"{name}-{kind}", class_=kind) for kind, text in said.items()]
    box = element(
        "input",
        # Not "password": a browser would offer to save it, over what the page says is wrong.
        type="text",
        class_="secret" if field.is_secret else None,
        id=name,
        name=field.name,
        value="" if field.is_secret else field.value,
        placeholder="kept" if field.is_secret and field.kept else None,
        autocomplete="off",
        autocapitalize="none",
        spellcheck="false",
        aria_describedby=" ".join(f"{name}-{kind}" for kind in said),
        aria_required="true" if field.is_required else None,
        aria_invalid="true" if field.fault else None,
        disabled="disabled" if field.variable else None,
    )
    label = element("label", field.label, for_=name)
    return element("div", label, *lines, box, class_="field wrong" if field.fault else "field")


def _store(form: Form) -> Html:
    box = element(
        "input",
        type="checkbox",
        name=FILE_FIELD,
        value="yes",
        id=FILE_FIELD,
        checked="checked" if form.uses_file else None,
    )
    text = element("span", "Keep the secrets in a file that only you can read, unencrypted")
    return element(
        "fieldset",
        element("legend", "There is no keyring"),
        element("p", f"Without one {WITHOUT_KEYRING}", class_="soft"),
        element("label", box, text, class_="choice"),
    )


def _foot(form: Form, config: str) -> Html:
    text, again = "Check and save", None
    note = f"The answers are checked with Webex, and saved to {config}."
    if form.is_doubtful:
        text, note = (
            "Save anyway",
            f"The answers are saved to {config}. What you change is checked.",
        )
        again = element(
            "button", "Check again", type="submit", name=DO_FIELD, value=CHECK, class_="second"
        )
    button = element("button", text, type="submit", name=DO_FIELD, value=SEND)
    return element("div", button, again, element("p", note, class_="soft"), class_="foot")


def _buttons(*buttons: tuple[str, str]) -> Html:
    made = [
        element(
            "button",
            text,
            type="submit",
            name=DO_FIELD,
            value=value,
            class_="second" if number else None,
        )
        for number, (value, text) in enumerate(buttons)
    ]
    return element("form", *made, method="post", class_="foot")


def _id(name: str) -> str:
    return name.replace(".", "-")
