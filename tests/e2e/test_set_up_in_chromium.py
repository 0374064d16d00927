"""Set-up in a real browser: from nothing to green, with wrong answers on the way."""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.consent import free_redirect
from tests.e2e.browser import picture_folder
from tests.e2e.devtools import Chromium
from tests.e2e.panel_host import PanelHost
from tests.e2e.panel_item import PanelItem
from tests.e2e.private_session import Session
from tests.e2e.program import Program
from tests.e2e.secret_service import stored_secrets
from tests.e2e.test_details_in_chromium import CONTRASTS, CUT, LOOKS
from tests.faults.table import rounds
from tests.other_user import OTHER, ask_as, only_root
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.identifiers import api_id
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox

pytestmark = pytest.mark.desktop

H1 = "document.querySelector('h1').textContent"
FAULTS = "[...document.querySelectorAll('.fault')].map(e => e.textContent)"
INPUT_CONTRASTS = CONTRASTS.replace(
    "const found = [];",
    """const found = [];
  for (const box of document.querySelectorAll('input[type=text]')) {
    const below = ground(box);
    for (const look of [getComputedStyle(box), getComputedStyle(box, '::placeholder')]) {
      const [light, dark] = [luminance(over(rgb(look.color), below)), luminance(below)]
        .sort((a, b) => b - a);
      if (box.checkVisibility()) found.push([(light + 0.05) / (dark + 0.05), box.name]);
    }
  }""",
)


class Started(NamedTuple):
    """`address`: what the browser was opened with; `opened` is told of the next ones."""

    program: Program
    panel: PanelHost
    item: PanelItem
    session: Session
    address: str
    opened: Path

    def wait_green(self) -> None:
        self.panel.until(lambda: "oken works" in self.item.tooltip, "green")

    def quit(self) -> None:
        self.item.click("Quit")
        assert self.program.wait() == 0


@pytest.fixture
def started(
    tmp_path: Path, panel: PanelHost, keyring_session: Session, webex: Sandbox
) -> Iterator[Started]:
    """The tray without any config."""
    script, opened = tmp_path / "browser", tmp_path / "opened"
    os.mkfifo(opened)
    script.write_text(f'#!/bin/sh\necho "$1" >{opened} &\n', encoding="utf-8")
    script.chmod(0o700)
    command = [sys.executable, "-W", "error", "-m", "tray_app", "--api-base", webex.api_base]
    with Program(command, keyring_session.environ | {"BROWSER": str(script)}) as program:
        item = panel.wait_item()
        address = opened.read_text().strip()
        yield Started(program, panel, item, keyring_session, address, opened)


def fill(browser: Chromium, **answers: str) -> None:
    """Type into the fields, as a person does; "__" stands for "-"."""
    for name, text in answers.items():
        browser.run(f"document.getElementById({name.replace('__', '-')!r}).focus()")
        browser.run("document.activeElement.select()")
        browser.call("Input.insertText", text=text)


def send(browser: Chromium) -> None:
    browser.run("document.querySelector('button').click()")


def tell_app(browser: Chromium, webex: Sandbox) -> None:
    app = webex.service_app
    fill(
        browser,
        serviceApp__appId=app.app_id,
        serviceApp__clientId=app.client_id,
        serviceApp__clientSecret=app.client_secret,
        serviceApp__targetOrgId=app.target_org_id,
    )


def choose(browser: Chromium, method: str) -> None:
    browser.run(f"document.getElementById('method-{method}').click()")


def page_text(browser: Chromium) -> str:
    text: str = browser.run("document.documentElement.outerHTML")
    return text


