"""The dataset card: the corpus's own, or one made of its description."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from huggingface_hub import DatasetCard

from eventbench import EventbenchError, build, load_corpus
from eventbench.dataset import card as cards
from eventbench.dataset.card import read_card, with_configs, without_configs
from eventbench.dataset.tables import TABLES
from eventbench.tasks.registry import tasks_for


def test_the_card_is_the_built_directorys_readme(built: Path) -> None:
    card = DatasetCard.load(built / "README.md")
    assert card.data.license == "cc-by-4.0"
    configs = [config["config_name"] for config in card.data.to_dict()["configs"]]
    tasks = tasks_for(load_corpus())
    of_tasks = [name for t in tasks for name in (t, *(f"{t}_fold{k}" for k in range(5)))]
    assert configs == [*of_tasks, *TABLES]
    headings = [line for line in card.content.split("\n") if line.startswith("#")]
    source = (ROOT / "CARD.md").read_text("utf-8")
    assert headings == [line for line in source.split("\n") if line.startswith("#")]
    assert "](annotations/" in source
    assert "](annotations/" not in card.content


def test_a_corpus_without_a_card_gets_one_from_its_description(
    harbour: Path, tmp_path: Path
) -> None:
    (harbour / "CARD.md").unlink()
    info = load_corpus(harbour).info
    build(tmp_path / "out", corpus=harbour)
    card = DatasetCard.load(tmp_path / "out" / "README.md")
    assert card.data.license == "cc0-1.0"
    assert card.data.language == ["en"]
    assert card.data.to_dict()["pretty_name"] == info.name
    assert len(card.data.to_dict()["configs"]) == 20
    assert f"# {info.name}\n\n{info.description}\n" in card.text
    assert card.text.endswith(f"Cite as: {info.citation}\n")


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("# Harbour\n", "CARD.md:1: expected front matter between two lines of ---"),
        ("---\nlicense: mit\n# Harbour\n", "CARD.md:1: expected front matter between"),
        ("---\r\nlicense: mit\r\n---\r\n", "CARD.md:1: expected front matter between"),
        (
            "---\nlicense: mit\nconfigs:\n- config_name: x\n---\n",
            "CARD.md:3: has configs, which eventbench writes itself",
        ),
    ],
)
def test_a_card_that_cannot_take_configurations_is_refused(
    harbour: Path, tmp_path: Path, card: str, message: str
) -> None:
    (harbour / "CARD.md").write_bytes(card.encode())
    with pytest.raises(EventbenchError) as error:
        build(tmp_path / "out", corpus=harbour)
    assert str(error.value).startswith(f"{harbour}/{message}")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["aleppo", "practice"])
def test_links_lead_into_the_repository_once_it_has_an_address(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = Message()
    about["Project-URL"] = "Issues, https://code.test/e/issues"
    about["Project-URL"] = "Repository, https://code.test/e/"
    monkeypatch.setattr(cards, "metadata", lambda name: about)
    corpus = load_corpus(name)
    before = (corpus.root / "CARD.md").read_text("utf-8")
    relative = re.findall(r"\]\((?!https?:)([^()]*)\)", before)
    home = load_corpus().root.resolve()
    expected = [(corpus.root / link).resolve().relative_to(home).as_posix() for link in relative]
    found = re.findall(r"\]\(https://code\.test/e/blob/main/([^()]*)\)", read_card(corpus))
    assert found == expected != []


def test_cards_of_other_corpora_have_no_links_into_our_repository(
    harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "_repository", lambda: "https://code.test/e")
    text = "---\nlicense: mit\n---\n[notes](notes.md)\n"
    (harbour / "CARD.md").write_text(text, "utf-8")
    assert "[notes](notes.md)" in read_card(load_corpus(harbour))


def test_without_an_address_or_with_a_placeholder_there_are_no_links(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    about = Message()
    monkeypatch.setattr(cards, "metadata", lambda name: about)
    assert cards._repository() == ""
    about["Project-URL"] = f"Repository, {cards.PLACEHOLDER}e"
    assert cards._repository() == ""


def test_configurations_come_and_go(harbour: Path) -> None:
    card = read_card(load_corpus(harbour))
    configs = [{"config_name": "a", "data_files": [{"split": "test", "path": ["b: c.parquet"]}]}]
    found = with_configs(card, configs)
    assert yaml.safe_load(found.split("---\n")[1])["configs"] == configs
    assert without_configs(found) == card
