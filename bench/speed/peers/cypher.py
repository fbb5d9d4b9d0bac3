"""Statements of bench/speed/queries, by name; for scripts that speak to Neo4j by its driver."""

from __future__ import annotations

from pathlib import Path


def statement(name: str) -> str:
    """Return a statement without its comments and its closing semicolon."""
    path = Path(__file__).parents[1] / "queries" / f"{name}.cypher"
    lines = path.read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("//")]
    return "\n".join(kept).strip().removesuffix(";")
