"""Several configs of one service app and organization: an older token never displaces a newer."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest

from tests.profile import Profile
from tray_app.model.events import EventType
from tray_app.model.renewal import RenewalMethod
from tray_app.model.secret import Secret
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.sandbox.tokens import Pair
from tray_app.secrets.store import MemoryStore, Store
from tray_app.secrets.vault import Vault
from tray_app.service.engine import Engine
from tray_app.storage.format import Format
from tray_app.storage.token_facts import TokenFacts
from tray_app.system.dirs import AppDirs

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NEWS_OLDER = ".env: the token there is older than ours; put ours back."
NEWS_REPLACED = ".env: the token there has been replaced; put ours back."
NEWS_TAKEN = ".env: took over the token that another program wrote there."


@dataclass
class Checkout(Profile):
    """One of several folders with a config; store, database and locks are the user's."""

    home: Path = field(default_factory=Path)

    @property
    def folders(self) -> AppDirs:
        return AppDirs.under(self.home)


@dataclass
class Several:
    """The user, with as many checkouts as a test wants."""

    root: Path
    webex: Sandbox
    clock: ManualClock
    store: Store = field(default_factory=lambda: MemoryStore(durable=True))
    checkouts: dict[str, Checkout] = field(default_factory=dict)

    def checkout(self, name: str, pair: Pair | None = None) -> Pair:
        """A folder whose `.env` has a pair that is generated now, or this one."""
        folder = self.root / name
        folder.mkdir()
        made = Checkout(folder, self.webex, store=self.store, home=self.root)
        made.write_config()
        pair = pair or self.webex.issue_service_pair()
        made.write_env(pair.access, pair.refresh)
        self.checkouts[name] = made
        return pair

    @contextmanager
    def engine(self, name: str) -> Iterator[Engine]:
        with closing(self.checkouts[name].engine(self.clock)) as engine:
            yield engine

    def refresh(self, name: str) -> str | None:
        with self.engine(name) as engine:
            assert engine.refresh(by_hand=True).colour is Colour.GREEN
            assert engine.last_method is RenewalMethod.SERVICE_REFRESH
        return self.env(name)

    def check(self, name: str) -> tuple[str, ...]:
        """A check; the news about `.env`."""
        with self.engine(name) as engine:
            assert engine.poll().colour is Colour.GREEN
            return tuple(said for said in engine.drain_notices() if said.startswith(".env"))

    def env(self, name: str) -> str | None:
        return self.checkouts[name].env_access()

    def lose_database(self) -> None:
        for path in (self.root / "state").glob("journal.sqlite3*"):
            path.unlink()


@pytest.fixture
def several(tmp_path: Path, webex: Sandbox, clock: ManualClock) -> Several:
    webex.policy = RefreshPolicy.ROTATED
    return Several(tmp_path, webex, clock)


Losing = Callable[[Several], None]

with_and_without_database = pytest.mark.parametrize(
    "lose", [lambda _: None, Several.lose_database], ids=["database", "database-lost"]
)


@with_and_without_database
@pytest.mark.parametrize("order", list(permutations("ab")), ids="".join)
def test_an_old_checkout_does_not_displace_what_another_config_has_renewed(
    several: Several, order: tuple[str, ...], lose: Losing
) -> None:
    several.checkout("b")
    several.clock.advance(DAY)
    several.checkout("a")
    newer = several.refresh("a")
    lose(several)
    several.clock.advance(HOUR)
    said = {name: several.check(name) for name in order}
    assert said == {"a": (), "b": (NEWS_OLDER,)}
    assert several.env("a") == several.env("b") == newer
    assert several.check("a") == several.check("b") == ()


@with_and_without_database
@pytest.mark.parametrize("order", list(permutations("abc")), ids="".join)
def test_nor_do_two_old_ones(several: Several, order: tuple[str, ...], lose: Losing) -> None:
    several.checkout("c")
    several.clock.advance(DAY)
    several.checkout("b")
    several.clock.advance(DAY)
    several.checkout("a")
    newer = several.refresh("a")
    for name in order:
        lose(several)
        several.clock.advance(HOUR)
        several.check(name)
    assert {several.env(name) for name in order} == {newer}
    several.webex.revoke_service_access()
    for name in order:
        with several.engine(name) as engine:
            engine.poll()
            assert engine.refresh().colour is Colour.GREEN
    assert several.webex.reuses == 0


