"""The outputs of one profile: `.env`, which is read and written, and those that follow it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tray_app.model.credentials import Pair
from tray_app.model.errors import EnvFileError
from tray_app.model.settings import Config
from tray_app.service.credentials import CredentialRepository
from tray_app.service.dependencies import Dependencies
from tray_app.storage.output_file import EnvTokens, OutputFile
from tray_app.storage.output_rule import lies_beside
from tray_app.system.config_commands import Change
from tray_app.system.file_probe import Signature, signature

log = logging.getLogger(__name__)

_PENDING = (
    "{} does not hold the token of .env yet; webex-token-tray refresh --if-due would write it there"
)


class Outputs:
    """The files that get the tokens. The first, `.env`, leads: its tokens are read; no token is
    taken over from the others.

    `tokens`: those in `.env`; `path`: of `.env`; `notices`: sentences about how the files were
    written that a person should read.
    """

    def __init__(
        self, tools: Dependencies, repository: CredentialRepository, config: Config
    ) -> None:
        self._tools = tools
        self._repository = repository
        self.tokens = EnvTokens(None, None)
        self.notices: list[str] = []
        self.read_fault = self._write_fault = ""
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Use the outputs that this config names."""
        self._command, self._written_by = config.on_token_change, config.written_by
        self._env, *others = (
            OutputFile(output, config.written_by, self._repository.is_current)
            for output in config.outputs
        )
        self._others, self.path = [_Follower(file) for file in others], self._env.path

    @property
    def fault(self) -> str:
        """Why `.env` cannot be read or written; "" if it can."""
        return self.read_fault or self._write_fault

    @property
    def others_fault(self) -> str:
        """Why one of the others does not hold the tokens, and how many more do not; "" if all do,
        as far as is known."""
        faults = [each.fault for each in self._others if each.fault]
        more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
        return faults[0] + more if faults else ""

    @property
    def keeps_refresh(self) -> bool:
        """Whether the refresh token is in `.env`, too, and read there."""
        return self._env.output.writes_refresh

    @property
    def seen(self) -> Signature:
        """The signature of `.env` as it was last read or written."""
        return self._env.seen

    @property
    def others_seen(self) -> Sequence[tuple[str, Signature]]:
        """The paths of the others and of their templates, with the signatures as last seen."""
        return [pair for each in self._others for pair in each.seen.items()]

    def is_env_edited(self) -> bool:
        """Whether another program has changed `.env` since we saw it."""
        return self._env.is_edited()

    def others_are_edited(self) -> bool:
        """Whether another program has changed another output or its template since we saw it."""
        return any(each.is_edited() for each in self._others)

    def read(self) -> None:
        """Read `.env` again."""
        try:
            self.tokens, self.read_fault = self._env.read(), ""
        except EnvFileError as error:
            self.tokens, self.read_fault = EnvTokens(None, None), str(error)

    def clear_write_fault(self) -> None:
        """`.env` holds what it should: what could not be written before does not matter."""
        self._write_fault = ""

    def write(self, pair: Pair) -> bool:
        """Put the pair into all outputs, then run the command, if an access token is new in one of
        them; False if `.env` refuses, which hinders no other."""
        before = self.tokens.access
        is_written = self._write_env(pair)
        is_new = is_written and before != pair.access
        if self.write_others(pair) or is_new:
            self.run_command()
        return is_written

    def write_others(self, pair: Pair) -> bool:
        """Put the pair into the others; whether its access token is new in one of them. The caller
        holds the locks."""
        is_new = True in [each.write(pair, self._expires_at(pair)) for each in self._others]
        self.notices += (said for each in self._others for said in each.file.drain_notices())
        return is_new

    def others_lack(self, pair: Pair) -> bool:
        """Find out whether one of the others lacks the pair, or cannot be used."""
        return True in [each.look(pair, self._expires_at(pair)) for each in self._others]

    def skip_others(self) -> None:
        """It is not known what the others should hold: their edits wait until it is."""
        for each in self._others:
            each.skip()

    def reserve(self) -> bool:
        """Make sure that `.env` takes a pair, before a token is spent for it; lasts until
        `release` or the next `write`. False if it does not: `fault` says why."""
        try:
            self._env.reserve()
        except EnvFileError as error:
            log.error("%s", error)
            self._write_fault = str(error)
            return False
        return True

    def release(self) -> None:
        """Give back what `reserve` has set aside and nothing has used."""
        self._env.release()

    def run_command(self) -> None:
        """Run `onTokenChange`. The process that writes or takes over does, under the lock, so that
        it runs once."""
        config = self._tools.config_file.path.absolute()
        self._tools.commands.schedule(Change(self._command, self.path, config, self._written_by))

    def is_out_of_bounds(self) -> bool:
        """Whether the config is not approved, and this `.env` is not its own: it lies outside the
        config's folder, or is a link. Tokens would get from one user's file into another's."""
        config = self._tools.config_file.path
        return self._tools.permissions.confined and not lies_beside(self.path, config)

    def _write_env(self, pair: Pair) -> bool:
        if self.is_out_of_bounds():
            self._write_fault = (
                f"{self.path} is a link, or outside the folder of its config, which is not"
                " approved (webex-token-tray allow)"
            )
            return False
        try:
            self._env.write(pair)
        except EnvFileError as error:
            log.error("%s", error)
            self._write_fault = str(error)
            return False
        self.notices += self._env.drain_notices()
        self.tokens = EnvTokens(pair.access, pair.refresh if self.keeps_refresh else None)
        self.read_fault = self._write_fault = ""
        return True

    def _expires_at(self, pair: Pair) -> datetime | None:
        life = self._tools.token_facts.lifespan(pair.access)
        return life.ends if life is not None else None


class _Follower:
    """An output after the first. `fault`: why it does not hold the tokens, "" if it does."""

    def __init__(self, file: OutputFile) -> None:
        self.file = file
        self.fault = ""
        self.seen: dict[str, Signature] = {}
        self._held: tuple[Pair, datetime | None] | None = None
        """What it held at the last look; None if it lacked something or was not looked at."""

    def is_edited(self) -> bool:
        return any(signature(Path(path)) != seen for path, seen in self.seen.items())

    def skip(self) -> None:
        if self.is_edited():
            self._note_seen()
            self._held = None

    def look(self, pair: Pair, expires_at: datetime | None) -> bool:
        """Whether it lacks something. The file is read if anything has changed since."""
        if self._held == (pair, expires_at) and not self.is_edited():
            return False
        try:
            self._note_seen()
            lacks, self.fault = self.file.lacks(pair, expires_at), ""
        except EnvFileError as error:
            lacks, self.fault = True, str(error)
        self._held = None if lacks else (pair, expires_at)
        self.fault = self.fault or (_PENDING.format(self.file.path) if lacks else "")
        return lacks

    def write(self, pair: Pair, expires_at: datetime | None) -> bool:
        """Write what it lacks; whether it got another access token."""
        before = self.fault
        if not self.look(pair, expires_at):
            return False
        try:
            is_new = not self.file.holds(pair.access)
            self.file.write(pair, expires_at)
        except EnvFileError as error:
            self.fault = str(error)
            if self.fault != before:
                log.error("%s", error)
            return False
        log.info("%s: wrote %s", self.file.path, pair.access.fingerprint)
        self._note_seen()
        # It is read at the next look: another program may have edited it just now.
        self._held, self.fault = None, ""
        return is_new

    def _note_seen(self) -> None:
        self.seen = {path: signature(Path(path)) for path in self.file.output.paths}
