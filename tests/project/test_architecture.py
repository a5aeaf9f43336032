"""Imports run one way, nothing but a task knows its name, and the public names are listed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

import eventbench
from eventbench import TASKS

SRC = ROOT / "src/eventbench"
SOURCES = sorted(SRC.rglob("*.py"))
BASELINES = sorted((ROOT / "baselines").rglob("*.py"))

# From left to right; a package or module may import itself and what is to its left.
PACKAGES = [
    "errors", "io", "text", "tables", "printing", "documents", "corpus", "claims", "scoring",
    "tagged", "tasks", "prompts", "formats", "dataset", "evaluation", "inspect_tasks", "systems",
    "html", "annotation", "leaderboard", "hub", "cli",
]  # fmt: skip

LONGEST_MODULE = 500
LONGEST_FUNCTION = 60


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(SRC).with_suffix("").parts)


def imported_modules(source: str) -> set[str]:
    """What a module imports from eventbench, anywhere in it, without the package's name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            package, _, module = (node.module or "").partition(".")
            assert node.level == 0, "relative imports would hide what is imported"
            if package == "eventbench":
                names = {alias.name for alias in node.names} - {"__version__"}
                found |= {module} if module else names
        elif isinstance(node, ast.Import):
            names = (alias.name.partition(".") for alias in node.names)
            found |= {rest or "eventbench" for package, _, rest in names if package == "eventbench"}
    return found


# The order of packages


def test_every_package_is_listed() -> None:
    tops = {module_of(path).partition(".")[0] for path in SOURCES}
    assert tops - {"__init__", "__main__"} == set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_leftwards(package: str) -> None:
    allowed = set(PACKAGES[: PACKAGES.index(package) + 1])
    for path in SOURCES:
        if module_of(path).partition(".")[0] == package:
            found = {name.partition(".")[0] for name in imported_modules(path.read_text("utf-8"))}
            assert found <= allowed, path


def test_imports_of_every_kind_are_seen() -> None:
    source = """
import os, eventbench.hub.plan
from eventbench import TASKS, __version__
from eventbench.cli import main
def late():
    from eventbench.html.article import template
if TYPE_CHECKING:
    import eventbench
"""
    found = {"hub.plan", "TASKS", "cli", "html.article", "eventbench"}
    assert imported_modules(source) == found


PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
ARROWS = re.findall(r"^    (\w+) --> (\w+)$", PAGE, re.MULTILINE)
BASE = {"errors", "io", "text", "tables", "printing"}
"""Drawn as one box, "base"."""


@pytest.mark.documents
def test_the_page_lists_the_packages_in_order() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == PACKAGES


@pytest.mark.documents
@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in BASE])
def test_the_picture_shows_the_imports(package: str) -> None:
    drawn = {below for above, below in ARROWS if above == package}
    reached: set[str] = set()
    todo = list(drawn)
    while todo:
        name = todo.pop()
        reached.add(name)
        todo += [below for above, below in ARROWS if above == name]
    sources = [p for p in SOURCES if module_of(p).partition(".")[0] == package]
    names = {n for p in sources for n in imported_modules(p.read_text("utf-8"))}
    found = {name.partition(".")[0] for name in names} & set(PACKAGES) - {package}
    found = {"base" if name in BASE else name for name in found}
    assert drawn <= found <= reached


@pytest.mark.parametrize("path", BASELINES, ids=lambda path: path.stem)
def test_baselines_use_only_the_public_package(path: Path) -> None:
    assert imported_modules(path.read_text("utf-8")) <= set(eventbench.__all__)


