"""What speaks of leakage is refused, and what a system finds of seen and unseen gold is counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from made_submissions import everything, half, problems, refused, seal, write_info, write_run

from eventbench.corpus.loading import Corpus, with_annotations
from eventbench.errors import EventbenchError
from eventbench.evaluation.diagnosis import diagnose
from eventbench.leaderboard.judge import Judge
from eventbench.leaderboard.submit import submit
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import find_task, tasks_for

pytestmark = pytest.mark.usefixtures("few_resamples")


@pytest.mark.parametrize("task", ["triggers", "arguments"])
def test_seen_and_unseen_are_those_of_the_error_analysis(
    task: str, tmp_path: Path, corpus: Corpus
) -> None:
    run = write_run(tmp_path / "run", corpus, (task,))
    entry = submit(run, write_info(tmp_path / "entry.toml"), tmp_path / "leaderboard")
    parts = diagnose(run, task, corpus=corpus).spans[0].parts()
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


def test_the_gold_is_no_prediction(tmp_path: Path, edition1: Corpus) -> None:
    run = write_run(tmp_path / "run", edition1, tasks_for(edition1), keep=everything)
    refuse = partial(refused, corpus=edition1)
    for task in ("arguments", "attributes", "attribution", "links", "events"):
        shutil.rmtree(tmp_path / "one", ignore_errors=True)
        shutil.copytree(run / task, tmp_path / "one" / task)
        complaint = f"{task} of seed 0: equals the gold in everything"
        refuse(tmp_path / "one", tmp_path, complaint, explanation="We asked an oracle.")
    # Of triggers both annotators have all right in edition 1, so that it can be explained.
    shutil.rmtree(tmp_path / "one")
    shutil.copytree(run / "triggers", tmp_path / "one/triggers")
    complaint = "triggers of seed 0: scores 1.0000, as high as the better annotation pass"
    refuse(tmp_path / "one", tmp_path, complaint)
    info = write_info(tmp_path / "entry.toml", explanation="A person tagged them.")
    submit(tmp_path / "one", info, tmp_path / "explained", corpus=edition1)
    assert problems(tmp_path / "explained", corpus=edition1) == ()
    shutil.rmtree(tmp_path / "leaderboard", ignore_errors=True)
    refuse(run, tmp_path, "kind is 'ceiling', but its predictions are not those", kind="ceiling")


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("a", "events of seed 0: all 153 decisions of article 001 are right"),
        ("b", "events of seed 0: scores 0.9822, as high as the better annotation pass"),
    ],
)
def test_an_annotation_pass_is_no_system(
    name: str, complaint: str, tmp_path: Path, edition1: Corpus
) -> None:
    annotated = with_annotations(edition1, edition1.root / "annotations/passes" / name)
    run = write_run(tmp_path / "run", annotated, ("events",), keep=everything)
    refused(run, tmp_path, complaint, corpus=edition1)
    board = tmp_path / "leaderboard"
    submit(run, write_info(tmp_path / "entry.toml", kind="ceiling"), board, corpus=edition1)
    again = write_info(tmp_path / "entry.toml", kind="ceiling", system="again")
    with pytest.raises(EventbenchError, match="all its predictions are those of half/1"):
        submit(run, again, board, corpus=edition1)
    assert problems(board, corpus=edition1) == ()


def test_a_ceiling_is_an_annotation_pass_of_the_corpus(tmp_path: Path, corpus: Corpus) -> None:
    """A ceiling is not ranked or checked for leakage, so that nobody may call anything one."""
    run = write_run(tmp_path / "run", corpus, ("triggers",))
    complaint = r"kind is 'ceiling', .* not those of one annotation pass \(a, b\)"
    refused(run, tmp_path, complaint, kind="ceiling")
    entry = submit(run, write_info(tmp_path / "entry.toml"), tmp_path / "leaderboard").path
    write_info(entry / "entry.toml", kind="ceiling")
    seal(entry)
    [problem] = problems(tmp_path / "leaderboard")
    assert problem.startswith(f"{entry}: kind is 'ceiling', but")
    # Nor may parts of two passes be put together.
    shutil.rmtree(run)
    for name, task in (("pass-a", "attributes"), ("pass-b", "events")):
        shutil.copytree(ROOT / f"leaderboard/aleppo/{name}/1/predictions/{task}", run / task)
    shutil.rmtree(tmp_path / "leaderboard")
    refused(run, tmp_path, complaint, kind="ceiling")


def test_an_article_without_an_error_is_suspicious(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers", "arguments"), perfect="003")
    refused(run, tmp_path, r"triggers of seed 0: all \d+ decisions of article 003 are right")
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


def test_passes_that_answer_in_part_are_no_ceiling(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passes link within an article, so that who links across articles is better than they."""
    run = write_run(tmp_path / "run", corpus, ("incidents",))
    entry = submit(run, write_info(tmp_path / "entry.toml"), tmp_path / "leaderboard")
    result = entry.result.tasks["incidents"]
    judge = Judge(corpus)
    ceiling = judge.ceiling("incidents")
    assert ceiling < result.score.mean < 1.0
    # Three others are just below the ceiling, but far from 1.
    lower = replace(result, score=replace(result.score, mean=ceiling - 0.05))
    others = [
        replace(
            entry,
            info=replace(entry.info, system=f"other{k}"),
            result=replace(entry.result, tasks={"incidents": lower}),
        )
        for k in range(3)
    ]
    answers = {"incidents": judge.read(run, "incidents")}
    assert list(judge.doubts(entry, answers, others)) == []
    monkeypatch.setattr(type(find_task("incidents")), "passes_are_partial", False)
    far, high = judge.doubts(entry, answers, others)
    assert "is far above the best other system" in far
    assert "as high as the better annotation pass" in high


