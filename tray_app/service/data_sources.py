"""The use cases of data sources: one extended, one ticked, the ticked ones kept alive."""

from __future__ import annotations

from collections.abc import Callable

from tray_app.config.file import ConfigFile
from tray_app.model.data_sources import Extension
from tray_app.model.health import Health
from tray_app.service.config_sync import ConfigSync
from tray_app.service.keep_alive import KeepAlive


class DataSources:
    """A part of the engine, to be used from its thread."""

    def __init__(
        self,
        config_file: ConfigFile,
        keeping: KeepAlive,
        intake: ConfigSync,
        *,
        prepare: Callable[[], None],
        conclude: Callable[[], Health],
        is_dead: Callable[[], bool],
    ) -> None:
        """The engine's own: `prepare` takes in an edited config, `conclude` judges and plans,
        `is_dead` says whether the token in `.env` is."""
        self._config_file = config_file
        self._keeping = keeping
        self._intake = intake
        self._prepare = prepare
        self._conclude = conclude
        self._is_dead = is_dead

    def due(self) -> bool:
        """Whether one is to be given a new token now by itself."""
        return not self._is_dead() and bool(self._keeping.due(self._intake.config.kept))

    def keep_alive(self) -> Health:
        """Give those that are due new tokens, a few at a time."""
        self._keeping.keep_alive(self._intake.config.kept)
        return self._conclude()

    def extend(self, source_id: str, minutes: int | None = None) -> Extension:
        """Give one a new token because a person asked; `judge` says what is so then.

        `minutes`: another life than before, 1 to 1440.
        """
        self._prepare()
        done = self._keeping.extend(source_id, minutes)
        self._conclude()
        return done

    def set_kept(self, source_id: str, *, on: bool) -> Health:
        """Have one kept alive from now on, or not. Raises ConfigError."""
        self._config_file.set_kept_data_source(source_id, on=on)
        self._keeping.forget(source_id)
        self._prepare()
        return self._conclude()
