"""Reads and checks the fields of token-config.json; the environment can override them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tray_app.model import webex_ids
from tray_app.model.quiet_hours import QuietHours, read_quiet_hours
from tray_app.model.redirect import DEFAULT_REDIRECT, DEFAULT_REDIRECT_URI, Redirect, parse_redirect
from tray_app.model.secret import Secret
from tray_app.model.variables import ACCESS_TOKEN, REDIRECT, REFRESH_TOKEN, SHAPES, VARIABLES
from tray_app.policy.data_source_records import is_id

IN_KEYRING = "@keyring"
MAX_POLL_SECONDS = 86_400
MAX_LEAD_DAYS = 60
"""Refresh tokens live for 60 or 90 days."""

_SHOWN_ONCE = "shows it once; regenerate it there if it is lost"
_APP_PAGE = "the service app's page at developer.webex.com"
_WHERE = {
    "serviceApp.appId": f"{_APP_PAGE} shows it; it begins with Y2lz",
    "serviceApp.clientId": f"{_APP_PAGE} shows it; it begins with C",
    "serviceApp.clientSecret": f"{_APP_PAGE} {_SHOWN_ONCE}",
    "serviceApp.targetOrgId": "the app's page lists it under Org Authorizations; it begins"
    " with Y2lz",
    "tokenManager.personalAccessToken": "sign in to developer.webex.com, click your picture, copy"
    " it; it expires after 12 hours",
    REDIRECT: "exactly as the integration's page at developer.webex.com lists it, for example"
    f" {DEFAULT_REDIRECT_URI}",
    ACCESS_TOKEN: "optional; Control Hub, or the app's page under Org Authorizations, gives it to"
    " an administrator",
    REFRESH_TOKEN: "comes with the access token, which it renews",
    "tray.envFile": "a full path; the file is created if it does not exist",
}
_WHERE_OF_INTEGRATION = "the integration's page at developer.webex.com shows it"
_WHERE_OF_ITS_SECRET = f"the integration's page at developer.webex.com {_SHOWN_ONCE}"
_AS_LIST = 'as ["systemctl", "--user", "restart", "my.service"]; no shell reads it'
_CLIENT_ID = re.compile(r"C[0-9a-f]{64}\Z")
_KINDS = {"serviceApp.appId": "APPLICATION", "serviceApp.targetOrgId": "ORGANIZATION"}


def where_to_find(name: str) -> str:
    """Return where a person finds the field's value, as part of a sentence."""
    is_secret = name.lower().endswith("secret")
    return _WHERE.get(name, _WHERE_OF_ITS_SECRET if is_secret else _WHERE_OF_INTEGRATION)


