"""The questions of set-up, in groups, and the answers so far: each with one validator, and with one
check at Webex for those that belong together. Nothing is written.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tray_app.config.file import app_warnings
from tray_app.model import webex_ids
from tray_app.model.credentials import Pair, ServiceApp
from tray_app.model.errors import EnvFileError
from tray_app.model.output import Output
from tray_app.model.redirect import DEFAULT_REDIRECT_URI
from tray_app.model.secret import Secret
from tray_app.model.setup import Method
from tray_app.model.sign_in import MINT_SCOPE
from tray_app.model.variables import ACCESS_TOKEN, REDIRECT, REFRESH_TOKEN, SECRET_FIELDS
from tray_app.setup.known_secrets import APP_SECRET, PERSONAL_TOKEN, TYPED
from tray_app.setup.verification import Answer, Finding
from tray_app.system.log import REDACTOR

if TYPE_CHECKING:
    from tray_app.config.draft import ConfigDraft
    from tray_app.setup.known_secrets import KnownSecrets
    from tray_app.setup.verification import LiveVerifier
    from tray_app.system.dirs import AppDirs

APP_ID, APP_CLIENT, ORG = "serviceApp.appId", "serviceApp.clientId", "serviceApp.targetOrgId"
ENV_FILE = "tray.envFile"
STORE = "tray.secretStore"
_TOKENS = (ACCESS_TOKEN, REFRESH_TOKEN)
"""They are not for the draft."""

_LABEL = re.compile(r"[A-Za-z][A-Za-z ()]*:\s+(?=\S+\Z)")


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together. `place`: where to find their values."""

    title: str
    place: str
    fields: tuple[str, ...]


def is_secret(name: str) -> bool:
    """Return whether the field's value is never shown."""
    return name in SECRET_FIELDS or name in _TOKENS


def is_required(name: str) -> bool:
    """Return whether the field must have a value."""
    return name not in {ENV_FILE, *_TOKENS}


def without_label(name: str, text: str) -> str:
    """Return what was pasted without spaces around it, and without the label that was copied with
    it: "Client id: C1" is "C1"."""
    return text.strip() if name == ENV_FILE else _LABEL.sub("", text.strip(), count=1)


