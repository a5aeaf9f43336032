"""The documents show what the commands print, and what they tell one to do works.

The commands and programs of a document are run one after the other, as a reader would,
in a copy of the checkout. What is told to "save this as `NAME`" is saved; a comment before a
block, ``<!-- not run: why -->``, leaves it out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.documents

BLOCK = re.compile(
    r"(?:[Ss]ave this as `(?P<file>[^`\n]+)`[^\n]*\n\n|^<!-- not run: (?P<why>[^\n]*) -->\n)?"
    r"^```(?P<language>\w+)\n(?P<source>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
RUN = {"sh": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}
KEPT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "runs", "__pycache__", ".*_cache", "build", "site"
)


def documents_with_blocks() -> list[Path]:
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    return sorted(d for d in found if re.search(r"^```(sh|python)$", d.read_text("utf-8"), re.M))


@pytest.mark.slow
@pytest.mark.parametrize("document", documents_with_blocks(), ids=lambda path: path.name)
def test_what_a_document_tells_one_to_do_works(document: Path, tmp_path: Path) -> None:
    pytest.importorskip("spacy", reason="some commands need the extra [segment]")
    pytest.importorskip("pycrfsuite", reason="some commands need the extra [crf]")
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=KEPT_OUT)
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HF_HOME": str(tmp_path / "hf"),
        "HF_HUB_OFFLINE": "1",
    }
    for block in BLOCK.finditer(document.read_text("utf-8")):
        if block["why"]:
            continue
        if block["file"]:
            path = checkout / block["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["source"], "utf-8")
        elif block["language"] in RUN:
            result = subprocess.run(
                [*RUN[block["language"]], block["source"]],
                cwd=checkout,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, f"{block['source']}\n{result.stdout}{result.stderr}"


def test_documents_show_the_output_of_their_commands() -> None:
    result = subprocess.run(
        [sys.executable, "docs/refresh.py", "--check"],
        cwd=ROOT,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    assert result.returncode == 0


def test_links_in_the_documents_lead_somewhere() -> None:
    patterns = ("*.md", "docs/*.md", "annotations/*.md", "corpora/*/*.md", "corpora/*/*/*.md")
    for document in [path for pattern in patterns for path in ROOT.glob(pattern)]:
        for target, anchor in re.findall(
            r"\]\(([^)#]*)(?:#([^)]*))?\)", document.read_text(encoding="utf-8")
        ):
            if "://" not in target:
                path = document.parent / target if target else document
                assert path.exists(), f"{document.name}: {target}"
                assert not anchor or anchor in anchors_of(path), (
                    f"{document.name}: {target}#{anchor}"
                )


def anchors_of(document: Path) -> set[str]:
    """What GitHub names the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings}


def test_a_change_of_the_gold_is_in_the_changelog() -> None:
    version = (ROOT / "annotations/VERSION").read_text(encoding="utf-8").strip()
    assert f"\n## Gold {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_experiments_are_reported_as_they_are_stored() -> None:
    before = (ROOT / "baselines/EXPERIMENTS.md").read_text(encoding="utf-8")
    program = "import experiments as e; print(e.report(e.stored()), end='')"
    result = subprocess.run(
        [sys.executable, "-B", "-c", program],
        cwd=ROOT / "baselines",
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == before
