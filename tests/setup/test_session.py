"""Set-up by a form: what is checked, kept, doubted and written."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.profile import Profile, full_profile
from tray_app import bootstrap
from tray_app.model.errors import Busy
from tray_app.model.events import EventType
from tray_app.model.permissions import RENEW
from tray_app.model.secret import Secret
from tray_app.model.setup import FILE_FIELD, METHOD_FIELD, Ending, Field, Form, Method
from tray_app.model.signs import Colour
from tray_app.sandbox.identifiers import api_id, new_client_id
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.tokens import Pair
from tray_app.secrets.entry_format import parse_pair
from tray_app.secrets.names import SecretNames
from tray_app.secrets.store import MemoryStore
from tray_app.service.engine import Engine
from tray_app.setup.session import SetupSession, Stage, working_directory
from tray_app.system.dirs import TEMPLATE, resource

OTHER_ORG = "0b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e"


class Person:
    """Fills in the form of one session."""

    def __init__(self, setup: bootstrap.ProfileContext, here: Path) -> None:
        self.saved = threading.Event()
        self.path = setup.config_path
        self.session = SetupSession(setup, self.saved.set, here)
        self.session.settle(60)

    @property
    def form(self) -> Form:
        return self.session.form()

    def field(self, name: str) -> Field:
        return next(
            field for group in self.form.groups for field in group.fields if field.name == name
        )

    def faults(self) -> dict[str, str]:
        fields = [field for group in self.form.groups for field in group.fields]
        return {field.name: field.fault for field in fields if field.fault}

    def send(self, **changes: str) -> Stage:
        """Send what the form shows, with these changes; "__" stands for "."."""
        return self._send(changes)

    def send_anyway(self, **changes: str) -> Stage:
        return self._send(changes, anyway=True)

    def _send(self, changes: dict[str, str], *, anyway: bool = False) -> Stage:
        texts = {field.name: field.value for group in self.form.groups for field in group.fields}
        texts[METHOD_FIELD] = self.form.method
        texts |= {name.replace("__", "."): text for name, text in changes.items()}
        self.session.send({name: Secret(text) for name, text in texts.items()}, anyway=anyway)
        self.session.settle(60)
        return self.session.stage

    def written(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(self.path.read_text())
        return config


@pytest.fixture
def profile(tmp_path: Path, webex: Sandbox) -> Profile:
    return full_profile(tmp_path, webex)


@pytest.fixture
def setup(profile: Profile, webex: Sandbox) -> bootstrap.ProfileContext:
    """A profile without a config."""
    profile.config_path.unlink()
    return bootstrap.ProfileContext(
        profile.config_path, profile.folders, webex.api_base, store=MemoryStore(), environ={}
    )


Began = Callable[[bootstrap.ProfileContext], Person]


@pytest.fixture
def began(tmp_path: Path) -> Iterator[Began]:
    begun: list[Person] = []

    def begin(setup: bootstrap.ProfileContext) -> Person:
        begun.append(Person(setup, tmp_path / "project"))
        return begun[-1]

    (tmp_path / "project").mkdir()
    yield begin
    for person in begun:
        person.session.close()


def app(webex: Sandbox, **changes: str) -> dict[str, str]:
    right = {
        "serviceApp__appId": webex.service_app.app_id,
        "serviceApp__clientId": webex.service_app.client_id,
        "serviceApp__clientSecret": webex.service_app.client_secret,
        "serviceApp__targetOrgId": webex.service_app.target_org_id,
        METHOD_FIELD: "nothing",
    }
    return right | changes


def test_all_that_is_missing_is_said_at_once_and_nothing_is_written(
    setup: bootstrap.ProfileContext, began: Began
) -> None:
    person = began(setup)
    assert person.send() is Stage.FORM
    assert set(person.faults()) == {
        "serviceApp.appId",
        "serviceApp.clientId",
        "serviceApp.clientSecret",
        "serviceApp.targetOrgId",
        "tokenManager.integration.clientId",
        "tokenManager.integration.clientSecret",
        "tokenManager.integration.redirectUri",
    }
    assert not setup.config_path.exists()
    assert not person.saved.is_set()


def test_right_answers_are_written_and_the_secret_is_forgotten(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox, tmp_path: Path
) -> None:
    """The client id is taken from the app id, the path of `.env` from the working directory if one
    is there."""
    (tmp_path / "project/.env").touch()
    person = began(setup)
    assert person.send(**app(webex, serviceApp__clientId="")) is Stage.SAVED
    assert person.saved.wait(60)
    assert person.written()["serviceApp"]["clientId"] == webex.service_app.client_id
    assert person.written()["tray"]["envFile"] == str(tmp_path / "project/.env")
    assert person.session._secrets == {}
    if sys.platform != "win32":
        assert setup.config_path.stat().st_mode & 0o777 == 0o600


def test_a_wrong_secret_is_said_and_a_corrected_one_is_taken(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """An empty field keeps the secret that was sent before."""
    person = began(setup)
    assert person.send(**app(webex, serviceApp__clientSecret="not-the-secret")) is Stage.FORM
    assert set(person.faults()) == {"serviceApp.clientId", "serviceApp.clientSecret"}
    assert person.faults()["serviceApp.clientId"].endswith("Invalid client credentials.")
    shared = [
        person.field(f"serviceApp.{name}").shares_fault for name in ("clientId", "clientSecret")
    ]
    assert shared == [False, True]
    secret = person.field("serviceApp.clientSecret")
    assert (secret.value, bool(secret.kept)) == ("", True)
    assert person.send() is Stage.FORM
    assert set(person.faults()) == {"serviceApp.clientId", "serviceApp.clientSecret"}
    right = webex.service_app.client_secret
    assert person.send(serviceApp__clientSecret=right) is Stage.SAVED
    assert person.written()["serviceApp"]["clientSecret"] == right
    for shown in (repr(person.form), repr(vars(person.session))):
        assert right not in shown
        assert "not-the-secret" not in shown


def test_what_another_method_asks_for_is_kept_and_not_written(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    person = began(setup)
    answers = app(webex, tokenManager__integration__clientId="C1")
    assert person.send(**answers | {"serviceApp__targetOrgId": "a b"}) is Stage.FORM
    assert person.field("tokenManager.integration.clientId").value == "C1"
    assert person.send(**answers) is Stage.SAVED
    assert "tokenManager" not in person.written()


def test_offline_it_is_saved_if_it_is_sent_anyway_as_it_is(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """A change is checked anew, and what is only sent again is no yes."""
    answers = app(webex)
    webex.stop()
    person = began(setup)
    assert person.send(**answers) is Stage.FORM
    assert person.faults() == {}
    assert person.form.is_doubtful
    note = person.field("serviceApp.clientSecret").note
    assert note.startswith("Not checked with Webex: Webex cannot be reached")
    assert f"The address asked is {setup.api_base}; " in note
    assert person.send() is Stage.FORM
    assert person.form.is_doubtful
    other = api_id("ORGANIZATION", OTHER_ORG)
    assert person.send_anyway(serviceApp__targetOrgId=other) is Stage.FORM
    assert person.form.is_doubtful
    assert person.send_anyway() is Stage.SAVED


def test_ids_of_two_apps_are_doubted(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    person = began(setup)
    answers = app(webex, serviceApp__appId=api_id("APPLICATION", new_client_id()))
    assert person.send(**answers) is Stage.FORM
    assert "different apps" in person.field("serviceApp.clientId").note
    assert person.send_anyway() is Stage.SAVED


def test_an_organization_id_that_is_cut_off_or_mistyped_is_doubted(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """It was taken, and the refusal after the sign-in was hard to understand."""
    person = began(setup)
    mistyped = f"{webex.service_app.target_org_id[:-3]}xyz"
    assert person.send(**app(webex, serviceApp__targetOrgId=mistyped)) is Stage.FORM
    assert "not the id of an organization" in person.field("serviceApp.targetOrgId").note
    assert person.send(serviceApp__targetOrgId=webex.service_app.org_uuid) is Stage.SAVED


def test_what_the_environment_says_is_not_asked(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    secret = webex.service_app.client_secret
    environ = {"WEBEX_SERVICE_APP_CLIENT_SECRET": secret}
    person = began(replace(setup, environ=environ))
    assert person.field("serviceApp.clientSecret").variable == "WEBEX_SERVICE_APP_CLIENT_SECRET"
    answers = app(webex)
    del answers["serviceApp__clientSecret"]
    assert person.send(**answers) is Stage.SAVED
    assert secret not in setup.config_path.read_text()


def test_a_host_without_service_apps_is_named_before_anything_is_sent(
    setup: bootstrap.ProfileContext, began: Began
) -> None:
    """As in the terminal."""
    there = began(replace(setup, api_base="https://api-usgov.webex.com/v1"))
    assert there.form.notice.startswith("Webex for Government (api-usgov.webex.com) does not")
    assert began(setup).form.notice == ""


def test_a_config_with_faults_is_shown_and_corrected_and_no_other_byte_changes(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    config = {"serviceApp": {"appId": webex.service_app.app_id}, "mine": "stays"}
    setup.config_path.write_text(json.dumps(config))
    person = began(setup)
    assert person.field("serviceApp.appId").value == webex.service_app.app_id
    assert person.field("tray.envFile").value == str(setup.config_path.with_name(".env"))
    assert person.send(**app(webex)) is Stage.SAVED
    assert person.written()["mine"] == "stays"
    assert "tray" not in person.written()


def test_a_config_that_lists_outputs_is_asked_for_no_env(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """Both together would be a fault; the list is edited by hand."""
    outputs = [{"file": "a.env", "access": "WEBEX_ACCESS_TOKEN"}]
    setup.config_path.write_text(json.dumps({"tray": {"outputs": outputs}}))
    person = began(setup)
    names = [field.name for group in person.form.groups for field in group.fields]
    assert "serviceApp.appId" in names
    assert "tray.envFile" not in names
    assert person.send(**app(webex)) is Stage.SAVED
    assert person.written()["tray"] == {"outputs": outputs}


def test_the_template_counts_as_nothing(
    setup: bootstrap.ProfileContext, began: Began, tmp_path: Path
) -> None:
    setup.config_path.write_bytes(resource(TEMPLATE).read_bytes())
    person = began(setup)
    assert person.field("serviceApp.appId").value == ""
    assert not person.form.is_change
    assert person.field("tokenManager.integration.redirectUri").value == ""
    assert person.field("tray.envFile").value == str(setup.config_path.with_name(".env"))
    (tmp_path / "project/.env").touch()
    assert began(setup).field("tray.envFile").value == str(tmp_path / "project/.env")


def test_a_fault_that_no_field_can_mend_is_said(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    setup.config_path.write_text('{"tray": {"pollSeconds": "often"}}')
    person = began(setup)
    assert person.send(**app(webex)) is Stage.FORM
    assert person.form.faults[0].startswith("tray.pollSeconds must be a number of seconds")


def test_a_config_that_is_no_json_is_left_alone(
    setup: bootstrap.ProfileContext, began: Began
) -> None:
    setup.config_path.write_text("{")
    person = began(setup)
    assert "not valid JSON" in person.form.faults[0]
    assert person.session.stage is Stage.FORM
    assert person.send() is Stage.FORM
    assert setup.config_path.read_text() == "{"


def test_without_a_keyring_the_secrets_file_is_offered(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    import keyring.core

    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    person = began(replace(setup, store=None))
    assert person.form.offers_file
    answers = app(webex, **{FILE_FIELD: "yes"})
    assert person.send(**answers | {"serviceApp__targetOrgId": "a b"}) is Stage.FORM
    assert person.form.uses_file
    assert person.send(**answers) is Stage.SAVED
    assert person.written()["tray"]["secretStore"] == "file"


def test_an_error_of_ours_is_said_and_it_can_be_sent_again(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = began(setup)
    with monkeypatch.context() as patch:
        patch.setattr(SetupSession, "_find_faults", lambda *_: 1 / 0)
        assert person.send(**app(webex)) is Stage.FORM
    assert person.form.faults == ("This program failed while it checked the answers; see its log.",)
    assert person.send(**app(webex)) is Stage.SAVED


def test_what_was_saved_can_be_changed(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    person = began(setup)
    person.session.edit()  # nothing is saved yet
    assert person.session.stage is Stage.FORM
    person.send(**app(webex))
    assert person.send(**app(webex)) is Stage.SAVED  # what is saved is not sent again
    person.session.edit()
    person.session.settle(60)
    assert person.session.stage is Stage.FORM
    assert person.field("serviceApp.appId").value == webex.service_app.app_id
    assert person.field("serviceApp.clientSecret").kept == "in the config"
    assert person.form.method is Method.NOTHING
    assert person.send(serviceApp__targetOrgId=webex.service_app.org_uuid) is Stage.SAVED
    assert person.session.ending is Ending.CHANGED


def test_what_was_not_changed_is_not_written_and_ends_no_sign_in(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """Neither by the button that saves, nor by the one that cancels, which forgets what was
    typed."""
    person = began(setup)
    person.session.cancel()  # there is nothing to go back to
    assert (person.session.stage, person.form.is_change) == (Stage.FORM, False)
    assert person.send(**app(webex)) is Stage.SAVED
    assert person.session.ending is Ending.SET_UP
    assert person.saved.wait(60)
    again, before = began(setup), setup.config_path.read_bytes()
    assert again.form.is_change
    assert again.send() is Stage.SAVED
    again.session.edit()
    again.session.settle(60)
    wrong = {"serviceApp__clientSecret": "typed", "serviceApp__targetOrgId": "a b"}
    assert again.send(**wrong) is Stage.FORM
    again.session.cancel()
    again.session.settle(60)
    assert (again.session.stage, again.session.ending) == (Stage.SAVED, Ending.UNCHANGED)
    assert again.session.value("serviceApp.targetOrgId") == webex.service_app.target_org_id
    assert again.session._secrets == {}
    assert again.faults() == {}
    assert not again.saved.is_set()
    assert setup.config_path.read_bytes() == before


def integration(webex: Sandbox, **changes: str) -> dict[str, str]:
    right = {
        METHOD_FIELD: "integration",
        "tokenManager__integration__clientId": webex.integration.client_id,
        "tokenManager__integration__clientSecret": webex.integration.client_secret,
        "tokenManager__integration__redirectUri": webex.integration.redirect_uris[0],
    }
    return right | changes


def test_a_redirect_uri_is_not_guessed(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """The default was taken, although the integration had another: Webex then shows an error page,
    and the program hears nothing."""
    name = "tokenManager.integration.redirectUri"
    person = began(setup)
    assert person.field(name).value == ""
    given = app(webex) | integration(webex, tokenManager__integration__redirectUri="")
    assert person.send(**given) is Stage.FORM
    assert person.faults() == {name: "It is missing."}
    labelled = f"Redirect URI: {webex.integration.redirect_uris[0]}"
    assert person.send(tokenManager__integration__redirectUri=labelled) is Stage.SAVED
    used = person.written()["tokenManager"]["integration"]
    assert used["redirectUri"] == webex.integration.redirect_uris[0]
    del used["redirectUri"]
    written = person.written() | {"tokenManager": {"integration": used}}
    setup.config_path.write_text(json.dumps(written))
    assert began(setup).field(name).value == "http://localhost:3000/callback"  # what it uses


def test_the_service_app_s_client_id_is_not_the_integration_s(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """Two pairs of fields looked alike."""
    person, name = began(setup), "tokenManager.integration.clientId"
    labels = [field.label for group in person.form.groups for field in group.fields]
    assert len(set(labels)) == len(labels)
    own = webex.service_app.client_id
    given = integration(webex, tokenManager__integration__clientId=own)
    assert person.send(**app(webex) | given) is Stage.FORM
    assert person.faults()[name].startswith("It is the client id of the service app;")


@pytest.mark.parametrize(("in_terminal", "place"), [(True, Path.cwd), (False, Path.home)])
def test_only_a_terminal_has_a_working_directory_that_a_person_chose(
    monkeypatch: pytest.MonkeyPatch, in_terminal: bool, place: Callable[[], Path]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys.stdin, "isatty", lambda: in_terminal)
    assert working_directory() == place()
    monkeypatch.setattr(sys, "stdin", None)  # as under pythonw
    assert working_directory() == Path.home()


def test_closing_while_it_checks_is_harmless(
    setup: bootstrap.ProfileContext, tmp_path: Path
) -> None:
    with closing(SetupSession(setup, lambda: None, tmp_path)) as session:
        pass
    session.settle(60)
    assert session._settled.is_set()


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="needs root")
def test_nothing_is_asked_for_a_config_of_another_user(
    setup: bootstrap.ProfileContext, began: Began
) -> None:
    """What is typed would be in that user's file until it is moved out."""
    setup.config_path.write_text("{}")
    os.chown(setup.config_path, 61235, 61235)
    form = began(setup).form
    assert form.groups == ()
    assert ["belongs to another user" in said for said in form.faults] == [True]


