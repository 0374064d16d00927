"""Reads an HTTP request strictly (RFC 9112): anything malformed is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from tray_app.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_REQUEST_LINE = 16 * 1024
"""Bytes. A code has at most 4,096."""

MAX_HEADERS = 64 * 1024
"""Bytes. Browsers add the cookies of every program on localhost."""

MAX_HEADER_FIELDS = 100
MAX_FORM = 64 * 1024
"""Bytes of a form that was sent."""

MAX_FORM_FIELDS = 40
FORM_TYPE = "application/x-www-form-urlencoded"

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/([0-9]\.[0-9])\Z")
_FIELD_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_LENGTH = re.compile(r"[0-9]{1,9}\Z")
_OF_A_FORM = ("origin", "sec-fetch-site", "content-length", "content-type", "transfer-encoding")
_HEADERS = ("host", "cookie", *_OF_A_FORM)
_MALFORMED = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n|\Z)")


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A GET or a POST: `host` with its port, `path` as it was sent, `cookies` of all Cookie
    headers.

    `form`: the fields of a POST, None for a GET; `is_same_origin`: whether the browser says that a
    page of this host and port sent it.
    """

    host: str
    path: str
    query: str
    cookies: str
    form: Mapping[str, Secret] | None = None
    is_same_origin: bool = False


def read_request(
    received: bytes, hosts: Collection[str], *, forms: bool = False
) -> Request | HTTPStatus | None:
    """Read a GET on one of these hosts, strictly (RFC 9112); with `forms`, also a POST of a form.

    Returns None while it is incomplete, and a status if it must be refused. The body of a GET is
    never read, nor is a second request.
    """
    head, is_complete, body = received.partition(b"\r\n\r\n")
    line, has_line, fields = head.partition(b"\r\n")
    if len(line) > MAX_REQUEST_LINE:
        return HTTPStatus.REQUEST_URI_TOO_LONG
    if len(head) > MAX_HEADERS or fields.count(b"\n") >= MAX_HEADER_FIELDS:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    # Before the head is complete: clients of TLS or HTTP/0.9 would never send the rest.
    if _MALFORMED.search(head):
        return HTTPStatus.BAD_REQUEST
    if not (has_line or is_complete):
        return None
    first = _REQUEST_LINE.match(line)
    if first is None:
        return HTTPStatus.BAD_REQUEST
    if first[3] not in {b"1.0", b"1.1"}:
        return HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    if not is_complete:
        return None
    values = _header_values(fields)
    if values is None or len(values["host"]) != 1:  # RFC 9112 §3.2
        return HTTPStatus.BAD_REQUEST
    host = values["host"][0]
    if host not in hosts:  # DNS rebinding: a browser used the name of another site
        return HTTPStatus.MISDIRECTED_REQUEST
    if first[1] != b"GET" and not (forms and first[1] == b"POST"):
        return HTTPStatus.METHOD_NOT_ALLOWED
    path, _, query = first[2].decode("ascii").partition("?")
    cookies = "; ".join(values["cookie"])
    if first[1] == b"GET":
        return Request(host, path, query, cookies)
    form = _read_form(values, body)
    if form is None or isinstance(form, HTTPStatus):
        return form
    # Fetch metadata is sent by newer browsers only; Origin comes with every POST.
    same = values["origin"] == [f"http://{host}"] and values["sec-fetch-site"] in (
        [],
        ["same-origin"],
    )
    return Request(host, path, query, cookies, form, same)


def _read_form(
    values: Mapping[str, list[str]], body: bytes
) -> dict[str, Secret] | HTTPStatus | None:
    """The fields of a form; None while it is incomplete. No field may be there twice."""
    if values["transfer-encoding"]:
        return HTTPStatus.NOT_IMPLEMENTED
    if len(values["content-length"]) != 1:
        return HTTPStatus.LENGTH_REQUIRED
    length = values["content-length"][0]
    if not _LENGTH.match(length):
        return HTTPStatus.BAD_REQUEST
    if int(length) > MAX_FORM:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if [each.partition(";")[0].strip().lower() for each in values["content-type"]] != [FORM_TYPE]:
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    if len(body) < int(length):
        return None
    try:
        pairs = parse_qsl(
            body[: int(length)].decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=MAX_FORM_FIELDS,
            errors="strict",
        )
    except ValueError:
        return HTTPStatus.BAD_REQUEST
    fields = {name: Secret(text) for name, text in pairs}
    return fields if len(fields) == len(pairs) else HTTPStatus.BAD_REQUEST


def _header_values(lines: bytes) -> dict[str, list[str]] | None:
    """The values of the headers that are used here; None if a line is not a header."""
    values: dict[str, list[str]] = {name: [] for name in _HEADERS}
    for line in lines.split(b"\r\n") if lines else []:
        name, colon, value = line.partition(b":")
        if not colon or not _FIELD_NAME.match(name):  # a folded line, too (RFC 9112 §5.2)
            return None
        found = values.get(name.decode("ascii").lower())
        if found is not None:
            found.append(value.strip(b" \t").decode("latin-1"))
    return values
