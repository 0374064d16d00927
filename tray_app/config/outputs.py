"""`tray.outputs` and its short form `tray.envFile`: which files get the tokens, and how."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tray_app.config.parser import ConfigReader
from tray_app.model.output import Output, OutputFormat
from tray_app.model.printable import printable
from tray_app.model.variables import ACCESS, REFRESH

_ENV_FILE, _OUTPUTS = "tray.envFile", "tray.outputs"
_KEYS = ("file", "format", "access", "refresh", "template")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_POINTER = re.compile(r"(?=.{1,256}\Z)(?:/(?:[^~/]|~[01])*)+\Z", re.DOTALL)
"""A JSON pointer (RFC 6901); the limit keeps numbers and nesting to what Python can read."""
_FORMATS = '"dotenv", "json", "plain" or "template"'


def read_outputs(fields: ConfigReader, path: Path) -> tuple[Output, ...]:
    """Return the outputs, the one that health measures first. `path`: of the config.

    Faults are added to `fields`; what is returned is then of no use.
    """
    items, env_file = fields.items(_OUTPUTS), fields.text(_ENV_FILE)
    if not items:
        return (Output(_path(fields, _ENV_FILE, env_file or ".env", path)),)
    if env_file is not None:
        fields.add_fault(
            _ENV_FILE, f"and {_OUTPUTS} cannot both be set: name that file first in {_OUTPUTS}"
        )
    found = tuple(
        _Entry(fields, f"{_OUTPUTS}[{at}]", item, path).output() for at, item in enumerate(items)
    )
    if found[0].format is OutputFormat.TEMPLATE:
        fields.add_fault(
            f"{_OUTPUTS}[0]",
            "cannot be a template, because its token is read again: put another output first",
        )
    files = [output.file for output in found]
    for at, output in enumerate(found):
        if output.file in files[:at]:
            fields.add_fault(
                f"{_OUTPUTS}[{at}].file", "is that of another output; each needs one of its own"
            )
        if output.template and output.template in files:
            fields.add_fault(f"{_OUTPUTS}[{at}].template", "is the file of an output")
    return found


def outputs_as_json(outputs: Sequence[Output]) -> list[dict[str, str]]:
    """Return the outputs as `tray.outputs` has them."""
    return [
        {key: value for key in _KEYS if (value := str(getattr(output, key)))} for output in outputs
    ]


def parsed_outputs(found: object) -> tuple[Output, ...]:
    """Return the outputs that `outputs_as_json` gave. Raises ValueError for anything else."""
    outputs = []
    for item in found if isinstance(found, list) else [None]:
        if not isinstance(item, dict) or not all(isinstance(item.get(k, ""), str) for k in _KEYS):
            raise ValueError("not a list of outputs")
        file, form, access, refresh, template = (item.get(key, "") for key in _KEYS)
        outputs.append(Output(file, OutputFormat(form), access, refresh, template))
    return tuple(outputs)


class _Entry:
    """One entry of the list."""

    def __init__(
        self, fields: ConfigReader, name: str, item: Mapping[str, object], path: Path
    ) -> None:
        self._fields, self._name, self._item, self._path = fields, name, item, path

    def output(self) -> Output:
        """Return the output, after noting its faults."""
        for key in self._item:
            if key not in _KEYS and key[:1].isalnum():
                self._fault(key, f"is not known; there are {', '.join(_KEYS)}")
        file, word = self._text("file"), self._text("format") or OutputFormat.DOTENV
        if file is None:
            self._fault("file", "is missing; name the file that gets the token")
        place = _path(self._fields, f"{self._name}.file", file or "", self._path)
        if word not in list(OutputFormat):  # what the other keys mean depends on it
            self._fault("format", f"must be {_FORMATS}")
            return Output(place)
        form = OutputFormat(word)
        return Output(place, form, *self._names(form), self._template(form))

    def _names(self, form: OutputFormat) -> tuple[str, str]:
        access, refresh = self._text("access"), self._text("refresh")
        if form in (OutputFormat.PLAIN, OutputFormat.TEMPLATE):
            for key in ("access", "refresh"):
                if key in self._item:
                    self._fault(key, f'has no meaning in the format "{form}"; remove it')
            return "", ""
        if form is OutputFormat.JSON:
            valid, kind = _POINTER, 'a JSON pointer, as "/webex/access_token"'
            if access is None:
                self._fault("access", f"is missing; name the place of the token by {kind}")
        else:
            valid, kind = _VARIABLE, 'the name of a variable, as "WEBEX_ACCESS_TOKEN"'
            if access is None:
                # Who names the access token's variable alone gets no refresh token into the file.
                access, refresh = ACCESS, refresh if "refresh" in self._item else REFRESH
        for key, value in (("access", access), ("refresh", refresh)):
            if value is not None and not (valid.match(value) and value.isprintable()):
                self._fault(key, f"must be {kind}")
        if access is not None and refresh is not None and _is_in(access, refresh, form):
            self._fault("refresh", "is the place of the access token; name another one")
        return access or "", refresh or ""

    def _template(self, form: OutputFormat) -> str:
        text = self._text("template")
        if form is not OutputFormat.TEMPLATE:
            if text is not None:
                self._fault("template", f'is for the format "{OutputFormat.TEMPLATE}" only')
            return ""
        if text is None:
            self._fault("template", "is missing; name the file with {{access_token}} in it")
            return ""
        return _path(self._fields, f"{self._name}.template", text, self._path)

    def _text(self, key: str) -> str | None:
        value = self._item.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self._fault(key, "must be a string in quotes")
            return None
        return value.strip() or None

    def _fault(self, key: str, sentence: str) -> None:
        self._fields.add_fault(f"{self._name}.{printable(key)}", sentence)


def _is_in(access: str, refresh: str, form: OutputFormat) -> bool:
    """Whether both are the same place, or one is in the other."""
    if form is OutputFormat.DOTENV:
        return access == refresh
    return f"{access}/".startswith(f"{refresh}/") or f"{refresh}/".startswith(f"{access}/")


def _path(fields: ConfigReader, name: str, text: str, config: Path) -> str:
    """The absolute path; a relative one starts at the config's folder."""
    if not text.isprintable():
        fields.add_fault(name, "holds a character that no path has")
        return ""
    here = config.absolute()
    found = os.path.normpath(here.parent / os.path.expanduser(text))  # noqa: PTH111 - never raises
    if found == os.path.normpath(here):
        fields.add_fault(name, "names the config itself; name the .env that your programs read")
    return found
