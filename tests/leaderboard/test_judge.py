"""What speaks of leakage is refused, and what a system finds of seen and unseen gold is counted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from made_submissions import everything, problems, refused, seal, write_info, write_run

from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.evaluation.scoring import diagnose
from eventbench.leaderboard.submit import submit

pytestmark = pytest.mark.usefixtures("few_resamples")


@pytest.mark.parametrize("task", ["triggers", "arguments"])
def test_seen_and_unseen_are_those_of_the_error_analysis(
    task: str, tmp_path: Path, corpus: Corpus
) -> None:
    run = write_run(tmp_path / "run", corpus, (task,))
    entry = submit(run, write_info(tmp_path / "entry.toml"), tmp_path / "leaderboard")
    report = diagnose(run, task, corpus=corpus).spans
    assert report is not None
    parts = report.parts()
    expected = {
        "seen": parts["seen"]["seen"],
        "unseen": parts["seen"]["unseen"],
        "near_duplicate": parts["near-duplicate"]["with"],
        "no_near_duplicate": parts["near-duplicate"]["without"],
    }
    result = entry.result.tasks[task]
    assert result.seen[0] == {name: (part.right, part.gold) for name, part in expected.items()}
    assert result.recall("unseen") == pytest.approx(expected["unseen"].recall)


# Leakage


def test_the_gold_is_no_prediction(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, keep=everything)
    for task in ("arguments", "attributes", "events"):
        shutil.rmtree(tmp_path / "one", ignore_errors=True)
        shutil.copytree(run / task, tmp_path / "one" / task)
        complaint = f"{task} of seed 0: equals the gold in everything"
        refused(tmp_path / "one", tmp_path, complaint, explanation="We asked an oracle.")
    # Of triggers an annotator may have all right, so that it can be explained.
    shutil.rmtree(tmp_path / "one")
    shutil.copytree(run / "triggers", tmp_path / "one/triggers")
    complaint = "triggers of seed 0: scores 1.0000, as high as the better annotation pass"
    refused(tmp_path / "one", tmp_path, complaint)
    info = write_info(tmp_path / "entry.toml", explanation="A person tagged them.")
    submit(tmp_path / "one", info, tmp_path / "explained")
    assert problems(tmp_path / "explained") == ()
    submit(run, write_info(info, kind="ceiling"), tmp_path / "ceiling")
    assert problems(tmp_path / "ceiling") == ()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("a", "events of seed 0: all 153 decisions of article 001 are right"),
        ("b", "events of seed 0: scores 0.9822, as high as the better annotation pass"),
    ],
)
def test_an_annotation_pass_is_no_system(name: str, complaint: str, tmp_path: Path) -> None:
    annotated = load_corpus(annotations=ROOT / "annotations/passes" / name)
    run = write_run(tmp_path / "run", annotated, ("events",), keep=everything)
    refused(run, tmp_path, complaint)
    submit(run, write_info(tmp_path / "entry.toml", kind="ceiling"), tmp_path / "leaderboard")


def test_an_article_without_an_error_is_suspicious(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers", "arguments"), perfect="003")
    refused(run, tmp_path, "triggers of seed 0: all 40 decisions of article 003 are right")
    info = write_info(tmp_path / "entry.toml", explanation="An article on that very battle.")
    submit(run, info, tmp_path / "leaderboard")
    # Somebody who takes the explanation back later has to be found, too.
    entry = tmp_path / "leaderboard/aleppo/half/1"
    write_info(entry / "entry.toml")
    seal(entry)
    assert [p.partition(": all ")[0] for p in problems(tmp_path / "leaderboard")] == [
        f"{entry}: triggers of seed 0",
        f"{entry}: arguments of seed 0",
    ]
