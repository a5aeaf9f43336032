"""The citation is of the version of today, in CITATION.cff as in the README."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from conftest import ROOT

import eventbench

pytestmark = pytest.mark.documents


@pytest.fixture(scope="module")
def cited() -> Any:
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def test_the_versions_are_those_of_gold_and_package(cited: Any) -> None:
    assert str(cited["version"]) == (ROOT / "annotations/VERSION").read_text("utf-8").strip()
    (software,) = cited["references"]
    assert str(software["version"]) == eventbench.__version__


def test_bibtex_in_the_readme_says_the_same(cited: Any) -> None:
    (block,) = re.findall(r"```bibtex\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    fields = dict(re.findall(r"^ +(\w+) += \{(.*)\},$", block, re.MULTILINE))
    assert fields == {
        "author": f"{{{' and '.join(author['name'] for author in cited['authors'])}}}",
        "title": cited["title"],
        "year": str(cited["date-released"].year),
        "version": str(cited["version"]),
    }


def test_the_file_has_what_its_format_asks_for(cited: Any) -> None:
    """The required keys of CFF 1.2.0; cffconvert validated the whole file."""
    assert cited.keys() >= {"cff-version", "message", "title", "authors"}
    assert cited["cff-version"] == "1.2.0"
    assert set(cited["license"]) == {"CC-BY-4.0", "Apache-2.0"}
