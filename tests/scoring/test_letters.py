"""Letters say exactly who is told apart from whom."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventbench.scoring.letters import letter, letter_names, letters

PAIRS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.sets(st.sampled_from(list(combinations(range(n), 2)) or [(0, 0)])).map(
            lambda found: found if n > 1 else set()
        ),
    )
)


@given(PAIRS)
def test_two_share_a_letter_unless_they_are_told_apart(
    case: tuple[int, set[tuple[int, int]]],
) -> None:
    number, apart = case
    found = [set(one) for one in letters(number, apart)]
    for i, k in combinations(range(number), 2):
        assert found[i].isdisjoint(found[k]) is ((i, k) in apart)
    assert all(found)
    # No letter says only what another one says too.
    holders = [{i for i in range(number) if k in found[i]} for k in range(len(set().union(*found)))]
    assert not any(a <= b for a in holders for b in holders if a is not b)


@given(PAIRS)
def test_letters_do_not_depend_on_the_order_of_pairs(
    case: tuple[int, set[tuple[int, int]]],
) -> None:
    number, apart = case
    assert letters(number, sorted(apart)) == letters(number, sorted(apart, reverse=True))


def test_letters_overlap_where_the_middle_is_like_both_ends() -> None:
    """A group of its own would put the middle with one of them."""
    assert letters(3, [(0, 2)]) == [(0,), (0, 1), (1,)]
    assert letters(2, []) == [(0,), (0,)]
    assert letters(0, []) == []


def test_names_of_letters() -> None:
    assert [letter(k) for k in (0, 1, 25, 26, 27, 52)] == ["a", "b", "z", "a2", "b2", "a3"]


def test_hundreds_of_noisy_systems_have_letters_at_once() -> None:
    """Of so many there are more largest sets than could ever be listed."""
    chance = random.Random(0)
    number = 300
    apart = {(i, k) for i, k in combinations(range(number), 2) if chance.random() * 150 < k - i}
    found = [set(one) for one in letters(number, apart)]
    for i, k in combinations(range(number), 2):
        assert found[i].isdisjoint(found[k]) is ((i, k) in apart)


@pytest.mark.parametrize("seed", range(5))
def test_pairs_of_few_items_have_all_largest_sets(seed: int) -> None:
    """Against enumeration: every letter is a largest set of items, none of which is told apart."""
    chance = random.Random(seed)
    apart = {pair for pair in combinations(range(7), 2) if chance.random() < 0.5}

    def alike(items: frozenset[int]) -> bool:
        return not any(pair in apart for pair in combinations(sorted(items), 2))

    subsets = (frozenset(s) for size in range(1, 8) for s in combinations(range(7), size))
    sets = [items for items in subsets if alike(items)]
    largest = {items for items in sets if not any(items < other for other in sets)}
    found = letters(7, apart)
    held = {k for own in found for k in own}
    assert {frozenset(i for i in range(7) if k in found[i]) for k in held} <= largest


def test_many_letters_are_cut() -> None:
    assert [letter_names(found) for found in ((), (0, 1), (0, 1, 5, 26), tuple(range(9)))] == [
        "", "ab", "abfa2", "abcd…",
    ]  # fmt: skip
