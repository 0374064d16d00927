"""`/v1/dataSources`: list, get, register, update, delete, schemas, and the key set."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from tray_app.sandbox.bearer import bearer
from tray_app.sandbox.datasources import (
    ACTIVE,
    DISABLED,
    LONGEST_LIFETIME,
    SCHEMAS,
    DataSource,
    Registration,
)
from tray_app.sandbox.errors import ApiError
from tray_app.sandbox.jws import signing_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tray_app.sandbox.webex import Webex

_READ, _WRITE = "spark-admin:datasource_read", "spark-admin:datasource_write"


class DataSourceApi:
    """The endpoints over `Webex.data_sources`.

    No document says which fields a PUT may leave out, so none may: a client that sends the whole
    object is right either way.
    """

    def __init__(self, webex: Webex) -> None:
        self._webex = webex

    def list(self) -> Response:
        """Return all of them."""
        bearer(self._webex.tokens, _READ)
        return jsonify(items=[self._json(source) for source in self._webex.data_sources])

    def get(self, source_id: str) -> Response:
        """Return one of them."""
        bearer(self._webex.tokens, _READ)
        return jsonify(self._json(_found(self._webex.data_sources.find(source_id))))

    def post(self) -> Response:
        """Register one, which is active at first."""
        person = bearer(self._webex.tokens, _WRITE).terms.person
        webex = self._webex
        least = webex.switches.shortest_data_source_minutes
        wanted = _registration(_json_body(), ACTIVE, least)
        source = webex.data_sources.register(webex.service_app.client_id, wanted, person)
        response = jsonify(self._json(source))
        response.status_code = webex.switches.data_source_created_status
        return response

    def put(self, source_id: str) -> Response:
        """Replace the whole registration of one."""
        bearer(self._webex.tokens, _WRITE)
        old = _found(self._webex.data_sources.find(source_id))
        sent = _json_body()
        status = str(sent.get("status") or old.registration.status)
        wanted = _registration(sent, status, self._webex.switches.shortest_data_source_minutes)
        return jsonify(self._json(_found(self._webex.data_sources.update(source_id, wanted))))

    def delete(self, source_id: str) -> Response:
        """Delete one: 204 without a body."""
        bearer(self._webex.tokens, _WRITE)
        if not self._webex.data_sources.delete(source_id):
            raise _not_found()
        return Response(status=204)

    def schemas(self) -> Response:
        """Return all schemas, for any live token."""
        bearer(self._webex.tokens)
        return jsonify(items=list(SCHEMAS))

    def schema(self, schema_id: str) -> Response:
        """Return one schema, for any live token."""
        bearer(self._webex.tokens)
        for schema in SCHEMAS:
            if schema["id"] == schema_id:
                return jsonify(schema)
        raise ApiError(404, "Schema not found.")

    def verification_keys(self) -> Response:
        """Return the public keys that verify a JWS; no token is needed."""
        return jsonify(keys=[signing_key().jwk()])

    def _json(self, source: DataSource) -> dict[str, str | int]:
        switches = self._webex.switches
        return source.as_json(lean=switches.lean_data_sources, naive=switches.naive_timestamps)


def _found(source: DataSource | None) -> DataSource:
    if source is None:
        raise _not_found()
    return source


def _not_found() -> ApiError:
    return ApiError(404, "Data source not found.")


def _json_body() -> Mapping[str, object]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise ApiError(400, "The request needs a JSON object.")
    return body


def _registration(sent: Mapping[str, object], status: str, least: int) -> Registration:
    schema_id = _text(sent, "schemaId")
    if schema_id not in {schema["id"] for schema in SCHEMAS}:
        raise ApiError(400, "schemaId is not a known schema")
    url = _text(sent, "url")
    if not urlsplit(url).scheme or not urlsplit(url).netloc:
        raise ApiError(400, "url is not valid")
    error_message = sent.get("errorMessage")
    error_message = error_message if isinstance(error_message, str) else ""
    if status not in {ACTIVE, DISABLED}:
        raise ApiError(400, "status must be active or disabled")
    if status == DISABLED and not error_message:
        raise ApiError(400, "errorMessage is required to disable a data source")
    return Registration(
        url=url,
        schema_id=schema_id,
        audience=_text(sent, "audience"),
        subject=_text(sent, "subject"),
        nonce=_text(sent, "nonce"),
        lifetime=_lifetime(sent.get("tokenLifetimeMinutes"), least),
        status=status,
        error_message=error_message if status == DISABLED else "",
    )


def _text(sent: Mapping[str, object], name: str) -> str:
    value = sent.get(name)
    if not isinstance(value, str) or not value:
        raise ApiError(400, f"{name} is required")
    return value


def _lifetime(minutes: object, least: int) -> timedelta:
    """`tokenLifetimeMinutes`: a number, at most a day; no document names the minimum."""
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise ApiError(400, "tokenLifetimeMinutes must be a number")
    if not least <= minutes <= LONGEST_LIFETIME // timedelta(minutes=1):
        raise ApiError(400, f"tokenLifetimeMinutes must be between {least} and 1440")
    return timedelta(minutes=minutes)
