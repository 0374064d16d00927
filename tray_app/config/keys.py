"""The keys of token-config.json, and which keys of a file are unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tray_app.model.variables import ACCESS_TOKEN, REFRESH_TOKEN, VARIABLES

KNOWN_KEYS = (
    *VARIABLES,
    "tray.envFile",
    "tray.outputs",
    "tray.pollSeconds",
    "tray.secretStore",
    "tray.quietHours",
    "tray.leadDays",
    "tray.onTokenChange",
    "tray.onStateChange",
    "tray.keepAlive",
    "tray.statusFeed",
)
"""The dotted names of all fields, in all shapes."""

_SECTIONS = {name.rpartition(".")[0] for name in KNOWN_KEYS}
_NEAR = 0.7
"""How similar two keys must be, from 0 to 1, for one to be a misspelling of the other."""


def unknown_keys(root: Mapping[str, object]) -> tuple[str, ...]:
    """Return a sentence for each key that is ignored, with the key that is probably meant.

    A key that starts with a sign (`_comment`, `//`, `$schema`) or is called comment or note is the
    person's own.
    """
    return tuple(_sentences(root, ""))


def _sentences(section: Mapping[str, object], prefix: str) -> Iterator[str]:
    for key, value in section.items():
        name = f"{prefix}{key}"
        if _is_comment(key) or name in KNOWN_KEYS:
            continue
        if name in (ACCESS_TOKEN, REFRESH_TOKEN):
            yield f"{name} is ignored in a config in use; setup and import take it over"
        elif name not in _SECTIONS:
            yield f"{name} is not known and is ignored{_suggestion(name, key)}"
        elif isinstance(value, dict):
            yield from _sentences(value, f"{name}.")


def _is_comment(key: str) -> bool:
    words = ("comment", "note", "description")
    return not key[:1].isalnum() or key.casefold().rstrip("s0123456789") in words


def _suggestion(name: str, key: str) -> str:
    """The key that is probably meant, as the end of a sentence, or "".

    Keys of the same section come first, after an exact match in another section.
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