@with_and_without_database
def test_a_copy_that_keeps_its_time_is_known_as_old(several: Several, lose: Losing) -> None:
    """As by `cp -p`, of a file that was never looked at here."""
    several.checkout("a")
    several.checkout("elsewhere")
    several.clock.advance(DAY)
    newer = several.refresh("a")
    lose(several)
    shutil.copy2(several.checkouts["elsewhere"].env_path, several.checkouts["a"].env_path)
    several.clock.advance(HOUR)
    assert several.check("a") == (NEWS_OLDER,)
    assert several.env("a") == newer


@with_and_without_database
@pytest.mark.parametrize("renewals", [1, 5])
def test_a_replaced_token_is_known_whatever_the_time_of_its_file(
    several: Several, lose: Losing, renewals: int
) -> None:
    """As after `git checkout`, which gives the file the time of now."""
    old = several.checkout("a")
    newer: str | None = None
    for _ in range(renewals):
        several.clock.advance(DAY)
        newer = several.refresh("a")
    lose(several)
    several.clock.advance(HOUR)
    several.checkouts["a"].write_env(old.access, old.refresh)
    assert several.check("a") == (NEWS_REPLACED,)
    assert several.env("a") == newer
    several.webex.revoke_service_access()
    with several.engine("a") as engine:
        engine.poll()
        assert engine.refresh().colour is Colour.GREEN
        assert engine.last_method is RenewalMethod.SERVICE_REFRESH
    assert several.webex.reuses == 0


@with_and_without_database
def test_if_the_age_cannot_be_known_it_is_taken_over_once_and_never_swung_back(
    several: Several, lose: Losing
) -> None:
    """B's `.env` was written after A's renewal; nobody can say when its token was issued."""
    several.checkout("a")
    first = several.refresh("a")
    several.clock.advance(HOUR)
    other = several.checkout("b")
    assert several.check("b") == (NEWS_TAKEN,)
    lose(several)
    assert several.check("a") == (NEWS_REPLACED,)
    for name in "abab":
        several.clock.advance(HOUR / 6)  # or the token would be renewed, so that its end is known
        lose(several)
        assert several.check(name) == ()
    assert several.env("a") == several.env("b") == other.access != first


@with_and_without_database
def test_what_was_taken_over_is_not_displaced_by_what_was_old_before_it(
    several: Several, lose: Losing
) -> None:
    """C is older than A's renewal, and so than what was taken over after that."""
    several.checkout("c")
    several.clock.advance(DAY)
    several.checkout("a")
    several.refresh("a")
    several.clock.advance(HOUR)
    other = several.checkout("b")
    several.check("b")
    lose(several)
    assert several.check("c") == (NEWS_OLDER,)
    assert several.env("c") == other.access


def test_a_token_that_was_written_after_the_renewal_is_taken_over(several: Several) -> None:
    """As of the developer portal, pasted by a person."""
    several.checkout("a")
    several.refresh("a")
    several.clock.advance(timedelta(seconds=1))
    other = several.webex.issue_service_pair()
    several.checkouts["a"].write_env(other.access, other.refresh)
    assert several.check("a") == (NEWS_TAKEN,)
    assert several.env("a") == other.access


def test_a_pair_that_an_earlier_version_saved_has_its_age_in_the_database(
    several: Several,
) -> None:
    several.checkout("b")
    several.clock.advance(DAY)
    several.checkout("a")
    newer = several.refresh("a")
    for name in issue_entries(several):
        several.store.remove(name, prompt=False)
    several.clock.advance(HOUR)
    assert several.check("b") == (NEWS_OLDER,)
    assert several.env("b") == newer


@pytest.mark.parametrize("back", ["replaced", "never-seen"])
def test_after_a_crash_before_the_age_was_saved_nothing_old_comes_back(
    several: Several, back: str
) -> None:
    """The pair is saved first. With the database lost as well, the entry is of the pair before."""
    several.checkout("b")
    several.clock.advance(DAY)
    several.checkout("a")
    several.refresh("a")
    (name,) = issue_entries(several)
    before, env = several.store.get(name, prompt=False), several.checkouts["a"].env_path
    assert before is not None
    old = env.read_bytes()
    several.clock.advance(DAY)
    newer = several.refresh("a")
    several.store.set(name, before, prompt=False)
    several.lose_database()
    env.write_bytes(old)
    several.clock.advance(HOUR)
    checked = "a" if back == "replaced" else "b"
    assert several.check(checked) == (NEWS_REPLACED if back == "replaced" else NEWS_OLDER,)
    assert several.env(checked) == newer


