"""`setup` without a keyring, a terminal or a folder, and with a config that is at fault."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.setup.conftest import (
    begun,
    config_of,
    tell_app,
    tell_nothing_to_renew_with,
    tell_token,
)
from tests.other_user import only_root
from tests.profile import Profile
from tests.terminal import Terminal, in_terminal
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

WITHOUT = "keyring.backends.null.Keyring"


def test_without_a_keyring_it_says_what_that_means(
    program: Program, folder: Path, webex: Sandbox
) -> None:
    with begun(program, folder, PYTHON_KEYRING_BACKEND=WITHOUT) as person:
        tell_app(person, webex)
        tell_token(person, webex)
        person.expect("tokens that are renewed later are lost when the program ends.")
        person.answer("Use such a file? [y/N]: ")
        person.answer("Write this? [Y/n]: ")
        person.expect("there is no keyring to keep new tokens")
        assert person.ends() == 1
    path = config_of(program)
    assert path.stat().st_mode & 0o777 == 0o600
    written = json.loads(path.read_text())
    assert written["serviceApp"]["clientSecret"] == webex.service_app.client_secret


def test_without_a_keyring_a_file_of_secrets_is_offered(
    program: Program, folder: Path, webex: Sandbox
) -> None:
    with begun(program, folder, PYTHON_KEYRING_BACKEND=WITHOUT) as person:
        tell_app(person, webex)
        tell_token(person, webex)
        person.answer("Use such a file? [y/N]: ", "y")
        person.answer("Write this? [Y/n]: ")
        person.expect("2 secrets moved from")
        person.expect("green: Token works")
        assert person.ends() == 0
    written = json.loads(config_of(program).read_text())
    assert written["tray"]["secretStore"] == "file"
    assert written["serviceApp"]["clientSecret"] == "@keyring"


def test_a_secret_written_into_a_file_of_others_closes_it(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    profile.config_path.chmod(0o644)
    with begun(program, profile.folder, PYTHON_KEYRING_BACKEND=WITHOUT) as person:
        for _ in range(2):
            person.answer("(Enter keeps it) > ")
        person.hide("now in the config\n    (hidden, Enter keeps it) > ")
        person.answer("(Enter keeps it) > ")
        person.answer("Which one [1]: ", "2")
        person.hide("(hidden, Enter keeps it) > ", webex.issue_personal_token())
        person.answer("(Enter keeps it) > ")
        person.answer("Use such a file? [y/N]: ")
        person.answer("Write this? [Y/n]: ")
        person.ends()
    assert profile.config_path.stat().st_mode & 0o777 == 0o600


def test_start_at_login_is_offered_where_a_desktop_is(program: Program, profile: Profile) -> None:
    program.as_tray()
    with begun(program, profile.folder, WAYLAND_DISPLAY="wayland-0") as person:
        for _ in range(2):
            person.answer("(Enter keeps it) > ")
        person.hide("(hidden, Enter keeps it) > ")
        person.answer("(Enter keeps it) > ")
        tell_nothing_to_renew_with(person)
        person.answer("(Enter keeps it) > ")
        person.answer("Start the icon at every login? [Y/n]: ")
        person.expect("ok:")
        assert person.ends() == 0
    (entry,) = (Path(program.environ["HOME"]) / ".config/autostart").iterdir()
    assert f"--config {profile.config_path}" in entry.read_text()


def test_a_place_that_cannot_be_written_is_said_before_any_question(
    program: Program, folder: Path
) -> None:
    (folder / "file").touch()
    command = program.command("--config", "file/token-config.json", "setup")
    with in_terminal(command, program.environ, folder) as person:
        person.expect("token-config.json: cannot be")
        assert person.ends() == 78
    assert ">" not in person.screen


def test_a_working_directory_that_is_gone_is_no_fault(program: Program, folder: Path) -> None:
    gone = folder / "gone"
    gone.mkdir()
    command = ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *program.command("setup")]
    with in_terminal(command, program.environ, gone) as person:
        person.expect("App id: ")


def test_what_the_environment_leads_is_not_asked(program: Program, folder: Path) -> None:
    with begun(program, folder, WEBEX_SERVICE_APP_ID="an-app") as person:
        person.expect(
            "note: WEBEX_SERVICE_APP_ID is set and overrides the config; unset it to edit."
        )
        person.expect("Client id: ")


def test_a_config_with_faults_is_mended_one_that_is_no_json_is_left_alone(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    profile.config_path.write_text('{"serviceApp": {"appId": ')
    with begun(program, profile.folder) as person:
        person.expect(f"{profile.config_path}: not valid JSON at line 1")
        assert person.ends() == 78
    profile.write_config(lambda config: config["serviceApp"].pop("targetOrgId"))
    with begun(program, profile.folder) as person:
        for _ in range(2):
            person.answer("(Enter keeps it) > ")
        person.hide("(hidden, Enter keeps it) > ")
        person.answer("under Org Authorizations; it begins with Y2lz\n    > ")
        tell_nothing_to_renew_with(person)
        person.answer("(Enter keeps it) > ")
        person.expect("wrong: serviceApp.targetOrgId is missing;")
        assert person.ends() == 78
    assert "Write" not in person.screen.partition("targetOrgId is missing")[2]


def test_without_a_terminal_it_is_one_sentence_and_64(program: Program, webex: Sandbox) -> None:
    done = program("setup")
    assert done.returncode == 64
    assert done.stderr.splitlines()[-1].startswith(
        "Error: setup asks questions and needs a terminal"
    )
    assert [seen.kind for seen in webex.requests if seen.kind is Kind.MINT] == []


def test_no_colour_where_nobody_wants_it(program: Program, folder: Path) -> None:
    def raw(**changes: str) -> bool:
        with begun(program, folder, **changes) as person:
            person.expect("> ")
            return person.coloured

    assert raw()
    assert not raw(NO_COLOR="1")


@pytest.fixture
def of_another(profile: Profile) -> Profile:
    """One whose config belongs to another user and lacks its client secret."""
    profile.pasted = None
    profile.write_config(lambda config: config["serviceApp"].pop("clientSecret"))
    os.chown(profile.config_path, 61235, 61235)
    return profile


def tell_secret(person: Terminal, webex: Sandbox) -> None:
    for _ in range(2):
        person.answer("(Enter keeps it) > ")
    person.hide("(hidden) > ", webex.service_app.client_secret)
    person.answer("(Enter keeps it) > ")
    tell_nothing_to_renew_with(person)
    person.answer("(Enter keeps it) > ")


@only_root
def test_a_secret_for_another_user_s_config_never_stands_in_it(
    program: Program, of_another: Profile, webex: Sandbox
) -> None:
    """It was in that user's file until it was moved out."""
    with begun(program, program.folder, PYTHON_KEYRING_BACKEND=WITHOUT) as person:
        tell_secret(person, webex)
        person.answer("Use such a file? [y/N]: ", "n")
        person.answer("Write this? [Y/n]: ")
        person.expect("Nothing is written: there is no store for secrets")
        assert person.ends() == 70
    assert webex.service_app.client_secret not in of_another.config_path.read_text()
    with begun(program, program.folder) as person:
        tell_secret(person, webex)
        person.answer("Write this? [Y/n]: ")
        person.expect("written to")
        assert person.ends() == 0
    written = json.loads(of_another.config_path.read_text())
    assert written["serviceApp"]["clientSecret"] == "@keyring"
    assert webex.service_app.client_secret in Path(program.environ["TEST_KEYRING_FILE"]).read_text()


@only_root
def test_if_secrets_stay_in_another_user_s_config_that_is_said_first(
    program: Program, profile: Profile
) -> None:
    profile.write_config(lambda config: config.update(tray={"secretStore": "config"}))
    os.chown(profile.config_path, 61235, 61235)
    with begun(program, program.folder) as person:
        person.expect("This config belongs to another user, who can read what you enter")
