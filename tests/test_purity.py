"""Rule 2: the core imports nothing but itself and an allow-list, and never reads the clock."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import tray_app

PACKAGE = Path(tray_app.__file__).parent
IMPURE_PAGES = {
    f"pages/{name}.py"
    for name in ("facts", "page_server", "server", "setup_server", "sign_in_server")
}
PURE = [
    path
    for name in ("model", "policy", "text", "pages")
    for path in (PACKAGE / name).rglob("*.py")
    if path.relative_to(PACKAGE).as_posix() not in IMPURE_PAGES
]
ALLOWED = {"__future__", "dataclasses", "enum", "typing", "datetime", "hashlib", "hmac", "base64"}
ALLOWED |= {
    "json",
    "re",
    "urllib.parse",
    "collections",
    "collections.abc",
    "html",
    "math",
    "shlex",
    "unicodedata",
}
CLOCKS = {"now", "utcnow", "today"}
OUTSIDE = {"open", "print", "input", "exec", "eval", "compile", "__import__"}


def impurities(source: str) -> list[str]:
    """What the source does that the core must not, each with its line."""
    return [
        f"{getattr(node, 'lineno', 0)}: {fault}"
        for node in ast.walk(ast.parse(source))
        for fault in _faults(node)
    ]


def _faults(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [f"imports {alias.name}" for alias in names if not _is_allowed(alias.name)]
        case ast.ImportFrom(module=module, level=level):
            name = "." * level + (module or "")
            return [] if _is_allowed(name) else [f"imports {name}"]
        case ast.Attribute(attr=name) if name in CLOCKS:
            return [f"reads the clock by {name}"]
        case ast.Name(id=name) if name in OUTSIDE:
            return [f"reaches outside by {name}"]
    return []


def _is_allowed(module: str) -> bool:
    return module in ALLOWED or f"{module}.".startswith(
        ("tray_app.model.", "tray_app.policy.", "tray_app.text.", "tray_app.pages.")
    )


@pytest.mark.parametrize("path", sorted(PURE), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_core_module_is_pure(path: Path) -> None:
    """Values in, decisions out."""
    assert impurities(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "import os.path",
        "import urllib.request",
        "import urllib",
        "from urllib import request",
        "import random as roll",
        "import datetime, sqlite3",
        "from pathlib import Path",
        "from requests import get",
        "from tray_app.storage import output_file as outputfile",
        "from tray_app import bootstrap as wiring",
        "import tray_app",
        "from tray_app.corelike import x",
        "from . import secret",
        "from .secret import Secret",
        "def f():\n    import socket",
        "if TYPE_CHECKING:\n    from tray_app.service.engine import Engine",
        "at = datetime.now(UTC)",
        "at = datetime.datetime.now(tz=None)",
        "at = datetime.utcnow()",
        "day = date.today()",
        "clock = datetime.now",
        "open('x')",
        "print('x')",
        "__import__('time').time()",
        "eval('1')",
    ],
)
def test_the_rule_finds_what_it_forbids(source: str) -> None:
    """Each of these would make the core depend on more than its arguments."""
    assert len(impurities(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations",
        "from collections.abc import Mapping",
        "from urllib.parse import urlsplit",
        "import hashlib, hmac, base64, json, re, math, enum, typing",
        "from tray_app.model.secret import Secret",
        "from tray_app.policy import organization",
        "import tray_app.model.health",
        "def judge(now): return now",
        "at = moment.astimezone(zone)",
    ],
)
def test_the_rule_lets_the_core_be(source: str) -> None:
    """What it may use, it may."""
    assert impurities(source) == []
