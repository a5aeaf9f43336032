"""The pages of benchmarks show what their files hold, and state the input of each row."""

from __future__ import annotations

import importlib.util
import json
import sys
from types import ModuleType
from typing import Any

import pytest
from conftest import ROOT

pytestmark = pytest.mark.documents

BENCHMARKS = ROOT / "benchmarks"
PAGES = {
    "scoring": "RESULTS.md",
    "at_scale": "AT_SCALE.md",
    "baselines": "BASELINES.md",
    "joining": "JOINING.md",
    "incidents_at_scale": "INCIDENTS_AT_SCALE.md",
}


@pytest.fixture
def module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))  # where one benchmark imports another
    monkeypatch.delitem(sys.modules, "baselines", raising=False)
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def stored(name: str) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((BENCHMARKS / f"{name}.json").read_text("utf-8"))
    return results


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_its_file(name: str, module: ModuleType) -> None:
    assert module.report(stored(name)) == (BENCHMARKS / PAGES[name]).read_text("utf-8")


@pytest.mark.parametrize("name", ["scoring"])
def test_every_scorer_is_timed_on_the_same_input_as_ours(module: ModuleType) -> None:
    """Lists of strings against arrays of codes would not say which scorer is faster."""
    page = (BENCHMARKS / PAGES["scoring"]).read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")] for line in page.splitlines()]
    timed: dict[tuple[str, str], list[str]] = {}
    for _, tokens, kind, scorer, *_ in (row for row in rows if len(row) == 11):
        timed.setdefault((tokens, kind), []).append(scorer)
    sizes = {tokens for tokens, _ in timed if tokens[:1].isdigit()}
    assert sizes
    for tokens in sizes:
        for kind, scorers in module.SCORERS.items():
            assert timed[tokens, kind] == [*scorers]
            assert {module.OURS, module.STRICT} <= {*scorers}
    assert all(module.PLAIN in module.SCORERS[kind] for kind in ("lists of strings", "JSONL"))
