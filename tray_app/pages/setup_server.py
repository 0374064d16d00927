"""Serves the set-up page on loopback."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from tray_app.loopback.page_keys import COOKIE_LIFETIME
from tray_app.model.health import Reason
from tray_app.model.signs import Colour
from tray_app.model.snapshot import Activity
from tray_app.pages import login_offer, setup_fields, setup_form
from tray_app.pages.facts import style
from tray_app.pages.page_server import PageServer, Reply
from tray_app.pages.setup_form import SetupPages
from tray_app.setup.answers import ORG
from tray_app.setup.session import SetupSession, Stage
from tray_app.system.atomic_file import error_text
from tray_app.text.setup import ENDINGS

if TYPE_CHECKING:
    from tray_app.loopback.request import Request
    from tray_app.model.sign_in import Outcome
    from tray_app.model.snapshot import Snapshot
    from tray_app.pages.html import Html
    from tray_app.system.startup_entries import StartupEntry

log = logging.getLogger(__name__)

_PATIENCE = 1.5
"""Seconds for which the browser waits, before it gets a page that says what is being done."""

_SIGN_IN_SECONDS = 30.0
"""Seconds in which the sign-in has to begin."""

_RESULT_SECONDS = 60.0
"""Seconds in which the first check has to end."""

_UNSETTLED = (Reason.NOT_SET_UP, Reason.CHECKING, Reason.RENEWING)


class SetupServer(PageServer):
    """Any thread may call its methods. The thread "set-up" answers."""

    name = "set-up"
    title = "Set-up"
    again = (
        "To set up the token, click the next step in the menu of the tray icon, or run"
        " webex-token-tray setup."
    )
    failure = "The set-up page cannot be shown"
    forms = True

    def __init__(
        self,
        session: SetupSession,
        config: str,
        sign_in: Callable[[], None],
        env_file: Callable[[], str] = lambda: "",
        *,
        profile: str = "",
        login: StartupEntry | None = None,
        idle: float = COOKIE_LIFETIME,
    ) -> None:
        """`config`: the path to show; `sign_in` begins a sign-in, whose address comes to `lead`;
        `env_file` returns the path of `.env` once there is a config, "" before; `profile`: its
        name, "" if it has none; `login`: offered once the token works; `idle`: seconds after the
        last look until the server ends."""
        super().__init__(style("set-up.css"), idle=idle)
        self._session = session
        self._config = config
        self._sign_in = sign_in
        self._env_file = env_file
        self._pages = SetupPages(self._style, self._policy, page=self.title, profile=profile)
        self._login = login
        self._login_told: Html | None = None
        self._changed = threading.Condition()
        self._snapshot: Snapshot | None = None
        self._signed_in: Outcome | None = None
        self._address = ""
        self._awaits_token = False
        self._awaits_check = False
        """Whether what is published is still about the answers of before."""
        self._asked_until = self._result_until = self._outcome_until = 0.0

    def address(self) -> str:
        """As of every page. What was saved is shown again: it does not work."""
        self._edit()
        return super().address()

    def ended(self) -> None:
        """What was typed ends with the page."""
        self._session.close()

    @property
    def is_in_use(self) -> bool:
        """Whether somebody is setting up here: the page is served, and asks for answers, or for a
        token after they were saved or a sign-in was asked for, until one works."""
        return not self.wait(0) and (self._awaits_token or self._session.stage is not Stage.SAVED)

    def saved(self) -> None:
        """The config is written: what comes next is the result of it. Any thread."""
        with self._changed:
            self._snapshot = self._signed_in = None
            self._awaits_token = self._awaits_check = True
            self._result_until = time.monotonic() + _RESULT_SECONDS

    def update(self, snapshot: Snapshot) -> None:
        """Show this from now on, once something is saved. Any thread."""
        with self._changed:
            is_failed = snapshot.health.reason is Reason.OWN_FAULT  # then no check may begin
            # A check that begins now reads the new config.
            if is_failed or snapshot.activity is Activity.CHECKING:
                self._awaits_check = False
            if self._awaits_check:
                snapshot = replace(snapshot, signed_in=None)
            if setup_form.has_failed(snapshot.signed_in):
                self._asked_until = 0.0
            if snapshot.health.colour is Colour.GREEN and not self._awaits_check:
                self._awaits_token = False
            if snapshot.signed_in is not None:
                self._signed_in, self._outcome_until = snapshot.signed_in, 0.0
            self._snapshot = replace(snapshot, signed_in=self._signed_in)
            self._changed.notify_all()

    def lead(self, address: str) -> bool:
        """Lead the browser to this address if it has asked for a sign-in; returns whether it has.
        Any thread."""
        with self._changed:
            if self._address or time.monotonic() >= self._asked_until:
                return False  # not asked, or nobody has fetched the one before
            self._address = address
            self._changed.notify_all()
            return True

    def return_address(self) -> str:
        """Return the address of the page for a browser that comes back from Webex: it shows the
        outcome. "" if nothing is served or saved, or nobody waits for it here. Any thread."""
        if self._session.stage is not Stage.SAVED or not (self.is_in_use and self.extend()):
            return ""
        with self._changed:
            self._address, self._asked_until = "", 0.0
            self._outcome_until = time.monotonic() + _RESULT_SECONDS
        return super().address()

    def answer(self, request: Request) -> Reply:
        """Take what was sent, or return the page as it is now."""
        if request.form is not None:
            do = request.form.get(setup_fields.DO_FIELD)
            match do.reveal() if do else "":
                case setup_fields.SIGN_IN:
                    self._ask_to_sign_in()
                case setup_fields.EDIT:
                    self._edit()
                case login_offer.LOGIN:
                    self._start_at_login()
                case setup_fields.CANCEL:
                    self._end_wait()
                    self._session.cancel()
                case does:
                    self._end_wait()  # `saved` follows, if there is anything to save
                    self._session.send(request.form, anyway=does == setup_fields.ANYWAY)
            return Reply(again=True)
        self._session.settle(_PATIENCE)
        progress = partial(self._pages.progress, request.path)
        match self._session.stage:
            case Stage.LOOKING:
                asks = "Your keyring may be asking you to unlock it."
                return Reply(progress("Looking at what is there…", asks))
            case Stage.CHECKING:
                return Reply(progress("Checking the answers with Webex…"))
            case Stage.FORM:
                form, now = self._session.form(), datetime.now(UTC)
                return Reply(self._pages.form(form, self._config, self._snapshot, now))
            case Stage.SAVED:
                return Reply(self._after(progress))

    def _end_wait(self) -> None:
        """Wait for no token any more, unless the form is one of before."""
        if self._session.stage is Stage.FORM:
            self._awaits_token = False

    def _edit(self) -> None:
        snapshot = self._snapshot
        note = setup_form.organization_note(snapshot) if snapshot is not None else ""
        self._session.edit({ORG: note} if note else {})
        with self._changed:
            self._signed_in = None
            if self._snapshot is not None:
                self._snapshot = replace(self._snapshot, signed_in=None)

    def _start_at_login(self) -> None:
        if self._login is None:
            return
        fault = ""
        try:
            self._login.turn_on()
        except OSError as error:
            fault = f"{self._login.location} cannot be changed: {error_text(error)}."
            log.warning("%s", fault)
        self._login_told = login_offer.answer(fault)

    def _about_login(self) -> Html | None:
        if self._login_told is not None or self._login is None or self._login.is_on():
            return self._login_told
        return login_offer.offer()

    def _ask_to_sign_in(self) -> None:
        with self._changed:
            self._address, self._signed_in = "", None
            self._awaits_token = True
            self._asked_until = time.monotonic() + _SIGN_IN_SECONDS
        self._sign_in()

    def _after(self, progress: Callable[[str], str]) -> str:
        with self._changed:
            self._changed.wait_for(self._is_settled, _PATIENCE)
            snapshot, address = self._snapshot, self._address
            if address:
                self._address, self._asked_until = "", 0.0
                return self._pages.lead_on(address)
            now = time.monotonic()
            if now < self._asked_until:
                return progress("Opening Webex's page…")
            if now < self._outcome_until:
                return progress("Webex has answered. Getting the token…")
            if snapshot is None or (not self._has_result() and now < self._result_until):
                return progress("Saved. Getting the first token…")
        return self._pages.result(
            snapshot,
            datetime.now(UTC),
            self._session.value(ORG),
            self._env_file(),
            self._about_login(),
            done=self._done(),
        )

    def _done(self) -> str:
        """What was done, as a sentence; "" if the page says it in another way."""
        if self._signed_in is not None:
            return ""
        return ENDINGS.get(self._session.ending, "")

    def _is_settled(self) -> bool:
        if time.monotonic() < self._asked_until:
            return bool(self._address)
        if time.monotonic() < self._outcome_until:
            return False
        return self._has_result()

    def _has_result(self) -> bool:
        snapshot = self._snapshot
        return (
            snapshot is not None
            and not self._awaits_check
            and snapshot.activity is Activity.NOTHING
            and snapshot.health.reason not in _UNSETTLED
        )