class ConfigReader:
    """Looks up fields by dotted name and collects faults, at most one for each field.

    `from_environment`: secrets found in the environment; `leaves_secrets`: whether a secret
    that was looked up says "@keyring".
    """

    def __init__(self, root: Mapping[str, object], environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self._faults: dict[str, str] = {}
        self.from_environment: set[Secret] = set()
        self.leaves_secrets = False

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults so far, as sentences that start with the field."""
        return tuple(
            f"{VARIABLES[name] if self.is_set(name) else name} {sentence}"
            for name, sentence in self._faults.items()
        )

    def is_filled(self, name: str) -> bool:
        """Whether the field is filled in in the file."""
        value = self._in_file(name)
        return isinstance(value, str) and value.strip() != "" and not _is_placeholder(value)

    def integration_fields(self) -> tuple[str, ...]:
        """The one of `SHAPES` that the file uses for its integration; the first if it has none."""
        filled = (shape for shape in SHAPES if any(self.is_filled(name) for name in shape))
        return next(filled, SHAPES[0])

    def required(self, name: str) -> str:
        """An identifier that must be there; "" after noting the fault if it is not."""
        value = self.text(name)
        remedy = where_to_find(name)
        if value is None:
            self.add_fault(name, f"is missing; {remedy}")
        elif _is_placeholder(value):
            self.add_fault(name, f"still holds the template's placeholder; {remedy}")
        elif not _is_bare(value) or '"' in value or "'" in value:
            self.add_fault(name, "holds a space, a quote or an odd character; paste the bare value")
        elif name in _KINDS and _CLIENT_ID.match(value):
            self.add_fault(name, f"is a client id; {remedy}")
        elif (kind := _other_kind(name, value)) is not None:
            self.add_fault(name, f"is the id of another kind of thing ({kind}); {remedy}")
        else:
            return value
        return ""

    def secret(self, name: str) -> Secret | None:
        """A secret in the file or the environment, or None."""
        value = self.text(name)
        if value is None or not is_literal(value):
            self.leaves_secrets |= value is not None and value.strip() == IN_KEYRING
            return None
        if not _is_bare(value):
            self.add_fault(name, "holds a space or an odd character; paste the bare value")
            return None
        if self.is_set(name):
            self.from_environment.add(Secret(value))
        return Secret(value)

    def token(self, name: str) -> Secret | None:
        """A token in the file or the environment, or None."""
        found = self.secret(name)
        if found is not None and not found.is_bearer:
            self.add_fault(name, "is not a token by its form (RFC 6750); paste the bare value")
            return None
        return found

    def redirect(self) -> Redirect:
        """The redirect URI of the integration."""
        try:
            return parse_redirect(self.text(REDIRECT) or DEFAULT_REDIRECT.uri)
        except ValueError as error:
            self.add_fault(REDIRECT, f"{error}; register that one at developer.webex.com")
            return DEFAULT_REDIRECT

    def number(self, name: str, default: float, least: float) -> float:
        """A number of seconds, at least `least`."""
        value = self._find(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            value = -1
        if not least <= value <= MAX_POLL_SECONDS:
            self.add_fault(name, f"must be a number of seconds, {least:g} to {MAX_POLL_SECONDS}")
            return default
        return float(value)

    def days(self, name: str) -> timedelta | None:
        """A whole number of days, or None."""
        value = self._find(name)
        if value is None:
            return None
        if type(value) is int and 1 <= value <= MAX_LEAD_DAYS:
            return timedelta(days=value)
        self.add_fault(name, f"must be a whole number of days, 1 to {MAX_LEAD_DAYS}")
        return None

    def flag(self, name: str) -> bool:
        """True or false; true if absent."""
        value = self._find(name)
        if value is None or isinstance(value, bool):
            return value is not False
        self.add_fault(name, "must be true or false, without quotes")
        return True

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of these words; the first if none is given."""
        word = self.text(name)
        if word is None or word in choices:
            return word or choices[0]
        *others, last = (f'"{choice}"' for choice in choices)
        self.add_fault(name, f"must be {', '.join(others)} or {last}")
        return choices[0]

    def quiet_hours(self, name: str) -> QuietHours | None:
        """Two times of day, or None."""
        text = self.text(name)
        try:
            return read_quiet_hours(text) if text is not None else None
        except ValueError as error:
            self.add_fault(name, str(error))
            return None

    def command(self, name: str) -> tuple[str, ...]:
        """A program and its arguments, or ()."""
        value = self._find(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(_is_argument(each) for each in value):
            self.add_fault(name, f"must be a list of strings, {_AS_LIST}")
            return ()
        if value and not value[0].strip():
            self.add_fault(name, f"names no program; it must be a list, {_AS_LIST}")
            return ()
        return tuple(value)

    def items(self, name: str) -> tuple[Mapping[str, object], ...]:
        """Objects in a list; () if there are none."""
        value = self._find(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.add_fault(name, "must be a list of objects in braces")
            return ()
        return tuple(value)

    def ids(self, name: str) -> frozenset[str]:
        """Ids of data sources."""
        value = self._find(name)
        if value is None:
            return frozenset()
        if not isinstance(value, list) or not all(isinstance(v, str) and is_id(v) for v in value):
            self.add_fault(
                name, "must be a list of ids as `webex-token-tray data-sources` shows them"
            )
            return frozenset()
        return frozenset(value)

    def text(self, name: str) -> str | None:
        """A string without spaces around it; None if absent or empty."""
        value = self._find(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.add_fault(name, "must be a string in quotes")
            return None
        return value.strip() or None

    def add_fault(self, name: str, sentence: str) -> None:
        """Note a fault, unless this field or its section already has one."""
        if not any(name == known or name.startswith(f"{known}.") for known in self._faults):
            self._faults[name] = sentence

    def is_set(self, name: str) -> bool:
        """Whether the environment overrides the field."""
        return self._environ.get(VARIABLES.get(name, ""), "").strip() != ""

    def _find(self, name: str) -> object:
        return self._environ[VARIABLES[name]] if self.is_set(name) else self._in_file(name)

    def _in_file(self, name: str) -> object:
        found: object = self._root
        *sections, last = name.split(".")
        for depth, section in enumerate(sections, 1):
            if not isinstance(found, dict):
                return None
            found = found.get(section)
            if found is not None and not isinstance(found, dict):
                self.add_fault(".".join(sections[:depth]), "must be an object in braces")
                return None
        return found.get(last) if isinstance(found, dict) else None


def _is_argument(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


def is_literal(value: str) -> bool:
    """Whether this is a secret: not a placeholder, "@keyring" or blank."""
    return value.strip() not in {"", IN_KEYRING} and not _is_placeholder(value)


def _is_bare(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def _other_kind(name: str, value: str) -> str | None:
    """The kind of an id if it is not the one that the field needs."""
    decoded = webex_ids.decode_id(value) if name in _KINDS else None
    return decoded[0] if decoded and decoded[0] != _KINDS[name] else None


def _is_placeholder(value: str) -> bool:
    return value.strip().lower().startswith(("your_", "<your"))