def test_from_nothing_to_green_with_an_integration(
    browser: Chromium,
    started: Started,
    webex: Sandbox,
    tmp_path: Path,
) -> None:
    """A wrong secret and a misplaced id are said beside their fields; what was typed is kept."""
    app, integration, uri = webex.service_app, webex.integration, free_redirect(webex)
    config = started.session.home / ".config/webex-token-tray/token-config.json"
    browser.open(started.address)
    browser.wait(f"{H1} == 'Set up the token'")
    assert not config.exists()
    tell_app(browser, webex)
    integration_id = "tokenManager__integration__"
    fill(
        browser,
        serviceApp__clientSecret="not-the-secret",
        serviceApp__targetOrgId=app.app_id,
        tray__envFile=str(tmp_path / ".env"),
        **{
            f"{integration_id}clientId": integration.client_id,
            f"{integration_id}clientSecret": integration.client_secret,
            f"{integration_id}redirectUri": uri,
        },
    )
    send(browser)
    browser.wait("document.querySelectorAll('.fault').length == 3")
    client, secret, organization = browser.run(FAULTS)
    assert client == secret
    assert client.startswith("Webex refuses the service app's client id and secret")
    assert organization.startswith("It is the id of another kind of thing (APPLICATION)")
    assert browser.run("document.activeElement.textContent").startswith("2 answers to correct.")
    assert browser.run("document.getElementById('serviceApp-appId').value") == app.app_id
    assert browser.run("document.getElementById('tray-envFile').value") == str(tmp_path / ".env")
    secret_box = "document.getElementById('serviceApp-clientSecret')"
    kept_box = "document.getElementById('tokenManager-integration-clientSecret')"
    assert browser.run(f"getComputedStyle({kept_box}).webkitTextSecurity") == "none"  # "kept"
    browser.run("document.querySelector('.box a').click()")
    browser.wait("location.hash == '#serviceApp-clientId'")
    top = "document.querySelector('label[for=serviceApp-clientId]').getBoundingClientRect().top"
    assert browser.run(top) >= 0
    fill(browser, serviceApp__clientSecret="still-wrong")
    assert browser.run(f"getComputedStyle({secret_box}).webkitTextSecurity") == "disc"
    browser.run("document.getElementById('serviceApp-appId').focus()")
    fault = "document.getElementById('serviceApp-clientSecret-fault')"
    assert browser.run(f"{fault}.checkVisibility()") is False  # it was about another secret
    assert browser.run(f"{fault}.nextElementSibling.checkVisibility()") is True
    send(browser)
    browser.wait("location.hash == '#look'")
    browser.wait("document.querySelectorAll('.fault').length == 3")
    assert browser.run("document.activeElement.textContent").startswith("2 answers to correct.")
    assert browser.run("document.getElementById('look').getBoundingClientRect().top") >= 0
    secrets = (app.client_secret, "not-the-secret", "still-wrong", integration.client_secret)
    assert not [each for each in secrets if each in page_text(browser)]
    assert "Kept. Leave it empty to keep it." in page_text(browser)
    assert not config.exists()

    fill(
        browser,
        serviceApp__clientSecret=app.client_secret,
        serviceApp__targetOrgId=app.target_org_id,
    )
    # By keyboard: Enter in a field sends the form.
    answer_now = threading.Event()
    webex.faults.next(Kind.SERVICE_REFRESH, Fault.held(answer_now))
    for kind in ("keyDown", "keyUp"):
        browser.call(
            "Input.dispatchKeyEvent", type=kind, key="Enter", windowsVirtualKeyCode=13, text="\r"
        )
    # It stayed like this: a refresh without an address is a jump to the fragment of that before.
    browser.wait(f"{H1}.startsWith('Checking the answers')")
    assert browser.run("location.hash") == "#look"
    answer_now.set()
    browser.wait(f"{H1} == 'Last step: sign in'", 60)
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    written = json.loads(config.read_text())
    assert written["serviceApp"]["clientSecret"] == "@keyring"
    assert written["tokenManager"]["integration"]["redirectUri"] == uri

    assert_readable(browser, "last-step", 4)
    send(browser)
    browser.wait("!!document.getElementById('allow')", 60)
    browser.run("document.getElementById('allow').click()")
    browser.wait(f"{H1}.startsWith('Token works')", 60)
    assert str(tmp_path / ".env") in browser.run("document.querySelector('main').textContent")
    assert "code=" not in browser.run("location.href")
    started.program.expect("Set up at ")
    assert_readable(browser, "works-for-the-first-time", 3)
    send(browser)  # Start at login
    browser.wait("document.body.textContent.includes('starts at login from now on')")
    assert len([*started.session.home.glob(".config/autostart/*.desktop")]) == 1
    started.wait_green()
    assert "WEBEX_SERVICE_APP_ACCESS_TOKEN=" in (tmp_path / ".env").read_text()
    assert {app.client_secret, integration.client_secret} <= set(
        stored_secrets(started.session).values()
    )
    started.quit()
    log = (started.session.home / ".local/state/webex-token-tray/log/webex-token-tray.log").parent
    said = "".join(path.read_text() for path in log.glob("*.log*")) + "\n".join(
        started.program.lines
    )
    assert not [each for each in secrets if each in said]
    assert urlsplit(started.address).path.rpartition("/")[2] not in said


