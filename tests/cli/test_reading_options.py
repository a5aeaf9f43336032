"""The options that say how to read articles reach the reader, and what is left out is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from eventbench.documents.article import Reading

GIVEN = """
--input csv --text-column Volltext --id-column Nr --title-column T --date-column D
--publisher-column P --address-column A --date-format %d.%m.%Y --encoding cp1252 --sources s.csv
"""


def test_each_option_reaches_the_reader(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Reading] = []

    def predict(*_: Any, options: Reading, **__: Any) -> int:
        seen.append(options)
        return 0

    monkeypatch.setattr("eventbench.cli.predict.predict", predict)
    assert cli("predict", "a.txt", *GIVEN.split()).returncode == 0
    assert cli("predict", "a.txt").returncode == 0
    columns = {
        "text": "Volltext", "id": "Nr", "title": "T", "published": "D", "publisher": "P",
        "address": "A",
    }  # fmt: skip
    assert seen == [Reading("csv", columns, "%d.%m.%Y", "cp1252", Path("s.csv")), Reading()]


def test_a_folder_is_tagged_and_what_is_left_out_is_said(
    cli: Cli, lexicon: Path, tmp_path: Path
) -> None:
    pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")
    folder = tmp_path / "news"
    (folder / "2031").mkdir(parents=True)
    (folder / "2031/osk.txt").write_bytes("Airstrikes hit the café.".encode("cp1252"))
    (folder / "empty.txt").write_text("")
    (folder / "t.csv").write_text("Text,Date\nNothing happened.,06/05/2031\n")
    refused = cli("predict", "--model", lexicon, folder)
    assert refused.returncode == 1
    assert "2031/osk.txt:1: not UTF-8" in refused.stderr.splitlines()[-1]
    found = cli("predict", "--model", lexicon, folder, "--encoding", "cp1252")
    assert found.returncode == 0
    assert found.stderr.replace(f"{folder}/", "").splitlines() == [
        "eventbench: empty.txt: is empty, so it is skipped",
        "eventbench: t.csv:2: '06/05/2031' is not a day such as 2016-11-10, so it is left out "
        "(--date-format says how days are written)",
    ]
    articles = [json.loads(line) for line in found.stdout.splitlines()]
    assert [article["id"] for article in articles] == ["t-2", "2031/osk"]
    assert articles[1]["events"][0]["trigger"]["text"] == "Airstrikes"
