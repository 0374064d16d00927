"""`setup`, in a real terminal: what it asks and writes, and what it leaves if it is ended."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
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
from tests.consent import decide, free_redirect, visit
from tests.profile import Profile
from tests.terminal import Terminal
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.identifiers import api_id
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.system.dirs import resource


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
    person.answer("suggested: http://localhost:3000/callback\n    (Enter takes it) > ", uri)
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.answer("Sign in now? [Y/n]: ")
    person.expect("Open in a browser:\n")
    visit(decide(person.expect("\n").strip()))
    person.expect("Signed in as")
    person.expect("green: Token works")
    assert person.ends() == 0
    assert (folder / ".env").exists()


def test_a_first_run_with_tokens_of_an_administrator_is_green_at_once(
    program: Program, folder: Path, webex: Sandbox, person: Terminal
) -> None:
    """Nothing else could get one. A wrong one is said, and asked for again."""
    pair, app = webex.issue_service_pair(), webex.service_app
    tell_app(person, webex)
    person.answer("Which one [1]: ", "administrator")
    person.expect("wrong: type a number from 1 to 3.\n")
    person.answer("Which one [1]: ", "3")
    person.hide("(hidden) > ", f"{pair.access[:-1]}x")
    person.hide("(hidden) > ", pair.refresh)
    person.expect("wrong: Webex rejects this access token: it has expired, or is not complete.")
    person.answer("Paste them again? [Y/n]: ")
    person.hide("(hidden) > ", pair.access)
    person.hide("(hidden) > ", pair.refresh)
    person.expect("ok: The access token works; it is for the organization")
    person.expect(app.org_uuid)
    person.answer("(Enter takes it) > ")
    shown = person.expect("Write this? [Y/n]: ")
    assert " 5  Access token: given\n" in shown
    assert " 6  Refresh token: given\n" in shown
    person.type("\n")
    person.expect("ok: the tokens are saved in the keyring")
    person.expect("green: Token works")
    assert person.ends() == 0
    text = (folder / ".env").read_text()
    for token in pair:
        assert token in text
        assert token in Path(program.environ["TEST_KEYRING_FILE"]).read_text()
        assert token not in config_of(program).read_text()
        for start in range(0, 64, 8):
            assert token[start : start + 8] not in person.screen
    webex.revoke_service_access()
    environ = {"WEBEX_TOKEN_CONFIG": str(config_of(program))}
    assert program("refresh", **environ).stdout.startswith("Renewed with the service app's")


def test_tokens_alone_are_saved_and_the_config_stays_as_it_is(
    program: Program, folder: Path, webex: Sandbox, person: Terminal
) -> None:
    """A second run that changes nothing else; and a no to all, which saves nothing."""
    tell_app(person, webex)
    tell_nothing_to_renew_with(person)
    person.answer("(Enter takes it) > ")
    assert " 5  Access token: not given\n" in person.expect("Write this? [Y/n]: ")
    person.type("\n")
    person.ends()
    before, pair = config_of(program).read_bytes(), webex.issue_service_pair()
    with begun(program, folder) as again:
        for _ in range(2):
            again.answer("(Enter keeps it) > ")
        again.hide("(hidden, Enter keeps it) > ")
        again.answer("(Enter keeps it) > ")
        again.answer("Which one [3]: ")
        again.hide("(hidden) > ", pair.access)
        again.hide("(hidden) > ", pair.refresh)
        again.answer("(Enter keeps it) > ")
        again.answer("Write this? [Y/n]: ")
        again.expect("green: Token works")
        assert again.ends() == 0
    assert config_of(program).read_bytes() == before
    assert pair.access in (folder / ".env").read_text()


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
        tell_nothing_to_renew_with(person)
        person.answer("now ./.env\n    (Enter keeps it) > ")
        assert f"4  Organization id: {org}\n" in person.expect("Write this? [Y/n]: ")
        person.type("\n")
        assert person.ends() == 0
    assert profile.config_path.read_text() == text.replace(old, org)


@pytest.mark.parametrize("answered", range(9))
def test_ctrl_c_at_any_question_leaves_everything_as_it_was(
    program: Program, folder: Path, webex: Sandbox, answered: int
) -> None:
    app = webex.service_app
    with begun(program, folder) as person:
        steps: list[tuple[str, Callable[[str], None]]] = [
            (
                "shows it; it begins with Y2lz\n    > ",
                lambda prompt: person.answer(prompt, app.app_id),
            ),
            ("(Enter takes it) > ", person.answer),
            ("(hidden) > ", lambda prompt: person.hide(prompt, app.client_secret)),
            (
                "under Org Authorizations; it begins with Y2lz\n    > ",
                lambda prompt: person.answer(prompt, app.target_org_id),
            ),
            ("Which one [1]: ", lambda prompt: person.answer(prompt, "3")),
            ("(hidden) > ", person.hide),
            ("(hidden) > ", person.hide),
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
    person.answer("(Enter takes it) > ")
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ")
    person.expect("Sign in now? [Y/n]: ")
    person.interrupt()
    person.expect(f"Ended. {config_of(program)} is written; run setup again for the rest.")
    assert person.ends() == 130


def test_a_no_at_the_end_writes_nothing(program: Program, webex: Sandbox, person: Terminal) -> None:
    tell_app(person, webex)
    tell_nothing_to_renew_with(person)
    person.answer("(Enter takes it) > ")
    person.answer("Write this? [Y/n]: ", "n")
    for typed in ("the last", "99", "-1"):
        person.answer("Which answer do you want to change? 0 ends [0]: ", typed)
        person.expect("wrong: type a number from 0 to ")
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
        f" 6  Path of .env: {folder}/.env\n",
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


def test_ctrl_c_while_the_first_token_is_minted_waits_for_the_answer(
    folder: Path, webex: Sandbox, person: Terminal
) -> None:
    """It is on its way already: what comes is saved, then it ends."""
    release = threading.Event()
    webex.faults.next(Kind.MINT, Fault.held(release))
    tell_app(person, webex)
    tell_token(person, webex)
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
        tell_nothing_to_renew_with(person)
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
