"""`data-sources`: listed, extended, ticked."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import Program
from tests.profile import Profile
from tray_app.sandbox.datasources import Registration
from tray_app.sandbox.faults import Fault
from tray_app.sandbox.recording import Kind
from tray_app.sandbox.server import Sandbox
from tray_app.sandbox.switches import Switches
from tray_app.text.data_sources import RIGHTS, UNSEEN

if TYPE_CHECKING:
    from tray_app.sandbox.datasources import DataSource

SCHEMA = "5397013b-7920-4ffc-807c-e8a3e0a18f43"


def register(webex: Sandbox, place: str, **changes: Any) -> DataSource:
    app = webex.service_app
    wanted = Registration(f"https://someone:hunter2@byods.example.com/{place}", **changes)
    return webex.data_sources.register(app.client_id, wanted, app.machine_account)


@pytest.fixture
def orders(webex: Sandbox) -> DataSource:
    return register(webex, "orders")


@pytest.fixture
def disabled(webex: Sandbox) -> DataSource:
    return register(webex, "old", status="disabled", error_message="moved away")


def jws(webex: Sandbox, source: DataSource) -> str:
    found = webex.data_sources.find(source.id)
    assert found is not None
    return found.jws


def listed(program: Program) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = json.loads(program("data-sources", "--json").stdout)
    return parsed


def test_each_is_listed_with_what_is_known_of_it(
    program: Program, orders: DataSource, disabled: DataSource
) -> None:
    """In lines for a person, without what may be a secret in an address."""
    done = program("data-sources")
    assert done.returncode == 0
    assert "byods.example.com/orders: live until " in done.stdout
    assert f"  id: {orders.id}\n" in done.stdout
    assert "  status: active\n  url: https://byods.example.com/orders\n" in done.stdout
    assert f"  schema: {SCHEMA}\n" in done.stdout
    assert "byods.example.com/old: disabled\n" in done.stdout
    assert "  disabled because: moved away" in done.stdout
    assert "hunter2" not in done.stdout
    assert orders.jws[:20] not in done.stdout


def test_json_has_every_field_and_null_for_what_is_not_told(
    program: Program, orders: DataSource
) -> None:
    (found,) = listed(program)
    assert found == {
        "id": orders.id,
        "name": "byods.example.com/orders",
        "status": "active",
        "url": "https://byods.example.com/orders",
        "schema_id": SCHEMA,
        "audience": "SandboxAudience",
        "subject": "callAudioData",
        "lifetime_minutes": 1440,
        "until": f"{orders.jws_expires_at:%Y-%m-%dT%H:%M:%SZ}",
        "ended": False,
        "kept": False,
        "listed": True,
        "mismatch": None,
        "error_message": None,
    }


def test_listing_takes_one_request(program: Program, webex: Sandbox, orders: DataSource) -> None:
    """The check's own."""
    program("data-sources", "--json")
    assert [request.kind for request in webex.requests] == [Kind.DATA_SOURCES]


def test_where_there_are_none_that_is_said(program: Program) -> None:
    done = program("data-sources")
    assert (done.returncode, done.stdout) == (0, "")
    assert "The service app has no data sources." in done.stderr
    assert program("data-sources", "--json").stdout == "[]\n"


def test_without_the_right_it_is_said_who_grants_it(
    program: Program, webex: Sandbox, profile: Profile
) -> None:
    """No fault: exit code 0."""
    webex.switches = Switches(service_scopes=frozenset())
    pair = webex.issue_service_pair()
    profile.write_env(pair.access, pair.refresh)
    done = program("data-sources")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{UNSEEN}. {RIGHTS}." in done.stderr
    assert "spark-admin:datasource_read" in done.stderr


def test_where_webex_does_not_answer_that_is_said(program: Program, webex: Sandbox) -> None:
    webex.go_down(Fault.dropped())
    done = program("data-sources")
    assert done.returncode == 1
    assert "Not known: Cannot check the token: Webex cannot be reached" in done.stderr


@pytest.mark.parametrize("named", ["whole", "beginning", "name"])
def test_one_is_extended_by_its_id_or_its_name(
    program: Program, webex: Sandbox, orders: DataSource, named: str
) -> None:
    names = {"whole": orders.id, "beginning": orders.id[:6], "name": "byods.example.com/orders"}
    done = program("data-sources", "extend", names[named])
    assert done.returncode == 0
    assert done.stdout.startswith("Data source byods.example.com/orders was extended until ")
    assert jws(webex, orders) != orders.jws


def test_another_life_may_be_named(program: Program, webex: Sandbox, orders: DataSource) -> None:
    done = program("data-sources", "extend", orders.id, "--minutes", "30")
    assert done.returncode == 0
    (found,) = listed(program)
    assert found["lifetime_minutes"] == 30


def test_a_life_that_webex_finds_too_short_is_refused_in_its_own_words(
    program: Program, webex: Sandbox, orders: DataSource
) -> None:
    """Its minimum is documented nowhere: ours refuses nothing that Webex may take."""
    program.as_tray()
    webex.switches = Switches(shortest_data_source_minutes=60)
    done = program("data-sources", "extend", orders.id, "--minutes", "59")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"Data source byods\.example\.com/orders was not extended: tokenLifetimeMinutes must be"
        r" between 60 and 1440 \(ROUTER_[0-9A-F-]+\)\.\n",
        done.stderr,
    )
    assert jws(webex, orders) == orders.jws
    assert program("data-sources", "extend", orders.id, "--minutes", "60").returncode == 0


