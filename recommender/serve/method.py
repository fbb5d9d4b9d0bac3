"""The names of what scores, and of what put an item into a list."""

from __future__ import annotations

from typing import Literal, get_args

Method = Literal["hybrid", "embedding", "graph"]
Source = Literal["hybrid", "embedding", "graph", "category", "popular", "pinned"]
METHODS: tuple[Method, ...] = get_args(Method)

# What answers, in this order, until the list is full.
CHAINS: dict[Method, tuple[Source, ...]] = {
    "hybrid": ("hybrid", "embedding", "graph", "category", "popular"),
    "embedding": ("embedding", "graph", "category", "popular"),
    "graph": ("graph", "embedding", "category", "popular"),
}
COLD_CHAIN: tuple[Source, ...] = ("category", "popular")
