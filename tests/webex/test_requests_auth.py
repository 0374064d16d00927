"""The `auth` for requests: who gets the token, and what is sent again after a 401."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tray_app.webex.requests_auth import TokenAuth

OLD, NEW = "old-token", "new-token"


class Server(ThreadingHTTPServer):
    """Answers 401 to all but the new token; `/away` leads to the same server by another name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[tuple[str, str | None, bytes]] = []
        self.refuses_all = False
        self.lock = threading.Lock()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while (size := int(self.rfile.readline(), 16)) > 0:
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = self.headers.get("Authorization")
        with self.server.lock:
            self.server.heard.append((self.path, sent, body))
        if self.path == "/away":
            self.send_response(307)
            self.send_header("Location", self.server.url("/there", "localhost"))
        else:
            accepted = sent == f"Bearer {NEW}" and not self.server.refuses_all
            self.send_response(200 if accepted else 401)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield made
        finally:
            made.shutdown()
            thread.join()


class Tokens:
    """What the auth is given; `renewals` counts how often another one was asked for."""

    def __init__(self, another: str | None = NEW) -> None:
        self.current, self._another, self.renewals = OLD, another, 0
        self._lock = threading.Lock()

    def token(self) -> str:
        return self.current

    def another(self, refused: str) -> str | None:
        with self._lock:
            if self.current == refused:
                self.renewals += 1
                self.current = self._another or self.current
            return None if self.current == refused else self.current


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def session(tokens: Tokens) -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        made.auth = TokenAuth(tokens.token, tokens.another)
        yield made


def sent(server: Server) -> list[str | None]:
    return [header for _, header, _ in server.heard]


def test_a_token_that_is_accepted_is_all_that_is_sent(
    session: requests.Session, server: Server, tokens: Tokens
) -> None:
    tokens.current = NEW
    assert session.get(server.url(), timeout=60).status_code == 200
    assert sent(server) == [f"Bearer {NEW}"]
    assert tokens.renewals == 0


def test_after_a_401_the_request_is_sent_once_more_with_another_token(
    session: requests.Session, server: Server
) -> None:
    answer = session.get(server.url("/a?b=c"), timeout=60)
    assert answer.status_code == 200
    assert [old.status_code for old in answer.history] == [401]
    assert answer.request.headers["Authorization"] == f"Bearer {NEW}"
    assert [(path, header) for path, header, _ in server.heard] == [
        ("/a?b=c", f"Bearer {OLD}"),
        ("/a?b=c", f"Bearer {NEW}"),
    ]


def test_a_second_401_is_the_answer(session: requests.Session, server: Server) -> None:
    server.refuses_all = True
    assert session.get(server.url(), timeout=60).status_code == 401
    assert len(server.heard) == 2


def test_without_another_token_the_401_is_the_answer(server: Server) -> None:
    tokens = Tokens(another=None)
    auth = TokenAuth(tokens.token, tokens.another)
    assert requests.get(server.url(), auth=auth, timeout=60).status_code == 401
    assert len(server.heard) == 1


@pytest.mark.parametrize(
    "data",
    [b"bytes", "text", {"form": "value"}, io.BytesIO(b"file")],
    ids=["bytes", "text", "form", "file"],
)
def test_the_body_is_sent_again_whole(
    session: requests.Session, server: Server, data: object
) -> None:
    answer = session.post(server.url(), data=data, timeout=60)  # type: ignore[arg-type]
    assert answer.status_code == 200
    (_, _, first), (_, _, second) = server.heard
    assert first == second != b""


def test_a_file_is_sent_again_from_where_it_was(session: requests.Session, server: Server) -> None:
    file = io.BytesIO(b"not this, but this")
    file.seek(10)
    assert session.post(server.url(), data=file, timeout=60).status_code == 200
    assert [body for _, _, body in server.heard] == [b"but this"] * 2


def test_a_body_that_comes_only_once_is_not_sent_again(
    session: requests.Session, server: Server, tokens: Tokens
) -> None:
    """Half a body would be worse than the 401; nothing is renewed for it either."""
    answer = session.post(server.url(), data=iter([b"one", b"two"]), timeout=60)
    assert answer.status_code == 401
    assert [body for _, _, body in server.heard] == [b"onetwo"]
    assert tokens.renewals == 0


def test_another_host_gets_no_token_neither_at_first_nor_after_its_401(
    session: requests.Session, server: Server, tokens: Tokens
) -> None:
    """requests drops the header if a redirect leaves the host; a 401 must not bring it back."""
    answer = session.get(server.url("/away"), timeout=60)
    assert answer.status_code == 401
    assert [(path, header) for path, header, _ in server.heard] == [
        ("/away", f"Bearer {OLD}"),
        ("/there", None),
    ]
    assert tokens.renewals == 0


def test_the_token_is_not_sent_in_the_open(session: requests.Session, tokens: Tokens) -> None:
    with pytest.raises(ValueError, match="by https only"):
        session.get("http://webexapis.com/v1/people/me", timeout=60)


def test_threads_whose_token_has_died_share_one_renewal(
    session: requests.Session, server: Server, tokens: Tokens
) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: session.get(server.url(), timeout=60).status_code, range(16))
        assert set(answers) == {200}
    assert tokens.renewals == 1


def test_a_streamed_answer_is_still_the_caller_s_to_read(
    session: requests.Session, server: Server
) -> None:
    with session.get(server.url(), timeout=60, stream=True) as answer:
        assert answer.raw.read() == b"ok"