def test_webex_s_words_are_printable_on_one_line_and_name_no_id_twice(
    program: Program, webex: Sandbox, orders: DataSource
) -> None:
    program.as_tray()
    said = {"message": "too\x1b[31m short\r\nROUTER_OURS ", "trackingId": "ROUTER_OURS"}
    webex.faults.next(f"*/dataSources/{orders.id}", Fault.reply(400, json.dumps(said)))
    done = program("data-sources", "extend", orders.id)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.count("ROUTER_OURS") == 1
    assert done.stderr.rstrip("\n").isprintable()
    assert "was not extended: too" in done.stderr


@pytest.mark.parametrize("minutes", ["0", "1441", "-5", "soon"])
def test_a_life_that_webex_does_not_allow_is_wrong_usage(
    program: Program, webex: Sandbox, orders: DataSource, minutes: str
) -> None:
    done = program("data-sources", "extend", orders.id, "--minutes", minutes)
    assert done.returncode == 64
    assert webex.requests == ()


def test_all_are_extended_but_the_disabled_ones(
    program: Program, webex: Sandbox, orders: DataSource, disabled: DataSource
) -> None:
    calls = register(webex, "calls")
    done = program("data-sources", "extend", "--all")
    assert done.returncode == 0
    assert done.stdout.count("was extended until") == 2
    assert jws(webex, orders) != orders.jws
    assert jws(webex, calls) != calls.jws
    assert webex.data_sources.find(disabled.id) == disabled


def test_a_disabled_one_is_refused_in_a_sentence(
    program: Program, webex: Sandbox, disabled: DataSource
) -> None:
    program.as_tray()
    done = program("data-sources", "extend", disabled.id)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(
        "Data source byods.example.com/old was not extended: it is disabled (moved away), and stays"
        " so; enable it at Webex first.\n"
    )
    assert webex.data_sources.find(disabled.id) == disabled


def test_one_failure_of_several_is_told_and_the_others_are_extended(
    program: Program, webex: Sandbox, orders: DataSource
) -> None:
    calls = register(webex, "calls")
    webex.faults.next(f"*/dataSources/{orders.id}", Fault.unavailable())
    done = program("data-sources", "extend", "--all")
    assert done.returncode == 1
    assert "orders was not extended: Webex answered with an error (HTTP 503, ROUTER_" in done.stderr
    assert "calls was extended until" in done.stdout
    assert jws(webex, calls) != calls.jws


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("extend",), "Name one data source by its ID, or all of them with --all."),
        (("extend", "x", "--all"), "Name one data source by its ID, or all of them with --all."),
        (("extend", "no-such"), "There is no data source 'no-such'; `data-sources` lists them."),
        (("keep", "no-such", "on"), "There is no data source 'no-such'"),
        (("keep",), "Missing argument 'ID'"),
        (("frobnicate",), "No such command 'frobnicate'"),
    ],
)
def test_what_is_not_meant_is_wrong_usage(
    program: Program, orders: DataSource, arguments: tuple[str, ...], said: str
) -> None:
    done = program("data-sources", *arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert said in done.stderr


def test_what_may_be_any_of_two_is_asked_for_by_its_whole_id(
    program: Program, webex: Sandbox
) -> None:
    app = webex.service_app
    for number in range(2):
        source = register(webex, f"place-{number}")
        webex.data_sources.delete(source.id)
        found = replace(source, id=f"abc-{number}")
        webex.data_sources._sources[found.id] = found
    assert app.client_id
    done = program("data-sources", "extend", "abc")
    assert done.returncode == 64
    assert "'abc' matches 2 data sources; use the whole id." in done.stderr


def test_a_tick_is_kept_in_the_config(
    program: Program, profile: Profile, orders: DataSource
) -> None:
    done = program("data-sources", "keep", orders.id[:8], "on")
    assert done.returncode == 0
    assert done.stdout == (
        "Data source byods.example.com/orders is kept alive while the tray runs.\n"
    )
    config = json.loads(profile.config_path.read_text())
    assert config["tray"]["keepAlive"] == [orders.id]
    assert "kept alive" in program("data-sources").stdout
    done = program("data-sources", "keep", orders.id, "off")
    assert done.stdout == "Data source byods.example.com/orders is no longer kept alive.\n"
    assert [found["kept"] for found in listed(program)] == [False]


def test_one_that_is_gone_can_be_unticked(
    program: Program, webex: Sandbox, profile: Profile, orders: DataSource
) -> None:
    """It is listed as long as it is ticked."""
    program("data-sources", "keep", orders.id, "on")
    webex.data_sources.delete(orders.id)
    assert program("data-sources").returncode == 1
    assert [found["listed"] for found in listed(program)] == [False]
    assert program("data-sources", "keep", orders.id, "off").returncode == 0
    assert json.loads(profile.config_path.read_text())["tray"]["keepAlive"] == []


def test_status_lists_them_as_links(program: Program, orders: DataSource) -> None:
    assert "Data source byods.example.com/orders  live until" in program("status").stdout
    found = json.loads(program("status", "--json").stdout)["links"][-1]
    assert (found["name"], found["state"], found["data_source"]) == (
        "data-source",
        "present",
        orders.id,
    )