# Sizes


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Each function with its number of lines, without those of its decorators."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("path", [*SOURCES, *BASELINES], ids=lambda p: "/".join(p.parts[-2:]))
def test_modules_and_functions_are_short(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= LONGEST_MODULE
    assert {n: lines for n, lines in functions(source) if lines > LONGEST_FUNCTION} == {}


def test_lines_of_functions_are_counted() -> None:
    source = "@decorated\n@twice\ndef f():\n    def g():\n        pass\n    return g\n"
    assert list(functions(source)) == [("f", 4), ("g", 2)]


# Tasks


FIELDS = ("corpus.records", "corpus.scheme", "formats.")
"""Where "events", "arguments" and "attributes" may stand together: they are fields of an
event's record, and sections of brat's configuration."""


def is_task(node: ast.AST | None) -> bool:
    # "links" and "values" are words and fields far more often.
    names = {*TASKS} - {"links", "values"}
    return isinstance(node, ast.Constant) and node.value in names


def names_in(node: ast.AST) -> int:
    """How many names of tasks a literal list, tuple, set or dictionary has at its top."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return sum(map(is_task, node.elts))
    return sum(map(is_task, node.keys)) if isinstance(node, ast.Dict) else 0


def names_of_tasks(source: str, tables: bool = True) -> list[int]:
    """The lines on which code asks for a task by its name, or holds a table of tasks.

    That is a comparison with a name, a pattern of ``match``, a subscript or ``.get`` of
    ``TASKS``, a call of ``find_task``, a default, or a literal with two names or more. A
    single name may be a column, a field or a word; without ``tables`` several may be.
    """
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        named: list[ast.AST | None] = []
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            named = [*sides, *(x for side in sides for x in getattr(side, "elts", ()))]
        elif isinstance(node, ast.MatchValue):
            named = [node.value]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("TASKS"):
            named = [node.slice]
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.endswith(("TASKS.get", "find_task")):
                named = [*node.args]
            named += [keyword.value for keyword in node.keywords if keyword.arg == "task"]
        elif isinstance(node, ast.arguments):
            named = [*node.defaults, *node.kw_defaults]
        if any(map(is_task, named)) or (tables and names_in(node) > 1):
            lines.add(getattr(node, "lineno", 0))
    return sorted(lines)


OUTSIDE_TASKS = [path for path in SOURCES if not module_of(path).startswith("tasks.")]


@pytest.mark.parametrize("path", OUTSIDE_TASKS, ids=module_of)
def test_only_a_task_knows_its_name(path: Path) -> None:
    tables = not module_of(path).startswith(FIELDS)
    assert names_of_tasks(path.read_text("utf-8"), tables) == []


@pytest.mark.parametrize(
    "code",
    [
        'if task == "triggers": pass',
        'if "events" != name: pass',
        'x = task in ("triggers", "arguments")',
        'x = name not in {"attributes"}',
        'WORDS = {"triggers": "Triggers", "arguments": "Arguments"}',
        'FOLDED = ["triggers", "arguments", "attributes"]',
        'x = TASKS["events"].rows',
        'x = registry.TASKS["triggers"]',
        'x = TASKS.get("triggers")',
        'x = find_task("triggers")',
        'x = score(path, task="events")',
        'def f(task="triggers"): pass',
        'def f(*, task: str = "events"): pass',
        'match task:\n    case "triggers":\n        pass',
    ],
)
def test_a_name_of_a_task_is_noticed(code: str) -> None:
    assert names_of_tasks(f"def g(task):\n    {code.replace(chr(10), chr(10) + '    ')}\n")


@pytest.mark.parametrize(
    "code",
    [
        '"""The task "triggers"."""',
        'x = record["events"]',
        'x = {"events": events, "links": links}',
        'ADDED = ("events", "links")',
        "if task == DEFAULT: pass",
        "x = [name for name in TASKS]",
    ],
)
def test_words_and_fields_are_not_taken_for_tasks(code: str) -> None:
    assert names_of_tasks(code) == []


# The corpus


SAID_BY_THE_CORPUS = (
    "aleppo", "syria", "middle east observer", "deutsche welle", "cc-by", "cc by", "kurdish",
    "russia", "iran", "opposition", "government", "nusra", "islamic-state", "turkey",
    "us-coalition",
)  # fmt: skip


OUTLINES = "countries-50m.json"
"""Outlines of all countries name all of them."""


def files_of_the_package() -> list[Path]:
    files = (p for p in SRC.rglob("*") if p.is_file() and p.name != OUTLINES)
    return sorted(p for p in files if "__pycache__" not in p.parts)


@pytest.mark.parametrize("path", files_of_the_package(), ids=lambda p: "/".join(p.parts[-2:]))
def test_nothing_is_said_of_a_corpus(path: Path) -> None:
    text = " ".join(path.read_text("utf-8").lower().split())
    assert [word for word in SAID_BY_THE_CORPUS if re.search(rf"\b{word}", text)] == []


def test_those_words_are_what_the_corpus_says() -> None:
    folder = ROOT / "annotations"
    said = (folder / "corpus.toml").read_text("utf-8") + (ROOT / "CARD.md").read_text("utf-8")
    said += (ROOT / "seeds/sources.toml").read_text("utf-8")
    assert [word for word in SAID_BY_THE_CORPUS if word not in said.lower()] == []


def test_the_parties_of_the_corpus_are_among_those_words() -> None:
    parties = {party.id for party in eventbench.load_corpus().info.parties}
    covered = {p for p in parties if any(word in p for word in SAID_BY_THE_CORPUS)}
    assert covered == parties


# Public names and starting


def test_public_names() -> None:
    assert eventbench.__all__ == [
        "TASKS", "Argument", "ArticleEvents", "Attribute", "BatchExtractor", "Claim", "Corpus",
        "Document", "Event", "EventbenchError", "Fold", "Gold", "Incident", "Incidents", "Link",
        "Model", "Problem", "Progress", "Report", "Scheme", "Sentence", "Span", "System", "Task",
        "ablation_table", "adjudicate", "agreement", "build", "claims", "compare",
        "default_model", "diagnose", "document_of", "export", "fit", "from_iob2", "hydrate",
        "incidents", "load", "load_corpus", "load_model", "prompts", "report", "run", "score",
        "score_conlleval", "score_files", "score_questions", "score_sequences", "score_table",
        "to_iob2", "validate",
    ]  # fmt: skip
    assert all(hasattr(eventbench, name) for name in eventbench.__all__)
    assert dir(eventbench) == sorted(eventbench.__all__)
    with pytest.raises(AttributeError, match="module 'eventbench' has no attribute 'rows'"):
        _ = eventbench.rows


def test_the_type_checker_sees_every_public_name() -> None:
    tree = ast.parse((SRC / "__init__.py").read_text("utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("eventbench")
        for alias in node.names
    }
    declared = {  # a value has its docstring with its declaration
        node.target.id
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert sorted([*imported, *declared]) == sorted(eventbench.__all__)


@pytest.mark.parametrize("command", [["-c", "import eventbench"], ["-m", "eventbench", "--help"]])
def test_starting_imports_nothing_heavy(command: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *command], capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}
    assert "eventbench" in imported
    heavy = {
        *("torch", "transformers", "datasets", "sklearn", "spacy", "numpy", "matplotlib"),
        *("pandas", "polars", "pyarrow", "xlsxwriter", "openpyxl", "inspect_ai"),
    }
    assert not imported & heavy


# Tests


def test_no_two_test_modules_have_one_name() -> None:
    """pytest imports them by their names alone, and would refuse to run both."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
