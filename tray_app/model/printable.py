"""Text of others, such that a terminal shows it and does nothing else.

A path, a command or an answer may hold sequences that hide or forge what a person reads.
"""

from __future__ import annotations

_OF_BYTES = range(0xDC80, 0xDD00)
"""Lone surrogates that stand for bytes of a path that are no UTF-8 (PEP 383)."""


def printable(text: str) -> str:
    """Return the text in one line: line breaks, terminal sequences, characters that have no width
    or turn the direction of writing, and bytes that are no UTF-8 are shown as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    """Return the text in one line; a space stands for what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def quoted(*words: str) -> str:
    """Return the words as a shell takes them, printable: `$'…'` (bash, zsh) if one needs it."""
    import shlex  # a shell's prompt waits for this module

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
