"""Every check has a minimal faulty fixture that fails with exactly its id.

A fixture, tests/faulty/<id>/, holds the files in which it differs from tests/tiny.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import FAULTY, ROOT

from eventbench import Document, EventbenchError, validate
from eventbench.annotation.checks import base, values
from eventbench.annotation.validate import all_checks
from eventbench.claims.derive import read_lists
from eventbench.corpus.loading import available_corpora
from eventbench.io import short


@pytest.mark.parametrize("corpus", available_corpora())
def test_the_gold_is_sound(corpus: str) -> None:
    assert [str(problem) for problem in validate(corpus)] == []


def test_the_small_data_set_is_sound(tiny: Path) -> None:
    assert validate(tiny) == []


def test_a_corpus_of_another_domain_is_sound(harbour: Path) -> None:
    assert validate(str(harbour)) == []
    # Another directory of annotations, which the lists beside the gold say nothing of.
    assert validate(harbour, str(harbour / "annotations" / "gold")) == []


def test_each_check_has_a_fixture_and_an_entry_in_the_docs() -> None:
    documented = re.findall(
        r"^\| `([a-z-]+)` \|", (ROOT / "docs/checks.md").read_text("utf-8"), re.M
    )
    assert set(documented) == set(all_checks())
    assert len(documented) == len(set(documented))
    assert {path.name for path in FAULTY.iterdir()} == set(all_checks())


def test_the_docs_say_what_the_code_says() -> None:
    text = (ROOT / "docs/checks.md").read_text(encoding="utf-8")
    for identifier, meaning in all_checks().items():
        assert f"| `{identifier}` | {meaning} |" in text


@pytest.mark.parametrize("identifier", sorted(all_checks()))
def test_a_fault_fails_with_its_own_id(tiny: Path, identifier: str) -> None:
    shutil.copytree(FAULTY / identifier, tiny, dirs_exist_ok=True)
    problems = validate(tiny)
    assert {problem.check for problem in problems} == {identifier}
    for problem in problems:
        assert Path(problem.path).is_file()
        assert 1 <= problem.line <= len(Path(problem.path).read_text("utf-8").split("\n"))


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("annotations/gold/a.ann", None, "annotations/gold/a.ann: No such file or directory"),
        ("annotations/gold/a.ann", b"T1\t\xff\n", "annotations/gold/a.ann:1: not UTF-8"),
        ("annotations/tokens/b.tsv", None, "annotations/tokens/b.tsv: missing"),
        ("annotations/annotation.conf", None, "annotations/annotation.conf: missing"),
        ("annotations/annotation.conf", b"Actor\n", "annotation.conf:1: expected a [section]"),
        ("annotations/annotation.conf", b"[events]\nA\tX\n", "conf:2: expected NAME:VALUE"),
        ("annotations/corpus.toml", None, "annotations/corpus.toml: missing"),
        ("annotations/not-events.tsv", b"heading\na\tb\n", "tsv:2: found 2 fields, expected 6"),
        ("seeds/sources.toml", b"x = [", "sources.toml: not valid TOML"),
        (
            "seeds/sources.toml",
            b"[[article]]\nid = 'a'\n",
            "sources.toml: article[0]: has no 'title'",
        ),
        ("seeds/a.txt", None, "seeds/a.txt: No such file or directory"),
    ],
)
def test_unreadable_files_are_one_clear_line(
    tiny: Path, path: str, content: bytes | None, message: str
) -> None:
    if content is None:
        (tiny / path).unlink()
    else:
        (tiny / path).write_bytes(content)
    with pytest.raises(EventbenchError) as caught:
        validate(tiny)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


# What a scheme demands


def spoilt(corpus: Path, file: str, *changes: tuple[str, str]) -> list[tuple[int, str, str]]:
    """Line, check and message of each problem after some changes of a file."""
    path = corpus / "annotations" / file
    content = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    path.write_text(content, encoding="utf-8")
    return [(problem.line, problem.check, problem.message) for problem in validate(corpus)]


def test_attributes_are_demanded_of_the_types_and_kinds_that_bear_them(harbour: Path) -> None:
    gone = [
        ("A2\tCertainty E1 certain\n", ""),
        ("A1\tStrikeKind E1 lockout\n", ""),
        ("A4\tSector T4 haulage\n", ""),
        ("A18\tSeverity E6 major\n", ""),
    ]
    assert spoilt(harbour, "gold/vell.ann", *gone) == [
        (3, "missing-attribute", "E1 'Lockout' has no Certainty"),
        (3, "missing-attribute", "E1 'Lockout' has no StrikeKind"),
        (11, "missing-span-attribute", "Employer 'Osk Haulage' (22-33) has no Sector"),
        (39, "missing-attribute", "E6 'ran aground' has no Severity"),
    ]


def test_flags_are_never_missing(harbour: Path) -> None:
    # No shipment and no accident of the article is insured, and companies may be state-owned.
    path = harbour / "annotations" / "annotation.conf"
    path.write_text(path.read_text("utf-8") + "StateOwned\tArg:Company\n", "utf-8")
    assert spoilt(harbour, "gold/maren.ann", ("A19\tInsured E6\n", "")) == []


def test_a_dispute_needs_a_link_only_where_the_scheme_has_one(tiny: Path) -> None:
    shutil.copytree(FAULTY / "contested-alone", tiny, dirs_exist_ok=True)
    assert {problem.check for problem in validate(tiny)} == {"contested-alone"}
    link = "Contradicts\tArg1:<EVENT>, Arg2:<EVENT>, <REL-TYPE>:symmetric\n"
    assert spoilt(tiny, "annotation.conf", (link, "")) == []


def test_what_a_link_joins_need_be_contested_only_if_its_type_can_be(tiny: Path) -> None:
    shutil.copytree(FAULTY / "contradicts-uncontested", tiny, dirs_exist_ok=True)
    assert {problem.check for problem in validate(tiny)} == {"contradicts-uncontested"}
    narrow = ("Contested\tArg:<EVENT>", "Contested\tArg:Casualty")
    assert spoilt(tiny, "annotation.conf", narrow) == []


def test_words_for_numbers_and_times_are_those_of_the_language(tiny: Path) -> None:
    for name in ("count-without-number", "not-a-time"):
        shutil.copytree(FAULTY / name, tiny, dirs_exist_ok=True)
        assert {problem.check for problem in validate(tiny)} == {name}
        british = ('language = "en"', 'language = "en-GB"')
        assert {check for _, check, _ in spoilt(tiny, "corpus.toml", british)} == {name}
        dutch = ('language = "en-GB"', 'language = "nl"')
        assert spoilt(tiny, "corpus.toml", dutch) == []
        spoilt(tiny, "corpus.toml", ('language = "nl"', 'language = "en"'))


def test_recurring_sentences_must_agree_on_values_but_not_on_flags(harbour: Path) -> None:
    # h1-002 and h3-006 are nearly the same sentence.
    value = [("A20\tStrikeKind E7 walkout", "A20\tStrikeKind E7 slowdown")]
    message = (
        "h1-002 and h3-006 are nearly the same sentence, but only h1-002 has walk: "
        "Strike walkout certain major"
    )
    assert spoilt(harbour, "gold/vell.ann", *value) == [(4, "recurring-sentence", message)]
    back = ("A20\tStrikeKind E7 slowdown", "A20\tStrikeKind E7 walkout")
    sector = ("A19\tSector T23 shipping", "A19\tSector T23 haulage")
    message = message.partition(" walk:")[0] + " walk: Employer shipping"
    assert spoilt(harbour, "gold/vell.ann", back, sector) == [(4, "recurring-sentence", message)]
    back = ("A19\tSector T23 haulage", "A19\tSector T23 shipping\nA99\tLoud E7")
    path = harbour / "annotations" / "annotation.conf"
    path.write_text(path.read_text("utf-8") + "Loud\tArg:Strike\n", "utf-8")
    assert spoilt(harbour, "gold/vell.ann", back) == []


def test_the_lists_of_incidents_are_read_once(
    karsland: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = karsland / "annotations" / "incidents.tsv"
    path.write_text(path.read_text("utf-8").replace("incident\tm:9-13", "row\tm:9-14"), "utf-8")
    calls: list[Path] = []

    def read(lists: Path, documents: Sequence[Document]) -> Any:
        calls.append(lists)
        return read_lists(lists, documents)

    monkeypatch.setattr(base, "read_lists", read)
    found = [problem.check for problem in validate(karsland)]
    assert found == ["missing-mention", "unknown-level"]
    assert len(calls) == 1


def test_rules_may_be_those_of_a_bundled_corpus(tiny: Path) -> None:
    (tiny / "annotations/GUIDELINES.md").unlink()
    info = tiny / "annotations/corpus.toml"
    decision = (
        "article\tspan\ta\tb\tdecision\trule\treason\na\t7-11\tchange\thold\tchange\tT8\tso\n"
    )
    (tiny / "annotations/adjudication.tsv").write_text(decision, "utf-8")
    assert {problem.check for problem in validate(tiny)} == {"unknown-rule"}
    before = info.read_text("utf-8")
    default = next(iter(available_corpora()))
    info.write_text(f'guidelines = "{default}"\n{before}', "utf-8")
    assert validate(tiny) == []
    for named in ("nowhere", str(tiny), "."):
        info.write_text(f'guidelines = "{named}"\n{before}', "utf-8")
        with pytest.raises(EventbenchError) as caught:
            validate(tiny)
        found = f"{info}: guidelines is {short(named)}, expected the id of a bundled corpus ("
        assert str(caught.value).startswith(found)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("at least 1,200", [1200]),
        ("two hundred", []),
        ("thirty-one", []),
        ("two thirds", []),
        ("61 per cent", []),
        ("about 3 million", [3_000_000]),
        ("another seven", [7]),
        ("seven of them", []),
    ],
)
def test_numbers_that_words_name(words: str, numbers: list[int]) -> None:
    assert list(values._numbers(words)) == numbers
