"""A config that is complete, to be made incomplete; and what is found wrong with it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.samples import token
from tray_app.config.file import parse
from tray_app.model.errors import ConfigError
from tray_app.model.settings import Config

HERE = Path("/profiles/one/token-config.json")
CANARY = "CANARYcanary0123456789"


def api_id(kind: str) -> str:
    """An id as Webex makes them."""
    raw = base64.urlsafe_b64encode(f"ciscospark://us/{kind}/0123".encode())
    return raw.decode().rstrip("=")


def good(**changes: Any) -> dict[str, Any]:
    """A complete config; `changes` by dotted name with "__" for the dot, None removes."""
    config: dict[str, Any] = {
        "serviceApp": {
            "appId": api_id("APPLICATION"),
            "clientId": "C" + "1" * 64,
            "clientSecret": "a" * 64,
            "targetOrgId": api_id("ORGANIZATION"),
        },
        "tokenManager": {
            "personalAccessToken": token("p").reveal(),
            "integration": {
                "clientId": "C" + "2" * 64,
                "clientSecret": "b" * 64,
                "refreshToken": token("r").reveal(),
            },
        },
        "tray": {"envFile": ".env", "pollSeconds": 60},
    }
    for name, value in changes.items():
        *sections, last = name.split("__")
        section = config
        for part in sections:
            section = section[part]
        if value is None:
            del section[last]
        else:
            section[last] = value
    return config


def read(config: Any) -> Config:
    return parse(json.dumps(config).encode(), HERE)


def faults(raw: bytes) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse(raw, HERE)
    assert caught.value.path == str(HERE)
    assert str(caught.value) == f"{HERE}: " + "; ".join(caught.value.faults)
    assert caught.value.__cause__ is None, "an error of json holds the whole document"
    assert caught.value.__context__ is None
    return caught.value.faults
