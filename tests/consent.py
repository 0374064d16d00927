"""A person at the consent page, and the browser that goes where it is sent."""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import replace
from html import unescape
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.sign_in.callback_client import a_redirect

if TYPE_CHECKING:
    from tests.profile import Profile
    from tray_app.sandbox.registrations import Person
    from tray_app.sandbox.server import Sandbox


def free_redirect(webex: Sandbox) -> str:
    """A redirect URI on a free port, registered with the sandbox."""
    uri = a_redirect().uri
    webex.integration = replace(webex.integration, redirect_uris=(uri,))
    return uri


def use_redirect(profile: Profile, uri: str) -> None:
    """Write it into the profile's config."""

    def change(config: dict[str, Any]) -> None:
        config["tokenManager"]["integration"]["redirectUri"] = uri

    profile.write_config(change)


def consent_page(page: str) -> str:
    """Where the browser ends that is given this address: a start page of ours leads to Webex's."""
    if "/sign-in/" not in page:
        return page
    # Not by `requests`, which logs what it asks for: a browser is another process.
    place = urlsplit(page)
    browser = HTTPConnection(place.netloc, timeout=60)
    browser.request("GET", place.path)
    answer = browser.getresponse()
    browser.close()
    assert answer.status == 303
    return answer.headers["Location"]


def decide(url: str, decision: str = "allow", person: Person | None = None) -> str:
    """Answer on the consent page; the address that the browser is sent to."""
    url = consent_page(url)
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    account = {"account": person.uuid} if person else {}
    form = query | {"decision": decision} | account
    page = url.partition("?")[0]
    answer = requests.post(page, data=form, allow_redirects=False, timeout=60)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def browse(url: str, decision: str = "allow", person: Person | None = None) -> None:
    """Answer on the consent page, and go where that leads, in a thread."""
    visit(decide(url, decision, person))


def visit(address: str) -> None:
    """Ask for that address as `come_back` does, in a thread: who waits for it is the caller. That
    the program ends meanwhile is no error."""

    def go() -> None:
        with suppress(requests.ConnectionError):
            come_back(address)

    threading.Thread(target=go).start()


def come_back(address: str) -> str:
    """Ask for that address, and go where each page leads at once, as a browser does; return the
    last one."""
    with requests.Session() as browser:
        while True:
            page = browser.get(address, timeout=60)
            found = re.search(r'http-equiv="refresh" content="\d+(?:; url=([^"]+))?"', page.text)
            if found is None:
                return page.text
            address = urljoin(page.url, unescape(found[1] or ""))
