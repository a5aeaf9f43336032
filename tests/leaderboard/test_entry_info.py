"""``entry.toml``, what authors say of their entry, is refused by line if anything is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from made_submissions import write_info

from eventbench.errors import EventbenchError
from eventbench.leaderboard.info import read_info


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"system": "Half"}, ":1: system is 'Half', expected a name of a-z"),
        ({"system": "../half"}, ":1: system is '../half', expected a name"),
        ({"system": "a..b"}, ":1: system is"),
        ({"revision": "-1"}, ":2: revision is"),
        ({"revision": 1}, ":2: revision is 1, expected a text of 1 to 40 characters"),
        ({"revision": "1" * 41}, ":2: revision is"),
        ({"name": ""}, ":3: name is '', expected a text of 1 to 60 characters"),
        ({"name": "x" * 61}, ":3: name is"),
        ({"name": "a\u202eb"}, r":3: name is 'a\u202eb', expected printable characters"),
        ({"name": "a\u200bb"}, ":3: name is"),
        ({"name": "a\u0000b"}, ":3: name is"),
        ({"name": "a\nb"}, ":3: name is"),
        ({"name": "e\u0301"}, ":3: name is"),
        ({"authors": "A. Person"}, ":4: authors is 'A. Person', expected a list of 1 to 20 names"),
        ({"authors": []}, ":4: authors is"),
        ({"authors": ["A"] * 21}, ":4: authors is"),
        ({"authors": [1]}, ":4: authors is"),
        ({"authors": ["a\u2066b"]}, ":4: authors is"),
        ({"url": "javascript:alert(1)"}, ":5: url is 'javascript:alert(1)', expected an http or"),
        ({"url": "https://user:word@example.org"}, ":5: url is"),
        ({"url": 'https://example.org/"onclick="x'}, ":5: url is"),
        ({"url": "https://example.org/a b"}, ":5: url is"),
        ({"url": "https://"}, ":5: url is"),
        ({"parameters": -1}, ":10: parameters is -1, expected their number, or 'unknown'"),
        ({"parameters": "many"}, ":10: parameters is"),
        ({"protocol": "best seed"}, ":11: protocol is 'best seed', expected 'leave-one-document"),
        ({"canary_seen": "perhaps"}, ":14: canary_seen is 'perhaps', expected 'no' or 'yes' or"),
        ({"kind": "winner"}, ":16: kind is"),
        ({"deterministic": "yes"}, ":16: deterministic is 'yes', expected true or false"),
        ({"explanation": "x" * 501}, ":16: explanation is"),
        ({"licence": None}, ": has no licence, expected it"),
        ({"score": 1}, ":16: unknown key 'score', expected system, revision,"),
    ],
)
def test_a_wrong_description_is_refused_by_line(
    changes: dict[str, Any], complaint: str, tmp_path: Path
) -> None:
    path = write_info(tmp_path / "entry.toml", **changes)
    with pytest.raises(EventbenchError) as found:
        read_info(path)
    assert str(found.value).startswith(f"{path}{complaint}")
    assert str(found.value).isprintable()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"name = \n", ": not valid TOML: Invalid value (at line 1"),
        (b"name = 'a'\nname = 'b'\n", ": not valid TOML: "),
        (b"name = '\xff'", ":1: not UTF-8"),
        (b"a = " + b"[" * 10_000, ": not valid TOML"),
        (b"a = " + b"9" * 10_000, ": not valid TOML"),
        (b".".join([b"name"] * 3000) + b" = 1", ": has no system"),
        (b"#" * 20_000, ": is larger than 16384 bytes"),
        (b"[name]\nx = 1", ": has no system"),
    ],
)
def test_what_is_no_description_is_refused(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "entry.toml"
    path.write_bytes(content)
    with pytest.raises(EventbenchError) as found:
        read_info(path)
    assert str(found.value).startswith(f"{path}{complaint}")
    assert str(found.value).isprintable()


def test_unknown_parameters_and_lines_of_a_description(tmp_path: Path) -> None:
    path = write_info(tmp_path / "entry.toml", parameters="unknown", description="One.\nTwo.\n")
    info = read_info(path)
    assert info.parameters is None
    assert info.description == "One.\nTwo."


def test_the_guide_describes_an_entry(tmp_path: Path) -> None:
    text = (ROOT / "docs/submit.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "entry.toml").write_text(block, encoding="utf-8")
    assert read_info(tmp_path / "entry.toml").system == "suffix"
