"""Which config is used as the user's own where it is found, and what an edit of it asks for."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.config.config_samples import good
from tests.other_user import only_root
from tray_app import approvals, bootstrap
from tray_app.config.approvals import Approvals
from tray_app.model.errors import ConfigError
from tray_app.model.origin import Origin
from tray_app.model.permissions import LOOK, RENEW
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.dirs import AppDirs
from tray_app.webex.api_base import PRODUCTION

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")


@dataclass
class Place:
    """A user's folders, and a project with a config in it."""

    top: Path

    @property
    def folders(self) -> AppDirs:
        return AppDirs.under(self.top / "home")

    @property
    def config(self) -> Path:
        return self.top / "project/token-config.json"

    def write(self, path: Path | None = None, **tray: Any) -> Path:
        path = path or self.config
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(good() | {"tray": tray}))
        path.chmod(0o600)
        return path

    def setup(
        self, path: Path | None = None, origin: Origin = Origin.NAMED
    ) -> bootstrap.ProfileContext:
        return bootstrap.ProfileContext(
            path or self.config, self.folders, environ={}, origin=origin, permissions=RENEW
        )

    def found(self, path: Path | None = None) -> bootstrap.ProfileContext:
        return approvals.found(self.setup(path))

    def used(self, setup: bootstrap.ProfileContext) -> tuple[str, ...]:
        """Use the config for a run, and return what is told of it."""
        said = bootstrap.build_config_file(setup).read().warnings
        return tuple(sentence for sentence in said if "seem to belong" not in sentence)


@pytest.fixture
def place() -> Iterator[Place]:
    top = Path(tempfile.mkdtemp(prefix="admission-"))
    made = Place(top)
    made.write()
    yield made
    shutil.rmtree(top)


def test_one_that_was_only_found_is_a_stranger_s(place: Place) -> None:
    setup = place.found()
    assert setup.origin is Origin.UNAPPROVED
    tools = bootstrap.build_tools(setup)
    tools.close()
    assert tools.permissions.confined
    assert not tools.permissions.move_secrets
    (said,) = place.used(setup)
    assert said.endswith(f"webex-token-tray allow {place.config}")


def test_once_approved_it_is_used_until_what_was_approved_changes(place: Place) -> None:
    place.write(onTokenChange=["make"])
    setup = approvals.approve(place.found())
    assert place.found().origin is Origin.ALLOWED
    file = bootstrap.build_config_file(setup)
    assert file.read().on_token_change == ("make",)
    place.write(onTokenChange=["make"], pollSeconds=60)
    assert file.read().poll_seconds == 60
    place.write(onTokenChange=["make", "more"])
    with pytest.raises(ConfigError, match=r"has changed since it was approved \(tray.onTokenChan"):
        file.read()
    assert place.found().origin is Origin.UNAPPROVED
    approvals.approve(place.found())
    assert file.read().on_token_change == ("make", "more")


def test_an_unapproved_one_has_no_command_and_keeps_its_env_file(place: Place) -> None:
    """Its tokens must not follow it into another file while the program runs."""
    place.write(onTokenChange=["make"], onStateChange=["mail"])
    file = bootstrap.build_config_file(place.found())
    assert file.read().on_token_change == ()
    assert file.read().on_state_change == ()
    place.write(envFile="other.env")
    with pytest.raises(ConfigError, match="envFile has changed"):
        file.read()


@pytest.mark.parametrize(
    "name", ["profiles.json", "approvals.json", "data/secrets.json", "state/locks/x.env"]
)
def test_no_config_names_a_file_of_this_program_as_its_env(place: Place, name: str) -> None:
    """Also if there is none yet: with tokens in it, profiles.json could not be read any more."""
    place.write(envFile=str(place.folders.config / name))
    with pytest.raises(ConfigError, match=r"tray\.envFile: names one of this program's own files"):
        place.used(place.setup())
    place.write(envFile=str(place.folders.config / "app.env"))
    place.used(place.setup())


def test_secrets_of_the_environment_are_not_for_it(place: Place) -> None:
    environ = {"WEBEX_SERVICE_APP_CLIENT_SECRET": "s" * 64, "WEBEX_TARGET_ORG_ID": "another"}
    setup = approvals.found(
        bootstrap.ProfileContext(place.config, place.folders, environ=environ, origin=Origin.NAMED)
    )
    app = bootstrap.read_config(setup).service_app
    assert app.client_secret is not None
    assert app.client_secret.reveal() == good()["serviceApp"]["clientSecret"]
    assert app.target_org_id == "another"


def test_whoever_was_named_once_is_found_from_then_on(place: Place) -> None:
    """Also when a link led to its folder, which the working directory does not show."""
    link = place.top / "link"
    link.symlink_to(place.config.parent)
    assert place.used(place.setup(link / "token-config.json")) == ()
    assert place.found().origin is Origin.ALLOWED


