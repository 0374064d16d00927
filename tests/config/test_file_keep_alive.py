"""The data sources that a person has ticked: set in the file without touching the rest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.config.config_samples import faults, good, read
from tray_app.config.export import as_json
from tray_app.config.file import ConfigFile
from tray_app.model.credentials import Credentials
from tray_app.model.errors import ConfigError
from tray_app.system import atomic_file
from tray_app.system.file_probe import signature

A, B = "0a1b2c3d-0000-4000-8000-00000000000a", "0a1b2c3d-0000-4000-8000-00000000000b"


def written(folder: Path, text: str) -> ConfigFile:
    path = folder / "token-config.json"
    path.write_bytes(text.encode())
    return ConfigFile(path)


def spelt(**tray: Any) -> str:
    return json.dumps(good(tray=tray), indent=2)


def test_none_are_kept_by_default() -> None:
    assert read(good()).kept == frozenset()
    assert read(good(tray={"keepAlive": []})).kept == frozenset()
    assert read(good(tray={"keepAlive": [A, B, A]})).kept == {A, B}


@pytest.mark.parametrize("odd", [A, 1, {}, [1], [A, ""], ["../x"], [["a"]], True, ["a b"]])
def test_what_is_no_list_of_ids_is_a_fault_with_the_remedy(odd: object) -> None:
    (fault,) = faults(json.dumps(good(tray={"keepAlive": odd})).encode())
    assert fault == (
        "tray.keepAlive must be a list of ids as `webex-token-tray data-sources` shows them"
    )


def test_an_export_has_them() -> None:
    config = read(good(tray={"keepAlive": [B, A]}))
    shown = json.loads(as_json(config, Credentials(config.service_app), secrets=False))
    assert shown["tray"]["keepAlive"] == [A, B]
    assert "keepAlive" not in as_json(read(good()), Credentials(config.service_app), secrets=False)


TEXTS = {
    "already there": spelt(envFile=".env", keepAlive=[]),
    "not there": spelt(envFile=".env"),
    "no section": json.dumps(good(), indent=4),
    "in one line": json.dumps(good(tray={"pollSeconds": 300})),
    "odd spaces": spelt(envFile=".env").replace(": ", "  :\t").replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + spelt(envFile=".env"),
    "of another program too": spelt(envFile=".env", other={"keepAlive": [1, 2], "ü": "\\"}),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_tick_changes_nothing_else(tmp_path: Path, text: str) -> None:
    """Ticked, ticked again, unticked: every other byte stays."""
    file = written(tmp_path, text)
    before = file.read()
    file.set_kept_data_source(B, on=True)
    file.set_kept_data_source(A, on=True)
    assert file.read().kept == {A, B}
    file.set_kept_data_source(A, on=True)
    file.set_kept_data_source(B, on=False)
    assert file.read().kept == {A}
    file.set_kept_data_source(A, on=False)
    assert file.read() == before
    assert without_ticks(file.path.read_bytes().decode()) == without_ticks(text)


def without_ticks(text: str) -> str:
    text = re.sub(r',?\s*"keepAlive"\s*:\s*\[\]', "", text)
    return re.sub(r',?\s*"tray"\s*:\s*{\s*}', "", text)


def test_what_is_so_already_is_not_written(tmp_path: Path) -> None:
    """Nor read again by a process that watches the file."""
    file = written(tmp_path, spelt(keepAlive=[A]))
    file.read()
    seen = signature(file.path)
    file.set_kept_data_source(A, on=True)
    file.set_kept_data_source(B, on=False)
    assert signature(file.path) == seen


def test_an_edit_at_the_same_moment_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tick is set in what the person has written meanwhile."""
    file = written(tmp_path, spelt(envFile=".env"))
    replace, edits = atomic_file.replace, [spelt(envFile="other.env")]

    def edited(path: Path, raw: bytes, was: bytes | None, rule: atomic_file.Rule) -> None:
        if edits:
            path.write_text(edits.pop())
        replace(path, raw, was, rule)

    monkeypatch.setattr(atomic_file, "replace", edited)
    file.set_kept_data_source(A, on=True)
    config = file.read()
    assert config.kept == {A}
    assert Path(config.env_file).name == "other.env"


def test_who_never_stops_editing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def edited(path: Path, raw: bytes, was: bytes | None, rule: atomic_file.Rule) -> None:
        raise atomic_file.FileChanged

    file = written(tmp_path, spelt())
    monkeypatch.setattr(atomic_file, "replace", edited)
    with pytest.raises(ConfigError, match="another program keeps editing it"):
        file.set_kept_data_source(A, on=True)


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, raw: bytes, was: bytes | None, rule: atomic_file.Rule) -> None:
        raise OSError(28, "No space left on device")

    file = written(tmp_path, spelt())
    before = file.path.read_bytes()
    monkeypatch.setattr(atomic_file, "replace", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        file.set_kept_data_source(A, on=True)
    assert file.path.read_bytes() == before


@pytest.mark.parametrize("text", ["not json", "", '{"tray": []}'])
def test_a_config_with_faults_is_left_alone(tmp_path: Path, text: str) -> None:
    """Its faults are raised."""
    file = written(tmp_path, text)
    with pytest.raises(ConfigError):
        file.set_kept_data_source(A, on=True)
    assert file.path.read_text() == text


def test_a_config_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        ConfigFile(tmp_path / "token-config.json").set_kept_data_source(A, on=True)
