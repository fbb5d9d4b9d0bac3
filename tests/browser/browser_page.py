"""Neo4j Browser as a person uses it, in a real Chromium: log in, set parameters, paste, look."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect, sync_playwright

from graphdb import Neo4jSettings
from graphdb.queries import QUERIES_FOLDER

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
NO_CHROMIUM = "needs Chromium: install the package chromium (Debian: apt-get install chromium)"
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
WAIT_MS = 60_000


class BrowserPage:
    """One page of Neo4j Browser."""

    def __init__(self, page: Page):
        self.page = page
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)

    @property
    def frame(self) -> Locator:
        """The newest answer; Browser puts it on top."""
        return self.page.get_by_test_id("frame").first

    def log_in(self, url: str, settings: Neo4jSettings) -> None:
        """Open the address and fill the form, ``bolt://`` chosen as `footpath db browser` says."""
        scheme, address = settings.uri.split("://")
        self.page.goto(url)
        self.page.get_by_test_id("bolt-scheme-select").select_option(label=f"{scheme}://")
        self.page.get_by_test_id("boltaddress").fill(address)
        self.page.get_by_test_id("username").fill(settings.username)
        self.page.get_by_test_id("password").fill(settings.password)
        self.page.get_by_test_id("connect").click()
        expect(self.page.get_by_test_id("boltaddress")).to_have_count(0)

    def run(self, text: str) -> None:
        """Paste a text into the editor and run it, the answers so far cleared away."""
        self._submit(":clear")
        expect(self.page.get_by_test_id("frame")).to_have_count(0)
        self._submit(text)
        expect(self.page.get_by_test_id("frame")).to_have_count(1)

    def run_query(self, name: str, parameters: str = "") -> None:
        """Set the parameters, then paste the file of a ready query exactly as it stands."""
        if parameters:
            self.run(f":params {parameters}")
            expect(self.frame).to_contain_text("Successfully set your parameters")
        self.run((QUERIES_FOLDER / "browser" / f"{name}.cypher").read_text(encoding="utf-8"))

    def _submit(self, text: str) -> None:
        self.page.get_by_test_id("activeEditor").locator(".monaco-editor[role=code]").click()
        # A true paste: the editor would add closing brackets to text that is typed in.
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Control+V")
        self.page.keyboard.press("Control+Enter")


@contextmanager
def neo4j_browser(url: str, settings: Neo4jSettings) -> Iterator[BrowserPage]:
    """Yield Neo4j Browser, logged in; Chromium is closed at the end."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        try:
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            page = BrowserPage(context.new_page())
            page.log_in(url, settings)
            yield page
        finally:
            chromium.close()
