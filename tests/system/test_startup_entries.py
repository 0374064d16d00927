"""The configs that our own entries name, as those who write the entries write them."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import pytest

from tray_app.desktop.install.autostart import DesktopEntry, LaunchAgent
from tray_app.system.startup_entries import named_configs
from tray_app.system.systemd import UserUnit, unit_text

ODD = '/srv/a "b" 100% $x\\y/ü/token-config.json'


@pytest.mark.parametrize("config", ["/srv/app/token-config.json", ODD])
def test_login_entries_and_units_of_linux(tmp_path: Path, config: str) -> None:
    command = ["/opt/bin/webex-token-tray", "--config", config]
    entry = tmp_path / ".config/autostart/webex-token-tray-1.desktop"
    DesktopEntry(entry, command).turn_on()
    environ = {"HOME": str(tmp_path)}
    assert named_configs(environ, "linux") == {config}
    entry.unlink()
    unit = UserUnit("webex-token-tray-1", environ)
    unit.write(unit_text([*command, "watch"], "a description"))
    assert named_configs(environ, "linux") == {config}


def test_menu_entries_and_other_folders(tmp_path: Path) -> None:
    config, data = tmp_path / "config", tmp_path / "data"
    environ = {
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(config),
        "XDG_DATA_HOME": str(data),
    }
    DesktopEntry(
        data / "applications/webex-token-tray-1.desktop", ["x", "--config", "/a"]
    ).turn_on()
    DesktopEntry(config / "autostart/webex-token-tray-1.desktop", ["x", "--config", "/b"]).turn_on()
    assert named_configs(environ, "linux") == {"/a", "/b"}


def test_what_is_not_ours_or_damaged_names_none(tmp_path: Path) -> None:
    folder = tmp_path / ".config/autostart"
    DesktopEntry(folder / "other.desktop", ["x", "--config", "/a"]).turn_on()
    (folder / "webex-token-tray.desktop").write_bytes(b"\xff\nExec\n")
    (folder / "webex-token-tray-2.desktop").mkdir()
    DesktopEntry(folder / "webex-token-tray-3.desktop", ["x", "--config"]).turn_on()
    assert named_configs({"HOME": str(tmp_path)}, "linux") == set()


def test_launch_agents_of_macos(tmp_path: Path) -> None:
    agents = tmp_path / "Library/LaunchAgents"
    LaunchAgent(agents / "webex-token-tray-1.plist", ["x", "--config", ODD]).turn_on()
    (agents / "webex-token-tray-2.plist").write_text("damaged")
    (agents / "webex-token-tray-3.plist").write_bytes(
        b'<?xml version="1.0"?><plist version="1.0"><array/></plist>'
    )
    assert named_configs({"HOME": str(tmp_path)}, "darwin") == {ODD}


def test_the_run_key_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [
        ("webex-token-tray-1", r'"C:\a b\x.exe" --config "C:\c d\token-config.json"', 1),
        ("another", r"x --config C:\no", 1),
    ]

    class Key:
        def __enter__(self) -> Key:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    winreg = types.SimpleNamespace(
        HKEY_CURRENT_USER=0,
        OpenKey=lambda *_: Key(),
        QueryInfoKey=lambda _: (0, len(values), 0),
        EnumValue=lambda _, index: values[index],
    )
    monkeypatch.setitem(sys.modules, "winreg", winreg)
    assert named_configs(os.environ, "win32") == {r"C:\c d\token-config.json"}
