"""B2: what happens on the way to the token endpoint: names, sockets, TLS, proxies, redirects."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.certificates import server_context
from tests.faults.conftest import Measure
from tests.faults.outcomes import Nothing, verify_nothing
from tests.faults.relay import Endpoint, Spoil
from tests.faults.scene import Scene, scene
from tests.faults.table import Bar, rounds
from tests.faults.token_answers import CONNECTION, DNS, ODD, PAGE, PROXY, TIMEOUT, TLS
from tests.raw_server import RawServer, reply
from tray_app.webex.client import RequestLimits

BAR = Bar("B2", "token endpoint", least=rounds(60, 163))

IMPATIENT = RequestLimits(connect=2.0, read=0.7, total=1.5)

ONE = Endpoint.RUNG_1


def reset(connection: socket.socket) -> None:
    """RST instead of FIN."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


def half(connection: socket.socket) -> None:
    """A body that breaks off."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"access_token": "abc"')


STRIKES: dict[str, tuple[Spoil, str]] = {
    "closed without a word": (Spoil(strike=lambda _: None), CONNECTION),
    "reset": (Spoil(strike=reset), CONNECTION),
    "a body that breaks off": (Spoil(strike=half), CONNECTION),
    "what is no HTTP": (Spoil(b"SSH-2.0-OpenSSH_9.2\r\n"), CONNECTION),
    "the reply is lost": (Spoil(edit=lambda _: b""), CONNECTION),
    "a captive portal": (Spoil(reply(200, PAGE, Content_Type="text/html")), ODD),
    "gzip that is none": (Spoil(reply(200, b"{}", Content_Encoding="gzip")), ODD),
}


@pytest.mark.parametrize(("spoil", "because"), STRIKES.values(), ids=STRIKES.keys())
def test_a_connection_that_fails(
    tmp_path: Path, figure: Measure, spoil: Spoil, because: str
) -> None:
    """The request has arrived; nothing follows from that."""
    with scene(tmp_path) as made:
        made.die()
        kept = made.kept()
        health = made.refresh_through(ONE, spoil)
        assert made.relay.asked == [ONE]
        verify_nothing(made, health, kept, Nothing(because), figure)


def drip(made: Scene, head: bytes) -> Spoil:
    """Each byte is in time, and all of them would take for ever."""

    def strike(connection: socket.socket) -> None:
        connection.sendall(head)
        while not made.relay.over.wait(0.05):
            connection.sendall(b"x")

    return Spoil(strike=strike)


def silent(made: Scene) -> None:
    """Nothing is said until the scene is over."""
    made.relay.over.wait(30)


SLOW: dict[str, Callable[[Scene], Spoil]] = {
    "no answer in time": lambda made: Spoil(strike=lambda _: silent(made)),
    "a dripping head": lambda made: drip(made, b"HTTP/1.1 200 OK\r\nX: "),
    "a dripping body": lambda made: drip(made, b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
}


@pytest.mark.parametrize("slow", SLOW.values(), ids=SLOW.keys())
def test_an_answer_that_takes_for_ever(
    tmp_path: Path, figure: Measure, slow: Callable[[Scene], Spoil]
) -> None:
    """It ends with our patience, and the next call has a connection of its own."""
    with scene(tmp_path, limits=IMPATIENT) as made:
        made.die()
        kept = made.kept()
        began = time.monotonic()
        health = made.refresh_through(ONE, slow(made))
        figure("longest wait for an answer", time.monotonic() - began, f"s of {IMPATIENT.total}")
        assert made.relay.asked == [ONE]
        verify_nothing(made, health, kept, Nothing(TIMEOUT), figure)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host(tmp_path: Path, figure: Measure, status: int) -> None:
    """A 307 would carry client secret and refresh token there: nobody even connects."""
    with scene(tmp_path) as made, RawServer() as other:
        made.die()
        kept = made.kept()
        away = reply(status, b"", Location=f"{other.base}/access_token")
        health = made.refresh_through(ONE, Spoil(away))
        assert other.connections == []
        assert made.relay.asked == [ONE]
        verify_nothing(made, health, kept, Nothing(ODD), figure)


# --- what happens before Webex hears of anything ------------------------------------------------


def verify_unheard(made: Scene, because: str, mend: Callable[[], None], figure: Measure) -> None:
    """The whole network fails, so that no endpoint hears anything, until it is mended."""
    kept = made.kept()
    made.forget_asked()
    health = made.engine.refresh()
    assert made.relay.asked == []
    verify_nothing(made, health, kept, Nothing(because), figure, mend=mend)
    assert made.relay.asked.count(ONE) == 1


def test_nobody_listens(tmp_path: Path, figure: Measure) -> None:
    """Connection refused."""
    with scene(tmp_path) as made:
        made.die()
        made.relay.refuse()
        verify_unheard(made, CONNECTION, made.relay.listen, figure)


def test_the_name_is_not_found(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network, most often."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with scene(tmp_path) as made:
        made.die()
        monkeypatch.setattr("socket.getaddrinfo", unknown)
        verify_unheard(made, DNS, monkeypatch.undo, figure)


def test_a_name_lookup_that_hangs(
    tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no timeout of its own."""
    with scene(tmp_path, limits=IMPATIENT) as made:
        made.die()
        over = made.relay.over
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: over.wait(30) and [])
        verify_unheard(made, TIMEOUT, monkeypatch.undo, figure)


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene over TLS, whose certificate is that of its name."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    context, bundle = server_context(tmp_path, "localhost")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with scene(tmp_path, tls=context, limits=RequestLimits(idle=-1)) as made:
        made.die()
        yield made


def test_a_certificate_of_another_name(
    secure: Scene, tmp_path: Path, figure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted, but not for this host: a portal, or somebody who listens."""
    ours = secure.relay.tls
    secure.relay.tls, bundle = server_context(tmp_path, "portal.hotel")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))

    def mend() -> None:
        secure.relay.tls = ours
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "localhost.pem"))

    verify_unheard(secure, TLS, mend, figure)


def test_a_certificate_that_nobody_vouches_for(
    secure: Scene, tmp_path: Path, figure: Measure
) -> None:
    """There is no switch to go on all the same."""
    ours = secure.relay.tls
    secure.relay.tls, _ = server_context(tmp_path, "portal.hotel")

    def mend() -> None:
        secure.relay.tls = ours

    verify_unheard(secure, TLS, mend, figure)


def test_a_bundle_of_certificates_that_is_gone(
    secure: Scene, tmp_path: Path, figure: Measure
) -> None:
    """Companies set it, and upgrades remove the file."""
    bundle = tmp_path / "localhost.pem"
    text = bundle.read_bytes()
    bundle.unlink()

    def mend() -> None:
        bundle.write_bytes(text)

    verify_unheard(secure, TLS, mend, figure)


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        (reply(407, b"", Proxy_Authenticate="Basic"), PROXY),
        (reply(502, PAGE), PROXY),
        (None, CONNECTION),
    ],
    ids=["407", "502", "no word"],
)
def test_a_proxy_that_does_not_let_us_through(
    secure: Scene,
    figure: Measure,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes | None,
    because: str,
) -> None:
    """It sees which host we want, and nothing else."""
    with RawServer() as proxy, ExitStack() as until_mended:
        proxy.answer = answer
        patch = until_mended.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        verify_unheard(secure, because, until_mended.close, figure)
        assert proxy.requests
        assert all(seen.startswith(b"CONNECT localhost:") for seen in proxy.requests)
        held = [secret.reveal().encode() for secret in secure.engine.credentials().secrets]
        assert not [seen for seen in proxy.requests if any(secret in seen for secret in held)]
