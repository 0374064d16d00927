"""The routes: which path leads to which endpoint."""

from __future__ import annotations

from functools import partial
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
    from tray_app.sandbox.webex import Webex


def application(webex: Webex, traffic: Traffic) -> Flask:
    """Return the WSGI application of this Webex."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False  # the slash of /dataSources/ is optional
    app.before_request(traffic.arrive)
    app.after_request(traffic.leave)
    _add_endpoints(app, webex)
    _add_error_handlers(app, webex)
    return app


def _add_endpoints(app: Flask, webex: Webex) -> None:
    authorize = Authorize(webex)
    resources = Resources(webex)
    get, post, put, delete = ["GET"], ["POST"], ["PUT"], ["DELETE"]
    add = app.add_url_rule
    add("/v1/authorize", Kind.AUTHORIZE, authorize.get, methods=get)
    add("/v1/authorize", Kind.DECISION, authorize.post, methods=post)
    add("/v1/access_token", TOKEN_ENDPOINT, AccessToken(webex).post, methods=post)
    add("/v1/applications/<app_id>/token", Kind.MINT, Applications(webex).mint, methods=post)
    add("/v1/people/me", Kind.PEOPLE_ME, resources.people_me, methods=get)
    add("/v1/authorizations/tokenExpiry", Kind.TOKEN_EXPIRY, resources.token_expiry, methods=get)
    sources = DataSourceApi(webex)
    every, one = "/v1/dataSources/", "/v1/dataSources/<source_id>/"
    add(every, Kind.DATA_SOURCES, sources.list, methods=get)
    add(every, Kind.DATA_SOURCE_CREATE, sources.post, methods=post)
    add(one, Kind.DATA_SOURCE, sources.get, methods=get)
    add(one, Kind.DATA_SOURCE_UPDATE, sources.put, methods=put)
    add(one, Kind.DATA_SOURCE_DELETE, sources.delete, methods=delete)
    add(f"{every}schemas/", Kind.SCHEMAS, sources.schemas, methods=get)
    add(f"{every}schemas/<schema_id>/", Kind.SCHEMA, sources.schema, methods=get)
    add("/", START, partial(start_page, webex), methods=get)
    feed = f"/status/{UNRESOLVED}.json"
    add(feed, UNRESOLVED, webex.status_page.unresolved, methods=get)
    keys = "/idb/oauth2/v2/keys/verificationjwk"
    add(keys, Kind.VERIFICATION_KEYS, sources.verification_keys, methods=get)


def _add_error_handlers(app: Flask, webex: Webex) -> None:
    def refuse(error: ApiError) -> Response:
        if isinstance(error, OAuthError) and webex.switches.error_shape is ErrorShape.RFC6749:
            return error.rfc6749()
        return error.wrapped()

    def http_error(error: HTTPException) -> Response:
        return wrapped(error.code or 500, error.description or error.name)

    app.register_error_handler(ApiError, refuse)
    app.register_error_handler(HTTPException, http_error)
