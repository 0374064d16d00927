"""A person in front of `setup`, in a real terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.terminal import Terminal, in_terminal
from tray_app.sandbox.server import Sandbox


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
        "shows it; it begins with Y2lz\n    > ",
        app.app_id,
    )
    person.answer(f"suggested: {app.client_id}\n    (Enter takes it) > ")
    person.hide("(hidden) > ", app.client_secret)
    person.expect("ok: Webex does not object to the service app's client id and secret.")
    person.answer(
        "under Org Authorizations; it begins with Y2lz\n    > ",
        app.target_org_id,
    )


def tell_token(person: Terminal, webex: Sandbox) -> None:
    """A personal access token, and the `.env` that is suggested."""
    person.answer("Which one [1]: ", "2")
    person.hide("(hidden) > ", webex.issue_personal_token())
    person.answer("(Enter takes it) > ")


def tell_nothing_to_renew_with(person: Terminal) -> None:
    """Nor the app's tokens, which are asked for then."""
    person.answer("Which one [1]: ", "3")
    for _ in range(2):
        person.hide("(hidden) > ")