class Answers:
    """The answers to one draft."""

    def __init__(
        self,
        draft: ConfigDraft,
        known: KnownSecrets,
        verifier: LiveVerifier,
        folders: AppDirs,
        here: Path,
    ) -> None:
        """`folders`: those of the program; `here`: the working directory."""
        self._draft, self._known, self._verifier = draft, known, verifier
        self._folders, self._here = folders, here
        self._tokens: dict[str, Secret] = {}
        self.is_change = not (draft.is_untouched or draft.faults())
        """Whether there is a set-up that can be used."""

    @property
    def pair(self) -> Pair | None:
        """The service app's tokens if they were given. They are to be saved, not written."""
        access = self._tokens.get(ACCESS_TOKEN)
        return Pair(access, self._tokens.get(REFRESH_TOKEN)) if access else None

    def take_pair(self) -> Pair | None:
        """Return them once."""
        pair = self.pair
        self._tokens.clear()
        return pair

    @property
    def app(self) -> Group:
        """The service app."""
        return Group(
            "The service app, whose token your programs use",
            "developer.webex.com, My Webex Apps, your service app.",
            (APP_ID, APP_CLIENT, APP_SECRET, ORG),
        )

    def renewal(self, method: Method) -> Group:
        """What mints new tokens."""
        client_id, client_secret, _ = self._draft.integration_fields
        if method is Method.INTEGRATION:
            place = (
                "developer.webex.com, My Webex Apps, your integration. To make one: Create a New"
                f" App, with the redirect URI {DEFAULT_REDIRECT_URI} and the scope {MINT_SCOPE}."
            )
            return Group("The integration", place, (client_id, client_secret, REDIRECT))
        if method is Method.PERSONAL_TOKEN:
            return Group("The personal access token", "", (PERSONAL_TOKEN,))
        place = (
            "Both are optional. An administrator gets them in Control Hub, or at"
            " developer.webex.com (My Webex Apps, the service app, Org Authorizations)."
        )
        return Group("The service app's tokens, if you have them", place, _TOKENS)

    @property
    def env(self) -> Group:
        """The `.env` to write; nothing if the config lists outputs, which is done by hand."""
        if self._draft.lists_outputs:
            return Group("", "", ())
        return Group("The .env that your programs read", "", (ENV_FILE,))

    def groups(self, method: Method) -> tuple[Group, ...]:
        """Return all groups in their order."""
        return self.app, self.renewal(method), self.env

    @property
    def method(self) -> Method:
        """The method that the answers so far are for."""
        integration, *_ = self._draft.integration_fields
        if self._draft.effective(integration):
            return Method.INTEGRATION
        if self._known.secret(PERSONAL_TOKEN):
            return Method.PERSONAL_TOKEN
        return Method.NOTHING if self.is_change else Method.INTEGRATION

    def variable(self, name: str) -> str:
        """The environment variable that replaces the answer; "" if it is not set."""
        return self._draft.variable(name)

    def current(self, name: str) -> str:
        """The answer as shown; for a secret, only where it comes from. "" if there is none."""
        if name in _TOKENS:
            return TYPED if name in self._tokens else ""
        if is_secret(name):
            return self._known.describe_source(name)
        if name == ENV_FILE:
            if not self._draft.is_untouched or name in self._draft.changes:
                return self._draft.value(name) or self.default(name)
            return "" if self.suggested(name) else self.default(name)
        if name == REDIRECT and self._has_integration():
            return self._draft.value(name) or DEFAULT_REDIRECT_URI
        return self._draft.value(name)

    def prefilled(self, name: str) -> str:
        """What a form shows at first. A redirect URI is not guessed: only Webex's page knows it,
        and a wrong one shows only at the sign-in."""
        if name == REDIRECT and not self._has_integration():
            return ""  # the template has one
        text = self.current(name) or self.suggested(name)
        return self._full_path(text) if name == ENV_FILE else text

    def _has_integration(self) -> bool:
        """Whether the config has had an integration before."""
        client_id = self._draft.integration_fields[0]
        return client_id not in self._draft.changes and bool(self._draft.effective(client_id))

    def suggested(self, name: str) -> str:
        """A likely answer for a field that has none; "" if there is none."""
        if name == APP_CLIENT:
            decoded = webex_ids.decode_id(self._draft.effective(APP_ID))
            return decoded[1] if decoded and decoded[0] == "APPLICATION" else ""
        if name == REDIRECT:
            return DEFAULT_REDIRECT_URI
        no_place = (self._draft.path.parent, Path(self._here.anchor))
        if name == ENV_FILE and self._draft.is_untouched and self._here not in no_place:
            return str(self._here / ".env")
        return ""

    def default(self, name: str) -> str:
        """What an empty field means; "" if it must not be empty."""
        if name == APP_CLIENT:
            return self.suggested(name)
        return ".env" if name == ENV_FILE else ""

    def fault(self, name: str, text: str) -> str:
        """What is wrong with this answer, as a predicate; "" if nothing is."""
        if not text:
            return "is missing" if is_required(name) else ""
        integration_id = self._draft.integration_fields[0]
        if name == integration_id and text == self._draft.effective(APP_CLIENT):
            return "is the client id of the service app; the integration has one of its own"
        field = PERSONAL_TOKEN if name in _TOKENS else name  # of the same form
        return self._draft.error_in(field, text) or (
            self._fault_of_path(text) if name == ENV_FILE else ""
        )

    def give(self, name: str, text: str) -> None:
        """Take a valid answer."""
        if is_secret(name) and text:
            REDACTOR.add([Secret(text)])
        if name in _TOKENS:
            if text:
                self._tokens[name] = Secret(text)
            return
        if name == ENV_FILE:
            now = self._draft.value(name) or self.default(name)
            if self._full_path(text) == self._full_path(now):
                return  # as it is, relative or not
        personal_token = self._known.secret(PERSONAL_TOKEN) if name == APP_ID else None
        self._draft.set(name, text)
        if personal_token and not self._known.secret(PERSONAL_TOKEN):
            # It was stored under the name of the other app.
            self._draft.set(PERSONAL_TOKEN, personal_token.reveal())

    def checked_with(self, name: str) -> tuple[str, ...]:
        """The fields to check with Webex once this one, the last of them, is answered."""
        integration = self._draft.integration_fields[:2]
        found = ((APP_CLIENT, APP_SECRET), integration, (PERSONAL_TOKEN,), _TOKENS)
        return next((fields for fields in found if fields[-1] == name), ())

    def check(self, name: str) -> Finding | None:
        """Ask Webex about the fields of `checked_with`. None if there is nothing to ask about."""
        if name == REFRESH_TOKEN:
            return self._check_tokens()
        fields = self.checked_with(name)
        secret = self._known.secret(name) if fields else None
        if secret is None:
            return None
        if name == PERSONAL_TOKEN:
            return self._verifier.token(secret)
        whose = "the service app's" if name == APP_SECRET else "the integration's"
        client_id = self._draft.effective(fields[0])
        return self._verifier.client(whose, client_id, secret) if client_id else None

    def _check_tokens(self) -> Finding | None:
        """Those that are wrong are dropped. The refresh token is not tried: Webex may replace it,
        and nothing is saved yet."""
        found = None
        if pair := self.pair:
            found = self._verifier.app_token(pair.access, self._draft.effective(ORG))
        elif REFRESH_TOKEN in self._tokens:
            found = Finding(Answer.WRONG, "The access token is missing: enter both.")
        if found is not None and found.answer is Answer.WRONG:
            self._tokens.clear()
        return found

    def doubt(self, name: str) -> str:
        """What looks odd about this answer, as a sentence without a full stop; "" for nothing."""
        known = self._draft.effective
        if name == ORG and known(ORG) and webex_ids.organization_uuid(known(ORG)) is None:
            return "This is not the id of an organization, or not all of it: copy it again"
        if name == APP_CLIENT:
            app = ServiceApp(known(APP_ID), known(APP_CLIENT), None, "")
            return next(iter(app_warnings(app)), "")
        return ""

    def _fault_of_path(self, text: str) -> str:
        path, base = self._full_path(text), self._draft.path.absolute().parent
        folder = os.path.dirname(path)  # noqa: PTH120
        if os.path.isdir(path):  # noqa: PTH112
            return "is a folder; name the file in it"
        if folder != str(base) and not os.path.isdir(folder):  # noqa: PTH112
            return f"is in a folder that does not exist: {folder}"
        if self._folders.has_place_for(path):
            return "is one of this program's own files; name the file that your programs read"
        there = path if os.path.exists(path) else folder  # noqa: PTH110
        if os.path.exists(there) and not os.access(there, os.W_OK):  # noqa: PTH110
            return "cannot be written by you"
        return self._refused(path) if os.path.exists(path) else ""  # noqa: PTH110

    def _refused(self, path: str) -> str:
        from tray_app.storage.output_file import OutputFile

        file = OutputFile(Output(path), self._draft.written_by)
        try:
            file.read()
            refusal = file.refusal()
        except EnvFileError as error:
            return f"cannot be used: {error}"
        return f"gets no token: {refusal}" if refusal else ""

    def _full_path(self, text: str) -> str:
        base = self._draft.path.absolute().parent
        return os.path.normpath(base / os.path.expanduser(text))  # noqa: PTH111 - never raises
