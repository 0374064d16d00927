"""`demo`: the tour, without a panel and without waiting."""

from __future__ import annotations

from tests.cli.conftest import Program


def test_the_tour_shows_every_rung_every_colour_and_ends_by_itself(program: Program) -> None:
    done = program("demo", "--once", "--pause", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 of 7 stages succeeded" in done.stdout
    for method in ("refresh token", "personal access token", "sign-in"):
        assert method in done.stdout
    for colour in ("green ", "amber ", "red "):
        assert colour in done.stdout


def test_it_leaves_the_person_s_own_files_alone(program: Program) -> None:
    before = (program.folder / ".env").read_bytes()
    program("demo", "--once", "--pause", "0")
    assert (program.folder / ".env").read_bytes() == before
    assert "keyring.json" not in {path.name for path in program.folder.parent.rglob("*")}
