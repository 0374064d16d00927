"""profiles.json in the user's config folder: the profiles, each a name and the path of a config."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tray_app.config.json_file import config_error, io_error
from tray_app.model.errors import ConfigError
from tray_app.system import atomic_file
from tray_app.system.mounts import is_container
from tray_app.system.own_folder import check_owner, in_own_folder, own_folder, read_list

MAX_NAME_LENGTH = 40


class ProfileRegistry:
    """The profiles. Each call reads the file again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> dict[str, Path]:
        """Return the config of each profile, sorted by name. Raises ConfigError."""
        named = _parse(self._read_bytes(), self.path)
        return {name: Path(named[name]) for name in sorted(named, key=str.casefold)}

    def add(self, name: str, config: Path) -> None:
        """Add a profile. Raises ConfigError, also if its name or config is registered already."""
        raw = self._read_bytes()
        named = _parse(raw, self.path)
        is_name = 0 < len(name) <= MAX_NAME_LENGTH and name == name.strip() and name.isprintable()
        if not is_name:
            raise self._error(
                f"{name!r} is no name: 1 to {MAX_NAME_LENGTH} characters that can be printed"
            )
        if name.startswith("-"):
            raise self._error(f"{name!r} is no name: it would read as an option")
        for other, path in named.items():
            if other.casefold() == name.casefold():
                raise self._error(f"there is a profile {other} already: {path}")
            if is_same_file(Path(path), config):
                raise self._error(f"{config} is the profile {other} already")
        self._write(raw, {**named, name: str(config)})

    def remove(self, name: str) -> Path:
        """Remove a profile and return its config, which stays. Raises ConfigError."""
        raw = self._read_bytes()
        named = _parse(raw, self.path)
        if name not in named:
            raise self._error(unknown_profile(name, named))
        config = named.pop(name)
        self._write(raw, named)
        return Path(config)

    def _read_bytes(self) -> bytes | None:
        try:
            raw, state = read_list(self.path)
            if not is_container(os.environ):  # in which it may belong to the image
                check_owner(self.path, state.st_uid)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise io_error(self.path, "read", error) from error
        return raw

    def _write(self, raw: bytes | None, named: Mapping[str, str]) -> None:
        # A path that is not UTF-8 has lone surrogates, which need escapes.
        is_odd = any("\ud800" <= c <= "\udfff" for c in "".join(named.values()))
        root = {"profiles": dict(named)}
        text = json.dumps(root, indent=2, ensure_ascii=is_odd, sort_keys=True)
        try:
            own_folder(self.path.parent, private=False)
            atomic_file.replace(self.path, f"{text}\n".encode(), was=raw, rule=in_own_folder)
        except OSError as error:
            raise io_error(self.path, "written", error) from error

    def _error(self, sentence: str) -> ConfigError:
        return config_error(self.path, sentence)


def is_same_file(one: Path, other: Path) -> bool:
    """Whether both paths lead to the same file."""
    first, second = (os.path.normcase(os.path.realpath(path)) for path in (one, other))
    return first == second


def unknown_profile(name: str, known: Mapping[str, object]) -> str:
    """Return a sentence that there is no such profile, and which there are."""
    there = f"there are: {', '.join(known)}" if known else "there are none; profiles add makes one"
    return f"there is no profile {name}; {there}"


def _parse(raw: bytes | None, path: Path) -> dict[str, str]:
    """Parse the bytes. Raises ConfigError if they are not a list of profiles."""
    if raw is None:
        return {}
    try:
        root = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        root = None
    found = root.get("profiles") if isinstance(root, dict) else None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise config_error(path, 'is not {"profiles": {"name": "path of its token-config.json"}}')
    return found
