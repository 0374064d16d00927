"""`setup`, driven in a real terminal: what it asks, checks, writes, and leaves when it ends."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.consent import decide, free_redirect, visit
from tests.profile import Profile
from tests.terminal import Terminal, in_terminal
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.identifiers import api_id, new_client_id
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.system.dirs import resource

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the terminal is that of Linux")

WITHOUT = "keyring.backends.null.Keyring"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder without anything in it."""
    empty = tmp_path / "project"
    empty.mkdir()
    return empty


@pytest.fixture
def person(program: Program, folder: Path) -> Iterator[Terminal]:
    """In front of a `setup` that has just begun there."""
    with begun(program, folder) as terminal:
        yield terminal


def begun(program: Program, folder: Path, **changes: str) -> AbstractContextManager[Terminal]:
    environ = program.environ | changes
    if folder != program.folder:
        del environ["WEBEX_TOKEN_CONFIG"]  # a first run: there is no config, and none is named
    return in_terminal(["setup"], environ, folder, is_forked=True)


def config_of(program: Program) -> Path:
    return Path(program.environ["HOME"]) / ".config/webex-token-tray/token-config.json"


def tell_app(person: Terminal, webex: Sandbox) -> None:
    app = webex.service_app
    person.answer(
        "App id: the service app's page at developer.webex.com shows it\n    > ", app.app_id
    )
    person.answer(f"suggested: {app.client_id}\n    (Enter takes it) > ")
    person.hide("(hidden) > ", app.client_secret)
    person.expect("ok: Webex does not object to the service app's client id and secret.")
    person.answer(
        "Organization id: the app's Org Authorizations list it\n    > ", app.target_org_id
    )


