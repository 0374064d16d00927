"""Two configs and one `.env`: the second tray says whose it is, and ends."""

from __future__ import annotations

from tests.cli.conftest import Program, profile, program
from tests.e2e.program import Program as Running
from tests.profile import Profile
from tray_app.sandbox.server import Sandbox

__all__ = ["profile", "program"]


def test_a_second_config_s_tray_does_not_keep_the_same_env(
    program: Program, profile: Profile, webex: Sandbox
) -> None:
    """By exit code 3, naming both; with a `.env` of its own it would run."""
    second = profile.folder / "second.json"
    second.write_bytes(profile.config_path.read_bytes())
    start = program.command("tray", "--backend", "none", "--config")
    with Running([*start, str(profile.config_path)], program.environ) as first:
        first.expect("The token is kept alive all the same.")
        done = program("tray", "--backend", "none", "--config", str(second))
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr == (
            f"{profile.env_path} is kept already by the tray of {profile.config_path};"
            f" give {second} a .env of its own (tray.envFile).\n"
        )
        assert not second.read_text().count("@keyring"), "it has touched nothing"
