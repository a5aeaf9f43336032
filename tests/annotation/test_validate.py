"""Every check has a minimal faulty fixture that fails with exactly its id.

A fixture, tests/faulty/<id>/, holds the files in which it differs from tests/tiny.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, Cli

from eventbench.annotation.validate import all_checks, validate

FAULTY = Path(__file__).parents[1] / "faulty"


def test_the_gold_is_sound() -> None:
    assert [str(problem) for problem in validate()] == []


def test_the_small_data_set_is_sound(tiny: Path) -> None:
    assert validate(tiny) == []


def test_each_check_has_a_fixture_and_an_entry_in_the_docs() -> None:
    documented = re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs/checks.md").read_text(), re.M)
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


def test_the_command_says_one_line_a_problem_and_exits_1(tiny: Path, cli: Cli) -> None:
    shutil.copytree(FAULTY / "offset-text-mismatch", tiny, dirs_exist_ok=True)
    result = cli("validate", "--data", tiny)
    assert result.returncode == 1
    assert result.stderr == ""
    assert result.stdout == (
        f"{tiny}/annotations/gold/a.ann:39: offset-text-mismatch: found 'Sunday', but the article "
        "has 'Monday' at 24-30\n"
    )
    as_json = json.loads(cli("validate", "--data", tiny, "--json").stdout)
    assert [(p["line"], p["check"]) for p in as_json] == [(39, "offset-text-mismatch")]


def test_the_command_is_silent_on_sound_gold(tiny: Path, cli: Cli) -> None:
    result = cli("validate", "--data", tiny)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("annotations/gold/a.ann", None, "annotations/gold/a.ann: No such file or directory"),
        ("annotations/gold/a.ann", b"T1\t\xff\n", "annotations/gold/a.ann:1: not UTF-8"),
        ("annotations/tokens/b.tsv", None, "annotations/tokens/b.tsv: missing"),
        ("annotations/annotation.conf", None, "annotations/annotation.conf: missing"),
        ("annotations/annotation.conf", b"Actor\n", "annotation.conf:1: expected a [section]"),
        ("annotations/annotation.conf", b"[events]\nA\tX\n", "conf:2: expected NAME:VALUE"),
        ("annotations/not-events.tsv", b"heading\na\tb\n", "tsv:2: found 2 fields, expected 6"),
        ("seeds/sources.toml", b"x = [", "sources.toml: not valid TOML"),
        ("seeds/sources.toml", b"[[article]]\nid = 'a'\n", "sources.toml: an article has no"),
        ("seeds/a.txt", None, "seeds/a.txt: No such file or directory"),
    ],
)
def test_unreadable_files_are_one_clear_line(
    tiny: Path, cli: Cli, path: str, content: bytes | None, message: str
) -> None:
    if content is None:
        (tiny / path).unlink()
    else:
        (tiny / path).write_bytes(content)
    result = cli("validate", "--data", tiny)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("eventbench: error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
