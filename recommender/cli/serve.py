"""``footpath serve``: answer over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from platformdirs import user_cache_path

from recommender.cli.console import stderr
from recommender.cli.database import open_for_command
from recommender.errors import InvalidParameterError

if TYPE_CHECKING:
    from recommender.api.settings import LogFormat, Rate
    from recommender.serve import Nearest

logger = logging.getLogger(__name__)


def _rate(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Rate | None:
    if value is None:
        return None
    from recommender.api.settings import Rate

    rate: Rate = _usable(Rate.read, value)
    return rate


def _origins(
    _context: click.Context, _parameter: click.Parameter, values: Sequence[str]
) -> tuple[str, ...]:
    if not values:
        return ()
    from recommender.api.settings import read_origin

    return tuple(_usable(read_origin, value) for value in values)


def _usable(read: Any, value: str) -> Any:
    try:
        return read(value)
    except InvalidParameterError as error:
        raise click.BadParameter(str(error)) from error


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes, each with the model in memory.",
)
@click.option(
    "--nearest",
    default="auto",
    show_default=True,
    type=click.Choice(("auto", "exact")),
    help="How the nearest items are found: exact compares every pair, auto may use clusters.",
)
@click.option(
    "--cache",
    envvar="FOOTPATH_CACHE",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: user_cache_path("footpath", appauthor=False),
    show_default="the user's cache folder",
    help="Where vectors and lists of the nearest items are kept between starts.",
)
@click.option(
    "--exposure-log",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Append a JSON line for each list that a variant of an experiment answers.",
)
@click.option(
    "--without-keys",
    is_flag=True,
    help="Listen on an address that others can reach though there is no key. Keys that there are "
    "are asked for all the same.",
)
@click.option(
    "--rate-limit",
    metavar="RATE",
    callback=_rate,
    help="Most requests of one key, as 100/second, 600/minute or 5000/hour; by default no limit.",
)
@click.option(
    "--rate-limit-per-address",
    metavar="RATE",
    callback=_rate,
    help="Most requests of one address, keys or not; by default no limit.",
)
@click.option(
    "--trusted-proxies",
    metavar="N",
    default=0,
    show_default=True,
    type=click.IntRange(0, 10),
    help="Proxies in front, each of which adds to X-Forwarded-For; with 0 it is not believed.",
)
@click.option(
    "--cors-origin",
    "cors_origins",
    metavar="ORIGIN",
    multiple=True,
    callback=_origins,
    help="Let pages of this origin, as https://shop.example, ask from a browser; repeat for more.",
)
@click.option(
    "--log-format",
    default="text",
    show_default=True,
    type=click.Choice(("text", "json")),
    help="json: one object a line on standard error, and one for each request.",
)
def command(
    host: str,
    port: int,
    workers: int,
    nearest: Nearest,
    cache: Path,
    exposure_log: Path | None,
    without_keys: bool,
    rate_limit: Rate | None,
    rate_limit_per_address: Rate | None,
    trusted_proxies: int,
    cors_origins: tuple[str, ...],
    log_format: LogFormat,
) -> None:
    r"""Answer over HTTP from the active model, until Ctrl-C or SIGTERM.

    A newly activated model is picked up within about a second, without a restart. On SIGTERM the
    requests in flight are finished first. Only this machine can connect unless --host says
    otherwise, and then there must be a key (`footpath keys create`), which every request gives;
    --without-keys starts all the same, for a container whose port only this machine can reach.

    The first start with a version reads its vectors and works out the nearest items of each item;
    later ones map both from the cache, which workers share and which may be deleted at any time.

    \b
    Examples:
      footpath serve
      footpath serve --port 9000 --workers 4
      footpath keys create shop && footpath serve --host 0.0.0.0
      footpath serve --rate-limit 200/second --log-format json
      curl 'http://127.0.0.1:8000/v1/items/85123A/similar?k=5'
    """
    from recommender.api.logs import use_json_logs
    from recommender.api.server import check_address, check_is_local, free_port, run_server
    from recommender.api.settings import ApiSettings
    from recommender.exposures import check_file
    from recommender.keys import list_keys
    from recommender.serve import ArrayCache, ServingDisk, use_one_arena

    if log_format == "json":
        use_json_logs()
    if logging.getLogger().level > logging.INFO:
        logging.getLogger("recommender").setLevel(logging.INFO)  # the server's story is its output
    port = port or free_port(host)
    check_address(host, port)
    use_one_arena()
    # Refuse to start without a database; it is also started and migrated by this.
    with open_for_command() as database:
        if not without_keys and not list_keys(database):
            check_is_local(host)
    if exposure_log is not None:
        exposure_log = exposure_log.expanduser().absolute()
        check_file(exposure_log)
    if log_format == "text":
        print_addresses(host, port)
    else:
        logger.info("Listening on %s, port %d.", host, port)
    settings = ApiSettings(
        rate_limit, rate_limit_per_address, trusted_proxies, cors_origins, log_format
    )
    disk = ServingDisk(ArrayCache(cache.expanduser().absolute() / "serving"), nearest)
    run_server(
        host, port, n_workers=workers, disk=disk, settings=settings, exposure_log=exposure_log
    )


def print_addresses(host: str, port: int) -> None:
    """Tell where the API will be."""
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    stderr.print(f"[bold]Footpath API[/bold]   {base}/v1/items/<id>/similar")
    stderr.print(f"Documentation  {base}/docs")
    stderr.print(f"Explorer       {base}/explore")
    stderr.print("Stop it with Ctrl-C.")