def test_a_first_run_with_a_personal_token_ends_with_a_token_in_env(
    program: Program, folder: Path, webex: Sandbox, person: Terminal
) -> None:
    pasted = webex.issue_personal_token()
    tell_app(person, webex)
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", pasted)
    person.expect("ok: The token works; it belongs to Sam Sandbox.")
    person.answer(f"suggested: {folder}/.env\n    (Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.expect("2 secrets moved from")
    person.expect("Renewed with your personal access token.")
    person.expect("green: Token works")
    assert person.ends() == 0
    path = config_of(program)
    assert path.stat().st_mode & 0o777 == 0o600
    app = webex.service_app
    assert json.loads(path.read_text()) == {
        "serviceApp": {
            "appId": app.app_id,
            "clientId": app.client_id,
            "clientSecret": "@keyring",
            "targetOrgId": app.target_org_id,
        },
        "tokenManager": {"personalAccessToken": "@keyring"},
        "tray": {"envFile": str(folder / ".env")},
    }
    assert "WEBEX_SERVICE_APP_ACCESS_TOKEN=" in (folder / ".env").read_text()
    for secret in (pasted, app.client_secret):
        for start in range(0, 64, 8):
            assert secret[start : start + 8] not in person.screen


def test_a_first_run_with_an_integration_signs_in_through_the_browser(
    folder: Path, webex: Sandbox, person: Terminal
) -> None:
    uri = free_redirect(webex)
    tell_app(person, webex)
    person.answer("Which one [1]: ")
    person.answer("Client id: the integration's page", webex.integration.client_id)
    person.hide("(hidden) > ", webex.integration.client_secret)
    person.expect("ok: Webex does not object to the integration's client id and secret.")
    person.answer("now http://localhost:3000/callback\n    (Enter keeps it) > ", uri)
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.answer("Sign in now? [Y/n]: ")
    person.expect("Open in a browser:\n")
    visit(decide(person.expect("\n").strip()))
    person.expect("Signed in as")
    person.expect("green: Token works")
    assert person.ends() == 0
    assert (folder / ".env").exists()


def test_run_again_enter_keeps_everything_and_every_byte(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """What is there is shown, but for the secrets: of those only where they are kept."""
    program.as_tray()  # moves the secrets into the keyring
    before = profile.config_path.read_bytes()
    with begun(program, profile.folder) as person:
        app = webex.service_app
        for shown in (app.app_id, app.client_id):
            person.answer(f"now {shown}\n    (Enter keeps it) > ")
        person.hide("now in the keyring\n    (hidden, Enter keeps it) > ")
        person.answer(f"now {app.target_org_id}\n    (Enter keeps it) > ")
        person.answer("Which one [1]: ")
        person.answer("(Enter keeps it) > ")
        person.hide("now in the keyring\n    (hidden, Enter keeps it) > ")
        person.answer("now http://localhost:3000/callback\n    (Enter keeps it) > ")
        person.answer("now .env\n    (Enter keeps it) > ")
        person.expect("Nothing to write: nothing has changed.")
        person.expect("green: Token works")
        assert person.ends() == 0
    assert profile.config_path.read_bytes() == before


def test_an_edit_changes_that_field_and_no_other_byte(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Comments a person keeps in fields of their own, odd spaces, tabs: all of it stays."""
    config = profile.config() | {"my note": "do  not lose"}
    config["tray"]["envFile"] = "./.env"
    config["tokenManager"]["integration"]["redirectUri"] = "http://localhost:3000/callback"
    old = "A" + config["serviceApp"]["targetOrgId"][1:]
    config["serviceApp"]["targetOrgId"] = old
    text = json.dumps(config, indent="\t", separators=(" ,", "  :  "))
    profile.config_path.write_text(text)
    program.as_tray()
    text = profile.config_path.read_text()
    org = webex.service_app.target_org_id
    with begun(program, profile.folder) as person:
        for _ in range(2):
            person.answer("(Enter keeps it) > ")
        person.hide("(hidden, Enter keeps it) > ")
        person.answer(f"now {old}\n    (Enter keeps it) > ", org)
        person.answer("Which one [1]: ", "3")
        person.answer("now ./.env\n    (Enter keeps it) > ")
        assert f"4  Organization id: {org}\n" in person.expect("Write this? [Y/n]: ")
        person.type("\n")
        assert person.ends() == 0
    assert profile.config_path.read_text() == text.replace(old, org)


@pytest.mark.parametrize("answered", range(7))
def test_ctrl_c_at_any_question_leaves_everything_as_it_was(
    program: Program, folder: Path, webex: Sandbox, answered: int
) -> None:
    app = webex.service_app
    with begun(program, folder) as person:
        steps: list[tuple[str, Callable[[str], None]]] = [
            ("shows it\n    > ", lambda prompt: person.answer(prompt, app.app_id)),
            ("(Enter takes it) > ", person.answer),
            ("(hidden) > ", lambda prompt: person.hide(prompt, app.client_secret)),
            ("list it\n    > ", lambda prompt: person.answer(prompt, app.target_org_id)),
            ("Which one [1]: ", lambda prompt: person.answer(prompt, "3")),
            ("(Enter takes it) > ", person.answer),
            ("Write this? [Y/n]: ", person.answer),
        ]
        for prompt, step in steps[:answered]:
            step(prompt)
        person.expect(steps[answered][0])
        person.interrupt()
        person.expect("Ended. Nothing was changed.")
        assert person.ends() == 130
        assert "Traceback" not in person.screen
    assert not config_of(program).exists()
    assert list(folder.iterdir()) == []
    assert not Path(program.environ["TEST_KEYRING_FILE"]).exists()


def test_ctrl_c_at_the_sign_in_says_that_the_config_is_written(
    program: Program, webex: Sandbox, person: Terminal
) -> None:
    tell_app(person, webex)
    person.answer("Which one [1]: ")
    person.answer("Client id: the integration's page", webex.integration.client_id)
    person.hide("(hidden) > ", webex.integration.client_secret)
    person.answer("(Enter keeps it) > ")
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.expect("Sign in now? [Y/n]: ")
    person.interrupt()
    person.expect(f"Ended. {config_of(program)} is written; run setup again for the rest.")
    assert person.ends() == 130


def test_a_no_at_the_end_writes_nothing(program: Program, webex: Sandbox, person: Terminal) -> None:
    tell_app(person, webex)
    person.answer("Which one [1]: ", "3")
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ", "n")
    person.answer("Which answer do you want to change? 0 ends [0]: ")
    person.expect("Nothing was changed.")
    person.ends()
    assert not config_of(program).exists()


def test_the_review_shows_the_answers_and_no_secret_and_a_no_leads_back_to_a_question(
    program: Program, folder: Path, webex: Sandbox, person: Terminal
) -> None:
    app, pasted = webex.service_app, webex.issue_personal_token()
    wrong = api_id("ORGANIZATION", "0b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e")
    person.answer("App id: ", app.app_id)
    person.answer("(Enter takes it) > ")
    person.hide("(hidden) > ", app.client_secret)
    person.answer("Organization id", wrong)
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", pasted)
    person.answer("(Enter takes it) > ")
    shown = person.expect("Write this? [Y/n]: ")
    for line in (
        f" 1  App id: {app.app_id}\n",
        " 3  Client secret: given\n",
        f" 4  Organization id: {wrong}\n",
        " 5  Personal access token: given\n",
        f" 6  Path: {folder}/.env\n",
    ):
        assert line in shown
    person.type("n\n")
    person.answer("Which answer do you want to change? 0 ends [0]: ", "4")
    person.answer(f"now {wrong}\n    (Enter keeps it) > ", app.target_org_id)
    assert f" 4  Organization id: {app.target_org_id}\n" in person.expect("Write this? [Y/n]: ")
    person.type("n\n")
    person.answer("Which answer do you want to change? 0 ends [0]: ", "2")
    person.answer("(Enter keeps it) > ")
    person.expect("ok: Webex does not object to the service app's client id and secret.")
    person.answer("Write this? [Y/n]: ")
    person.expect("green: Token works")
    assert person.ends() == 0
    written = json.loads(config_of(program).read_text())
    assert written["serviceApp"]["targetOrgId"] == app.target_org_id


def test_a_wrong_organization_is_suspected_before_an_administrator_is_sent_for(
    webex: Sandbox, person: Terminal
) -> None:
    app = webex.service_app
    wrong = api_id("ORGANIZATION", "0b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e")
    person.answer("App id: ", app.app_id)
    person.answer("(Enter takes it) > ")
    person.hide("(hidden) > ", app.client_secret)
    person.answer("Organization id", wrong)
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", webex.issue_personal_token())
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.expect("Before you ask an administrator, check the organization id,")
    person.answer("Correct it now? [Y/n]: ")
    person.answer(f"now {wrong}\n    (Enter keeps it) > ", app.target_org_id)
    person.answer("Write this? [Y/n]: ")
    person.expect("green: Token works")
    assert person.ends() == 0


def test_a_sign_in_that_is_not_allowed_leads_to_the_organization_first(
    webex: Sandbox, person: Terminal
) -> None:
    app, uri = webex.service_app, free_redirect(webex)
    wrong = api_id("ORGANIZATION", "0b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e")
    person.answer("App id: ", app.app_id)
    person.answer("(Enter takes it) > ")
    person.hide("(hidden) > ", app.client_secret)
    person.answer("Organization id", wrong)
    person.answer("Which one [1]: ")
    person.answer("Client id: ", webex.integration.client_id)
    person.hide("(hidden) > ", webex.integration.client_secret)
    person.answer("(Enter keeps it) > ", uri)
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.answer("Sign in now? [Y/n]: ")
    person.expect("Open in a browser:\n")
    visit(decide(person.expect("\n").strip()))
    person.expect("Before you ask an administrator, check the organization id,")
    person.answer("Correct it now? [Y/n]: ")
    person.answer(f"now {wrong}\n    (Enter keeps it) > ", app.target_org_id)
    person.answer("Write this? [Y/n]: ")
    person.answer("Sign in now? [Y/n]: ")
    person.expect("Open in a browser:\n")
    visit(decide(person.expect("\n").strip()))
    person.expect("green: Token works")
    assert person.ends() == 0


def test_an_env_file_in_a_folder_that_is_not_there_is_said_at_once(
    folder: Path, webex: Sandbox, person: Terminal
) -> None:
    tell_app(person, webex)
    person.answer("Which one [1]: ", "3")
    person.answer("(Enter takes it) > ", f"{folder}/porject/.env")
    person.answer("wrong: it is in a folder that does not exist:", str(folder))
    person.answer("wrong: it is a folder; name the file in it.")
    person.expect("Write this? [Y/n]: ")
    person.interrupt()
    assert person.ends() == 130


def test_what_cannot_be_right_is_said_at_once_and_asked_again(
    webex: Sandbox, person: Terminal
) -> None:
    app = webex.service_app
    person.answer("App id: ", app.client_id)
    person.answer("wrong: it is a client id;", app.target_org_id)
    person.answer("wrong: it is the id of another kind of thing (ORGANIZATION);", "your_app_id")
    person.answer("wrong: it is a placeholder;", app.app_id)
    person.answer("(Enter takes it) > ", "Cother")
    person.hide("(hidden) > ", "a secret with spaces")
    person.hide("wrong: it holds a space or an odd character; paste the bare value.", "short")
    person.expect("5 characters taken")
    person.expect("wrong: Webex refuses the service app's client id and secret:")
    person.answer("Type them again? [Y/n]: ", "n")
    person.expect(
        "note: serviceApp.appId and serviceApp.clientId seem to belong to different apps."
    )
    person.interrupt()
    assert person.ends() == 130


def test_a_dead_personal_token_is_told_from_a_webex_that_does_not_answer(
    webex: Sandbox, person: Terminal
) -> None:
    dead, alive = webex.issue_personal_token(), webex.issue_personal_token()
    webex.revoke(dead)
    tell_app(person, webex)
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", dead)
    person.expect("wrong: Webex rejects this token: it has expired, or is not complete.")
    person.answer("Paste another one? [Y/n]: ")
    webex.go_down()
    person.hide("now what you have typed\n    (hidden, Enter keeps it) > ", alive)
    person.expect("note: not checked with Webex: Webex answered with an error (HTTP 503).")
    person.expect("Path: a full path; the file is created if it does not exist")


def test_offline_everything_can_be_written_all_the_same(
    program: Program, folder: Path, webex: Sandbox
) -> None:
    """And Webex is waited for once, not at every question."""
    webex.stop()
    app = webex.service_app
    with begun(program, folder) as person:
        person.answer("App id: ", app.app_id)
        person.answer("(Enter takes it) > ")
        person.hide("(hidden) > ", app.client_secret)
        person.expect("note: not checked with Webex: Webex cannot be reached")
        person.answer("Organization id", app.target_org_id)
        person.answer("Which one [1]: ", "2")
        person.hide("(hidden) > ", "a-token-that-nobody-can-check")
        person.answer("(Enter takes it) > ")
        person.answer("Write this? [Y/n]: ")
        person.expect("written to")
        assert person.ends() == 2
    assert person.screen.count("not checked with Webex") == 1
    assert config_of(program).exists()


def test_what_only_a_mint_can_tell_is_corrected_on_the_spot(
    program: Program, webex: Sandbox, person: Terminal
) -> None:
    """The id of an app that Webex does not know looks as good as any."""
    app, unknown = webex.service_app, api_id("APPLICATION", new_client_id())
    person.answer("App id: ", unknown)
    person.answer("(Enter takes it) > ", app.client_id)
    person.hide("(hidden) > ", app.client_secret)
    person.answer("Organization id", app.target_org_id)
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", webex.issue_personal_token())
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.expect("Webex does not know the app or organization")
    person.answer("Correct it now? [Y/n]: ")
    person.answer(f"now {unknown}\n    (Enter keeps it) > ", app.app_id)
    person.answer("(Enter keeps it) > ")
    person.hide("now in the keyring\n    (hidden, Enter keeps it) > ")
    person.answer("(Enter keeps it) > ")
    person.expect(f"1  App id: {app.app_id}\n")
    person.answer("Write this? [Y/n]: ")
    person.expect("green: Token works")
    assert person.ends() == 0
    assert json.loads(config_of(program).read_text())["serviceApp"]["appId"] == app.app_id


def test_a_long_token_is_taken_whole_and_one_too_long_for_a_terminal_is_refused(
    webex: Sandbox, person: Terminal
) -> None:
    """A JWT has more than a thousand characters; the kernel cuts a line at 4095."""
    tell_app(person, webex)
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", "a" * 4200)
    person.expect("wrong: longer than a terminal can pass on; write it into the config instead")
    person.hide("(hidden) > ", f"\x1b[200~{'eyJ' + 'a' * 3000}\x1b[201~")
    person.expect("3003 characters taken")
    person.expect("wrong: Webex rejects this token")


def test_without_a_keyring_it_says_what_that_means(
    program: Program, folder: Path, webex: Sandbox
) -> None:
    with begun(program, folder, PYTHON_KEYRING_BACKEND=WITHOUT) as person:
        tell_app(person, webex)
        person.answer("Which one [1]: ", "2")
        person.hide("(hidden) > ", webex.issue_personal_token())
        person.answer("(Enter takes it) > ")
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
        person.answer("Which one [1]: ", "2")
        person.hide("(hidden) > ", webex.issue_personal_token())
        person.answer("(Enter takes it) > ")
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
        person.answer("Which one [1]: ", "3")
        person.answer("(Enter keeps it) > ")
        person.answer("Start the icon at every login? [Y/n]: ")
        person.expect("ok:")
        assert person.ends() == 0
    (entry,) = (Path(program.environ["HOME"]) / ".config/autostart").iterdir()
    assert f"--config {profile.config_path}" in entry.read_text()


def test_ctrl_c_while_the_first_token_is_minted_waits_for_the_answer(
    folder: Path, webex: Sandbox, person: Terminal
) -> None:
    """It is on its way already: what comes is saved, then it ends."""
    release = threading.Event()
    webex.faults.next(Kind.MINT, Fault.held(release))
    tell_app(person, webex)
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", webex.issue_personal_token())
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    webex.wait_for_request(lambda seen: seen.kind is Kind.MINT)
    person.interrupt()
    person.expect("Ending once the response is saved")
    release.set()
    person.expect("is written; run setup again for the rest.")
    assert person.ends() == 130
    assert "WEBEX_SERVICE_APP_ACCESS_TOKEN=" in (folder / ".env").read_text()


def test_the_template_is_filled_in_where_it_stands(
    program: Program, folder: Path, webex: Sandbox
) -> None:
    """As the first start of the icon leaves it in the user's folder."""
    path = config_of(program)
    path.parent.mkdir(parents=True)
    template = resource("token-config.json.template").read_text()
    path.write_text(template)
    app = webex.service_app
    with begun(program, folder) as person:
        tell_app(person, webex)
        person.answer("Which one [1]: ", "3")
        person.answer(f"suggested: {folder}/.env\n    (Enter takes it) > ")
        person.answer("Write this? [Y/n]: ")
        person.expect("1 secret moved from")
        person.ends()
    expected = template
    for old, new in (
        ("your_service_app_id", app.app_id),
        ("your_service_app_client_id", app.client_id),
        ("your_service_app_client_secret", "@keyring"),
        ("your_target_org_id", app.target_org_id),
        (".env", f"{folder}/.env"),
    ):
        expected = expected.replace(f'"{old}"', f'"{new}"')
    assert path.read_text() == expected


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
        person.answer("Organization id: the app's Org Authorizations list it\n    > ")
        person.answer("Which one [1]: ", "3")
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


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_that_the_owner_of_another_user_s_config_can_read_what_is_typed_is_said_first(
    program: Program, profile: Profile
) -> None:
    """It is in that user's file for a moment."""
    os.chown(profile.config_path, 61235, 61235)
    with begun(program, program.folder) as person:
        person.expect("This config belongs to another user, who can read what you enter")
