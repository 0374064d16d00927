"""What arrives at the callback's port, read strictly (RFC 9112): what is odd is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_LINE = 16 * 1024
"""Bytes of the request line: a code has at most 4,096."""

MOST_HEAD = 64 * 1024
"""Bytes of all headers. Many, since a browser adds the cookies of every program on localhost."""

MOST_FIELDS = 100

_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e]+) HTTP/([0-9]\.[0-9])\Z")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_ODD = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n|\Z)")


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A GET: `host` with its port, `path` as it came, `cookies` of all Cookie headers."""

    host: str
    path: str
    query: str
    cookies: str


def read_request(heard: bytes, hosts: Collection[str]) -> Request | HTTPStatus | None:
    """Return a GET on one of these hosts, or the status with which to refuse.

    None while more has to come. A body is never read: one request a connection, none needs it.
    """
    head, complete, _ = heard.partition(b"\r\n\r\n")
    line, ended, fields = head.partition(b"\r\n")
    if len(line) > MOST_LINE:
        return HTTPStatus.REQUEST_URI_TOO_LONG
    if len(head) > MOST_HEAD or fields.count(b"\n") >= MOST_FIELDS:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    # Before the head is whole: TLS or HTTP/0.9 would never send the rest.
    if _ODD.search(head):
        return HTTPStatus.BAD_REQUEST
    if not (ended or complete):
        return None
    first = _LINE.match(line)
    if first is None:
        return HTTPStatus.BAD_REQUEST
    if first[3] not in {b"1.0", b"1.1"}:
        return HTTPStatus.HTTP_VERSION_NOT_SUPPORTED
    if not complete:
        return None
    given = _fields(fields)
    if given is None or len(given["host"]) != 1:  # RFC 9112 §3.2
        return HTTPStatus.BAD_REQUEST
    # The name by which a browser came here: another one is DNS rebinding.
    host = given["host"][0]
    if host not in hosts:
        return HTTPStatus.MISDIRECTED_REQUEST
    if first[1] != b"GET":
        return HTTPStatus.METHOD_NOT_ALLOWED
    path, _, query = first[2].decode("ascii").partition("?")
    return Request(host, path, query, "; ".join(given["cookie"]))


def _fields(lines: bytes) -> dict[str, list[str]] | None:
    """The values of each header that is used here; None if a line is no header."""
    found: dict[str, list[str]] = {"host": [], "cookie": []}
    for field in lines.split(b"\r\n") if lines else []:
        name, colon, value = field.partition(b":")
        if not colon or not _NAME.match(name):  # a folded line, too (RFC 9112 §5.2)
            return None
        values = found.get(name.decode("ascii").lower())
        if values is not None:
            values.append(value.strip(b" \t").decode("latin-1"))
    return found
