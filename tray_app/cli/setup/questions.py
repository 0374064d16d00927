"""The questions in their order. Answers go into the draft; nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.cli.setup import prompts
from tray_app.cli.setup.known_secrets import APP_SECRET, PERSONAL_TOKEN
from tray_app.cli.setup.verification import Answer
from tray_app.config.parser import where_to_find
from tray_app.model import webex_ids
from tray_app.model.credentials import ServiceApp
from tray_app.model.redirect import DEFAULT_REDIRECT_URI
from tray_app.model.secret import Secret
from tray_app.model.sign_in import MINT_SCOPE
from tray_app.model.variables import REDIRECT, SECRET_FIELDS
from tray_app.system.log import REDACTOR

if TYPE_CHECKING:
    from tray_app.cli.setup.known_secrets import KnownSecrets
    from tray_app.cli.setup.verification import LiveVerifier
    from tray_app.config.draft import ConfigDraft

APP_ID, APP_CLIENT, ORG = "serviceApp.appId", "serviceApp.clientId", "serviceApp.targetOrgId"
ENV_FILE = "tray.envFile"

_LABELS = {
    "appId": "App id",
    "clientId": "Client id",
    "clientSecret": "Client secret",
    "targetOrgId": "Organization id",
    "personalAccessToken": "Personal access token",
    "oauthClientId": "Client id",
    "oauthClientSecret": "Client secret",
    "redirectUri": "Redirect URI",
    "envFile": "Path",
}


class Interview:
    """Asks for each field of a draft."""

    def __init__(self, draft: ConfigDraft, known: KnownSecrets, verifier: LiveVerifier) -> None:
        self._draft, self._known, self._verifier = draft, known, verifier

    def all(self) -> None:
        """Ask for every field."""
        self.service_app()
        self.renewal()
        self.env_file()

    def service_app(self) -> None:
        """Ask for the service app."""
        prompts.heading(
            "The service app, whose token your programs use",
            "developer.webex.com, My Webex Apps, your service app.",
        )
        self.ask(APP_ID)
        self._ask_client(APP_CLIENT, APP_SECRET, "the service app's", self._client_of_app())
        self._warn_of_ids()
        self.ask(ORG)

    def renewal(self) -> None:
        """Ask for what mints a new token once the app's own refresh token has expired."""
        prompts.heading("What mints a new token when the app's own refresh token has expired")
        options = [
            "an integration: you sign in once in the browser, then it renews itself",
            "a personal access token: two minutes, for a try; it expires after 12 hours",
            "nothing for now",
        ]
        integration, *_ = self._draft.integration_fields
        has_integration = bool(self._draft.effective(integration))
        has_personal_token = self._known.secret(PERSONAL_TOKEN) is not None
        default = 1 if has_personal_token and not has_integration else 0
        (self.integration, self.personal_token, lambda: None)[prompts.choice(options, default)]()

    def integration(self) -> None:
        """Ask for the integration, the OAuth client that renews the personal access token."""
        prompts.heading(
            "The integration",
            f"developer.webex.com, My Webex Apps, Create a New App; scope {MINT_SCOPE}.",
        )
        client_id, client_secret, _ = self._draft.integration_fields
        self._ask_client(client_id, client_secret, "the integration's")
        self.ask(REDIRECT, implied=DEFAULT_REDIRECT_URI)

    def personal_token(self) -> None:
        """Ask for a personal access token."""
        prompts.heading("The personal access token")
        while self.ask(PERSONAL_TOKEN) or self._known.secret(PERSONAL_TOKEN):
            token = self._known.secret(PERSONAL_TOKEN)
            if token is None or self._verifier.token(token) is not Answer.WRONG:
                return
            if not prompts.yes("Paste another one?"):
                return

    def env_file(self) -> None:
        """Ask for the `.env` to write."""
        prompts.heading("The .env that your programs read")
        here = Path.cwd()
        if self._draft.is_new and self._draft.path.parent != here:
            self.ask(ENV_FILE, str(here / ".env"))
        else:
            self.ask(ENV_FILE, implied=".env")

    def ask(self, name: str, default: str = "", *, implied: str = "") -> bool:
        """Ask for one field until the answer is valid. Return whether there is one.

        `default`: the answer for Enter if the field is empty; `implied`: what an empty field means.
        """
        secret, label = name in SECRET_FIELDS, _LABELS[name.rpartition(".")[2]]
        prompts.note(f"{label}: {where_to_find(name)}")
        variable = self._draft.variable(name)
        if variable:
            prompts.open_question(f"{variable} is set and wins; unset it to use the config.")
            return False
        now = self._known.describe_source(name) if secret else self._draft.value(name) or implied
        offered = "" if now else default
        value = self._valid_line(name, now, offered, hidden=secret)
        if not value:
            return False
        if secret:
            REDACTOR.add([Secret(value)])
            prompts.note(f"{len(value)} characters taken", "    ")
        personal_token = self._known.secret(PERSONAL_TOKEN) if name == APP_ID else None
        self._draft.set(name, value)
        if personal_token and not self._known.secret(PERSONAL_TOKEN):
            # It was stored under the name of the other app.
            self._draft.set(PERSONAL_TOKEN, personal_token.reveal())
        return True

    def _valid_line(self, name: str, now: str, offered: str, *, hidden: bool) -> str:
        """The answer once it is valid; "" for none."""
        while True:
            typed = prompts.line(now=now, offered=offered, hidden=hidden) or offered
            fault = self._draft.error_in(name, typed) if typed else ""
            if not fault:
                return typed
            prompts.wrong(f"it {fault}.")

    def _ask_client(self, id_field: str, secret_field: str, whose: str, default: str = "") -> None:
        """Ask for a client id and its secret until Webex no longer refuses them."""
        while True:
            self.ask(id_field, default)
            self.ask(secret_field)
            client_id = self._draft.effective(id_field)
            secret = self._known.secret(secret_field)
            if not client_id or secret is None:
                return
            if self._verifier.client(whose, client_id, secret) is not Answer.WRONG:
                return
            if not prompts.yes("Type them again?"):
                return

    def _client_of_app(self) -> str:
        """The client id that the app id contains."""
        decoded = webex_ids.decode_id(self._draft.effective(APP_ID))
        return decoded[1] if decoded and decoded[0] == "APPLICATION" else ""

    def _warn_of_ids(self) -> None:
        from tray_app.config.file import app_warnings

        known = self._draft.effective
        for warning in app_warnings(ServiceApp(known(APP_ID), known(APP_CLIENT), None, "")):
            prompts.open_question(f"{warning}.")
