"""Takes known secrets out of texts, in every form in which they are known to turn up."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from tray_app.core.secret import Secret

_SHORTEST = 8
"""Characters in a row that count as part of a secret: servers and libraries cut their messages."""

_PUBLIC = re.compile(r"_\w{4}_[0-9a-f-]{36}\Z")
"""The end of a Webex token: cluster and organization, which no secret lies in (webex-api.md §7)."""


class Redaction:
    """Knows secrets: raw, URL-encoded and base64. Any thread may use it while another adds."""

    def __init__(self) -> None:
        self._whole: dict[str, str] = {}
        self._pieces: dict[str, str] = {}

    def know(self, secrets: Iterable[Secret]) -> None:
        """Take these out, too."""
        whole, pieces = dict(self._whole), dict(self._pieces)
        for secret in secrets:
            shown, value = f"<{secret.fingerprint}>", secret.reveal()
            whole |= dict.fromkeys(_forms(value), shown)
            for form in _forms(_PUBLIC.sub("", value)):
                for start in range(len(form) - _SHORTEST + 1):
                    pieces.setdefault(form[start : start + _SHORTEST], shown)
        # The longest first, or of a secret that begins with another one the rest would be seen.
        self._whole = dict(sorted(whole.items(), key=lambda item: -len(item[0])))
        self._pieces = pieces

    def clean(self, text: str) -> str:
        """Return the text with fingerprints in the place of secrets and parts of them."""
        for value, shown in self._whole.items():
            text = text.replace(value, shown)
        return self._without_pieces(text)

    def _without_pieces(self, text: str) -> str:
        clean, last, at = [], 0, 0
        while at <= len(text) - _SHORTEST:
            shown = self._pieces.get(text[at : at + _SHORTEST])
            if shown is None:
                at += 1
                continue
            end = at + _SHORTEST
            while text[end - _SHORTEST + 1 : end + 1] in self._pieces:
                end += 1
            clean += [text[last:at], shown]
            last = at = end
        return "".join([*clean, text[last:]])


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
