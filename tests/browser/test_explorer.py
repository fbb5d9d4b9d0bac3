"""The explorer's page at ``/explore``, in a real Chromium on a real server and database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from graphdb import Database, Neo4jSettings, apply_migrations, connect
from recommender.keys import create_key
from tests.browser.browser_page import CHROMIUM, NO_CHROMIUM
from tests.browser.explorer_page import VIEWS, ExplorerPage, chromium, explorer_page
from tests.browser.explorer_shop import HOSTILE, fill_explorer_shop
from tests.recommender.api.server_process import HOST, ServerProcess, Wire
from tests.recommender.serve.shop import wipe

pytestmark = [
    pytest.mark.neo4j,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM),
]

PHONE = {"width": 390, "height": 800}
# Where each view shows an item with the hostile title, once all is unfolded.
TITLED = {
    "start": "#content li a",
    "graph": "#content .items button",
    "walk": "#content table a",
    "why": "#content a.chip",
    "choose": "#content li a",
    "similar": "#content li a",
    "map": "#content li a",
    "glance": "#content td",
}


@pytest.fixture(scope="module")
def shop(neo4j_settings: Neo4jSettings) -> Iterator[Database]:
    with connect(neo4j_settings) as database:
        apply_migrations(database)
        wipe(database)
        for slot in ("a", "b"):
            database.run_alone(f"publish/drop_index_{slot}")
        fill_explorer_shop(database)
        yield database
        wipe(database)


@pytest.fixture(scope="module")
def base(
    shop: Database, neo4j_settings: Neo4jSettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with ServerProcess(neo4j_settings, tmp_path_factory.mktemp("serve") / "log") as server:
        yield f"http://{HOST}:{server.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def explorer(browser: Browser, base: str) -> Iterator[ExplorerPage]:
    with explorer_page(browser, base) as explorer:
        yield explorer
        assert explorer.problems == []


def asked(explorer: ExplorerPage) -> dict[str, str]:
    query = parse_qs(urlsplit(explorer.page.url).query)
    return {name: values[0] for name, values in query.items()}


def point_at(explorer: ExplorerPage, item_id: str) -> dict[str, float]:
    """Put the mouse on an item of the map and return where that is."""
    at: dict[str, float] = explorer.page.evaluate(PLACE, item_id)
    explorer.page.mouse.move(at["x"] - 3, at["y"] - 3)
    explorer.page.mouse.move(at["x"], at["y"])
    return at


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_has_a_great_accessibility_violation(
    browser: Browser, base: str, scheme: str
) -> None:
    with explorer_page(browser, base, color_scheme=scheme) as explorer:
        found = {}
        for name, query in VIEWS.items():
            explorer.open(query)
            explorer.unfold()
            found[name] = explorer.great_violations()
        ground = explorer.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert found == {name: [] for name in VIEWS}
        assert explorer.problems == []
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 27)"}[scheme]


@pytest.mark.parametrize("view", VIEWS)
def test_hostile_title_is_text_in_every_view(explorer: ExplorerPage, view: str) -> None:
    explorer.open(VIEWS[view])
    page = explorer.page
    explorer.unfold()
    expect(page.locator(TITLED[view], has_text=HOSTILE).first).to_be_visible()
    assert page.locator("#content img").count() == 0
    assert page.evaluate("window.hacked") is None


def test_hostile_title_is_text_in_hover_heading_and_completion(explorer: ExplorerPage) -> None:
    page = explorer.page
    explorer.open("?view=graph&item=teacup-1")
    expect(page.locator("#heading")).to_have_text(HOSTILE)
    assert page.title().startswith(HOSTILE)
    page.locator("#search-text").press_sequentially("teacup-1")
    expect(page.locator("#search-list li").first).to_contain_text(HOSTILE)
    explorer.open("?view=map")
    point_at(explorer, "teacup-1")
    expect(page.locator(".hoverlayer")).to_contain_text(HOSTILE)
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_never_scrolls_sideways(browser: Browser, base: str, view: str) -> None:
    with explorer_page(browser, base, viewport=PHONE) as explorer:
        explorer.open(VIEWS[view])
        explorer.unfold()
        width = explorer.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        assert explorer.problems == []


def test_an_item_is_found_by_keys_alone(explorer: ExplorerPage) -> None:
    explorer.open()
    page = explorer.page
    page.locator("#search-text").press_sequentially("lantern")
    box = page.get_by_role("combobox", name="Find an item")
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    marked = page.locator("#search-list li[aria-selected=true]")
    expect(marked).to_have_count(1)
    item_id = marked.locator(".id").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("#heading")).to_contain_text("LANTERN")
    assert asked(explorer) == {"view": "graph", "item": item_id}
    expect(box).to_have_attribute("aria-expanded", "false")


def test_the_neighbourhood_is_drawn_and_said(explorer: ExplorerPage) -> None:
    explorer.open("?view=graph&item=lantern-0")
    page = explorer.page
    expect(page.locator("#heading")).to_have_text("RED LANTERN")
    # Four of its kind, and the first of both other kinds.
    assert page.evaluate("footpathGraph.nodes().length") == 7
    listed = page.locator("#content .items button")
    expect(listed).to_have_count(6)
    expect(listed.first).to_have_text("BLUE LANTERN")
    expect(page.locator("#content .items li").first).to_contain_text("4 × · 4")
    expect(page.locator(".legend")).to_contain_text("community 1")


def test_expanding_adds_and_leaves_the_rest_where_it_was(explorer: ExplorerPage) -> None:
    explorer.open("?view=graph&item=lantern-0")
    page = explorer.page
    places = "() => Object.fromEntries(footpathGraph.nodes().map((n) => [n.id(), n.position()]))"
    before = page.evaluate(places)
    page.get_by_role("button", name="IVORY LANTERN").click()
    page.get_by_role("button", name="Expand").click()
    # lantern-4 is joined to four on each side; 5, 6, 7 and 8 are new.
    expect(page.locator("#status")).to_have_text("4 neighbours of IVORY LANTERN added.")
    after = page.evaluate(places)
    assert len(after) == 11
    assert {name: after[name] for name in before} == before


def test_an_expanded_item_is_not_given_another_items_share(explorer: ExplorerPage) -> None:
    explorer.open("?view=graph&item=lantern-0")
    page = explorer.page
    page.get_by_role("button", name="BLUE LANTERN").click()
    # 4 of all the weight that leaves lantern-0: 4 + 2 + 4/3 + 1 + 0.5 + 0.5.
    expect(page.locator("#content")).to_contain_text("a walk from RED LANTERN goes here 42.9 %")
    page.get_by_role("button", name="IVORY LANTERN").click()
    page.get_by_role("button", name="Expand").click()
    page.get_by_role("button", name="SILVER LANTERN").click()
    # No relationship joins it to lantern-0, so no walk steps there from it.
    expect(page.locator("#content .card .hint").first).not_to_contain_text("a walk from")


def test_pinned_stays_pinned_and_hidden_is_gone(explorer: ExplorerPage) -> None:
    explorer.open("?view=graph&item=lantern-0")
    page = explorer.page
    page.get_by_role("button", name="BLUE LANTERN").click()
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_role("button", name="Pin", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    assert page.evaluate("footpathGraph.getElementById('lantern-1').locked()")
    page.get_by_role("button", name="Hide").click()
    assert page.evaluate("footpathGraph.getElementById('lantern-1').empty()")
    expect(page.get_by_role("button", name="BLUE LANTERN")).to_have_count(0)


def test_sliders_change_the_address_and_the_picture(explorer: ExplorerPage) -> None:
    explorer.open("?view=graph&item=lantern-0")
    page = explorer.page
    page.get_by_role("slider", name="Neighbours").focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile(r"[?&]n=3"))
    expect(page.locator("#content .items button")).to_have_count(3)
    explorer.open("?view=graph&item=lantern-0")
    page.get_by_label("Least weight").focus()
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile(r"[?&]least=4"))
    expect(page.locator("#content .items button")).to_have_count(1)


def test_clicking_a_drawn_item_selects_it(explorer: ExplorerPage) -> None:
    explorer.open("?view=graph&item=lantern-0")
    page = explorer.page
    at = page.evaluate("footpathGraph.getElementById('lantern-2').renderedPosition()")
    page.locator(".canvas").click(position=at)
    expect(page.locator(".split .card h2").first).to_have_text("GREEN LANTERN")
    page.get_by_role("link", name="Why is it here?").click()
    expect(page.locator("#heading")).to_have_text("Why GREEN LANTERN is near RED LANTERN")


def test_walks_go_on_and_are_counted(explorer: ExplorerPage) -> None:
    explorer.open("?view=walk&item=teacup-0&p=4&q=0.25&length=6&walks=40")
    page = explorer.page
    expect(page.locator("#status")).to_contain_text("40 walks of 6 items with p 4 and q 0.25")
    line = page.locator("p.hint[aria-live=off]")
    first = line.inner_text()
    expect(line).not_to_have_text(first)  # it moves by itself
    page.get_by_role("button", name="Pause").click()
    stopped = line.inner_text()
    page.wait_for_timeout(1_200)
    expect(line).to_have_text(stopped)
    cells = page.locator("table").last.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert 0 < sum(map(int, cells)) <= 40 * 5
    page.get_by_label("q, against going far").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"q=0\.297"))


def test_reduced_motion_stands_still(browser: Browser, base: str) -> None:
    with explorer_page(browser, base, reduced_motion="reduce") as explorer:
        explorer.open(VIEWS["walk"])
        expect(explorer.page.get_by_role("button", name="Play")).to_be_visible()
        assert explorer.problems == []


def test_why_tells_visits_and_copies_the_query(explorer: ExplorerPage) -> None:
    explorer.open("?view=why&item=lantern-0&other=lantern-2")
    page = explorer.page
    # Two apart: weight 4 / 2, seen together 5 - 2 times.
    expect(page.locator("#status")).to_have_text("They were together 3 times. 3 visits hold both.")
    expect(page.locator("table tbody tr")).to_have_count(3)
    page.locator("summary").first.click()
    expect(page.locator("pre").first).to_contain_text(':params {item_id: "lantern-0"')
    for n in (0, 1):
        page.get_by_role("button", name=re.compile("^Cop")).nth(n).click()
        shown = page.locator("pre").nth(n).text_content()
        assert page.evaluate("navigator.clipboard.readText()") == shown
    expect(page.get_by_text("Copied")).to_have_count(2)
    page.get_by_role("button", name="The other way round").click()
    expect(page.locator("#heading")).to_have_text("Why RED LANTERN is near GREEN LANTERN")


def test_three_clicks_lead_from_the_start_to_the_reason(explorer: ExplorerPage) -> None:
    explorer.open()
    page = explorer.page
    page.get_by_role("link", name="RED TEACUP").click()
    page.locator("#content .items button").nth(1).click()
    page.get_by_role("link", name="Why is it here?").click()
    expect(page.locator("#heading")).to_have_text("Why GREEN TEACUP is near RED TEACUP")


def test_similar_stand_side_by_side_and_versions_are_compared(explorer: ExplorerPage) -> None:
    explorer.open("?view=similar&item=ribbon-0")
    page = explorer.page
    for words in ("Hybrid", "Embedding", "Graph"):
        card = page.locator("section.card", has=page.get_by_role("heading", name=words))
        expect(card.locator("li")).to_have_count(12)
    expect(page.locator("table tbody tr").first).to_be_visible()
    page.get_by_label("From").select_option("one")
    page.get_by_label("To").select_option("two")
    expect(page).to_have_url(re.compile("new=two"))
    assert asked(explorer)["old"] in ("one", "two")


def test_clicking_a_point_of_the_map_goes_to_its_item(explorer: ExplorerPage) -> None:
    explorer.open("?view=map")
    page = explorer.page
    expect(page.locator("#status")).to_contain_text("30 items of model one, by UMAP")
    at = point_at(explorer, "ribbon-9")
    expect(page.locator(".hoverlayer")).to_contain_text("BROWN RIBBON")
    page.mouse.click(at["x"], at["y"])
    expect(page.locator("#heading")).to_have_text("BROWN RIBBON")
    assert asked(explorer) == {"view": "graph", "item": "ribbon-9"}


def test_a_lasso_lists_what_is_inside(explorer: ExplorerPage) -> None:
    explorer.open("?view=map")
    page = explorer.page
    page.locator("[data-title='Lasso Select']").click()
    corners = [page.evaluate(PLACE, name) for name in ("lantern-0", "lantern-8", "lantern-3")]
    left, right = corners[0]["x"] - 12, corners[1]["x"] + 22
    low, high = corners[0]["y"] + 12, corners[2]["y"] - 12
    page.mouse.move(left, low)
    page.mouse.down()
    for x, y in ((left, high), (right, high), (right, low), (left, low)):
        page.mouse.move(x, y, steps=5)
    page.mouse.up()
    expect(page.locator(".split .card h2")).to_have_text("10 items inside")
    expect(page.locator(".split .card li")).to_have_count(10)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".split .card h2")).to_have_text("Communities")


def test_glance_shows_counts_plots_and_versions(explorer: ExplorerPage) -> None:
    explorer.open("?view=glance")
    page = explorer.page
    counts = page.locator("dl.counts div")
    expect(counts.filter(has_text=":TOGETHER")).to_contain_text("93")  # 3 x (9 + 8 + 7 + 6) + 3
    expect(counts.filter(has=page.get_by_text("items", exact=True))).to_contain_text("30")
    expect(page.locator(".plot .bars .point").first).to_be_visible()
    expect(page.locator("#content")).to_contain_text("1 connected piece, the largest of 30 items")
    expect(page.locator("tr", has_text="active")).to_contain_text("recall@10 0.25")


def test_back_and_forward_go_through_the_views(explorer: ExplorerPage) -> None:
    explorer.open()
    page = explorer.page
    page.get_by_role("link", name="RED LANTERN").click()
    expect(page.locator("#heading")).to_have_text("RED LANTERN")
    page.get_by_role("link", name="Similar", exact=True).click()
    expect(page.locator("#heading")).to_have_text("Similar to RED LANTERN")
    page.go_back()
    expect(page.locator("#heading")).to_have_text("RED LANTERN")
    page.go_back()
    expect(page.locator("#heading")).to_have_text("Footpath explorer")
    page.go_forward()
    expect(page.locator("#heading")).to_have_text("RED LANTERN")


def test_an_unknown_item_is_said_to_be_unknown(browser: Browser, base: str) -> None:
    with explorer_page(browser, base, allowed=("404",)) as explorer:
        explorer.open("?view=graph&item=nothing")
        expect(explorer.page.locator("#status")).to_have_text("There is no item 'nothing'.")
        assert explorer.problems == []


def test_a_lost_database_says_so_and_comes_back(
    browser: Browser, shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    if not neo4j_settings.uri.startswith(("bolt://", "neo4j://")):
        pytest.skip("an encrypted connection cannot be relayed")
    wire = Wire(neo4j_settings)
    try:
        with ServerProcess(neo4j_settings, tmp_path / "log", uri=wire.uri) as server:
            base = f"http://{HOST}:{server.port}"
            with explorer_page(browser, base, allowed=("503",)) as explorer:
                explorer.open()
                wire.cut()
                explorer.open("?view=graph&item=lantern-0")
                expect(explorer.page.locator("#heading")).to_have_text("This cannot be shown")
                expect(explorer.page.locator("#status")).to_contain_text("database")
                wire.mend()
                look = explorer.page.get_by_role("button", name="Look again")
                expect(look).to_be_visible()
                _look_until_there(explorer)
                assert explorer.problems == []
    finally:
        wire.close()


def test_a_server_that_ended_is_named(
    browser: Browser, shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    with ServerProcess(neo4j_settings, tmp_path / "log") as server:
        base = f"http://{HOST}:{server.port}"
        with explorer_page(browser, base, allowed=("ERR_CONNECTION_REFUSED",)) as explorer:
            explorer.open()
            server.stop()
            explorer.page.get_by_role("link", name="RED LANTERN").click()
            expect(explorer.page.locator("#content")).to_contain_text("footpath serve")
            assert explorer.problems == []


# The last, for it empties the database that the others share.
def test_an_empty_database_shows_what_to_do(
    browser: Browser, database: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    with (
        ServerProcess(neo4j_settings, tmp_path / "log") as server,
        explorer_page(browser, f"http://{HOST}:{server.port}") as explorer,
    ):
        for query in ("", VIEWS["graph"], VIEWS["map"]):
            explorer.open(query)
            expect(explorer.page.locator("#content")).to_contain_text("footpath demo")
            assert explorer.great_violations() == []
        assert explorer.problems == []


def _look_until_there(explorer: ExplorerPage) -> None:
    """Press "Look again" as a person would, until the server is connected anew."""
    for _ in range(40):
        explorer.page.get_by_role("button", name="Look again").click()
        explorer.wait()
        if explorer.page.locator("#heading").inner_text() == "RED LANTERN":
            return
        explorer.page.wait_for_timeout(500)
    raise AssertionError("The page did not come back.")


# Where a point of the map is in the window.
PLACE = """(id) => {
  const plot = window.footpathMap, box = plot.getBoundingClientRect();
  const {xaxis, yaxis} = plot._fullLayout;
  const trace = plot.data.find((each) => each.customdata.includes(id));
  const n = trace.customdata.indexOf(id);
  return {
    x: box.left + xaxis._offset + xaxis.d2p(trace.x[n]),
    y: box.top + yaxis._offset + yaxis.d2p(trace.y[n]),
  };
}"""


def test_a_server_with_keys_is_given_one(
    browser: Browser, shop: Database, neo4j_settings: Neo4jSettings, tmp_path: Path
) -> None:
    key = create_key(shop, "page", ["read"])
    with (
        ServerProcess(neo4j_settings, tmp_path / "log") as server,
        explorer_page(browser, f"http://{HOST}:{server.port}", allowed=("401",)) as explorer,
    ):
        explorer.open()
        box = explorer.page.get_by_label("A key with the scope read")
        box.fill("fp_wrong")
        explorer.page.get_by_role("button", name="Look").click()
        expect(explorer.page.locator("#status")).to_contain_text("Give a valid key")
        box = explorer.page.get_by_label("A key with the scope read")
        box.fill(key)
        explorer.page.get_by_role("button", name="Look").click()
        expect(explorer.page.locator("#key")).to_have_count(0)
        expect(explorer.page.locator("#content > *").first).to_be_visible()
        assert explorer.great_violations() == []
        assert explorer.problems == []
        assert key not in explorer.page.url
