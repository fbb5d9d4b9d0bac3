"""``footpath db``: Footpath's own Neo4j."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import click

from graphdb import Neo4jSettings
from graphdb.embedded import (
    LOOPBACK,
    EmbeddedSettings,
    Home,
    ServerStatus,
    server_status,
    start_server,
    stop_server,
    tail_log,
)
from recommender.cli.console import json_option, print_json, stderr
from recommender.cli.database import jar_progress

HTTP_WAIT_S = 30.0


@click.group("db")
def command() -> None:
    r"""Start, stop and look at Footpath's own Neo4j.

    Every command starts it when it is needed, and it stops by itself when no client has been
    connected for 30 minutes, so there is seldom a need for this. With NEO4J_URI set, the other
    commands use that server and leave this one alone.

    \b
    Examples:
      footpath db browser              look at the graph in Neo4j Browser
      footpath db status --json        is it running, and where
      footpath db stop

    \b
    Environment:
      FOOTPATH_HOME           where its data are (default: the user's data folder)
      FOOTPATH_HEAP           memory for the Java heap, such as 2g (default: 1g)
      FOOTPATH_IDLE_MINUTES   minutes without a client before it stops (default: 30; 0: never)
      M2_REPO                 where its jars are kept (default: ~/.m2/repository)
      FOOTPATH_MAVEN_MIRROR   Maven mirror to fetch them from
    """


@command.command()
@json_option
def start(as_json: bool) -> None:
    r"""Start it, or find it running.

    \b
    Examples:
      footpath db start
      FOOTPATH_HEAP=2g FOOTPATH_IDLE_MINUTES=0 footpath db start
    """
    status, _ = _start()
    _print_status(status, as_json)


@command.command()
def stop() -> None:
    r"""Stop it, its data safe on disk.

    \b
    Example:
      footpath db stop
    """
    settings = EmbeddedSettings.from_environment(os.environ)
    if stop_server(settings, say=stderr.print):
        click.echo("Neo4j has stopped.")
    else:
        click.echo(f"No Neo4j runs in {settings.home}.")


@command.command()
@json_option
def status(as_json: bool) -> None:
    r"""Say whether it runs, and where.

    \b
    Examples:
      footpath db status
      footpath db status --json | jq -r .bolt_uri
    """
    _print_status(server_status(EmbeddedSettings.from_environment(os.environ)), as_json)


@command.command()
@click.option("--show-password", is_flag=True, help="Print the password, too.")
def browser(show_password: bool) -> None:
    r"""Print the address of Neo4j Browser and how to log in, starting Neo4j if need be.

    \b
    Examples:
      footpath db browser
      footpath db browser --show-password
    """
    print_browser(show_password=show_password)


@command.command()
@click.option(
    "-n", "--lines", default=50, show_default=True, type=click.IntRange(min=0), help="How many."
)
def logs(lines: int) -> None:
    r"""Print the last lines of its log.

    \b
    Example:
      footpath db logs --lines 200
    """
    home = Home(EmbeddedSettings.from_environment(os.environ).home)
    found = tail_log(home, lines)
    for line in found:
        click.echo(line)
    stderr.print(f"{home.log_file}{'' if found else ' is empty or not there yet'}", soft_wrap=True)


def print_browser(*, show_password: bool = False) -> None:
    """Print where Neo4j Browser is and how to log in; or which server ``NEO4J_URI`` names."""
    external = Neo4jSettings.from_environment(os.environ)
    if external is not None:
        click.echo(f"Neo4j           {external.uri}, which NEO4J_URI names, as {external.username}")
        click.echo("                (its Browser is at its own HTTP address, usually port 7474)")
        return
    status, connection = _start()
    _await_http(status)
    file = Home(status.home).password_file
    click.echo(f"Neo4j Browser   {status.browser_url}")
    click.echo(f"Connect URL     {status.bolt_uri}   (choose bolt:// where it offers neo4j://)")
    click.echo("Database user   neo4j")
    click.echo(f"Password        {connection.password if show_password else f'the text in {file}'}")
    if not show_password:
        click.echo("                (`footpath db browser --show-password` prints it)")


def _start() -> tuple[ServerStatus, Neo4jSettings]:
    settings = EmbeddedSettings.from_environment(os.environ)
    with jar_progress() as report:
        connection = start_server(settings, os.environ, progress=report, say=stderr.print)
    return server_status(settings), connection


def _await_http(status: ServerStatus) -> None:
    """Wait for the web server, which comes up about a second after the first query's answer."""
    end = time.monotonic() + HTTP_WAIT_S
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, status.http_port or 0)) == 0:
                return
        time.sleep(0.1)


def _print_status(status: ServerStatus, as_json: bool) -> None:
    if as_json:
        print_json(_as_json(status))
    elif not status.running:
        click.echo(f"No Neo4j runs in {status.home}.")
    else:
        idle = f"after {status.idle_minutes:g} minutes without a client"
        click.echo(f"Neo4j {status.version} runs as process {status.pid}.")
        click.echo(f"Bolt      {status.bolt_uri}")
        click.echo(f"Browser   {status.browser_url}   (`footpath db browser` says how to log in)")
        click.echo(f"Home      {status.home}")
        click.echo(f"Stops     {idle if status.idle_minutes else 'only by `footpath db stop`'}")


def _as_json(status: ServerStatus) -> dict[str, Any]:
    home = Home(status.home)
    return {
        "running": status.running,
        "pid": status.pid,
        "supervisor_pid": status.supervisor_pid,
        "version": status.version,
        "bolt_uri": status.bolt_uri,
        "browser_url": status.browser_url,
        "ports": {"bolt": status.bolt_port, "http": status.http_port} if status.running else None,
        "started_at": status.started_at,
        "idle_minutes": status.idle_minutes,
        "home": str(home.folder),
        "password_file": str(home.password_file),
        "log_file": str(home.log_file),
    }
