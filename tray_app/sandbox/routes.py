"""The routes: which path leads to which endpoint."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from tray_app.sandbox.accesstoken import AccessToken
from tray_app.sandbox.applications import Applications
from tray_app.sandbox.authorize import Authorize
from tray_app.sandbox.datasource_api import DataSourceApi
from tray_app.sandbox.errors import ApiError, OAuthError, wrapped
from tray_app.sandbox.pages import START, start_page
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.resources import Resources
from tray_app.sandbox.status_page import UNRESOLVED
from tray_app.sandbox.switches import ErrorShape
from tray_app.sandbox.traffic import TOKEN_ENDPOINT, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from werkzeug.routing import Map

    from tray_app.sandbox.webex import Webex


_ROUTES = (
    ("GET", "/v1/authorize", Kind.AUTHORIZE),
    ("POST", "/v1/authorize", Kind.DECISION),
    ("POST", "/v1/access_token", TOKEN_ENDPOINT),
    ("POST", "/v1/applications/<app_id>/token", Kind.MINT),
    ("GET", "/v1/people/me", Kind.PEOPLE_ME),
    ("GET", "/v1/authorizations/tokenExpiry", Kind.TOKEN_EXPIRY),
    ("GET", "/v1/dataSources/", Kind.DATA_SOURCES),
    ("POST", "/v1/dataSources/", Kind.DATA_SOURCE_CREATE),
    ("GET", "/v1/dataSources/<source_id>/", Kind.DATA_SOURCE),
    ("PUT", "/v1/dataSources/<source_id>/", Kind.DATA_SOURCE_UPDATE),
    ("DELETE", "/v1/dataSources/<source_id>/", Kind.DATA_SOURCE_DELETE),
    ("GET", "/v1/dataSources/schemas/", Kind.SCHEMAS),
    ("GET", "/v1/dataSources/schemas/<schema_id>/", Kind.SCHEMA),
    ("GET", "/", START),
    ("GET", f"/status/{UNRESOLVED}.json", UNRESOLVED),
    ("GET", "/idb/oauth2/v2/keys/verificationjwk", Kind.VERIFICATION_KEYS),
)


def application(webex: Webex, traffic: Traffic) -> Flask:
    """Return the WSGI application of this Webex."""
    app = Flask(__name__, static_folder=None)
    app.url_map = _url_map()
    app.before_request(traffic.arrive)
    app.after_request(traffic.leave)
    app.view_functions |= _views(webex)
    _add_error_handlers(app, webex)
    return app


@cache
def _url_map() -> Map:
    """The same for each Webex: to compile the routes takes longer than all else of a start."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False  # the slash of /dataSources/ is optional
    for method, path, endpoint in _ROUTES:
        app.add_url_rule(path, endpoint, methods=[method])
    return app.url_map


def _views(webex: Webex) -> dict[str, Callable[..., ResponseReturnValue]]:
    authorize, resources, sources = Authorize(webex), Resources(webex), DataSourceApi(webex)
    return {
        Kind.AUTHORIZE: authorize.get,
        Kind.DECISION: authorize.post,
        TOKEN_ENDPOINT: AccessToken(webex).post,
        Kind.MINT: Applications(webex).mint,
        Kind.PEOPLE_ME: resources.people_me,
        Kind.TOKEN_EXPIRY: resources.token_expiry,
        Kind.DATA_SOURCES: sources.list,
        Kind.DATA_SOURCE_CREATE: sources.post,
        Kind.DATA_SOURCE: sources.get,
        Kind.DATA_SOURCE_UPDATE: sources.put,
        Kind.DATA_SOURCE_DELETE: sources.delete,
        Kind.SCHEMAS: sources.schemas,
        Kind.SCHEMA: sources.schema,
        START: partial(start_page, webex),
        UNRESOLVED: webex.status_page.unresolved,
        Kind.VERIFICATION_KEYS: sources.verification_keys,
    }


def _add_error_handlers(app: Flask, webex: Webex) -> None:
    def refuse(error: ApiError) -> Response:
        if isinstance(error, OAuthError) and webex.switches.error_shape is ErrorShape.RFC6749:
            return error.rfc6749()
        return error.wrapped()

    def http_error(error: HTTPException) -> Response:
        return wrapped(error.code or 500, error.description or error.name)

    app.register_error_handler(ApiError, refuse)
    app.register_error_handler(HTTPException, http_error)
