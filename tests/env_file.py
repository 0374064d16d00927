"""A `.env` as `tray.envFile` names one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tray_app.model.output import Output
from tray_app.model.ownership import Ownership
from tray_app.model.secret import Secret
from tray_app.storage.output_file import OutputFile


class EnvFile(OutputFile):
    def __init__(
        self,
        path: Path,
        config: Ownership | None = None,
        is_current: Callable[[Secret], bool] = lambda _: False,
    ) -> None:
        super().__init__(Output(str(path)), config, is_current)
