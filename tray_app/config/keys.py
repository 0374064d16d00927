"""The keys of token-config.json that this program knows, and which ones of a file it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tray_app.model.variables import VARIABLES

KNOWN_KEYS = (
    *VARIABLES,
    "tray.envFile",
    "tray.pollSeconds",
    "tray.secretStore",
    "tray.quietHours",
    "tray.onTokenChange",
    "tray.keepAlive",
)
"""Every field by its dotted name, in all shapes."""

_SECTIONS = {name.rpartition(".")[0] for name in KNOWN_KEYS}
_NEAR = 0.7
"""How alike two keys must be, from 0 to 1, for one to be a slip of the pen for the other."""


def unknown_keys(root: Mapping[str, object]) -> tuple[str, ...]:
    """Return a sentence for each key that this program passes over, with the one that is probably
    meant. A key that begins with a sign (`_comment`, `//`, `$schema`), or is named comment or
    note, is a person's own."""
    return tuple(_sentences(root, ""))


def _sentences(section: Mapping[str, object], prefix: str) -> Iterator[str]:
    for key, value in section.items():
        name = f"{prefix}{key}"
        if _is_comment(key) or name in KNOWN_KEYS:
            continue
        if name not in _SECTIONS:
            yield f"{name} is not known and is passed over{_suggestion(name, key)}"
        elif isinstance(value, dict):
            yield from _sentences(value, f"{name}.")


def _is_comment(key: str) -> bool:
    words = ("comment", "note", "description")
    return not key[:1].isalnum() or key.casefold().rstrip("s0123456789") in words


def _suggestion(name: str, key: str) -> str:
    """What is probably meant, as the end of a sentence; "" if nothing is near.

    The names that are known are compared in full first, so that a slip of the pen stays within its
    section if it can; a key of another section is known by itself.
    """
    from difflib import get_close_matches

    candidates = [*KNOWN_KEYS, *_SECTIONS]
    elsewhere = [known for known in candidates if known.rpartition(".")[2] == key]
    if elsewhere:
        section = elsewhere[0].rpartition(".")[0]
        return f"; {key} belongs under {section}" if section else f"; {key} belongs at the top"
    beside = [known for known in candidates if known.rpartition(".")[0] == name.rpartition(".")[0]]
    for those in (beside, candidates):
        last = {known.rpartition(".")[2].casefold(): known for known in reversed(those)}
        near = get_close_matches(key.casefold(), last, n=1, cutoff=_NEAR)
        if near:
            return f"; is {last[near[0]]} meant?"
    return ""
