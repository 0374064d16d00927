"""The details page in a real browser: from the tray's row, light, dark, narrow and printed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import default_browser, picture_folder
from tests.e2e.devtools import Chromium
from tests.e2e.panel_host import PanelHost
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.screen import Screen
from tests.faults.table import sampled
from tests.pages import samples
from tests.pages.samples import ALL, BERLIN, DEAD, FINE, PERSON, STARTED, UNKNOWN
from tray_app.desktop.icon_art import FILL
from tray_app.loopback.responses import style_only
from tray_app.model.details import ProfileDetails
from tray_app.model.signs import Colour
from tray_app.pages.document import Document
from tray_app.pages.facts import style
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

PAGES = {
    "fine": (FINE,),
    "person": (PERSON,),
    "dead": (DEAD,),
    "unknown": (UNKNOWN,),
    "started": (STARTED,),
    "many": ALL,
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"dark": True},
    "middle": {"width": 720},
    "broad": {"width": 850},
    "narrow": {"width": 375},
    "narrow-dark": {"width": 375, "dark": True},
}

CONTRASTS = """
(() => {
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const over = (top, below) => {
    const alpha = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha));
  };
  const luminance = colour => {
    const [r, g, b] = colour.map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    const chain = [];
    for (let e = element; e; e = e.parentElement) {
      chain.push(rgb(getComputedStyle(e).backgroundColor));
    }
    return chain.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest('title, desc, .unseen')) continue;
    const look = getComputedStyle(parent);
    if (look.display === 'none' || look.visibility === 'hidden') continue;
    const ink = rgb(parent instanceof SVGElement ? look.fill : look.color);
    const below = ground(parent instanceof SVGElement ? parent.closest('td, th, p') : parent);
    const [light, dark] = [luminance(over(ink, below)), luminance(below)].sort((a, b) => b - a);
    found.push([(light + 0.05) / (dark + 0.05), node.data.trim().slice(0, 40)]);
  }
  return found;
})()
"""
"""For each text that is shown: its ratio to what is behind it (WCAG 2.1), and its beginning."""

CUT = """
[...document.querySelectorAll('main *, footer *')].filter(e => {
  if (e.closest('.unseen, title, desc, g')) return false;
  if (getComputedStyle(e).display === 'contents') return false;
  const box = e.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map(e => e.outerHTML.slice(0, 90))
"""
"""What reaches out of the window."""

OVERLAPS = """
[...document.querySelectorAll('.scale')].flatMap(scale => {
  const boxes = [...scale.querySelectorAll('text')]
    .filter(e => getComputedStyle(e).display !== 'none').map(e => e.getBoundingClientRect());
  return boxes.slice(1).map((box, i) => box.left - boxes[i].right).filter(gap => gap < 2);
})
"""
"""Labels of the axis that touch."""


def write(path: Path, *profiles: ProfileDetails) -> str:
    sheet = style()
    page = Document(
        samples.details(*profiles),
        style=sheet,
        policy=style_only(sheet),
        zone=BERLIN,
        reload=len(profiles) == 1,
    )
    path.write_text(page.whole(), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize(("name", "look"), sampled([*PAGES], [*LOOKS]))
def test_it_can_be_read_in_every_look(
    browser: Chromium, tmp_path: Path, name: str, look: str
) -> None:
    """Each text has 4.5 to 1; nothing is cut or touches. The pictures are there to be looked at."""
    browser.look(**LOOKS[look])
    browser.open(write(tmp_path / "page.html", *PAGES[name]))
    picture_folder().mkdir(exist_ok=True)
    browser.picture(picture_folder() / f"details-{name}-{look}.png")
    ratios = browser.run(CONTRASTS)
    assert len(ratios) > 10
    assert [each for each in ratios if each[0] < 4.5] == []
    assert browser.run(CUT) == []
    assert browser.run(OVERLAPS) == []


def test_the_contrast_of_a_faint_text_is_measured(browser: Chromium, tmp_path: Path) -> None:
    """The measure sees what it forbids, in text and in pictures."""
    browser.look()
    browser.open(write(tmp_path / "page.html", PERSON))
    for selector, rule in ((".how", "color"), (".scale text", "fill")):
        browser.run(f"document.querySelector({selector!r}).style.{rule} = '#999'")
    assert len([each for each in browser.run(CONTRASTS) if each[0] < 4.5]) == 2


@pytest.mark.parametrize("name", ["person", "many"])
def test_it_can_be_printed(browser: Chromium, tmp_path: Path, name: str) -> None:
    """With the bars, though browsers leave out backgrounds; without links to click."""
    browser.look()
    browser.open(write(tmp_path / "page.html", *PAGES[name]))
    printed = picture_folder() / f"details-{name}.pdf"
    printed.parent.mkdir(exist_ok=True)
    browser.print_page(printed)
    assert printed.read_bytes().startswith(b"%PDF-")
    browser.look(width=794)
    browser.call("Emulation.setEmulatedMedia", media="print")
    browser.picture(picture_folder() / f"details-{name}-printed.png")
    assert [each for each in browser.run(CONTRASTS) if each[0] < 4.5] == []
    assert browser.run(OVERLAPS) == []
    assert browser.run("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.run("getComputedStyle(document.querySelector('.bars')).printColorAdjust") == (
        "exact"
    )


def test_a_screen_reader_finds_headings_tables_and_pictures(
    browser: Chromium, tmp_path: Path
) -> None:
    """As the browser tells it, on a narrow page, too, where tables are blocks."""
    browser.look(width=375)
    browser.open(write(tmp_path / "page.html", PERSON))
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]

    def named(role: str) -> list[str]:
        return [
            node["name"]["value"]
            for node in tree
            if node.get("role", {}).get("value") == role and not node["ignored"]
        ]

    assert named("heading")[:3] == [
        "Token works, but your sign-in expires soon",
        "Next (you): Sign in through the browser, before Thu 19 Mar 13:00",
        "What keeps the token alive",
    ]
    assert named("table")[0].startswith("Each credential, until when")
    assert len(named("rowheader")) == 8
    pictures = named("image") + named("img")
    assert "needs a look" in pictures
    assert "Service app token: works until Mon 23 Mar 13:00" in pictures
    assert any(name.startswith("The last 90 days") for name in pictures)


def test_the_row_of_the_menu_opens_it_and_it_can_be_reloaded(
    browser: Chromium,
    another_browser: Chromium,
    tmp_path: Path,
    *,
    panel: PanelHost,
    keyring_session: Session,
    command: list[str],
    webex: Sandbox,
) -> None:
    """The real program; its browser is this one. Reload shows what has happened since."""
    script, opened = tmp_path / "browser", tmp_path / "opened"
    os.mkfifo(opened)
    script.write_text(f'#!/bin/sh\necho "$1" >{opened} &\n', encoding="utf-8")
    script.chmod(0o700)
    environ = keyring_session.environ | {"BROWSER": str(script)}
    with Program(command, environ) as program:
        item = panel.wait_item()
        panel.until(lambda: "Webex token works" in item.tooltip, "green")
        item.click("Details…")
        address = opened.read_text().strip()
        browser.open(address)
        assert browser.run("document.querySelector('h1').textContent").startswith("Token works")
        # The header's policy lets the page's own style be.
        assert browser.run("getComputedStyle(document.querySelector('section')).borderRadius") == (
            "12px"
        )
        webex.revoke_all()
        item.click("Refresh token now")
        panel.until(lambda: "Webex token rejected" in item.tooltip, "red")
        browser.run("document.querySelector('nav a').click()")
        browser.wait_loaded()
        assert browser.run("document.querySelector('h1').textContent") == (
            "Webex token rejected: sign-in needed"
        )
        assert browser.run("document.cookie") == ""  # HttpOnly
        item.click(item.menu()[0].label)  # the headline
        again = opened.read_text().strip()
        assert again != address
        another_browser.open(address)
        assert another_browser.run("document.querySelector('h1').textContent") == "Already opened"
        assert another_browser.run("getComputedStyle(document.body).display") == "flex"
        another_browser.open(again)
        assert "rejected" in another_browser.run("document.querySelector('h1').textContent")
        item.click("Quit")
        assert program.wait() == 0


def test_with_the_mouse_from_the_panel_into_a_window(
    xfce_session: Session, xfce: Screen, command: list[str]
) -> None:
    """Debian's own panel and browser."""
    with default_browser(xfce_session) as environ, Program(command, environ):
        menu = xfce.open_menu(xfce.wait_colour(FILL[Colour.GREEN]))
        xfce.click_word("Details...", menu)
        xfce.wait_word("keeps", (20, 40, 780, 660))
        xfce.save(picture_folder() / "details-in-a-window.png")
