"""Whose cron has served another user's config goes on, although that version kept all secrets under
the same names; and no config gets what may be this user's own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.homes.c13716a.home import STORES, OldHome, put_up
from tests.homes.test_upgrade import opened, pair_in_env
from tests.other_user import OTHER, only_root
from tray_app.system import atomic_file

pytestmark = [pytest.mark.process, only_root]

T = TypeVar("T")


@pytest.fixture(params=STORES)
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OldHome]:
    """The config of the project is another user's."""
    root = tmp_path / "home"
    root.mkdir(mode=0o700)
    found = put_up(root, request.param, owner_of_project=OTHER)
    try:
        yield found
    finally:
        found.webex.stop()


def without_main(home: OldHome) -> None:
    """Root's own config was never there."""
    home.main.unlink()
    profiles = home.main.parent / "profiles.json"
    listed = json.loads(profiles.read_text())
    del listed["profiles"]["main"]
    profiles.write_text(json.dumps(listed))
    home.sql("DELETE FROM report WHERE profile = ?", str(home.main))


def own_names(home: OldHome) -> set[str]:
    return {name for name in home.entries() if not name.startswith("user-")}


def test_what_only_that_config_has_used_is_moved(home: OldHome) -> None:
    """By the first run that renews; one that looks moves nothing, and says what will."""
    without_main(home)
    before, organization = home.entries(), home.app(home.main).target_org_id
    looked = home.run("--profile", "project", "status")
    assert "refresh --if-due looks for those" in looked.stderr
    assert home.entries() == before
    home.webex.revoke_service_access()
    done = home.run("--profile", "project", "refresh", "--if-due")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept apart" not in done.stderr
    used = {name for name in before if organization not in name}
    assert len(used) == len(before) - 1
    assert own_names(home) == before.keys() - used
    assert {f"user-{OTHER}/{name}" for name in used} <= home.entries().keys()
    home.webex.revoke_service_refresh()
    home.webex.revoke_personal()
    done = home.run("--profile", "project", "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    looked = home.run("--profile", "project", "status")
    assert (looked.returncode, looked.stderr) == (0, "")
    assert home.webex.reuses == 0


def test_what_root_s_own_config_uses_stays_and_the_rest_moves(home: OldHome) -> None:
    """Both name one app and one integration. The message is for once; the pair goes on: to renew
    it takes the app's client secret. With a sign-in its owner could have any organization's."""
    before, organization = home.entries(), home.app(home.project).target_org_id
    done = home.run("--profile", "project", "refresh")
    assert "Renewed with the service app's refresh token" in done.stdout, done.stderr
    assert "the integration's sign-in (profile main" in done.stderr
    assert "the personal access token (profile main" in done.stderr
    assert "setup." in done.stderr
    assert own_names(home) == {name for name in before if organization not in name}
    moved = {name for name in home.entries() if name.startswith("user-")}
    assert {name.rpartition("/")[2] for name in moved} <= {"tokens", "issued", "secret"}
    assert not [name for name in moved if "/integration/" in name]
    assert "kept apart" not in home.run("--profile", "project", "refresh").stderr
    main = home.run("--profile", "main", "refresh")
    assert (main.returncode, main.stderr) == (0, "")


@pytest.mark.parametrize("what", ["its ids", "its file", "it was never served"])
def test_a_config_that_was_changed_since_gets_nothing(home: OldHome, what: str) -> None:
    """Its owner names the app of root's own config, which is gone by now, in the meantime."""
    wanted = home.main.read_text()
    pair = home.entries()
    own = pair_in_env(home, home.main)
    without_main(home)
    if what == "its ids":
        ids = json.loads(home.project.read_text()) | {
            "serviceApp": json.loads(wanted)["serviceApp"]
        }
        home.project.write_text(json.dumps(ids))
    elif what == "its file":
        new = home.project.with_name("new")
        new.write_text(home.project.read_text())
        os.chown(new, OTHER, OTHER)
        new.rename(home.project)
    else:
        home.sql("DELETE FROM report")
    done = home.run("--profile", "project", "refresh")
    assert {name: home.entries().get(name) for name in pair} == pair
    assert set(pair_in_env(home, home.project)).isdisjoint(own)
    assert ("the config has changed since" in done.stderr) == (what != "it was never served")


def test_a_config_that_cannot_be_read_may_use_everything(home: OldHome) -> None:
    """Its disk is away. Meanwhile the pair is taken from `.env`; later on the rest is moved."""
    away = home.main.with_name("away")
    home.main.rename(away)
    before = home.entries()
    done = home.run("--profile", "project", "refresh")
    assert "whose config is gone" in done.stderr
    assert {name: home.entries().get(name) for name in before} == before
    away.rename(home.main)
    done = home.run("--profile", "project", "refresh")
    assert "Renewed with the service app's refresh token" in done.stdout, done.stderr
    secret = f"/app/{home.app(home.project).client_id}/secret"
    assert [name for name in home.entries() if name.startswith("user-") and name.endswith(secret)]


def test_what_a_newer_version_has_checked_is_no_proof(home: OldHome) -> None:
    """Its own report of a config that was edited must not count as an earlier version's."""
    without_main(home)
    os.utime(home.project)
    for verb in ("status", "refresh", "status", "refresh"):
        home.run("--profile", "project", verb)
    app = home.app(home.project)
    assert [name for name in own_names(home) if app.app_id in name]


@pytest.mark.parametrize("exchanged", [True, False])
def test_the_file_that_was_opened_is_the_one_that_was_served(
    home: OldHome, monkeypatch: pytest.MonkeyPatch, *, exchanged: bool
) -> None:
    """Its owner has the folder exchanged as the config is opened, and back: the path alone shows
    the file that was served before and afterwards."""
    without_main(home)
    folder, evil, aside = (home.project.parent.with_name(name) for name in ("project", "b", "c"))
    evil.mkdir()
    copy = evil / home.project.name
    copy.write_text(home.project.read_text())
    os.chown(copy, OTHER, OTHER)
    real = atomic_file.read_opened

    def swap(path: Path, look: Callable[[int], T]) -> tuple[bytes, T]:
        if path != home.project or not exchanged:
            return real(path, look)
        folder.rename(aside)
        evil.rename(folder)
        try:
            return real(path, look)
        finally:
            folder.rename(evil)
            aside.rename(folder)

    monkeypatch.setattr(atomic_file, "read_opened", swap)
    before = home.entries()
    with opened(home, home.project, monkeypatch) as engine:
        engine.poll()
    assert ({name: home.entries().get(name) for name in before} == before) is exchanged
