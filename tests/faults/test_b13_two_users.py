"""B13: another user of the machine gets no token, runs no command, and ends no sign-in."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM, Machine
from tray_app.model.variables import ACCESS

__all__ = ["BAR"]

pytestmark = NEEDS_ROOT


def test_a_user_of_the_rig_reads_what_is_theirs_and_nothing_else(two_users: Machine) -> None:
    """The rig itself: two users, real permissions, real accounts."""
    secret = two_users.write(VICTIM, two_users.home(VICTIM) / "secret", "x", 0o600)
    code = "import os, pwd; print(pwd.getpwuid(os.geteuid()).pw_name, open(os.sys.argv[1]).read())"
    command = [sys.executable, "-c", code, str(secret)]
    mine = two_users.as_user(VICTIM, command, two_users.shared)
    assert (mine.returncode, mine.stdout) == (0, "victim x\n")
    theirs = two_users.as_user(ATTACKER, command, two_users.shared)
    assert theirs.returncode == 1
    assert "PermissionError" in theirs.stderr


RACED = """
import sys, time
from pathlib import Path
from tray_app.system.config_commands import ConfigCommands as Hook

run, home = Hook._run, Path.home()

def raced(hook, change):
    (home / "about-to-run").touch()
    while not (home / "swapped").exists():
        time.sleep(0.005)
    return run(hook, change)

Hook._run = raced
from tray_app.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
"""The program, which stops for a moment before it looks whether the command may run."""


