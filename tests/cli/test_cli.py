"""What the command line prints."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, Cli
from made_submissions import write_info

from eventbench.dataset.leakage import leakage


def test_stats(tiny: Path, cli: Cli) -> None:
    result = cli("data", "stats", "--data", tiny)
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert re.fullmatch(r"tiny 0\.0\.1, fingerprint [0-9a-f]{16}", lines[0])
    assert [line.split() for line in lines[2:] if line and line[0] != "-"] == [
        ["article", "sentences", "tokens", "events", "Attack", "Displacement",
         "TerritorialControl", "Casualty"],
        ["a", "4", "37", "4", "2", "0", "1", "1"],
        ["b", "2", "23", "3", "2", "0", "0", "1"],
        ["all", "6", "60", "7", "4", "0", "1", "2"],
    ]  # fmt: skip
    found = json.loads(cli("data", "stats", "--data", tiny, "--json").stdout)
    assert (found["corpus"], found["version"]) == ("tiny", "0.0.1")
    assert lines[0].endswith(found["fingerprint"])
    assert found["articles"][0] == {
        "article": "a", "sentences": 4, "tokens": 37, "events": 4, "Attack": 2,
        "Displacement": 0, "TerritorialControl": 1, "Casualty": 1,
    }  # fmt: skip


def test_output_that_cannot_be_written_is_one_clear_line(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "file").touch()
    for arguments in (["data", "build"], ["run", "lexicon"], ["view", "000"]):
        result = cli(*arguments, "--out", tmp_path / "file" / "below")
        assert result.returncode == 1, arguments
        assert result.stderr.startswith("eventbench: error: ")
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_an_article_from_brat_to_a_dataset(tmp_path: Path, cli: Cli) -> None:
    """The commands of docs/annotate-an-article.md, one after the other."""
    import shutil

    pytest.importorskip("spacy", reason="importing needs the extra [segment]")
    data = tmp_path / "my-data"
    for name in ("seeds", "annotations"):
        shutil.copytree(ROOT / name, data / name)
    assert (
        cli("data", "export", "--format", "brat", "--data", data, "--out", "my-brat").returncode
        == 0
    )
    new = tmp_path / "my-brat" / "new"
    new.mkdir()
    text = "Troops seized Idlib on Monday. 😀 A medic said two\u00a0people died.\n"
    (new / "sixth.txt").write_text(text, encoding="utf-8")
    place = text.index("died")
    (new / "sixth.ann").write_text(
        "T1\tTerritorialControl 7 13\tseized\nE1\tTerritorialControl:T1\n"
        f"T2\tCasualty {place} {place + 4}\tdied\nE2\tCasualty:T2\n",
        encoding="utf-8",
    )
    result = cli("data", "import", "my-brat/new", "--data", data)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{data}: added 005\n")
    result = cli("data", "validate", "--data", data)
    assert result.returncode == 1
    assert {line.split(": ")[1] for line in result.stdout.splitlines()} <= {
        "missing-subtype", "missing-attribute", "untagged-trigger-word",
    }  # fmt: skip
    result = cli("data", "build", "--data", data, "--out", "my-dataset")
    assert (result.returncode, result.stdout) == (1, "")
    assert "sixth.ann:2: E1 has no subtype; see eventbench data validate" in result.stderr
    gold = data / "annotations/gold/sixth.ann"
    gold.write_text(
        gold.read_text("utf-8")
        + "A1\tTerritorialControlSubtype E1 change\nA2\tStatus E1 actual\nA3\tReported E1 author\n"
        + "A4\tCasualtySubtype E2 killed\nA5\tStatus E2 actual\nA6\tReported E2 attributed\n"
        + "A7\tCertainty E1 certain\nA8\tOccurrence E1 single\n"
        + "A9\tCertainty E2 certain\nA10\tOccurrence E2 single\n",
        "utf-8",
    )
    result = cli("data", "build", "--data", data, "--out", "my-dataset")
    assert "arguments_fold5" in result.stdout, result.stderr
    assert "name the corpus to add to" in cli("data", "import", "my-brat/new").stderr
    again = cli("data", "import", "my-brat/new", "--data", data)
    assert again.stdout.startswith(f"{data}: updated 005\n")


def test_leakage_is_shown(cli: Cli) -> None:
    assert cli("data", "leakage").stdout == f"{leakage()}\n"
    found = json.loads(cli("data", "leakage", "--json").stdout)
    assert [fold["with_near_duplicate"] for fold in found["folds"]][3] == 0
    assert all(pair["similarity"] >= found["threshold"] for pair in found["near_duplicates"])


def test_an_entry_from_a_run_to_the_board(tmp_path: Path, cli: Cli) -> None:
    """The commands of docs/submit.md on a board of its own."""
    write_info(tmp_path / "entry.toml", system="suffix", name="Suffix")
    assert cli("run", "lexicon", "--out", "run").returncode == 0
    result = cli("leaderboard", "submit", "run", "--entry", "entry.toml", "--leaderboard", "board")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"triggers: \d+\.\d\nboard/aleppo/suffix/1: written\n", result.stdout)
    verify = ("leaderboard", "verify", "--leaderboard", "board")
    assert cli(*verify).stdout == "computed again and right: suffix/1\n"
    assert json.loads(cli(*verify, "--json").stdout)["recomputed"] == ["suffix/1"]
    path = tmp_path / "board/aleppo/suffix/1/entry.toml"
    path.write_text(path.read_text("utf-8") + "# more\n", "utf-8")
    spoilt = cli(*verify, "--entry", "board/aleppo/suffix/1")
    assert (spoilt.returncode, spoilt.stderr) == (1, "")
    assert "suffix/1" in spoilt.stdout
    assert cli(*verify, "--json").returncode == 1


def test_a_board_is_shown_and_built(tmp_path: Path, cli: Cli) -> None:
    write_info(tmp_path / "entry.toml", system="suffix", name="Suffix")
    assert cli("run", "lexicon", "--out", "run").returncode == 0
    submitted = ("leaderboard", "submit", "run", "--entry", "entry.toml", "--leaderboard", "board")
    assert cli(*submitted).returncode == 0
    shown = cli("leaderboard", "show", "--leaderboard", "board")
    assert (shown.returncode, "Suffix" in shown.stdout) == (0, True)
    built = cli("leaderboard", "build", "--leaderboard", "board", "--out", "pages")
    assert (built.returncode, built.stderr) == (0, "")
    assert built.stdout.endswith("pages in pages: open pages/index.html\n")
    assert (tmp_path / "pages/index.html").is_file()
    assert "Suffix" in (tmp_path / "board/aleppo/LEADERBOARD.md").read_text("utf-8")
    (tmp_path / "board/aleppo").rename(tmp_path / "board/theirs")
    refused = cli("leaderboard", "build", "--leaderboard", "board", "--out", "more")
    assert refused.stderr == (
        "eventbench: error: board: has only boards of theirs: name it with --data\n"
    )
    assert not (tmp_path / "more").exists()


def test_what_would_be_published_is_shown(tmp_path: Path, cli: Cli) -> None:
    assert cli("data", "build", "--text", "none", "--out", "dataset").returncode == 0
    plan = cli("hub", "dataset", "dataset", "--repo-id", "me/eventbench")
    assert (plan.returncode, plan.stderr) == (0, "")
    assert "eval.yaml" in plan.stdout
    assert "NOT REACHED: HF_HUB_OFFLINE is set" in plan.stdout
    assert plan.stdout.endswith("nothing was sent; --yes publishes it\n")
    found = json.loads(
        cli("hub", "dataset", "dataset", "--repo-id", "me/eventbench", "--json").stdout
    )
    assert found["commit"] is None
    assert cli("data", "hydrate", "dataset", "--seeds", ROOT / "seeds").returncode == 0
    refused = cli("hub", "dataset", "dataset", "--repo-id", "me/eventbench")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    agreed = ("--i-may-publish-the-text", "--repo-id", "me/eventbench")
    assert cli("hub", "dataset", "dataset", *agreed).returncode == 0


def test_what_results_would_be_published_is_shown(cli: Cli) -> None:
    assert cli("run", "lexicon", "--out", "run").returncode == 0
    repositories = ("--repo-id", "me/model", "--dataset-id", "me/eventbench")
    result = cli("hub", "results", "run", *repositories)
    assert (result.returncode, result.stderr) == (0, "")
    assert ".eval_results/eventbench.yaml" in result.stdout
    checked = cli("hub", "check", "run")
    assert (checked.returncode, checked.stderr.count("\n")) == (1, 1)


def test_a_model_tags_standard_input(cli: Cli) -> None:
    assert cli("fit", "lexicon", "--out", "model").stdout == (
        "model: a model of lexicon for events\n"
    )
    article = json.dumps({"id": "x", "text": "Air strikes hit Aleppo.\n"}).encode()
    shown = cli("predict", "model", "-", "--input", "jsonl", stdin=article)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert json.loads(shown.stdout)["id"] == "x"
    written = cli("predict", "model", "-", "--input", "jsonl", "--out", "o.jsonl", stdin=article)
    assert written.stdout == "o.jsonl: 1 article\n"


def test_a_corpus_is_named_by_id_or_by_directory_and_not_by_both(tiny: Path, cli: Cli) -> None:
    by_id, default = cli("data", "stats", "--corpus", "aleppo"), cli("data", "stats")
    assert (by_id.returncode, by_id.stdout) == (0, default.stdout)
    assert cli("data", "stats", "--data", tiny).stdout.startswith("tiny ")
    both = cli("data", "stats", "--corpus", "aleppo", "--data", tiny)
    assert (both.returncode, both.stdout) == (2, "")
    assert "--corpus and --data name two corpora: give one of them" in both.stderr
    unknown = cli("data", "stats", "--corpus", "atlantis")
    assert unknown.returncode == 1
    assert unknown.stderr == (
        "eventbench: error: no corpus 'atlantis': "
        "expected aleppo, aleppo-1, practice, transfer or a directory\n"
    )
