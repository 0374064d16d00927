"""Set-up by a form: the answers, checked in a thread of their own, and what is wrong with them.

Secrets that were sent stay here until they are written; they are never sent back.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tray_app import bootstrap
from tray_app.config.parser import where_to_find
from tray_app.model.errors import Busy, ConfigError
from tray_app.model.secret import Secret
from tray_app.model.settings import SecretStore
from tray_app.model.setup import FILE_FIELD, METHOD_FIELD, Ending, Field, Form, FormGroup, Method
from tray_app.setup.answers import (
    APP_CLIENT,
    ENV_FILE,
    ORG,
    STORE,
    Answers,
    Group,
    is_required,
    is_secret,
    without_label,
)
from tray_app.setup.known_secrets import KnownSecrets
from tray_app.setup.verification import TIMEOUT, Answer, LiveVerifier
from tray_app.system.log import REDACTOR
from tray_app.text.hosts import host_notice
from tray_app.text.setup import as_sentence, full_label

if TYPE_CHECKING:
    from tray_app.bootstrap import ProfileContext
    from tray_app.config.draft import ConfigDraft
    from tray_app.model.credentials import Pair

log = logging.getLogger(__name__)

_IF_EMPTY = "; if empty, .env beside the config"


class Stage(Enum):
    """The stages of set-up."""

    LOOKING = auto()
    """Reading what is there already; the keyring may be asking to be unlocked."""
    CHECKING = auto()
    FORM = auto()
    SAVED = auto()
    """The config is written, or was left as it is."""


class _Opened(NamedTuple):
    draft: ConfigDraft
    known: KnownSecrets
    answers: Answers


class SetupSession:
    """Any thread may call its methods; all return at once, except `settle`."""

    def __init__(
        self, profile: ProfileContext, saved: Callable[[], None], here: Path | None = None
    ) -> None:
        """`saved` is called once the config is written; `here`: where there may be an `.env`, None
        for the working directory."""
        self._profile = profile
        self._saved = saved
        here = here or working_directory()
        self._here = here if (here / ".env").is_file() else profile.config_path.parent
        self._vault = bootstrap.vault(profile)
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._stage = Stage.LOOKING
        self._method = Method.INTEGRATION
        self._groups: tuple[tuple[Group, Method | None], ...] = ()
        self._texts: dict[str, str] = {}
        self._secrets: dict[str, Secret] = {}
        self._kept: dict[str, str] = {}
        self._variables: dict[str, str] = {}
        self._faults: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        self._others: tuple[str, ...] = ()
        self._without_keyring = self._uses_file = self._is_change = False
        self._shared: set[str] = set()
        """The fields that share the fault of the one before."""
        self._is_written = False
        """Whether the config was written, but not yet the tokens."""
        self._doubted: object = None
        self._notice = ""
        self._ending = Ending.UNCHANGED
        self._run(self._begin)

    @property
    def stage(self) -> Stage:
        """The current stage."""
        return self._stage

    @property
    def ending(self) -> Ending:
        """What has become of the answers once the stage is SAVED."""
        return self._ending

    def settle(self, seconds: float) -> None:
        """Block until nothing is being checked, for at most so many seconds."""
        self._settled.wait(seconds)

    def send(self, form: Mapping[str, Secret], *, anyway: bool = False) -> None:
        """Check the answers, and write them if nothing is wrong or odd. An empty secret means the
        one that was sent before. `anyway`: also write what was called odd the last time."""
        with self._lock:
            if self._stage is not Stage.FORM:
                return
            self._stage = Stage.CHECKING
            self._settled.clear()
            self._take(form)
            if not anyway:
                self._doubted = None
        self._run(self._check)

    def edit(self, notes: Mapping[str, str] = MappingProxyType({})) -> None:
        """Go back to the form after the config was written. `notes`: what is odd, by field."""
        self._look_again(Stage.SAVED, self._begin, notes)

    def cancel(self) -> None:
        """Leave the config as it is, if there is one; what was typed is forgotten."""
        if self._is_change:
            self._look_again(Stage.FORM, self._leave)

    def _look_again(
        self,
        stage: Stage,
        task: Callable[[], Stage],
        notes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        with self._lock:
            if self._stage is not stage:
                return
            self._stage = Stage.LOOKING
            self._notes, self._faults, self._doubted = dict(notes), {}, None
            self._groups = ()
            self._secrets.clear()
            self._settled.clear()
        self._run(task)

    def form(self) -> Form:
        """Return what the page shows."""
        with self._lock:
            groups = tuple(
                FormGroup(group.title, group.place, tuple(map(self._field, group.fields)), method)
                for group, method in self._groups
            )
            return Form(
                groups,
                self._method,
                self._others,
                offers_file=self._without_keyring,
                uses_file=self._uses_file,
                is_doubtful=self._doubted is not None,
                is_change=self._is_change,
                notice=self._notice,
            )

    def value(self, name: str) -> str:
        """Return what was answered; "" for a secret."""
        return self._texts.get(name, "")

    def close(self) -> None:
        """Forget everything; the keyring's thread ends."""
        self._secrets.clear()
        self._vault.close()

    def _field(self, name: str) -> Field:
        typed = "typed" if name in self._secrets else ""
        return Field(
            name,
            full_label(name),
            where_to_find(name) + (_IF_EMPTY if name == ENV_FILE else ""),
            self._texts.get(name, ""),
            typed or self._kept.get(name, ""),
            self._faults.get(name, ""),
            self._notes.get(name, ""),
            self._variables.get(name, ""),
            is_secret(name),
            is_required(name),
            name in self._shared,
        )

    def _take(self, form: Mapping[str, Secret]) -> None:
        for group, _ in self._groups:
            for name in group.fields:
                text = form[name].reveal() if name in form else ""
                given = Secret(without_label(name, text))
                if not is_secret(name):
                    self._texts[name] = given.reveal()
                elif given.reveal():
                    self._secrets[name] = given
                    REDACTOR.add([given])
        method = form[METHOD_FIELD].reveal() if METHOD_FIELD in form else ""
        self._method = Method(method) if method in set(Method) else self._method
        self._uses_file = self._without_keyring and FILE_FIELD in form

    # The thread "set-up check"

    def _run(self, task: Callable[[], Stage]) -> None:
        def run() -> None:
            stage = Stage.FORM
            try:
                stage = task()
            except ConfigError as error:
                self._others = tuple(f"{error.path}: {fault}" for fault in error.faults)
            except Exception:  # a boundary: the page says so
                log.exception("the answers could not be checked")
                self._others = ("This program failed while it checked the answers; see its log.",)
            if stage is Stage.SAVED and self._ending is not Ending.UNCHANGED:
                self._saved()  # first, so that nobody is shown the result of the old answers
            with self._lock:
                self._stage = stage
            self._settled.set()

        threading.Thread(target=run, name="set-up check", daemon=True).start()

    @contextmanager
    def _opened(self) -> Iterator[_Opened]:
        """Yield new ones: the file may have changed, and Webex may answer again."""
        draft = bootstrap.draft(self._profile)
        with closing(bootstrap.webex(self._profile, timeout=TIMEOUT)) as webex:
            known = KnownSecrets(draft, self._vault, webex.host)
            self._notice = host_notice(webex.host)
            folders = self._profile.folders
            answers = Answers(draft, known, LiveVerifier(webex), folders, self._here)
            yield _Opened(draft, known, answers)

    def _begin(self) -> Stage:
        """Look at what is there."""
        with self._opened() as (draft, known, answers):
            draft.check_writable()
            if draft.owner:  # what is typed here would be in it until it is moved out
                why = "belongs to another user; run webex-token-tray setup for it in a terminal"
                raise ConfigError(str(draft.path), (why,))
            groups = (
                (answers.app, None),
                (answers.renewal(Method.INTEGRATION), Method.INTEGRATION),
                (answers.renewal(Method.PERSONAL_TOKEN), Method.PERSONAL_TOKEN),
                (answers.renewal(Method.NOTHING), Method.NOTHING),
                (answers.env, None),
            )
            self._without_keyring = known.is_without_keyring()
            self._is_change = answers.is_change
            self._method = answers.method
            for name in (name for group, _ in groups for name in group.fields):
                self._variables[name] = answers.variable(name)
                if is_secret(name):
                    self._kept[name] = answers.current(name)
                else:
                    self._texts[name] = answers.prefilled(name)
        with self._lock:
            self._groups = tuple(each for each in groups if each[0].fields)
            self._others = ()
        return Stage.FORM

    def _leave(self) -> Stage:
        self._begin()
        self._ending = Ending.WITHOUT_TOKENS if self._is_written else Ending.UNCHANGED
        self._is_written = False
        return Stage.SAVED

    def _check(self) -> Stage:
        with self._opened() as (draft, _, answers):
            faults, notes = self._find_faults(answers)
            pair = answers.pair
        others = () if faults else draft.faults()
        content = (self._method, dict(self._texts), dict(self._secrets))
        is_fine = not (faults or others)
        is_agreed = is_fine and (not notes or self._doubted == content)
        with self._lock:
            self._faults, self._notes, self._others = faults, notes, others
            self._doubted = content if is_fine and not is_agreed else None
        if not is_agreed:
            return Stage.FORM
        if self._uses_file:
            draft.set(STORE, SecretStore.FILE)
        if draft.changes:
            draft.write()
            self._is_written = True
            log.info("set-up in the browser has written the config")
        if pair is not None and not self._hold(pair):
            return Stage.FORM
        ending = Ending.CHANGED if self._is_change else Ending.SET_UP
        self._ending = ending if self._is_written or pair else Ending.UNCHANGED
        self._is_written = False
        self._secrets.clear()
        self._notes = {}
        return Stage.SAVED

    def _hold(self, pair: Pair) -> bool:
        """Save the service app's tokens, then write `.env`, as another process would: the profile's
        own engine belongs to its worker. Raises ConfigError."""
        try:
            with closing(bootstrap.open_engine(self._profile)) as engine:
                engine.hold(pair)
        except Busy as error:
            self._others = (f"The tokens are not saved yet: {error}. Send them again.",)
            return False
        return True

    def _find_faults(self, answers: Answers) -> tuple[dict[str, str], dict[str, str]]:
        """Give the answers to the draft; returns what is wrong, and what is odd, by field."""
        faults: dict[str, str] = {}
        notes: dict[str, str] = {}
        shared: set[str] = set()
        for name in [name for group in answers.groups(self._method) for name in group.fields]:
            if not answers.variable(name) and (fault := self._give(answers, name)):
                faults[name] = f"It {fault}."
            fields = answers.checked_with(name)
            if not fields or any(each in faults for each in fields):
                continue
            finding = answers.check(name)
            if finding is None:
                continue
            if finding.answer is Answer.WRONG:
                faults |= dict.fromkeys(fields, as_sentence(finding.sentence))
                shared.update(fields[1:])
            elif finding.answer is Answer.OPEN and finding.sentence:
                notes[name] = as_sentence(finding.sentence)
        if any(is_secret(name) and not is_required(name) for name in faults):
            # Both tokens: to be left empty, or typed again.
            self._secrets = {name: s for name, s in self._secrets.items() if is_required(name)}
        for name in (APP_CLIENT, ORG):
            if name not in faults and (doubt := answers.doubt(name)):
                notes[name] = as_sentence(doubt)
        self._shared = shared
        return faults, notes

    def _give(self, answers: Answers, name: str) -> str:
        """Give one answer; returns what is wrong with it, "" if nothing is."""
        secret = self._secrets.get(name)
        text = secret.reveal() if secret else self._texts.get(name, "")
        if is_secret(name) and not text and answers.current(name):
            return ""
        text = text or answers.default(name)
        fault = answers.fault(name, text)
        if not fault:
            answers.give(name, text)
            if not is_secret(name):
                self._texts[name] = text
        return fault


def working_directory() -> Path:
    """Return the one that a person has chosen in a terminal; a desktop starts programs anywhere.
    The home, if it has been removed."""
    if sys.stdin is not None and sys.stdin.isatty():
        with suppress(FileNotFoundError):
            return Path.cwd()
    return Path.home()
