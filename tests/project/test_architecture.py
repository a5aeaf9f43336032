"""Imports run one way, and the public names are what we say they are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import eventbench

# From left to right; a room may import only rooms to its left. The command line is last.
ROOMS = [
    "corpus.model",
    "io",
    "corpus.scheme",
    "corpus.standoff",
    "corpus.tokens",
    "corpus.loading",
    "corpus.similarity",
    "annotation.validate",
    "annotation.agreement",
    "html.article",
    "dataset.croissant",
    "dataset.building",
    "formats.exchange",
    "evaluation.predictions",
    "scoring.counts",
    "tagged.fast_jsonl",
    "scoring.significance",
    "evaluation.event_scoring",
    "systems.runner",
    "evaluation.report",
    "tagged.strict_iob2",
    "html.error_analysis",
    "systems.models",
    "leaderboard.entry",
    "leaderboard.submit",
    "leaderboard.site",
    "hub.files",
    "hub.publish",
    "cli.main",
]  # fmt: skip


def imported_rooms(source: str) -> set[str]:
    """The rooms of eventbench that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, room = node.module.partition(".")
            names = {alias.name for alias in node.names} - {"__version__"}
            if package == "eventbench":
                whole = not room or ("." not in room and room != "io")
                found |= {f"{room}.{n}" if room else n for n in names} if whole else {room}
        elif isinstance(node, ast.Import):
            names = (alias.name.partition(".") for alias in node.names)
            found |= {room or "eventbench" for package, _, room in names if package == "eventbench"}
    return found


def test_every_room_is_listed() -> None:
    base = ROOT / "src/eventbench"
    found = (p.relative_to(base).with_suffix("") for p in base.rglob("*.py"))
    modules = {".".join(path.parts) for path in found if not path.stem.startswith("__")}
    assert modules == set(ROOMS)


def test_the_docs_list_the_rooms_in_order() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE) == ROOMS


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_leftwards(room: str) -> None:
    source = (ROOT / "src/eventbench" / f"{room.replace('.', '/')}.py").read_text(encoding="utf-8")
    assert imported_rooms(source) <= set(ROOMS[: ROOMS.index(room)])


@pytest.mark.parametrize("path", sorted((ROOT / "baselines").rglob("*.py")), ids=lambda p: p.name)
def test_baselines_use_only_the_public_package(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert imported_rooms(source) <= set(eventbench.__all__)


def test_public_names() -> None:
    assert eventbench.__all__ == [
        "Argument", "Corpus", "Document", "Event", "EventbenchError", "Link", "Progress",
        "Report", "Scheme", "Sentence", "Span", "System", "build", "features", "from_iob2",
        "labels", "load", "load_corpus", "read_and_score", "read_predictions", "run",
        "score", "to_iob2",
    ]  # fmt: skip
    assert all(hasattr(eventbench, name) for name in eventbench.__all__)


@pytest.mark.parametrize("command", [["-c", "import eventbench"], ["-m", "eventbench", "--help"]])
def test_starting_imports_nothing_heavy(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "eventbench" in imported
    assert not imported & {"torch", "transformers", "datasets", "sklearn", "spacy", "numpy"}
