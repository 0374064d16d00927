"""token-config.json: a Config, or all its faults at once, with field and remedy, and no value."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.samples import token
from tray_app.adapters import config as adapter
from tray_app.adapters.config import ConfigFile, parse
from tray_app.adapters.files import LARGEST
from tray_app.core.credentials import Integration
from tray_app.core.errors import ConfigError
from tray_app.core.model import Config
from tray_app.core.secret import Secret

HERE = Path("/profiles/one/token-config.json")
TEMPLATE = Path(__file__).parents[2] / "token-config.json.template"
CANARY = "CANARYcanary0123456789"


def api_id(kind: str) -> str:
    """An id as Webex makes them (webex-api.md §7)."""
    raw = base64.urlsafe_b64encode(f"ciscospark://us/{kind}/0123".encode())
    return raw.decode().rstrip("=")


def good(**changes: Any) -> dict[str, Any]:
    """A complete config; `changes` by dotted name with "__" for the dot, None removes."""
    config: dict[str, Any] = {
        "serviceApp": {
            "appId": api_id("APPLICATION"),
            "clientId": "C" + "1" * 64,
            "clientSecret": "a" * 64,
            "targetOrgId": api_id("ORGANIZATION"),
        },
        "tokenManager": {
            "personalAccessToken": token("p").reveal(),
            "integration": {
                "clientId": "C" + "2" * 64,
                "clientSecret": "b" * 64,
                "refreshToken": token("r").reveal(),
            },
        },
        "tray": {"envFile": ".env", "pollSeconds": 60},
    }
    for name, value in changes.items():
        *sections, last = name.split("__")
        section = config
        for part in sections:
            section = section[part]
        if value is None:
            del section[last]
        else:
            section[last] = value
    return config


def read(config: Any) -> Config:
    return parse(json.dumps(config).encode(), HERE)


def faults(raw: bytes) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(raw, HERE)
    assert caught.value.path == str(HERE)
    assert str(caught.value) == f"{HERE}: " + "; ".join(caught.value.faults)
    assert caught.value.__cause__ is None, "an error of json holds the whole document"
    assert caught.value.__context__ is None
    return caught.value.faults


# --- what is read -----------------------------------------------------------------------------


def test_a_complete_config_is_read() -> None:
    """Every field of the template."""
    config = read(good())
    assert config.service_app.app_id == api_id("APPLICATION")
    assert config.service_app.client_secret == Secret("a" * 64)
    assert config.personal_access_token == token("p")
    assert config.integration == Integration("C" + "2" * 64, Secret("b" * 64), token("r"))
    assert config.env_file == "/profiles/one/.env"
    assert config.poll_seconds == 60


def test_the_least_config_is_four_identifiers_without_secrets() -> None:
    """All else is in the keyring, or not used."""
    config = read({"serviceApp": good(serviceApp__clientSecret=None)["serviceApp"]})
    assert config.service_app.client_secret is None
    assert config.personal_access_token is None
    assert config.integration is None
    assert config.env_file == "/profiles/one/.env"
    assert config.poll_seconds == adapter.DEFAULT_POLL_SECONDS


@pytest.mark.parametrize("blank", ["@keyring", "", "  ", "your_secret", "YOUR_SECRET_HERE"])
def test_a_secret_that_is_not_written_is_none(blank: str) -> None:
    """ "@keyring", nothing and placeholders: the keyring is asked."""
    config = read(
        good(
            serviceApp__clientSecret=blank,
            tokenManager__personalAccessToken=blank,
            tokenManager__integration__clientSecret=blank,
            tokenManager__integration__refreshToken=blank,
        )
    )
    assert config.service_app.client_secret is None
    assert config.personal_access_token is None
    assert config.integration == Integration("C" + "2" * 64, None, None)


def test_the_template_as_shipped_names_what_is_to_be_filled_in() -> None:
    """And its placeholders make no integration."""
    assert {fault.split(" ")[0] for fault in faults(TEMPLATE.read_bytes())} == {
        "serviceApp.appId",
        "serviceApp.clientId",
        "serviceApp.targetOrgId",
    }


def test_an_integration_left_as_in_the_template_is_none() -> None:
    """Who pastes personal access tokens by hand has no integration."""
    template = json.loads(TEMPLATE.read_bytes())
    template["serviceApp"] = good()["serviceApp"]
    assert read(template).integration is None


def test_spaces_around_a_value_do_no_harm() -> None:
    """They come along when pasting."""
    config = read(good(serviceApp__clientId=f" {'C' * 65}\n"))
    assert config.service_app.client_id == "C" * 65


def test_a_byte_order_mark_does_no_harm() -> None:
    """Notepad puts one there."""
    assert parse(b"\xef\xbb\xbf" + json.dumps(good()).encode(), HERE) == read(good())


@pytest.mark.parametrize(
    "manager",
    [
        {"clientId": "C3", "clientSecret": "s", "refreshToken": "r"},
        {"oauthClientId": "C3", "oauthClientSecret": "s", "oauthRefreshToken": "r"},
    ],
    ids=["flat", "oauth"],
)
def test_defect_8_the_shapes_of_the_forerunners_are_read(manager: dict[str, str]) -> None:
    """Their template had other names than their code: "OAuth refresh is not configured"."""
    expected = Integration("C3", Secret("s"), Secret("r"))
    assert read(good(tokenManager=manager)).integration == expected
    beside = good()["tokenManager"] | manager
    assert read(good(tokenManager=beside)).integration == read(good()).integration


def test_faults_of_the_other_shapes_have_their_own_names() -> None:
    """The name that is in the file, not ours."""
    found = faults(json.dumps(good(tokenManager={"oauthRefreshToken": "a b"})).encode())
    assert [fault.split(" ")[0] for fault in found] == [
        "tokenManager.oauthClientId",
        "tokenManager.oauthRefreshToken",
    ]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("x/.env", "/profiles/one/x/.env"),
        ("../two/.env", "/profiles/two/.env"),
        ("/srv/app/.env", "/srv/app/.env"),
        ("~nobody-has-this-name/.env", "/profiles/one/~nobody-has-this-name/.env"),
    ],
)
def test_the_env_file_is_relative_to_the_config(written: str, found: str) -> None:
    """Not to wherever the program was started."""
    assert read(good(tray__envFile=written)).env_file == found


def test_a_tilde_is_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell has it."""
    monkeypatch.setenv("HOME", "/home/me")
    assert read(good(tray__envFile="~/app/.env")).env_file == "/home/me/app/.env"


