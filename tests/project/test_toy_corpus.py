"""A corpus of another domain goes everywhere, and nothing that is written mentions ours.

The corpus is ``tests/harbour``, whose scheme shares no type, role or attribute with that of the
main corpus.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest
import yaml
from conftest import HARBOUR, files_below
from made_submissions import write_info
from making import HARBOUR_TASKS

import eventbench as eb
from eventbench.dataset.build import read_manifest
from eventbench.dataset.card import CARD
from eventbench.hub.checks import front_matter
from eventbench.hub.results import card_with_results, eval_results, eval_yaml
from eventbench.io import write_whole
from eventbench.leaderboard.markdown import markdown, markdown_summary
from eventbench.leaderboard.ranking import read_board
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.submit import submit
from eventbench.leaderboard.verify import verify

OURS = re.compile(
    "aleppo|assad|syria|middle east|deutsche welle|rebel|"
    "TerritorialControl|Displacement|Casualty|Subgroup|government_russia",
    re.IGNORECASE,
)
FOREIGN = "datatables.min.js"  # minified code of others
TEXTS = (".html", ".css", ".js", ".json", ".jsonl", ".toml", ".md", ".csv", ".yaml", ".txt")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the package writes about the corpus, each thing by its own command."""
    folder = tmp_path_factory.mktemp("harbour")
    eb.build(folder / "dataset", corpus=str(HARBOUR))
    eb.build(folder / "bare", corpus=str(HARBOUR), with_text=False)
    eb.run("lexicon", corpus=str(HARBOUR), out=folder / "run", task="all")
    reports = {
        task: eb.score(folder / "run", task, corpus=HARBOUR, verify=False) for task in HARBOUR_TASKS
    }
    for task, report in reports.items():
        write_whole(folder / f"reports/{task}.txt", f"{report!r}\n{report}")
        write_whole(folder / f"reports/{task}.json", json.dumps(report.to_json()))
    leaderboard = folder / "leaderboard"
    submit(folder / "run", write_info(folder / "entry.toml"), leaderboard, corpus=HARBOUR)
    board = read_board(leaderboard, HARBOUR)
    build_board(board, folder / "site")
    texts = (repr(board), str(board), markdown_summary(board))
    write_whole(folder / "board.txt", "\n".join(texts))
    write_whole(leaderboard / "harbour/LEADERBOARD.md", markdown(board))
    card = (folder / "dataset/README.md").read_text(encoding="utf-8")
    manifest = read_manifest(folder / "dataset")
    write_whole(folder / "hub/eval.yaml", eval_yaml(front_matter(card, CARD), manifest))
    write_whole(folder / "hub/results.yaml", eval_results(reports, "o/d", "results.yaml"))
    write_whole(folder / "hub/README.md", card_with_results("", reports, "o/d", "lexicon", "card"))
    return folder


def texts_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every file, unpacked."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path)
            text = f"{table.schema.metadata}{table.to_pylist()}"
        elif path.suffix == ".gz":
            text = gzip.decompress(path.read_bytes()).decode("utf-8")
        elif path.name != FOREIGN:
            assert path.suffix in TEXTS, path
            text = path.read_text(encoding="utf-8")
        else:
            continue
        yield f"{path.relative_to(folder)}", text


def test_nothing_that_is_written_mentions_our_corpus(written: Path) -> None:
    names = []
    for name, text in texts_of(written):
        names.append(name)
        for found in (OURS.search(name), OURS.search(text)):
            assert found is None, f"{name}: {found}"
    assert len(names) > 100
    everything = " ".join(text for _, text in texts_of(written))
    for word in ("harbour", "Harbour news", "Port Vell", "Strike", "severity", "ruled-out"):
        assert word in everything


