"""Articles that repeat each other, or those of bundled corpora."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import FAULTY
from making import BOATS, LEARNED, write_ships

from eventbench.annotation.checks import original
from eventbench.annotation.validate import validate
from eventbench.corpus.loading import available_corpora


def found(corpus: Path) -> list[tuple[str, int, str, str]]:
    return [(Path(p.path).name, p.line, p.check, p.message) for p in validate(corpus)]


def test_a_stretch_of_repeated_words_is_one_problem(tiny: Path) -> None:
    shutil.copytree(FAULTY / "repeated-words", tiny, dirs_exist_ok=True)
    message = "'the army shelled the city killing' is also in article a"
    assert found(tiny) == [("b.txt", 2, "repeated-words", message)]


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        ("The army shelled the city, killing 12", "'shelled the city killing 12 civilians'"),
        ("THE ARMY shelled the city -- killing 12 civilians a doctor said", None),
    ],
)
def test_stock_phrases_are_no_repeats(tiny: Path, phrase: str, line: str | None) -> None:
    shutil.copytree(FAULTY / "repeated-words", tiny, dirs_exist_ok=True)
    (tiny / "annotations/stock-phrases.txt").write_text(f"{phrase}\n\n", "utf-8")
    messages = [message.partition(" is also")[0] for *_, message in found(tiny)]
    assert messages == ([line] if line else [])


def test_a_short_stock_phrase_is_of_no_use(tiny: Path) -> None:
    shutil.copytree(FAULTY / "stale-stock-phrase", tiny, dirs_exist_ok=True)
    path = tiny / "annotations/stock-phrases.txt"
    path.write_text(path.read_text("utf-8") + "killing 12 civilians\n", "utf-8")
    assert [(line, check) for _, line, check, _ in found(tiny)] == [
        (2, "stale-stock-phrase"),
        (3, "stale-stock-phrase"),
    ]


def test_a_corpus_that_does_not_say_so_may_repeat(tiny: Path) -> None:
    assert found(tiny) == []


def test_other_corpora_are_compared_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ships = write_ships(tmp_path / "ships")
    boats = write_ships(tmp_path / "boats", "boats", BOATS, LEARNED)
    monkeypatch.setattr(original, "available_corpora", lambda: {"ships": ships, "boats": boats})
    for corpus in (ships, boats):
        path = corpus / "annotations/corpus.toml"
        text = path.read_text("utf-8").replace("[protocol]", "original_text = true\n[protocol]")
        path.write_text(text, "utf-8")
    problems = found(boats)
    assert {check for _, _, check, _ in problems} == {"borrowed-sentence", "repeated-words"}
    borrowed = [(file, line) for file, line, check, _ in problems if check == "borrowed-sentence"]
    # Sentences of five words ("The Juno struck a pier .") are too short.
    assert borrowed == [(f"{k}_ships.txt", line) for k in range(4) for line in (1, 2, 3)]
    assert any("of corpus 'ships', similarity" in message for *_, message in problems)
    repeated = [(line, message) for _, line, check, message in problems if "words" in check]
    message = "'reached hull with coal two days' is also in article 0 of corpus 'ships'"
    assert repeated[0] == (1, message)
    assert all("of corpus 'ships'" in message for _, message in repeated)


def test_a_corpus_is_not_compared_with_itself(tmp_path: Path) -> None:
    """A copy of a bundled corpus has the id of the corpus."""
    name, root = next(iter(available_corpora().items()))
    copy = tmp_path / name
    for folder in ("seeds", "annotations"):
        shutil.copytree(root / folder, copy / folder)
    path = copy / "annotations/corpus.toml"
    text = path.read_text("utf-8").replace("[protocol]", "original_text = true\n[protocol]")
    path.write_text(text, "utf-8")
    assert not any(f"corpus {name!r}" in message for *_, message in found(copy))
