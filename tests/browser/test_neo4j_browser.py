"""Neo4j Browser, in a real Chromium: log in, paste a ready query, see the graph drawn."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from graphdb import Database, Neo4jSettings
from graphdb.embedded import EmbeddedSettings, server_status
from graphdb.queries import QUERIES_FOLDER

pytestmark = [pytest.mark.neo4j, pytest.mark.browser, pytest.mark.slow]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
# Without the last four, Chromium looks for the internet at every start.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STAR = (
    "CREATE (hub:Item {id: 'hub', title: 'Hub'}) WITH hub UNWIND range(1, 9) AS n "
    "CREATE (hub)-[:TOGETHER {count: n, weight: 1.0 / n}]"
    "->(:Item {id: 'i' + n, title: 'Item ' + n})"
)


def paste(page: Page, text: str) -> None:
    page.click(".monaco-editor")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")
@pytest.mark.skipif(
    bool(os.environ.get("NEO4J_URI")), reason="NEO4J_URI does not tell where its Browser is"
)
def test_the_neighbourhood_is_drawn(
    database: Database, neo4j_settings: Neo4jSettings, footpath_home: Path
) -> None:
    database.run_text("a star of ten items", STAR, {})
    status = server_status(EmbeddedSettings(footpath_home))
    query = QUERIES_FOLDER / "browser" / "neighbourhood_together.cypher"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.goto(str(status.browser_url))
        page.wait_for_selector("[data-testid=boltaddress]", timeout=60_000)
        page.locator("select").first.select_option(label="bolt://")
        page.fill("[data-testid=boltaddress]", neo4j_settings.uri.removeprefix("bolt://"))
        page.fill("[data-testid=username]", neo4j_settings.username)
        page.fill("[data-testid=password]", neo4j_settings.password)
        page.locator("button", has_text="Connect").last.click()
        expect(page.locator("[data-testid=boltaddress]")).to_have_count(0, timeout=30_000)
        paste(page, ':params {item_id: "hub", n_neighbours: 5}')
        expect(page.get_by_text("Successfully set your parameters")).to_be_visible(timeout=30_000)
        paste(page, query.read_text(encoding="utf-8"))
        expect(page.locator("g.node")).to_have_count(6, timeout=30_000)
        chromium.close()
