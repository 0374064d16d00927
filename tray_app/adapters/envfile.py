"""`.env`: what other programs read.

Read with python-dotenv's parser, which keeps each binding's original text; written so that every
byte but the two values stays (its own `set_key` loses `export`, line ends and more, users.md §3).
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from tray_app.core.credentials import Pair
from tray_app.core.errors import EnvFileError
from tray_app.core.secret import Secret

ACCESS = "WEBEX_SERVICE_APP_ACCESS_TOKEN"
REFRESH = "WEBEX_SERVICE_APP_REFRESH_TOKEN"

_LARGEST = 1 << 20
_BOM = "\ufeff"

# What stands before the value, then the value itself as python-dotenv delimits it: quoted, or up
# to a comment or the end of the line.
_HEAD = re.compile(
    r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)(?P<equals>[^\S\r\n]*=[^\S\r\n]*)?"
)
_VALUE = re.compile(
    r"'(?:\\'|[^'])*'|\"(?:\\\"|[^\"])*\"|(?:(?![^\S\r\n]+\#|[^\S\r\n]*(?:[\r\n]|\Z))[^\r\n])*"
)


@dataclass(frozen=True, slots=True)
class EnvTokens:
    """What `.env` carries now; None for a variable that is absent or empty."""

    access: Secret | None
    refresh: Secret | None


class EnvFile:
    """One `.env`, by its path. Symbolic links are followed to the file they name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> EnvTokens:
        """Return both tokens; a missing file carries none. Raises EnvFileError."""
        text = self._text()
        values = _values(text or "")
        return EnvTokens(
            *(Secret(v) if (v := values.get(key)) else None for key in (ACCESS, REFRESH))
        )

    def write(self, pair: Pair) -> None:
        """Put both tokens into the file in one atomic replace.

        Refuses what is no RFC 6750 bearer token: it could break the line or be expanded by a
        reader. Raises EnvFileError; the file is then as it was.
        """
        wanted = {ACCESS: pair.access.reveal()}
        if pair.refresh is not None:
            wanted[REFRESH] = pair.refresh.reveal()
        for key, value in wanted.items():
            if not Secret(value).is_bearer:
                raise EnvFileError(
                    f"{self.path}: {key} is not written: not a bearer token (RFC 6750)"
                )
        old = self._text()
        new = _with_values(old or "", wanted)
        if {key: _values(new).get(key) for key in wanted} != wanted:
            raise EnvFileError(
                f"{self.path}: the tokens cannot be placed safely; look for a quote left open"
            )
        if new != old:
            self._replace(new)

    def _text(self) -> str | None:
        """The file's text, byte for byte (undecodable bytes survive as surrogates)."""
        try:
            with self.path.open("rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise EnvFileError(f"{self.path} is not a regular file; make it one")
                raw = file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        except IsADirectoryError:
            raise EnvFileError(f"{self.path} is a directory; name a file in tray.envFile") from None
        except OSError as error:
            raise EnvFileError(f"{self.path} cannot be read: {error.strerror}") from error
        if len(raw) > _LARGEST:
            raise EnvFileError(f"{self.path} is larger than 1 MiB; is it the right file?")
        return raw.decode("utf-8", "surrogateescape")

    def _replace(self, text: str) -> None:
        target = self.path.resolve()
        temporary = None
        try:
            # mkstemp makes it 0600, and so a new `.env` is.
            handle, temporary = tempfile.mkstemp(
                dir=target.parent, prefix=f"{target.name}.", suffix=".tmp"
            )
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
                _keep_owner_and_mode(target, file.fileno())
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
            temporary = None
            _sync_directory(target.parent)
        except OSError as error:
            raise EnvFileError(f"{self.path} cannot be written: {error.strerror}") from error
        finally:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)


def _bindings(text: str) -> list[Binding]:
    return list(parse_stream(io.StringIO(text.removeprefix(_BOM), newline="")))


def _values(text: str) -> dict[str, str | None]:
    return {b.key: b.value for b in _bindings(text) if b.key is not None and not b.error}


def _with_values(text: str, wanted: dict[str, str]) -> str:
    """Return the text with the values set wherever their keys stand, else appended."""
    pieces, placed = [], set()
    for binding in _bindings(text):
        original = binding.original.string
        if binding.key in wanted and not binding.error:
            original = _with_value(original, wanted[binding.key])
            placed.add(binding.key)
        pieces.append(original)
    body = "".join(pieces)
    newline = "\r\n" if "\r\n" in text else "\n"
    missing = [f"{key}={value}{newline}" for key, value in wanted.items() if key not in placed]
    if missing and body and not body.endswith(("\n", "\r")):
        body += newline
    bom = _BOM if text.startswith(_BOM) else ""
    return bom + body + "".join(missing)


def _with_value(line: str, value: str) -> str:
    head = _HEAD.match(line)
    if head is None:  # the read-back in `write` refuses the result
        return line
    if head["equals"] is None:
        return f"{line[: head.end()]}={value}{line[head.end() :]}"
    if line.startswith("#", head.end()) and line[head.end() - 1].isspace():
        start = line.index("=", head.start("equals")) + 1  # an empty value before a comment
        return line[:start] + value + line[start:]
    old = _VALUE.match(line, head.end())
    return line[: head.end()] + value + line[old.end() if old else head.end() :]


def _keep_owner_and_mode(target: Path, handle: int) -> None:
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    if hasattr(os, "fchmod"):
        with contextlib.suppress(PermissionError):  # only the superuser may give files away
            os.fchown(handle, old.st_uid, old.st_gid)
        os.fchmod(handle, stat.S_IMODE(old.st_mode))


def _sync_directory(directory: Path) -> None:
    """Make the replacement itself durable, where the system has a way to say so."""
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