def test_the_env_file_is_absolute_even_where_the_config_is_not() -> None:
    """Nothing depends on the working directory later."""
    config = parse(json.dumps(good()).encode(), Path("token-config.json"))
    assert config.env_file == str(Path.cwd() / ".env")


@pytest.mark.parametrize(("least", "given"), [(15, 15), (15, 86_400), (1, 1.5)])
def test_poll_seconds_up_to_floor_and_ceiling(least: float, given: float) -> None:
    """The demo has a lower floor."""
    raw = json.dumps(good(tray__pollSeconds=given)).encode()
    assert parse(raw, HERE, least).poll_seconds == given


# --- what is refused --------------------------------------------------------------------------

WHOLE = {
    "empty": (b"", "not valid JSON at line 1, column 1: Expecting value"),
    "cut off": (b'{"serviceApp": {', "not valid JSON at line 1, column 17"),
    "a comma too many": (b'{"tray": {},}', "not valid JSON at line 1, column"),
    "a comment": (b"{} // mine", "not valid JSON at line 1, column 4: Extra data"),
    "a list": (b"[]", "not a JSON object; start from the template"),
    "null": (b"null", "not a JSON object; start from the template"),
    "a string": (b'"@keyring"', "not a JSON object; start from the template"),
    "UTF-16": (json.dumps(good()).encode("utf-16"), "not UTF-8; save it as UTF-8"),
    "Latin-1": (b'{"tray": "\xe9"}', "not UTF-8; save it as UTF-8"),
    "nested without end": (b"[" * 100_000, "not valid JSON; start from the template"),
    "an endless number": (b'{"tray": %s}' % (b"9" * 5000), "not valid JSON; start from the"),
    "YAML": (b"serviceApp:\n  appId: x\n", "not valid JSON at line 1, column 1"),
}

FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "the client id as the app": (
        {"serviceApp__appId": f"C{'0a' * 32}"},
        "serviceApp.appId is a client id; the service app's page",
    ),
    "the client id as the organization": (
        {"serviceApp__targetOrgId": f"C{'0a' * 32}"},
        "serviceApp.targetOrgId is a client id; the app's Org Authorizations list it",
    ),
    "a place as the app": (
        {"serviceApp__appId": api_id("PLACE")},
        "serviceApp.appId is the id of another kind of thing (PLACE)",
    ),
    "the app as the organization": (
        {"serviceApp__targetOrgId": api_id("APPLICATION")},
        "serviceApp.targetOrgId is the id of another kind of thing (APPLICATION)",
    ),
    "double quotes inside": (
        {"serviceApp__appId": f'"{CANARY}"'},
        "serviceApp.appId holds a space, a quote",
    ),
    "a tab inside": ({"serviceApp__clientId": f"{CANARY}\tx"}, "serviceApp.clientId holds a space"),
    "a client id that is true": (
        {"serviceApp__clientId": True},
        "serviceApp.clientId must be a string in quotes",
    ),
    "an organization that is an object": (
        {"serviceApp__targetOrgId": {"id": CANARY}},
        "serviceApp.targetOrgId must be a string in quotes",
    ),
    "an integration without its client id": (
        {"tokenManager__integration": {"refreshToken": CANARY}},
        "tokenManager.integration.clientId is missing; the integration's page",
    ),
    "an integration with a placeholder for its client id": (
        {"tokenManager__integration": {"clientId": "your_id", "refreshToken": CANARY}},
        "tokenManager.integration.clientId still holds the template's placeholder",
    ),
    "an integration with quotes in its client id": (
        {"tokenManager__integration": {"clientId": f"'{CANARY}'"}},
        "tokenManager.integration.clientId holds a space, a quote",
    ),
    "a personal token that is a number": (
        {"tokenManager__personalAccessToken": 12},
        "tokenManager.personalAccessToken must be a string in quotes",
    ),
    "a section that is a list": ({"serviceApp": []}, "serviceApp must be an object in braces"),
    "a section that is a string": (
        {"tokenManager": CANARY},
        "tokenManager must be an object in braces",
    ),
    "an integration that is a list": (
        {"tokenManager__integration": [CANARY]},
        "tokenManager.integration must be an object in braces",
    ),
    "a tray that is a number": ({"tray": 5}, "tray must be an object in braces"),
    "no appId": (
        {"serviceApp__appId": None},
        "serviceApp.appId is missing; the service app's page",
    ),
    "no clientId": ({"serviceApp__clientId": None}, "serviceApp.clientId is missing; the service"),
    "no targetOrgId": (
        {"serviceApp__targetOrgId": None},
        "serviceApp.targetOrgId is missing; the app's Org Authorizations list it",
    ),
    "an empty appId": ({"serviceApp__appId": "  "}, "serviceApp.appId is missing"),
    "a placeholder": (
        {"serviceApp__clientId": "your_service_app_client_id"},
        "serviceApp.clientId still holds the template's placeholder",
    ),
    "a placeholder in capitals": (
        {"serviceApp__appId": "YOUR_APP_ID_HERE"},
        "serviceApp.appId still holds the template's placeholder",
    ),
    "a placeholder in brackets": (
        {"serviceApp__appId": "<your app id>"},
        "serviceApp.appId still holds the template's placeholder",
    ),
    "quotes inside": (
        {"serviceApp__clientId": f"'{CANARY}'"},
        "serviceApp.clientId holds a space, a quote or an odd character; paste the bare value",
    ),
    "a space inside": (
        {"serviceApp__targetOrgId": f"{CANARY} x"},
        "serviceApp.targetOrgId holds a space",
    ),
    "a line break inside": (
        {"serviceApp__appId": f"{CANARY}\nx"},
        "serviceApp.appId holds a space",
    ),
    "half of a character inside": (
        {"serviceApp__appId": "\ud800"},
        "serviceApp.appId holds a space, a quote or an odd character",
    ),
    "an id of a number": ({"serviceApp__appId": 42}, "serviceApp.appId must be a string in quotes"),
    "the organization as the app": (
        {"serviceApp__appId": api_id("ORGANIZATION")},
        "serviceApp.appId is the id of another kind of thing (ORGANIZATION); the service app's",
    ),
    "a person as the organization": (
        {"serviceApp__targetOrgId": api_id("PEOPLE")},
        "serviceApp.targetOrgId is the id of another kind of thing (PEOPLE)",
    ),
    "a secret with a space": (
        {"serviceApp__clientSecret": f"{CANARY} {CANARY}"},
        "serviceApp.clientSecret holds a space or an odd character; paste the bare value",
    ),
    "a secret with an odd character": (
        {"serviceApp__clientSecret": f"{CANARY}\u2026"},
        "serviceApp.clientSecret holds a space or an odd character",
    ),
    "a secret with a NUL": (
        {"serviceApp__clientSecret": f"{CANARY}\0"},
        "serviceApp.clientSecret holds a space or an odd character",
    ),
    "a secret of a list": (
        {"serviceApp__clientSecret": [CANARY]},
        "serviceApp.clientSecret must be a string in quotes",
    ),
    "a token with its header's name": (
        {"tokenManager__personalAccessToken": f"Bearer {CANARY}"},
        "tokenManager.personalAccessToken holds a space or an odd character",
    ),
    "a token in quotes": (
        {"tokenManager__personalAccessToken": f'"{CANARY}"'},
        "tokenManager.personalAccessToken is not a token by its form (RFC 6750)",
    ),
    "a refresh token that is none": (
        {"tokenManager__integration__refreshToken": f"{CANARY}!"},
        "tokenManager.integration.refreshToken is not a token by its form (RFC 6750)",
    ),
    "an integration without its id": (
        {"tokenManager__integration__clientId": None},
        "tokenManager.integration.clientId is missing; the integration's page",
    ),
    "an integration of which only a secret is filled in": (
        {"tokenManager__integration": {"clientId": "your_id", "clientSecret": CANARY}},
        "tokenManager.integration.clientId still holds the template's placeholder",
    ),
    "an env file of a number": ({"tray__envFile": 1}, "tray.envFile must be a string in quotes"),
    "an env file with a NUL": (
        {"tray__envFile": "a\0b"},
        "tray.envFile holds a character that no path has",
    ),
    "the config as the env file": (
        {"tray__envFile": "./x/../token-config.json"},
        "tray.envFile names the config itself; name the .env that your programs read",
    ),
    "polling too often": (
        {"tray__pollSeconds": 14.9},
        "tray.pollSeconds must be a number of seconds, 15 to 86400",
    ),
    "polling too seldom": ({"tray__pollSeconds": 86_401}, "tray.pollSeconds must be a number"),
    "polling backwards": ({"tray__pollSeconds": -300}, "tray.pollSeconds must be a number"),
    "polling by a word": ({"tray__pollSeconds": "300"}, "tray.pollSeconds must be a number"),
    "polling by a truth": ({"tray__pollSeconds": True}, "tray.pollSeconds must be a number"),
    "polling never": ({"tray__pollSeconds": float("nan")}, "tray.pollSeconds must be a number"),
    "polling for ever": ({"tray__pollSeconds": float("inf")}, "tray.pollSeconds must be a number"),
}


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_that_is_no_config_is_one_fault(case: str) -> None:
    """It says what is wrong with the whole."""
    raw, sentence = WHOLE[case]
    (fault,) = faults(raw)
    assert fault.startswith(sentence)


