"""What a test looks up or does inside the Windows session; it runs there. Prints JSON.

`credentials`: the entries of the Credential Manager, by user name. `login`: the values of the Run
key. `click-notice`: the message for a click, which Wine 8 does not send. `end-session`: what
Windows does to the icon's windows and their process when the user logs off. `take-icon-down`: as a
taskbar that has ended. `new-taskbar`: what Explorer sends once its taskbar is there.
`change-scale`: what Windows sends when a screen has another scale or resolution. `start-menu`: our
shortcuts. `notepad`: the title of its window with the config, which is closed. `app-id`: what a
property store returns that has been given an AppUserModelID; Wine 8 keeps none in a shortcut.
"""

from __future__ import annotations

import ctypes
import json
import sys
import winreg
from ctypes import wintypes
from pathlib import Path
from typing import Any

assert sys.platform == "win32"

WM_QUERYENDSESSION, WM_ENDSESSION, HWND_BROADCAST, NIM_DELETE = 0x11, 0x16, 0xFFFF, 2
PROCESS_TERMINATE = 1
WM_DPICHANGED, WM_DISPLAYCHANGE, WM_CLOSE = 0x2E0, 0x7E, 0x10
kernel32 = ctypes.windll.kernel32
ICON_MESSAGE, NIN_BALLOONUSERCLICK = 0x400 + 11, 0x405
user32, shell32, advapi32 = ctypes.windll.user32, ctypes.windll.shell32, ctypes.windll.advapi32


class Credential(ctypes.Structure):
    """CREDENTIALW of wincred.h."""

    _fields_ = (
        ("Flags", wintypes.DWORD),
        ("Type", wintypes.DWORD),
        ("TargetName", wintypes.LPWSTR),
        ("Comment", wintypes.LPWSTR),
        ("LastWritten", wintypes.FILETIME),
        ("BlobSize", wintypes.DWORD),
        ("Blob", ctypes.c_void_p),
        ("Persist", wintypes.DWORD),
        ("AttributeCount", wintypes.DWORD),
        ("Attributes", ctypes.c_void_p),
        ("TargetAlias", wintypes.LPWSTR),
        ("UserName", wintypes.LPWSTR),
    )


def credentials() -> dict[str, str]:
    count, found = wintypes.DWORD(), ctypes.POINTER(ctypes.POINTER(Credential))()
    if not advapi32.CredEnumerateW(None, 0, ctypes.byref(count), ctypes.byref(found)):
        return {}
    entries = [found[number].contents for number in range(count.value)]
    return {
        str(entry.UserName): ctypes.string_at(entry.Blob, entry.BlobSize).decode("utf-16-le")
        for entry in entries
    }


def login() -> dict[str, Any]:
    path = r"Software\Microsoft\Windows\CurrentVersion\Run"
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            values = [winreg.EnumValue(key, n) for n in range(winreg.QueryInfoKey(key)[1])]
    except FileNotFoundError:
        return {}
    return {name: value for name, value, _ in values}


def icon_windows() -> list[int]:
    found: list[int] = []

    def look(window: int, _: int) -> bool:
        name = ctypes.create_unicode_buffer(256)
        user32.GetClassNameW(window, name, 256)
        if name.value.startswith("webex-token-tray"):
            found.append(window)
        return True

    user32.EnumWindows(ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)(look), 0)
    return found


def click_notice() -> None:
    for window in icon_windows():
        user32.PostMessageW(window, ICON_MESSAGE, 0, NIN_BALLOONUSERCLICK)


def end_session() -> list[int]:
    windows = icon_windows()
    answers = [user32.SendMessageW(window, WM_QUERYENDSESSION, 0, 0) for window in windows]
    number = wintypes.DWORD()
    user32.GetWindowThreadProcessId(windows[0], ctypes.byref(number))
    process = kernel32.OpenProcess(PROCESS_TERMINATE, False, number)
    for window in windows:
        user32.SendMessageW(window, WM_ENDSESSION, 1, 0)
    kernel32.TerminateProcess(process, 1)
    return answers


def take_icon_down() -> list[int]:
    from pystray._util.win32 import NOTIFYICONDATAW

    size = ctypes.sizeof(NOTIFYICONDATAW)
    return [
        shell32.Shell_NotifyIconW(
            NIM_DELETE, ctypes.byref(NOTIFYICONDATAW(cbSize=size, hWnd=window, uFlags=0))
        )
        for window in icon_windows()
    ]


def change_scale() -> None:
    for window in icon_windows():
        for message in (WM_DPICHANGED, WM_DISPLAYCHANGE):
            user32.SendMessageW(window, message, 0, 0)


def start_menu() -> dict[str, Any]:
    from tray_app.desktop.install import shell_link

    return {path.name: shortcut(path) for path in shell_link.programs_folder().glob("Webex*.lnk")}


def shortcut(path: Path) -> dict[str, str]:
    from tray_app.desktop.install.shell_link import shell_link

    text, number, found = ctypes.create_unicode_buffer(1024), ctypes.c_int(), {"path": str(path)}
    length = ctypes.c_int(1024)
    with shell_link() as (link, _, file):
        file.call(5, ctypes.c_wchar_p(str(path)), ctypes.c_uint32(0))  # Load
        link.call(3, text, length, None, ctypes.c_uint32(0))  # GetPath
        found["program"] = text.value
        link.call(10, text, length)  # GetArguments
        found["arguments"] = text.value
        link.call(16, text, length, ctypes.byref(number))  # GetIconLocation
        return found | {"icon": text.value}


def app_id() -> str:
    from tray_app.desktop.install import shell_link as com

    pointer = ctypes.c_void_p()
    ctypes.OleDLL("propsys").PSCreateMemoryPropertyStore(
        ctypes.byref(com.Guid.of(com.PROPERTY_STORE)), ctypes.byref(pointer)
    )
    store = com.ComObject(pointer)
    com.set_app_id(store, "An id")
    key, value = com.PropertyKey(com.Guid.of(com.APP_USER_MODEL), 5), com.PropertyText()
    store.call(5, ctypes.byref(key), ctypes.byref(value))  # GetValue
    store.release()
    return str(value.text)


def notepad() -> str:
    window, text = user32.FindWindowW("Notepad", None), ctypes.create_unicode_buffer(256)
    user32.GetWindowTextW(window, text, 256)
    if "token-config" not in text.value:  # the file is not in it yet
        return ""
    user32.PostMessageW(window, WM_CLOSE, 0, 0)
    return text.value


def new_taskbar() -> int:
    message = user32.RegisterWindowMessageW("TaskbarCreated")
    return int(user32.PostMessageW(HWND_BROADCAST, message, 0, 0))


COMMANDS = {
    "credentials": credentials,
    "login": login,
    "click-notice": click_notice,
    "end-session": end_session,
    "take-icon-down": take_icon_down,
    "new-taskbar": new_taskbar,
    "notepad": notepad,
    "change-scale": change_scale,
    "start-menu": start_menu,
    "app-id": app_id,
}

if __name__ == "__main__":
    print(json.dumps(COMMANDS[sys.argv[1]]()))
