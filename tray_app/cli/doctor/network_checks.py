"""The way to Webex: proxy, trusted certificates, DNS, TLS, and whether Webex answers."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tray_app import bootstrap
from tray_app.cli.doctor.finding import Finding, Target, fault, ok, warning
from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.model.secret import INVALID_BEARER_TOKEN
from tray_app.model.settings import Thresholds
from tray_app.storage.last_report import Elsewhere, checked_elsewhere
from tray_app.text import hosts
from tray_app.text.failures import why_unreachable
from tray_app.webex.api_base import checked_base

if TYPE_CHECKING:
    from tray_app.model.responses import CheckAnswer

TIMEOUT = 8.0
_SOON = timedelta(days=7)

REMEDIES = {
    TransportFailure.DNS: "check the network and the DNS server; behind a proxy set HTTPS_PROXY",
    TransportFailure.CONNECTION: "check network, VPN and firewall; behind a proxy set HTTPS_PROXY",
    TransportFailure.TIMEOUT: "check network, VPN and firewall; behind a proxy set HTTPS_PROXY",
    TransportFailure.TLS: "add your company's CA to the system's store, or name its bundle in"
    " REQUESTS_CA_BUNDLE",
    TransportFailure.PROXY: (
        "correct HTTPS_PROXY, its name and password, or name the host in NO_PROXY"
    ),
    TransportFailure.THROTTLED: "wait; the program does so by itself",
    TransportFailure.SERVER_ERROR: "wait; the program tries again by itself",
    TransportFailure.ODD_REPLY: (
        "sign in to the network (hotel, guest Wi-Fi), or correct HTTPS_PROXY"
    ),
}
_PASSING = (TransportFailure.THROTTLED, TransportFailure.SERVER_ERROR)


def elsewhere(profile: bootstrap.ProfileContext) -> Elsewhere | None:
    """Where the config was last checked, if that is another Webex than this run asks."""
    base = checked_base(profile.api_base)
    return checked_elsewhere(profile.folders.token_facts, profile.config_path, base)


def proxy(target: Target) -> Iterator[Finding]:
    """Which proxy is used, and where it is set."""
    from tray_app.webex.http import proxy_for

    found = proxy_for(target.profile.api_base)
    if found is None:
        yield ok("proxy", "none: connections are direct")
        return
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    source = next((name for name in names if os.environ.get(name)), "the system's settings")
    yield ok("proxy", f"{found}, from {source}")


def trust(_: Target) -> Iterator[Finding]:
    """Which certificates TLS trusts, and whether they can be read."""
    from tray_app.webex.tls import BUNDLES, ca_bundle_variable

    variable = ca_bundle_variable()
    reason = _trust_fault()
    if reason:
        yield fault("trust", reason, f"correct {variable}, or unset it")
        return
    if variable is None:
        yield ok("trust", "the system's certificates")
        return
    others = [
        name for name in BUNDLES if os.environ.get(name, "") not in {"", os.environ[variable]}
    ]
    if others:
        message = f"{variable} is used; {', '.join(others)} has another value and is ignored"
        yield warning("trust", message, "set them to the same value, or unset the wrong one")
    else:
        yield ok("trust", f"{os.environ[variable]} alone, from {variable}")


def dns(target: Target) -> Iterator[Finding]:
    """Whether the name can be resolved."""
    from tray_app.webex.http import proxy_for

    host, port = _host(target)
    if proxy_for(target.profile.api_base):
        yield ok("dns", f"{host} is resolved by the proxy")
        return
    with suppress(ValueError):
        ip_address(host)
        yield ok("dns", f"not needed: {host} is an address")
        return
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        yield fault("dns", f"{host} is not found: {error.strerror}", REMEDIES[TransportFailure.DNS])
        return
    addresses = sorted({str(address[4][0]) for address in found})
    more = f" and {len(addresses) - 2} more" if len(addresses) > 2 else ""
    yield ok("dns", f"{host} is at {', '.join(addresses[:2])}{more}")


def tls(target: Target) -> Iterator[Finding]:
    """Whether the server's certificate is trusted, and who issued it."""
    from tray_app.webex.http import proxy_for
    from tray_app.webex.tls import probe_tls

    host, port = _host(target)
    if urlsplit(target.profile.api_base).scheme == "http":
        yield ok("tls", "none: the API base is on this machine")
        return
    if proxy_for(target.profile.api_base):
        yield ok("tls", "through the proxy: see webex")
        return
    if _trust_fault():
        return  # reported by `trust`
    try:
        probe = probe_tls(host, port, TIMEOUT)
    except Unreachable as error:
        yield fault("tls", f"{host}: {error}", REMEDIES[error.failure])
        return
    message = f"{probe.version}, certificate by {probe.issuer}"
    if probe.expires is not None and probe.expires - datetime.now(UTC) < _SOON:
        message += f", expires on {probe.expires:%Y-%m-%d}"
        yield warning("tls", message, "tell whoever runs that server")
    else:
        yield ok("tls", message)


def webex(target: Target) -> Iterator[Finding]:
    """Whether Webex answers, and whether its clock agrees with ours."""
    if notice := hosts.host_notice(_host(target)[0]):
        remedy = "for another organization, run it without --api-base and WEBEX_API_BASE"
        yield warning("webex", notice.rstrip("."), remedy)
    if (other := elsewhere(target.profile)) is not None:
        base = checked_base(target.profile.api_base)
        yield warning("webex", *hosts.elsewhere(base, other.base, is_running=other.is_running))
    try:
        with closing(bootstrap.webex(target.profile, timeout=TIMEOUT)) as client:
            answer = client.check(INVALID_BEARER_TOKEN)
    except Unreachable as error:
        message = why_unreachable(error)
        grade = warning if error.failure in _PASSING else fault
        see_trust = error.failure is TransportFailure.TLS and _trust_fault()
        yield grade("webex", message, "see trust" if see_trust else REMEDIES[error.failure])
        return
    yield ok("webex", f"{target.profile.api_base} answers")
    yield _clock(answer, target)


def _trust_fault() -> str:
    """Why the trusted certificates cannot be read; "" if they can."""
    from tray_app.webex.tls import ssl_context

    try:
        ssl_context()
    except Unreachable as error:
        return str(error)
    return ""


def _clock(answer: CheckAnswer, target: Target) -> Finding:
    if answer.skew is None:
        return ok("clock", "not compared: the response has no date")
    seconds = round(answer.skew.total_seconds())
    limits = target.profile.limits or Thresholds()
    if abs(answer.skew) <= limits.skew:
        return ok("clock", "agrees with Webex's")
    away = f"{abs(seconds) // 60} minutes" if abs(seconds) >= 120 else f"{abs(seconds)} seconds"
    message = f"this machine's clock is {away} {'behind' if seconds > 0 else 'ahead of'} Webex's"
    grade = fault if abs(answer.skew) > limits.clock_off else warning
    return grade("clock", message, "set it: timedatectl set-ntp true, or in the system's settings")


def _host(target: Target) -> tuple[str, int]:
    parts = urlsplit(target.profile.api_base)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
