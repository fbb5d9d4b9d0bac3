"""Neo4j Browser, in a real Chromium: log in, paste a ready query, see the graph drawn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from graphdb import Database, Neo4jSettings
from graphdb.embedded import EmbeddedSettings, server_status
from tests.browser.browser_page import CHROMIUM, NO_CHROMIUM, BrowserPage, neo4j_browser

BROWSER_URL = os.environ.get("FOOTPATH_TEST_BROWSER_URL", "")

pytestmark = [
    pytest.mark.neo4j,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM),
    pytest.mark.skipif(
        bool(os.environ.get("NEO4J_URI")) and not BROWSER_URL,
        reason="NEO4J_URI does not tell where its Browser is: set FOOTPATH_TEST_BROWSER_URL",
    ),
]

# A hub with nine neighbours, the weaker the higher their number, which are a chain of stronger
# relationships among themselves: only by its own do the hub's come first.
STAR = (
    "CREATE (hub:Item {id: 'hub', title: 'Hub'}) WITH hub UNWIND range(1, 9) AS n "
    "CREATE (hub)-[:TOGETHER {count: n, weight: 1.0 / n}]->"
    "(:Item {id: 'i' + n, title: 'Item ' + n}) "
    "WITH count(*) AS n_neighbours MATCH (a:Item), (b:Item) "
    "WHERE a.id <> 'hub' AND b.id <> 'hub' "
    "AND toInteger(substring(a.id, 1)) + 1 = toInteger(substring(b.id, 1)) "
    "CREATE (a)-[:TOGETHER {count: 20, weight: 2.0}]->(b)"
)


@pytest.fixture
def browser(
    database: Database, neo4j_settings: Neo4jSettings, footpath_home: Path
) -> Iterator[BrowserPage]:
    database.run_text("a star of ten items", STAR, {})
    url = BROWSER_URL or str(server_status(EmbeddedSettings(footpath_home)).browser_url)
    with neo4j_browser(url, neo4j_settings) as page:
        yield page


def test_the_neighbourhood_is_drawn_with_its_titles(browser: BrowserPage) -> None:
    browser.run_query("neighbourhood_together", '{item_id: "hub", n_neighbours: 5}')
    # The hub and its five strongest: five spokes, and a chain of four between the neighbours.
    expect(browser.page.locator("g.node")).to_have_count(6)
    expect(browser.page.locator("g.relationship")).to_have_count(9)
    for title in ("Hub", "Item 1", "Item 5"):
        expect(browser.page.locator("g.node", has_text=title)).to_have_count(1)


def test_a_walk_is_drawn_and_listed(browser: BrowserPage) -> None:
    browser.run_query("walk_from_item_together", '{item_id: "hub", length: 3}')
    expect(browser.page.locator("g.relationship").first).to_be_visible()
    browser.page.get_by_test_id("cypherFrameSidebarTable").click()
    expect(browser.frame).to_contain_text("share")
