"""Where files are: our own in the platform's folders, and the shipped resources."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tray_app.model.errors import ConfigError

APP = "webex-token-tray"
APP_TITLE = "Webex Token Tray"
CONFIG_NAME = "token-config.json"
TEMPLATE = "token-config.json.template"
CONFIG_VARIABLE = "WEBEX_TOKEN_CONFIG"
POSIX = os.name == "posix"

_TRIES = 10


class AppDirs(NamedTuple):
    """The folders of our own files. The demo and the tests use others."""

    config: Path
    state: Path
    log: Path
    data: Path

    @classmethod
    def of_user(cls) -> AppDirs:
        """Return this user's folders."""
        state = xdg_folder(os.environ, "XDG_STATE_HOME", ".local/state") / APP
        plain = cls(
            xdg_folder(os.environ, "XDG_CONFIG_HOME", ".config") / APP,
            state,
            state / "log",
            xdg_folder(os.environ, "XDG_DATA_HOME", ".local/share") / APP,
        )
        if POSIX and sys.platform != "darwin":
            return plain  # what platformdirs finds there, without what it loads: tempfile, lzma …
        import platformdirs

        dirs = platformdirs.PlatformDirs(APP, appauthor=False)
        try:
            found = cls(
                dirs.user_config_path, dirs.user_state_path, dirs.user_log_path, dirs.user_data_path
            )
        except RuntimeError:  # neither HOME nor an account, as in some containers
            return plain
        # A relative HOME or XDG folder could be another user's.
        pairs = zip(found, plain, strict=True)
        return cls(*(path if path.is_absolute() else other for path, other in pairs))

    @classmethod
    def under(cls, root: Path) -> AppDirs:
        """Return folders inside a given one."""
        return cls(root, root / "state", root / "log", root / "data")

    @property
    def token_facts(self) -> Path:
        """The database. It contains no secrets."""
        return self.state / "journal.sqlite3"

    @property
    def secrets(self) -> Path:
        """The secrets file, for a config that uses one instead of the keyring."""
        return self.data / "secrets.json"

    @property
    def locks(self) -> Path:
        """The folder of lock files."""
        return self.state / "locks"

    @property
    def profiles(self) -> Path:
        """The list of profiles."""
        return self.config / "profiles.json"

    @property
    def approvals(self) -> Path:
        """The list of approved configs."""
        return self.config / "approvals.json"

    def unapproved(self, config: str, env_file: str) -> Path:
        """The secrets file of an unapproved config for this `.env`."""
        import hashlib

        name = hashlib.sha256(os.fsencode(f"{config}\0{env_file}")).hexdigest()[:16]
        return self.data / "unapproved" / f"{name}.json"

    @property
    def log_file(self) -> Path:
        """The current log."""
        return self.log / f"{APP}.log"

    def has_place_for(self, path: str) -> bool:
        """Whether this is the path of a file of the program's own, which may not exist yet."""
        own = (self.token_facts, self.secrets, self.profiles, self.approvals, self.log_file)
        real = real_path(Path(path))
        return real in map(real_path, (*own, self.config / CONFIG_NAME)) or real.parent in map(
            real_path, (self.locks, self.data / "unapproved")
        )


def find_config(explicit: str | None, environment: Mapping[str, str], folders: AppDirs) -> Path:
    """Return the config's path: `--config`, WEBEX_TOKEN_CONFIG, working directory, user folder.

    If none exists, the path in the user folder is returned.
    """
    return locate_config(explicit, environment, folders)[0]


def locate_config(
    explicit: str | None, environment: Mapping[str, str], folders: AppDirs
) -> tuple[Path, bool]:
    """Return what `find_config` does, and whether the config was only found: it was not named, and
    is not in the user's config folder."""
    named = explicit or environment.get(CONFIG_VARIABLE)
    if named:
        return absolute(named), False
    with contextlib.suppress(OSError):  # a working directory that is gone or not readable
        here = Path.cwd() / CONFIG_NAME
        if here.exists():
            return here, not _same_folder(here.parent, folders.config)
    return folders.config / CONFIG_NAME, False


def _same_folder(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def user_home(environ: Mapping[str, str]) -> Path:
    """Return the user's home; `/` if there is none, as in containers. Ignores a relative HOME."""
    with contextlib.suppress(RuntimeError):
        found = Path(environ["HOME"]) if "HOME" in environ else Path.home()
        if found.is_absolute():
            return found
    return _account_home()


def xdg_folder(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """Return the folder that the variable names; if that is not absolute, `default` in the home."""
    found = Path(environ.get(variable, ""))
    return found if found.is_absolute() else user_home(environ) / default


def _account_home() -> Path:
    if POSIX:
        import pwd

        with contextlib.suppress(KeyError):
            return Path(pwd.getpwuid(os.getuid()).pw_dir)
    return Path("/")


def absolute(path: str) -> Path:
    """Return the absolute path; a `~name` of no account stays as it is. Raises ConfigError if it
    contains NUL, or is relative and the working directory has been removed."""
    if "\0" in path:
        raise ConfigError(path, ("is not a path: it contains a NUL character",))
    # Not Path.expanduser, which raises RuntimeError if there is no such home.
    expanded = Path(os.path.expanduser(path))  # noqa: PTH111
    try:
        return expanded.absolute()
    except FileNotFoundError:
        why = "cannot be found: the working directory has been removed; name its whole path"
        raise ConfigError(path, (why,)) from None


def as_found(path: Path) -> Path:
    """Return the config's path with its folder's links resolved, but not its own."""
    return Path(os.path.realpath(path.parent)) / path.name


def real_path(path: Path) -> Path:
    """Return the path with its links resolved; as it is if another program keeps replacing a link
    on the way, when `realpath` raises OSError."""
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):
            return Path(os.path.realpath(path))
    return path.absolute()


def profile_id(config_path: Path) -> str:
    """Return a profile's id: a short hash of its config's real path."""
    import hashlib

    real = os.path.normcase(os.path.realpath(config_path))
    return hashlib.sha256(os.fsencode(real)).hexdigest()[:16]


def make_directory(path: Path) -> None:
    """Create the directory and missing parents for this user alone (0700).

    An existing one stays as it is. Raises OSError, also if `Located.refusal` forbids a link of
    another user that leads to the place.
    """
    # Not `parents=True`, which follows the umask: XDG's base folders must be 0700.
    from tray_app.system.directory_fd import located  # `status --max-age` creates no folder

    for missing in reversed([path, *path.parents]):
        if missing.is_dir():
            continue
        with located(missing) as found:
            if refusal := found.refusal():
                raise PermissionError(errno.EPERM, refusal)
            try:
                found.entry.mkdir_for_caller()
            except FileExistsError:
                if not missing.is_dir():
                    raise


def resource(name: str) -> Path:
    """Return the path of a shipped file, in the wheel or in the checkout (editable install)."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_resources" / name
    return shipped if shipped.exists() else package.parent / name


def is_private(path: Path) -> bool:
    """Whether only the owner can read the file. Always true on systems without modes."""
    return not POSIX or not path.stat().st_mode & 0o077
