"""The four pages that a browser gets to see at the callback's port."""

from __future__ import annotations

import base64
import hashlib
import re
from http import HTTPStatus

import pytest

from tray_app.sign_in.pages import ALREADY_OPENED, RECEIVED, REFUSED, WRONG_REQUEST, Pages
from tray_app.system.dirs import resource

FOLDER = resource("assets/pages")
LINK = '<link rel="stylesheet" href="style.css">'
PAGES = [RECEIVED, REFUSED, WRONG_REQUEST, ALREADY_OPENED]
REPLIES = Pages()


def source_of(page: str) -> str:
    """What a browser gets."""
    return REPLIES.reply(HTTPStatus.OK, page).partition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_comes_with_the_strictest_headers(page: str) -> None:
    """Not cached, not framed, not leaking its address, and nothing but its own style."""
    head, _, body = REPLIES.reply(HTTPStatus.OK, page).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    sheet = (FOLDER / "style.css").read_text(encoding="utf-8")
    shipped = (FOLDER / page).read_text(encoding="utf-8")
    assert body.decode() == shipped.replace(LINK, f"<style>{sheet}</style>") != shipped
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert status == "HTTP/1.1 200 OK"
    assert dict(line.split(": ") for line in lines) == {
        "Connection": "close",
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def test_a_refused_method_gets_the_allowed_one() -> None:
    """RFC 9110 §15.5.6."""
    assert b"\r\nAllow: GET\r\n" in REPLIES.reply(HTTPStatus.METHOD_NOT_ALLOWED)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_also_says_what_to_do_after_a_command(page: str) -> None:
    """It sent everybody to the tray icon, also who had typed `authorize` on a machine without."""
    (advice,) = re.findall('<p class="next">(.*?)</p>', source_of(page))
    assert "tray icon" in advice
    assert "terminal" in advice


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_nothing_but_itself(page: str) -> None:
    """No script, no outside resource, no motion; one style, the same for all."""
    source = source_of(page)
    for outside in ("http:", "https:", "//", "<script", "<link", "<img", "url(", "@import"):
        assert outside not in source
    for moving in ("animation", "transition", "refresh", "style=", " on"):
        assert moving not in re.sub(r"<p.*?</p>", "", source, flags=re.DOTALL).split("</style>")[1]
    for moving in ("animation", "transition"):
        assert moving not in source
    assert source.count("<style>") == 1
    # One send takes it whole, on every system.
    assert len(source.encode()) < 6000


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_made_for_everybody(page: str) -> None:
    """Readers aloud, phones, dark desks; and it names the next step."""
    source = source_of(page)
    for part in ('<html lang="en">', '<meta name="viewport"', "prefers-color-scheme: dark"):
        assert part in source
    (title,) = re.findall("<title>(.*?)</title>", source)
    kind, *said, program = title.split(" \N{EN DASH} ")
    assert (kind, program) == ("Sign-in", "Webex Token Tray")
    assert said == re.findall(r"<h1>(.*?)</h1>", source) != []
    assert re.search(r'<p class="next">.*close this page.*tray icon', source, re.IGNORECASE)
    assert source.count("<svg") == source.count('aria-hidden="true"') == 1


def test_the_page_of_a_code_does_not_claim_success() -> None:
    """The exchange comes after it, and may fail."""
    text = source_of(RECEIVED).split("</style>")[1].lower()
    for claim in ("success", "signed in", "done", "complete", "green", "works"):
        assert claim not in text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_text_stands_out_from_its_ground(scheme: str) -> None:
    """At least 4.5 to 1 for text and 3 to 1 for signs (WCAG 2.1, AA)."""
    colours = dict[str, str]()
    blocks = re.findall(r":root \{(.*?)\}", source_of(RECEIVED), re.DOTALL)
    for block in blocks[: 1 if scheme == "light" else 2]:
        colours.update(re.findall(r"--([\w-]+): (#\w+)", block))
    for ink, ground in [("text", "sheet"), ("quiet", "page"), ("on-amber", "amber")]:
        assert contrast(colours[ink], colours[ground]) >= 4.5
    for ink, ground in [("calm", "sheet"), ("on-calm", "calm"), ("rim", "sheet")]:
        assert contrast(colours[ink], colours[ground]) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colours."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
