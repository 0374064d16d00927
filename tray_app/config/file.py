"""token-config.json: parsed into a Config, or all its faults at once, each with field and remedy.

Reads the shape of the template, and the two that earlier scripts wrote (docs/webex-api.md, "Config
shapes in circulation"). A secret may be in the file, "@keyring", or absent. No value is echoed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from tray_app.config import json_edit
from tray_app.config.json_file import config_error, io_error, parse_object, rewrite
from tray_app.config.outputs import read_outputs
from tray_app.config.parser import IN_KEYRING, ConfigReader, is_literal
from tray_app.model import webex_ids
from tray_app.model.credentials import Integration, ServiceApp
from tray_app.model.errors import ConfigError
from tray_app.model.ownership import Ownership
from tray_app.model.printable import quoted
from tray_app.model.secret import Secret
from tray_app.model.settings import Config, SecretStore
from tray_app.model.variables import SECRET_VARIABLES
from tray_app.system import atomic_file, ownership
from tray_app.system.directory_fd import verified_state
from tray_app.system.dirs import POSIX, TEMPLATE, make_directory, resource
from tray_app.system.file_probe import Signature, signature
from tray_app.system.mounts import is_container

MIN_POLL_SECONDS = 15
DEFAULT_POLL_SECONDS = 300
KEEP_ALIVE = "tray.keepAlive"

_SECRET_FIELD = re.compile(
    rb'(?P<before>"(?:clientSecret|refreshToken|personalAccessToken|oauthClientSecret'
    rb'|oauthRefreshToken)"\s*:\s*)(?P<value>"(?:[^"\\]|\\.)*")'
)


class ConfigFile:
    """One token-config.json, read again only if it has changed."""

    def __init__(
        self,
        path: Path,
        least_poll_seconds: float = MIN_POLL_SECONDS,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`environ`: variables that override fields (`model.variables.VARIABLES`)."""
        self.path = path
        self._admit: Callable[[Config], Config] = lambda config: config
        self._least_poll = least_poll_seconds
        self._environ = environ
        self.seen: Signature = ()
        """The signature of the file at the last `read`, even one that failed."""
        self._valid_signature: Signature = ()
        self._config: Config | None = None

    def set_admission(self, admit: Callable[[Config], Config]) -> None:
        """Call this with each config that is read: it returns what may be used of it, or raises
        ConfigError."""
        self._admit = admit

    def read(self) -> Config:
        """Return the current config, as the same object while nothing in it changes. Raises
        ConfigError with every fault."""
        seen = signature(self.path)
        if self._config is not None and seen and seen == self._valid_signature:
            return self._config
        self.seen, self._valid_signature = seen, ()
        raw, owned = self._read_opened()
        owner = ownership.other_owner(owned, os.environ)
        environ, ignored = environment_for(owner, self._environ)
        parsed = parse(raw, self.path, self._least_poll, environ)
        warned = parsed.warnings + ignored
        parsed = replace(parsed, written_by=owned, owner=owner, warnings=warned)
        if _holds_secrets(raw):
            parsed = replace(parsed, warnings=parsed.warnings + _readable_by_others(owned))
        parsed = self._admit(parsed)
        if self._config is None or parsed != self._config:
            self._config = parsed
        self._valid_signature = seen
        return self._config

    def _parse(self, raw: bytes) -> Config:
        return parse(raw, self.path, self._least_poll, self._environ)

    def _read_bytes(self) -> bytes:
        return self._read_opened()[0]

    def _read_opened(self) -> tuple[bytes, Ownership]:
        """The content and who may write it, from the same descriptor."""
        try:
            return atomic_file.read_opened(self.path, self._ownership)
        except FileNotFoundError:
            raise self._error("there is no such file; webex-token-tray setup makes it") from None
        except OSError as error:
            raise io_error(self.path, "read", error) from error

    def _ownership(self, handle: int) -> Ownership:
        """Who may write the file that was opened. Raises OSError if a link of another user has led
        root there: it would use secrets of a third one."""
        verified_state(self.path, handle)
        return ownership.ownership_of(self.path, handle)

    def create(self, text: bytes) -> None:
        """Create the file for this user only (0600), also in place of a template that nobody has
        filled in. Raises ConfigError, also if there is any other file."""
        was = self._template()
        rule = atomic_file.allow_any if was is None else _private
        try:
            make_directory(self.path.parent)  # an existing one may be a project's: its mode stays
            atomic_file.replace(self.path, text, was=was, rule=rule)
        except OSError as error:
            raise io_error(self.path, "made", error) from error

    def is_untouched(self) -> bool:
        """Whether this is a template that nobody has filled in."""
        return self._template() is not None

    def _template(self) -> bytes | None:
        """The file's content if it is such a template."""
        try:
            raw = atomic_file.read_small(self.path)
        except OSError:
            return None
        return raw if is_template(raw, self.path) else None

    def replace_with_reference(self, kept: Collection[Secret]) -> int:
        """Replace these secrets by "@keyring"; every other byte stays.

        Returns how many; 0 if the file cannot be changed safely.
        """
        replaced = 0

        def pointed(match: re.Match[bytes]) -> bytes:
            nonlocal replaced
            written = json.loads(match["value"])
            if Secret(written.strip()) not in kept:
                return match[0]
            replaced += 1
            return match["before"] + json.dumps(IN_KEYRING).encode()

        try:
            raw = atomic_file.read_small(self.path)
            changed = _SECRET_FIELD.sub(pointed, raw)
            self._parse(changed)
            if replaced:
                atomic_file.replace(self.path, changed, was=raw)
        except (OSError, ValueError, ConfigError):
            return 0
        return replaced

    def set_kept_data_source(self, source_id: str, *, on: bool) -> None:
        """Set whether this data source is kept alive; every other byte stays.

        Raises ConfigError; the file is then unchanged.
        """

        def change(raw: bytes | None) -> bytes | None:
            before = self._parse(raw or b"")
            kept = before.kept | {source_id} if on else before.kept - {source_id}
            if kept == before.kept:
                return None
            changed = json_edit.set_fields(raw or b"", self.path, {KEEP_ALIVE: sorted(kept)})
            if self._parse(changed) != replace(before, kept=kept):
                raise self._error(f"{KEEP_ALIVE} cannot be set there; edit it by hand")
            return changed

        rewrite(self.path, self._read_bytes, change)

    def unknown_keys(self) -> tuple[str, ...]:
        """Return a sentence for each key of the file that is ignored; none if it cannot be read."""
        from tray_app.config.keys import unknown_keys

        try:
            return unknown_keys(parse_object(self._read_bytes(), self.path))
        except ConfigError:
            return ()

    def is_edited(self) -> bool:
        """Whether the file has changed since the last `read`, even one that failed."""
        return signature(self.path) != self.seen

    def _error(self, sentence: str) -> ConfigError:
        return config_error(self.path, sentence)


