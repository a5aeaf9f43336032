"""Systems that also learn from other corpora, and corpora that are only learned from or tested."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli
from making import BOATS, LEARNED, PORTS, TESTED, write_ships

import eventbench as eb
from eventbench import EventbenchError, load_corpus
from eventbench.corpus.joining import extra_articles, party_attributes
from eventbench.systems.protocol import make_fold
from eventbench.tasks.registry import find_task


@dataclass
class Recorder:
    """Predicts nothing, and records what it was given."""

    seed: int = 0
    record: dict[str, Any] | None = None

    def fit(self, fold: eb.Fold, progress: eb.Progress) -> None:
        given = (fold.train_documents, fold.validation_documents)
        self.record = {"given": [[d.id for d in documents] for documents in given]}

    def predict(self, test: Any) -> list[list[str]]:
        return [["O"] * len(row["tokens"]) for row in test]


class ZeroShot(Recorder):
    """Needs no training articles."""

    zero_shot = True


@pytest.fixture
def ships(tmp_path: Path) -> Path:
    return write_ships(tmp_path / "ships")


@pytest.fixture
def boats(tmp_path: Path) -> Path:
    """A corpus that is only learned from."""
    return write_ships(tmp_path / "boats", "boats", BOATS, LEARNED)


@pytest.fixture
def tested(tmp_path: Path) -> Path:
    """A corpus that is only a test."""
    return write_ships(tmp_path / "tested", "tested", tuple(reversed(BOATS)), TESTED)


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


RECORDER = f"{__name__}:Recorder"


def cell(out: Path, fold: int = 0) -> Any:
    return json.loads((out / f"triggers/seed0/fold{fold}.json").read_text("utf-8"))


# Runs


def test_all_articles_of_other_corpora_are_learned_from(ships: Path, boats: Path) -> None:
    out = ships.parent / "run"
    eb.run(RECORDER, corpus=ships, also_train=[boats], out=out)
    extra = [f"boats:{k}" for k in range(4)]
    for number, fold in enumerate(load_corpus(ships).folds()):
        given = [[*fold["train"], *extra], [*fold["validation"]]]
        assert cell(out, number)["given"] == given
        assert cell(out, number)["learned_from"] == {"ships": 3, "boats": 4}
    loaded = load_corpus(boats)
    assert json.loads((out / "run.json").read_text("utf-8"))["data"]["also_train"] == [
        {"corpus": "boats", "version": loaded.version, "fingerprint": loaded.fingerprint}
    ]


def test_rows_of_other_corpora_have_ids_of_their_own_and_no_columns_about_others(
    ships: Path, boats: Path
) -> None:
    corpus = load_corpus(ships)
    fold = make_fold(corpus, "triggers", 0, extra_articles(corpus, [load_corpus(boats)]))
    ids = fold.train["id"]
    assert len(set(ids)) == len(ids) == 6 * 4
    assert sum(found.startswith("boats:") for found in ids) == 4 * 4
    assert not {"near_duplicates", "triggers_seen"} & {*fold.train.column_names}
    # The labels are those of the same articles without a prefix.
    own = make_fold(load_corpus(boats), "triggers", 0).train
    assert own["ner_tags"] == fold.train["ner_tags"][-len(own) :]
    assert [f"boats:{found}" for found in own["doc_id"]] == fold.train["doc_id"][-len(own) :]


def test_a_model_learns_from_all_articles_of_all_corpora(tested: Path, boats: Path) -> None:
    out = boats.parent / "model"
    eb.fit("lexicon", corpus=boats, also_train=[tested], fold=0, out=out, task="triggers")
    record = json.loads((out / "model.json").read_text("utf-8"))
    assert record["articles"] == [*"0123", *(f"tested:{k}" for k in range(4))]
    assert [one["corpus"] for one in record["learned_from"]] == ["boats", "tested"]


def test_workers_are_given_the_same(ships: Path, boats: Path) -> None:
    for name, workers in (("one", None), ("two", 2)):
        out = ships.parent / name
        eb.run("lexicon", corpus=ships, also_train=[boats], out=out, folds=[0, 1], workers=workers)
    one, two = (ships.parent / name / "triggers/seed0" for name in ("one", "two"))
    for fold in ("fold0.jsonl", "fold1.jsonl"):
        assert (one / fold).read_bytes() == (two / fold).read_bytes()


def test_a_run_is_not_continued_with_other_corpora(ships: Path, boats: Path) -> None:
    out = ships.parent / "run"
    eb.run(RECORDER, corpus=ships, also_train=[boats], out=out)
    with pytest.raises(EventbenchError, match=r"holds another run: data is .*boats.* now {"):
        eb.run(RECORDER, corpus=ships, out=out)
    (boats / "annotations/VERSION").write_text("2.0.0\n", "utf-8")
    with pytest.raises(EventbenchError, match=r"holds another run: data is .* now .*2\.0\.0"):
        eb.run(RECORDER, corpus=ships, also_train=[boats], out=out)


def test_the_option_takes_ids_and_directories(
    cli: Cli, ships: Path, boats: Path, tested: Path
) -> None:
    command = ("run", "lexicon", "--data", ships, "--folds", "0")
    found = []
    for name, options in {
        "comma": ("--also-train", f"{boats},{tested}"),
        "twice": ("--also-train", boats, "--also-train", tested),
    }.items():
        result = cli(*command, *options, "--out", ships.parent / name)
        assert (result.returncode, result.stderr) == (0, "")
        found.append(json.loads((ships.parent / name / "run.json").read_text("utf-8")))
    assert [one["corpus"] for one in found[0]["data"]["also_train"]] == ["boats", "tested"]
    assert found[0] == found[1]
    result = cli(*command, "--also-train", "nothing", "--out", ships.parent / "none")
    assert result.returncode == 1
    assert "no corpus 'nothing': expected aleppo" in result.stderr
    assert not (ships.parent / "none").exists()


# Schemes


def test_parties_places_and_sources_of_other_corpora_are_left_out(
    karsland: Path, tmp_path: Path
) -> None:
    shutil.copytree(karsland, tmp_path / "other")
    path = tmp_path / "other/annotations/corpus.toml"
    replace_in(path, 'id = "karsland"', 'id = "other"')
    target, same = load_corpus(karsland), load_corpus(tmp_path / "other")
    assert party_attributes(target) == {"side"}
    kept = extra_articles(replace(target, documents=()), [same])
    sides = [a.attributes.get("side") for d in kept for e in d.events for a in e.arguments]
    assert any(sides), "both corpora have the same parties"
    renamed = replace(target.info.parties[0], name="another one")
    info = replace(target.info, parties=(renamed, *target.info.parties[1:]))
    other = replace(same, info=replace(same.info, parties=info.parties))
    found = extra_articles(replace(target, documents=()), [other])
    events = [(e, f) for d, o in zip(found, other.documents, strict=True)
              for e, f in zip(d.events, o.events, strict=True)]  # fmt: skip
    assert any("side" in a.attributes for _, event in events for a in event.arguments)
    for ours, theirs in events:
        assert ours.attributes == theirs.attributes
        for one, before in zip(ours.arguments, theirs.arguments, strict=True):
            assert one.attributes == {k: v for k, v in before.attributes.items() if k != "side"}
    kinds = {v.kind for d in found for v in d.values}
    assert {v.kind for d in other.documents for v in d.values} - kinds == {"Place", "Speaker"}


def test_links_that_the_tested_scheme_lacks_are_refused(karsland: Path) -> None:
    other = load_corpus(karsland)
    name, *_ = {link.type for document in other.documents for link in document.links}
    scheme = replace(other.scheme, links={k: v for k, v in other.scheme.links.items() if k != name})
    info = replace(other.info, id="target")
    target = replace(other, info=info, documents=(), scheme=scheme)
    with pytest.raises(EventbenchError, match=rf"\.ann:\d+: {name} joins .*'target' refuses$"):
        extra_articles(target, [other])


CHANGES = {
    "type": ("Accident", "Mishap", "E3 is of type Mishap"),
    "role": (r"Port\*?:(?=T|Port)", "Haven:", "E1 (Arrival) has the role Haven"),
    "value": ("coal", "coke", "E1 (Arrival) has cargo 'coke'"),
    "attribute": ("Delayed", "Overdue", "E1 (Arrival) has no delayed"),
}
"""What to change in the scheme and the annotations of the extra corpus, and the message."""


@pytest.mark.parametrize("case", CHANGES)
def test_what_the_tested_scheme_lacks_is_refused(ships: Path, boats: Path, case: str) -> None:
    old, new, message = CHANGES[case]
    for path in (*boats.rglob("*.ann"), boats / "annotations/annotation.conf"):
        path.write_text(re.sub(old, new, path.read_text("utf-8")), "utf-8")
    with pytest.raises(EventbenchError) as caught:
        eb.run(RECORDER, corpus=ships, also_train=[boats], out=ships.parent / "run")
    said = str(caught.value)
    assert said.startswith(f"{boats / 'annotations/gold/0_ships.ann'}:")
    assert message in said
    assert said.endswith("which the scheme of corpus 'ships' refuses")
    assert not (ships.parent / "run").exists()


@pytest.mark.parametrize(
    ("also", "message"),
    [
        (["ships"], "corpus 'ships' cannot be learned from too: it is the tested corpus"),
        (["boats", "boats"], "corpus 'boats' cannot be learned from too: it is given twice"),
        (["edition"], "its article 0 repeats article 0 of the tested corpus 'ships'"),
    ],
)
def test_the_tested_articles_cannot_be_learned_from(
    tmp_path: Path, ships: Path, boats: Path, also: list[str], message: str
) -> None:
    write_ships(tmp_path / "edition", "edition")
    with pytest.raises(EventbenchError, match=message):
        eb.run(RECORDER, corpus=ships, also_train=[tmp_path / name for name in also])


# Corpora with one split


def test_a_corpus_may_be_only_a_test(tested: Path, ships: Path, cli: Cli) -> None:
    assert {k: len(v) for k, v in eb.load("triggers", corpus=tested).items()} == {"test": 16}
    out = tested.parent / "run"
    with pytest.raises(EventbenchError, match="'tested' has no training articles: name corpora to"):
        eb.run("lexicon", corpus=tested, out=out)
    eb.run("lexicon", corpus=tested, also_train=[ships], out=out)
    assert cell(out)["learned_from"] == {"ships": 4}
    report = eb.score(out, corpus=tested)
    # The words around them are the same, so the triggers are all known.
    assert report.score.mean == 1.0
    assert list(report.intervals) == ["these_documents", "new_documents"]
    eb.run(f"{__name__}:ZeroShot", corpus=tested, out=tested.parent / "zero")
    assert cell(tested.parent / "zero")["learned_from"] == {}
    for command in ("compare", "errors"):
        paths = [out, tested.parent / "zero"][: 2 if command == "compare" else 1]
        result = cli(command, *paths, "--data", tested)
        assert (result.returncode, result.stderr) == (0, "")


def test_nothing_of_a_test_corpus_is_seen_in_its_other_articles(tested: Path, boats: Path) -> None:
    rows = eb.load("triggers", corpus=tested)["test"]
    assert not any(any(row["triggers_seen"]) or row["near_duplicates"] for row in rows)
    rows = eb.load("triggers", corpus=boats)["train"]
    assert any(any(row["triggers_seen"]) for row in rows)


def test_a_corpus_may_be_only_learned_from(boats: Path, tmp_path: Path, cli: Cli) -> None:
    assert {k: len(v) for k, v in eb.load("triggers", corpus=boats).items()} == {"train": 16}
    (tmp_path / "predictions.jsonl").write_text("", "utf-8")
    for command in (
        ("run", "lexicon", "--out", tmp_path / "run"),
        ("score", tmp_path / "predictions.jsonl"),
        ("data", "export", "--format", "run", "--out", tmp_path / "run"),
    ):
        result = cli(*command, "--data", boats)
        assert result.returncode == 1
        assert "corpus 'boats' has no test articles: it is to be learned from" in result.stderr
        assert result.stderr.count("\n") == 1
        assert not (tmp_path / "run").exists()
    model = eb.fit("lexicon", corpus=boats, out=tmp_path / "model", task="triggers")
    assert model.predict(["A blaze broke out ."])


@pytest.mark.parametrize(("name", "split"), [("boats", "train"), ("tested", "test")])
def test_a_dataset_has_only_the_split_of_its_corpus(
    name: str, split: str, boats: Path, tested: Path, tmp_path: Path
) -> None:
    import datasets

    data = boats.parent / name
    built = eb.build(data.parent / "dataset", corpus=data)
    assert built.configs[:2] == ("triggers", "triggers_fold0")
    loaded = datasets.load_dataset(
        str(built.path), "triggers", cache_dir=str(data.parent / "cache")
    )
    assert [*loaded] == [split]
    assert loaded[split].num_rows == 4 * len(PORTS)


def test_incidents_are_learned_only_where_a_corpus_lists_them() -> None:
    tested = load_corpus("transfer")
    listed, unlisted = load_corpus("aleppo"), load_corpus("practice")
    others = [find_task("incidents").prepare(other) for other in (listed, unlisted)]
    extra = extra_articles(tested, others)
    of_incidents, of_links = (make_fold(tested, task, 0, extra) for task in ("incidents", "links"))
    assert {d.id.partition(":")[0] for d in of_incidents.train_documents} == {"aleppo"}
    assert len(of_links.train_documents) == len(listed.documents) + len(unlisted.documents)
    assert any(row["incidents"] for row in of_incidents.train)


def test_incidents_of_other_corpora_have_names_and_no_places() -> None:
    tested, listed = load_corpus("transfer"), find_task("incidents").prepare(load_corpus("aleppo"))
    told = [i for d in extra_articles(tested, [listed]) for i in d.incidents or ()]
    assert told
    assert all(i.name.startswith("aleppo:") and not i.where for i in told)


def test_a_task_that_nothing_teaches_is_refused_or_left_out(tmp_path: Path) -> None:
    learned = {"corpus": "transfer", "also_train": ["practice"], "out": tmp_path / "run"}
    with pytest.raises(EventbenchError, match="and the others teach nothing for incidents: name"):
        eb.run("lexicon", task="incidents", **learned)
    eb.run("lexicon", task="all", **learned)
    assert "incidents" not in {path.name for path in (tmp_path / "run").iterdir()}


def test_a_model_does_not_learn_from_articles_that_are_only_a_test(
    tested: Path, boats: Path, tmp_path: Path
) -> None:
    for fold in (None, 0):
        with pytest.raises(EventbenchError, match="no training articles: name corpora to learn"):
            eb.fit("lexicon", corpus=tested, fold=fold, out=tmp_path / "model")
    eb.fit("lexicon", corpus=tested, also_train=[boats], out=tmp_path / "model")
    articles = json.loads((tmp_path / "model/model.json").read_text("utf-8"))["articles"]
    assert articles
    assert all(article.startswith("boats:") for article in articles)
