"""`.env`: whether it can be written, and whether all who read it read the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tray_app import wiring
from tray_app.adapters import files
from tray_app.adapters.env_readers import READERS, oddities
from tray_app.adapters.envfile import ACCESS, REFRESH
from tray_app.commands.checks.case import Configured
from tray_app.commands.checks.finding import Finding, fault, ok, warning
from tray_app.core.errors import EnvFileError

_REFRESH = "webex-token-tray refresh"


def env(known: Configured) -> Iterator[Finding]:
    """Whether it is there, can be read, and could be written."""
    path, real = known.env_file, Path(os.path.realpath(known.env_file))
    if not real.exists():
        folder = real.parent
        if not folder.is_dir():
            yield fault(
                "env", f"the folder of {path} is not there", "make it, or correct tray.envFile"
            )
        elif not os.access(folder, os.W_OK | os.X_OK):
            yield fault(
                "env", f"{path} cannot be made: {folder} is not writable", "make it writable"
            )
        else:
            yield warning("env", f"{path} is not there yet", _REFRESH)
        return
    if real.is_dir():
        yield fault("env", f"{path} is a directory", "move it away, or correct tray.envFile")
        return
    try:
        file = wiring.env_file(known.config)
        tokens, (refusal, _, remedy) = file.read(), file.refusal().partition("; ")
    except EnvFileError as error:
        yield fault("env", str(error), "make it a text file that you can read and write")
        return
    blocked = [place for place in (real, real.parent) if not os.access(place, os.W_OK)]
    if blocked:
        yield fault(
            "env", f"{path} cannot be written: {blocked[0]} is not writable", "make it writable"
        )
    elif refusal:
        yield fault("env", f"{path} gets no token: {refusal}", remedy)
    elif tokens.access is None:
        yield fault("env", f"{path} holds no token", _REFRESH)
    else:
        yield ok("env", f"{path} holds a token, and can be written")


def readers(known: Configured) -> Iterator[Finding]:
    """Whether python-dotenv, node, the shell, docker, systemd and plain scripts read the same."""
    try:
        text = files.read_small(known.env_file).decode("utf-8", "surrogateescape")
    except OSError:
        return  # told by `env`
    differing = [
        name
        for name, read in READERS.items()
        if any(read(text, key) != READERS["python-dotenv"](text, key) for key in (ACCESS, REFRESH))
    ]
    odd = list(oddities(text, (ACCESS, REFRESH)))
    if differing:
        yield warning(
            "readers",
            f"{', '.join(differing)} read another value than python-dotenv",
            f"{'; '.join(odd)}: write NAME=value, once and bare" if odd else "look at these lines",
        )
    elif odd:
        yield ok("readers", f"all read the same, though {'; '.join(odd)}")
    else:
        yield ok(
            "readers", "python-dotenv, node, the shell, docker, systemd and scripts read the same"
        )
