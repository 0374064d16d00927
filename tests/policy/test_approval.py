"""What approving a config means, and in which words it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tray_app.model.credentials import ServiceApp
from tray_app.model.output import Output, OutputFormat
from tray_app.model.ownership import Exposure, Kind, Ownership
from tray_app.model.settings import Config
from tray_app.policy.approval import (
    Approval,
    allow_command,
    chosen_by_caller,
    exchanged,
    exposed,
    import_exposed,
    not_approved,
    refused,
)

FILE = Ownership("/p/token-config.json", Kind.FILE, 1000, 1000, 0o600)
WANTED = Approval("/p/token-config.json", 1000, "app", "org", "/p/.env", ("make", "it so"))


CONFIG = Config(
    service_app=ServiceApp("app", "client", None, "org"),
    personal_access_token=None,
    integration=None,
    outputs=(Output("/p/.env"),),
    poll_seconds=300,
    on_token_change=("make", "it so"),
    written_by=FILE,
)


def test_it_is_the_owner_app_organization_env_file_and_commands() -> None:
    assert Approval.of("/p/token-config.json", CONFIG) == WANTED
    named = replace(CONFIG, outputs=(Output("/p/.env", access="A"),))
    assert Approval.of("/p/token-config.json", named) == replace(WANTED, outputs=named.outputs)
    nobody_looked = Approval.of("/p/token-config.json", replace(CONFIG, written_by=None))
    assert nobody_looked == replace(WANTED, owner=-1)
    both = replace(CONFIG, on_state_change=("mail", "me"))
    assert Approval.of("/p/token-config.json", both) == replace(
        WANTED, state_command=("mail", "me")
    )


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("owner", 1, "its owner"),
        ("app_id", "x", "serviceApp.appId"),
        ("organization", "x", "serviceApp.targetOrgId"),
        ("env_file", "x", "tray.envFile"),
        ("outputs", (Output("/p/.env", access="A"),), "tray.outputs"),
        ("command", (), "tray.onTokenChange"),
        ("state_command", ("x",), "tray.onStateChange"),
    ],
)
def test_what_differs_is_named_as_in_the_config(field: str, value: object, name: str) -> None:
    changes: dict[str, object] = {field: value}
    other = replace(WANTED, **changes)  # type: ignore[arg-type]
    assert WANTED.differs(other) == (name,)
    assert f"has changed since it was approved ({name})" in not_approved(WANTED, other)


def test_one_sentence_says_which_env_file_and_command_it_wants_and_what_helps() -> None:
    said = not_approved(WANTED, None)
    assert said == (
        "/p/token-config.json is not approved: it gets neither your keyring nor your secrets file,"
        " its command does not run. It wants to write tokens into /p/.env, and to run:"
        " make 'it so'. If you trust it: webex-token-tray allow /p/token-config.json"
    )
    assert replace(WANTED, command=()).wishes == "to write tokens into /p/.env"
    both = replace(WANTED, state_command=("mail", "me"))
    assert both.wishes == "to write tokens into /p/.env, and to run: make 'it so'; mail me"
    changed = not_approved(both, replace(WANTED, owner=1))
    assert "has changed since it was approved (its owner, tray.onStateChange): it gets" in changed
    assert "is not approved" in not_approved(WANTED, WANTED)  # though nothing has changed


def test_it_names_every_file_and_template() -> None:
    outputs = (Output("/p/.env"), Output("/p/a.conf", OutputFormat.TEMPLATE, "", "", "/p/a.in"))
    said = not_approved(replace(WANTED, outputs=outputs), None)
    assert "to write tokens into /p/.env, /p/a.conf (by the template /p/a.in), and to run" in said
    found = Exposure(FILE, "every user can write /p", "chmod go-w /p")
    assert import_exposed(
        "/p/c.json", replace(CONFIG, outputs=outputs, on_token_change=()), found
    ).startswith(
        "tray.outputs (/p/.env, /p/a.conf (by the template /p/a.in)) are left out, because others"
    )


def test_a_refusal_names_every_way_on() -> None:
    said = refused("/p/c.json", Exposure(FILE, "every user can write /p", "chmod go-w /p"))
    assert said == (
        "was only found here, and is not used, because every user can write /p: chmod go-w /p; or"
        " name it by --config; or webex-token-tray allow --shared /p/c.json"
    )
    said = refused("/p/c.json", Exposure(FILE, "/p belongs to another user (7)", ""))
    assert "(7): name it by --config; or" in said


def test_a_named_one_that_others_may_write_is_told_with_its_remedy() -> None:
    found = Exposure(FILE, "every user can write /p", "chmod go-w /p")
    said = "/p/c.json says where tokens are written, and every user can write /p"
    assert exposed("/p/c.json", found) == f"{said}: chmod go-w /p"
    assert exposed("/p/c.json", replace(found, remedy="")) == said


def test_a_command_that_is_not_imported_is_named_and_why() -> None:
    found = Exposure(FILE, "every user can write /p", "chmod go-w /p")
    why = "left out, because others can write /p/c.json: every user can write /p."
    assert import_exposed("/p/c.json", replace(CONFIG, on_state_change=("mail",)), found) == (
        f"tray.envFile (/p/.env) and tray.onTokenChange (make 'it so') and tray.onStateChange"
        f" (mail) are {why} Add what you want yourself"
    )
    assert import_exposed("/p/c.json", replace(CONFIG, on_token_change=()), found) == (
        f"tray.envFile (/p/.env) is {why} Add what you want yourself"
    )


def test_the_command_can_be_pasted_into_a_shell() -> None:
    assert allow_command("/a b/c.json") == "webex-token-tray allow '/a b/c.json'"


def test_one_that_sudo_s_caller_chose_names_its_owner_and_what_helps() -> None:
    said = chosen_by_caller(0)
    assert said.startswith("belongs to user 0, and was chosen by a list")
    assert said.endswith("Name it by --config, or run sudo -H")


def test_one_that_was_exchanged_names_both_owners_and_what_helps() -> None:
    assert exchanged("/p/c.json", 1000, 7) == (
        "belonged to user 1000 when it was used, and belongs to user 7 now: it is not used."
        " If you trust that user: webex-token-tray allow --shared /p/c.json"
    )
