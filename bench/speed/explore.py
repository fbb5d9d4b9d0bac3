r"""How fluid the explorer's page is in Chromium: a map of 50,000 points, 500 neighbours drawn.

Frames are counted by requestAnimationFrame while the mouse drags or the wheel zooms, each for some
seconds; 60 is the most a screen shows. Headless Chromium without a graphics card draws WebGL on the
processor, so any user's machine does better.

\b
python -m bench explore
python -m bench explore --json
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, ViewportSize, sync_playwright

from bench.speed.databases import QUERIES, running
from bench.speed.tables import Options, Table
from graphdb import Database
from graphdb.embedded import EmbeddedSettings
from graphdb.queries import parse_query
from recommender.api.server import free_port
from tests.browser.browser_page import CHROMIUM, NO_CHROMIUM, OPTIONS

N_POINTS, N_COMMUNITIES, N_NEIGHBOURS = 50_000, 30, 500
N_BEYOND = 20  # neighbours of the hub that are not asked for
BATCH = 10_000
HOST = "127.0.0.1"
START_S = 180
MOVES = 120  # of the mouse, in each measured gesture
VIEWPORT: ViewportSize = {"width": 1360, "height": 860}
COUNT_FRAMES = """() => { window.frames_seen = 0; window.frames_begun = performance.now();
  if (window.frames_counted) return;
  window.frames_counted = true;
  const tick = () => { window.frames_seen += 1; requestAnimationFrame(tick); };
  requestAnimationFrame(tick); }"""
PAN_AND_ZOOM = "() => JSON.stringify([window.footpathGraph.pan(), window.footpathGraph.zoom()])"
READ_FRAMES = "() => 1000 * window.frames_seen / (performance.now() - window.frames_begun)"


def measure(options: Options) -> Table:
    """Return the table of the explorer."""
    if not CHROMIUM:
        sys.exit(f"bench explore {NO_CHROMIUM}")
    table = Table("The explorer, in a browser")
    settings = EmbeddedSettings(options.cache / "neo4j" / "explore")
    with running(settings, stop=True) as database:
        options.say(f"{N_POINTS:,} items")
        _fill(database, options.seed)
        with _server(database, options.cache) as url, _page() as page:
            options.say("map")
            table.rows.append(_map(page, url))
            options.say("neighbourhood")
            table.rows.append(_neighbourhood(page, url))
    table.notes.append(
        "Headless Chromium, WebGL and canvas drawn by the processor, server and database on the "
        "same two cores. First drawn: from opening the address, for the map the second time. "
        "Answer: from a click event handed to Plotly to the item's view (map); from the button to "
        "a new neighbour of a neighbour, laid out (neighbourhood)."
    )
    return table


def _fill(database: Database, seed: int) -> None:
    if database.read("admin/count_graph")[0]["items"] == N_POINTS:
        return
    random = np.random.default_rng(seed)
    community = random.integers(N_COMMUNITIES, size=N_POINTS)
    centres = random.normal(size=(N_COMMUNITIES, 2)) * 8
    places = centres[community] + random.normal(size=(N_POINTS, 2))
    rows = [
        {"id": f"p{n}", "community": int(group), "support": 1 + n % 900, "x": x, "y": y}
        for n, (group, (x, y)) in enumerate(zip(community, places.tolist(), strict=True))
    ]
    for first in range(0, N_POINTS, BATCH):
        _run(database, "create_points", rows=rows[first : first + BATCH])
    _run(database, "create_hub", ids=[f"p{n}" for n in range(N_NEIGHBOURS + N_BEYOND + 1)])


def _run(database: Database, name: str, **values: Any) -> None:
    source = (QUERIES / f"{name}.cypher").read_text(encoding="utf-8")
    database.run_text(name, parse_query(name, source).text, values)


@contextmanager
def _server(database: Database, cache: Path) -> Iterator[str]:
    """Give the address of a real server on this database."""
    port = free_port(HOST)
    environ = {
        **os.environ,
        **database.settings.as_environment(),
        "FOOTPATH_CACHE": str(cache / "explore"),
    }
    command = [sys.executable, "-m", "recommender", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        yield f"http://{HOST}:{port}/explore"
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def _page() -> Iterator[Page]:
    options = [each for each in OPTIONS if each != "--disable-gpu"] + [
        "--enable-unsafe-swiftshader"
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        page = chromium.new_page(viewport=VIEWPORT)
        page.set_default_timeout(START_S * 1000)
        yield page
        chromium.close()


def _open(page: Page, address: str, ready: str) -> float:
    """Open a view and return the seconds until it is drawn."""
    give_up = time.monotonic() + START_S
    while True:
        begun = time.perf_counter()
        try:
            page.goto(address)
            page.wait_for_function(ready)
            return time.perf_counter() - begun
        except Exception:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.5)


def _map(page: Page, url: str) -> dict[str, Any]:
    ready = "() => window.footpathMap && window.footpathMap.querySelector('canvas')"
    _open(page, f"{url}?view=map", ready)  # once for the server's and the browser's caches
    drawn = _open(page, f"{url}?view=map", ready)
    x, y = _centre(page, ".canvas")
    dragging = _frames(page, lambda: _drag(page, x, y))
    zooming = _frames(page, lambda: _zoom(page, x, y))
    begun = time.perf_counter()
    page.evaluate("() => window.footpathMap.emit('plotly_click', {points: [{customdata: 'p0'}]})")
    page.wait_for_function("() => window.footpathGraph && document.querySelector('.items li')")
    return _row(
        f"map of {N_POINTS:,} points", drawn, dragging, zooming, time.perf_counter() - begun
    )


def _neighbourhood(page: Page, url: str) -> dict[str, Any]:
    ready = (
        f"() => window.footpathGraph && window.footpathGraph.nodes().length > {N_NEIGHBOURS - 1}"
    )
    drawn = _open(page, f"{url}?view=graph&item=p0&n={N_NEIGHBOURS}", ready)
    x, y = _centre(page, ".canvas")
    before = page.evaluate(PAN_AND_ZOOM)
    dragging = _frames(page, lambda: _drag(page, x + 440, y - 280))
    assert page.evaluate(PAN_AND_ZOOM) != before, "the drawing did not move"
    zooming = _frames(page, lambda: _zoom(page, x, y))
    page.evaluate(f"() => window.footpathGraph.getElementById('p{N_NEIGHBOURS}').emit('tap')")
    begun = time.perf_counter()
    page.get_by_role("button", name="Expand", exact=True).click()
    page.wait_for_function("() => / added/.test(document.getElementById('status').textContent)")
    return _row(
        f"neighbourhood of {N_NEIGHBOURS}", drawn, dragging, zooming, time.perf_counter() - begun
    )


def _row(view: str, drawn: float, dragging: float, zooming: float, answer: float) -> dict[str, Any]:
    return {
        "view": view,
        "first drawn s": round(drawn, 2),
        "frames/s dragging": round(dragging, 1),
        "frames/s zooming": round(zooming, 1),
        "answer s": round(answer, 2),
    }


def _centre(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _frames(page: Page, gesture: Any) -> float:
    """Return the frames a second while something is done with the mouse."""
    page.evaluate(COUNT_FRAMES)
    gesture()
    return float(page.evaluate(READ_FRAMES))


def _drag(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.mouse.down()
    for n in range(MOVES):
        page.mouse.move(x + 100 * np.sin(n / 10), y + 60 * np.cos(n / 10))
    page.mouse.up()


def _zoom(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    for n in range(MOVES // 4):
        page.mouse.wheel(0, -60 if n % 10 < 5 else 60)
        page.wait_for_timeout(16)
