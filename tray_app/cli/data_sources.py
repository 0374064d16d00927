"""`data-sources`: list them, extend one or all, keep one alive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from tray_app import bootstrap
from tray_app.cli.exit_codes import Exit, exit_code_for
from tray_app.cli.options import CommandList, profile_options, selected_profile
from tray_app.cli.output import echo, echo_lines
from tray_app.cli.status import print_notices
from tray_app.model.data_sources import WatchedDataSource
from tray_app.model.health import Health
from tray_app.model.printable import one_line
from tray_app.policy.data_source_records import MAX_MINUTES, MIN_MINUTES
from tray_app.policy.data_sources import chosen
from tray_app.text import health as health_text
from tray_app.text.data_sources import RIGHTS, UNSEEN, extension_outcome
from tray_app.text.report import iso, terminal_headline

if TYPE_CHECKING:
    from tray_app.service.engine import Engine


@click.group(name="data-sources", cls=CommandList, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON array, for programs.")
@profile_options
@click.pass_context
def data_sources(context: click.Context, *, as_json: bool) -> int | None:
    """List the service app's data sources (BYODS).

    It shows the status, schema, address and expiry of each.

    Exit code: as `status`.
    """
    if context.invoked_subcommand is not None:
        return None
    with _checked(context) as (_, health):
        sources = health.sources or ()
        if as_json:
            echo_lines(json.dumps([as_object(watched) for watched in sources], indent=2))
        elif sources:
            echo_lines("\n".join(as_text(watched, health) for watched in sources))
        _explain_empty_list(health)
        return exit_code_for(health.colour)


@data_sources.command()
@click.argument("source", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="Every one that is not disabled.")
@click.option(
    "--minutes",
    type=click.IntRange(MIN_MINUTES, MAX_MINUTES),
    help="A new lifetime of its token from now on.",
)
@profile_options
@click.pass_context
def extend(context: click.Context, *, source: str | None, every: bool, minutes: int | None) -> int:
    """Have Webex sign a new token for the data source ID, or for --all; nothing else changes.

    You may shorten ID, or use the name in the list.

    Exit code: 0 if each was extended, else at least 1.
    """
    if (source is None) is not every:
        raise click.UsageError("Name one data source by its ID, or all of them with --all.")
    with _checked(context) as (engine, health):
        _explain_empty_list(health)
        found = health.sources or ()
        wanted = [watched for watched in found if watched.is_open] if every else []
        if source is not None:
            wanted = [_named(source, found)]
        done = [engine.extend(watched.source.id, minutes) for watched in wanted]
        for each in done:
            echo(extension_outcome(each, datetime.now(UTC)), err=not each.succeeded)
        print_notices(engine)
        failed = not all(each.succeeded for each in done) or health.sources is None
        return max(exit_code_for(engine.judge().colour) if failed else Exit.GREEN, Exit(failed))


@data_sources.command()
@click.argument("source", metavar="ID")
@click.argument("what", type=click.Choice(["on", "off"]))
@profile_options
@click.pass_context
def keep(context: click.Context, *, source: str, what: str) -> int:
    """Let the tray and `watch` keep the data source ID alive, or not (tray.keepAlive).

    Exit code: 0.
    """
    with _checked(context) as (engine, health):
        watched = _named(source, health.sources or ())
        engine.set_kept(watched.source.id, on=what == "on")
        print_notices(engine)
    kept = "kept alive while the tray runs" if what == "on" else "no longer kept alive"
    echo(f"Data source {watched.name} is {kept}.")
    return Exit.GREEN


def as_text(watched: WatchedDataSource, health: Health) -> str:
    """Return a data source in lines for a person."""
    now, source = datetime.now(UTC), watched.source
    link = next(link for link in health.links if link.source_id == source.id)
    kept = ", kept alive" if watched.kept else ""
    lines = [f"{health_text.source_line(link, now)}{kept}", f"  id: {source.id}"]
    details = {
        "status": source.status,
        "url": source.shown_url,
        "schema": source.schema_id,
        "disabled because": source.error_message if source.is_disabled else "",
        "contradiction": watched.mismatch,
    }
    lines += [f"  {name}: {one_line(value)}" for name, value in details.items() if value]
    return "\n".join(lines)


def as_object(watched: WatchedDataSource) -> dict[str, Any]:
    """Return a data source for `--json`; null if Webex does not tell."""
    source, life = watched.source, watched.source.lifetime
    return {
        "id": source.id,
        "name": watched.name,
        "status": source.status or None,
        "url": source.shown_url or None,
        "schema_id": source.schema_id or None,
        "audience": source.audience or None,
        "subject": source.subject or None,
        "lifetime_minutes": round(life.total_seconds() / 60) if life else None,
        "until": iso(source.ends),
        "ended": watched.ended,
        "kept": watched.kept,
        "listed": not watched.gone,
        "mismatch": watched.mismatch or None,
        "error_message": source.error_message or None,
    }


@contextmanager
def _checked(context: click.Context) -> Iterator[tuple[Engine, Health]]:
    """Yield an engine that has just checked, which is what lists the data sources."""
    with closing(bootstrap.open_engine(selected_profile(context))) as engine:
        health = engine.poll()
        print_notices(engine)
        yield engine, health


def _named(text: str, sources: tuple[WatchedDataSource, ...]) -> WatchedDataSource:
    """The data source of this id, part of an id, or name. Raises click.UsageError."""
    found = chosen(text, sources)
    if len(found) == 1:
        return found[0]
    if found:
        raise click.UsageError(f"{text!r} matches {len(found)} data sources; use the whole id.")
    raise click.UsageError(f"There is no data source {text!r}; `data-sources` lists them.")


def _explain_empty_list(health: Health) -> None:
    """If nothing is listed, say on stderr why."""
    if health.sources is not None:
        if not health.sources:
            echo("The service app has no data sources.", err=True)
        return
    now = datetime.now(UTC)
    if health.lists_no_sources:
        echo(f"{UNSEEN}. {RIGHTS}.", err=True)
    else:
        echo(f"Not known: {terminal_headline(health, now)}", err=True)
