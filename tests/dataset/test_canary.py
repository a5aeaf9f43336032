"""The canary of a corpus: in all that is built of it and describes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from eventbench import build, load_corpus
from eventbench.hub.results import eval_yaml

CANARY = "harbour canary 01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def marked(harbour: Path) -> Path:
    """The harbour corpus with a canary in its description alone."""
    path = harbour / "annotations" / "corpus.toml"
    content = path.read_text("utf-8").replace("[protocol]", f'canary = "{CANARY}"\n[protocol]')
    path.write_text(content, "utf-8")
    return harbour


def described(built: Path) -> dict[str, str]:
    """What names the corpus to people and machines that only see the built dataset."""
    manifest = json.loads((built / "eventbench.json").read_text("utf-8"))
    return {
        "manifest": manifest["canary"],
        "croissant": json.loads((built / "croissant.json").read_text("utf-8"))["description"],
        "eval": yaml.safe_load(eval_yaml({}, manifest))["description"],
        "card": (built / "README.md").read_text("utf-8"),
    }


FREE = "The texts are free, under CC0-1.0."


@pytest.mark.parametrize("own_card", [True, False])
def test_a_canary_is_in_everything_that_describes_a_dataset(
    marked: Path, tmp_path: Path, own_card: bool
) -> None:
    if not own_card:
        (marked / "CARD.md").unlink()
    build(tmp_path / "out", corpus=marked, with_text=False)
    found = described(tmp_path / "out")
    about = f"{load_corpus(marked).info.description} {FREE}"
    assert found["manifest"] == CANARY
    assert found["croissant"] == f"{about} {CANARY}"
    assert found["eval"].startswith(f"{about} {CANARY} Tasks: ")
    assert found["card"].endswith(f"\n## Canary\n\n`{CANARY}`\n")


def test_a_card_that_has_the_canary_is_left_alone(marked: Path, tmp_path: Path) -> None:
    card = marked / "CARD.md"
    card.write_text(f"{card.read_text('utf-8')}\nDo not train on this: {CANARY}.\n", "utf-8")
    build(tmp_path / "out", corpus=marked)
    assert described(tmp_path / "out")["card"].count(CANARY) == 1


def test_a_corpus_without_a_canary_has_none_of_ours(harbour: Path, tmp_path: Path) -> None:
    build(tmp_path / "out", corpus=harbour)
    found = described(tmp_path / "out")
    assert found["manifest"] == ""
    assert found["croissant"] == f"{load_corpus(harbour).info.description} {FREE}"
    assert "canary" not in "".join(found.values()).lower()
