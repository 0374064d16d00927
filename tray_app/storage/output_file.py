"""The file of an output: the tokens are read there, and written there in one atomic replace."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError
from tray_app.model.output import Output, OutputFormat
from tray_app.model.ownership import Ownership
from tray_app.model.secret import Secret
from tray_app.storage.dotenv_format import DotenvFormat
from tray_app.storage.format import CannotPlace, Contents, Format
from tray_app.storage.json_format import JsonFormat
from tray_app.storage.output_rule import output_rule, read_rule, template_refusal
from tray_app.storage.whole_formats import PlainFormat, TemplateFormat
from tray_app.system import atomic_file
from tray_app.system.file_probe import Signature, signature
from tray_app.system.ownership import ownership_of

_UTF_16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_LONGEST_TOKEN = "t" * 512
"""The size that is reserved; Webex's tokens have about 110 characters."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class EnvTokens:
    """The tokens in `.env`; None if the variable is absent, empty or not a bearer token (RFC 6750),
    which could never be sent."""

    access: Secret | None
    refresh: Secret | None


class OutputFile:
    """One output. Symbolic links are followed if `output_rule` allows it.

    `config`: the ownership of the config that names it, if known; `is_current`: whether this access
    token is the one that the file should hold.
    """

    def __init__(
        self,
        output: Output,
        config: Ownership | None = None,
        is_current: Callable[[Secret], bool] = lambda _: False,
    ) -> None:
        self.output = output
        self.path = Path(output.file)
        self._config = config
        self._is_current = is_current
        self._reserved: atomic_file.Replacement | None = None
        self._written: Secret | None = None
        self._known = b""
        self._notices: list[str] = []
        self._has_reported_in_place = False
        self.seen: Signature = ()
        """The signature of the file at the last `read`, `lacks` or `write`."""

    def is_edited(self) -> bool:
        """Whether the file has changed since the last `read`, `lacks` or `write`."""
        return signature(self.path) != self.seen

    def read(self) -> EnvTokens:
        """Return both tokens; a missing file has none. Raises EnvFileError."""
        self.seen = signature(self.path)
        form = self._format()
        access, refresh = form.tokens(_text(self._read_bytes(form)))
        return EnvTokens(_token(access), _token(refresh))

    def lacks(self, pair: Pair, expires_at: datetime | None = None) -> bool:
        """Whether `write` would change the file. Raises EnvFileError."""
        self.seen = signature(self.path)
        raw, new = self._new_content(self._format(), Contents(pair, expires_at))
        self._known = _digest(new) if raw == new else self._known
        return raw != new

    def holds(self, token: Secret) -> bool:
        """Whether this access token is in the file. Raises EnvFileError."""
        form = self._format()
        return token in map(_token, form.candidates(_text(self._read_bytes(form))))

    def write(self, pair: Pair, expires_at: datetime | None = None) -> None:
        """Write both tokens in one atomic replace. `expires_at`: of the access token (UTC), None if
        unknown.

        Raises EnvFileError; the file is then unchanged. A value that is not a bearer token
        (RFC 6750) is refused: it could break the line or be expanded by a reader.
        """
        names = {self.output.access or "the access token": pair.access}
        if pair.refresh is not None and self.output.writes_refresh:
            names[self.output.refresh or "the refresh token"] = pair.refresh
        for name, token in names.items():
            if not token.is_bearer:
                raise EnvFileError(
                    f"{self.path}: {name} is not written: not a bearer token (RFC 6750)"
                )
        try:
            for _ in range(_TRIES):
                if self._write_once(Contents(pair, expires_at)):
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
        token, form = Secret(_LONGEST_TOKEN), self._format()
        _, new = self._new_content(form, Contents(Pair(token, token)))
        with self._env_file_errors():
            self._reserved = atomic_file.Replacement(self.path, self._rule(form))
            try:
                self._reserved.reserve(len(new))
            except OSError:
                self.release()
                raise

    def refusal(self) -> str:
        """Return why no token would be written and, after a semicolon, what helps; "" if one would,
        as far as this shows without creating a file. Raises EnvFileError."""
        rule = self._rule(self._format())
        with self._env_file_errors():
            return atomic_file.judged(self.path, rule)[0].refusal

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

    def _write_once(self, contents: Contents) -> bool:
        """Write; False if another program has edited the file meanwhile."""
        form = self._format()
        raw, new = self._new_content(form, contents)
        if new == raw:
            return True
        with self._env_file_errors():
            replacement = self._reserved or atomic_file.Replacement(self.path, self._rule(form))
            self._reserved = None
            with replacement:
                try:
                    replacement.commit(new, was=raw)
                except atomic_file.FileChanged:
                    return False
                self._add_notices(replacement)
        self._known = _digest(new)
        return True

    def _format(self) -> Format:
        """Raises EnvFileError if a template cannot be used."""
        output = self.output
        match output.format:
            case OutputFormat.DOTENV:
                return DotenvFormat(output.access, output.refresh)
            case OutputFormat.JSON:
                return JsonFormat(output.access, output.refresh)
            case OutputFormat.PLAIN:
                return PlainFormat()
            case OutputFormat.TEMPLATE:
                return TemplateFormat(self._template())

    def _template(self) -> str:
        path = Path(self.output.template)
        try:
            raw, owner = atomic_file.read_opened(path, lambda handle: ownership_of(path, handle))
            refusal = template_refusal(path, owner, self._config)
        except OSError as error:
            refusal, raw = f"it cannot be read: {atomic_file.error_text(error)}", b""
        if not refusal and _is_utf_16(raw):
            refusal = "it is encoded as UTF-16; save it as UTF-8"
        if refusal:
            raise EnvFileError(f"{self.path} is not written: its template {path}: {refusal}")
        return _text(raw)

    def _rule(self, form: Format) -> atomic_file.Rule:
        current = self._holds_current(form)
        return output_rule(self.output, self._config, form, current, self._is_known)

    def _is_known(self, raw: bytes) -> bool:
        """Whether it was as it should be when it was last looked at: the template may have changed
        since."""
        return _digest(raw) == self._known

    def _holds_current(self, form: Format) -> Callable[[bytes], bool]:
        def holds_current(raw: bytes) -> bool:
            found = filter(None, map(_token, form.candidates(_text(raw))))
            return any(token == self._written or self._is_current(token) for token in found)

        return holds_current

    def _new_content(self, form: Format, contents: Contents) -> tuple[bytes | None, bytes]:
        """The current and the new content. Raises EnvFileError."""
        raw, new, fault = self._read_bytes(form), b"", ""
        try:
            new = form.place(_text(raw), contents).encode("utf-8", "surrogateescape")
        except CannotPlace as error:
            fault = str(error)
        if fault:  # outside of `except`, as tracebacks name what was handled there
            raise EnvFileError(f"{self.path}: {fault}")
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

    def _read_bytes(self, form: Format) -> bytes | None:
        try:
            raw = self._read_allowed(form)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise EnvFileError(
                f"{self.path} cannot be read: {atomic_file.error_text(error)}"
            ) from error
        if raw is None:
            return None
        if _is_utf_16(raw):
            raise EnvFileError(
                f"{self.path} is encoded as UTF-16, which its readers do not understand: save"
                " it as UTF-8"
            )
        return raw

    def _read_allowed(self, form: Format) -> bytes | None:
        rule = read_rule(self.output, self._config, form, self._holds_current(form))
        if rule is None:
            return atomic_file.read_small(self.path)
        verdict, raw = atomic_file.judged(self.path, rule)
        if verdict.refusal:
            raise PermissionError(errno.EPERM, verdict.refusal)
        return raw


def _digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def _is_utf_16(raw: bytes) -> bool:
    return raw.startswith(_UTF_16_BOMS) or 0 in raw[:2]


def _text(raw: bytes | None) -> str:
    """The file's text; undecodable bytes become surrogates."""
    return (raw or b"").decode("utf-8", "surrogateescape")


def _token(value: str | None) -> Secret | None:
    found = Secret(value or "")
    return found if found.is_bearer else None
