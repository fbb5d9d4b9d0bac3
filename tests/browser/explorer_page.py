"""The explorer in a real Chromium, with all that goes wrong in it written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.browser_page import CHROMIUM, OPTIONS

DRIVER = "GL Driver Message"  # WebGL in software tells that it is slow
WAIT_MS = 20_000
GREAT = ("serious", "critical")
# WebGL in software, for machines without a graphics card.
WEBGL = [option for option in OPTIONS if option != "--disable-gpu"] + [
    "--enable-unsafe-swiftshader"
]
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
VIEWS = {
    "start": "",
    "graph": "?view=graph&item=teacup-0",
    "walk": "?view=walk&item=teacup-0&q=0.25&walks=40",
    "why": "?view=why&item=teacup-0&other=teacup-1",
    "choose": "?view=why&item=teacup-0",
    "similar": "?view=similar&item=teacup-0",
    "map": "?view=map",
    "glance": "?view=glance",
}


class ExplorerPage:
    """One page of the explorer; ``problems`` holds errors and requests to other hosts."""

    def __init__(self, page: Page, base: str, allowed: tuple[str, ...] = ()) -> None:
        self.page = page
        self.base = base
        self.problems: list[str] = []
        self._allowed = (*allowed, DRIVER)
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", lambda request: self._check_host(request.url))

    def open(self, query: str = "") -> None:
        """Go to a view by its address and wait until it is drawn."""
        self.page.goto(f"{self.base}/explore{query}")
        self.wait()

    def wait(self) -> None:
        """Wait until the view is there."""
        expect(self.page.locator("#content > *").first).to_be_visible()
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function(DRAWN)

    def unfold(self) -> None:
        """Open what is folded."""
        self.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")

    def great_violations(self) -> list[str]:
        """Return what axe-core calls serious or critical, with the elements."""
        self.page.evaluate(f"() => {{ {AXE}\n }}")
        found: list[dict[str, Any]] = self.page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        )
        return [
            f"{each['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
            for each in found
            if each["impact"] in GREAT
            for node in each["nodes"]
        ]

    def _note(self, message: ConsoleMessage) -> None:
        is_allowed = any(text in message.text for text in self._allowed)
        if message.type in ("error", "warning") and not is_allowed:
            self.problems.append(f"{message.type}: {message.text}")

    def _check_host(self, url: str) -> None:
        if not url.startswith((f"{self.base}/", "data:", "blob:")):
            self.problems.append(f"request: {url}")


# Plots are drawn after their place is there.
DRAWN = """() => {
  const words = document.getElementById("status").textContent;
  const isBusy = /^(Asking|Walking|Reading|Counting)/.test(words);
  const places = [...document.querySelectorAll(".plot")];
  const isMap = new URLSearchParams(location.search).get("view") === "map";
  const isPlotted = places.every((each) => each.classList.contains("js-plotly-plot"));
  const isMapped = !isMap || !document.querySelector(".canvas") || window.footpathMap?.isConnected;
  return !isBusy && isPlotted && isMapped;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a Chromium that draws WebGL."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=WEBGL)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def explorer_page(
    browser: Browser, base: str, *, allowed: tuple[str, ...] = (), **context: Any
) -> Iterator[ExplorerPage]:
    """Yield a page in a context of its own."""
    made = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **context})
    try:
        made.grant_permissions(["clipboard-read", "clipboard-write"], origin=base)
        yield ExplorerPage(made.new_page(), base, allowed)
    finally:
        made.close()
