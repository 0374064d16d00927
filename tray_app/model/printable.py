"""Making text of others safe to print.

A path, a command or an answer may contain sequences that hide or forge what you read.
"""

from __future__ import annotations

from collections.abc import Iterator

_OF_BYTES = range(0xDC80, 0xDD00)
"""Lone surrogates that stand for bytes of a path that are not UTF-8 (PEP 383)."""


_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159")
"""Letters of Hangul, a Braille pattern and a note that look like a space."""

_INVISIBLE = frozenset(
    [
        *map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))),  # variation selectors
        *"\u180b\u180c\u180d\u180f",  # those of Mongolian
        *"\u034f\u17b4\u17b5",  # a joiner, and vowels of Khmer
    ]
)
"""Marks that show nothing."""

_MOST_MARKS = 2
"""More marks over one letter hide the lines around it."""


def printable(text: str) -> str:
    """Return the text in one line, with escapes for line breaks, terminal sequences, characters
    without width or that change the writing direction, marks without a letter or in stacks, and
    bytes that are not UTF-8."""
    return "".join(
        c if shows else c.encode("unicode_escape").decode() for c, shows in _judged(text)
    )


def one_line(text: str) -> str:
    """Return the text in one line, with spaces for unprintable characters."""
    return " ".join("".join(c if shows else " " for c, shows in _judged(text)).split())


def _judged(text: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it shows what it is."""
    if text.isascii():
        yield from ((c, c.isprintable()) for c in text)
        return
    import unicodedata  # imported here: most text is ASCII

    room = 0
    for c in text:
        if unicodedata.category(c) in ("Mn", "Me"):
            room -= 1
            yield c, room >= 0 and c not in _INVISIBLE
        else:
            shows = c.isprintable() and c not in _BLANKS
            room = _MOST_MARKS if shows and not c.isspace() else 0
            yield c, shows


def quoted(*words: str) -> str:
    """Quote the words for a shell, printable: with `$'…'` (bash, zsh) if needed; a path of Windows
    as PowerShell takes it, and cmd if it can."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    import re  # imported here: shell prompts wait for this module
    import shlex

    if not all(shows for _, shows in _judged(word)):
        return f"$'{_escaped(word)}'"
    if not re.match(r"[A-Za-z]:\\|\\\\", word) or '"' in word:  # no path of Windows has one
        return shlex.quote(word)
    if re.fullmatch(r"[\w:.\\-]+", word):
        return word
    if re.search(r"[$`]", word):  # PowerShell's, also in double quotes
        return "'" + word.replace("'", "''") + "'"
    return f'"{word}"'


def _escaped(word: str) -> str:
    return "".join(_in_quotes(c, shows=shows) for c, shows in _judged(word))


def _in_quotes(character: str, *, shows: bool) -> str:
    if character in "\\'":
        return f"\\{character}"
    if shows:
        return character
    errors = "surrogateescape" if ord(character) in _OF_BYTES else "surrogatepass"
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", errors))
