"""Windows shortcuts, written with the shell's COM objects: no library is needed for them."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from ctypes import byref, c_int, c_uint16, c_uint32, c_void_p, c_wchar_p
from pathlib import Path
from subprocess import list2cmdline
from typing import Any

assert sys.platform == "win32"  # noqa: S101 - for mypy, which then knows ctypes.windll

_CLSID_SHELL_LINK = "{00021401-0000-0000-C000-000000000046}"
_SHELL_LINK = "{000214F9-0000-0000-C000-000000000046}"
_PERSIST_FILE = "{0000010B-0000-0000-C000-000000000046}"
PROPERTY_STORE = "{886D8EEB-8CF2-4446-8D02-CDBA1DBDCF99}"
_PROGRAMS = "{A77F5D77-2E2B-44C3-A6A2-ABA601054A51}"
APP_USER_MODEL = "{9F4C2855-9F79-4B39-A8D0-E1D42DE1D5F3}"

_IN_PROCESS = 1
_VT_LPWSTR = 31

_ole32 = ctypes.OleDLL("ole32")
_shell32 = ctypes.OleDLL("shell32")


class Guid(ctypes.Structure):
    """GUID of guiddef.h."""

    _fields_ = (("bytes", ctypes.c_ubyte * 16),)

    @classmethod
    def of(cls, text: str) -> Guid:
        """Parse a GUID: "{00021401-…}"."""
        made = cls()
        _ole32.CLSIDFromString(c_wchar_p(text), byref(made))
        return made


class PropertyKey(ctypes.Structure):
    """PROPERTYKEY of propkeydef.h."""

    _fields_ = (("format", Guid), ("number", c_uint32))


class PropertyText(ctypes.Structure):
    """PROPVARIANT of propidlbase.h with a string in it."""

    _fields_ = (
        ("kind", c_uint16),
        ("reserved", c_uint16 * 3),
        ("text", c_wchar_p),
        ("rest", c_void_p),
    )


class ComObject:
    """A COM object. `call` takes the index of a method in its table. Raises OSError."""

    def __init__(self, pointer: c_void_p) -> None:
        self.pointer = pointer

    def call(self, place: int, *arguments: Any) -> None:
        """Call a method that returns an HRESULT."""
        simple = (c_int, c_uint32, c_wchar_p)
        kinds = [type(each) if isinstance(each, simple) else c_void_p for each in arguments]
        ctypes.WINFUNCTYPE(ctypes.HRESULT, *kinds)(place, "COM")(self.pointer, *arguments)

    def face(self, name: str) -> ComObject:
        """Return another interface of the same object."""
        pointer = c_void_p()
        self.call(0, byref(Guid.of(name)), byref(pointer))  # QueryInterface
        return ComObject(pointer)

    def release(self) -> None:
        """Release the object."""
        ctypes.WINFUNCTYPE(c_uint32)(2, "Release")(self.pointer)


def programs_folder() -> Path:
    """Return this user's folder of the Start menu. Raises OSError."""
    found = c_wchar_p()
    _shell32.SHGetKnownFolderPath(byref(Guid.of(_PROGRAMS)), 0, None, byref(found))
    try:
        return Path(str(found.value))
    finally:
        ctypes.windll.ole32.CoTaskMemFree(found)


def write(path: Path, command: Sequence[str], icon: Path, about: str, app_id: str) -> None:
    """Write a shortcut that starts the command. `app_id`: its AppUserModelID. Raises OSError."""
    with shell_link() as (link, properties, file):
        link.call(20, c_wchar_p(command[0]))  # SetPath
        link.call(11, c_wchar_p(list2cmdline(command[1:])))  # SetArguments
        link.call(9, c_wchar_p(str(icon.parent)))  # SetWorkingDirectory: one of the user's own
        link.call(7, c_wchar_p(about))  # SetDescription
        link.call(17, c_wchar_p(str(icon)), c_int(0))  # SetIconLocation
        set_app_id(properties, app_id)
        file.call(6, c_wchar_p(str(path)), c_int(1))  # Save


def set_app_id(properties: ComObject, app_id: str) -> None:
    """Set the AppUserModelID in an IPropertyStore. Raises OSError."""
    key, value = PropertyKey(Guid.of(APP_USER_MODEL), 5), PropertyText(_VT_LPWSTR, text=app_id)
    properties.call(6, byref(key), byref(value))  # SetValue
    properties.call(7)  # Commit


@contextmanager
def shell_link() -> Iterator[tuple[ComObject, ComObject, ComObject]]:
    """Yield the three interfaces of a new shortcut: IShellLinkW, IPropertyStore, IPersistFile."""
    with ExitStack() as held:
        _ole32.CoInitialize(None)
        held.callback(ctypes.windll.ole32.CoUninitialize)
        pointer = c_void_p()
        _ole32.CoCreateInstance(
            byref(Guid.of(_CLSID_SHELL_LINK)),
            None,
            _IN_PROCESS,
            byref(Guid.of(_SHELL_LINK)),
            byref(pointer),
        )
        link = ComObject(pointer)
        held.callback(link.release)
        properties, file = (link.face(name) for name in (PROPERTY_STORE, _PERSIST_FILE))
        held.callback(properties.release)
        held.callback(file.release)
        yield link, properties, file