def is_template(raw: bytes, path: Path) -> bool:
    """Return whether nothing in it differs from our template, or from an earlier version's, which
    had fewer keys."""
    shipped = resource(TEMPLATE)
    try:
        return _is_part(parse_object(raw, path), parse_object(shipped.read_bytes(), shipped))
    except ConfigError:
        return False


def _private(_: atomic_file.Target) -> atomic_file.Verdict:
    return atomic_file.Verdict(private=True)


def _is_part(found: object, whole: object) -> bool:
    if isinstance(found, dict) and isinstance(whole, dict):
        return all(key in whole and _is_part(value, whole[key]) for key, value in found.items())
    return found == whole and type(found) is type(whole)


def environment_for(
    owner: str, environ: Mapping[str, str]
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the variables that may replace fields of a config, and a warning about the others:
    this user's secrets are not used for another user's config (`owner`). In a container, whoever
    started it has set them, so they are used."""
    secrets = sorted(SECRET_VARIABLES & environ.keys())
    if not owner or not secrets or is_container(os.environ):
        return environ, ()
    kept = {name: text for name, text in environ.items() if name not in SECRET_VARIABLES}
    said = "the config belongs to another user, so secrets in your environment are not used for it"
    return kept, (f"{said}: {', '.join(secrets)}",)


def parse(
    raw: bytes,
    path: Path,
    least_poll_seconds: float = MIN_POLL_SECONDS,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Config:
    """Parse the file's bytes. Raises ConfigError with every fault."""
    fields = ConfigReader(parse_object(raw, path), environ)
    config = _config(fields, path, least_poll_seconds)
    if fields.faults:
        raise ConfigError(str(path), fields.faults)
    return config


def _config(fields: ConfigReader, path: Path, least_poll_seconds: float) -> Config:
    app = ServiceApp(
        app_id=fields.required("serviceApp.appId"),
        client_id=fields.required("serviceApp.clientId"),
        client_secret=fields.secret("serviceApp.clientSecret"),
        target_org_id=fields.required("serviceApp.targetOrgId"),
    )
    pasted, integration = fields.token("tokenManager.personalAccessToken"), _integration(fields)
    return Config(
        service_app=app,
        warnings=app_warnings(app),
        personal_access_token=pasted,
        integration=integration,
        outputs=read_outputs(fields, path),
        poll_seconds=fields.number("tray.pollSeconds", DEFAULT_POLL_SECONDS, least_poll_seconds),
        secret_store=SecretStore(fields.choice("tray.secretStore", list(SecretStore))),
        on_token_change=fields.command("tray.onTokenChange"),
        on_state_change=fields.command("tray.onStateChange"),
        kept=fields.ids(KEEP_ALIVE),
        quiet_hours=fields.quiet_hours("tray.quietHours"),
        lead=fields.days("tray.leadDays"),
        status_feed=fields.flag("tray.statusFeed"),
        from_environment=frozenset(fields.from_environment),
        leaves_secrets=fields.leaves_secrets,
    )


def app_warnings(app: ServiceApp) -> tuple[str, ...]:
    """Return a sentence for each oddity of the app's ids."""
    decoded = webex_ids.decode_id(app.app_id)
    if decoded is None or decoded[1] == app.client_id:
        return ()
    # Webex's own example has a pair that differs: a warning, not an error.
    return ("serviceApp.appId and serviceApp.clientId seem to belong to different apps",)


def _holds_secrets(raw: bytes) -> bool:
    """Whether the file itself contains a secret, also one that a variable overrides."""
    values = (json.loads(match["value"]) for match in _SECRET_FIELD.finditer(raw))
    return any(is_literal(value) for value in values)


def _readable_by_others(file: Ownership) -> tuple[str, ...]:
    """A warning if group or others may read or write the file; none on Windows, which has no such
    modes. Like ssh, it does not look at the folders above."""
    if not POSIX or not file.mode & 0o077:
        return ()
    remedy = f"chmod 600 {quoted(file.path)}"
    said = f"{file.path} holds secrets, and other users of this machine have access to it: {remedy}"
    return (said,)


def _integration(fields: ConfigReader) -> Integration | None:
    redirect = fields.redirect()  # also notes the fault of a section that is not an object
    client_id, client_secret, refresh_token = shape = fields.integration_fields()
    if not any(fields.is_filled(name) or fields.is_set(name) for name in shape):
        return None
    return Integration(
        client_id=fields.required(client_id),
        client_secret=fields.secret(client_secret),
        refresh_token=fields.token(refresh_token),
        redirect=redirect,
    )
