"""What corpus.toml may say, and what it means."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import HARBOUR, ROOT

from eventbench import EventbenchError, load_corpus
from eventbench.corpus.info import FIXED, LEAVE_ONE_OUT, Party, Protocol, read_info

SOUND = """\
id = "boats-2"
name = "Boats"
description = "News about boats."
language = "en"
licence = "CC0-1.0"
licence_url = "https://example.org/cc0"
text_licence = "CC-BY-4.0"
citation = "Boats, a corpus"
canary = "boats canary 01234567-89ab-cdef-0123-456789abcdef"

[protocol]
kind = "leave-one-document-out"
standard_fold = 2

[[party]]
id = "north"
name = "the north"

[[party]]
id = "south"
name = "the south"
"""
FIXED_SPLITS = """\
kind = "fixed-splits"
train = ["a", "b"]
validation = []
test = ["c"]
"""


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "corpus.toml"
    path.write_text(content, encoding="utf-8")
    return path


def with_fixed_splits(content: str = SOUND) -> str:
    before, _, after = content.partition('kind = "leave-one-document-out"\nstandard_fold = 2\n')
    return f"{before}{FIXED_SPLITS}{after}"


def test_all_that_a_description_says(tmp_path: Path) -> None:
    info = read_info(written(tmp_path, SOUND))
    assert (info.id, info.name, info.description) == ("boats-2", "Boats", "News about boats.")
    assert (info.language, info.citation) == ("en", "Boats, a corpus")
    assert (info.licence, info.licence_url) == ("CC0-1.0", "https://example.org/cc0")
    assert info.text_licence == "CC-BY-4.0"
    assert info.protocol == Protocol(LEAVE_ONE_OUT, 2)
    assert info.parties == (Party("north", "the north"), Party("south", "the south"))
    assert info.canary == "boats canary 01234567-89ab-cdef-0123-456789abcdef"


def test_what_may_be_left_out(tmp_path: Path) -> None:
    content = SOUND[: SOUND.index("[[party]]")].replace("standard_fold = 2\n", "")
    content = "".join(
        line
        for line in content.splitlines(keepends=True)
        if not line.startswith(("text_licence", "canary"))
    )
    info = read_info(written(tmp_path, content))
    assert (info.text_licence, info.canary, info.parties) == ("", "", ())
    assert info.protocol.standard_fold == 0


def test_leaving_one_document_out_tests_on_each_article_once() -> None:
    folds = Protocol(LEAVE_ONE_OUT).folds(["a", "b", "c", "d"])
    assert folds == [
        {"train": ("c", "d"), "validation": ("b",), "test": ("a",)},
        {"train": ("a", "d"), "validation": ("c",), "test": ("b",)},
        {"train": ("a", "b"), "validation": ("d",), "test": ("c",)},
        {"train": ("b", "c"), "validation": ("a",), "test": ("d",)},
    ]


def test_leaving_one_document_out_needs_three_articles(tiny: Path) -> None:
    message = (
        r"corpus\.toml: leave-one-document-out needs three articles or more, to train, validate "
        r"and test on, found 2: .*fixed-splits"
    )
    corpus = load_corpus(tiny)
    with pytest.raises(EventbenchError, match=message):
        corpus.folds()
    assert not corpus.is_tested
    assert load_corpus("aleppo-1").is_tested


def test_fixed_splits_are_one_fold(tmp_path: Path) -> None:
    protocol = read_info(written(tmp_path, with_fixed_splits())).protocol
    assert protocol.kind == FIXED
    assert protocol.folds(["a", "b", "c"]) == [
        {"train": ("a", "b"), "validation": (), "test": ("c",)}
    ]


def test_descriptions_of_the_corpora() -> None:
    ours, other = (read_info(r / "annotations/corpus.toml") for r in (ROOT, HARBOUR))
    assert (ours.id, ours.text_licence) == ("aleppo", "")
    assert (other.id, other.text_licence, other.parties) == ("harbour", "CC0-1.0", ())
    assert (other.canary, ours.canary.partition(" canary ")[0]) == ("", "eventbench")
    assert f"`{ours.canary}`" in (ROOT / "CARD.md").read_text("utf-8")


@pytest.mark.parametrize("corpus", ["aleppo", "aleppo-1"])
def test_sides_are_parties_and_the_card_has_the_canary(corpus: str) -> None:
    loaded = load_corpus(corpus)
    sides = {part for v in loaded.scheme.span_attributes["side"].labels() for part in v.split("_")}
    assert {party.id for party in loaded.info.parties} == sides - {"unclear"}
    assert f"`{loaded.info.canary}`" in (loaded.root / "CARD.md").read_text("utf-8")


# Each case: what to replace in SOUND, by what, and the message that refuses it.
REFUSED = {
    "not TOML": ('name = "Boats"', "name = Boats", "not valid TOML: "),
    "unknown key": ("citation =", "author =", "unknown key 'author', expected id, name, "),
    "no id": ('id = "boats-2"\n', "", "has no 'id'"),
    "capitals in the id": ('"boats-2"', '"Boats"', "id is 'Boats', expected a-z, 0-9 and single"),
    "doubled hyphen in the id": ('"boats-2"', '"boats--2"', "id is 'boats--2', expected a-z"),
    "long id": ('"boats-2"', f'"{"b" * 41}"', "at most 40"),
    "no name": ('name = "Boats"\n', "", "has no 'name'"),
    "empty name": ('"Boats"', '" "', "name is empty, expected a text"),
    "name of another type": ('"Boats"', "3", "name is 3, expected a string"),
    "text licence of another type": ('"CC-BY-4.0"', "true", "text_licence is True, expected a s"),
    "canary without a UUID": (
        "01234567-89ab", "boats", "canary is 'boats canary",
    ),
    "canary of two lines": ("boats canary", "boats\\ncanary", "expected one line with a UUID"),
    "canary of another type": (
        '"boats canary 01234567-89ab-cdef-0123-456789abcdef"', "3", "canary is 3, expected a str",
    ),
    "no protocol": (SOUND[SOUND.index("[protocol]") :], "", "has no 'protocol'"),
    "protocol of another type": ("[protocol]\n", "[[protocol]]\n", "expected an object"),
    "unknown protocol": (
        '"leave-one-document-out"', '"ten-fold"',
        "protocol: kind is 'ten-fold', expected leave-one-document-out or fixed-splits",
    ),
    "unknown key of the protocol": (
        "standard_fold", "fold", "protocol: unknown key 'fold', expected kind, standard_fold",
    ),
    "fold of another type": ("= 2", '= "2"', "protocol: standard_fold is '2', expected an integer"),
    "fold below 0": ("= 2", "= -1", "protocol: standard_fold is -1, expected 0 or more"),
    "party without a name": ('name = "the south"\n', "", "party[1]: has no 'name'"),
    "unknown key of a party": ('name = "the s', 'nick = "the s', "party[1]: unknown key 'nick'"),
    "party twice": ('"south"', '"north"', "party[1]: id 'north' is another party's too"),
    "one party": (
        SOUND[SOUND.index("[[party]]") :], '[party]\nid = "x"\nname = "y"\n', "expected a list",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_description_cannot_say_is_refused(tmp_path: Path, case: str) -> None:
    old, new, message = REFUSED[case]
    assert old in SOUND
    check_refusal(written(tmp_path, SOUND.replace(old, new, 1)), message)


def check_refusal(path: Path, message: str) -> None:
    with pytest.raises(EventbenchError) as caught:
        read_info(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'train = ["a", "b"]\nvalidation = []\ntest = ["c"]',
            "test = []",
            "protocol: all splits are empty, expected articles in train or validation or test",
        ),
        ('["c"]', '"all"', "protocol: train is ['a', 'b'], expected [] as test has all articles"),
        ('test = ["c"]', 'test = "c"', "protocol: test is 'c', expected a list or \"all\""),
        ('train = ["a", "b"]', 'train = "alle"', "train is 'alle', expected a list or \"all\""),
        ('train = ["a", "b"]', "train = 3", 'protocol: train is 3, expected a list or "all"'),
        ('test = ["c"]', "test = [3]", "protocol: test has 3, expected each article in one split"),
        ('test = ["c"]', 'test = ["a"]', "protocol: test has 'a', expected each article in one"),
        ("validation", "dev", "protocol: unknown key 'dev', expected kind, train, validation, te"),
    ],
)
def test_fixed_splits_that_cannot_be_are_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    content = with_fixed_splits()
    assert old in content
    check_refusal(written(tmp_path, content.replace(old, new, 1)), message)


def test_a_missing_description_is_refused(tmp_path: Path) -> None:
    check_refusal(tmp_path / "corpus.toml", "missing (it describes the corpus)")
