"""The wheel works away from the checkout, with the data inside."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import HARBOUR, ROOT

from eventbench.corpus.loading import load_corpus
from eventbench.systems.protocol import ENTRY_POINTS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the built wheel's contents, as pip would install them."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    wheel = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run([*pip, *wheel], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    target = ["install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(path)]
    subprocess.run([*pip, *target], check=True, capture_output=True)
    return folder


def run(installed: Path, *command: str) -> str:
    """Run Python in an empty folder with the installed package before all others."""
    work = installed / "work"
    work.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": str(installed / "site"), "HF_HUB_OFFLINE": "1"}
    result = subprocess.run(
        [sys.executable, *command],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_package_is_the_installed_one(installed: Path) -> None:
    script = "import eventbench, eventbench_baselines as b; print(eventbench.__file__, b.__file__)"
    for path in run(installed, "-c", script).split():
        assert Path(path).is_relative_to(installed / "site")


def test_load_run_score_and_validate_work_with_the_data_inside(installed: Path) -> None:
    script = "import eventbench as eb; print(sum(map(len, eb.load('triggers').values())))"
    assert run(installed, "-c", script) == "206\n"
    run(installed, "-m", "eventbench", "run", "lexicon", "--out", "run")
    assert "micro avg" in run(installed, "-m", "eventbench", "score", "run")
    assert run(installed, "-m", "eventbench", "data", "validate") == ""
    built = run(installed, "-m", "eventbench", "data", "build", "--out", "dataset")
    assert "56 configurations" in built
    assert run(installed, "-m", "eventbench", "data", "stats").startswith("aleppo ")


def test_edition_1_is_inside_and_works_too(installed: Path) -> None:
    first = ("--corpus", "aleppo-1")
    assert run(installed, "-m", "eventbench", "data", "stats", *first).startswith("aleppo-1 1.0.0")
    assert run(installed, "-m", "eventbench", "data", "validate", *first) == ""
    run(installed, "-m", "eventbench", "run", "lexicon", "--out", "run-1", *first)
    scored = run(installed, "-m", "eventbench", "score", "run-1", *first)
    assert "corpus:aleppo-1|data:1.0.0" in scored
    built = run(installed, "-m", "eventbench", "data", "build", "--out", "dataset-1", *first)
    assert "36 configurations" in built


def test_pages_are_written_with_the_templates_inside(installed: Path) -> None:
    run(installed, "-m", "eventbench", "view", "000", "--out", "000.html")
    run(installed, "-m", "eventbench", "run", "lexicon", "--out", "run")
    run(installed, "-m", "eventbench", "errors", "run", "--html", "errors.html")
    for name in ("000.html", "errors.html"):
        assert (installed / "work" / name).read_text("utf-8").lower().startswith("<!doctype html>")


def test_the_corpora_inside_are_those_of_the_checkout(installed: Path) -> None:
    script = "from eventbench.corpus.loading import *; print(*available_corpora())"
    ids = run(installed, "-c", script).split()
    folders = [ROOT, *(ROOT / "corpora").glob("*/")]
    found = [tomllib.loads((f / "annotations/corpus.toml").read_text("utf-8")) for f in folders]
    assert sorted(ids) == sorted(one["id"] for one in found)
    assert ids[0] == found[0]["id"]
    script = f"import eventbench as eb; print(eb.load_corpus({str(HARBOUR)!r}).id)"
    assert run(installed, "-c", script) == "harbour\n"


def test_entry_points_lead_to_classes_and_the_program(installed: Path) -> None:
    parsed = configparser.ConfigParser()
    (path,) = (installed / "site").glob("eventbench-*.dist-info/entry_points.txt")
    parsed.read(path)
    assert dict(parsed["console_scripts"]) == {"eventbench": "eventbench.cli.main:main"}
    systems = dict(parsed[ENTRY_POINTS])
    assert set(systems) == {"lexicon", "crf", "encoder", "llm", "probe"}
    lines = [
        f"import {module}; print({module}.{name}.__module__)"
        for module, name in (value.split(":") for value in systems.values())
    ]
    homes = run(installed, "-c", "\n".join(lines)).split()
    assert len(homes) == len(systems)
    assert all(home.startswith("eventbench_baselines.") for home in homes)
    program = installed / "site/bin/eventbench"
    assert run(installed, str(program), "--version").startswith("eventbench ")


def test_the_wheel_holds_what_it_should_and_nothing_else(installed: Path) -> None:
    (path,) = installed.glob("*.whl")
    names = zipfile.ZipFile(path).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"eventbench", "eventbench_baselines"}
    assert not [name for name in names if name.endswith(".pyc") or "/.git" in name]
    for folder, home in (("annotations", "data/annotations"), ("seeds", "data/seeds")):
        here = (p.relative_to(ROOT / folder) for p in (ROOT / folder).rglob("*") if p.is_file())
        assert {f"eventbench/{home}/{p.as_posix()}" for p in here} <= {*names}
    assert "eventbench/data/CARD.md" in names
    pages = (p for p in ROOT.glob("src/eventbench/html/templates/**/*") if p.is_file())
    templates = {path.relative_to(ROOT / "src").as_posix() for path in pages}
    assert "eventbench/html/templates/article.html.j2" in templates
    assert templates <= {*names}
    assert "eventbench/py.typed" in names


def test_the_free_corpora_are_inside(installed: Path) -> None:
    script = (
        "import eventbench as eb; "
        "print({c: {k: len(v) for k, v in eb.load('triggers', corpus=c).items()} "
        "for c in ('practice', 'transfer')})"
    )
    sentences = {
        name: sum(len(document.sentences) for document in load_corpus(name).documents)
        for name in ("practice", "transfer")
    }
    expected = {
        "practice": {"train": sentences["practice"]},
        "transfer": {"test": sentences["transfer"]},
    }
    assert run(installed, "-c", script) == f"{expected}\n"