def test_from_nothing_to_green_with_a_personal_token(
    browser: Chromium,
    started: Started,
    webex: Sandbox,
    tmp_path: Path,
) -> None:
    """A wrong organization is suspected before an administrator is sent for, and corrected."""
    wrong = api_id("ORGANIZATION", "0b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e")
    browser.open(started.address)
    browser.wait(f"{H1} == 'Set up the token'")
    tell_app(browser, webex)
    choose(browser, "personal-token")
    token = webex.issue_personal_token()
    fill(
        browser,
        serviceApp__targetOrgId=wrong,
        tokenManager__personalAccessToken=token,
        tray__envFile=str(tmp_path / ".env"),
    )
    send(browser)
    browser.wait("document.body.textContent.includes('Before you ask an administrator')", 60)
    assert wrong in page_text(browser)
    assert_readable(browser, "wrong-organization", 4)
    send(browser)  # Change the set-up
    browser.wait(f"{H1} == 'Change the set-up'")
    assert_readable(browser, "change")
    assert token not in page_text(browser)
    fill(browser, serviceApp__targetOrgId=webex.service_app.target_org_id)
    send(browser)
    browser.wait("document.body.textContent.includes('You can close this page')", 60)
    browser.wait(f"{H1}.startsWith('Token works')", 60)
    started.wait_green()
    assert_readable(browser, "works", 3)
    started.quit()


@only_root
def test_another_user_is_not_answered_and_another_browser_sees_nothing(
    browser: Chromium, another_browser: Chromium, started: Started
) -> None:
    place = urlsplit(started.address)
    asked = f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
    assert ask_as(OTHER, "127.0.0.1", place.port or 0, asked) == b""
    browser.open(started.address)
    browser.wait(f"{H1} == 'Set up the token'")
    assert browser.run("document.cookie") == ""  # HttpOnly
    another_browser.open(started.address)
    assert another_browser.run(H1) == "Already opened"
    started.item.click("Set up in the browser…")
    again = started.opened.read_text().strip()
    assert again != started.address
    another_browser.open(again)
    another_browser.wait(f"{H1} == 'Set up the token'")
    started.quit()


def test_a_screen_reader_finds_each_field_with_its_fault(
    browser: Chromium, started: Started
) -> None:
    """As the browser tells it. Tab leads from field to field, in the order of the page."""
    browser.open(started.address)
    browser.wait(f"{H1} == 'Set up the token'")
    send(browser)
    browser.wait("document.querySelectorAll('.fault').length == 7")
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    boxes = [node for node in tree if node.get("role", {}).get("value") == "textbox"]
    names = [node["name"]["value"] for node in boxes]
    whose = "of the service app"
    assert names[:4] == [
        "App id",
        f"Client id {whose}",
        f"Client secret {whose}",
        "Organization id",
    ]
    assert "It is missing." in boxes[0]["description"]["value"]
    invalid = {each["name"]: each["value"].get("value") for each in boxes[0]["properties"]}
    assert invalid["invalid"] == "true"
    alerts = [node for node in tree if node.get("role", {}).get("value") == "alert"]
    assert [node["name"]["value"][:20] for node in alerts] == ["7 answers to correct"]
    browser.run("document.getElementById('serviceApp-appId').focus()")
    order = []
    for _ in range(6):
        for kind in ("rawKeyDown", "keyUp"):
            browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", windowsVirtualKeyCode=9)
        order.append(browser.run("document.activeElement.id"))
    assert order == [
        "serviceApp-clientId",
        "serviceApp-clientSecret",
        "serviceApp-targetOrgId",
        "method-integration",
        "",  # the link to developer.webex.com
        "tokenManager-integration-clientId",
    ]
    started.quit()


@pytest.mark.parametrize("look", [*LOOKS] if rounds(0, 1) else ["broad", "narrow-dark"])
def test_it_can_be_read_in_every_look(
    browser: Chromium, started: Started, look: str, webex: Sandbox
) -> None:
    """The empty form, the form with faults, the last step. Each text has 4.5 to 1."""
    browser.look(**LOOKS[look])
    browser.open(started.address)
    browser.wait(f"{H1} == 'Set up the token'")
    assert_readable(browser, f"empty-{look}")
    tell_app(browser, webex)
    fill(browser, serviceApp__clientSecret="wrong", serviceApp__targetOrgId="a b")
    send(browser)
    browser.wait("document.querySelectorAll('.fault').length > 2", 60)
    assert_readable(browser, f"faults-{look}")
    choose(browser, "nothing")
    assert_readable(browser, f"nothing-{look}")
    started.quit()


def assert_readable(browser: Chromium, name: str, least: int = 10) -> None:
    picture_folder().mkdir(exist_ok=True)
    browser.picture(picture_folder() / f"set-up-{name}.png")
    ratios = browser.run(INPUT_CONTRASTS)
    assert len(ratios) >= least
    assert [each for each in ratios if each[0] < 4.5] == []
    assert browser.run(CUT) == []
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
