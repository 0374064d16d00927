"""Making text of others safe to print.

A path, a command or an answer may contain sequences that hide or forge what you read.
"""

from __future__ import annotations

_OF_BYTES = range(0xDC80, 0xDD00)
"""Lone surrogates that stand for bytes of a path that are not UTF-8 (PEP 383)."""


def printable(text: str) -> str:
    """Return the text in one line, with escapes for line breaks, terminal sequences, characters
    without width or that change the writing direction, and bytes that are not UTF-8."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    """Return the text in one line, with spaces for unprintable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(*words: str) -> str:
    """Quote the words for a shell, printable: with `$'…'` (bash, zsh) if needed."""
    import shlex  # imported here: shell prompts wait for this module

    return " ".join(shlex.quote(w) if w.isprintable() else f"$'{_escaped(w)}'" for w in words)


def _escaped(word: str) -> str:
    return "".join(map(_in_quotes, word))


def _in_quotes(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    errors = "surrogateescape" if ord(character) in _OF_BYTES else "surrogatepass"
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", errors))