def test_a_config_swapped_after_it_was_read_runs_no_command(two_users: Machine) -> None:
    """The attacker's config was read; one of root's has its name when the command is to run. It is
    named, so that it is used at all."""
    profile, ran = (
        two_users.profile(VICTIM, two_users.home(VICTIM) / "work"),
        two_users.shared / "ran",
    )
    evil = profile.config()
    env = two_users.home(VICTIM) / "new.env"  # a pair that is there would not be read for them
    evil["tray"] |= {"onTokenChange": ["touch", str(ran)], "envFile": str(env)}
    folder = two_users.shared / "project"
    folder.mkdir()
    planted = two_users.write(ATTACKER, folder / "token-config.json", json.dumps(evil))
    harmless = two_users.write(0, folder / "harmless", json.dumps(evil))
    command = [sys.executable, "-c", RACED, "--config", str(planted), "refresh"]
    with subprocess.Popen(
        two_users.command(VICTIM, *command),
        env=two_users.environ_of(VICTIM),
        cwd=two_users.home(VICTIM),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as raced:
        wait_for((two_users.home(VICTIM) / "about-to-run").exists)
        harmless.rename(planted)
        (two_users.home(VICTIM) / "swapped").touch()
        out, err = raced.communicate(timeout=60)
    assert "Renewed" in out
    assert "belongs to another user" in err
    assert not ran.exists()


@pytest.mark.parametrize(
    ("owner", "mode", "is_run"),
    [(ATTACKER, 0o644, False), (VICTIM, 0o666, False), (VICTIM, 0o644, True)],
    ids=["another user's", "writable by all", "the user's own"],
)
def test_the_command_of_an_imported_config_runs_only_if_nobody_else_can_write_that(
    two_users: Machine, owner: int, mode: int, is_run: bool
) -> None:
    """The import made it the user's own, whose command runs."""
    home = two_users.home(VICTIM)
    profile, ran = two_users.profile(VICTIM, home / "work"), home / "ran"
    wanted = profile.config()
    wanted["tray"] |= {"onTokenChange": ["touch", str(ran)], "envFile": str(profile.env_path)}
    folder = two_users.shared / "old"
    folder.mkdir()
    two_users.give(owner, folder, 0o755)
    old = two_users.write(owner, folder / "old.json", json.dumps(wanted), mode)
    done = two_users.run(VICTIM, "import", str(old), cwd=home)
    assert done.returncode == 0, done.stderr
    made = home / ".config/webex-token-tray/token-config.json"
    env = profile.env_path if is_run else made.with_name(".env")
    assert f"writes       {env}" in done.stdout
    assert ("runs         touch" in done.stdout) is is_run
    assert ("tray.onTokenChange (touch" in done.stderr) is not is_run
    done = two_users.run(VICTIM, "--config", str(made), "refresh", cwd=home)
    assert "Renewed" in done.stdout
    assert ran.exists() is is_run


def test_what_sudo_s_caller_has_imported_writes_no_token_of_root_s_into_the_caller_s_env(
    two_users: Machine,
) -> None:
    """The caller's file became root's own config, and `.env` of that file got root's pair."""
    own = two_users.profile(0, two_users.home(0) / "app")
    done = two_users.run(0, "--config", str(own.config_path), "refresh", cwd=Path("/"))
    assert done.returncode == 0, done.stderr
    home, config = two_users.home(ATTACKER), own.config()
    env = two_users.write(ATTACKER, home / ".env", "", 0o600)
    config["tray"]["envFile"] = str(env)
    old = two_users.write(ATTACKER, home / "old.json", json.dumps(config), 0o600)
    done = two_users.run(0, "import", str(old), cwd=Path("/"), SUDO_UID=str(ATTACKER))
    assert f"tray.envFile ({env}) is left out" in done.stderr
    made = two_users.home(0) / ".config/webex-token-tray/token-config.json"
    done = two_users.run(0, "--config", str(made), "refresh", cwd=Path("/"), SUDO_UID=str(ATTACKER))
    assert "Renewed" in done.stdout
    assert env.read_text() == ""


EXPOSED = """
import os, sys
from pathlib import Path
from tray_app.system import atomic_file as files, ownership

path = Path(sys.argv[1])
_, file = files.read_opened(path, lambda handle: ownership.ownership_of(path, handle))
print(os.geteuid(), file.uid, os.stat("/").st_uid)
print(ownership.find_exposure(path, file, {}))
"""


def test_in_a_rootless_container_the_folders_of_root_are_root_s(two_users: Machine) -> None:
    """There they show the overflow uid. A real user namespace."""
    config = two_users.write(VICTIM, two_users.home(VICTIM) / "token-config.json", "{}")
    become = ("unshare", "--user", "--map-root-user")
    command = [*become, sys.executable, "-c", EXPOSED, str(config)]
    done = two_users.as_user(VICTIM, command, two_users.home(VICTIM))
    if "unshare failed" in done.stderr:
        pytest.skip("this machine has no user namespaces for users")
    assert done.stdout.splitlines() == ["0 0 65534", "None"], done.stderr


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_env_for_a_group_keeps_its_mode_at_each_renewal(two_users: Machine, mode: int) -> None:
    """In a folder that others may write, too: the file holds the current token. One that took its
    place, with our variable and no token of ours, becomes 0600."""
    made = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    two_users.home(VICTIM).chmod(0o755)
    two_users.give(VICTIM, made.folder, mode)
    two_users.give(VICTIM, made.env_path, 0o644)
    os.chown(made.folder, VICTIM, ATTACKER)
    for modes in (0o644, 0o644):
        done = two_users.run(
            VICTIM, "--config", str(made.config_path), "refresh", cwd=two_users.home(VICTIM)
        )
        assert done.returncode == 0, done.stderr
        assert stat.S_IMODE(made.env_path.stat().st_mode) == modes
    two_users.write(VICTIM, made.env_path, f"{ACCESS}=your-token\n")
    done = two_users.run(
        VICTIM, "--config", str(made.config_path), "refresh", cwd=two_users.home(VICTIM)
    )
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(made.env_path.stat().st_mode) == 0o600
    assert "can be read by its owner alone now" in done.stdout + done.stderr


@pytest.mark.parametrize("sticky", [False, True])
def test_a_folder_that_another_user_renames_runs_no_command(
    two_users: Machine, sticky: bool
) -> None:
    """The attacker puts one folder of the victim's into the place of another one, and so has the
    other command run. Under the sticky bit nobody can, and the command runs."""
    open_to_all, ran = two_users.folder / "open", two_users.home(VICTIM) / "ran"
    named = two_users.profile(VICTIM, open_to_all / "named")
    other = two_users.profile(VICTIM, open_to_all / "other")
    for profile in (named, other):
        config = profile.config()
        config["tray"]["onTokenChange"] = ["sh", "-c", f"echo {profile.folder.name} >{ran}"]
        two_users.write(VICTIM, profile.config_path, json.dumps(config), 0o600)
    open_to_all.chmod(0o1777 if sticky else 0o777)
    swap = f"mv {named.folder} {open_to_all}/away && mv {other.folder} {named.folder}"
    swapped = two_users.as_user(ATTACKER, ["sh", "-c", swap], open_to_all)
    assert (swapped.returncode != 0) == sticky
    path = str(named.config_path)
    done = two_users.run(VICTIM, "--config", path, "refresh", cwd=two_users.home(VICTIM))
    assert done.returncode == 0, done.stderr
    if sticky:
        assert ran.read_text() == "named\n"
        return
    assert f"it is not run, because every user can write {open_to_all}" in done.stderr
    assert not ran.exists()


@pytest.mark.parametrize("verb", [("refresh",), ("refresh", "--if-due")])
@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_an_earlier_env_that_another_user_puts_back_shows_no_new_token(
    two_users: Machine, mode: int, verb: tuple[str, ...]
) -> None:
    """A copy that the victim has kept, for all to read, with the former access token and the same
    refresh token. In a sticky folder the attacker has to wait until there is no `.env`."""
    made = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    two_users.home(VICTIM).chmod(0o755)
    backup = two_users.folder / "backup"
    backup.mkdir()
    backup.chmod(0o777)
    copy = two_users.write(VICTIM, backup / "env", made.env_path.read_text(), 0o644)
    config, home = str(made.config_path), two_users.home(VICTIM)
    assert two_users.run(VICTIM, "--config", config, "refresh", cwd=home).returncode == 0
    two_users.give(VICTIM, made.folder, mode)
    if mode & stat.S_ISVTX:
        made.env_path.unlink()
    moved = two_users.as_user(ATTACKER, ["mv", "-f", str(copy), str(made.env_path)], backup)
    assert moved.returncode == 0, moved.stderr
    assert stat.S_IMODE(made.env_path.stat().st_mode) == 0o644
    former = made.env_path.read_text()
    done = two_users.run(VICTIM, "--config", config, *verb, cwd=home)
    assert done.returncode == 0, done.stderr
    assert made.env_path.read_text() != former
    assert stat.S_IMODE(made.env_path.stat().st_mode) == 0o600
    assert "can be read by its owner alone now" in done.stdout + done.stderr
