"""Other schemes are converted to IOB2 as seqeval reads them, and recognised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.scheme import BILOU, IOB1, IOBES, Tokens

from eventbench import EventbenchError, from_iob2
from eventbench.tagged.schemes import SCHEMES, check_scheme, convert, looks_like

Chunk = tuple[str | None, int]
CHUNKS = st.lists(st.tuples(st.sampled_from([None, "a", "b", "a-b"]), st.integers(1, 3)))
"""Neighbouring stretches of a sentence: a class or None, and how many tokens."""
SEQEVAL = {"iob1": IOB1, "bioes": IOBES, "bilou": BILOU}


def iob2(chunks: list[Chunk]) -> list[str]:
    return [tag for k in range(len(chunks)) for tag in written(chunks, k, "iob2")]


def written(chunks: list[Chunk], k: int, scheme: str) -> list[str]:
    """The tags of the k-th stretch."""
    name, size = chunks[k]
    if name is None:
        return ["O"] * size
    last, single = {"bioes": "ES", "bilou": "LU"}.get(scheme, "IB")
    follows = k > 0 and chunks[k - 1][0] == name
    first = "I" if scheme == "io" or (scheme == "iob1" and not follows) else "B"
    if scheme in ("bioes", "bilou") and size == 1:
        return [f"{single}-{name}"]
    inside = ["I"] * (size - 2) + ([last] if size > 1 else [])
    return [f"{prefix}-{name}" for prefix in (first, *inside)]


def merged(chunks: list[Chunk]) -> list[Chunk]:
    """Neighbours of a class as one, which is all that IO can tell."""
    result: list[Chunk] = []
    for name, size in chunks:
        if result and name is not None and result[-1][0] == name:
            result[-1] = (name, result[-1][1] + size)
        else:
            result.append((name, size))
    return result


@settings(max_examples=500)
@given(CHUNKS, st.sampled_from(SCHEMES))
def test_spans_written_in_a_scheme_come_back(chunks: list[Chunk], scheme: str) -> None:
    tags = [tag for k in range(len(chunks)) for tag in written(chunks, k, scheme)]
    expected = iob2(merged(chunks) if scheme == "io" else chunks)
    assert convert(tags, scheme).tags == expected
    assert convert(tags, scheme).stray == []
    if scheme in SEQEVAL:
        entities = Tokens(tags, SEQEVAL[scheme]).entities
        assert [e.to_tuple()[1:] for e in entities] == from_iob2(expected)
    if scheme == "io":
        bare = [tag.removeprefix("I-") for tag in tags]
        assert convert(bare, scheme).tags == expected


@settings(max_examples=500)
@given(st.sampled_from(["bioes", "bilou"]), st.data())
def test_broken_entities_are_left_out_as_seqeval_does(scheme: str, data: st.DataObject) -> None:
    prefixes = {"bioes": "BIES", "bilou": "BILU"}[scheme]
    any_tag = st.sampled_from(["O", *(f"{p}-{name}" for p in prefixes for name in ("a", "b"))])
    tags = data.draw(st.lists(any_tag, max_size=9))
    found = convert(tags, scheme)
    entities = [e.to_tuple()[1:] for e in Tokens(tags, SEQEVAL[scheme]).entities]
    assert from_iob2(found.tags) == entities
    covered = {i for _, first, last in entities for i in range(first, last)}
    assert found.stray == [i for i, t in enumerate(tags) if t != "O" and i not in covered]


@settings(max_examples=300)
@given(CHUNKS)
def test_iob2_read_as_iob1_is_the_same(chunks: list[Chunk]) -> None:
    assert convert(iob2(chunks), "iob1").tags == iob2(chunks)


@pytest.mark.parametrize(
    ("tag", "scheme", "expected"),
    [
        ("S-a", "iob1", "O, B-… or I-… (IOB1)"),
        ("a", "bioes", "O, B-…, I-…, E-… or S-… (BIOES)"),
        ("E-a", "bilou", "O, B-…, I-…, L-… or U-… (BILOU)"),
        ("B-a", "io", "O, I-… or a class (IO)"),
        ("", "io", "O, I-… or a class (IO)"),
    ],
)
def test_a_tag_of_another_scheme_is_named(tag: str, scheme: str, expected: str) -> None:
    with pytest.raises(EventbenchError) as caught:
        convert(["O", tag], scheme)
    assert str(caught.value) == f"unknown tag {tag!r}, expected {expected}"


def test_a_scheme_that_does_not_exist_is_named() -> None:
    with pytest.raises(EventbenchError, match="scheme is 'iob', expected iob1, bioes, bilou, io"):
        check_scheme("iob")


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["I-a O I-b"], "iob1"),
        (["I-a B-a O", "I-a"], "iob1"),
        (["B-a I-a", "O I-a"], None),
        (["B-a E-a S-b"], "bioes"),
        (["O S-b"], "bioes"),
        (["B-a L-a U-b"], "bilou"),
        (["O PER PER", "ORG"], "io"),
        (["art-music O person-actor"], "io"),
        (["I-a PER"], "io"),
        (["B-a PER"], None),
        (["E-a L-a"], None),
        (["b-a O"], None),
        (["a-B O"], None),
        (["B_a O"], None),
    ],
)
def test_what_a_file_looks_like(sentences: list[str], scheme: str | None) -> None:
    assert looks_like(sentence.split() for sentence in sentences) == scheme