def test_the_refresh_token_beside_one_judged_by_its_time_is_tried_if_ours_is_dead(
    several: Several,
) -> None:
    """A clock may have been wrong: what is written over is not thrown away."""
    several.checkout("b")
    several.clock.advance(DAY)
    several.checkout("a")
    several.refresh("a")
    ours = several.checkouts["a"].env_refresh()
    assert several.check("b") == (NEWS_OLDER,)
    assert ours is not None
    several.webex.revoke(ours)
    several.clock.advance(DAY)
    with several.engine("a") as engine:
        engine.poll()
        engine.refresh()
        engine.refresh(by_hand=True)
        assert engine.last_method is RenewalMethod.SERVICE_REFRESH
        assert engine.judge().colour is Colour.GREEN


@pytest.mark.parametrize("adoptions", [1, 2])
def test_a_refresh_token_that_a_taken_over_pair_displaced_comes_back_if_that_is_dead(
    several: Several, adoptions: int
) -> None:
    """A good access token with a dead refresh token stood in `.env`: ours, which worked, was
    thrown away, and nothing could renew."""
    several.checkout("a")
    several.refresh("a")
    env = several.checkouts["a"]
    ours = env.env_refresh()
    other = None
    for _ in range(adoptions):
        several.clock.advance(HOUR)
        other = several.webex.issue_service_pair()
        several.webex.revoke(other.refresh, keep_access=True)
        env.write_env(other.access, other.refresh)
        assert several.check("a") == (NEWS_TAKEN,)
        assert several.env("a") == other.access
    with several.engine("a") as engine:
        engine.refresh()
        assert engine.refresh().colour is Colour.GREEN
        assert engine.last_method is RenewalMethod.SERVICE_REFRESH
    assert other is not None
    assert env.env_refresh() not in (None, ours, other.refresh)


def test_once_the_taken_over_refresh_token_has_worked_ours_does_not_come_back(
    several: Several,
) -> None:
    """It was replaced by then, and presenting it may cost the whole family of tokens."""
    several.checkout("a")
    several.refresh("a")
    ours = Secret(several.checkouts["a"].env_refresh() or "")
    several.clock.advance(HOUR)
    other = several.webex.issue_service_pair()
    several.checkouts["a"].write_env(other.access, other.refresh)
    assert several.check("a") == (NEWS_TAKEN,)
    for is_old in (False, True):
        with closing(TokenFacts(several.checkouts["a"].folders.token_facts)) as facts:
            assert facts.is_superseded(ours) is is_old
        several.refresh("a")


def test_a_token_that_says_itself_when_it_was_issued_is_believed(several: Several) -> None:
    """A self-contained one (JWT), in a file with the time of now."""
    several.checkout("a")
    newer = several.refresh("a")
    issued = several.clock() - HOUR
    claims = json.dumps({"iat": int(issued.timestamp())}).encode()
    parts = [b'{"alg":"RS256"}', claims, b"signature"]
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    several.clock.advance(HOUR)
    several.checkouts["a"].write_env(token)
    assert several.check("a") == (NEWS_OLDER,)
    assert several.env("a") == newer