def test_what_is_read_once_is_not_a_use(place: Place) -> None:
    bootstrap.read_config(place.setup())
    assert not place.folders.approvals.exists()
    assert place.found().origin is Origin.UNAPPROVED


def test_the_user_s_own_folder_and_profiles_are_never_asked_for(place: Place) -> None:
    own = place.write(place.folders.config / "token-config.json")
    assert place.found(own).origin is Origin.NAMED
    bootstrap.profiles(place.folders).add("project", place.config)
    assert place.found().origin is Origin.NAMED
    assert place.used(place.setup(own)) == ()
    assert place.used(place.setup()) == ()
    assert Approvals(place.folders.approvals).configs() == (str(place.config),)


def test_one_that_others_may_write_is_refused_where_it_is_found(place: Place) -> None:
    place.config.parent.chmod(0o777)
    setup = place.found()
    assert setup.origin is Origin.UNAPPROVED
    with pytest.raises(ConfigError, match="only found here, and is not used, because every user"):
        place.used(setup)
    with pytest.raises(ConfigError, match="chmod go-w"):
        approvals.approve(setup)
    approvals.approve(setup, shared=True)
    assert place.found().origin is Origin.ALLOWED
    place.config.parent.chmod(0o755)
    place.config.chmod(0o666)
    assert place.found().origin is Origin.ALLOWED  # the exception is the config's


def test_an_approved_one_that_others_may_write_from_now_on_is_refused(place: Place) -> None:
    file = bootstrap.build_config_file(approvals.approve(place.found()))
    file.read()
    place.config.parent.chmod(0o777)
    place.write()
    with pytest.raises(ConfigError, match="every user can write"):
        file.read()


def test_a_named_one_that_others_may_write_is_told_once(place: Place) -> None:
    place.config.parent.chmod(0o777)
    (said,) = place.used(place.setup())
    assert said.startswith(f"{place.config} says where tokens are written, and every user can")
    assert place.used(place.setup()) == ()
    place.config.parent.chmod(0o755)
    assert place.used(place.setup()) == ()


@only_root
def test_one_that_belongs_to_another_user_is_refused(place: Place) -> None:
    os.chown(place.config, 61235, 61235)
    with pytest.raises(ConfigError, match=r"belongs to another user \(61235\)"):
        place.used(place.found())


@only_root
def test_a_config_of_another_owner_is_asked_for_again(place: Place) -> None:
    """`sudo`: both are this user's."""
    environ = {"SUDO_UID": "61235"}
    setup = bootstrap.ProfileContext(
        place.config, place.folders, environ=environ, origin=Origin.NAMED
    )
    approvals.approve(approvals.found(setup))
    assert approvals.found(setup).origin is Origin.ALLOWED
    os.chown(place.config, 61235, 61235)
    again = approvals.found(setup)
    assert again.origin is Origin.UNAPPROVED
    assert "(its owner)" in place.used(again)[0]


def test_a_list_that_is_damaged_approves_nothing_and_is_named(place: Place) -> None:
    approvals.approve(place.found())
    place.folders.approvals.write_text("damaged")
    setup = place.found()
    assert setup.origin is Origin.UNAPPROVED
    with pytest.raises(ConfigError, match=r"approvals\.json: is damaged"):
        place.used(setup)
    assert place.used(place.setup()) == ()  # a named one is used all the same


def test_one_with_faults_is_a_stranger_s_that_says_its_faults(place: Place) -> None:
    place.config.write_text("{}")
    setup = place.found()
    assert setup.origin is Origin.UNAPPROVED
    with pytest.raises(ConfigError, match=r"serviceApp\.appId"):
        place.used(setup)


def test_it_is_taken_back(place: Place) -> None:
    approvals.approve(place.found())
    assert approvals.revoke(place.setup()) == (f"the approval of {place.config}",)
    assert approvals.revoke(place.setup()) == ()
    assert place.found().origin is Origin.UNAPPROVED


def serve(place: Place, path: Path) -> None:
    """Leave what a check of an earlier version has left in the database."""
    env_file = bootstrap.read_config(place.setup(path)).env_file
    report: Any = {"object": {"env_file": env_file}}
    now = datetime.now(UTC)
    with closing(TokenFacts(place.folders.token_facts)) as token_facts:
        token_facts.report(path, PRODUCTION).save(
            report, unattended=report, lock=None, at=now, now=now, config=(), env=()
        )


def test_what_an_earlier_version_has_served_is_approved_once(place: Place) -> None:
    serve(place, place.config)
    assert place.found().origin is Origin.ALLOWED
    other = place.write(place.top / "other/token-config.json")
    assert place.found(other).origin is Origin.UNAPPROVED
    serve(place, other)
    assert place.found(other).origin is Origin.UNAPPROVED
    approvals.revoke(place.setup())
    assert place.found().origin is Origin.UNAPPROVED


