"""``footpath export``: embeddings of a model version, or of a file, in a format others read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from recommender.cli.console import json_option, print_json, stdout
from recommender.cli.database import open_for_command
from recommender.embedding_files import (
    read_embedding_file,
    save_embeddings,
    write_parquet,
    write_word2vec_text,
)
from recommender.embeddings import Embeddings
from recommender.publish import read_embeddings

_WRITERS: dict[str, Callable[[Embeddings, Path], None]] = {
    "word2vec": write_word2vec_text,
    "parquet": write_parquet,
    "npz": save_embeddings,
}


@click.command(name="export")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(_WRITERS)),
    default="npz",
    show_default=True,
    help="word2vec is text and holds the in-vectors alone.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write.",
)
@click.option(
    "--model", "version", default=None, help="A model version; by default the active one."
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Read this file (npz, Parquet or word2vec text) instead of the database.",
)
@json_option
def command(
    format_name: str, out: Path, version: str | None, source: Path | None, as_json: bool
) -> None:
    """Write embeddings to files that other tools read.

    In word2vec text a blank in an id is written as %20, and a percent sign as %25.

    \b
    Examples:
      footpath export --format parquet --out vectors.parquet
      footpath export --format word2vec --out vectors.txt --from model.npz
    """  # noqa: D301 - click reads the backspace
    if source is not None and version is not None:
        raise click.UsageError("Give --model or --from, not both.")
    if source is not None:
        embeddings = read_embedding_file(source)
    else:
        with open_for_command() as database:
            embeddings = read_embeddings(database, version)
    _WRITERS[format_name](embeddings, out)
    if as_json:
        print_json({
            "n_items": len(embeddings.item_ids),
            "dimension": embeddings.dimension,
            "format": format_name,
            "file": str(out),
        })  # fmt: skip
    else:
        stdout.print(
            f"{len(embeddings.item_ids):,} vectors of {embeddings.dimension} -> {out}", markup=False
        )
