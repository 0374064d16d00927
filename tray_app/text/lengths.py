"""Texts that are cut to a length."""

from __future__ import annotations


def shorten(text: str, limit: int) -> str:
    """Cut to `limit` characters, with an ellipsis if something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def middle(text: str, limit: int) -> str:
    """Cut to `limit` characters in the middle: the ends of long names tell them apart."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"
