"""Predictions of run_ner.py, OneIE and TextEE are scored against the gold of a corpus."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli
from making import all_tested

from eventbench import TASKS, Corpus, EventbenchError, export, load_corpus, run, score
from eventbench.tasks.base import Gold

Json = dict[str, Any]


def exported(corpus: Corpus | Path, folder: Path) -> list[Json]:
    """The sentences of a corpus in OneIE's format."""
    export(corpus if isinstance(corpus, Corpus) else str(corpus), "oneie", folder / "exported")
    return [json.loads(line) for line in (folder / "exported").read_text("utf-8").splitlines()]


def write(path: Path, records: list[Json]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


# Forms of the same predictions


def textee(sentence: Json) -> Json:
    """As TextEE's ``save_predictions`` writes a sentence."""

    def place(found: Json) -> Json:
        return {
            "start": found["start"],
            "end": found["end"],
            "text": " ".join(sentence["tokens"][found["start"] : found["end"]]),
        }

    return {
        "doc_id": sentence["doc_id"],
        "wnd_id": sentence["wnd_id"],
        "tokens": sentence["tokens"],
        "event_mentions": [
            {
                "event_type": mention["event_type"],
                "trigger": place(mention["trigger"]),
                "arguments": [{"role": a["role"], **place(a)} for a in mention["arguments"]],
            }
            for mention in sentence["event_mentions"]
        ],
    }


def graph(sentence: Json) -> Json:
    entities, mentions = sentence["entity_mentions"], sentence["event_mentions"]
    numbers = {entity["id"]: number for number, entity in enumerate(entities)}
    return {
        "entities": [[e["start"], e["end"], e["entity_type"], "UNK", 0.5] for e in entities],
        "triggers": [
            [m["trigger"]["start"], m["trigger"]["end"], m["event_type"], 0.5] for m in mentions
        ],
        "relations": [],
        "roles": [
            [number, numbers[a["entity_id"]], a["role"], 0.5]
            for number, mention in enumerate(mentions)
            for a in mention["arguments"]
        ],
    }


def result(sentence: Json) -> Json:
    """As OneIE writes a sentence to ``result.test.json``."""
    nothing: Json = {"entities": [], "triggers": [], "relations": [], "roles": []}
    return {"sent_id": sentence["sent_id"], "gold": nothing, "pred": graph(sentence)}


def predicted(sentence: Json) -> Json:
    """As OneIE's ``predict.py`` writes a sentence."""
    ids = [f"{sentence['doc_id']}:{n}-{n + 1}" for n in range(len(sentence["tokens"]))]
    about = {key: sentence[key] for key in ("doc_id", "sent_id", "tokens")}
    return {**about, "token_ids": ids, "graph": graph(sentence)}


def ids_alone(sentence: Json) -> Json:
    """As the data of DEGREE: the place of an argument is that of its entity."""
    for mention in sentence["event_mentions"]:
        for argument in mention["arguments"]:
            del argument["start"], argument["end"]
    return sentence


FORMS: dict[str, Callable[[Json], Json]] = {
    "exported": dict,
    "TextEE": textee,
    "OneIE's result": result,
    "OneIE's predict.py": predicted,
    "DEGREE": ids_alone,
}


@pytest.mark.parametrize("form", FORMS)
def test_what_was_exported_comes_back(corpus: Corpus, tmp_path: Path, form: str) -> None:
    sentences = exported(corpus, tmp_path)
    sentences.reverse()  # the order does not matter
    path = write(tmp_path / "p.json", list(map(FORMS[form], sentences)))
    report = score(path, "events", corpus=corpus, intervals=False)
    measures = report.sections[0]["measure"]
    for name in ("TI", "TC", "AI", "AC", "AI+", "AC+", "subtype accuracy"):
        assert measures[name].f1 == 1.0, name
    report = score(path, "triggers", corpus=corpus, intervals=False)
    assert (report.scores, report.verified is not None) == ({0: 1.0}, True)


def test_types_without_subtypes_are_read_too(harbour: Path, tmp_path: Path) -> None:
    sentences = exported(harbour, tmp_path)
    assert any(":" in m["event_type"] for s in sentences for m in s["event_mentions"])
    for sentence in sentences:
        for mention in sentence["event_mentions"]:
            mention["event_type"] = mention["event_type"].partition(":")[0]
    path = write(tmp_path / "p.jsonl", sentences)
    report = score(path, "events", corpus=str(harbour), intervals=False)
    assert report.scores == {0: 1.0}
    assert report.sections[0]["measure"]["kind accuracy"].f1 == 0.0


def with_trigger(start: Any, end: Any, event_type: Any = "Attack") -> Callable[[list[Json]], None]:
    def spoil(sentences: list[Json]) -> None:
        mention = {"event_type": event_type, "trigger": {"start": start, "end": end}}
        sentences[0]["event_mentions"] = [{**mention, "arguments": []}]

    return spoil


def with_argument(**argument: Any) -> Callable[[list[Json]], None]:
    def spoil(sentences: list[Json]) -> None:
        with_trigger(0, 1)(sentences)
        sentences[0]["event_mentions"][0]["arguments"] = [argument]

    return spoil


def with_graph(**changed: Any) -> Callable[[list[Json]], None]:
    def spoil(sentences: list[Json]) -> None:
        del sentences[0]["event_mentions"]
        sentences[0]["graph"] = {"triggers": [], "entities": [], "roles": [], **changed}

    return spoil


SPOILT: dict[str, tuple[Callable[[list[Json]], object], str]] = {
    "missing": (lambda s: s.pop(), r"p\.jsonl: 1 of \d+ sentences are missing, the first is b-002"),
    "twice": (lambda s: s.append(s[0]), r"p\.jsonl:\d+: 'a-001' stands at .*p\.jsonl:1 too"),
    "unknown": (
        lambda s: s[0].update(wnd_id="DOC_000000"),
        r"p\.jsonl:1: unknown sentence 'DOC_000000', expected one like 'a-001' \(predict the",
    ),
    "no id": (lambda s: s[0].update(wnd_id=3), r"p\.jsonl:1: wnd_id is 3, expected a string"),
    "tokens": (
        lambda s: s[0].update(tokens=["x"]),
        r"p\.jsonl:1: a-001 has 1 tokens, the gold has",
    ),
    "another token": (
        lambda s: s[0]["tokens"].__setitem__(0, "Rebel"),
        r"p\.jsonl:1: token 0 of a-001 is 'Rebel', the gold has 'Rebels'",
    ),
    "no events": (
        lambda s: s[0].pop("event_mentions"),
        r"p\.jsonl:1: has no 'event_mentions' or 'pred' or 'graph'",
    ),
    "a row of a task": (lambda s: s.__setitem__(1, {"id": "a"}), r"p\.jsonl:2: is not a sentence"),
    "type": (
        with_trigger(0, 1, "Conflict:Attack"),
        r"p\.jsonl:1: event type is 'Conflict:Attack', expected Attack or ",
    ),
    "subtype": (
        with_trigger(0, 1, "Attack:pillow-fight"),
        r"p\.jsonl:1: subtype of Attack is 'pillow-fight', expected .*shelling",
    ),
    "two subtypes": (
        with_trigger(0, 1, "Attack:shelling:shelling"),
        r"p\.jsonl:1: subtype of Attack is 'shelling', expected none",
    ),
    "beyond the sentence": (
        with_trigger(5, 99),
        r"p\.jsonl:1: event_mentions\[0\]\.trigger: tokens 5-99, expected 0 <= start < end <= ",
    ),
    "empty": (with_trigger(1, 1), r"tokens 1-1, expected 0 <= start < end"),
    "not a number": (with_trigger("0", 1), r"trigger: start is '0', expected an integer"),
    "role": (
        with_argument(role="Victim", start=0, end=1),
        r"p\.jsonl:1: role of Attack is 'Victim', expected Attacker or ",
    ),
    "no place": (
        with_argument(role="Target", entity_id="E7"),
        r"p\.jsonl:1: event_mentions\[0\]\.arguments\[0\]: has no 'start'",
    ),
    "no trigger of a graph": (
        with_graph(entities=[[0, 1, "Actor"]], roles=[[0, 0, "Target"]]),
        r"graph: roles\[0\] joins trigger 0 and entity 0, expected numbers .* of the 0 triggers",
    ),
    "a trigger of another form": (
        with_graph(triggers=[[0, "1", "Attack"]]),
        r"p\.jsonl:1: graph: triggers\[0\] is \[0, '1', 'Attack'\], expected \[start, end, type\]",
    ),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_does_not_fit_is_one_clear_line(tiny: Path, tmp_path: Path, case: str) -> None:
    spoil, message = SPOILT[case]
    sentences = exported(tiny, tmp_path)
    spoil(sentences)
    path = write(tmp_path / "p.jsonl", sentences)
    for task in ("events", "triggers"):
        if case == "missing" and task == "triggers":
            message = "1 of .* rows of triggers are missing|1 of .* sentences are missing"
        with pytest.raises(EventbenchError, match=message) as caught:
            score(path, task, corpus=all_tested(load_corpus(tiny)), intervals=False)
        assert "\n" not in str(caught.value)


def test_other_tasks_are_not_in_such_files(tiny: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", exported(tiny, tmp_path))
    with pytest.raises(
        EventbenchError, match=r"p\.jsonl: .* answer --task events or triggers, not links"
    ):
        score(path, "links", corpus=all_tested(load_corpus(tiny)))


def test_overlapping_triggers_are_events_but_not_tags(tiny: Path, tmp_path: Path) -> None:
    sentences = exported(tiny, tmp_path)
    corpus = all_tested(load_corpus(tiny))
    with_trigger(0, 2)(sentences)
    mentions = sentences[0]["event_mentions"]
    mentions += [{**mentions[0]}, {**mentions[0], "event_type": "Casualty"}]
    path = write(tmp_path / "p.jsonl", sentences)
    assert score(path, "events", corpus=corpus, intervals=False)
    with pytest.raises(
        EventbenchError, match=r"p\.jsonl:1: trigger .* \(Casualty\) overlaps another"
    ):
        score(path, "triggers", corpus=corpus, intervals=False)
    del mentions[2]  # two events of one type with one trigger are one tag
    write(path, sentences)
    assert score(path, "triggers", corpus=corpus, intervals=False)


# Tags alone, and folds


@pytest.fixture(scope="module")
def lines(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gold tags of each fold as lines of tags."""
    folder = tmp_path_factory.mktemp("lines")
    for fold in range(5):
        rows = Gold.of(TASKS["triggers"], corpus, fold=fold).rows
        content = "".join(" ".join(row["ner_tags"]) + "\n" for row in rows)
        (folder / f"fold{fold}.txt").write_text(content, encoding="utf-8")
    return folder


def test_tags_of_a_fold_and_of_all_folds_are_scored(corpus: Corpus, lines: Path) -> None:
    report = score(lines / "fold3.txt", fold=3, corpus=corpus)
    assert (report.scores, report.signature["fold"]) == ({0: 1.0}, 3)
    assert report.verified is not None
    whole = score(lines, corpus=corpus, intervals=False)
    assert (whole.scores, whole.signature.get("fold")) == ({0: 1.0}, None)
    assert whole.by_article.keys() == report.by_article.keys()


def test_lists_of_tags_are_scored(corpus: Corpus, lines: Path, tmp_path: Path) -> None:
    tags = [line.split() for line in (lines / "fold3.txt").read_text("utf-8").splitlines()]
    tags[0] = ["O"] * len(tags[0])
    (tmp_path / "p.json").write_text(json.dumps(tags))
    report = score(tmp_path / "p.json", fold=3, corpus=corpus, intervals=False)
    assert report.scores[0] == 1.0  # the first sentence has no event
    (tmp_path / "p.json").write_text(json.dumps([["B-Nothing"] * len(tags[0]), *tags[1:]]))
    with pytest.raises(EventbenchError, match="sentence 1: 003-001 has unknown label 'B-Nothing'"):
        score(tmp_path / "p.json", fold=3, corpus=corpus)


def test_tags_of_another_fold_or_of_cut_sentences_are_refused(
    corpus: Corpus, lines: Path, tmp_path: Path
) -> None:
    message = r"fold3\.txt:1: 5 tags for the \d+ tokens of 000-001: expected every sentence of the"
    with pytest.raises(EventbenchError, match=message):
        score(lines / "fold3.txt", corpus=corpus)
    content = (lines / "fold3.txt").read_text("utf-8").splitlines()
    (tmp_path / "p.txt").write_text("\n".join(content[:-1]) + "\n")
    with pytest.raises(EventbenchError, match="1 of 30 rows of triggers are missing, the first is"):
        score(tmp_path / "p.txt", fold=3, corpus=corpus)
    (tmp_path / "p.txt").write_text("\n".join([*content, "O"]) + "\n")
    with pytest.raises(EventbenchError, match=r"p\.txt:31: one sentence too many: triggers has 30"):
        score(tmp_path / "p.txt", fold=3, corpus=corpus)


def test_a_fold_has_any_task(corpus: Corpus, tmp_path: Path) -> None:
    for task in TASKS.values():
        gold = Gold.of(task, corpus, fold=1)
        records = [task.dump(row, task.gold(row)) for row in gold.rows]
        path = write(tmp_path / "p.jsonl", records)
        report = score(path, task.name, fold=1, corpus=corpus, intervals=False)
        assert report.scores == {0: pytest.approx(1.0)}, task.name
        assert len(gold.documents) == 1


def test_a_run_has_all_folds(harbour: Path, tmp_path: Path, cli: Cli) -> None:
    run("lexicon", corpus=str(harbour), out=tmp_path / "run")
    with pytest.raises(EventbenchError, match="run: has the predictions of all folds, expected"):
        score(tmp_path / "run", fold=0, corpus=str(harbour))
    part = "run/triggers/seed0/fold0.jsonl"
    result = cli("score", part, "--fold", "0", "--data", str(harbour))
    assert result.returncode == 0, result.stderr
    result = cli("score", part, "--fold", "9", "--data", str(harbour))
    assert result.stderr.endswith("no fold 9: expected 0 to 2\n")
