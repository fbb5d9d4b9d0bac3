"""The notebook of the tutorial runs from its first cell to its last, on a real Neo4j."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from graphdb import Database

NOTEBOOK = Path(__file__).parents[1] / "docs" / "tutorial" / "from-sales-to-a-map.ipynb"
CELL_DEADLINE_S = 900  # ends a run that hangs


def read_notebook() -> Any:
    return nbformat.reads(NOTEBOOK.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]


@pytest.mark.neo4j
@pytest.mark.slow
# The kernel's own libraries warn of each other.
@pytest.mark.filterwarnings("ignore")
def test_notebook_runs_from_load_to_map(
    selected: Database,
) -> None:
    notebook = read_notebook()
    client = NotebookClient(notebook, timeout=CELL_DEADLINE_S, kernel_name="python3")
    client.execute(cwd=str(NOTEBOOK.parents[2]))
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [
        each.data for each in outputs if "application/vnd.plotly.v1+json" in each.get("data", {})
    ]
    assert len(figures) == 1
    traces = figures[0]["application/vnd.plotly.v1+json"]["data"]
    assert {trace["type"] for trace in traces} == {"scattergl"}
    agreement, by_chance = ast.literal_eval(_results(outputs)[-1])
    assert agreement > 2 * by_chance


def test_notebook_is_kept_without_results() -> None:
    cells = read_notebook().cells
    assert all(
        not cell.outputs and cell.execution_count is None for cell in cells if "outputs" in cell
    )


def _results(outputs: list[Any]) -> list[str]:
    return [each.data["text/plain"] for each in outputs if each.output_type == "execute_result"]
