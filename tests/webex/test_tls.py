"""Whom TLS trusts, and how https goes through a company's proxy: real servers, on loopback."""

from __future__ import annotations

import logging
import os
import ssl
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from tests.raw_server import reply
from tests.samples import everything_shown
from tests.webex.certificates import Authority, TlsServer
from tests.webex.connect_proxy import ConnectProxy
from tests.webex.sessions import session_of
from tray_app.model.credentials import ServiceApp
from tray_app.model.errors import Unreachable
from tray_app.model.failures import TransportFailure
from tray_app.model.responses import Verdict
from tray_app.model.secret import Secret
from tray_app.system import log
from tray_app.system.dirs import AppDirs
from tray_app.system.log import Redactor
from tray_app.webex.client import RequestLimits, Webex
from tray_app.webex.http import proxy_credentials
from tray_app.webex.tls import BUNDLES, TrustAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET, TOKEN = Secret("CANARYsecret0123456789"), Secret("CANARYtoken0123456789")
APP = ServiceApp("app-id", "client-id", SECRET, "org-id")
linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the store is the system's")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bundle and no proxy but the test's own."""
    for name in (*BUNDLES, "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def company(tmp_path: Path) -> Authority:
    """It has signed the certificates of the servers."""
    return Authority(tmp_path)


@pytest.fixture
def server(company: Authority) -> Iterator[TlsServer]:
    """A server whose certificate is in order."""
    with TlsServer(company.certificate()) as server:
        server.answer = reply(200, b'{"access_token": "a"}')
        yield server


def works(server: TlsServer) -> bool:
    """Whether a check arrives; on a fresh connection."""
    before = len(server.requests)
    with closing(Webex(server.base)) as webex:
        verdict = webex.check(TOKEN).verdict
    return verdict is Verdict.WORKS and len(server.requests) == before + 1


def refused(server: TlsServer) -> str:
    """The sentence of a refresh that ends for want of trust, with nothing sent."""
    before = len(server.requests)
    with (
        closing(Webex(server.base)) as webex,
        pytest.raises(Unreachable) as caught,
    ):
        webex.refresh("client-id", SECRET, TOKEN)
    assert caught.value.failure is TransportFailure.TLS
    assert "CANARY" not in everything_shown(caught.value)
    assert len(server.requests) == before, "not a byte of ours"
    return str(caught.value)


# --- whom we trust ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_that_is_named_is_trusted(
    server: TlsServer, company: Authority, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A company's proxy that looks into TLS has a certificate of the company's."""
    monkeypatch.setenv(name, str(company.bundle))
    assert works(server)


def test_a_folder_may_be_named_as_well(
    server: TlsServer, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As requests and curl allow."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.store()))
    assert works(server)


@linux
def test_without_a_bundle_the_system_s_store_is_trusted(
    server: TlsServer, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company puts its CA there once, for every program; requests alone would not look."""
    refused(server)
    monkeypatch.setenv("SSL_CERT_DIR", str(company.store()))
    assert works(server)


@linux
def test_a_bundle_stands_alone(
    server: TlsServer, company: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who names one has said whom to trust, and the system's store is not whom."""
    monkeypatch.setenv("SSL_CERT_DIR", str(company.store()))
    (tmp_path / "other").mkdir()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Authority(tmp_path / "other").bundle))
    refused(server)


