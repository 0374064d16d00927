"""Looks for secrets: any eight characters in a row of a secret's own, in every coat they wear."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

PIECE = 8
OWN = 64
"""Of a token the first so many characters are its own; then come cluster and organization."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret was seen: where, at which character, which one, in which form."""

    where: str
    offset: int
    secret: str
    form: str

    def __str__(self) -> str:
        return f"{self.where} at {self.offset}: {self.secret} ({self.form})"


class Scanner:
    """Knows secrets by name. `public`: texts that are no secrets, and are not looked at."""

    def __init__(self, secrets: Mapping[str, str], public: Iterable[str] = ()) -> None:
        self._pieces: dict[str, tuple[str, str]] = {}
        self._public = sorted(filter(None, public), key=len, reverse=True)
        for name, value in secrets.items():
            seen = hashlib.sha256(value.encode()).hexdigest()[:8]
            for form, text in _forms(value[:OWN]):
                for start in range(len(text) - PIECE + 1):
                    piece = text[start : start + PIECE]
                    self._pieces.setdefault(piece, (f"{name} {seen}", form))

    def hits(self, where: str, text: str | bytes) -> list[Hit]:
        """The secrets seen in it, each once."""
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        for public in self._public:
            text = text.replace(public, "\0" * len(public))
        found: dict[tuple[str, str], Hit] = {}
        for start in range(len(text) - PIECE + 1):
            known = self._pieces.get(text[start : start + PIECE])
            if known is not None and known not in found:
                found[known] = Hit(where, start, *known)
        return list(found.values())

    def hits_in_files(self, folder: Path, allowed: Iterable[Path] = ()) -> list[Hit]:
        """The secrets seen in any file below the folder, but these; and in the names of all."""
        spared = {path.resolve() for path in allowed}
        hits = []
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            hits += self.hits("the name of a file", name)
            if path.is_file() and path.resolve() not in spared:
                hits += self.hits(name, path.read_bytes())
        return hits


def _forms(value: str) -> Iterator[tuple[str, str]]:
    """Each form with its name."""
    yield "raw", value
    yield "URL-encoded", quote(value, safe="")
    yield "URL-encoded", quote_plus(value).lower()
    yield "HTML", html.escape(value)
    yield "JSON", json.dumps(value)[1:-1]
    yield "repr", repr(value)[1:-1]
    yield "hexadecimal", value.encode().hex()
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + value.encode()).decode()
        own = coded[4 if before else 0 : len(coded) - 4]
        yield "base64", own
        yield "base64", own.replace("+", "-").replace("/", "_")


def secrets_of_address(address: str, *names: str) -> dict[str, str]:
    """These parameters of an address."""
    found = {name: re.search(rf"[?&]{name}=([^&\s]+)", address) for name in names}
    return {name: match[1] for name, match in found.items() if match}
