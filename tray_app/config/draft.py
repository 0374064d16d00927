"""A config that is being filled in: the file, even a faulty one, and the changes to it.

Nothing is written before `write`, which is one atomic replace.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tray_app.config.file import environment_for, is_template, parse
from tray_app.config.json_edit import set_fields
from tray_app.config.json_file import config_error, io_error, parse_object, rewrite
from tray_app.config.parser import ConfigReader, is_literal
from tray_app.model.errors import ConfigError
from tray_app.model.ownership import Ownership
from tray_app.model.settings import Config
from tray_app.model.variables import SECRET_FIELDS, VARIABLES
from tray_app.system import atomic_file, ownership
from tray_app.system.dirs import is_private, make_directory


class ConfigDraft:
    """A token-config.json and changes to it, by dotted field names."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        """`environ`: variables that override fields. Raises ConfigError if the file cannot be read
        or is not a JSON object, but not for faulty fields."""
        self.path = path
        self.written_by: Ownership | None = None
        """The file's ownership; None if there is no file."""
        self.owner = ""
        """What tells the file's owner apart if that is another user than this one and root."""
        self._all_environ = environ
        self._changes: dict[str, str] = {}
        self._root: dict[str, Any] = {}
        self.is_new = True
        self.is_untouched = True
        """Whether there is no file, or a template that nobody has filled in."""
        self.reload()

    def reload(self) -> None:
        """Read the file again; the changes stay. Raises ConfigError."""
        raw = self._read_bytes()
        self.is_new = raw is None
        self._root = parse_object(raw or b"", self.path, may_be_empty=True)
        self.is_untouched = raw is None or is_template(raw, self.path)

    def check_writable(self) -> None:
        """Raise ConfigError if the file could not be written, before the person types anything."""
        folder = Path(os.path.realpath(self.path)).parent
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        if not folder.is_dir():
            raise config_error(self.path, f"cannot be made: {folder} is not a folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise config_error(self.path, f"cannot be written: {folder} is not writable")

    @property
    def changes(self) -> tuple[str, ...]:
        """The names of the fields that `write` will change."""
        return tuple(self._changes)

    @property
    def integration_fields(self) -> tuple[str, ...]:
        """The fields of the integration's client id, client secret and refresh token."""
        return self._fields.integration_fields()

    @property
    def lists_outputs(self) -> bool:
        """Whether the file says by `tray.outputs` where tokens are written."""
        return bool(self._fields.items("tray.outputs"))

    def variable(self, name: str) -> str:
        """The environment variable that overrides this field; "" if it is not set."""
        return VARIABLES[name] if self._fields.is_set(name) else ""

    def value(self, name: str) -> str:
        """The value in the file or the changes; "" if empty, a placeholder or "@keyring"."""
        if name in self._changes:
            return self._changes[name]
        fields = ConfigReader(self._root, {})
        value = fields.text(name) if fields.is_filled(name) else None
        return value if value is not None and is_literal(value) else ""

    def effective(self, name: str) -> str:
        """The environment's value, or else `value`."""
        return self._environ.get(self.variable(name), "").strip() or self.value(name)

    def error_in(self, name: str, value: str) -> str:
        """What would be wrong with this value, as a predicate, or ""."""
        if not is_literal(value):
            return "is a placeholder; paste the value itself"
        try:
            parse(set_fields(b"", self.path, {name: value}), self.path)
        except ConfigError as error:
            said = (fault.partition(" ") for fault in error.faults)
            return next((why for field, _, why in said if field == name), "")
        return ""

    def set(self, name: str, value: str) -> None:
        """Change the field at the next `write`."""
        if value == self.value(name):
            return
        self._changes[name] = value

    def config(self) -> Config:
        """Return the config with the changes. Raises ConfigError with every fault."""
        raw = set_fields(self._read_bytes() or b"", self.path, self._changes)
        return parse(raw, self.path, environ=self._environ)

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the config with the changes; () if nothing is."""
        try:
            self.config()
        except ConfigError as error:
            return error.faults
        return ()

    def write(self) -> None:
        """Change the file or create it (0600); edits that others made meanwhile stay.

        Raises ConfigError; the file is then unchanged.
        """
        rewrite(
            self.path,
            self._read_bytes,
            lambda raw: set_fields(raw or b"", self.path, self._changes),
            make_folder=self._make_folder,
        )
        self._changes = {}
        self.reload()

    def _make_folder(self, folder: Path) -> None:
        make_directory(folder)
        self._make_private()

    def _make_private(self) -> None:
        """Let only this user read a file that gets a secret."""
        if SECRET_FIELDS.isdisjoint(self._changes) or not self.path.exists():
            return
        if not is_private(self.path):
            with contextlib.suppress(PermissionError):  # not ours: reading the config warns of it
                self.path.chmod(0o600)

    @property
    def _environ(self) -> Mapping[str, str]:
        return environment_for(self.owner, self._all_environ)[0]

    @property
    def _fields(self) -> ConfigReader:
        return ConfigReader(self._root, self._environ)

    def _read_bytes(self) -> bytes | None:
        try:
            raw, owned = atomic_file.read_opened(
                self.path, lambda handle: ownership.ownership_of(self.path, handle)
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            raise io_error(self.path, "read", error) from error
        self.written_by, self.owner = owned, ownership.other_owner(owned, os.environ)
        return raw