def test_the_first_bundle_that_is_named_leads(
    server: TlsServer, company: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of requests; an empty variable names none."""
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other").bundle
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(company.bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    assert works(server)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    refused(server)


def test_no_library_adds_whom_it_trusts_itself(
    server: TlsServer, company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests would load certifi's list into our context."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with closing(Webex(server.base)) as webex:
        webex.check(TOKEN)
        adapter = session_of(webex).get_adapter(server.base)
        assert isinstance(adapter, TrustAdapter)
        assert len(adapter._ssl_context().get_ca_certs()) == 1


def test_a_certificate_of_an_unknown_issuer(server: TlsServer) -> None:
    """A hotel's portal, or an attacker."""
    refused(server)


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "webexapis.com"])
def test_a_certificate_of_another_name_is_refused(
    company: Authority, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """Whoever has signed it."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with TlsServer(company.certificate(host)) as server:
        refused(server)


@linux
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_DIR"])
def test_a_name_that_only_the_subject_has_is_refused(
    company: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Of a named bundle and of the system's store; no browser and no curl takes it."""
    place = company.bundle if variable == "REQUESTS_CA_BUNDLE" else company.store()
    monkeypatch.setenv(variable, str(place))
    with TlsServer(company.certificate("localhost", common_name=True)) as server:
        server.base = server.base.replace("127.0.0.1", "localhost")
        refused(server)


def test_a_certificate_that_has_ended_is_refused(
    company: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Yesterday."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with TlsServer(company.certificate(ended=True)) as server:
        refused(server)


def test_tls_before_1_2_is_refused(company: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8996."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    certificate = company.certificate()
    certificate.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1 is deprecated"):
        certificate.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        certificate.maximum_version = ssl.TLSVersion.TLSv1_1
    with TlsServer(certificate) as server:
        refused(server)


def test_no_switch_turns_the_checks_off(server: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither requests' own, nor Python's."""
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    with closing(Webex(server.base)) as webex:
        session_of(webex).verify = False
        with pytest.raises(Unreachable) as caught:
            webex.check(TOKEN)
    assert caught.value.failure is TransportFailure.TLS
    assert server.requests == []


def test_the_keys_of_a_connection_are_written_nowhere(
    server: TlsServer, company: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With SSLKEYLOGFILE, a recording of the traffic would reveal the tokens."""
    keys = tmp_path / "keys"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    assert works(server)
    assert not keys.exists()


# --- bundles with faults ----------------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_that_is_gone_is_named(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Companies set it, and upgrades remove the file."""
    monkeypatch.setenv(name, "/no/such/bundle.pem")
    expected = f"the CA bundle /no/such/bundle.pem, which {name} names, is not there"
    assert refused(server) == expected


@pytest.mark.parametrize("content", [b"", b"\0" * 99, b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_bundle_without_a_certificate_is_named(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    """A download that broke off."""
    bundle = tmp_path / "empty.pem"
    bundle.write_bytes(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    assert refused(server).endswith("names, holds no certificate that can be read")


@pytest.mark.posix
def test_a_bundle_that_cannot_be_read_is_named(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name below a file, where even root cannot look."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "file" / "bundle.pem"))
    assert refused(server).endswith("names, cannot be read: Not a directory")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_a_bundle_that_is_a_fifo_is_named_at_once(
    server: TlsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL would wait for a writer, and the answer was that Webex did not answer in time."""
    os.mkfifo(tmp_path / "bundle")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "bundle"))
    assert refused(server).endswith("names, is neither a file nor a folder")


def test_a_bundle_that_comes_back_is_used_without_a_restart(
    server: TlsServer, company: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that has changed, as soon as the connection has rested."""
    bundle = tmp_path / "bundle.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    (tmp_path / "other").mkdir()
    with closing(Webex(server.base, limits=RequestLimits(idle=-1))) as webex:
        with pytest.raises(Unreachable, match="is not there"):
            webex.check(TOKEN)
        bundle.write_bytes(company.bundle.read_bytes())
        assert webex.check(TOKEN).verdict is Verdict.WORKS
        bundle.write_bytes(Authority(tmp_path / "other").bundle.read_bytes())
        with pytest.raises(Unreachable) as caught:
            webex.check(TOKEN)
        assert caught.value.failure is TransportFailure.TLS


# --- through a proxy --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_https_goes_through_the_proxy_of_the_environment(
    server: TlsServer, company: Authority, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Which sees the host, and none of what is said."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with ConnectProxy() as proxy, closing(Webex(server.base)) as webex:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert webex.check(TOKEN).verdict is Verdict.WORKS
        assert webex.refresh("client-id", SECRET, TOKEN).access == Secret("a")
        assert webex.mint(APP, SECRET, TOKEN).access == Secret("a")
        assert proxy.tunnels == [f"127.0.0.1:{server.port}"]
        assert b"CANARY" not in b"".join(proxy.requests)
    assert len(server.requests) == 3


@pytest.mark.parametrize("exempt", ["127.0.0.1", "localhost,127.0.0.1", "127.0.0.0/8", "*"])
def test_a_host_that_is_exempt_is_asked_directly(
    server: TlsServer, company: Authority, monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    """NO_PROXY, in the forms that requests knows."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    with ConnectProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", exempt)
        assert works(server)
        assert proxy.requests == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_looks_into_tls_is_trusted_by_its_certificate_only(
    server: TlsServer, company: Authority, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """What comes out of the tunnel must be vouched for, whichever way the tunnel is reached."""
    with ExitStack() as stack:
        proxy = stack.enter_context(
            ConnectProxy(certificate=company.certificate() if scheme == "https" else None)
        )
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
        with closing(Webex(server.base)) as webex, pytest.raises(Unreachable) as caught:
            webex.check(TOKEN)
        assert caught.value.failure in {TransportFailure.TLS, TransportFailure.PROXY}
        assert server.requests == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
        assert works(server)


PASSWORD = "CANARY%2Fpass word".replace(" ", "%20")


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.usefixtures("clean_logging")
def test_a_proxy_s_password_is_in_no_log_and_no_message(
    server: TlsServer,
    company: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    known: bool,
) -> None:
    """With every library at its most talkative; it is sent to the proxy, and a wrong one is a
    proxy that does not let us through."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    folders = AppDirs.under(tmp_path / "ours")
    log.start(folders, debug=True)
    logging.getLogger().setLevel(logging.DEBUG)
    wanted = "me:CANARY/pass word" if known else "me:another"
    with ConnectProxy(wanted) as proxy:
        address = f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        if known:
            assert works(server)
        else:
            with closing(Webex(server.base)) as webex, pytest.raises(Unreachable) as caught:
                webex.check(TOKEN)
            assert caught.value.failure is TransportFailure.PROXY
            assert "CANARY" not in everything_shown(caught.value)
        # What a library might write one day.
        logging.getLogger("urllib3").debug("proxy %s", address)
        logging.getLogger("urllib3").debug("%s", proxy.requests[-1])
        assert len(proxy.requests) == 1
    told = folders.log_file.read_text()
    assert "Starting new HTTPS connection" in told
    assert "proxy http://me:" not in told
    assert "CANARY" not in told
    assert b"Basic" in proxy.requests[-1]
    assert proxy.requests[-1].split(b"Basic ")[1].split(b"\r\n")[0].decode() not in told


@pytest.mark.parametrize(
    "address", ["http://me:CANARYCANARY@[bad", "me:CANARYCANARY@:x:", "http://me:CANARYCANARY@"]
)
def test_a_proxy_s_address_that_is_none_is_not_quoted(
    server: TlsServer, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Libraries quote it in what they raise."""
    monkeypatch.setenv("HTTPS_PROXY", address)
    with closing(Webex(server.base)) as webex, pytest.raises(Unreachable) as caught:
        webex.check(TOKEN)
    assert "CANARY" not in everything_shown(caught.value)


@pytest.mark.parametrize("password", ["a", "secret7", ""])
def test_a_short_password_hides_no_other_words(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """Only if it follows its user name."""
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{password}@proxy:8080")
    redactor = Redactor()
    redactor.add(proxy_credentials())

    def shown(text: str) -> str:
        return redactor.format(logging.LogRecord("n", logging.INFO, "f", 1, text, (), None))

    assert shown("same: a secret7 a").endswith("same: a secret7 a")
    assert not password or f":{password}@" not in shown(f"to http://me:{password}@proxy:8080")


# --- the log ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("clean_logging")
def test_no_address_that_a_library_logs_holds_a_secret(
    server: TlsServer, company: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """urllib3 at DEBUG writes path and query of every request. None of the secrets is known to
    the redactor here: they are not there to be hidden."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.bundle))
    folders = AppDirs.under(tmp_path / "ours")
    log.start(folders, debug=True)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    with closing(Webex(server.base)) as webex:
        webex.check(TOKEN)
        webex.refresh("client-id", SECRET, TOKEN)
        webex.mint(APP, SECRET, TOKEN)
        server.answer = reply(400, b'{"error": "invalid_grant"}')
        with pytest.raises(Exception, match="invalid_grant"):
            webex.refresh("client-id", SECRET, TOKEN)
    told = folders.log_file.read_text()
    assert told.count("HTTP/1.1") >= 4, "urllib3 was heard"
    assert "/v1/applications/app-id/token" in told
    assert "CANARY" not in told
