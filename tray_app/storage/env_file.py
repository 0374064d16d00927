"""The tokens in `.env`, which other programs read.

python-dotenv's parser finds the two values, and every other byte stays. Its `set_key` loses
`export`, line ends and more
(docs/architecture.md, "Limits of platforms and libraries").
"""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Binding, Reader, parse_stream, parse_value

from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError
from tray_app.model.ownership import Ownership
from tray_app.model.secret import Secret
from tray_app.model.variables import ACCESS, REFRESH
from tray_app.storage.env_rule import env_rule, read_rule
from tray_app.system import atomic_file
from tray_app.system.file_probe import Signature, signature

_BOM = "\ufeff"
_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_TOKEN = "t" * 512
"""The size that is reserved; Webex's tokens have about 110 characters."""
_TRIES = 5

# What comes before the value in a binding that python-dotenv has accepted.
_HEAD = re.compile(
    r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)(?P<equals>[^\S\r\n]*=[^\S\r\n]*)?"
)


@dataclass(frozen=True, slots=True)
class EnvTokens:
    """The tokens in `.env`; None if the variable is absent, empty or not a bearer token (RFC 6750),
    which could never be sent."""

    access: Secret | None
    refresh: Secret | None


class EnvFile:
    """One `.env`. Symbolic links are followed if `env_rule` allows it.

    `config`: the ownership of the config that names it, if known; `is_current`: whether this access
    token is the one that the file should hold.
    """

    def __init__(
        self,
        path: Path,
        config: Ownership | None = None,
        is_current: Callable[[Secret], bool] = lambda _: False,
    ) -> None:
        self.path = path
        self._is_current = is_current
        self._rule = env_rule(path, config, _holds_our_names, _is_env_format, self._holds_current)
        self._read_rule = read_rule(config, _holds_our_names, self._holds_current)
        self._reserved: atomic_file.Replacement | None = None
        self._written: Secret | None = None
        self._notices: list[str] = []
        self._has_reported_in_place = False
        self.seen: Signature = ()
        """The signature of the file at the last `read` or `write`."""

    def is_edited(self) -> bool:
        """Whether the file has changed since the last `read` or `write`."""
        return signature(self.path) != self.seen

    def read(self) -> EnvTokens:
        """Return both tokens; a missing file has none. Raises EnvFileError."""
        self.seen = signature(self.path)
        values = _values(_text(self._read_bytes()))
        return EnvTokens(_token(values.get(ACCESS)), _token(values.get(REFRESH)))

    def write(self, pair: Pair) -> None:
        """Write both tokens in one atomic replace.

        Raises EnvFileError; the file is then unchanged. A value that is not a bearer token
        (RFC 6750) is refused: it could break the line or be expanded by a reader.
        """
        wanted = {ACCESS: pair.access}
        if pair.refresh is not None:
            wanted[REFRESH] = pair.refresh
        for key, token in wanted.items():
            if not token.is_bearer:
                raise EnvFileError(
                    f"{self.path}: {key} is not written: not a bearer token (RFC 6750)"
                )
        try:
            for _ in range(_TRIES):
                if self._write_once(wanted):
                    self._written = pair.access
                    self.seen = signature(self.path)
                    return
        finally:
            self.release()
        raise EnvFileError(f"{self.path} cannot be written: another program keeps editing it")

    def reserve(self) -> None:
        """Before a token is spent, make sure that the new pair can be written: check permissions
        and size, and take the room on the disk until `release` or the next `write`.

        Raises EnvFileError.
        """
        self.release()
        token = Secret(_LONGEST_TOKEN)
        _, new = self._new_content({ACCESS: token, REFRESH: token})
        with self._env_file_errors():
            self._reserved = atomic_file.Replacement(self.path, self._rule)
            try:
                self._reserved.reserve(len(new))
            except OSError:
                self.release()
                raise

    def refusal(self) -> str:
        """Return why no token would be written and, after a semicolon, what helps; "" if one would,
        as far as this shows without creating a file. Raises EnvFileError."""
        with self._env_file_errors():
            return atomic_file.judged(self.path, self._rule)[0].refusal

    def release(self) -> None:
        """Give back what `reserve` took, if anything."""
        if self._reserved is not None:
            self._reserved.abandon()
            self._reserved = None

    def drain_notices(self) -> tuple[str, ...]:
        """Return, once, sentences about how the file was written that a person should read."""
        notices = tuple(self._notices)
        self._notices.clear()
        return notices

    def _write_once(self, wanted: Mapping[str, Secret]) -> bool:
        """Write; False if another program has edited the file meanwhile."""
        raw, new = self._new_content(wanted)
        if new == raw:
            return True
        with self._env_file_errors():
            replacement = self._reserved or atomic_file.Replacement(self.path, self._rule)
            self._reserved = None
            with replacement:
                try:
                    replacement.commit(new, was=raw)
                except atomic_file.FileChanged:
                    return False
                self._add_notices(replacement)
        return True

    def _holds_current(self, raw: bytes) -> bool:
        token = _token(_values(_text(raw)).get(ACCESS))
        return token is not None and (token == self._written or self._is_current(token))

    def _new_content(self, wanted: Mapping[str, Secret]) -> tuple[bytes | None, bytes]:
        """The current and the new content. Raises EnvFileError."""
        raw = self._read_bytes()
        text = _with_values(_text(raw), wanted)
        if not _is_placed(wanted, _text(raw), text):
            raise EnvFileError(
                f"{self.path}: the tokens cannot be placed safely; look for a quote left open"
            )
        new = text.encode("utf-8", "surrogateescape")
        if len(new) > atomic_file.MAX_BYTES:
            raise EnvFileError(
                f"{self.path} is not written: with the tokens it would be larger than 1 MiB, and"
                " would not be read again; remove what is old in it"
            )
        return raw, new

    @contextmanager
    def _env_file_errors(self) -> Iterator[None]:
        """Turn errors of writing into EnvFileError."""
        try:
            yield
        except atomic_file.WriteRefused as error:
            raise EnvFileError(
                f"{self.path} is not written: {atomic_file.error_text(error)}"
            ) from error
        except OSError as error:
            raise EnvFileError(
                f"{self.path} cannot be written: {atomic_file.error_text(error)}"
            ) from error

    def _add_notices(self, written: atomic_file.Replacement) -> None:
        if written.in_place and not self._has_reported_in_place:
            self._has_reported_in_place = True
            self._notices.append(
                f"{self.path} was written in place, because its access control list cannot be"
                " copied: a crash at that moment may damage it."
            )
        if written.made_private:
            self._notices.append(
                f"{self.path} can be read by its owner alone now, because other users may put a"
                " file there; a chmod of yours stays."
            )

    def _read_bytes(self) -> bytes | None:
        try:
            raw = self._read_allowed()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EnvFileError(
                f"{self.path} cannot be read: {atomic_file.error_text(error)}"
            ) from error
        if raw is None:
            return None
        if raw.startswith(_UTF_16_BOMS) or 0 in raw[:2]:
            raise EnvFileError(
                f"{self.path} is encoded as UTF-16, which readers of .env do not understand: save"
                " it as UTF-8"
            )
        return raw

    def _read_allowed(self) -> bytes | None:
        if self._read_rule is None:
            return atomic_file.read_small(self.path)
        verdict, raw = atomic_file.judged(self.path, self._read_rule)
        if verdict.refusal:
            raise PermissionError(errno.EPERM, verdict.refusal)
        return raw


