"""Take the documents' pictures of the explorer, from the demo's data.

``footpath demo``, or ``footpath serve`` on its database, then
``python docs/screenshots/take_explorer.py`` (``--url`` where the server is elsewhere). For the
comparison of versions fit a second one first:
``footpath fit --min-count 5 --min-support 30 --seed 2 --map umap``. Needs Chromium and the
development dependencies (``make setup``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.browser.browser_page import CHROMIUM, NO_CHROMIUM, OPTIONS  # noqa: E402

IMAGES = ROOT / "docs" / "images"
LARGEST = 300_000
SETTLE_MS = 2_500
HEART, RED_HEART = "85123A", "21733"
PICTURES = {
    "neighbourhood": f"view=graph&item={HEART}",
    "walk": f"view=walk&item={HEART}&q=0.25",
    "why": f"view=why&item={HEART}&other={RED_HEART}",
    "similar": f"view=similar&item={HEART}",
    "map": "view=map",
    "glance": "view=glance",
}


@click.command()
@click.option("--url", default="http://127.0.0.1:8000", show_default=True)
def main(url: str) -> None:
    """Take every picture, one of them in dark and one as wide as a phone."""
    if not CHROMIUM:
        sys.exit(f"{Path(__file__).name} {NO_CHROMIUM}")
    options = [each for each in OPTIONS if each != "--disable-gpu"] + [
        "--enable-unsafe-swiftshader"
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        page = chromium.new_page(viewport={"width": 1280, "height": 800})
        for name, query in PICTURES.items():
            _take(page, f"{url}/explore?{query}", name)
        page.emulate_media(color_scheme="dark")
        _take(page, f"{url}/explore?{PICTURES['map']}", "map-dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 800})
        _take(page, f"{url}/explore?{PICTURES['neighbourhood']}", "phone")
        chromium.close()


def _take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    expect(page.locator("#content > *").first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(SETTLE_MS)
    file = IMAGES / f"explore-{name}.png"
    page.screenshot(path=file)
    size = file.stat().st_size
    if size > LARGEST:
        sys.exit(f"{file.name} has {size:,} bytes, more than {LARGEST:,}.")
    sys.stdout.write(f"docs/images/{file.name}  {size:,} bytes\n")


if __name__ == "__main__":
    main()
