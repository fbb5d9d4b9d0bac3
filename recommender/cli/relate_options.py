"""The options of relating, shared by ``footpath relate`` and ``footpath fit``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from recommender.graph import Relation
from recommender.relate import RelateReport, RelateSettings

DEFAULTS = RelateSettings()
NAMES = (
    "relation",
    "sessions",
    "session_gap_minutes",
    "window",
    "distance_decay",
    "half_life_days",
    "divide_by_session_length",
    "weight",
    "damping",
    "shrinkage",
    "min_count",
    "top_k",
    "max_session_length",
)

OPTIONS = (
    click.option(
        "--ordered/--unordered",
        "is_ordered",
        default=False,
        help="Does order inside a session mean something? Ordered makes :NEXT (directed), "
        "unordered :TOGETHER.  [default: unordered]",
    ),
    click.option(
        "--sessions",
        type=click.Choice(["auto", "column", "gap", "history"]),
        default=DEFAULTS.sessions,
        show_default=True,
        help="Cut by the loaded session column, by a pause in time, or not at all (each visitor's "
        "whole history). auto: column if there is one, else gap.",
    ),
    click.option(
        "--session-gap-minutes",
        type=float,
        default=DEFAULTS.session_gap_minutes,
        show_default=True,
        help="The pause that ends a session, with --sessions gap.",
    ),
    click.option(
        "--window",
        type=int,
        default=None,
        help="How far apart two items of a session may stand.  [default: 5 ordered, all unordered]",
    ),
    click.option(
        "--distance-decay",
        type=float,
        default=DEFAULTS.distance_decay,
        show_default=True,
        help="Evidence times this for each further place apart.",
    ),
    click.option(
        "--half-life-days",
        type=float,
        default=None,
        help="Evidence halves with this age.  [default: never]",
    ),
    click.option(
        "--divide-by-session-length/--no-divide-by-session-length",
        default=DEFAULTS.divide_by_session_length,
        show_default=True,
        help="A pair in a long session tells less.",
    ),
    click.option(
        "--weight",
        type=click.Choice(["count", "log", "cosine", "damped"]),
        default=DEFAULTS.weight,
        show_default=True,
        help="The weighting scheme; formulas in docs/reference/weights.md.",
    ),
    click.option(
        "--damping",
        type=float,
        default=DEFAULTS.damping,
        show_default=True,
        help="Exponent on both items' support, with --weight damped.",
    ),
    click.option(
        "--shrinkage",
        type=float,
        default=DEFAULTS.shrinkage,
        show_default=True,
        help="Sessions added to every support: what is rarely seen weighs less.",
    ),
    click.option(
        "--min-count",
        type=int,
        default=DEFAULTS.min_count,
        show_default=True,
        help="Least number of sightings of a pair.",
    ),
    click.option(
        "--top-k",
        type=int,
        default=DEFAULTS.top_k,
        show_default=True,
        help="Strongest relationships kept per item; 0 keeps all.",
    ),
    click.option(
        "--max-session-length",
        type=int,
        default=DEFAULTS.max_session_length,
        show_default=True,
        help="Sessions with more items are left out, and counted.",
    ),
)


def relate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of relating to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def relate_settings(options: dict[str, Any]) -> RelateSettings:
    """Return the settings that the options of a command stand for."""
    relation: Relation = "NEXT" if options["is_ordered"] else "TOGETHER"
    chosen = {name: options[name] for name in NAMES if name != "relation"}
    return RelateSettings(relation=relation, **chosen)


def describe_report(report: RelateReport) -> str:
    """Return one line that says what relating did."""
    left_out = (
        f" ({report.n_long_sessions_left_out:,} too long, left out)"
        if report.n_long_sessions_left_out
        else ""
    )
    return (
        f"{report.n_interactions:,} interactions in {report.n_sessions:,} sessions "
        f"(by {report.sessions_by}){left_out}: {report.n_pairs:,} pairs seen, "
        f"{report.n_relationships:,} :{report.relation} relationships kept"
    )