def _text(raw: bytes | None) -> str:
    """The file's text; undecodable bytes become surrogates."""
    return (raw or b"").decode("utf-8", "surrogateescape")


def _token(value: str | None) -> Secret | None:
    found = Secret(value or "")
    return found if found.is_bearer else None


def _bindings(text: str) -> list[Binding]:
    return list(parse_stream(io.StringIO(text.removeprefix(_BOM), newline="")))


def _values(text: str) -> dict[str, str | None]:
    return {b.key: b.value for b in _bindings(text) if b.key is not None}


def _holds_our_names(raw: bytes) -> bool:
    return not {ACCESS, REFRESH}.isdisjoint(_values(_text(raw)))


def _is_env_format(raw: bytes) -> bool:
    """Whether each line is empty, a comment, or sets a variable."""
    return not any(b.error or (b.key and b.value is None) for b in _bindings(_text(raw)))


def _is_placed(wanted: Mapping[str, Secret], old: str, new: str) -> bool:
    """Whether a reader of the new text finds the wanted values, and all others as before."""
    expected = _values(old) | {key: token.reveal() for key, token in wanted.items()}
    return _values(new) == expected


def _with_values(text: str, wanted: Mapping[str, Secret]) -> str:
    """Return the text with the values set wherever their keys are, or appended."""
    bindings, pieces, placed = _bindings(text), [], set()
    for binding in bindings:
        original = binding.original.string
        if binding.key is not None and binding.key in wanted:
            original = _with_value(original, wanted[binding.key].reveal())
            placed.add(binding.key)
        pieces.append(original)
    # The parser omits a byte order mark, and nothing else.
    lead = text[: len(text) - sum(len(binding.original.string) for binding in bindings)]
    body = "".join(pieces)
    newline = "\r\n" if "\r\n" in text else "\n"
    missing = [f"{k}={t.reveal()}{newline}" for k, t in wanted.items() if k not in placed]
    if missing and body and not body.endswith(("\n", "\r")):
        body += newline
    return lead + body + "".join(missing)


def _with_value(line: str, value: str) -> str:
    head = _HEAD.match(line)
    if head is None:  # `_is_placed` refuses the result
        return line
    if head["equals"] is None:
        return f"{line[: head.end()]}={value}{line[head.end() :]}"
    if line.startswith("#", head.end()) and line[head.end() - 1].isspace():
        start = line.index("=", head.start("equals")) + 1  # an empty value before a comment
        return line[:start] + value + line[start:]
    return line[: head.end()] + value + line[_end_of_value(line, head.end()) :]


def _end_of_value(line: str, start: int) -> int:
    """Where python-dotenv says that the value ends."""
    reader = Reader(io.StringIO(line, newline=""))
    reader.position.advance(line[:start])
    value = parse_value(reader)
    if line.startswith(("'", '"'), start):
        return reader.position.chars
    return start + len(value)  # the parser has read on, over spaces and a comment
