"""Files of tagged sentences, of any tags, scored against each other."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import write_format, write_lines

from eventbench import (
    TASKS,
    Corpus,
    EventbenchError,
    from_iob2,
    load,
    score_files,
    score_sequences,
)
from eventbench.scoring.statistics import AVERAGES, Score
from eventbench.tagged import seqeval_check
from eventbench.tagged.files import FileScores, score_conlleval
from eventbench.tagged.seqeval_check import seqeval_scores
from eventbench.tagged.tally import Tally

Json = dict[str, Any]


def test_a_built_dataset_is_a_gold_file(tmp_path: Path) -> None:
    """Parquet with a ClassLabel column, as `datasets` writes it."""
    path = tmp_path / "test.parquet"
    load("triggers")["test"].to_parquet(path)
    found = score_files(path, path)
    assert found.scores["micro avg"].f1 == 1.0
    assert found.sentences == 30


ANY_TAG = st.sampled_from(["O", "B-a_b", "I-a_b", "B-a-b", "I-a-b", "B-É", "I-É"])
PAIRS = st.lists(st.lists(st.tuples(ANY_TAG, ANY_TAG), min_size=1, max_size=6), min_size=1)


def sides(pairs: list[list[tuple[str, str]]]) -> tuple[list[list[str]], list[list[str]]]:
    gold, found = ([[pair[i] for pair in s] for s in pairs] for i in (0, 1))
    return gold, found


def lines_of(sentences: list[list[str]]) -> list[Json]:
    return [
        {"id": str(i), "tokens": ["😀\u00a0x"] * len(tags), "ner_tags": tags}
        for i, tags in enumerate(sentences)
    ]


def stray(tags: list[str]) -> list[int]:
    """The places of I- tags outside entities, by the definition."""
    inside = {i for _, first, last in from_iob2(tags) for i in range(first, last)}
    return [i for i, tag in enumerate(tags) if tag != "O" and i not in inside]


def every_way(folder: Path, gold: list[list[str]], found: list[list[str]]) -> list[FileScores]:
    """Scores from JSON Lines by the fast path, and from CoNLL."""
    both = lines_of(gold), lines_of(found)
    fast = (write_lines(folder / f"{i}.jsonl", lines) for i, lines in enumerate(both))
    slow = (write_format(folder / f"{i}.conll", lines) for i, lines in enumerate(both))
    return [score_files(*fast, verify=False), score_files(*slow, verify=False)]


@settings(max_examples=150)
@given(PAIRS)
def test_files_of_any_tags_score_as_seqeval_does(pairs: list[list[tuple[str, str]]]) -> None:
    gold, found = sides(pairs)
    for tags in gold:
        for i in stray(tags):
            tags[i] = "O"
    with tempfile.TemporaryDirectory() as name:
        fast, slow = every_way(Path(name), gold, found)
    assert fast == slow
    assert score_sequences(gold, found) == fast.scores
    number = sum(len(stray(tags)) for tags in found)
    assert any(f"do not count as entities: {number}." in n for n in fast.notes) == (number > 0)
    if fast.scores.keys() != {*AVERAGES}:
        assert fast.scores == seqeval_scores(gold, found)


@settings(max_examples=100)
@given(PAIRS)
def test_stray_tags_of_the_gold_are_refused_on_every_path(
    pairs: list[list[tuple[str, str]]],
) -> None:
    gold, found = sides(pairs)
    number, first = next(
        ((k, stray(tags)[0]) for k, tags in enumerate(gold) if stray(tags)), (-1, -1)
    )
    if number < 0:
        return
    said = f"{gold[number][first]!r} at token {first} of the sentence continues no entity"
    with pytest.raises(EventbenchError) as caught:
        score_sequences(gold, found)
    assert str(caught.value).startswith(f"sentence {number}: {said}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for ending, line in (
            ("jsonl", number + 1),
            ("conll", sum(len(tags) + 2 for tags in gold[:number]) + first + 2),
        ):
            files = [
                write_format(folder / f"ids{i}.{ending}", lines_of(tags))
                for i, tags in enumerate((gold, found))
            ]
            with pytest.raises(EventbenchError) as caught:
                score_files(*files, verify=False)
            assert str(caught.value).startswith(f"{files[0]}:{line}: {said}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x O\n\nEU I-ORG\n", "g.conll:3: 'I-ORG' at token 0 of the sentence continues no entity "
         "of its class; the file looks like IOB1, not IOB2: use --convert iob1"),
        ("a B-X\nb O\nc I-X\n", "g.conll:3: 'I-X' at token 2 of the sentence continues no entity "
         "of its class; correct the tag, or use --convert iob1, where I- may begin an entity"),
        ("a B-X\nb E-X\n", "g.conll:2: unknown tag 'E-X', expected O, B-… or I-…; "
         "the file looks like BIOES, not IOB2: use --convert bioes"),
        ("a O\nb U-X\n", "g.conll:2: unknown tag 'U-X', expected O, B-… or I-…; "
         "the file looks like BILOU, not IOB2: use --convert bilou"),
        ("a O\nb PER\n", "g.conll:2: unknown tag 'PER', expected O, B-… or I-…; "
         "the file looks like IO, not IOB2: use --convert io"),
        ("a B-X\nb PER\n", "g.conll:2: unknown tag 'PER', expected O, B-… or I-…"),
        ("a B-micro avg\n", "g.conll:1: tag 'B-micro avg': 'micro avg' is the name of an average, "
         "not a class"),
        ("a B--x\n", "g.conll:1: tag 'B--x': a class may not begin or end with a hyphen "
         "(seqeval drops it and reads 'x')"),
        ("a B-x-\n", "g.conll:1: tag 'B-x-': a class may not begin or end with a hyphen "
         "(seqeval drops it and reads 'x')"),
    ],
)  # fmt: skip
def test_gold_that_is_not_iob2_is_refused_with_its_scheme(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "g.conll"
    path.write_text(content.replace(" ", "\t", 1) if "avg" in content else content)
    with pytest.raises(EventbenchError) as caught:
        score_files(path, path)
    assert str(caught.value) == f"{tmp_path}/{message}"
    sentences = [[line.split(None, 1)[1] for line in part.split("\n") if line]
                 for part in content.split("\n\n")]  # fmt: skip
    with pytest.raises(EventbenchError, match=re.escape(message.partition(": ")[2])):
        score_sequences(sentences, sentences)
    rows = write_lines(tmp_path / "g.jsonl", lines_of(sentences))
    with pytest.raises(EventbenchError, match=re.escape(message.partition(": ")[2])):
        score_files(rows, rows)


def test_files_are_converted_before_they_are_scored(tmp_path: Path) -> None:
    gold, path = tmp_path / "g.conll", tmp_path / "p.conll"
    gold.write_text("EU S-ORG\nx O\nA B-PER\nB E-PER\n")
    path.write_text("EU S-ORG\nx B-ORG\nA O\nB O\n")
    found = score_files(gold, path, convert="bioes")
    assert found.scores["ORG"] == Score(1.0, 1.0, 1.0, 1)
    assert found.scores["PER"].support == 1
    assert found.notes[:2] == (
        "Read as BIOES and converted to IOB2.",
        "Predicted tags that are not part of a whole entity in BIOES do not count as entities: 1.",
    )
    assert found.verified
    tags = [["S-ORG", "O", "B-PER", "E-PER"]], [["S-ORG", "B-ORG", "O", "O"]]
    assert score_sequences(*tags, convert="bioes") == found.scores
    with pytest.raises(EventbenchError) as caught:
        score_files(path, gold, convert="bioes")
    assert str(caught.value) == (
        f"{path}:2: 'B-ORG' at token 1 is not part of a whole entity in BIOES"
    )
    with pytest.raises(EventbenchError) as caught:
        score_files(gold, path, convert="bilou")
    assert str(caught.value).startswith(f"{gold}:1: unknown tag 'S-ORG', expected O, B-…, I-…, L-")
    with pytest.raises(EventbenchError, match="scheme is 'x'"):
        score_files(gold, path, convert="x")
    # JSON Lines of tags that would pass for IOB2 are converted too.
    rows = write_lines(tmp_path / "g.jsonl", lines_of([["I-X", "O", "I-X"]]))
    assert score_files(rows, rows, convert="iob1").scores["X"].support == 2


def test_what_was_verified_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = write_lines(tmp_path / "x.jsonl", lines_of([["B-X", "O"], ["B-Y", "I-Y"]]))
    found = score_files(rows, rows)
    (note,) = found.notes
    assert note == (
        f"Verified: {found.verified} (strict, IOB2) computes the same precision, recall, F1 and "
        "gold for all 2 classes and all 3 averages."
    )
    assert note in str(found)
    assert score_files(rows, rows, verify=False).notes == ("Not compared with seqeval.",)
    monkeypatch.setattr(seqeval_check, "MOST_TOKENS", 3)
    beyond = score_files(rows, rows)
    assert beyond.notes == ("Not compared with seqeval: more than 3 tokens.",)
    assert beyond.verified is None


def test_nothing_is_said_to_be_verified_where_there_is_no_entity(tmp_path: Path) -> None:
    for name in ("x.jsonl", "x.conll"):
        path = write_format(tmp_path / name, lines_of([["O", "O"]]))
        found = score_files(path, path)
        assert found.verified is None
        assert found.notes == (
            "Neither the gold nor the predictions have an entity: every score is 0 by definition, "
            "with nothing for seqeval to verify.",
        )


def test_memory_does_not_grow_with_sentences_times_classes(tmp_path: Path) -> None:
    tags = [[f"B-Class{k % 700}"] for k in range(10_000)]
    rows = write_lines(tmp_path / "x.jsonl", lines_of(tags))
    plain = write_format(tmp_path / "x.conll", lines_of(tags))
    for action in (
        lambda: score_files(rows, rows, verify=False).scores,
        lambda: score_files(plain, plain, verify=False).scores,
        lambda: score_sequences(tags, tags),
    ):
        action()
        tracemalloc.start()
        assert len(action()) == 703
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 50 << 20  # sentences × classes × 3 counts would be 168 MB


SPOILS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 2), st.binary(max_size=3)),
    max_size=3,
)


@settings(max_examples=300)
@given(SPOILS, st.booleans())
def test_the_fast_path_takes_only_what_the_other_takes(
    spoils: list[tuple[float, int, bytes]], in_both: bool
) -> None:
    """Files with some bytes replaced: never a score that the real parser would not give."""
    lines = lines_of([["B-É", "I-É", "O"], [], ["B-a b", "B-x"]])
    content = "".join(json.dumps(k, ensure_ascii=False) + "\n" for k in lines).encode()
    spoilt = content
    for place, removed, added in spoils:
        at = int(place * len(spoilt))
        spoilt = spoilt[:at] + added + spoilt[at + removed :]
    with tempfile.TemporaryDirectory() as name:
        gold, path = Path(name) / "g.jsonl", Path(name) / "p.jsonl"
        gold.write_bytes(spoilt if in_both else content)
        path.write_bytes(spoilt)
        tally = Tally(0)
        if not tally.add_fast(gold, path) or tally.gold_stray:
            with contextlib.suppress(EventbenchError):
                score_files(gold, path)
            return
        with mock.patch.object(Tally, "add_fast", return_value=False):
            assert score_files(gold, path).scores == tally.scores()


def test_a_file_for_conlleval_is_scored_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text(
        "-DOCSTART- -X- O O\n\nEU NNP B-ORG B-ORG\nx VBZ O O\n\nA NNP B-PER O\nB NNP I-PER O\n"
    )
    found = score_conlleval(path)
    assert found.scores == score_sequences(
        [["B-ORG", "O"], ["B-PER", "I-PER"]], [["B-ORG", "O"], ["O", "O"]]
    )
    assert (found.sentences, found.tokens) == (2, 4)
    path.write_text("EU NNP I-ORG I-ORG\n")
    with pytest.raises(EventbenchError, match=r"out.txt:1: 'I-ORG' .* use --convert iob1"):
        score_conlleval(path)
    assert score_conlleval(path, convert="iob1").scores["ORG"].f1 == 1.0


def test_the_format_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "x.bio"
    path.write_text("EU B-ORG\n")
    with pytest.raises(EventbenchError, match="the ending of a file tells its format"):
        score_files(path, path)
    assert score_files(path, path, format="conll").scores["ORG"].support == 1


def test_a_document_ends_an_entity(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("a B-X\n-DOCSTART- O\nb B-X\n")
    found = tmp_path / "p.conll"
    found.write_text("a B-X\n-DOCSTART- O\nb I-X\n")
    scores = score_files(path, found)
    assert scores.sentences == 2
    assert scores.scores["X"] == Score(1.0, 0.5, 2 / 3, 2)


@pytest.fixture(scope="module")
def right(corpus: Corpus) -> list[Json]:
    task = TASKS["triggers"]
    rows = task.rows(corpus.documents[:1], corpus.scheme)
    return [task.dump(row, task.gold(row)) for row in rows]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines.pop(), "p.jsonl ends before this sentence"),
        (lambda lines: lines.append(lines[0]), "gold.jsonl ends before this sentence"),
        (lambda lines: lines[3].update(id="x"), "p.jsonl:4: is 'x', expected '000-004' here"),
        (lambda lines: lines[0]["tokens"].__setitem__(0, "W"), "p.jsonl:1: token 0 of 000-001"),
        (lambda lines: lines[0].update(ner_tags=["O"]), "p.jsonl:1: has 1 tags for 11 tokens"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, "X"), "p.jsonl:1: unknown tag 'X'"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, "B-"), "p.jsonl:1: unknown tag 'B-'"),
        (lambda lines: lines[0]["ner_tags"].__setitem__(0, None), "p.jsonl:1: ner_tags of 000-001"),
        (lambda lines: lines[0].pop("tokens"), "p.jsonl:1: has no 'tokens'"),
        (lambda lines: lines[0].update(id=1), "p.jsonl:1: id is 1, expected a string"),
    ],
)
def test_files_that_do_not_match_are_refused_with_file_and_line(
    right: list[Json], tmp_path: Path, change: Callable[[list[Json]], object], message: str
) -> None:
    gold = write_lines(tmp_path / "gold.jsonl", right)
    lines = [
        {**line, "tokens": [*line["tokens"]], "ner_tags": [*line["ner_tags"]]} for line in right
    ]
    change(lines)
    with pytest.raises(EventbenchError) as caught:
        score_files(gold, write_lines(tmp_path / "p.jsonl", lines))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sequences_that_do_not_match_are_refused() -> None:
    with pytest.raises(EventbenchError, match="sentence 1: 1 tags, the gold has 2"):
        score_sequences([["O"], ["O", "O"]], [["O"], ["O"]])
    with pytest.raises(EventbenchError, match="1 predicted sentences for 2 of the gold"):
        score_sequences([["O"], ["O"]], [["O"]])
    with pytest.raises(EventbenchError, match="sentence 0: unknown tag 'X'"):
        score_sequences([["O"]], [["X"]])
    nothing: Any = [[None]]
    a_list: Any = [["O"], [[]]]
    mixed: Any = [["X", None]]
    with pytest.raises(EventbenchError, match="sentence 0: unknown tag None, expected O"):
        score_sequences([["O"]], nothing)
    with pytest.raises(EventbenchError, match=r"sentence 1: tag is \[\], expected a string"):
        score_sequences([["O"], ["O"]], a_list)
    with pytest.raises(EventbenchError, match=r"sentence 1: unknown tag \[\], expected O"):
        score_sequences([["O"], ["O"]], a_list, convert="io")
    with pytest.raises(EventbenchError, match=r"sentence 0: unknown tag 'X'"):
        score_sequences(mixed, [["O", "O"]])


def test_sequences_of_more_classes_than_a_byte_holds() -> None:
    tags = [[f"B-{k}", f"I-{k}", "O"] for k in range(300)]
    found = score_sequences(tags, [*tags[:-1], ["O", "O", "O"]])
    assert len(found) == 303
    assert found["micro avg"] == Score(1.0, 299 / 300, found["micro avg"].f1, 300)
    assert found == seqeval_scores(tags, [*tags[:-1], ["O", "O", "O"]])
