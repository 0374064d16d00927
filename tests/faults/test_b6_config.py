"""B6: configs that are wrong, each told in one go, with field and remedy, and no value echoed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.config_samples import CANARY, api_id, faults, good, read
from tests.faults.table import Bar, rounds
from tray_app.model.errors import ConfigError

BAR = Bar("B6", "token-config.json", least=rounds(60, 68))

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
        "serviceApp.targetOrgId is a client id; the app's page lists it under Org Authorizations",
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
        "serviceApp.targetOrgId is missing; the app's page lists it under Org Authorizations",
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
    "quiet all day": (
        {"tray__quietHours": "08:00-08:00"},
        "tray.quietHours must begin and end at different times",
    ),
    "quiet by a word": (
        {"tray__quietHours": "at night"},
        'tray.quietHours must be two times of day, as in "22:00-07:00"',
    ),
    "quiet by a number": ({"tray__quietHours": 22}, "tray.quietHours must be a string in quotes"),
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


@settings(max_examples=rounds(250, 5_000))
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
