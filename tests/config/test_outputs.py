"""`tray.outputs`: which files get the tokens, and its short form `tray.envFile`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.config.config_samples import HERE, faults, good, read
from tray_app.config.approvals import ApprovalRecord, Approvals
from tray_app.config.export import as_json
from tray_app.config.outputs import outputs_as_json, parsed_outputs
from tray_app.model.credentials import Credentials
from tray_app.model.output import Output, OutputFormat
from tray_app.model.variables import ACCESS, REFRESH
from tray_app.policy.approval import Approval

FOUR = [
    {"file": ".env", "access": "WEBEX_ACCESS_TOKEN"},
    {"file": "/srv/app.json", "format": "json", "access": "/webex/token", "refresh": "/r~1"},
    {"file": "~/token", "format": "plain"},
    {"file": "app.conf", "format": "template", "template": "app.conf.in", "_note": "mine"},
]


def tray(*outputs: Any, **changes: Any) -> dict[str, Any]:
    return good(tray={"outputs": list(outputs), **changes})


def fault(*outputs: Any, **changes: Any) -> str:
    (found,) = faults(json.dumps(tray(*outputs, **changes)).encode())
    return found


@pytest.mark.posix
def test_a_list_names_files_formats_and_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    config = read(tray(*FOUR))
    here = HERE.parent
    assert config.outputs == (
        Output(str(here / ".env"), OutputFormat.DOTENV, "WEBEX_ACCESS_TOKEN", ""),
        Output("/srv/app.json", OutputFormat.JSON, "/webex/token", "/r~1"),
        Output("/home/me/token", OutputFormat.PLAIN, "", ""),
        Output(str(here / "app.conf"), OutputFormat.TEMPLATE, "", "", str(here / "app.conf.in")),
    )
    assert config.env_file == str(here / ".env")
    assert not config.has_only_env
    assert config.token_variables == {ACCESS, "WEBEX_ACCESS_TOKEN"}
    assert read(tray(FOUR[1])).token_variables == {ACCESS}


@pytest.mark.parametrize("listed", [{"file": "x/.env"}, {"file": "x/.env", "format": "dotenv"}])
def test_env_file_is_the_short_form_of_one_list_of_variables(listed: dict[str, str]) -> None:
    short, long = read(good(tray={"envFile": "x/.env"})), read(tray(listed))
    assert short == long
    assert long.has_only_env
    assert short.outputs[0].key == "tray.envFile"
    assert read(good(tray={"outputs": []})).env_file == str(HERE.parent.absolute() / ".env")


@pytest.mark.parametrize(
    ("named", "access", "refresh"),
    [
        ({}, ACCESS, REFRESH),
        ({"access": "A"}, "A", ""),
        ({"access": "A", "refresh": "R"}, "A", "R"),
        ({"refresh": "R"}, ACCESS, "R"),
        ({"refresh": ""}, ACCESS, ""),
    ],
)
def test_who_names_the_access_token_s_variable_alone_gets_no_refresh_token(
    named: dict[str, str], access: str, refresh: str
) -> None:
    (output,) = read(tray({"file": "x", **named})).outputs
    assert (output.access, output.refresh) == (access, refresh)
    assert output.writes_refresh is (refresh != "")


ONE = "tray.outputs[0]"
TEMPLATE = {"file": "b", "format": "template", "template": "b.in"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("x", "tray.outputs must be a list of objects in braces"),
        ({}, f"{ONE}.file is missing; name the file that gets the token"),
        ({"file": 1}, f"{ONE}.file must be a string in quotes"),
        ({"file": "a\0b"}, f"{ONE}.file holds a character that no path has"),
        ({"file": "token-config.json"}, f"{ONE}.file names the config itself; name the .env"),
        ({"file": "a", "format": "yaml"}, f'{ONE}.format must be "dotenv", "json", "plain" or'),
        ({"file": "a", "acess": "A"}, f"{ONE}.acess is not known; there are file, format, access"),
        ({"file": "a", "access": "A B"}, f"{ONE}.access must be the name of a variable, as"),
        ({"file": "a", "access": "1A"}, f"{ONE}.access must be the name of a variable, as"),
        ({"file": "a", "refresh": ACCESS}, f"{ONE}.refresh is the place of the access token"),
        ({"file": "a", "template": "b"}, f'{ONE}.template is for the format "template" only'),
        ({"file": "a", "format": "json"}, f"{ONE}.access is missing; name the place of the token"),
        (
            {"file": "a", "format": "json", "access": "token"},
            f"{ONE}.access must be a JSON pointer, as",
        ),
        (
            {"file": "a", "format": "json", "access": "/a~2"},
            f"{ONE}.access must be a JSON pointer, as",
        ),
        *(
            # An index with so many digits, and objects so deep, ended the turn with an error.
            (
                {"file": "a", "format": "json", "access": too_long},
                f"{ONE}.access must be a JSON pointer, as",
            )
            for too_long in ("/" + "9" * 5000, "/a" * 1000)
        ),
        (
            {"file": "a", "format": "json", "access": "/a", "refresh": "/a/b"},
            f"{ONE}.refresh is the place of the access token",
        ),
        (
            {"file": "a", "format": "plain", "access": "/a"},
            f'{ONE}.access has no meaning in the format "plain"; remove it',
        ),
        (
            TEMPLATE,
            f"{ONE} cannot be a template, because its token is read again: put another",
        ),
    ],
)
def test_a_fault_is_one_sentence_that_names_the_entry(entry: Any, said: str) -> None:
    assert fault(entry).startswith(said)


def test_an_unknown_format_is_the_only_fault_of_its_entry() -> None:
    """The rest was judged as if it were dotenv."""
    entry = {"file": "a", "format": "JSON", "access": "/t", "template": "b"}
    assert fault(entry) == f'{ONE}.format must be "dotenv", "json", "plain" or "template"'


@pytest.mark.parametrize(
    "entry",
    [
        {"file": "a", "format": "json", "access": "/\x1b[2J"},
        {"file": "a", "format": "json", "access": "/\ud800"},
        {"file": "a", "x\x1b[2J": ""},
    ],
)
def test_what_a_terminal_would_obey_is_refused_and_not_repeated(entry: Any) -> None:
    assert fault(entry).isprintable()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"file": "./a"}, ".file is that of another output; each needs one of its own"),
        ({**TEMPLATE, "template": None}, ".template is missing; name the file with {{access_tok"),
        ({**TEMPLATE, "template": "a"}, ".template is the file of an output"),
        ({**TEMPLATE, "template": "b"}, ".template is the file of an output"),
        ({**TEMPLATE, "template": "token-config.json"}, ".template names the config itself"),
    ],
)
def test_a_file_has_one_use(entry: Any, said: str) -> None:
    """Two outputs may have one template."""
    assert fault({"file": "a"}, entry).startswith(f"tray.outputs[1]{said}")
    assert len(read(tray({"file": "a"}, TEMPLATE, {**TEMPLATE, "file": "c"})).outputs) == 3


def test_both_forms_together_are_a_fault() -> None:
    said = fault({"file": "a"}, envFile=".env")
    assert said == (
        "tray.envFile and tray.outputs cannot both be set: name that file first in tray.outputs"
    )


def test_an_export_can_be_read_again() -> None:
    config = read(tray(*FOUR))
    exported = json.loads(as_json(config, Credentials(config.service_app), secrets=False))
    assert "envFile" not in exported["tray"]
    assert read(good(tray=exported["tray"])).outputs == config.outputs


def test_an_approval_covers_every_file_template_and_place(tmp_path: Path) -> None:
    """And is another one if any of them changes."""
    approvals, path = Approvals(tmp_path / "approvals.json"), str(HERE)
    wanted = Approval.of(path, read(tray(*FOUR)))
    approvals.save(path, ApprovalRecord(wanted))
    assert approvals.find(path).approval == wanted
    for at, change in enumerate(
        ({"access": "B"}, {"refresh": "/other"}, {"file": "/x"}, {"template": "other.in"})
    ):
        changed = [dict(entry) for entry in FOUR]
        changed[at] |= change
        other = Approval.of(path, read(tray(*changed)))
        assert other != wanted
        assert "tray.outputs" in wanted.differs(other)
    assert Approval.of(path, read(tray({"file": ".env"}))) == Approval.of(
        path, read(good(tray={"envFile": ".env"}))
    )


@pytest.mark.parametrize(
    "found", [None, {}, [1], [{"file": 1}], [{"file": "a"}], [{"format": "x"}]]
)
def test_what_an_approval_does_not_say_clearly_approves_nothing(found: object) -> None:
    with pytest.raises(ValueError, match=r"not a (list of outputs|valid)"):
        parsed_outputs(found)
    assert parsed_outputs(outputs_as_json(read(tray(*FOUR)).outputs)) == read(tray(*FOUR)).outputs
