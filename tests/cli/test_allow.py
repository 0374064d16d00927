"""`allow`, and what the other commands do with a config that is only found."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.sandbox.switches import RefreshPolicy

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes mean nothing here")


@pytest.fixture
def there(program: Program) -> Program:
    """The program where nobody names the config, which lies in the working directory."""
    del program.environ["WEBEX_TOKEN_CONFIG"]
    return program


def test_it_shows_what_it_allows_and_from_then_on_the_config_is_used(
    there: Program, profile: Profile
) -> None:
    profile.write_config(lambda config: config["tray"].update(onTokenChange=["touch", "a b"]))
    before = there("status")
    assert "is not approved" in before.stderr
    assert "to run: touch 'a b'" in before.stderr
    done = there("allow")
    assert (done.returncode, done.stderr) == (0, "")
    app = profile.app
    assert done.stdout.splitlines() == [
        f"allowed      {profile.config_path}",
        f"app          {app.app_id}",
        f"organization {app.target_org_id}",
        f"writes       {profile.env_path}",
        "runs         touch 'a b'",
    ]
    assert "is not approved" not in there("refresh").stderr
    assert (profile.folder / "a b").exists()


def test_both_commands_are_shown_and_asked_for_again(there: Program, profile: Profile) -> None:
    both = {"onTokenChange": ["make"], "onStateChange": ["mail", "me you"]}
    profile.write_config(lambda config: config["tray"].update(both))
    assert "to run: make; mail 'me you'" in there("status").stderr
    assert there("allow").stdout.splitlines()[-2:] == [
        "runs         make",
        "also runs    mail 'me you'",
    ]
    assert "approved" not in there("status").stderr
    both["onStateChange"] = ["mail", "x"]
    profile.write_config(lambda config: config["tray"].update(both))
    assert "has changed since it was approved (tray.onStateChange)" in there("status").stderr


def test_it_shows_every_output_and_template_and_asks_again_when_one_changes(
    there: Program, profile: Profile
) -> None:
    """Until then such a config is not used at all: its names could be those of other secrets."""
    folder = profile.folder
    (folder / "app.in").write_text("T={{access_token}}")
    outputs: list[dict[str, str]] = [
        {"file": ".env"},
        {"file": "app", "format": "template", "template": "app.in"},
    ]

    def use(config: dict[str, Any]) -> None:
        config["tray"]["outputs"] = outputs

    profile.write_config(use)
    before = there("status")
    assert before.returncode == 78
    assert f"to write tokens into {profile.env_path}, {folder / 'app'} (by the" in before.stderr
    said = there("allow").stdout.splitlines()
    assert said[3:] == [
        f"writes       {profile.env_path}",
        f"writes       {folder / 'app'}",
        f"by template  {folder / 'app.in'}",
        "runs         nothing",
    ]
    assert there("refresh").returncode == 0
    assert (folder / "app").read_text() == f"T={profile.env_access()}"
    outputs[1]["template"] = "other.in"
    profile.write_config(use)
    after = there("status")
    assert after.returncode == 78
    assert "has changed since it was approved (tray.outputs)" in after.stderr


def test_it_shows_where_a_env_file_leads_that_is_a_link(there: Program, profile: Profile) -> None:
    profile.env_path.rename(profile.folder / "other.env")
    profile.env_path.symlink_to("other.env")
    said = there("allow").stdout.splitlines()
    assert f"writes       {profile.env_path}, a link to {profile.folder / 'other.env'}" in said


def test_a_command_cannot_hide_from_who_approves_it(there: Program, profile: Profile) -> None:
    """Erased by a terminal sequence, written over, turned round or too narrow to be seen."""
    script = "id >pwned #\x1b[2K\rruns         make\x1b[8m\n\x9b8m\u202e\u200b\u2028"
    profile.write_config(lambda config: config["tray"].update(onTokenChange=["sh", "-c", script]))
    shown = r"$'id >pwned #\x1b[2K\x0druns         make\x1b[8m\x0a\xc2\x9b8m\xe2\x80\xae"
    said = there("status").stderr
    assert f"to run: sh -c {shown}" in said
    assert said.replace("\n", "").isprintable()
    done = there("allow").stdout
    assert done.splitlines()[-1].startswith(f"runs         sh -c {shown}")
    assert done.replace("\n", "").isprintable()


def test_a_folder_or_another_path_to_the_config_will_do(there: Program, profile: Profile) -> None:
    elsewhere = Program(there.environ, profile.folder.parent)
    for path in (str(profile.folder), f"{profile.folder}/../work/token-config.json"):
        assert elsewhere("allow", path).returncode == 0
        assert "is not approved" not in there("status").stderr
        gone = elsewhere("allow", "--revoke", path)
        assert gone.stdout == f"removed: the approval of {profile.config_path}\n"
        assert "is not approved" in there("status").stderr


def test_where_there_is_none_it_is_wrong_usage(there: Program, profile: Profile) -> None:
    done = Program(there.environ, profile.folder.parent)("allow")
    assert done.returncode == 64
    assert "There is no token-config.json in this folder" in done.stderr


def test_one_with_faults_or_that_others_may_write_is_not_allowed(
    there: Program, profile: Profile
) -> None:
    profile.config_path.chmod(0o666)
    refused = there("allow")
    assert refused.returncode == 78
    assert f"chmod go-w {profile.config_path}" in refused.stderr
    assert there("status").returncode == 78
    assert there("allow", "--shared").returncode == 0
    assert "not approved" not in there("status").stderr
    profile.config_path.chmod(0o600)
    profile.config_path.write_text("{}")
    assert there("allow").returncode == 78


def test_doctor_says_that_it_is_not_approved(there: Program, profile: Profile) -> None:
    found = json.loads(there("doctor", "--json").stdout)["findings"]
    (config,) = [each for each in found if each["topic"] == "config"]
    assert config["grade"] == "warning"
    assert config["remedy"] == f"webex-token-tray allow {profile.config_path}"


def test_naming_it_once_is_approval(there: Program, profile: Profile) -> None:
    assert there("--config", "token-config.json", "refresh").returncode == 0
    after = there("status")
    assert after.returncode == 0
    assert "approved" not in after.stderr


@pytest.mark.parametrize("look", ["status", "doctor", "export", "data-sources", "forget"])
def test_to_look_at_one_by_name_approves_nothing(there: Program, look: str) -> None:
    """`forget` is not answered here."""
    there("--config", "token-config.json", look)
    assert "is not approved" in there("status").stderr


def test_what_starts_by_itself_is_not_made_for_one_that_is_not_approved(there: Program) -> None:
    """The entry would name it."""
    for arguments in (("autostart", "on"), ("launcher", "on"), ("watch", "--install")):
        done = there(*arguments)
        assert done.returncode == 78, arguments
        assert "is not approved; read it, then: webex-token-tray allow" in done.stderr
    assert there("autostart", "status").returncode == 0


def test_the_config_is_left_as_it_is_and_its_secrets_where_they_are(
    there: Program, profile: Profile
) -> None:
    before = profile.config_path.read_text()
    assert there("refresh").returncode == 0
    assert profile.config_path.read_text() == before
    assert not os.path.exists(there.environ["TEST_KEYRING_FILE"])  # noqa: PTH110


def test_what_it_had_for_itself_becomes_the_profile_s(there: Program, profile: Profile) -> None:
    """Also a sign-in that was rotated meanwhile, whose old token still stands in the config."""
    profile.webex.policy = RefreshPolicy.ROTATED
    profile.webex.revoke_service_refresh()
    profile.webex.revoke_personal()
    assert there("refresh").returncode == 0
    assert there("allow").returncode == 0
    access = profile.env_access()
    assert there("status").returncode == 0
    assert profile.env_access() == access
    profile.webex.revoke_service_refresh()
    profile.webex.revoke_personal()
    assert there("refresh").returncode == 0
    assert profile.webex.reuses == 0


def test_setup_asks_before_it_goes_on_with_one_that_was_found(
    there: Program, profile: Profile
) -> None:
    """To edit it is to approve it."""
    from tests.terminal import in_terminal  # not on Windows

    command, before = there.command("setup"), profile.config_path.read_text()
    with in_terminal(command, there.environ, profile.folder) as person:
        person.expect(f"{profile.config_path} was found here, and is not approved yet.")
        person.expect(f"to write tokens into {profile.env_path}.")
        person.answer("Continue with it? [y/N]: ")
        assert person.ends() == 130
    assert profile.config_path.read_text() == before
    with in_terminal(command, there.environ, profile.folder) as person:
        person.answer("Continue with it? [y/N]: ", "y")
        person.expect("App id")
    profile.config_path.chmod(0o666)
    with in_terminal(command, there.environ, profile.folder) as person:
        person.expect("is not used, because every user can write")
        assert person.ends() == 78
