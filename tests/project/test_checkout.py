"""A checkout that turns line ends into those of Windows has the same data."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, files_below

from eventbench.annotation.validate import validate
from eventbench.leaderboard.verify import verify

DATA = [
    "seeds", "annotations", "corpora", "leaderboard", "tests/tiny", "tests/harbour", "tests/faulty",
]  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with ``core.autocrlf`` of our data, as a repository of its own."""
    folder = tmp_path_factory.mktemp("git")
    for name in DATA:
        shutil.copytree(ROOT / name, folder / "origin" / name)
    for name in (".gitattributes", "CARD.md"):
        shutil.copy(ROOT / name, folder / "origin")

    def git(*arguments: object) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *map(str, arguments)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    git("init", "origin")
    git("-C", "origin", "-c", "core.autocrlf=true", "add", "--all")
    git("-C", "origin", "commit", "-m", "data")
    git("clone", "-c", "core.autocrlf=true", "origin", "clone")
    return folder / "clone"


@pytest.mark.parametrize("name", DATA)
def test_the_data_have_the_same_bytes(checkout: Path, name: str) -> None:
    assert files_below(checkout / name) == files_below(ROOT / name)


def test_other_texts_keep_their_line_ends_too(checkout: Path) -> None:
    """They go into the package, and from there into datasets and pages."""
    assert (checkout / "CARD.md").read_bytes() == (ROOT / "CARD.md").read_bytes()


@pytest.mark.slow
def test_the_data_are_sound_and_the_leaderboard_is_verified(checkout: Path) -> None:
    assert validate(checkout) == []
    found = verify(checkout / "leaderboard", [checkout / "leaderboard/aleppo/lexicon/1"])
    assert (found.recomputed, found.problems) == (("lexicon/1",), ())
