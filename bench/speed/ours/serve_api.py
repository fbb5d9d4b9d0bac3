"""Footpath's server as it is, with one more route that gives back a constant."""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

from flask import Response

from recommender.api.server import (
    Made,
    make_application,
    make_before_fork,
    make_server,
    start_application,
)
from recommender.serve import ArrayCache, ServingDisk, use_one_arena


def make(disk: ServingDisk, news: Path, n_bytes: int) -> Made:
    """Return the application with the constant."""
    made = make_application(disk, news)
    body = b"x" * n_bytes
    made.app.add_url_rule(
        "/constant", "constant", lambda: Response(body, mimetype="application/json")
    )
    return made


if __name__ == "__main__":
    use_one_arena()
    port, n_workers, n_bytes = (int(sys.argv[place]) for place in (1, 3, 4))
    disk = ServingDisk(ArrayCache(Path(sys.argv[2])))
    with tempfile.TemporaryDirectory(prefix="footpath-bench-") as folder:
        making = partial(make, disk, Path(folder) / "item_changes", n_bytes)
        made = make_before_fork(making) if n_workers > 1 else None
        server = make_server("127.0.0.1", port, n_workers=n_workers)
        server.serve(target_loader=partial(start_application, making, made=made), wrap_loader=False)
