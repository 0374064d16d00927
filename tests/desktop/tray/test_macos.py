"""The icon for macOS: pystray's own source over a stand-in for AppKit that notes who touches it.

The real AppKit was not run: what the stand-in does is read in the sources of pystray and PyObjC.
"""

from __future__ import annotations

import importlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from tests.desktop.notifications.test_backends import RED
from tray_app.desktop.app import backend_for
from tray_app.desktop.icon import IconState, TrayIcon
from tray_app.desktop.tray.pystray_base import Menu, MenuItem
from tray_app.model.signs import Colour, Shape

MODULES = ("pystray._darwin", "tray_app.desktop.tray.macos")
ACCESSORY = "accessory"
WAIT = 10


class Thing:
    """An object of AppKit: every method exists, is noted with its thread, and returns a Thing."""

    def __init__(self, kit: AppKit, name: str) -> None:
        self._kit, self._name = kit, name

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            return self._kit.touched(f"{self._name}.{name}", arguments)

        return call


class AppKit:
    """What pystray and ours use of PyObjC; `serve` is the run loop of the main thread."""

    def __init__(self) -> None:
        self.touches: list[tuple[str, bool, tuple[Any, ...]]] = []
        self.woken = threading.Event()
        self.menu_is_open = False
        self._jobs = queue.SimpleQueue[Callable[[], None]]()
        self._waiting: list[Callable[[], None]] = []
        self._ends = False

    def touched(self, name: str, arguments: tuple[Any, ...]) -> Any:
        in_main = threading.current_thread() is threading.main_thread()
        self.touches.append((name, in_main, arguments))
        match name.rpartition(".")[2]:
            case "run":
                self._serve()
            case "stop_":
                self._ends = True
            case "thickness":
                return 22
            case "size":
                return (22, 22)
        return Thing(self, name.partition(".")[0] if name.endswith(".init") else name)

    def call_after(self, function: Callable[..., None], *arguments: Any) -> None:
        if getattr(function, "__name__", "") == "_run_signal_handlers":
            self.woken.set()
        self._jobs.put(lambda: function(*arguments))

    def call_later(self, delay: float, function: Callable[..., None], *arguments: Any) -> None:
        """As PyObjC: without a delay at once, else in the default mode, once no menu is open."""
        if not delay:
            self.call_after(function, *arguments)
        else:
            self._jobs.put(lambda: self._waiting.append(lambda: function(*arguments)))

    def _serve(self) -> None:
        end = time.monotonic() + WAIT
        while not self._ends:
            assert time.monotonic() < end, "not stopped"
            while self._waiting and not self.menu_is_open:
                self._waiting.pop(0)()
            self._jobs.get(timeout=WAIT)()

    def close_menu(self) -> None:
        """By the user; the run loop then does what waited."""
        self.menu_is_open = False
        self.call_after(lambda: None)

    def names(self) -> list[str]:
        return [name for name, *_ in self.touches]

    def elsewhere(self) -> list[str]:
        """What was touched in another thread than the main one."""
        return [name for name, in_main, _ in self.touches if not in_main]

    def argument_of(self, method: str) -> Any:
        """The last one that the method was called with."""
        return [arguments for name, _, arguments in self.touches if name.endswith(method)][-1][0]


@pytest.fixture
def kit(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppKit]:
    made = AppKit()
    appkit, foundation, objc, tools, signals, helper = map(
        types.ModuleType,
        (
            *("AppKit", "Foundation", "objc", "PyObjCTools"),
            *("PyObjCTools.MachSignals", "PyObjCTools.AppHelper"),
        ),
    )
    constants = {"NSApplicationActivationPolicyAccessory": ACCESSORY, "NSPoint": lambda *_: None}
    setattr(appkit, "__getattr__", lambda name: constants.get(name, Thing(made, name)))  # noqa: B010 - mypy takes it for a method

    class NSObject:
        @classmethod
        def alloc(cls) -> Any:
            return cls()

        def init(self) -> Any:
            return self

    foundation.NSObject, foundation.NSData = NSObject, lambda data: data  # type: ignore[attr-defined]
    objc.namedSelector = lambda _: lambda method: method  # type: ignore[attr-defined]
    helper.callAfter, helper.callLater = made.call_after, made.call_later  # type: ignore[attr-defined]
    tools.MachSignals, tools.AppHelper = signals, helper  # type: ignore[attr-defined]
    for module in (appkit, foundation, objc, tools, signals, helper):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in MODULES:
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        del sys.modules[name]
        package, _, attribute = name.rpartition(".")
        monkeypatch.delattr(importlib.import_module(package), attribute, raising=False)
    yield made
    for name in MODULES:
        package, _, attribute = name.rpartition(".")
        vars(sys.modules[package]).pop(attribute, None)


def icon_class() -> Any:
    return importlib.import_module("tray_app.desktop.tray.macos").Icon


class Login:
    """An entry for the start at login."""

    location = "here"

    def __init__(self) -> None:
        self.on = False

    def is_on(self) -> bool:
        return self.on

    def program(self) -> str | None:
        return None

    def turn_on(self) -> None:
        self.on = True

    def turn_off(self) -> None:
        self.on = False


def picture(size: int = 64) -> Image.Image:
    return Image.new("RGBA", (size, size))


def test_it_leaves_the_dock_before_there_is_an_item_in_the_menu_bar(kit: AppKit) -> None:
    icon_class()("example")
    names = kit.names()
    (policy,) = (number for number, name in enumerate(names) if "setActivationPolicy_" in name)
    item = next(number for number, name in enumerate(names) if "statusItemWithLength_" in name)
    assert kit.touches[policy][2] == (ACCESSORY,)
    assert policy < item


