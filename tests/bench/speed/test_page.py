from pathlib import Path

from bench.speed.page import page_of

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def test_the_page_is_what_its_json_says() -> None:
    page = (REFERENCE / "benchmarks.md").read_text("utf-8")

    assert page == page_of(REFERENCE / "benchmarks"), "Run `python -m bench page --write-only`."
