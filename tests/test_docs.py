"""The documents show what the commands print."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from conftest import ROOT


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
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("annotations/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_a_change_of_the_gold_is_in_the_changelog() -> None:
    version = (ROOT / "annotations/VERSION").read_text(encoding="utf-8").strip()
    assert f"\n## Gold {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
