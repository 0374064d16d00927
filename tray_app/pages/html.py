"""Makes HTML. All text and every attribute is escaped here, and nowhere else."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TypeAlias

from tray_app.model.printable import printable

NAME = "Webex Token Tray"
START = f"<!doctype html>\n<!-- {NAME} -->\n"
"""How each page begins. A file that begins like this is ours, and `report` may replace it."""

KEY = (
    "M12.83 8.7a2.93 2.93 0 1 0-5.86 0a2.93 2.93 0 1 0 5.86 0"
    "M12 10.8l5.85 5.85-2.25 2.25M15.45 14.25l-1.95 2.1"
)
"""The key of the tray's icon, as the path of an SVG of 24 by 24."""

DISC = "M12 2a10 10 0 1 0 .01 0z"
"""The disc behind it, as such a path."""

_VOID = frozenset({"meta", "link", "input", "rect", "path", "line"})
"""Elements without content. SVG needs the closing slash."""


class Html(str):
    """Markup. Any other text is escaped when it becomes part of markup."""

    __slots__ = ()


Child: TypeAlias = str | None
"""Text, markup, or nothing."""


def element(tag: str, *children: Child, **attributes: str | float | None) -> Html:
    """Return an element. In attribute names, "_" becomes "-", and a final one is dropped
    (`class_`). An attribute that is None is left out.

    Control characters, and characters that hide or reorder text, become escapes.
    """
    fields = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_escaped(str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Html(f"<{tag}{fields}/>")
    return Html(f"<{tag}{fields}>{join(*children)}</{tag}>")


def join(*children: Child) -> Html:
    """Return the children, joined."""
    return Html(
        "".join(each if isinstance(each, Html) else _escaped(each) for each in children if each)
    )


def style_sheet(text: str) -> Html:
    """Return the style sheet as an element. It is ours, and contains no "<"."""
    return Html(f"<style>{text}</style>")


def page_title(page: str, said: str, profile: str = "") -> str:
    """Return a title that tells tabs apart: which page it is, of which profile ("" if it has no
    name), and what it says."""
    return " \N{EN DASH} ".join(filter(None, (page, profile, said)))


def icon(ground: str, mark: str, fill: str, line: str = "#fff") -> str:
    """Return an icon for the tab, as an address. `ground`, `mark`: paths of an SVG of 24 by 24;
    `fill`: the colour of the ground; `line`: of the mark."""
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="1.5 1.5 21 21">'
        f'<path d="{ground}" fill="{fill}"/>'
        f'<path d="{mark}" fill="none" stroke="{line}" stroke-width="2.5"/></svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(drawn.encode()).decode()}"


NO_STATE = icon(DISC, KEY, "#46505d")
"""For a page that shows no state."""


def whole_page(
    title: str,
    body: Html,
    style: str,
    policy: str,
    *,
    tab: str = NO_STATE,
    referrer: str = "no-referrer",
    refresh: str | None = None,
) -> str:
    """Return the page. `tab`: the icon of its tab; `referrer`: its referrer policy; `refresh`:
    after how many seconds it is loaded again, perhaps with an address."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", http_equiv="refresh", content=refresh) if refresh else None,
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content=referrer),
        element("link", rel="icon", href=tab),
        element("title", f"{title} \N{EN DASH} {NAME}"),
        style_sheet(style),
    )
    return f"{START}{element('html', head, body, lang='en')}\n"


def _escaped(text: str) -> str:
    return escape(printable(text))
