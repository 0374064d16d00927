"""Formats that make the whole file: the access token alone, and what a template makes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from tray_app.model.secret import Secret
from tray_app.model.webex_ids import token_organization
from tray_app.storage.format import BOM, CannotPlace, Contents, Format

_LEAST_TOKEN = 32
"""Characters of the shortest word that is taken for a token; Webex's have about 110."""
_TOKEN = re.compile(rf"[A-Za-z0-9\-._~+/]{{{_LEAST_TOKEN},}}=*")
_PLACEHOLDER = re.compile(r"\{\{[ \t]*([A-Za-z_]+)[ \t]*\}\}")
_ACCESS, _REFRESH, _EXPIRES = "access_token", "refresh_token", "expires_at"
_LENGTHS = {_ACCESS: range(2048, 0, -1), _REFRESH: range(2048, -1, -1), _EXPIRES: (20, 0)}
"""The placeholders, and how long their values may be, the longest first."""
_VALUE = re.compile(r"[A-Za-z0-9\-._~+/=]*")
_TIME = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?")


@dataclass(frozen=True, slots=True)
class PlainFormat(Format):
    """The access token alone, with the space that is around it."""

    def tokens(self, text: str) -> tuple[str | None, str | None]:
        """Return the only word of the text, and None."""
        found = text.removeprefix(BOM).split()
        return (found[0] if len(found) == 1 else None), None

    def place(self, text: str, contents: Contents) -> str:
        """Return the text with its only word replaced. A new one has no line end, because not every
        reader takes it off. Raises CannotPlace."""
        token, word = contents.pair.access.reveal(), self.tokens(text)[0]
        if word is not None:
            before, _, after = text.rpartition(word)
            return before + token + after
        if text.strip():
            raise CannotPlace("it holds more than a token; name a file for the token alone")
        return token

    def has_names(self, text: str) -> bool:
        """Whether there is a word that could be read as the token."""
        return self.tokens(text)[0] is not None

    def is_ours(self, text: str) -> bool:
        """Whether the word is a token that names an organization, as Webex's do."""
        word = self.tokens(text)[0]
        return word is not None and token_organization(Secret(word)) is not None

    def is_format(self, text: str) -> bool:
        """Whether the word may be a token."""
        word = self.tokens(text)[0]
        return word is not None and _TOKEN.fullmatch(word) is not None


@dataclass(frozen=True, slots=True)
class TemplateFormat(Format):
    """What the template makes: `{{access_token}}`, `{{refresh_token}}` and `{{expires_at}}` are
    replaced, all else stays. Nothing is computed."""

    template: str

    def tokens(self, text: str) -> tuple[str | None, str | None]:
        """Return the tokens, if the template has made the text."""
        for lengths in self._lengths(len(text)):
            if (found := self._values(text, lengths)) is not None:
                return found[_ACCESS], found.get(_REFRESH)
        return None, None

    def place(self, text: str, contents: Contents) -> str:
        """Return what the template makes, whatever the text was. Raises CannotPlace."""
        del text
        names = _PLACEHOLDER.findall(self.template)
        if unknown := [name for name in names if name not in _LENGTHS]:
            known = ", ".join(f"{{{{{name}}}}}" for name in _LENGTHS)
            raise CannotPlace(f"its template has {{{{{unknown[0]}}}}}; there are {known}")
        if _ACCESS not in names:
            raise CannotPlace(f"its template has no {{{{{_ACCESS}}}}}")
        pair = contents.pair
        values = {
            _ACCESS: pair.access.reveal(),
            _REFRESH: pair.refresh.reveal() if pair.refresh is not None else "",
            _EXPIRES: _iso(contents.expires_at),
        }
        return _PLACEHOLDER.sub(lambda found: values[found[1]], self.template)

    def has_names(self, text: str) -> bool:
        """Return False: nothing is read from it."""
        del text
        return False

    def is_ours(self, text: str) -> bool:
        """Whether the template has made it, with any tokens."""
        return self.tokens(text)[0] is not None

    def is_format(self, text: str) -> bool:
        """Whether the template has made it: anything else would be lost."""
        return self.is_ours(text)

    def candidates(self, text: str) -> tuple[str, ...]:
        """Return all that may be a token: the template may have been edited since."""
        return tuple(_TOKEN.findall(text))

    def _lengths(self, total: int) -> list[dict[str, int]]:
        """What the lengths of the values may be in so long a text: some thousands at most, since
        the others leave one length for the last. The longest first, in the template's order."""
        names = _PLACEHOLDER.findall(self.template)
        last = _REFRESH if _REFRESH in names else _ACCESS
        if _ACCESS not in names or not set(names) <= set(_LENGTHS):
            return []
        total -= len(_PLACEHOLDER.sub("", self.template))
        others, found = sorted(set(names) - {last}), []
        for lengths in product(*map(_LENGTHS.__getitem__, others)):
            taken = dict(zip(others, lengths, strict=True))
            left = total - sum(names.count(name) * length for name, length in taken.items())
            length, rest = divmod(left, names.count(last))
            if rest == 0 and length in _LENGTHS[last]:
                found.append({**taken, last: length})
        return sorted(found, key=lambda each: [-each[name] for name in names])

    def _values(self, text: str, lengths: dict[str, int]) -> dict[str, str] | None:
        """The values of the placeholders if they are so long; None if the template has not made
        the text with them. A placeholder that comes again has the same value."""
        values: dict[str, str] = {}
        at = end = 0
        for found in _PLACEHOLDER.finditer(self.template):
            before, name = self.template[end : found.start()], found[1]
            if not text.startswith(before, at):
                return None
            at, end = at + len(before), found.end()
            value = text[at : at + lengths[name]]
            if values.setdefault(name, value) != value:
                return None
            at += len(value)
        is_made = text.startswith(self.template[end:], at) and all(
            (_TIME if name == _EXPIRES else _VALUE).fullmatch(value)
            for name, value in values.items()
        )
        return values if is_made else None


def _iso(at: datetime | None) -> str:
    """ISO 8601, UTC, whole seconds; "" if unknown."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else ""