def test_an_address_without_its_version_is_named(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """The sandbox's own address was used: "the answer is not from Webex", and no more."""
    person = began(replace(setup, api_base=webex.origin))
    assert person.send(**app(webex)) is Stage.FORM
    note = person.field("serviceApp.clientSecret").note
    assert f"The address asked is {webex.origin}; it does not end with /v1" in note


def given(pair: Pair, **changes: str) -> dict[str, str]:
    tokens = {"serviceApp__accessToken": pair.access, "serviceApp__refreshToken": pair.refresh}
    return tokens | changes


def test_tokens_that_an_administrator_has_fetched_are_saved_and_work_alone(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """Without integration or personal access token. They are shown and written nowhere else."""
    setup = replace(setup, store=MemoryStore(durable=True))
    person, pair = began(setup), webex.issue_service_pair()
    assert person.send(**app(webex), **given(pair)) is Stage.SAVED
    assert setup.store is not None
    kept = parse_pair(Secret(setup.store.get(entries(setup).pair, prompt=False) or ""))
    assert kept is not None
    assert (kept.access, kept.refresh) == (Secret(pair.access), Secret(pair.refresh))
    with closing(bootstrap.open_engine(replace(setup, permissions=RENEW))) as engine:
        assert engine.poll().colour is Colour.GREEN
        assert engine.token == Secret(pair.access)
        history = [event.event_type for event in engine.recent_events(20)]
        assert EventType.GIVEN in history
        assert not {EventType.RENEWAL, EventType.ADOPTED, EventType.WRITTEN_BACK} & {*history}
        webex.revoke_service_access()
        assert engine.refresh(by_hand=True).colour is Colour.GREEN
    written = setup.config_path.read_text()
    for token in (pair.access, pair.refresh):
        for text in (written, repr(person.form), repr(vars(person.session))):
            assert token not in text


def test_tokens_go_before_those_that_are_held_and_the_former_refresh_token_is_kept(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox
) -> None:
    """What was entered may be wrong: its refresh token cannot be tried before it is saved."""
    setup = replace(setup, store=MemoryStore(durable=True))
    person, first, second = began(setup), webex.issue_service_pair(), webex.issue_service_pair()
    assert person.send(**app(webex), **given(first)) is Stage.SAVED
    person.session.edit()
    person.session.settle(60)
    assert person.field("serviceApp.accessToken").kept == ""
    wrong = given(second, serviceApp__refreshToken="not-the-one")
    assert person.send(**wrong) is Stage.SAVED
    webex.revoke_service_access()
    with closing(bootstrap.open_engine(replace(setup, permissions=RENEW))) as engine:
        engine.refresh(by_hand=True)
        assert engine.refresh(by_hand=True).colour is Colour.GREEN


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"serviceApp__accessToken": ""}, "The access token is missing: enter both."),
        ({"serviceApp__accessToken": "dead"}, "Webex rejects this access token: it has expired"),
        ({"serviceApp__accessToken": "a b"}, "It holds a space or an odd character"),
        ({"serviceApp__accessToken": f"abc_PF84_{OTHER_ORG}"}, "This token is for another org"),
    ],
)
def test_tokens_that_cannot_work_are_said_and_not_saved(
    setup: bootstrap.ProfileContext,
    began: Began,
    webex: Sandbox,
    changes: dict[str, str],
    fault: str,
) -> None:
    person, env = began(setup), setup.config_path.with_name("new.env")
    answers = given(webex.issue_service_pair(), tray__envFile=str(env), **changes)
    assert person.send(**app(webex), **answers) is Stage.FORM
    assert person.faults()["serviceApp.accessToken"].startswith(fault)
    assert not setup.config_path.exists()
    assert person.field("serviceApp.accessToken").kept == ""
    assert person.send() is Stage.SAVED  # without them
    assert not env.exists()


