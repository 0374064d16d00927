"""`setup` says what is wrong with an answer, and asks again."""

from __future__ import annotations

import json
from pathlib import Path

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
from tray_app.sandbox.identifiers import api_id, new_client_id
from tray_app.sandbox.server import Sandbox


def test_a_wrong_organization_is_suspected_before_an_administrator_is_sent_for(
    webex: Sandbox, person: Terminal
) -> None:
    app = webex.service_app
    wrong = api_id("ORGANIZATION", "0b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e")
    person.answer("App id: ", app.app_id)
    person.answer("(Enter takes it) > ")
    person.hide("(hidden) > ", app.client_secret)
    person.answer("Organization id", wrong)
    tell_token(person, webex)
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
    person.answer("(Enter takes it) > ", uri)
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


def test_an_env_file_that_cannot_be_is_said_at_once(
    folder: Path, program: Program, webex: Sandbox, person: Terminal
) -> None:
    """Of the program's own files it was said after the config had been written."""
    tell_app(person, webex)
    tell_nothing_to_renew_with(person)
    person.answer("(Enter takes it) > ", f"{folder}/porject/.env")
    person.answer("wrong: it is in a folder that does not exist:", str(folder))
    own = f"{program.environ['HOME']}/.config/webex-token-tray/profiles.json"
    person.answer("wrong: it is a folder; name the file in it.", own)
    person.answer("wrong: it is one of this program's own files;")
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
    person.expect(
        "note: serviceApp.appId and serviceApp.clientId seem to belong to different apps."
    )
    person.hide("(hidden) > ", "a secret with spaces")
    person.hide("wrong: it holds a space or an odd character; paste the bare value.", "short")
    person.expect("5 characters taken")
    person.expect("wrong: Webex refuses the service app's client id and secret:")
    person.answer("Type them again? [Y/n]: ", "n")
    person.answer("Organization id", f"{app.target_org_id[:-3]}xyz")
    person.expect("note: This is not the id of an organization, or not all of it: copy it again.")
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
    person.expect("note: not checked with Webex: Webex answered with an error (HTTP 503,")
    person.expect("Path of .env: a full path; the file is created if it does not exist\n")


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
    tell_token(person, webex)
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


def test_a_wrong_account_is_not_blamed_on_an_organization_that_has_worked(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """Its id was offered for correction, though a token for it works."""
    uri, config = free_redirect(webex), profile.config()
    integration = config["tokenManager"]["integration"]
    del integration["refreshToken"], config["tokenManager"]["personalAccessToken"]
    integration["redirectUri"] = uri
    profile.config_path.write_text(json.dumps(config))
    assert program.as_tray().returncode == 1  # the sign-in is missing; the token works
    with begun(program, profile.folder) as person:
        for hidden in (False, False, True, False):
            (person.hide if hidden else person.answer)("Enter keeps it) > ")
        person.answer("Which one [1]: ")
        for hidden in (False, True, False, False):
            (person.hide if hidden else person.answer)("Enter keeps it) > ")
        person.answer("Sign in now? [Y/n]: ")
        person.expect("Open in a browser:\n")
        visit(decide(person.expect("\n").strip(), person=webex.colleague))
        person.expect("Sign in as the app's owner.")
        assert "organization id" not in person.expect("Done")
        person.ends()
