"""How the settings that are varied become read-outs, and how those are told in words."""

from __future__ import annotations

from dataclasses import replace

from recommender.choose.climbing import Settings
from recommender.score import ReadOut, ScoreSettings


def read_out_of(settings: Settings) -> ReadOut:
    """Return the read-out among some settings."""
    names = ("history_power", "item_power", "history_decay")
    return ReadOut(**{name: settings[name] for name in names})


def with_graph_read(scoring: ScoreSettings, settings: Settings) -> ScoreSettings:
    """Return the scoring with its graph read by some settings."""
    return replace(
        scoring,
        graph_read_out=read_out_of(settings),
        overlap_power=settings.get("overlap_power", 1.0),
    )


def shown(read_out: ReadOut) -> str:
    """Return a read-out in a few words."""
    decay = "" if read_out.history_decay == 1 else f", {read_out.history_decay:g} a place back"
    return f"history^{read_out.history_power:g}, item^{read_out.item_power:g}{decay}"


def graph_shown(scoring: ScoreSettings) -> str:
    """Return how the graph is read in a few words."""
    overlap = "" if scoring.overlap_power == 1 else f", overlap^{scoring.overlap_power:g}"
    return shown(scoring.graph_read_out) + overlap