def test_one_named_first_does_not_keep_the_others_from_being_taken_over(place: Place) -> None:
    serve(place, place.config)
    place.used(place.setup(place.write(place.top / "other/token-config.json")))
    assert place.folders.approvals.exists()
    assert place.found().origin is Origin.ALLOWED


def test_a_served_one_is_approved_as_it_was_found_by_a_link(place: Place) -> None:
    """And another link to it, with a `.env` of its own, is not."""
    release = place.top / "release/token-config.json"
    release.parent.mkdir()
    place.config.rename(release)
    place.config.symlink_to(release)
    serve(place, place.config)
    planted = place.top / "planted/token-config.json"
    planted.parent.mkdir()
    planted.symlink_to(release)
    assert place.found(planted).origin is Origin.UNAPPROVED
    assert place.found().origin is Origin.ALLOWED
    newer = place.write(place.top / "newer/token-config.json")
    place.config.unlink()
    place.config.symlink_to(newer)
    assert place.found().origin is Origin.ALLOWED  # the link's target may change


def test_a_served_one_in_a_group_s_folder_goes_on_and_is_an_exception(place: Place) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(place.config.parent, 0, 61235)
    place.config.parent.chmod(0o2775)
    serve(place, place.config)
    assert place.found().origin is Origin.ALLOWED
    assert Approvals(place.folders.approvals).find(str(place.config)).shared


@only_root
@pytest.mark.parametrize("change", ["owner", "everybody"])
def test_a_served_one_that_any_user_may_write_is_refused_all_the_same(
    place: Place, change: str
) -> None:
    """It may have been planted, and served before."""
    if change == "owner":
        os.chown(place.config, 61235, 61235)
    else:
        place.config.parent.chmod(0o777)
    serve(place, place.config)
    setup = place.found()
    with pytest.raises(ConfigError, match="is not used"):
        place.used(setup)


def test_what_login_entries_name_is_approved(place: Place) -> None:
    from tray_app.desktop.install.autostart import DesktopEntry

    home = place.top / "home"
    entry = home / ".config/autostart/webex-token-tray-1.desktop"
    DesktopEntry(entry, ["webex-token-tray", "--config", str(place.config)]).turn_on()
    environ = {"HOME": str(home)}
    setup = bootstrap.ProfileContext(
        place.config, place.folders, environ=environ, origin=Origin.NAMED
    )
    assert approvals.found(setup).origin is Origin.ALLOWED


def test_where_nothing_can_be_kept_what_was_served_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that is read-only."""

    def read_only(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    serve(place, place.config)
    monkeypatch.setattr("tray_app.system.atomic_file.replace", read_only)
    for _ in range(2):
        assert place.found().origin is Origin.ALLOWED
    assert not place.folders.approvals.exists()


def test_the_volume_of_a_container_names_the_config_at_its_top(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docker run -v $PWD:/work -w /work`."""
    monkeypatch.setattr("tray_app.service.config_access.is_volume", lambda *_: True)
    assert place.found().origin is Origin.NAMED
    place.config.parent.chmod(0o777)
    assert place.found().origin is Origin.UNAPPROVED


def test_a_look_approves_nothing(place: Place) -> None:
    """`status --config X`: a look at a stranger's config would have its command run from then on,
    also by way of the report that the look leaves."""
    look = replace(place.setup(), permissions=LOOK)
    assert place.used(look) == ()
    serve(place, place.config)
    assert place.found().origin is Origin.UNAPPROVED
    assert str(place.config) not in Approvals(place.folders.approvals).configs()


@only_root
@pytest.mark.parametrize("name", ["token-config.json", "other.json"])
def test_a_named_one_that_another_user_has_exchanged_is_refused(place: Place, name: str) -> None:
    """In a folder of a group: the tokens would go into his file."""
    path = place.write(place.top / "project" / name)
    file = bootstrap.build_config_file(place.setup(path))
    file.read()
    place.write(path, envFile="his.env")
    os.chown(path, 61235, 61235)
    for read in (file.read, bootstrap.build_config_file(place.setup(path)).read):
        with pytest.raises(ConfigError) as error:
            read()
        (said,) = error.value.faults
        assert said == (
            "belonged to user 0 when it was used, and belongs to user 61235 now: it is not used."
            f" If you trust that user: webex-token-tray allow --shared {path}"
        )
    approvals.approve(place.setup(path), shared=True)
    assert place.used(place.setup(path)) == ()


@only_root
def test_one_of_another_user_that_is_named_the_first_time_is_used_and_told(place: Place) -> None:
    """A task of root for another user's config."""
    os.chown(place.config, 61235, 61235)
    (said,) = place.used(place.setup())
    assert "belongs to another user (61235)" in said
    assert place.used(place.setup()) == ()