def divides(divisor: int, number: int) -> bool:
    return number % divisor == 0


def changed(run: Path, change: Callable[[dict[str, Any]], bool]) -> None:
    """Change the records of each file of a run, until a change says that it is the last one."""
    for path in run.glob("triggers/seed0/*.jsonl"):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        any(change(record) for record in records)
        path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")


@pytest.fixture(scope="module")
def three(few_resamples: None, tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    """A leaderboard with three systems that know half of the triggers or fewer."""
    folder = tmp_path_factory.mktemp("three")
    for number in (2, 3, 4):
        run = write_run(
            folder / f"run{number}", corpus, ("triggers",), keep=lambda n, k=number: n % k == 0
        )
        info = write_info(folder / "entry.toml", system=f"one-in-{number}")
        submit(run, info, folder / "leaderboard")
    assert problems(folder / "leaderboard") == ()
    return folder / "leaderboard"


def test_what_is_far_above_the_best_needs_an_explanation(
    three: Path, tmp_path: Path, corpus: Corpus
) -> None:
    """The gold with some errors is under the limit of the passes, and no article is perfect."""
    shutil.copytree(three, tmp_path / "leaderboard")
    run = write_run(tmp_path / "run", corpus, ("triggers",), keep=lambda n: n % 12 != 5)
    refused(run, tmp_path, r"triggers: 9\d\.\d is far above the best other system, \d\d\.\d \(more")
    info = write_info(tmp_path / "entry.toml", explanation="A new idea.")
    entry = submit(run, info, tmp_path / "leaderboard")
    assert problems(tmp_path / "leaderboard") == ()
    # What needed an explanation is no measure for others.
    other = write_run(tmp_path / "other", corpus, ("triggers",), keep=lambda n: n % 11 != 3)
    other_info = write_info(tmp_path / "other.toml", system="other")
    with pytest.raises(EventbenchError, match=r"triggers: 9.* is far above"):
        submit(other, other_info, tmp_path / "leaderboard")
    write_info(entry.path / "entry.toml")
    seal(entry.path)
    [problem] = problems(tmp_path / "leaderboard")
    assert problem.startswith(f"{entry.path}: triggers: 9")


def test_the_gold_of_a_class_needs_an_explanation(
    three: Path, tmp_path: Path, corpus: Corpus
) -> None:
    shutil.copytree(three, tmp_path / "leaderboard")
    run = write_run(tmp_path / "run", corpus, ("triggers",), keep=lambda n: n % 5 < 2)
    gold = {row["id"]: row["ner_tags"] for row in Gold.of(find_task("triggers"), corpus).rows}

    def know(record: dict[str, Any]) -> bool:
        pairs = zip(gold[record["id"]], record["ner_tags"], strict=True)
        record["ner_tags"] = [right if right.endswith("Casualty") else t for right, t in pairs]
        return False

    changed(run, know)
    refused(run, tmp_path, "triggers, Casualty: 100.0 is far above the best other system")


def test_one_stray_tag_does_not_make_a_copy_a_system(
    three: Path, tmp_path: Path, corpus: Corpus
) -> None:
    """Entities are compared, not bytes: a tag that counts for nothing changes nothing."""
    shutil.copytree(three, tmp_path / "leaderboard")
    run = write_run(tmp_path / "run", corpus, ("triggers",), keep=half)

    def add(tag: str) -> Callable[[dict[str, Any]], bool]:
        def change(record: dict[str, Any]) -> bool:
            empty = set(record["ner_tags"]) == {"O"}
            record["ner_tags"][0] = tag if empty else record["ner_tags"][0]
            return empty

        return change

    changed(run, add("I-Attack"))
    copied = "triggers of seed 0 are the predictions of one-in-2/1"
    refused(run, tmp_path, copied)
    refused(run, tmp_path, copied, explanation="Ours too.")
    # A revision by other authors is another system, whatever name it has.
    refused(run, tmp_path, copied, system="one-in-2", revision="2", authors=["A. Stranger"])
    refused(run, tmp_path, "all its predictions are those of", system="one-in-2", revision="2")
    # The same in nearly everything needs an explanation.
    changed(run, add("B-Attack"))
    refused(run, tmp_path, r"9\d\.\d % of its predictions are those of seed 0 of one-in-2/1; if")
    info = write_info(tmp_path / "entry.toml", explanation="Ours too.")
    submit(run, info, tmp_path / "leaderboard")
    assert problems(tmp_path / "leaderboard") == ()


def test_other_links_of_the_same_clusters_do_not_make_a_copy_a_system(
    tmp_path: Path, corpus: Corpus
) -> None:
    """Scores read the clusters of events, not which links join them."""
    run = write_run(tmp_path / "run", corpus, ("events",))
    entry = submit(
        run, write_info(tmp_path / "entry.toml", system="first"), tmp_path / "leaderboard"
    )
    links = 0
    for path in run.glob("events/seed0/*.jsonl"):
        record = json.loads(path.read_text(encoding="utf-8"))
        for one, other in combinations(record["links"], 2):
            shared = {one["first"], one["second"]} & {other["first"], other["second"]}
            if one["type"] == other["type"] == "SameEvent" and len(shared) == 1:
                ends = sorted(
                    {one["first"], one["second"], other["first"], other["second"]} - shared
                )
                other["first"], other["second"] = ends
                links += 1
                break
        path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert links, "some cluster has three events"
    refused(run, tmp_path, "events of seed 0 are the predictions of first/1")
    shutil.rmtree(entry.path.parent)
    made = submit(run, write_info(tmp_path / "entry.toml"), tmp_path / "leaderboard")
    assert made.cells != entry.cells, "the stored bytes differ"
    assert made.result.tasks == entry.result.tasks


@pytest.mark.parametrize(
    ("keep", "deterministic", "complaint"),
    [
        (half, True, "deterministic is true, but seeds 0 and 1 of triggers differ"),
        (lambda n: False, False, "deterministic is false, but all seeds of triggers are equal"),
    ],
)
def test_the_claim_of_determinism_is_checked(
    keep: Callable[[int], bool], deterministic: bool, complaint: str, tmp_path: Path, corpus: Corpus
) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers",), seeds=2, keep=keep)
    refused(run, tmp_path, complaint, deterministic=deterministic)
    submit(
        run, write_info(tmp_path / "entry.toml", deterministic=not deterministic), tmp_path / "new"
    )
    assert problems(tmp_path / "new") == ()