def test_the_dataset_is_that_of_the_corpus(written: Path, tmp_path: Path) -> None:
    croissant = json.loads((written / "dataset/croissant.json").read_text(encoding="utf-8"))
    info = eb.load_corpus(HARBOUR).info
    assert croissant["name"] == "harbour"
    assert croissant["description"] == f"{info.description} The texts are free, under CC0-1.0."
    assert croissant["license"] == info.licence_url
    assert croissant["citeAs"].startswith(info.citation)
    assert [found["@id"] for found in croissant["recordSet"]] == list(HARBOUR_TASKS)
    [attributes] = [found for found in croissant["recordSet"] if found["@id"] == "attributes"]
    names = {field["name"] for field in attributes["field"]}
    scheme = eb.load_corpus(HARBOUR).scheme
    assert len(scheme.attributes) > 2
    assert names >= {f"attributes/{name}" for name in scheme.attributes}
    shutil.copytree(written / "bare", tmp_path / "bare")
    eb.hydrate(tmp_path / "bare", HARBOUR / "seeds")
    assert files_below(tmp_path / "bare") == files_below(written / "dataset")
    benchmark = yaml.safe_load((written / "hub/eval.yaml").read_text(encoding="utf-8"))
    assert benchmark["name"] == info.name
    assert benchmark["description"].startswith(info.description)


def test_a_corpus_may_have_fixed_splits(harbour: Path, tmp_path: Path) -> None:
    """One article is tested: the test on new documents says nothing; no system is told apart."""
    path = harbour / "annotations/corpus.toml"
    text, _, _ = path.read_text(encoding="utf-8").partition("[protocol]")
    splits = 'kind = "fixed-splits"\ntrain = ["h1"]\nvalidation = ["h2"]\ntest = ["h3"]\n'
    path.write_text(f"{text}[protocol]\n{splits}", encoding="utf-8")
    built = eb.build(tmp_path / "dataset", corpus=harbour)
    assert "triggers_fold0" in built.configs
    assert "triggers_fold1" not in built.configs
    eb.run("lexicon", corpus=harbour, out=tmp_path / "run", task="triggers")
    report = eb.score(tmp_path / "run", corpus=harbour)
    assert list(report.intervals) == ["these_documents"]
    run = tmp_path / "run/triggers/seed0/fold0.jsonl"
    lines = run.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    worse = [{**found, "ner_tags": ["O"] * len(found["tokens"])} for found in records]
    text = "".join(f"{json.dumps(found)}\n" for found in worse)
    (tmp_path / "worse.jsonl").write_text(text, encoding="utf-8")
    leaderboard = tmp_path / "leaderboard"
    info = write_info(tmp_path / "entry.toml", protocol="fixed-splits")
    submit(tmp_path / "run", info, leaderboard, corpus=harbour)
    info = write_info(tmp_path / "entry.toml", protocol="fixed-splits", system="worse")
    submit(tmp_path / "worse.jsonl", info, leaderboard, corpus=harbour, task="triggers")
    assert verify(leaderboard, corpus=harbour).problems == ()
    board = read_board(leaderboard, harbour)
    assert [(s.entry.id, s.letter_names) for s in board.systems["triggers"]] == [
        ("half/1", "a"),
        ("worse/1", "a"),
    ]
    build_board(board, tmp_path / "site")
    index = (tmp_path / "site/index.html").read_text(encoding="utf-8")
    assert "tested on the same 1 article, on which they were not trained" in index
    entry = (tmp_path / "site/entries/half/1/index.html").read_text(encoding="utf-8")
    assert "h3.html" in entry
    assert "h1.html" not in entry


def test_its_board_is_its_own(written: Path) -> None:
    leaderboard = written / "leaderboard"
    found = verify(leaderboard, corpus=HARBOUR)
    assert (found.recomputed, found.problems) == (("half/1",), ())
    board = read_board(leaderboard, HARBOUR)
    assert repr(board) == "Board('harbour', 1 entry)"
    assert all([s.entry.id for s in found] == ["half/1"] for found in board.systems.values())
    # The board of another corpus in the same folder has none of its entries.
    assert read_board(leaderboard).entries == ()
    assert verify(leaderboard).recomputed == ()
    index = (written / "site/index.html").read_text(encoding="utf-8")
    assert "<h1>Harbour news</h1>" in index
    assert "3 articles" in index
    triggers = (written / "site/triggers.html").read_text(encoding="utf-8")
    for event_type in ("Strike", "Shipment", "Accident"):
        assert re.search(rf'<th scope="col" [^>]*>{event_type}<', triggers)
    entry = (written / "site/entries/half/1/index.html").read_text(encoding="utf-8")
    for document in board.corpus.documents:
        assert f'href="../../../articles/{document.id}.html"' in entry
