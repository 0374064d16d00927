"""Where files live, and which config counts."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import platformdirs
import pytest

from tray_app.model.errors import ConfigError
from tray_app.system.dirs import (
    CONFIG_NAME,
    CONFIG_VARIABLE,
    AppDirs,
    find_config,
    is_private,
    make_directory,
    resource,
    user_home,
)
from tray_app.system.own_folder import own_folder

posix = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.fixture
def folders(tmp_path: Path) -> AppDirs:
    return AppDirs.under(tmp_path / "user")


@posix
def test_the_option_leads_over_the_variable_over_the_working_directory_over_the_user(
    here: Path, folders: AppDirs
) -> None:
    """In this order, each only if those before it are not given."""
    user = folders.config / CONFIG_NAME
    assert find_config(None, {}, folders) == user, "the last one, so that a message can name it"
    (here / CONFIG_NAME).write_text("{}")
    assert find_config(None, {}, folders) == here / CONFIG_NAME
    named = {CONFIG_VARIABLE: "/etc/a.json"}
    assert find_config(None, named, folders) == Path("/etc/a.json")
    assert find_config("/etc/b.json", named, folders) == Path("/etc/b.json")
    assert find_config("", {CONFIG_VARIABLE: ""}, folders) == here / CONFIG_NAME


@posix
def test_a_name_is_taken_in_full(
    here: Path, folders: AppDirs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays the same when the working directory changes; "~" is the home."""
    monkeypatch.setenv("HOME", "/home/me")
    assert find_config("x.json", {}, folders) == here / "x.json"
    assert find_config("~/x.json", {}, folders) == Path("/home/me/x.json")
    assert find_config("~no-such-user/x.json", {}, folders) == here / "~no-such-user/x.json"


@posix
def test_a_working_directory_that_is_gone_is_passed_over(here: Path, folders: AppDirs) -> None:
    """A shell may be in a deleted folder."""
    here.rmdir()
    assert find_config(None, {}, folders) == folders.config / CONFIG_NAME


@posix
def test_a_relative_name_in_a_working_directory_that_is_gone_is_a_fault(here: Path) -> None:
    """It was a traceback."""
    here.rmdir()
    with pytest.raises(ConfigError, match="the working directory has been removed"):
        find_config("x.json", {}, AppDirs.of_user())


def test_the_folders_are_those_of_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here by the XDG variables."""
    for name in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    folders = AppDirs.of_user()
    assert "webex-token-tray" in str(folders.config)
    assert folders.token_facts.is_relative_to(folders.state)
    assert folders.locks.is_relative_to(folders.state)
    assert folders.log_file.is_relative_to(folders.log)
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert folders.config == tmp_path / "CONFIG" / "webex-token-tray"
        assert folders.state == tmp_path / "STATE" / "webex-token-tray"


def test_all_folders_may_be_in_one_that_is_thrown_away(tmp_path: Path) -> None:
    """For the demo and the tests."""
    folders = AppDirs.under(tmp_path)
    for path in (folders.config, folders.token_facts, folders.locks, folders.log_file):
        assert path.is_relative_to(tmp_path)


@pytest.mark.parametrize("name", ["token-config.json.template", "assets"])
def test_resources_are_found_in_the_checkout(name: str) -> None:
    """Beside the package, if there is no wheel."""
    assert resource(name) == Path(__file__).parents[2] / name
    assert resource(name).exists()


def test_resources_are_found_in_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the package, where the build puts them."""
    shipped = tmp_path / "tray_app" / "_resources" / "token-config.json.template"
    shipped.parent.mkdir(parents=True)
    shipped.write_text("{}")
    module = tmp_path / "tray_app" / "system" / "dirs.py"
    monkeypatch.setattr("tray_app.system.dirs.__file__", str(module))
    assert resource("token-config.json.template") == shipped


@posix
@pytest.mark.parametrize("before", [None, 0o755, 0o750, 0o700])
def test_a_private_directory_is_for_its_owner(tmp_path: Path, before: int | None) -> None:
    """Made so, or made so now."""
    path = tmp_path / "a" / "b"
    if before is not None:
        path.mkdir(parents=True)
        path.chmod(before)
    assert own_folder(path) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


@posix
@posix
@pytest.mark.parametrize("umask", [0o177, 0o777])
def test_a_umask_that_takes_all_rights_leaves_the_owners(tmp_path: Path, umask: int) -> None:
    """`~/.local` was made with mode 0, and no later run had a store."""
    before = os.umask(umask)
    try:
        make_directory(tmp_path / "local" / "share")
        own_folder(tmp_path / "local" / "state" / "ours")
    finally:
        os.umask(before)
    for name in ("", "share", "state", "state/ours"):
        assert (tmp_path / "local" / name).stat().st_mode & 0o777 == 0o700


@posix
def test_folders_above_it_that_are_missing_are_private_too(tmp_path: Path) -> None:
    """As XDG wants its base folders; one that is there stays as it is."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o755)
    before = os.umask(0)
    try:
        own_folder(tmp_path / "home" / "state" / "ours" / "locks")
    finally:
        os.umask(before)
    modes = [
        stat.S_IMODE((tmp_path / "home" / name).stat().st_mode)
        for name in ("", "state", "state/ours", "state/ours/locks")
    ]
    assert modes == [0o755, 0o700, 0o700, 0o700]


@posix
def test_another_users_directory_is_used_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner has let us write there."""
    tmp_path.chmod(0o755)

    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchmod", forbidden)
    assert own_folder(tmp_path) == tmp_path


@posix
def test_a_file_in_the_place_of_a_directory_is_an_oserror(tmp_path: Path) -> None:
    """Which callers expect."""
    (tmp_path / "x").write_text("")
    with pytest.raises(OSError, match="Not a directory"):
        own_folder(tmp_path / "x")


@posix
@pytest.mark.parametrize(
    ("mode", "private"), [(0o600, True), (0o400, True), (0o644, False), (0o640, False)]
)
def test_whether_others_can_read_a_file(tmp_path: Path, mode: int, private: bool) -> None:
    """For a warning about secrets in it."""
    path = tmp_path / "x"
    path.write_text("")
    path.chmod(mode)
    assert is_private(path) is private


@pytest.mark.skipif(sys.platform != "linux", reason="there platformdirs is asked")
@pytest.mark.parametrize("set_to", [None, "", "/else/where"])
@pytest.mark.parametrize("home", [None, "/home/me"])
def test_the_folders_are_those_of_other_programs(
    set_to: str | None, home: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without platformdirs, which takes long to load."""
    values = dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), set_to)
    for name, value in (values | {"HOME": home}).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    dirs = platformdirs.PlatformDirs("webex-token-tray", appauthor=False)
    found = AppDirs.of_user()
    assert (found.config, found.state) == (dirs.user_config_path, dirs.user_state_path)
    assert (found.log, found.data) == (dirs.user_log_path, dirs.user_data_path)


@pytest.mark.skipif(os.name != "posix", reason="HOME is not asked there")
def test_a_home_that_is_relative_is_none(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    """`HOME=.`: a planted ./.config/webex-token-tray would count as the user's own."""
    import pwd

    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    own = Path(pwd.getpwuid(os.getuid()).pw_dir)
    monkeypatch.setenv("HOME", ".")
    assert AppDirs.of_user().config == own / ".config/webex-token-tray"
    assert all(path.is_absolute() for path in AppDirs.of_user())
    assert user_home({"HOME": "x"}) == user_home({"HOME": ""}) == own
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.setenv("XDG_CONFIG_HOME", "planted")
    assert AppDirs.of_user().config == here / ".config/webex-token-tray"
