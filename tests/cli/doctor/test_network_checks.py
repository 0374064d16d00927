"""The way to Webex, broken at each of its stations."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.doctor.subject import Subject, the_one
from tests.raw_server import RawServer, reply
from tests.webex.certificates import Authority, TlsServer
from tests.webex.connect_proxy import ConnectProxy
from tray_app.cli.doctor import network_checks
from tray_app.cli.doctor.finding import Grade
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.server import Sandbox

SAYS_NO = reply(401, b'{"message": "no token", "trackingId": "ROUTER_1"}')


def test_a_sandbox_in_order(subject: Subject) -> None:
    for check, topic in (
        (network_checks.proxy, "proxy"),
        (network_checks.trust, "trust"),
        (network_checks.dns, "dns"),
        (network_checks.tls, "tls"),
        (network_checks.webex, "webex"),
        (network_checks.webex, "clock"),
    ):
        assert the_one(subject.findings(check), topic).grade is Grade.OK


@pytest.mark.parametrize(
    ("minutes", "grade", "message"),
    [
        (0.5, Grade.OK, "agrees with Webex's"),
        (1.5, Grade.WARNING, "this machine's clock is 90 seconds behind Webex's"),
        (12, Grade.FAULT, "this machine's clock is 12 minutes behind Webex's"),
        (-12, Grade.FAULT, "this machine's clock is 12 minutes ahead of Webex's"),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(
    subject: Subject, webex: Sandbox, minutes: float, grade: Grade, message: str
) -> None:
    """Half a second is granted: the header has whole ones."""
    lead = timedelta(minutes=minutes) + timedelta(seconds=0.5)
    webex.date_skew = lead
    found = the_one(subject.findings(network_checks.webex), "clock")
    assert found.grade is grade
    assert found.message in {message, message.replace("90", "89"), message.replace("12", "11")}


@pytest.mark.parametrize(
    ("fault", "grade", "message"),
    [
        (Fault.unavailable(), Grade.WARNING, "Webex answered with an error (HTTP 503, ROUTER_"),
        (Fault.rate_limited(5), Grade.WARNING, "Webex asked us to wait (HTTP 429, ROUTER_"),
        (Fault.dropped(), Grade.FAULT, "Webex cannot be reached"),
        (Fault.reply(200, "<h1>Hotel</h1>"), Grade.FAULT, "the answer is not from Webex"),
    ],
    ids=["503", "429", "dropped", "captive portal"],
)
def test_what_webex_or_something_before_it_says(
    subject: Subject, webex: Sandbox, fault: Fault, grade: Grade, message: str
) -> None:
    webex.go_down(fault)
    found = the_one(subject.findings(network_checks.webex), "webex")
    assert found.grade is grade
    assert message in found.message
    assert found.remedy


def test_a_name_that_is_not_found(subject: Subject) -> None:
    subject.api_base = "https://webex.invalid/v1"
    found = the_one(subject.findings(network_checks.dns), "dns")
    assert found.grade is Grade.FAULT
    assert found.message.startswith("webex.invalid is not found")
    assert the_one(subject.findings(network_checks.webex), "webex").grade is Grade.FAULT


def test_a_bundle_that_is_gone_is_told_once_and_not_as_webex_s_fault(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem"))
    subject.api_base = "https://127.0.0.1:1/v1"
    found = the_one(subject.findings(network_checks.trust), "trust")
    assert found.grade is Grade.FAULT
    assert found.message.endswith("gone.pem, which REQUESTS_CA_BUNDLE names, is not there")
    assert found.remedy == "correct REQUESTS_CA_BUNDLE, or unset it"
    assert subject.findings(network_checks.tls) == []
    assert the_one(subject.findings(network_checks.webex), "webex").remedy == "see trust"


def test_bundles_that_disagree(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    company = Authority(tmp_path)
    monkeypatch.setenv("CURL_CA_BUNDLE", str(company.bundle))
    assert the_one(subject.findings(network_checks.trust), "trust").message.endswith(
        "from CURL_CA_BUNDLE"
    )
    monkeypatch.setenv("SSL_CERT_FILE", "/another")
    found = the_one(subject.findings(network_checks.trust), "trust")
    assert found.grade is Grade.WARNING
    assert found.message.startswith("CURL_CA_BUNDLE is used; SSL_CERT_FILE")


def test_a_certificate_is_told_with_its_issuer_and_one_that_nobody_vouches_for_is_a_fault(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    company = Authority(tmp_path)
    with TlsServer(company.certificate()) as server:
        server.answer = SAYS_NO
        subject.api_base = f"https://127.0.0.1:{server.port}/v1"
        found = the_one(subject.findings(network_checks.tls), "tls")
        assert found.grade is Grade.FAULT
        assert "REQUESTS_CA_BUNDLE" in found.remedy
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
        found = the_one(subject.findings(network_checks.tls), "tls")
        assert found.grade is Grade.WARNING  # it ends tomorrow
        assert found.message.startswith("TLSv1.3, certificate by a company's own, expires on ")
        assert the_one(subject.findings(network_checks.webex), "webex").grade is Grade.OK


def test_a_certificate_that_has_ended(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    company = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with TlsServer(company.certificate(ended=True)) as server:
        subject.api_base = f"https://127.0.0.1:{server.port}/v1"
        found = the_one(subject.findings(network_checks.tls), "tls")
    assert found.grade is Grade.FAULT
    assert "certificate has expired" in found.message


def test_a_server_that_never_answers_the_handshake(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_checks, "TIMEOUT", 0.5)
    with RawServer() as server:
        subject.api_base = f"https://127.0.0.1:{server.port}/v1"
        found = the_one(subject.findings(network_checks.tls), "tls")
    assert (found.grade, found.message) == (Grade.FAULT, "127.0.0.1: no answer in time")


@pytest.mark.posix
def test_a_proxy_is_named_without_its_password_and_the_rest_is_left_to_it(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ConnectProxy("sam:hunter22222") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://sam:other12345@127.0.0.1:{proxy.port}")
        subject.api_base = "https://webex.example/v1"
        found = the_one(subject.findings(network_checks.proxy), "proxy")
        assert found.message == f"http://127.0.0.1:{proxy.port}, from HTTPS_PROXY"
        assert the_one(subject.findings(network_checks.dns), "dns").message.endswith(
            "resolved by the proxy"
        )
        assert the_one(subject.findings(network_checks.tls), "tls").grade is Grade.OK
        found = the_one(subject.findings(network_checks.webex), "webex")
    assert found.grade is Grade.FAULT
    assert found.message.startswith("the proxy refused the connection")
    assert "HTTPS_PROXY" in found.remedy
    assert "12345" not in found.message + found.remedy


def test_a_host_that_no_proxy_is_asked_for(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "webex.example")
    subject.api_base = "https://webex.example/v1"
    assert the_one(subject.findings(network_checks.proxy), "proxy").message.startswith("none")