def test_while_another_program_writes_between_the_two_looks_its_pair_is_not_lost(
    several: Several, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file's time was read before its content: the time is old, the token is new."""
    several.checkout("b")
    several.clock.advance(DAY)
    several.checkout("a")
    several.refresh("a")
    several.clock.advance(HOUR)
    checkout, other = several.checkouts["b"], several.webex.issue_service_pair()
    with several.engine("b") as engine:
        env = engine._env_sync.outputs._env
        read = type(env)._read_bytes

        def written_just_now(_: object, form: Format) -> bytes | None:
            monkeypatch.undo()
            checkout.write_env(other.access, other.refresh)
            return read(env, form)

        monkeypatch.setattr(type(env), "_read_bytes", written_just_now)
        engine.poll()
    assert several.env("b") == other.access


def test_what_is_missing_is_moved_in_without_the_older_pair_of_the_other_store(
    several: Several, clock: ManualClock
) -> None:
    """One config says "keyring", another one of the same app "file"; the first lacks a secret."""
    checkout, file = several.checkouts, MemoryStore(durable=True)
    several.checkout("a")
    older = several.refresh("a")
    for name, value in held(several).items():
        file.set(name, value, prompt=False)
    several.clock.advance(DAY)
    newer = several.refresh("a")
    (secret,) = (name for name in held(several) if name.endswith("/secret"))
    several.store.remove(secret, prompt=False)
    profile = checkout["a"]
    tools = replace(profile.tools(clock), vault=Vault(several.store, file=file))
    with closing(Engine(tools)) as engine:
        found = engine.credentials().pair
    assert secret in held(several)
    assert newer not in (None, older)
    assert found is not None
    assert found.access.reveal() == newer


def held(several: Several) -> dict[str, str]:
    assert isinstance(several.store, MemoryStore)
    return several.store._secrets


def issue_entries(several: Several) -> list[str]:
    return [name for name in held(several) if name.endswith("/tokens/issued")]


def test_the_entry_fits_where_entries_are_small(several: Several) -> None:
    """Windows: 1280 UTF-16 units."""
    several.checkout("a")
    for _ in range(15):
        several.clock.advance(DAY)
        several.refresh("a")
    (name,) = issue_entries(several)
    entry = several.store.get(name, prompt=False) or ""
    assert len(json.loads(entry)["replaced"].split()) == 20
    assert len(entry.encode("utf-16-le")) <= 2 * 1280


# --- a newer pair in a file with an older time ------------------------------------------------


def paste(several: Several, pair: Pair) -> None:
    """Another program writes the pair into A's `.env`, as `rsync -t` and `cp -p` do."""
    env = several.checkouts["a"].env_path
    before = several.clock() - 30 * DAY
    several.checkouts["a"].write_env(pair.access, pair.refresh)
    os.utime(env, (before.timestamp(), before.timestamp()))


def checks(several: Several) -> int:
    return sum(request.kind is Kind.DATA_SOURCES for request in several.webex.requests)


@with_and_without_database
def test_a_newer_pair_in_an_old_file_is_taken_over_if_ours_is_dead(
    several: Several, lose: Losing
) -> None:
    """It was written over once by a dead token, and what reads `.env` failed meanwhile."""
    several.checkout("a")
    several.refresh("a")
    several.clock.advance(DAY)
    several.webex.revoke_service_access()
    newer = several.webex.issue_service_pair()
    paste(several, newer)
    lose(several)
    assert several.check("a") == (NEWS_TAKEN,)
    assert several.env("a") == newer.access
    assert EventType.WRITTEN_BACK not in events(several)


def test_while_webex_does_not_answer_nothing_is_written_over(several: Several) -> None:
    several.checkout("a")
    several.refresh("a")
    several.clock.advance(DAY)
    newer = several.webex.issue_service_pair()
    paste(several, newer)
    several.webex.faults.next(Kind.DATA_SOURCES, Fault.unavailable(503))
    with several.engine("a") as engine:
        engine.poll()
        assert several.env("a") == newer.access
    several.webex.faults.next(Kind.DATA_SOURCES, Fault.edited(lambda answer: answer))
    several.webex.faults.next(Kind.DATA_SOURCES, Fault.unavailable(503))  # about ours
    with several.engine("a") as engine:
        engine.poll()
    assert several.env("a") == newer.access


def test_if_both_work_ours_stays_and_webex_is_asked_once(several: Several) -> None:
    """The refresh token beside it is set aside, so neither is lost."""
    several.checkout("a")
    ours = several.refresh("a")
    several.clock.advance(DAY)
    newer = several.webex.issue_service_pair()
    paste(several, newer)
    before = checks(several)
    assert several.check("a") == (NEWS_OLDER,)
    assert several.env("a") == ours
    assert checks(several) == before + 3, "theirs, ours, and ours in .env"
    paste(several, newer)
    assert several.check("a") == (NEWS_REPLACED,)
    assert checks(several) == before + 4
    several.webex.revoke(several.checkouts["a"].env_refresh() or "")
    with several.engine("a") as engine:
        engine.refresh()
        engine.refresh(by_hand=True)
        assert engine.last_method is RenewalMethod.SERVICE_REFRESH


def test_a_command_that_looks_names_what_would_be_done(several: Several) -> None:
    several.checkout("a")
    several.refresh("a")
    several.clock.advance(DAY)
    several.webex.revoke_service_access()
    newer = several.webex.issue_service_pair()
    paste(several, newer)
    with several.engine("a") as engine:
        engine.poll(repair=False)
        assert "carries a token that is not held yet" in " ".join(engine.drain_notices())
    assert several.env("a") == newer.access


def events(several: Several) -> list[EventType]:
    with several.engine("a") as engine:
        return [event.event_type for event in engine.recent_events(50)]