@pytest.mark.parametrize("case", FIELDS)
def test_a_field_that_is_wrong_is_one_fault_with_field_and_remedy(case: str) -> None:
    """And the value is never echoed: it may be a secret in the wrong place."""
    changes, sentence = FIELDS[case]
    (fault,) = faults(json.dumps(good(**changes)).encode())
    assert fault.startswith(sentence)
    assert CANARY not in fault


def test_all_faults_are_named_in_one_go() -> None:
    """Nobody wants to correct one, start again, and find the next."""
    found = faults(
        json.dumps(
            good(
                serviceApp__appId=None,
                serviceApp__clientId="your_id",
                serviceApp__clientSecret="a b",
                serviceApp__targetOrgId=7,
                tokenManager__personalAccessToken="'t'",
                tokenManager__integration__clientId="",
                tokenManager__integration__clientSecret=False,
                tokenManager__integration__refreshToken="\u00e9",
                tray__envFile=[],
                tray__pollSeconds=0,
            )
        ).encode()
    )
    assert [fault.split(" ")[0] for fault in found] == [
        "serviceApp.appId",
        "serviceApp.clientId",
        "serviceApp.clientSecret",
        "serviceApp.targetOrgId",
        "tokenManager.personalAccessToken",
        "tokenManager.integration.clientId",
        "tokenManager.integration.clientSecret",
        "tokenManager.integration.refreshToken",
        "tray.envFile",
        "tray.pollSeconds",
    ]