def test_tokens_that_cannot_be_saved_now_are_sent_again(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are kept until then."""
    person, pair = began(setup), webex.issue_service_pair()
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "hold", busy)
        assert person.send(**app(webex), **given(pair)) is Stage.FORM
    assert person.form.faults == ("The tokens are not saved yet: it is in use. Send them again.",)
    assert not person.saved.is_set()
    assert person.send() is Stage.SAVED
    with closing(bootstrap.open_engine(setup)) as engine:
        engine.poll()
        assert engine.token == Secret(pair.access)


def test_a_change_whose_tokens_could_not_be_saved_is_not_cancelled_as_if_nothing_had_changed(
    setup: bootstrap.ProfileContext, began: Began, webex: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The config was written, but the page said that nothing has changed, and nothing checked it at
    once."""
    assert began(setup).send(**app(webex)) is Stage.SAVED
    person, org = began(setup), webex.service_app.org_uuid
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "hold", busy)
        tokens = given(webex.issue_service_pair(), serviceApp__targetOrgId=org)
        assert person.send(**tokens) is Stage.FORM
    assert person.written()["serviceApp"]["targetOrgId"] == org
    person.session.cancel()
    person.session.settle(60)
    assert (person.session.stage, person.session.ending) == (Stage.SAVED, Ending.WITHOUT_TOKENS)
    assert person.saved.is_set()
    person.session.edit()
    person.session.settle(60)
    person.session.cancel()
    person.session.settle(60)
    assert person.session.ending is Ending.UNCHANGED


def busy(*_: object) -> None:
    raise Busy("it is in use")


def entries(setup: bootstrap.ProfileContext) -> SecretNames:
    return bootstrap.entries(setup, bootstrap.read_config(setup))
