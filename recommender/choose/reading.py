"""How the settings that are varied become read-outs, and how those are told in words."""

from __future__ import annotations

from recommender.choose.climbing import Settings
from recommender.score import ReadOut


def read_out_of(settings: Settings) -> ReadOut:
    """Return the read-out among some settings."""
    names = ("history_power", "item_power", "history_decay")
    return ReadOut(**{name: settings[name] for name in names})


def shown(read_out: ReadOut) -> str:
    """Return a read-out in a few words."""
    decay = "" if read_out.history_decay == 1 else f", {read_out.history_decay:g} a place back"
    return f"history^{read_out.history_power:g}, item^{read_out.item_power:g}{decay}"
