"""B9: somebody else renews, reverts, deletes, truncates or garbles `.env` while the engine runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.conftest import Measure
from tests.faults.scene import NOON
from tests.faults.table import Bar, rounds
from tests.profile import COMMENT, OTHER, Profile, full_profile
from tray_app.model.renewal import RenewalMethod
from tray_app.model.secret import Secret
from tray_app.model.signs import Colour
from tray_app.sandbox.clock import ManualClock
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import RefreshPolicy
from tray_app.service.engine import Engine
from tray_app.webex.client import Webex

BAR = Bar("B9", ".env", least=rounds(22, 111))


@dataclass
class Guarded:
    """An engine that watches over a `.env`, where each renewal rotates the refresh token."""

    webex: Sandbox
    profile: Profile
    engine: Engine
    clock: ManualClock
    older: bytes

    def watch(self, renewals: int = 0) -> int:
        """Do what the worker does when it sees the file edited; returns how often until green.

        Never by a renewal: what is held still works, or what somebody else has renewed.
        """
        rows, spent = [], self.renewals()
        for times in range(1, 4):
            self.clock.advance(timedelta(seconds=40))
            rows.append(self.engine.poll().row)
            if self.engine.renewal_due():
                rows.append(self.engine.refresh().row)
            if rows[-1] == 11:
                assert self.renewals() == spent + renewals
                return times
        raise AssertionError(f"not repaired: rows {rows}")

    def renewals(self) -> int:
        """How often Webex was asked for a new token, by whomever."""
        return sum(seen.kind is not Kind.DATA_SOURCES for seen in self.webex.requests)

    def renewed_elsewhere(self) -> tuple[str, str]:
        """A pair that another program has got with the refresh token in `.env`."""
        app = self.webex.service_app
        with closing(Webex(self.webex.api_base, self.clock)) as other:
            refresh = Secret(self.profile.env_refresh() or "")
            grant = other.refresh(app.client_id, Secret(app.client_secret), refresh)
        assert grant.refresh is not None
        return grant.access.reveal(), grant.refresh.reveal()

    def verify_nothing_lost(self) -> None:
        """What `.env` carries works; when it dies, the refresh token that is held renews it."""
        assert self.profile.env_access() is not None
        raw = self.profile.env_path.read_bytes()
        self.webex.revoke_service_access()
        assert self.engine.poll().row == 4
        assert self.engine.refresh().row == 11
        assert self.engine.last_method is RenewalMethod.SERVICE_REFRESH
        assert self.webex.reuses == 0
        assert raw.count(b"WEBEX_SERVICE_APP_ACCESS_TOKEN=") == 1


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    clock = ManualClock(NOON)
    with Sandbox(clock=clock, policy=RefreshPolicy.ROTATED) as webex:
        profile = full_profile(tmp_path, webex)
        older = profile.env_path.read_bytes()
        engine = profile.engine(clock)
        assert engine.poll().row == 11
        engine.refresh(by_hand=True)
        yield Guarded(webex, profile, engine, clock, older)
        engine.close()


def renew(it: Guarded) -> None:
    it.profile.write_env(*it.renewed_elsewhere())


def renew_the_access_token_only(it: Guarded) -> None:
    it.profile.write_env(it.webex.issue_service_pair().access, it.profile.env_refresh())


def mint_anew(it: Guarded) -> None:
    pair = it.webex.issue_service_pair()
    it.profile.write_env(pair.access, pair.refresh)


def revert(it: Guarded) -> None:
    it.profile.env_path.write_bytes(it.older)


def delete(it: Guarded) -> None:
    it.profile.env_path.unlink()


def empty(it: Guarded) -> None:
    it.profile.env_path.write_bytes(b"")


def cut_in_half(it: Guarded) -> None:
    raw = it.profile.env_path.read_bytes()
    it.profile.env_path.write_bytes(raw[: raw.index(b"ACCESS_TOKEN=") + 40])


def garble(it: Guarded) -> None:
    it.profile.env_path.write_bytes(random.Random(7).randbytes(4000))


def garble_the_token(it: Guarded) -> None:
    raw = it.profile.env_path.read_bytes()
    it.profile.env_path.write_bytes(raw.replace(b"ACCESS_TOKEN=", b"ACCESS_TOKEN=x"))


def take_the_access_token_out(it: Guarded) -> None:
    it.profile.env_path.write_text(COMMENT + OTHER)


def put_quotes_around(it: Guarded) -> None:
    it.profile.write_env(f"'{it.profile.env_access()}'", f'"{it.profile.env_refresh()}"')


def write_the_pair_crosswise(it: Guarded) -> None:
    it.profile.write_env(it.profile.env_refresh() or "", it.profile.env_access())


def make_it_another_file(it: Guarded) -> None:
    it.profile.env_path.unlink()
    it.profile.env_path.symlink_to("another.env")


DEEDS: tuple[Callable[[Guarded], None], ...] = (
    renew,
    renew_the_access_token_only,
    mint_anew,
    revert,
    delete,
    empty,
    cut_in_half,
    garble,
    garble_the_token,
    take_the_access_token_out,
    put_quotes_around,
    write_the_pair_crosswise,
    make_it_another_file,
)


def by_name(deed: Callable[[Guarded], None]) -> str:
    return deed.__name__.replace("_", " ")


@pytest.mark.parametrize("deed", DEEDS, ids=by_name)
def test_what_somebody_else_does_to_env_costs_no_token(
    guarded: Guarded, figure: Measure, deed: Callable[[Guarded], None]
) -> None:
    """It is taken over where it is newer and works, and repaired where it is not."""
    deed(guarded)
    figure("polls until repaired", guarded.watch())
    guarded.verify_nothing_lost()


@pytest.mark.parametrize("deed", DEEDS, ids=by_name)
def test_what_is_done_while_webex_is_down_is_settled_afterwards(
    guarded: Guarded, figure: Measure, deed: Callable[[Guarded], None]
) -> None:
    """Until then nothing of it is thrown away."""
    deed(guarded)
    guarded.webex.go_down()
    for _ in range(3):
        guarded.clock.advance(timedelta(seconds=40))
        guarded.engine.poll()
    guarded.webex.come_back()
    guarded.clock.advance(timedelta(minutes=30))
    figure("polls until repaired", guarded.watch())
    guarded.verify_nothing_lost()


@pytest.mark.parametrize("seed", range(rounds(2, 40)))
def test_one_deed_after_the_other(guarded: Guarded, figure: Measure, seed: int) -> None:
    """In any order; a refresh token that was rotated out is never presented."""
    dice = random.Random(seed)
    for _ in range(12):
        dice.choice(DEEDS)(guarded)
        figure("polls until repaired", guarded.watch())
    guarded.verify_nothing_lost()


@pytest.mark.parametrize("ours_lives", [True, False], ids=["ours lives", "ours is dead too"])
def test_a_renewal_elsewhere_whose_access_token_is_dead_by_our_next_look(
    guarded: Guarded, ours_lives: bool
) -> None:
    """The refresh token in `.env` is the only one that lives; ours was rotated out by that."""
    access, refresh = guarded.renewed_elsewhere()
    guarded.profile.write_env(access, refresh)
    if ours_lives:
        guarded.webex.revoke(access)
    else:
        guarded.webex.revoke_service_access()
    guarded.watch(renewals=0 if ours_lives else 1)
    assert guarded.webex.reuses == 0
    guarded.verify_nothing_lost()


def test_a_refresh_token_that_turns_out_dead_gives_way_to_ours_again(guarded: Guarded) -> None:
    """Garbage of the right form beside a dead access token costs one request, and no token."""
    guarded.profile.write_env("dead" * 20, "never-issued" * 8)
    guarded.watch()
    guarded.webex.revoke_service_access()
    guarded.engine.poll()
    assert guarded.engine.refresh().colour is Colour.GREEN
    guarded.webex.revoke_personal()
    guarded.webex.revoke_service_access()
    guarded.engine.poll()
    guarded.engine.refresh()
    assert guarded.engine.judge().colour is Colour.GREEN
    assert guarded.webex.reuses == 0
