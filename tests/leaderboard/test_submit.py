"""Submitting: equal predictions give equal bytes, and a wrong submission leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from made_submissions import problems, refused, write_info, write_run
from making import MAIN_TASKS

from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.evaluation.scoring import score
from eventbench.leaderboard.entry import MOST_SEEDS
from eventbench.leaderboard.markdown import markdown
from eventbench.leaderboard.ranking import read_board
from eventbench.leaderboard.site import build_board
from eventbench.leaderboard.submit import submit
from eventbench.leaderboard.verify import verify
from eventbench.systems.runner import run, write_annotations_as_run
from eventbench.tasks.registry import TASKS

pytestmark = pytest.mark.usefixtures("few_resamples")

READING = ("attribution", "links", "values", "incidents")


def test_every_task_is_scored_and_computed_again(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus)
    entry = submit(
        run,
        write_info(tmp_path / "entry.toml", explanation="It knows half."),
        tmp_path / "leaderboard",
    )
    assert list(entry.result.tasks) == list(MAIN_TASKS)
    data = entry.result.data
    assert (data.corpus, data.version) == (corpus.id, corpus.version)
    assert list(data.fingerprints) == list(MAIN_TASKS)
    found = verify(tmp_path / "leaderboard")
    assert (found.recomputed, found.earlier, found.problems) == (("half/1",), (), ())
    for task, result in entry.result.tasks.items():
        report = score(run, task, corpus=corpus, verify=False)
        assert (result.score.mean, result.score.sd) == (pytest.approx(report.score.mean), None)
        assert result.of(*TASKS[task].headline) == result.score
        assert list(result.sections[0]) == list(report.sections[0])
        assert result.intervals.keys() == {"these_documents", "new_documents"}
        assert result.seeds == (0,)
        counts = [cell for found in result.statistics[0].values() for cell in found.values()]
        total = report.statistics[0].totals()[TASKS[task].measure.table].sum(axis=0)
        assert [sum(column) for column in zip(*counts, strict=True)] == pytest.approx(total)
        assert list(result.by_article[0]) == [document.id for document in corpus.documents]


def test_equal_predictions_give_equal_bytes(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("attributes", "events"))
    info = write_info(tmp_path / "entry.toml")
    submit(run, info, tmp_path / "a")
    rng = random.Random(0)
    for path in run.rglob("*.jsonl"):  # the same, in another order, with other ids and more keys
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rng.shuffle(records)
        for found in records:
            rng.shuffle(found.get("events", []))
            names = {event["id"]: f"x{k}" for k, event in enumerate(found.get("events", []))}
            for event in found.get("events", []):
                event["id"] = names[event["id"]]
                rng.shuffle(event["arguments"])
            for link in found.get("links", []):
                link["first"], link["second"] = names[link["first"]], names[link["second"]]
        lines = (json.dumps({"remark": "\u202e", **found}, indent=None) for found in records)
        with gzip.open(path.with_suffix(".jsonl.gz"), "wt", encoding="utf-8") as file:
            file.write("\n\n".join(lines))
        path.unlink()
    submit(run, info, tmp_path / "b")
    # And from the entry itself, into its own place.
    submit(tmp_path / "b/aleppo/half/1/predictions", info, tmp_path / "b")
    a, b = (
        {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.*")}
        for name in "ab"
    )
    assert a == b
    assert len(a) == 2 + 2 * 5


def test_one_file_of_predictions_is_an_entry_of_one_task(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers",))
    text = "".join(p.read_text(encoding="utf-8") for p in sorted(run.rglob("*.jsonl")))
    (tmp_path / "all.jsonl").write_text(text, encoding="utf-8")
    info = write_info(tmp_path / "entry.toml")
    one = submit(tmp_path / "all.jsonl", info, tmp_path / "a", task="triggers")
    several = submit(run, info, tmp_path / "b")
    assert one.result == several.result
    with pytest.raises(EventbenchError, match=r"all\.jsonl: .* name its --task"):
        submit(tmp_path / "all.jsonl", info, tmp_path / "c")


# Submitting again, and wrongly


def test_a_revision_is_never_overwritten(made: Path, leaderboard: Path, corpus: Corpus) -> None:
    folder = leaderboard.parent
    info = write_info(folder / "entry.toml")
    before = {p: p.read_bytes() for p in leaderboard.rglob("*") if p.is_file()}
    submit(made / "run", info, leaderboard)
    other = write_run(folder / "other", corpus, ("triggers",), keep=lambda k: k % 3 == 0)
    with pytest.raises(EventbenchError, match="half/1: exists already with another predictions"):
        submit(other, info, leaderboard)
    shutil.copytree(made / "run/events", folder / "less/events")
    with pytest.raises(EventbenchError, match="half/1: exists already with more predictions"):
        submit(folder / "less", info, leaderboard)
    submit(folder / "less", info, folder / "second")
    with pytest.raises(EventbenchError, match="half/1: exists already without predictions/trig"):
        submit(made / "run", info, folder / "second")
    with pytest.raises(EventbenchError, match=r"with another entry\.toml; choose another revision"):
        submit(made / "run", write_info(info, name="New"), leaderboard)
    assert {p: p.read_bytes() for p in leaderboard.rglob("*") if p.is_file()} == before
    (leaderboard / "aleppo/half/1/result.json").write_bytes(b"")
    with pytest.raises(EventbenchError, match="half/1: exists already and is not valid"):
        submit(made / "run", write_info(info), leaderboard)


def test_wrong_predictions_leave_nothing_behind(tmp_path: Path, corpus: Corpus) -> None:
    run = write_run(tmp_path / "run", corpus, ("triggers",))
    path = run / "triggers/seed0/fold3.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("B-Attack", "B-Attach", 1), encoding="utf-8")
    refused(run, tmp_path, r"fold3\.jsonl:\d+: .*unknown label 'B-Attach'")
    path.unlink()
    refused(
        run,
        tmp_path,
        "triggers/seed0: 30 of 206 rows of triggers are missing, the first is 003-001",
    )
    path.write_text(text, encoding="utf-8")
    data = {"corpus": "aleppo", "version": "0", "fingerprints": {"triggers": "0"}}
    record = {"data": data}
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")
    refused(run, tmp_path, r"run\.json: made with data 0 \(0\)")
    (run / "run.json").unlink()
    for seed in range(1, MOST_SEEDS + 1):
        shutil.copytree(run / "triggers/seed0", run / f"triggers/seed{seed}")
    refused(run, tmp_path, f"half/1/predictions/triggers: has 21 seeds, at most {MOST_SEEDS}")
    refused(tmp_path / "nothing", tmp_path, "nothing: does not exist")
    assert not list(tmp_path.glob("leaderboard/**/*.*"))


def test_predictions_of_another_entry_are_refused(made: Path, leaderboard: Path) -> None:
    folder = leaderboard.parent
    run = folder / "copy"
    shutil.copytree(made / "run/triggers/seed1", run / "triggers/seed7")
    info = write_info(folder / "entry.toml", system="another")
    with pytest.raises(EventbenchError, match="triggers of seed 7 are the predictions of half/1"):
        submit(run, info, leaderboard)
    assert not (leaderboard / "aleppo/another/1").exists()
    submit(run, info, folder / "elsewhere")
    shutil.move(folder / "elsewhere/aleppo/another", leaderboard / "aleppo")
    [problem] = problems(leaderboard)
    assert problem == (
        f"{leaderboard}/aleppo/half/1: triggers of seed 0 are the predictions of another/1"
    ) or problem == (
        f"{leaderboard}/aleppo/half/1: triggers of seed 1 are the predictions of another/1"
    )


def test_revisions_may_share_some_predictions(
    made: Path, leaderboard: Path, corpus: Corpus
) -> None:
    folder = leaderboard.parent
    info = write_info(folder / "entry.toml", revision="2")
    with pytest.raises(EventbenchError, match="all its predictions are those of half/1"):
        submit(made / "run", info, leaderboard)
    shutil.copytree(made / "run/events", folder / "run/events")
    submit(folder / "run", info, leaderboard)
    assert verify(leaderboard).recomputed == ("half/1", "half/2")


def test_sources_links_and_values_are_submitted_verified_and_ranked(
    tmp_path: Path, corpus: Corpus
) -> None:
    board = tmp_path / "leaderboard"
    run("lexicon", corpus=corpus, out=tmp_path / "run", task=READING)
    info = write_info(tmp_path / "entry.toml", explanation="It is the lexicon.")
    submit(tmp_path / "run", info, board, corpus=corpus)
    passes = corpus.root / "annotations/passes/b"
    write_annotations_as_run(corpus, passes, "pass b", tmp_path / "b")
    for name in {*TASKS} - {*READING}:
        shutil.rmtree(tmp_path / "b" / name)
    ceiling = write_info(tmp_path / "b.toml", system="pass-b", name="Pass B", kind="ceiling")
    submit(tmp_path / "b", ceiling, board, corpus=corpus)
    found = verify(board, corpus=corpus)
    assert (found.recomputed, found.problems) == (("half/1", "pass-b/1"), ())
    ranked = read_board(board, corpus)
    for task in READING:
        assert [s.entry.id for s in ranked.systems[task]] == ["half/1"]
        assert [s.entry.id for s in ranked.ceilings[task]] == ["pass-b/1"]
    assert build_board(ranked, tmp_path / "site") > len(TASKS)
    page = markdown(ranked)
    assert page.count("No entry yet.") == len(TASKS) - len(READING)


def test_an_entry_of_a_task_that_does_not_apply_is_refused(
    tmp_path: Path, corpus: Corpus, edition1: Corpus
) -> None:
    run("lexicon", corpus=corpus, out=tmp_path / "run", task="values")
    info = write_info(tmp_path / "entry.toml")
    board = tmp_path / "leaderboard"
    with pytest.raises(EventbenchError, match="values does not apply to corpus 'aleppo-1'"):
        submit(tmp_path / "run", info, board, corpus=edition1)
    submit(tmp_path / "run", info, board, corpus=corpus)
    # Today's gold may have had values once, and have none now.
    without = tuple(replace(d, values=()) for d in corpus.documents)
    (problem,) = verify(board, corpus=replace(corpus, documents=without)).problems
    assert "result.json: unknown task 'values', expected triggers, arguments, " in problem
    assert read_board(board, replace(corpus, documents=without)).entries
