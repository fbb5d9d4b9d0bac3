"""Take the documents' pictures of Neo4j Browser, from the demo's data in Footpath's own Neo4j.

``footpath demo --no-serve`` first, then ``python docs/screenshots/take.py``. Needs Chromium and the
development dependencies (``make setup``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from graphdb.embedded import EmbeddedSettings, server_status, start_server  # noqa: E402
from tests.browser.browser_page import CHROMIUM, NO_CHROMIUM, BrowserPage, neo4j_browser  # noqa: E402

IMAGES = ROOT / "docs" / "images"
STYLE = ROOT / "docs" / "how-to" / "footpath.grass"
ITEM = '"85123A"'  # WHITE HANGING HEART T-LIGHT HOLDER
SETTLE_MS = 5_000  # until the nodes have come to rest
LARGEST = 300_000


def main() -> None:
    """Log in as `footpath db browser` says, and take every picture."""
    if not CHROMIUM:
        sys.exit(f"{Path(__file__).name} {NO_CHROMIUM}")
    settings = EmbeddedSettings.from_environment(os.environ)
    connection = start_server(settings, os.environ)
    url = str(server_status(settings).browser_url)
    IMAGES.mkdir(exist_ok=True)
    with neo4j_browser(url, connection) as browser:
        _prepare(browser)
        browser.run_query("neighbourhood_together", f"{{item_id: {ITEM}, n_neighbours: 10}}")
        _take_graph(browser, "neo4j-browser-neighbourhood")
        browser.run_query("walk_from_item_together", f"{{item_id: {ITEM}, length: 10}}")
        _take_graph(browser, "neo4j-browser-walk")
        browser.run_query("similar_items", f"{{item_id: {ITEM}, k: 10, min_support: 30}}")
        _take_table(browser, "neo4j-browser-similar-items")


def _prepare(browser: BrowserPage) -> None:
    browser.run(":config {allowUserStats: false, autoComplete: false}")
    browser.run(f":style {STYLE.read_text(encoding='utf-8')}")


def _take_graph(browser: BrowserPage, name: str) -> None:
    expect(browser.page.locator("g.node").first).to_be_visible()
    browser.page.get_by_title("Fullscreen", exact=True).click()
    browser.page.get_by_title("Collapse the node properties display").click()
    browser.page.wait_for_timeout(SETTLE_MS)
    browser.page.get_by_label("zoom-to-fit").click()
    browser.page.wait_for_timeout(SETTLE_MS)
    _take(browser, name)


def _take_table(browser: BrowserPage, name: str) -> None:
    browser.page.get_by_title("Fullscreen", exact=True).click()
    expect(browser.frame).to_contain_text("score")
    _take(browser, name)


def _take(browser: BrowserPage, name: str) -> None:
    file = IMAGES / f"{name}.png"
    browser.page.screenshot(path=file)
    size = file.stat().st_size
    if size > LARGEST:
        sys.exit(f"{file.name} has {size:,} bytes, more than {LARGEST:,}.")
    browser.page.get_by_title("Close fullscreen").click()
    sys.stdout.write(f"docs/images/{file.name}  {size:,} bytes\n")


if __name__ == "__main__":
    main()
