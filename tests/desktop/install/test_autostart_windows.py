"""Start at login on Windows, in a registry of the test's: not run on a real machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from tray_app.desktop.install.autostart import RunKey


class Registry(ModuleType):
    """As much of winreg as is used: keys by path, values by name."""

    HKEY_CURRENT_USER = object()
    KEY_SET_VALUE = 2
    REG_SZ = 1

    def __init__(self) -> None:
        super().__init__("winreg")
        self.keys: dict[str, dict[str, Any]] = {}

    @contextmanager
    def CreateKey(self, root: object, path: str) -> Iterator[dict[str, Any]]:  # noqa: N802
        assert root is self.HKEY_CURRENT_USER
        yield self.keys.setdefault(path, {})

    @contextmanager
    def OpenKey(  # noqa: N802
        self, root: object, path: str, reserved: int = 0, access: int = 1
    ) -> Iterator[dict[str, Any]]:
        assert root is self.HKEY_CURRENT_USER
        if path not in self.keys:
            raise FileNotFoundError(path)
        yield self.keys[path]

    def SetValueEx(  # noqa: N802
        self, key: dict[str, Any], name: str, reserved: int, kind: int, value: str
    ) -> None:
        assert kind == self.REG_SZ
        key[name] = value

    def QueryValueEx(self, key: dict[str, Any], name: str) -> tuple[Any, int]:  # noqa: N802
        if name not in key:
            raise FileNotFoundError(name)
        return key[name], self.REG_SZ

    def DeleteValue(self, key: dict[str, Any], name: str) -> None:  # noqa: N802
        if name not in key:
            raise FileNotFoundError(name)
        del key[name]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made = Registry()
    monkeypatch.setitem(sys.modules, "winreg", made)
    return made


def test_windows_has_a_value_under_the_run_key(registry: Registry) -> None:
    """Quoted as Windows programs take their command line apart."""
    item = RunKey("webex-token-tray", [r"C:\Program Files\t.exe", "--config", 'a "b"\\'])
    assert not item.is_on()
    item.turn_off()
    for _ in range(2):
        item.turn_on()
        assert item.is_on()
    line = r'"C:\Program Files\t.exe" --config "a \"b\"\\"'
    assert registry.keys == {RunKey.RUN: {"webex-token-tray": line}}
    assert item.location == rf"HKEY_CURRENT_USER\{RunKey.RUN}\webex-token-tray"
    for _ in range(2):
        item.turn_off()
        assert not item.is_on()
    assert registry.keys == {RunKey.RUN: {}}


def test_what_task_manager_switched_off_is_off_until_switched_on(registry: Registry) -> None:
    """It keeps that elsewhere, in the first byte."""
    item = RunKey("webex-token-tray", ["t.exe"])
    item.turn_on()
    for first, on in ((2, True), (3, False), (6, True), (7, False)):
        registry.keys[RunKey.APPROVED] = {"webex-token-tray": bytes([first, *[0] * 11])}
        assert item.is_on() is on
    item.turn_on()
    assert item.is_on()
    registry.keys[RunKey.APPROVED] = {"webex-token-tray": b""}
    assert item.is_on()


def test_a_command_that_windows_would_cut_is_refused(registry: Registry) -> None:
    """260 characters."""
    RunKey("n", ["x" * 260]).turn_on()
    with pytest.raises(OSError, match="260 characters"):
        RunKey("n", ["x" * 261]).turn_on()
