"""The set-up page: the form, and what comes after it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from tray_app.model.health import Fixer, Health, Reason
from tray_app.model.setup import Form
from tray_app.model.sign_in import Outcome, SignInResult
from tray_app.model.signs import Colour, Shape
from tray_app.model.snapshot import Snapshot
from tray_app.model.steps import UserAction, action_for
from tray_app.pages.html import (
    NAME,
    NO_STATE,
    Child,
    Html,
    element,
    join,
    page_title,
    whole_page,
)
from tray_app.pages.setup_fields import EDIT, SIGN_IN, buttons, counted, summary, whole_form
from tray_app.pages.signs import TAB_ICONS, sign
from tray_app.policy import organization
from tray_app.text.health import headline, next_step, step_line
from tray_app.text.setup import ORGANIZATION_NOTE, as_sentence, organization_doubt
from tray_app.text.sign_in import failure_title, sentence

TITLE, CHANGE_TITLE = "Set up the token", "Change the set-up"

RELOAD_SECONDS = "2"
"""After which a page that waits is loaded again."""

_INTRODUCTION = (
    f"{NAME} keeps the token in your .env file working. It needs to know your Webex service app,"
    " and how to get tokens for it. Nothing is saved until you check and save."
)

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

    def form(
        self,
        form: Form,
        config: str,
        snapshot: Snapshot | None = None,
        now: datetime | None = None,
    ) -> str:
        """Return the form. `config`: the path of the file to write; `snapshot`: the state at `now`
        (UTC), shown above a change."""
        heading = CHANGE_TITLE if form.is_change else TITLE
        intro: Child = element("p", _INTRODUCTION, class_="soft")
        if form.is_change:
            state = self._state(snapshot.health, now) if snapshot and now else None
            intro = join(
                state, element("p", "Nothing changes until you check and save.", class_="soft")
            )
        return self._page(
            counted(form),
            element("h1", heading),
            intro,
            element("p", form.notice, class_="box amber") if form.notice else None,
            summary(form),
            whole_form(form, config),
            is_wide=True,
            shape=snapshot.health.shape if form.is_change and snapshot else None,
        )

    def _state(self, health: Health, now: datetime) -> Html:
        return element(
            "p", sign(health.shape, 24), headline(health, now, self.zone), class_="state"
        )

    def progress(
        self, address: str, said: str, more: str = "This page continues by itself."
    ) -> str:
        """Return a page that is loaded again soon. `address`: its own. If the browser is at a
        fragment of it, a refresh without an address is a jump there and loads nothing."""
        return self._page(
            said,
            element("h1", said),
            element("p", more),
            refresh=f"{RELOAD_SECONDS}; url={address}",
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
            title, shape = failure_title(signed_in), Shape.BANG
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
            shape=shape,
        )

    def result(
        self,
        snapshot: Snapshot,
        now: datetime,
        org_id: str,
        env_file: str = "",
        login: Html | None = None,
        *,
        done: str = "",
    ) -> str:
        """Return what has come of it. `now`: UTC; `org_id`: the organization id that was given;
        `env_file`: the path of `.env`; `login`: about the start at login, once the token works;
        `done`: what was done, as a sentence."""
        health = snapshot.health
        action = action_for(health)
        signed_in = snapshot.signed_in
        saved = f"{done or 'Your answers are saved.'} "
        if signed_in is not None and has_failed(signed_in):
            saved, done = "", sentence(signed_in, now, self.zone)
        told = element("p", done, class_="told") if done else None
        if organization.is_account_refused(health, signed_in):
            return self._wrong_account(headline(health, now, self.zone), told)
        if organization.is_doubtful(health, signed_in) and org_id:
            return self._forbidden(snapshot, now, org_id, done)
        if action is UserAction.SIGN_IN or snapshot.sign_in_until is not None:
            return self._page(
                "Last step: sign in",
                element("h1", "Last step: sign in"),
                told if not saved else None,
                element(
                    "p",
                    f"{saved}Webex asks you once to allow the integration; from then on the token"
                    " is renewed without you.",
                ),
                element("p", f"Check this first: {health.detail}.", class_="noted")
                if health.detail
                else None,
                _choices((SIGN_IN, "Sign in…"), (EDIT, CHANGE_TITLE)),
            )
        line, step = headline(health, now, self.zone), step_line(health, now, self.zone)
        if health.reason is Reason.OWN_FAULT:
            told, step = None if saved else told, f"{saved}{next_step(health, now, self.zone)}"
        is_green = health.colour is Colour.GREEN
        mend = health.reason in _TO_CORRECT
        return self._page(
            line,
            sign(health.shape, 64, named=True),
            element("h1", line),
            told,
            element("p", f"{step}.") if step and not is_green else None,
            _choices((EDIT, CHANGE_TITLE)) if mend else None,
            _where(health, env_file),
            login if is_green else None,
            _END,
            shape=health.shape,
        )

    def _forbidden(self, snapshot: Snapshot, now: datetime, org_id: str, done: str) -> str:
        """Webex gives no token: first of all, the organization may be the wrong one."""
        title, again = "Webex gives no token for this organization", (SIGN_IN, "Sign in again…")
        health, has_signed_in = snapshot.health, snapshot.signed_in is not None
        is_last = health.who is Fixer.ADMIN
        return self._page(
            title,
            sign(Shape.BANG, 64, named=True),
            element("h1", title),
            element("p", "You gave ", element("code", org_id), f". {as_sentence(health.detail)}"),
            element("p", organization_doubt()),
            element("p", done, class_="soft") if done else None,
            element("p", f"{step_line(health, now, self.zone)}.") if is_last else None,
            _choices((EDIT, CHANGE_TITLE), *([again] if has_signed_in else [])),
            shape=Shape.BANG,
        )

    def _wrong_account(self, line: str, told: Html | None) -> str:
        """The organization has worked before, so another account is all that is needed."""
        title = "This account gets no token"
        return self._page(
            title,
            sign(Shape.BANG, 64, named=True),
            element("h1", title),
            told,
            element("p", f"{line}.", class_="soft"),
            _choices((SIGN_IN, "Sign in again…"), (EDIT, CHANGE_TITLE)),
            shape=Shape.BANG,
        )

    def _page(
        self,
        title: str,
        *content: Child,
        is_wide: bool = False,
        refresh: str | None = None,
        shape: Shape | None = None,
    ) -> str:
        main, kind = element("main", *content), "set-up" if is_wide else "note set-up"
        body = element("body", main, element("footer", NAME), class_=kind)
        title = page_title(self.page, title, self.profile)
        return whole_page(
            title,
            body,
            self.style,
            self.policy,
            tab=TAB_ICONS[shape] if shape else NO_STATE,
            referrer="same-origin",
            refresh=refresh,
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


def organization_note(snapshot: Snapshot) -> str:
    """Return what to say beside the organization id, as a sentence; "" for nothing."""
    if organization.is_doubtful(snapshot.health, snapshot.signed_in):
        return ORGANIZATION_NOTE
    is_first = snapshot.health.reason is Reason.SIGN_IN_MISSING
    return as_sentence(snapshot.health.detail) if is_first else ""


def has_failed(signed_in: Outcome | None) -> bool:
    """Whether a sign-in has failed. One that was cancelled has not: a new one may have begun."""
    return (
        signed_in is not None
        and not signed_in.succeeded
        and signed_in.ending is not SignInResult.CANCELLED
    )


def _choices(*wanted: tuple[str, str]) -> Html:
    return element("form", *buttons(*wanted), method="post", class_="foot")
