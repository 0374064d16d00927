"""Whose secrets a config uses: those of this user, or those kept for its owner."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.other_user import OTHER
from tray_app.model.ownership import Kind, Ownership
from tray_app.secrets.names import SecretNames
from tray_app.system import mounts, ownership
from tray_app.system.ownership import other_owner

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files have no owner there")

OVERFLOW = 65534


@pytest.fixture(autouse=True)
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine that is no container."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ())


def config_of(uid: int, path: Path = Path("/home/x/token-config.json")) -> Ownership:
    return Ownership(str(path), Kind.FILE, uid, uid, 0o600)


def test_this_user_and_root_are_no_other_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert other_owner(config_of(0), {}) == ""
    assert other_owner(config_of(OTHER), {}) == str(OTHER)
    monkeypatch.setattr(os, "geteuid", lambda: OTHER)
    assert other_owner(config_of(OTHER), {}) == other_owner(config_of(0), {}) == ""
    assert other_owner(config_of(OTHER + 1), {}) == str(OTHER + 1)


def test_sudo_s_caller_is_another_user() -> None:
    """Who may run this one command as root must not get root's tokens."""
    assert other_owner(config_of(OTHER), {"SUDO_UID": str(OTHER)}) == str(OTHER)


def test_in_a_pod_every_owner_is_whoever_has_started_it() -> None:
    assert other_owner(config_of(OTHER), {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}) == ""


@pytest.mark.parametrize("mounted", ["the config", "its folder", "another place"])
@pytest.mark.parametrize("in_container", [True, False])
def test_so_is_the_owner_of_what_is_mounted_into_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounted: str, *, in_container: bool
) -> None:
    """`docker run -v $PWD:/work`, or with the config alone. What an image brings has an owner."""
    owner = tmp_path.stat().st_uid + 1
    config = tmp_path / "token-config.json"
    config.touch()
    place = {"the config": config, "its folder": tmp_path}.get(mounted)
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == place)
    monkeypatch.setattr(mounts, "_CONTAINER_MARKS", ("/",) if in_container else ())
    monkeypatch.setattr(ownership, "_volume_owner", lambda _: owner if place == tmp_path else None)
    is_mounted = in_container and place is not None
    assert other_owner(config_of(owner, config), {}) == ("" if is_mounted else str(owner))


def test_the_overflow_uid_is_another_user_in_each_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user namespace, or NFS, shows many users by that number."""
    monkeypatch.setattr(ownership, "_overflow_uid", lambda: OVERFLOW)
    one = other_owner(config_of(OVERFLOW, Path("/a/token-config.json")), {})
    other = other_owner(config_of(OVERFLOW, Path("/b/token-config.json")), {})
    assert one != other
    assert one.startswith(f"{OVERFLOW}-")
    assert one == other_owner(config_of(OVERFLOW, Path("/a/token-config.json")), {})


def test_names_of_two_owners_have_none_in_common() -> None:
    """Whatever ids a config chooses, slashes included."""
    own = SecretNames("host", "app", "client", "org", "integration")
    chosen = ("../host/app", "client", "org", "integration")
    names = [own, *(SecretNames("host", *chosen, owner) for owner in ("1", "12", "1-2"))]
    every = [name for each in names for name in each.all]
    assert len(set(every)) == len(every)
    assert names[1].of_this_user.all[0].startswith("host/")
    assert all(name.startswith("user-12/host/") for name in names[2].all)
    assert names[2].describe(names[2].pair) == "the service app's tokens"
