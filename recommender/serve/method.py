"""The names of what scores, and of what put an item into a list."""

from __future__ import annotations

from typing import Literal, get_args

Method = Literal["hybrid", "embedding", "graph"]
Source = Literal["hybrid", "embedding", "graph", "category", "popular"]
METHODS: tuple[Method, ...] = get_args(Method)
