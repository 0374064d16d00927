"""token-config.json -> Config, or all its faults at once, each with field and remedy.

Reads the nested shape of the template. A secret may stand in the file, be "@keyring", or be
absent; where the last two, the keyring is asked by the engine. No value is ever echoed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tray_app.core.credentials import Integration, ServiceApp
from tray_app.core.errors import ConfigError
from tray_app.core.model import Config
from tray_app.core.secret import Secret

IN_KEYRING = "@keyring"
LEAST_POLL_SECONDS = 15
DEFAULT_POLL_SECONDS = 300
MOST_POLL_SECONDS = 86_400

_LARGEST = 1 << 20
_WHERE = {
    "serviceApp.appId": "the service app's page at developer.webex.com shows it",
    "serviceApp.clientId": "the service app's page at developer.webex.com shows it",
    "serviceApp.clientSecret": "regenerate it on the service app's page if it is lost",
    "serviceApp.targetOrgId": "the app's Org Authorizations list it",
    "tokenManager.integration.clientId": "the integration's page at developer.webex.com shows it",
}


class ConfigFile:
    """One token-config.json, re-read only when the file has changed."""

    def __init__(self, path: Path, least_poll_seconds: float = LEAST_POLL_SECONDS) -> None:
        self.path = path
        self._least_poll = least_poll_seconds
        self._seen: tuple[int, int, int] | None = None
        self._config: Config | None = None

    def read(self) -> Config:
        """Return the config as the file has it now. Raises ConfigError with every fault."""
        try:
            state = self.path.stat()
            signature = (state.st_mtime_ns, state.st_size, state.st_ino)
            if self._config is None or signature != self._seen:
                self._config = parse(
                    self.path.read_bytes()[: _LARGEST + 1], self.path, self._least_poll
                )
                self._seen = signature
        except FileNotFoundError:
            raise self._fault("there is no such file; copy token-config.json.template") from None
        except OSError as error:
            raise self._fault(f"cannot be read: {error.strerror}") from error
        return self._config

    def _fault(self, sentence: str) -> ConfigError:
        self._config = None
        return ConfigError(str(self.path), (sentence,))


def parse(raw: bytes, path: Path, least_poll_seconds: float = LEAST_POLL_SECONDS) -> Config:
    """Turn the file's bytes into a Config. Raises ConfigError with every fault found."""
    if len(raw) > _LARGEST:
        raise ConfigError(str(path), ("larger than 1 MiB; is it the right file?",))
    try:
        root = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(str(path), ("not UTF-8; save it as UTF-8",)) from None
    except json.JSONDecodeError as error:
        # Not chained: the error holds the whole document, secrets and all.
        where = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(str(path), (f"not valid JSON at {where}: {error.msg}",)) from None
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        raise ConfigError(str(path), ("not valid JSON; start from the template",)) from None
    if not isinstance(root, dict):
        raise ConfigError(str(path), ("not a JSON object; start from the template",))
    reader = _Reader(root)
    config = _config(reader, path, least_poll_seconds)
    if reader.faults:
        raise ConfigError(str(path), tuple(reader.faults))
    return config


def _config(reader: _Reader, path: Path, least_poll_seconds: float) -> Config:
    app = ServiceApp(
        app_id=reader.required("serviceApp.appId"),
        client_id=reader.required("serviceApp.clientId"),
        client_secret=reader.secret("serviceApp.clientSecret"),
        target_org_id=reader.required("serviceApp.targetOrgId"),
    )
    personal = reader.token("tokenManager.personalAccessToken")
    integration = None
    if reader.has("tokenManager.integration"):
        integration = Integration(
            client_id=reader.required("tokenManager.integration.clientId"),
            client_secret=reader.secret("tokenManager.integration.clientSecret"),
            refresh_token=reader.token("tokenManager.integration.refreshToken"),
        )
    env_file = Path(reader.text("tray.envFile") or ".env").expanduser()
    return Config(
        path=str(path),
        service_app=app,
        personal_access_token=personal,
        integration=integration,
        env_file=os.path.normpath(path.parent / env_file),
        poll_seconds=reader.number("tray.pollSeconds", DEFAULT_POLL_SECONDS, least_poll_seconds),
    )


class _Reader:
    """Looks fields up by their dotted name and gathers the faults."""

    def __init__(self, root: Mapping[str, object]) -> None:
        self._root = root
        self.faults: list[str] = []

    def has(self, name: str) -> bool:
        """Whether the section holds anything that a person filled in."""
        section = self._find(name)
        return isinstance(section, dict) and any(
            isinstance(value, str) and value.strip() and not _is_placeholder(value)
            for value in section.values()
        )

    def required(self, name: str) -> str:
        """An identifier that must be there; "" where it is not, with the fault noted."""
        value = self.text(name)
        remedy = _WHERE[name]
        if value is None:
            self._fault(name, f"is missing; {remedy}")
        elif _is_placeholder(value):
            self._fault(name, f"still holds the template's placeholder; {remedy}")
        elif any(character.isspace() or character in "\"'" for character in value):
            self._fault(name, "holds a space or a quote; paste the bare value")
        else:
            return value
        return ""

    def secret(self, name: str) -> Secret | None:
        """A client secret written in the file, else None."""
        value = self.text(name)
        if value is None or value == IN_KEYRING or _is_placeholder(value):
            return None
        if any(character.isspace() for character in value) or not value.isascii():
            self._fault(name, "holds a space or an odd character; paste the bare value")
            return None
        return Secret(value)

    def token(self, name: str) -> Secret | None:
        """A token written in the file, else None."""
        found = self.secret(name)
        if found is not None and not found.is_bearer:
            self._fault(name, "is not a token by its form (RFC 6750); paste the bare value")
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
            self._fault(name, f"must be a number of seconds, {least:g} to {MOST_POLL_SECONDS}")
            return default
        return float(value)

    def text(self, name: str) -> str | None:
        """A string without the spaces around it; None if absent or empty."""
        value = self._find(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self._fault(name, "must be a string in quotes")
            return None
        return value.strip() or None

    def _find(self, name: str) -> object:
        found: object = self._root
        *sections, last = name.split(".")
        for depth, section in enumerate(sections, 1):
            if not isinstance(found, dict):
                return None
            found = found.get(section)
            if found is not None and not isinstance(found, dict):
                self._fault(".".join(sections[:depth]), "must be an object in braces")
                return None
        return found.get(last) if isinstance(found, dict) else None

    def _fault(self, name: str, sentence: str) -> None:
        fault = f"{name} {sentence}"
        if fault not in self.faults:
            self.faults.append(fault)


def _is_placeholder(value: str) -> bool:
    return value.strip().lower().startswith(("your_", "<your"))
