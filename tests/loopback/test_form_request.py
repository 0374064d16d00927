"""A form that a browser sends: read strictly, and never without its length."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from tray_app.loopback.request import MAX_FORM, Request, read_request
from tray_app.model.secret import Secret

HOST = "127.0.0.1:8123"
FIELDS = (
    f"Host: {HOST}",
    f"Origin: http://{HOST}",
    "Content-Type: application/x-www-form-urlencoded",
)


def post(body: str, *fields: str, length: str | None = None) -> bytes:
    size = f"Content-Length: {len(body) if length is None else length}"
    given = fields or FIELDS
    return "\r\n".join(("POST /set-up/key HTTP/1.1", *given, size, "", body)).encode()


def read(received: bytes) -> Request | HTTPStatus | None:
    return read_request(received, {HOST}, forms=True)


def test_the_fields_come_as_secrets_and_no_repr_shows_them() -> None:
    request = read(post("a=one+two&b=%C3%A9%26&c="))
    assert isinstance(request, Request)
    assert request.form == {"a": Secret("one two"), "b": Secret("é&"), "c": Secret("")}
    assert request.is_same_origin
    assert "one" not in repr(request.form)


def test_it_waits_for_the_whole_body() -> None:
    whole = post("a=123456")
    assert read(whole[:-1]) is None
    assert isinstance(read(whole + b"&b=more"), Request)


def test_without_forms_it_is_refused_as_before() -> None:
    assert read_request(post("a=1"), {HOST}) is HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize(
    ("received", "status"),
    [
        (post("a=1", *FIELDS, "Transfer-Encoding: chunked"), HTTPStatus.NOT_IMPLEMENTED),
        (post("a=1", *FIELDS, "Content-Length: 3"), HTTPStatus.LENGTH_REQUIRED),
        (post("a=1").replace(b"Content-Length: 3\r\n", b""), HTTPStatus.LENGTH_REQUIRED),
        (post("a=1", length="+3"), HTTPStatus.BAD_REQUEST),
        (post("a=1", length=str(MAX_FORM + 1)), HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (post("a=1", *FIELDS[:2], "Content-Type: text/plain"), HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (post("a=1", *FIELDS[:2]), HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        (post("a=1&a=2"), HTTPStatus.BAD_REQUEST),
        (post("a"), HTTPStatus.BAD_REQUEST),
        (post("a=%ff"), HTTPStatus.BAD_REQUEST),
        (post("&".join(f"f{n}=1" for n in range(41))), HTTPStatus.BAD_REQUEST),
        (post("a=1").replace(b"POST", b"PUT"), HTTPStatus.METHOD_NOT_ALLOWED),
    ],
)
def test_anything_else_is_refused(received: bytes, status: HTTPStatus) -> None:
    assert read(received) is status


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ("Origin: null",),
        ("Origin: http://127.0.0.1:8124",),
        ("Origin: https://127.0.0.1:8123",),
        (f"Origin: http://{HOST}", f"Origin: http://{HOST}"),
        (f"Origin: http://{HOST}", "Sec-Fetch-Site: cross-site"),
        (f"Origin: http://{HOST}", "Sec-Fetch-Site: same-site"),
    ],
)
def test_what_another_page_sends_is_not_of_the_same_origin(fields: tuple[str, ...]) -> None:
    request = read(post("a=1", FIELDS[0], *fields, FIELDS[2]))
    assert isinstance(request, Request)
    assert not request.is_same_origin
