"""The kernels, imported with the first list: numba takes a fifth of a second."""

from __future__ import annotations

from functools import cache
from types import ModuleType


@cache
def kernels() -> ModuleType:
    """Return the module of the kernels."""
    from recommender.serve import kernels

    return kernels
