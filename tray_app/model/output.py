"""A file that gets the tokens, for programs that read them there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tray_app.model.variables import ACCESS, REFRESH


class OutputFormat(StrEnum):
    """How the tokens stand in the file."""

    DOTENV = "dotenv"
    """As variables; all other lines stay."""
    JSON = "json"
    """As strings, each at a JSON pointer (RFC 6901); all other values stay."""
    PLAIN = "plain"
    """The access token, and nothing else."""
    TEMPLATE = "template"
    """What a template makes of them."""


@dataclass(frozen=True, slots=True)
class Output:
    """One output. The first of a config is its `.env`: its token is the one that health measures.

    `file`, `template`: absolute paths, the latter "" without a template; `access`, `refresh`: the
    names of the variables, or the JSON pointers; "" if the format has none, or if the refresh token
    is not written.
    """

    file: str
    format: OutputFormat = OutputFormat.DOTENV
    access: str = ACCESS
    refresh: str = REFRESH
    template: str = ""

    @property
    def is_usual(self) -> bool:
        """Whether it is what `tray.envFile` is short for."""
        return self == Output(self.file)

    @property
    def key(self) -> str:
        """The key of the config that can name it."""
        return "tray.envFile" if self.is_usual else "tray.outputs"

    @property
    def paths(self) -> tuple[str, ...]:
        """The file, and its template if it has one."""
        return (self.file, self.template) if self.template else (self.file,)

    @property
    def writes_refresh(self) -> bool:
        """Whether the refresh token is written, too, as far as the config says."""
        return self.refresh != "" or self.format is OutputFormat.TEMPLATE
