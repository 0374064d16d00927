"""token-config.json -> Config, or all its faults at once, each with field and remedy.

Reads the shape of the template, and the two others that its forerunners wrote (webex-api.md §7). A
secret may stand in the file, be "@keyring", or be absent; where the last two, the keyring is asked
by the engine. No value is ever echoed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tray_app.adapters import files
from tray_app.adapters.paths import private_directory
from tray_app.core import webex_ids
from tray_app.core.credentials import Integration, ServiceApp
from tray_app.core.errors import ConfigError
from tray_app.core.model import Config
from tray_app.core.secret import Secret

IN_KEYRING = "@keyring"
LEAST_POLL_SECONDS = 15
DEFAULT_POLL_SECONDS = 300
MOST_POLL_SECONDS = 86_400

_WHERE = {
    "serviceApp.appId": "the service app's page at developer.webex.com shows it",
    "serviceApp.clientId": "the service app's page at developer.webex.com shows it",
    "serviceApp.targetOrgId": "the app's Org Authorizations list it",
}
_OF_INTEGRATION = "the integration's page at developer.webex.com shows it"
_KINDS = {"serviceApp.appId": "APPLICATION", "serviceApp.targetOrgId": "ORGANIZATION"}

# Where the integration's client id, client secret and refresh token stand: ours, then the others.
_SHAPES = (
    tuple(f"tokenManager.integration.{n}" for n in ("clientId", "clientSecret", "refreshToken")),
    tuple(f"tokenManager.{n}" for n in ("clientId", "clientSecret", "refreshToken")),
    tuple(f"tokenManager.oauth{n}" for n in ("ClientId", "ClientSecret", "RefreshToken")),
)


class ConfigFile:
    """One token-config.json, re-read only when the file has changed."""

    def __init__(self, path: Path, least_poll_seconds: float = LEAST_POLL_SECONDS) -> None:
        self.path = path
        self._least_poll = least_poll_seconds
        self._seen: tuple[int, ...] = ()
        self._good: tuple[int, ...] = ()
        self._config: Config | None = None

    def read(self) -> Config:
        """Return the config as the file has it now; the same object as long as nothing in it has
        changed. Raises ConfigError with every fault."""
        seen = files.signature(self.path)
        if self._config is not None and seen and seen == self._good:
            return self._config
        self._seen, self._good = seen, ()
        try:
            raw = files.read_small(self.path)
        except FileNotFoundError:
            raise self._fault("there is no such file; copy token-config.json.template") from None
        except OSError as error:
            raise self._fault(f"cannot be read: {files.sentence(error)}") from error
        parsed = parse(raw, self.path, self._least_poll)
        if self._config is None or parsed != self._config:
            self._config = parsed
        self._good = seen
        return self._config

    def begin(self, template: bytes) -> None:
        """Make the file, for this user alone (0600). Raises ConfigError."""
        try:
            private_directory(self.path.parent)
            files.replace(self.path, template, was=None)
        except OSError as error:
            raise self._fault(f"cannot be made: {files.sentence(error)}") from error

    def is_edited(self) -> bool:
        """Whether the file is another than at the last `read`, however that ended."""
        return files.signature(self.path) != self._seen

    def _fault(self, sentence: str) -> ConfigError:
        return ConfigError(str(self.path), (sentence,))


def parse(raw: bytes, path: Path, least_poll_seconds: float = LEAST_POLL_SECONDS) -> Config:
    """Turn the file's bytes into a Config. Raises ConfigError with every fault found."""
    root, fault = _json_object(raw)
    if fault:
        # Outside of any `except`: json's error would hang on as context, and holds the document.
        raise ConfigError(str(path), (fault,))
    reader = _Reader(root)
    config = _config(reader, path, least_poll_seconds)
    if reader.faults:
        raise ConfigError(str(path), reader.faults)
    return config


def _json_object(raw: bytes) -> tuple[dict[str, object], str]:
    """The object that the bytes spell, and why they do not ("" where they do)."""
    try:
        root = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return {}, "not UTF-8; save it as UTF-8"
    except json.JSONDecodeError as error:
        return {}, f"not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        return {}, "not valid JSON; start from the template"
    if not isinstance(root, dict):
        return {}, "not a JSON object; start from the template"
    return root, ""


def _config(reader: _Reader, path: Path, least_poll_seconds: float) -> Config:
    return Config(
        path=str(path),
        service_app=ServiceApp(
            app_id=reader.required("serviceApp.appId"),
            client_id=reader.required("serviceApp.clientId"),
            client_secret=reader.secret("serviceApp.clientSecret"),
            target_org_id=reader.required("serviceApp.targetOrgId"),
        ),
        personal_access_token=reader.token("tokenManager.personalAccessToken"),
        integration=_integration(reader),
        env_file=_env_file(reader, path),
        poll_seconds=reader.number("tray.pollSeconds", DEFAULT_POLL_SECONDS, least_poll_seconds),
    )


