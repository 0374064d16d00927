"""Takes known secrets out of texts, in every form in which they are known to turn up."""

from __future__ import annotations

import base64
import re
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from tray_app.model.secret import Secret

_SHORTEST = 8
"""Characters in a row that count as part of a secret: servers and libraries cut their messages."""

_STRIDE = 3
_MARK = _SHORTEST - _STRIDE + 1
"""Of each form, so many characters are noted at every third place: eight in a row hold one note."""

_PUBLIC = re.compile(r"_\w{4}_[0-9a-f-]{36}")
"""The end of a Webex token, which is no secret (docs/webex-api.md, "Ids and token formats")."""

_PUBLIC_END = re.compile(rf"{_PUBLIC.pattern}\Z")

_BETWEEN = "\0"


class Redaction:
    """Knows secrets: raw, URL-encoded and base64. Any thread may use it while another adds.

    Small, for it may know those of a thousand profiles: the forms stand in one text, and notes of
    their parts say, without the text, what is in none of them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[bytes] = set()
        self._notes = _Notes()
        self._forms: list[str] = [_BETWEEN]
        self._length = 1
        self._starts = array("L")
        self._whose = array("L")
        self._shown: list[str] = []
        self._short: dict[str, str] = {}

    def know(self, secrets: Iterable[Secret]) -> None:
        """Take these out, too."""
        with self._lock:
            for secret in secrets:
                key = bytes.fromhex(secret.digest[:32])
                if key not in self._known:
                    self._known.add(key)
                    self._learn(secret.reveal(), f"<{secret.fingerprint}>")

    def clean(self, text: str) -> str:
        """Return the text with fingerprints in the place of secrets and parts of them."""
        with self._lock:
            for value in sorted(self._short, key=len, reverse=True):
                text = text.replace(value, self._short[value])
            return self._without_pieces(text)

    def _learn(self, value: str, shown: str) -> None:
        # The public end stays as it is; where it follows, it is taken along.
        own = _PUBLIC_END.sub("", value)
        for form in _forms(value):
            if len(own) < _SHORTEST or len(form) < _SHORTEST:
                self._short[form] = shown  # as a whole only
        for form in dict.fromkeys(_forms(own)):
            if len(form) >= _SHORTEST:
                self._starts.append(self._length)
                self._whose.append(len(self._shown))
                self._forms.append(form + _BETWEEN)
                self._length += len(form) + 1
                places = range(0, len(form) - _MARK + 1, _STRIDE)
                self._notes.add(form[place : place + _MARK] for place in places)
        self._shown.append(shown)

    def _without_pieces(self, text: str) -> str:
        noted = [text[n : n + _MARK] in self._notes for n in range(len(text) - _MARK + 1)]
        if not any(noted):
            return text
        forms = self._in_one()
        clean, last, at = [], 0, 0
        while at <= len(text) - _SHORTEST:
            if not (any(noted[at : at + _STRIDE]) and text[at : at + _SHORTEST] in forms):
                at += 1
                continue
            end = at + _SHORTEST
            while end < len(text) and text[end - _SHORTEST + 1 : end + 1] in forms:
                end += 1
            clean += [text[last:at], self._shown_for(text[at:end], forms)]
            public = _PUBLIC.match(text, end)
            last = at = public.end() if public else end
        return "".join([*clean, text[last:]])

    def _in_one(self) -> str:
        if len(self._forms) > 1:
            self._forms = ["".join(self._forms)]
        return self._forms[0]

    def _shown_for(self, piece: str, forms: str) -> str:
        """The fingerprint of the secret that the piece is of; of the first one, if of several."""
        found = forms.find(piece)
        if found < 0:
            found = forms.find(piece[:_SHORTEST])
        return self._shown[self._whose[bisect_right(self._starts, found) - 1]]


class _Notes:
    """A set of texts that may say yes for one that was never added (Bloom), in a few bytes each."""

    def __init__(self) -> None:
        self._bits = bytearray(1 << 12)
        self._count = 0
        self._full: list[_Notes] = []

    def add(self, texts: Iterable[str]) -> None:
        for text in texts:
            if self._count * 32 > len(self._bits) * 8:
                self._grow()
            for bit in self._places(text):
                self._bits[bit >> 3] |= 1 << (bit & 7)
            self._count += 1

    def __contains__(self, text: str) -> bool:
        first, second = self._places(text)
        bits = self._bits
        if bits[first >> 3] & 1 << (first & 7) and bits[second >> 3] & 1 << (second & 7):
            return True
        return any(text in notes for notes in self._full)

    def _places(self, text: str) -> tuple[int, int]:
        value, most = hash(text), len(self._bits) * 8 - 1
        return value & most, value >> 32 & most

    def _grow(self) -> None:
        """Begin a larger one beside what is full."""
        full = _Notes()
        full._bits, full._count = self._bits, self._count
        self._full.append(full)
        self._bits, self._count = bytearray(len(self._bits) * 4), 0


def _forms(value: str) -> Iterator[str]:
    """The ways in which a secret may turn up in a text."""
    if not value:
        return
    yield value
    yield quote(value, safe="")
    raw = value.encode("utf-8", "surrogatepass")
    for before in range(3):  # bytes that may stand before it, as in Basic authentication
        coded = base64.b64encode(b"\0" * before + raw).rstrip(b"=").decode()
        # Characters that belong to its neighbours as well are not its own.
        own = coded[-(-before * 4 // 3) : len(coded) - ((before + len(raw)) % 3 > 0)]
        if len(own) >= _SHORTEST:
            yield own
            yield own.replace("+", "-").replace("/", "_")
