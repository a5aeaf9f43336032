"""The wheel works away from the checkout, with the data inside."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT


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
    found = run(installed, "-c", "import eventbench; print(eventbench.__file__)")
    assert Path(found.strip()).is_relative_to(installed / "site")


def test_load_run_score_and_validate_work_with_the_data_inside(installed: Path) -> None:
    script = "import eventbench; print(sum(map(len, eventbench.load('triggers').values())))"
    assert run(installed, "-c", script) == "206\n"
    run(installed, "-m", "eventbench", "run", "lexicon", "--out", "run")
    assert "micro avg" in run(installed, "-m", "eventbench", "score", "run")
    assert run(installed, "-m", "eventbench", "validate") == ""
    assert "19 configurations" in run(installed, "-m", "eventbench", "build", "--out", "dataset")


def test_the_wheel_holds_what_it_should_and_nothing_else(installed: Path) -> None:
    (path,) = installed.glob("*.whl")
    names = zipfile.ZipFile(path).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"eventbench", "eventbench_baselines"}
    for part in ("data/seeds/sources.toml", "data/annotations/GUIDELINES.md", "data/CARD.md"):
        assert f"eventbench/{part}" in names
    assert "eventbench/html/templates/article.html.j2" in names
    assert "eventbench/py.typed" in names
