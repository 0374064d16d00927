"""Unknown keys are reported with the key that is probably meant; they are never a fault."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_import import SHAPES
from tests.config.config_samples import HERE, good, read
from tray_app.config import file
from tray_app.config.export import as_json
from tray_app.config.file import ConfigFile
from tray_app.config.keys import KNOWN_KEYS, unknown_keys
from tray_app.model.credentials import Credentials
from tray_app.model.variables import REDIRECT
from tray_app.model.variables import SHAPES as FIELDS_OF_SHAPES
from tray_app.system.dirs import TEMPLATE, resource

IGNORED = "is not known and is ignored"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tray__pollSecond": 60}, "tray.pollSecond {}; is tray.pollSeconds meant?"),
        ({"tray__pollseconds": 60}, "tray.pollseconds {}; is tray.pollSeconds meant?"),
        ({"tray__envfile": "x"}, "tray.envfile {}; is tray.envFile meant?"),
        ({"pollSeconds": 60}, "pollSeconds {}; pollSeconds belongs under tray"),
        (
            {"serviceApp__secretStore": "file"},
            "serviceApp.secretStore {}; secretStore belongs under tray",
        ),
        (
            {"tray__personalAccessToken": "x"},
            "tray.personalAccessToken {}; personalAccessToken belongs under tokenManager",
        ),
        ({"serviceapp": {}}, "serviceapp {}; is serviceApp meant?"),
        ({"serviceApp__tray": {}}, "serviceApp.tray {}; tray belongs at the top"),
        (
            {"tokenManager__integration__redirectURL": "x"},
            f"tokenManager.integration.redirectURL {{}}; is {REDIRECT} meant?",
        ),
        ({"tray__onTokenChanged": []}, "tray.onTokenChanged {}; is tray.onTokenChange meant?"),
        ({"colour": "blue"}, "colour {}"),
        (
            {"serviceApp__refreshToken": "x"},
            "serviceApp.refreshToken is ignored in a config in use; setup and import take it over",
        ),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest_known_one(
    changes: dict[str, Any], sentence: str
) -> None:
    """And the config is read all the same."""
    config = good(**changes)
    assert unknown_keys(config) == (sentence.format(IGNORED),)
    assert read(config).service_app.app_id == config["serviceApp"]["appId"]


@pytest.mark.parametrize(
    "key", ["_comment", "//", "// why", "$schema", "#", "comment", "Comments", "comment2", "note"]
)
def test_what_a_person_writes_for_people_is_no_unknown_key(key: str) -> None:
    for section in ("", "tray__", "tokenManager__integration__"):
        assert unknown_keys(good(**{f"{section}{key}": "why"})) == ()


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_config_is_known(shape: str) -> None:
    assert unknown_keys(SHAPES[shape](good())) == ()


def test_the_template_and_what_export_writes_are_known() -> None:
    assert unknown_keys(json.loads(resource(TEMPLATE).read_bytes())) == ()
    config = read(good(tray__quietHours="22:00-07:00", tray__leadDays=30, tray__secretStore="file"))
    creds = Credentials(config.service_app, integration=config.integration)
    assert unknown_keys(json.loads(as_json(config, creds, secrets=True))) == ()


def test_every_field_that_is_read_is_known() -> None:
    """A new one that is forgotten here would be called unknown."""
    source = Path(file.__file__).read_text()
    read_there = set(re.findall(r'"((?:serviceApp|tokenManager|tray)\.[A-Za-z.]+)"', source))
    assert len(read_there) > 8
    assert read_there <= set(KNOWN_KEYS)
    assert {name for shape in FIELDS_OF_SHAPES for name in shape} <= set(KNOWN_KEYS)


def test_a_file_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    """Parsing the config reports that."""
    path = tmp_path / HERE.name
    file = ConfigFile(path)
    assert file.unknown_keys() == ()
    path.write_text("{")
    assert file.unknown_keys() == ()
    path.write_text('{"colour": 1}')
    assert file.unknown_keys() == (f"colour {IGNORED}",)


@pytest.mark.process
def test_a_config_without_unknown_keys_loads_nothing_to_compare_them() -> None:
    code = (
        "import sys; from tray_app.config.keys import unknown_keys;"
        "unknown_keys({'tray': {'pollSeconds': 60}}); print('difflib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
