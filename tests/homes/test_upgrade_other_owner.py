"""Nothing of this user's goes to the config of another user after an upgrade, although that version
kept all secrets under the same names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homes.c13716a.home import STORES, OldHome, put_up
from tests.homes.test_upgrade import pair_in_env
from tests.other_user import OTHER, only_root
from tray_app.system.file_probe import signature

pytestmark = [pytest.mark.process, only_root]


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


def edit(config: Path, **changes: object) -> None:
    """Change keys of a config's service app; its owner and mode stay."""
    body = json.loads(config.read_text())
    body["serviceApp"] |= changes
    config.write_text(json.dumps(body))


def test_what_the_config_lacks_is_named_once_and_its_own_pair_goes_on(home: OldHome) -> None:
    """What you enter for it then works, beside root's own."""
    before, pair = home.entries(), pair_in_env(home, home.project)
    looked = home.run("--profile", "project", "status")
    assert "No longer used for it: " in looked.stderr
    assert "the service app's client secret" in looked.stderr
    assert "the personal access token" in looked.stderr
    assert "the integration's sign-in" in looked.stderr
    assert f"--config {home.project} setup." in looked.stderr
    assert home.run("--profile", "project", "token").stdout.strip() == pair[0]
    again = home.run("--profile", "project", "refresh", "--if-due")
    assert "No longer used" not in again.stderr
    assert {name: home.entries().get(name) for name in before} == before
    edit(home.project, clientSecret=home.app(home.project).client_secret)
    done = home.run("--profile", "project", "refresh")
    assert "Renewed with the service app's refresh token" in done.stdout, done.stderr
    main = home.run("--profile", "main", "refresh")
    assert (main.returncode, main.stderr) == (0, "")
    assert home.webex.reuses == 0


@pytest.mark.parametrize(
    "unseen", ["its ids come from the environment", "another state folder", "another organization"]
)
def test_no_entry_of_root_s_own_goes_to_a_config_that_an_earlier_version_checked(
    home: OldHome, unseen: str
) -> None:
    """Its owner names the ids of root's own app, and no place where we look shows that root has it:
    what an earlier version has once checked proves nothing."""
    main = json.loads(home.main.read_text())["serviceApp"]
    ids = {key: main[key] for key in ("appId", "clientId", "targetOrgId")}
    mine = {*pair_in_env(home, home.main), *home.entries().values()}
    if unseen == "another organization":
        ids["targetOrgId"] = home.app(home.project).target_org_id
    edit(home.project, **ids)
    seen = json.dumps(signature(home.project))
    update = "UPDATE report SET body = json_set(body, '$.config', json(?)) WHERE profile = ?"
    home.sql(update, seen, str(home.project))
    (home.main.parent / "profiles.json").unlink()
    if unseen == "its ids come from the environment":
        edit(home.main, appId="Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0Nvd24")
    elif unseen == "another state folder":
        home.sql("DELETE FROM report WHERE profile = ?", str(home.main))
        home.main.rename(home.root / "elsewhere.json")
    before = home.entries()
    env_file = home.env_file(home.project)
    env_file.unlink()
    for verb in (("refresh", "--if-due"), ("token",), ("export", "--with-secrets", "--yes")):
        said = home.run("--config", str(home.project), *verb)
        assert not [value for value in mine if value in said.stdout]
    assert home.entries() == before
    assert not env_file.exists() or not [v for v in mine if v in env_file.read_text()]