def test_an_empty_object_misses_the_identifiers() -> None:
    """The first thing to be told."""
    assert [fault.split(" ")[0] for fault in faults(b"{}")] == [
        "serviceApp.appId",
        "serviceApp.clientId",
        "serviceApp.targetOrgId",
    ]


# --- the file ---------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "token-config.json"
    path.write_text(json.dumps(good()))
    return path


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What has been parsed so far."""
    seen: list[bytes] = []
    real = adapter.parse

    def noted(raw: bytes, *rest: Any) -> Config:
        seen.append(raw)
        return real(raw, *rest)

    monkeypatch.setattr(adapter, "parse", noted)
    return seen


def test_a_file_that_has_not_changed_is_not_parsed_again(path: Path, parsed: list[bytes]) -> None:
    """The same object comes back."""
    file = ConfigFile(path)
    assert file.read() is file.read()
    assert len(parsed) == 1


def test_a_file_that_says_the_same_is_the_same_config(path: Path, parsed: list[bytes]) -> None:
    """Touched, or laid out anew: no reason to start over."""
    file = ConfigFile(path)
    before = file.read()
    path.write_text(json.dumps(good(), indent=4))
    assert file.read() is before
    assert len(parsed) == 2


def test_an_edited_file_is_read_again(path: Path) -> None:
    """Whatever tool has edited it."""
    file = ConfigFile(path)
    file.read()
    path.write_text(json.dumps(good(tray__pollSeconds=99)))
    assert file.read().poll_seconds == 99


def test_a_copy_that_brings_its_old_time_along_is_noticed(path: Path) -> None:
    """`cp -p`, of the same length."""
    file = ConfigFile(path)
    before = path.stat()
    assert file.read().poll_seconds == 60
    path.write_text(json.dumps(good(tray__pollSeconds=77)))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert file.read().poll_seconds == 77


def test_a_file_that_was_broken_and_is_restored_is_the_same_config(path: Path) -> None:
    """In between, every reading tells the faults."""
    file = ConfigFile(path)
    before = file.read()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    for _ in range(2):
        with pytest.raises(ConfigError, match="not valid JSON"):
            file.read()
    path.unlink()
    with pytest.raises(ConfigError, match="there is no such file; copy token-config"):
        file.read()
    path.write_bytes(whole)
    assert file.read() is before


def test_a_directory_is_named_as_the_fault(tmp_path: Path) -> None:
    """One may have given the folder of the profile."""
    with pytest.raises(ConfigError, match="cannot be read: it is not a regular file"):
        ConfigFile(tmp_path).read()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    """It would hang at the start, without a word."""
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ConfigError, match="it is not a regular file"):
        ConfigFile(tmp_path / "fifo").read()


def test_a_huge_file_is_the_wrong_one(path: Path) -> None:
    """Nothing of it is parsed."""
    path.write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(ConfigError, match="larger than 1 MiB; is it the right file"):
        ConfigFile(path).read()


# --- any JSON at all --------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["@keyring", "your_x", CANARY, "~x/y", "\ud800", "a\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = [
    "serviceApp",
    "serviceApp__appId",
    "serviceApp__clientId",
    "serviceApp__clientSecret",
    "serviceApp__targetOrgId",
    "tokenManager",
    "tokenManager__personalAccessToken",
    "tokenManager__integration__clientId",
    "tokenManager__integration__refreshToken",
    "tray",
    "tray__envFile",
    "tray__pollSeconds",
]


@settings(max_examples=5000)
@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3))
def test_any_mutation_is_a_config_or_a_config_error(changes: dict[str, Any]) -> None:
    """Nothing else ever comes out, and no value does."""
    # Sections last: what is inside them is changed first.
    config = good(**dict(sorted(changes.items(), key=lambda change: -change[0].count("__"))))
    try:
        read(config)
    except ConfigError as error:
        told = str(error)
    else:
        told = "nothing"
    assert told
    assert CANARY not in told


@given(st.one_of(st.binary(), JSON.map(json.dumps).map(str.encode)))
def test_any_bytes_are_a_config_error(raw: bytes) -> None:
    """A config does not come about by chance."""
    assert faults(raw)