def _integration(reader: _Reader) -> Integration | None:
    reader.text(_SHAPES[0][0])  # notes the fault where the section is none
    for shape in _SHAPES:
        if any(reader.is_filled(name) for name in shape):
            client_id, client_secret, refresh_token = shape
            return Integration(
                client_id=reader.required(client_id),
                client_secret=reader.secret(client_secret),
                refresh_token=reader.token(refresh_token),
            )
    return None


def _env_file(reader: _Reader, path: Path) -> str:
    """The absolute path of `.env`; a relative one begins at the config."""
    name = "tray.envFile"
    text = reader.text(name) or ".env"
    if not text.isprintable():
        reader.fault(name, "holds a character that no path has")
        return ""
    here = path.absolute()
    found = os.path.normpath(here.parent / os.path.expanduser(text))  # noqa: PTH111 - never raises
    if found == os.path.normpath(here):
        reader.fault(name, "names the config itself; name the .env that your programs read")
    return found


class _Reader:
    """Looks fields up by their dotted name and gathers the faults, one a field."""

    def __init__(self, root: Mapping[str, object]) -> None:
        self._root = root
        self._faults: dict[str, str] = {}

    @property
    def faults(self) -> tuple[str, ...]:
        """Every fault so far, as a sentence that begins with the field."""
        return tuple(f"{name} {sentence}" for name, sentence in self._faults.items())

    def is_filled(self, name: str) -> bool:
        """Whether a person has filled the field in."""
        value = self._find(name)
        return isinstance(value, str) and value.strip() != "" and not _is_placeholder(value)

    def required(self, name: str) -> str:
        """An identifier that must be there; "" where it is not, with the fault noted."""
        value = self.text(name)
        remedy = _WHERE.get(name, _OF_INTEGRATION)
        if value is None:
            self.fault(name, f"is missing; {remedy}")
        elif _is_placeholder(value):
            self.fault(name, f"still holds the template's placeholder; {remedy}")
        elif not _is_bare(value) or '"' in value or "'" in value:
            self.fault(name, "holds a space, a quote or an odd character; paste the bare value")
        elif (kind := _other_kind(name, value)) is not None:
            self.fault(name, f"is the id of another kind of thing ({kind}); {remedy}")
        else:
            return value
        return ""

    def secret(self, name: str) -> Secret | None:
        """A client secret written in the file, else None."""
        value = self.text(name)
        if value is None or value == IN_KEYRING or _is_placeholder(value):
            return None
        if not _is_bare(value):
            self.fault(name, "holds a space or an odd character; paste the bare value")
            return None
        return Secret(value)

    def token(self, name: str) -> Secret | None:
        """A token written in the file, else None."""
        found = self.secret(name)
        if found is not None and not found.is_bearer:
            self.fault(name, "is not a token by its form (RFC 6750); paste the bare value")
            return None
        return found

    def number(self, name: str, default: float, least: float) -> float:
        """A number of seconds, not below the floor."""
        value = self._find(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            value = -1
        if not least <= value <= MOST_POLL_SECONDS:
            self.fault(name, f"must be a number of seconds, {least:g} to {MOST_POLL_SECONDS}")
            return default
        return float(value)

    def text(self, name: str) -> str | None:
        """A string without the spaces around it; None if absent or empty."""
        value = self._find(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self.fault(name, "must be a string in quotes")
            return None
        return value.strip() or None

    def fault(self, name: str, sentence: str) -> None:
        """Note a fault, unless one of this field or of its section is known already."""
        if not any(name == known or name.startswith(f"{known}.") for known in self._faults):
            self._faults[name] = sentence

    def _find(self, name: str) -> object:
        found: object = self._root
        *sections, last = name.split(".")
        for depth, section in enumerate(sections, 1):
            if not isinstance(found, dict):
                return None
            found = found.get(section)
            if found is not None and not isinstance(found, dict):
                self.fault(".".join(sections[:depth]), "must be an object in braces")
                return None
        return found.get(last) if isinstance(found, dict) else None


def _is_bare(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def _other_kind(name: str, value: str) -> str | None:
    """What an id says it names, where that is not what the field wants (webex-api.md §7)."""
    decoded = webex_ids.decode_id(value) if name in _KINDS else None
    return decoded[0] if decoded and decoded[0] != _KINDS[name] else None


def _is_placeholder(value: str) -> bool:
    return value.strip().lower().startswith(("your_", "<your"))
