"""B13: root with a config of another user (root's cron, sudo) writes only what that user could
write: the config may name any file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.env_file import EnvFile
from tests.faults.env_scene import NEW, A, Scene, acting_as, config_of, scene, written
from tests.faults.two_users import ATTACKER, BAR, NEEDS_ROOT, VICTIM, Machine
from tray_app.config.file import ConfigFile
from tray_app.model.errors import ConfigError, EnvFileError
from tray_app.system import directory_fd, mounts

__all__ = ["BAR", "scene"]

pytestmark = NEEDS_ROOT

BECAUSE = rf"the config belongs to user {VICTIM}, and root writes for it only what"


def refused(path: Path, config: Path) -> None:
    """Nothing is written there, and a reservation says so before a token is spent."""
    before = {each: each.read_bytes() for each in path.parent.iterdir()}
    env = EnvFile(path, config_of(VICTIM, config))
    with pytest.raises(EnvFileError, match=BECAUSE) as caught:
        env.write(NEW)
    assert str(path) in str(caught.value)
    with pytest.raises(EnvFileError, match=BECAUSE):
        env.reserve()
    assert "neither" in env.refusal()
    assert {each: each.read_bytes() for each in path.parent.iterdir()} == before


@pytest.mark.parametrize("name", ["passwd", ".env"])
@pytest.mark.parametrize("mode", [0o600, 0o644, None])
@pytest.mark.parametrize("sudo", [True, False])
def test_no_file_of_root_in_a_folder_of_root(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str, mode: int | None, *, sudo: bool
) -> None:
    """Tokens were appended to any file that `tray.envFile` named, or a new one was made."""
    if sudo:
        monkeypatch.setenv("SUDO_UID", str(VICTIM))
    etc = scene.shared.parent / "etc"
    etc.mkdir()
    if mode is not None:
        written(0, etc / name, b"X=1\n", mode)
    refused(etc / name, scene.home / "token-config.json")


def test_nor_one_of_another_user_whom_sudo_names(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_UID", str(ATTACKER))
    written(ATTACKER, scene.env, b"X=1\n")
    refused(scene.env, scene.home / "token-config.json")


def test_nor_one_that_a_link_makes_look_like_a_neighbour_of_the_config(scene: Scene) -> None:
    """The folder of the config became a link to the folder of root's."""
    etc = scene.shared.parent / "etc"
    etc.mkdir()
    written(0, etc / ".env", b"X=1\n", 0o600)
    with acting_as(VICTIM):
        (scene.home / "app").symlink_to(etc)
    refused(etc / ".env", scene.home / "app/token-config.json")


@pytest.mark.parametrize("owner", [VICTIM, 0, None], ids=["its", "root's", "new"])
@pytest.mark.parametrize("sudo", [True, False])
def test_a_env_in_a_folder_of_the_config_s_owner_is_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, owner: int | None, *, sudo: bool
) -> None:
    """Root's cron with another user's config; a container with that user's volume."""
    if sudo:
        monkeypatch.setenv("SUDO_UID", str(VICTIM))
    path = scene.home / ".env"
    if owner is not None:
        written(owner, path, b"X=1\n", 0o600)
    EnvFile(path, config_of(VICTIM, scene.home / "token-config.json")).write(NEW)
    assert A in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert owner is None or path.stat().st_uid == owner


@pytest.mark.parametrize("exists", [True, False])
def test_so_is_one_beside_the_config_in_a_folder_of_root(scene: Scene, *, exists: bool) -> None:
    """An administrator has put the config there, as a Dockerfile with COPY --chown does."""
    os.chown(scene.home, 0, 0)
    config = scene.home / "token-config.json"
    if exists:
        written(0, scene.home / ".env", b"X=1\n", 0o600)
    EnvFile(scene.home / ".env", config_of(VICTIM, config)).write(NEW)
    assert A in (scene.home / ".env").read_bytes()
    written(0, scene.home / "passwd", b"root\n")
    refused(scene.home / "passwd", config)


@pytest.mark.parametrize("mounted", ["the config", "its folder"])
def test_in_a_container_the_owner_of_a_mounted_config_is_this_user(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, mounted: str
) -> None:
    """`docker run -v ./token-config.json:/config/token-config.json`, with `.env` elsewhere."""
    config = scene.home / "token-config.json"
    written(VICTIM, config, b"{}")
    place = config if mounted == "the config" else scene.home
    real = os.path.ismount
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == place or real(path))
    etc = scene.shared.parent / "etc"
    etc.mkdir()
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ())
    refused(etc / ".env", config)
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ("/",))
    EnvFile(etc / ".env", config_of(VICTIM, config)).write(NEW)
    assert A in (etc / ".env").read_bytes()


@pytest.mark.parametrize("sudo", [True, False])
def test_the_command_refuses_a_file_of_root(two_users: Machine, *, sudo: bool) -> None:
    """From its config to its exit code. No token is spent, and its own `.env` works."""
    made = two_users.profile(VICTIM, two_users.home(VICTIM) / "app")
    etc = two_users.home(0)
    profile = two_users.write(0, etc / "profile", "# root's\n")
    environ = {"SUDO_UID": str(VICTIM)} if sudo else {}
    command = ("--config", str(made.config_path), "refresh")
    config = made.config_path.read_text()
    own = two_users.run(0, *command, cwd=etc, **environ)
    assert own.returncode == 0, own.stderr
    two_users.write(
        VICTIM,
        made.config_path,
        json.dumps(json.loads(config) | {"tray": {"envFile": str(profile)}}),
        0o600,
    )
    issued = len(two_users.webex.tokens._tokens)
    done = two_users.run(0, *command, cwd=etc, **environ)
    assert done.returncode in (1, 2), done.stderr
    assert f"{profile} is not written: the config belongs to user {VICTIM}" in (
        done.stdout + done.stderr
    )
    assert profile.read_text() == "# root's\n"
    assert len(two_users.webex.tokens._tokens) == issued


@pytest.mark.parametrize("sudo", [True, False])
@pytest.mark.parametrize("owner", [VICTIM, 0])
def test_root_reads_no_config_through_a_link_of_another_user(
    two_users: Machine, owner: int, *, sudo: bool
) -> None:
    """With the secrets of a third user, the pair was written into the `.env` beside the link."""
    made = two_users.profile(owner, two_users.home(owner) / "app")
    folder = two_users.home(ATTACKER) / "app"
    folder.mkdir()
    two_users.give(ATTACKER, folder, 0o755)
    link = folder / "token-config.json"
    link.symlink_to(made.config_path)
    os.lchown(link, ATTACKER, ATTACKER)
    env = two_users.write(ATTACKER, folder / ".env", "X=1\n")
    environ = {"SUDO_UID": str(ATTACKER)} if sudo else {}
    done = two_users.run(0, "--config", str(link), "refresh", cwd=Path("/"), **environ)
    assert done.returncode == 78, done.stdout + done.stderr
    assert "a symbolic link of another user" in done.stderr
    assert env.read_text() == "X=1\n"


def test_root_reads_no_config_that_is_exchanged_as_it_is_opened(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file whose content was read is not the one whose path was checked."""
    config = scene.home / "token-config.json"
    written(VICTIM, config, b"{}")
    real = directory_fd.located

    def exchanged(path: Path) -> Any:
        path.rename(path.with_name("aside"))
        written(VICTIM, path, b"{}")
        return real(path)

    monkeypatch.setattr(directory_fd, "located", exchanged)
    with pytest.raises(ConfigError, match="another program is exchanging it"):
        ConfigFile(config).read()