SETTERS: dict[str, tuple[Callable[[Any], object], str]] = {
    "icon": (lambda icon: setattr(icon, "icon", picture(30)), "setImage_"),
    "title": (lambda icon: setattr(icon, "title", "another"), "setToolTip_"),
    "menu": (lambda icon: setattr(icon, "menu", Menu(MenuItem("Row", None))), "setMenu_"),
    "update_menu": (lambda icon: icon.update_menu(), "setMenu_"),
    "hide": (lambda icon: setattr(icon, "visible", False), "setHidden_"),
    "stop": (lambda icon: icon.stop(), "stop_"),
}


@pytest.mark.parametrize("name", SETTERS)
def test_what_another_thread_sets_is_done_in_the_main_thread(kit: AppKit, name: str) -> None:
    """pystray's own would do it in that thread, for which macOS ends the program."""
    call, method = SETTERS[name]
    icon = icon_class()("example", picture(), "title", Menu(MenuItem("Row", None)))
    before = [0]

    def elsewhere(_: object) -> None:
        icon.visible = True
        assert threading.current_thread() is not threading.main_thread()
        kit.call_after(lambda: before.append(len(kit.touches)))
        call(icon)
        icon.stop()

    icon.run(elsewhere)
    assert method in [each.rpartition(".")[2] for each in kit.names()[before[-1] :]]
    assert kit.elsewhere() == []


def test_an_icon_of_ours_is_touched_in_the_main_thread_only(kit: AppKit) -> None:
    """From its first sight to its end, with a notice, and a click on Start at login."""
    login = Login()
    state = IconState(Shape.CHECK, Colour.GREEN, "works")
    tray = TrayIcon(icon_class(), state, list, (), login=login, snooze=lambda _: None)

    def ready() -> None:
        tray.redraw(IconState(Shape.CROSS, Colour.RED, "dead"))
        tray.show_snooze(None)
        tray._toggle_login()
        tray.stop()

    tray.run(ready)
    assert login.on
    methods = {name.rpartition(".")[2] for name in kit.names()}
    assert {"setImage_", "setToolTip_", "setMenu_", "setHidden_", "stop_"} <= methods
    assert kit.argument_of("setToolTip_") == "dead"
    assert kit.elsewhere() == []


def test_a_menu_that_is_open_stays_as_it_is(kit: AppKit) -> None:
    """A click on a row finds its action by number in what pystray keeps of the last menu."""
    icon = icon_class()("example", picture(), "title", Menu(lambda: (MenuItem("Row", None),)))
    seen: list[object] = []

    def elsewhere(_: object) -> None:
        kit.call_after(lambda: seen.append(icon._menu_handle))
        kit.call_after(lambda: setattr(kit, "menu_is_open", True))
        icon.update_menu()
        kit.call_after(lambda: seen.append(icon._menu_handle))
        kit.call_after(kit.close_menu)
        kit.call_after(lambda: kit.call_after(lambda: seen.append(icon._menu_handle)))
        kit.call_after(lambda: kit.call_after(lambda: kit.call_after(icon.stop)))

    icon.run(elsewhere)
    first, while_open, afterwards = seen
    assert first is while_open is not afterwards


def test_a_notice_is_another_programs(kit: AppKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `osascript`: AppKit is not touched, and no click comes back."""
    ran: list[list[str]] = []
    monkeypatch.setattr(subprocess, "check_call", ran.append)
    icon = icon_class()("example", picture())
    before = len(kit.touches)
    board = backend_for(icon, "darwin")
    board.show(RED)
    board.close_shown()
    assert [command[0] for command in ran] == ["osascript"]
    assert RED.body in ran[0][2]
    assert (board.wakeup_socket, len(kit.touches)) == (None, before)


@pytest.mark.posix
def test_a_signal_runs_the_programs_own_handler(kit: AppKit) -> None:
    """pystray's ends the process at Ctrl-C before anything is saved."""
    heard: list[int] = []
    icon = icon_class()("example", picture())

    def handle(number: int, _frame: object) -> None:
        heard.append(number)
        threading.Thread(target=stop_once_woken).start()

    def stop_once_woken() -> None:
        kit.woken.wait(WAIT)  # the real loop runs no Python while it waits
        icon.stop()

    before = signal.signal(signal.SIGTERM, handle)
    try:
        icon.run(lambda _: os.kill(os.getpid(), signal.SIGTERM))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (heard, kit.woken.is_set()) == ([signal.SIGTERM], True)
    assert not [name for name in kit.names() if "terminate_" in name]


def test_what_is_on_its_way_is_saved_when_the_user_logs_out(kit: AppKit) -> None:
    icon = icon_class()("example", picture())
    ended: list[bool] = []
    icon.events.session_ends = lambda: ended.append(True)

    def log_out(_: object) -> None:
        name, _, _, block = next(
            arguments for name, _, arguments in kit.touches if "addObserverForName" in name
        )
        kit.call_after(block, name)
        icon.stop()

    icon.run(log_out)
    assert ended == [True]
    assert "removeObserver_" in kit.names()[-2]
    assert "removeStatusItem_" in kit.names()[-1]


def test_a_fault_in_a_touch_does_not_end_the_program(
    kit: AppKit, caplog: pytest.LogCaptureFixture
) -> None:
    icon = icon_class()("example", picture())

    def elsewhere(_: object) -> None:
        icon.visible = True
        icon.icon = object()
        icon.stop()

    icon.run(elsewhere)
    assert "work for the menu bar failed" in caplog.text
