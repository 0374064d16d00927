"""Pairs of tokens, and texts of `.env` with them."""

from __future__ import annotations

from pathlib import Path

from tests.env_file import EnvFile
from tests.samples import pair
from tray_app.model.variables import ACCESS, REFRESH

OLD, NEW = pair("or"), pair("nw")
A, R = NEW.access.reveal(), NEW.refresh.reveal() if NEW.refresh else ""


def filled(form: str) -> bytes:
    return form.format(ACCESS=ACCESS, REFRESH=REFRESH, A=A, R=R).encode()


def written(path: Path, before: bytes) -> bytes:
    path.write_bytes(before)
    EnvFile(path).write(NEW)
    return path.read_bytes()
