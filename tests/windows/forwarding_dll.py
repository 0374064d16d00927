"""A Windows library that only passes on to others. Wine 8 has no bcryptprimitives.dll, from which
every extension in Rust takes its random numbers; advapi32 has the same function by another name.

The layout is that of the PE format's specification: headers, and one section with the export table.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

_SECTION = 0x1000  # where the section lies in memory
_FILE_UNIT = 0x200  # the headers take one such unit, the section begins in the next
_IMAGE_BASE = 0x180000000
_DLL_FOR_X64 = 0x2022  # large addresses, executable, library
_AMD64 = 0x8664


def write(path: Path, forwards: Mapping[str, str]) -> None:
    """Write a library that exports each name and passes it on to its value, as `dll.function`."""
    exports = _exports(path.name, dict(sorted(forwards.items())))
    size = -len(exports) % _FILE_UNIT + len(exports)
    path.write_bytes(
        _headers(len(exports), size).ljust(_FILE_UNIT, b"\0") + exports.ljust(size, b"\0")
    )


def _exports(name: str, forwards: Mapping[str, str]) -> bytes:
    count = len(forwards)
    functions = _SECTION + 40
    names, ordinals = functions + 4 * count, functions + 8 * count
    strings = _Strings(functions + 10 * count)
    own_name = strings.place(name)
    targets = [strings.place(target) for target in forwards.values()]
    exported = [strings.place(each) for each in forwards]
    table = struct.pack(
        "<IIHHIIIIIII", 0, 0, 0, 0, own_name, 1, count, count, functions, names, ordinals
    )
    return b"".join(
        (
            table,
            struct.pack(f"<{count}I", *targets),
            struct.pack(f"<{count}I", *exported),
            struct.pack(f"<{count}H", *range(count)),
            bytes(strings.content),
        )
    )


class _Strings:
    def __init__(self, begin: int) -> None:
        self._begin = begin
        self.content = bytearray()

    def place(self, text: str) -> int:
        """Add the text; returns where it will lie in memory."""
        at = self._begin + len(self.content)
        self.content += text.encode("ascii") + b"\0"
        return at


def _headers(used: int, size: int) -> bytes:
    dos = struct.pack("<2s58xI", b"MZ", 64)
    file = struct.pack("<4sHHIIIHH", b"PE\0\0", _AMD64, 1, 0, 0, 0, 240, _DLL_FOR_X64)
    optional = struct.pack(
        "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII",
        *(0x20B, 14, 0, 0, size, 0, 0, _SECTION, _IMAGE_BASE, _SECTION, _FILE_UNIT),
        *(6, 0, 0, 0, 6, 0, 0, 2 * _SECTION, _FILE_UNIT, 0, 3, 0x160),
        *(0x100000, 0x1000, 0x100000, 0x1000, 0, 16),
    )
    directories = struct.pack("<II", _SECTION, used) + bytes(15 * 8)
    section = struct.pack(
        "<8sIIIIIIHHI", b".rdata", used, _SECTION, size, _FILE_UNIT, 0, 0, 0, 0, 0x40000040
    )
    return dos + file + optional + directories + section
