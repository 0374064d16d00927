"""The answers of set-up: what is wrong with one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest

from tests import forked
from tests.other_user import only_root
from tray_app.config.draft import ConfigDraft
from tray_app.model.variables import REDIRECT
from tray_app.setup.answers import APP_ID, ENV_FILE, Answers, without_label
from tray_app.system.dirs import AppDirs

UNUSED = cast("Any", None)

AS_ANOTHER = """
import os
from pathlib import Path
from tests.setup.test_answers import ENV_FILE, answers_in
os.setreuid(61234, 0)  # os.access asks for the real one
answers = answers_in(Path("/nonexistent"))
print(answers.fault(ENV_FILE, "/etc/passwd"))
print(answers.fault(ENV_FILE, "/etc/.env"))
print(answers.fault(ENV_FILE, "/tmp/.env"))
print(answers.fault(ENV_FILE, ".env"))
"""


def answers_in(folder: Path) -> Answers:
    """The answers for a config that is not there yet."""
    folders = AppDirs(*(folder / name for name in ("config", "data", "state", "log")))
    draft = ConfigDraft(folder / "token-config.json", {})
    return Answers(draft, UNUSED, UNUSED, folders, folder)


@pytest.mark.parametrize("name", ["secrets", "profiles", "token_facts", "log_file"])
def test_a_file_of_the_program_s_own_is_not_for_tokens(tmp_path: Path, name: str) -> None:
    """It was said after the config had been written."""
    answers = answers_in(tmp_path)
    own = getattr(answers._folders, name)
    own.parent.mkdir(parents=True)
    assert answers.fault(ENV_FILE, str(own)).startswith("is one of this program's own files")
    assert answers.fault(ENV_FILE, str(own.with_name(".env"))) == ""


def test_a_file_that_would_get_no_token_is_refused(tmp_path: Path) -> None:
    """It was taken, and the tokens of the first sign-in had no place to go."""
    answers, file = answers_in(tmp_path), tmp_path / "notes.txt"
    file.write_text("first this, and then that\n")
    fault = answers.fault(ENV_FILE, str(file))
    assert fault.startswith(f"gets no token: {file} is not a list of variables; name the .env that")
    file.write_bytes(b"\xff\xfe" + "A=1".encode("utf-16-le"))
    assert answers.fault(ENV_FILE, str(file)).startswith(f"cannot be used: {file}")
    file.write_text("A=1\n")
    file.rename(tmp_path / "app.env")
    assert answers.fault(ENV_FILE, str(tmp_path / "app.env")) == ""


@pytest.mark.parametrize(
    ("name", "pasted", "taken"),
    [
        (REDIRECT, "Redirect URI: http://localhost:1/x ", "http://localhost:1/x"),
        (REDIRECT, "http://localhost:1/x", "http://localhost:1/x"),
        (APP_ID, "App ID:\tY2lz", "Y2lz"),
        (APP_ID, "App id: Y2lz and more", "App id: Y2lz and more"),
        (ENV_FILE, " My files: new/.env", "My files: new/.env"),
    ],
)
def test_a_label_that_was_pasted_with_its_value_is_left_out(
    name: str, pasted: str, taken: str
) -> None:
    """The fault said that the address must lead to this machine, which it did."""
    assert without_label(name, pasted) == taken


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("localhost:3000/callback", "must begin with http://, as in"),
        ("https://localhost:3000/callback", "must begin with http://, as in"),
        ("Redirect URIhttp://localhost:3000/callback", "must begin with http://, as in"),
        ("http://example.com:3000/callback", "must lead to this machine, as in"),
        ("http://localhost:99999/", "is not an address, such as http://localhost:3000/callback;"),
    ],
)
def test_what_is_wrong_with_a_redirect_uri_is_named(tmp_path: Path, uri: str, said: str) -> None:
    assert answers_in(tmp_path).fault(REDIRECT, uri).startswith(said)


@only_root
@pytest.mark.process
def test_where_this_user_cannot_write_no_token_can_be() -> None:
    done = forked.run([], dict(os.environ), Path("/"), code=AS_ANOTHER)
    said = "cannot be written by you"
    assert (done.stdout, done.stderr) == (f"{said}\n{said}\n\n\n", "")
