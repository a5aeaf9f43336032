"""Models: kept, read again and used; what is damaged or does not fit is refused."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from eventbench_baselines.values.reader import ValueReader
from made_models import HARD, SEEDS, tagged, write_jsonl
from making import all_tested

from eventbench import (
    Argument,
    ArticleEvents,
    BatchExtractor,
    Corpus,
    Document,
    Event,
    EventbenchError,
    Span,
    document_of,
    fit,
    load_corpus,
    load_model,
)
from eventbench.documents.article import Article
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.scoring import gold_of, score_answers
from eventbench.io import atomic_output, sha256
from eventbench.systems.predict import predict

pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")


def test_a_model_knows_again_what_it_learned(corpus: Corpus, lexicon: Path, tmp_path: Path) -> None:
    """Tagged anew from their texts, the articles score as ones that were learned by heart."""
    texts = {d.id: d.text for d in corpus.documents}
    out = tmp_path / "out.jsonl"
    assert predict(lexicon, [write_jsonl(tmp_path / "in.jsonl", texts)], out) == len(texts)
    gold = gold_of(all_tested(corpus), "events")
    report = score_answers(read_predictions(out, gold), gold, intervals=False)
    measures = report.sections[0]["measure"]
    assert measures["TC"].f1 > 0.7
    assert measures["AC+"].f1 > 0.3


def test_the_digest_after_fitting_is_that_of_the_saved_model(
    corpus: Corpus, tmp_path: Path
) -> None:
    fitted = fit("lexicon", corpus=corpus, out=tmp_path / "m")
    assert re.fullmatch(r"[0-9a-f]{64}", fitted.digest)
    assert fitted.digest == load_model(tmp_path / "m").digest


def test_a_fold_keeps_its_test_article_from_the_model(corpus: Corpus, tmp_path: Path) -> None:
    fit("lexicon", corpus=corpus, out=tmp_path / "m", fold=2)
    record = json.loads((tmp_path / "m/model.json").read_text(encoding="utf-8"))
    assert record["articles"] == ["000", "001", "004", "003"]  # the last validates


@pytest.mark.parametrize("articles", [["a", "b"], ["b"]])
def test_a_model_needs_no_fold(tiny: Path, tmp_path: Path, articles: list[str]) -> None:
    """Two articles, or one, are too few to leave one out, but enough to learn from."""
    corpus = load_corpus(tiny).part(articles)
    with pytest.raises(EventbenchError, match="needs three articles or more"):
        corpus.folds()
    model = fit("lexicon", corpus=corpus, out=tmp_path / "m")
    found = model.predict([corpus.documents[-1].text])[0]
    assert {e.type for e in found.events} <= {*corpus.scheme.event_types}
    assert found.events
    record = json.loads((tmp_path / "m/model.json").read_text("utf-8"))
    assert record["articles"] == articles
    assert load_model(tmp_path / "m").scheme == corpus.scheme


def test_a_model_of_triggers_gives_events_without_arguments(
    corpus: Corpus, lexicon: Path, tmp_path: Path
) -> None:
    fit("lexicon", corpus=corpus, out=tmp_path / "m", task="triggers")
    triggers, whole = tagged(tmp_path / "m", HARD), tagged(lexicon, HARD)
    assert [(e["type"], e["trigger"]) for e in triggers] == [
        (e["type"], e["trigger"]) for e in whole
    ]
    assert all(e["arguments"] == [] and not any(e["attributes"].values()) for e in triggers)


def test_an_encoder_is_kept_too(corpus: Corpus, small_encoder: str, tmp_path: Path) -> None:
    """A word longer than its window, a sentence longer than that, other scripts: all tagged."""
    model = tmp_path / "m"
    options = {"epochs": 3, "batch_size": 16, "learning_rate": 1e-2, "members": 1}
    options["encoder"] = small_encoder
    fit("encoder", corpus=corpus, out=model, task="triggers", options=options)
    texts = [HARD, "", "strikes " * 1500, "a" * 5000, "空爆で12人が死亡した。", "Ракетный удар"]
    batch: dict[str, list[Any]] = {"id": list(range(len(texts))), "text": texts}
    found = BatchExtractor(model)(batch)["events"]
    assert found == BatchExtractor(model)(batch)["events"]
    assert len(json.loads(found[0])) > 0
    for text, events in zip(texts, found, strict=True):
        for event in json.loads(events):
            place = event["trigger"]
            assert text[place["start"] : place["end"]] == place["text"]


@pytest.mark.parametrize(
    ("system", "task", "message"),
    [
        ("made_up:Forgetful", "events", "does not do events, but triggers"),
        ("made_up:Forgetful", None, "cannot be kept: it has no save"),
        ("lexicon", "arguments", "a model is for events or triggers, not for arguments"),
        ("nowhere", None, "no system 'nowhere'"),
    ],
)
@pytest.mark.usefixtures("made_up")
def test_what_cannot_be_kept(
    system: str, task: str | None, message: str, corpus: Corpus, tmp_path: Path
) -> None:
    with pytest.raises(EventbenchError, match=message):
        fit(system, corpus=corpus, out=tmp_path / "m", task=task)
    assert not (tmp_path / "m").exists()


def test_only_a_model_is_replaced(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("dear diary")
    with pytest.raises(EventbenchError, match="exists and is not a model"):
        fit("lexicon", corpus=corpus, out=tmp_path)
    for task in ("events", "triggers"):
        fit("lexicon", corpus=corpus, out=tmp_path / "m", task=task)
    assert load_model(tmp_path / "m").task == "triggers"
    (tmp_path / "web").mkdir()
    (tmp_path / "web/model.json").write_text('{"name": "another program\'s"}')
    with pytest.raises(EventbenchError, match="exists and is not a model"):
        fit("lexicon", corpus=corpus, out=tmp_path / "web")


def test_a_model_is_not_replaced_by_what_it_found(lexicon: Path, tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    article.write_text("Airstrikes killed 12 people.")
    with pytest.raises(EventbenchError, match=f"{lexicon}: exists and is not an earlier result"):
        predict(lexicon, [article], lexicon)
    load_model(lexicon)
    with pytest.raises(EventbenchError, match="cannot be written"), atomic_output(lexicon) as new:
        new.write_text("a file")
    load_model(lexicon)


def damage(name: str, content: str | None) -> Callable[[Path], None]:
    def change(model: Path) -> None:
        if content is None:
            (model / name).unlink()
        else:
            (model / name).write_text(content, encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damage("model.json", None), r"not a model directory \(no model\.json\)"),
        (damage("model.json", "{"), "model.json: not valid JSON"),
        (damage("model.json", "[]"), r"model.json: found \[\], expected an object"),
        (damage("model.json", '{"format": "x"}'), "format is 'x', expected"),
        (damage("system/kept", "k"), "system/kept: changed since the model was made"),
        (damage("system/kept", None), "system/kept: missing"),
        (damage("system/more.py", ""), r"system/more\.py: is not listed in model\.json"),
        (damage(".hidden", ""), r"\.hidden: is not listed in model\.json"),
        (lambda model: (model / "linked").symlink_to(model.parent), "m/linked: expected a file"),
        (damage("annotations/annotation.conf", ""), "annotation.conf: changed since"),
    ],
)
def test_a_damaged_model_is_refused(
    change: Callable[[Path], None], message: str, made_up: str, corpus: Corpus, tmp_path: Path
) -> None:
    fit("made_up:Bomb", corpus=corpus, out=tmp_path / "m")
    change(tmp_path / "m")
    with pytest.raises(EventbenchError, match=message):
        load_model(tmp_path / "m", system="made_up:Bomb")


@pytest.mark.parametrize(
    ("named", "given", "message"),
    [
        ("made_up:Bomb", None, r"is 'made_up:Bomb', which is not installed; .*--system made_up"),
        ("hostile:run", None, "system is 'hostile:run', which is not installed"),
        ("joblib:numpy_pickle", None, "system is 'joblib:numpy_pickle', which is not installed"),
        ("hostile:run", "made_up:Bomb", "system is 'hostile:run', not 'made_up:Bomb'"),
        ("lexicon", "made_up:Bomb", "system is 'lexicon', not 'made_up:Bomb'"),
    ],
)
def test_a_model_cannot_name_code_to_run(
    named: str, given: str | None, message: str, made_up: str, corpus: Corpus, tmp_path: Path
) -> None:
    """Only installed systems, and what the user names, are imported."""
    (tmp_path / "hostile.py").write_text("open('ran', 'w').close()")
    model = tmp_path / "m"
    fit("made_up:Bomb", corpus=corpus, out=model)
    record = json.loads((model / "model.json").read_text(encoding="utf-8"))
    (model / "model.json").write_text(json.dumps(record | {"system": named}))
    with pytest.raises(EventbenchError, match=message):
        load_model(model, system=given)
    assert "hostile" not in sys.modules
    assert not (tmp_path / "ran").exists()


def test_a_system_that_cannot_read_its_files_is_one_line(
    made_up: str, corpus: Corpus, tmp_path: Path
) -> None:
    model = tmp_path / "m"
    fit("made_up:Bomb", corpus=corpus, out=model)
    record = json.loads((model / "model.json").read_text(encoding="utf-8"))
    (model / "system/kept").write_text("lost")
    record["files"]["system/kept"] = sha256(model / "system/kept")
    (model / "model.json").write_text(json.dumps(record))
    with pytest.raises(EventbenchError, match=r"cannot load it: something else is kept and more$"):
        load_model(model, system="made_up:Bomb")


@pytest.mark.parametrize(
    ("system", "message"),
    [
        ("made_up:Short", "1 predictions for 2 rows"),
        ("made_up:Wrong", r"span 0-10000, expected 0 <= start < end <= 11"),
    ],
)
@pytest.mark.usefixtures("made_up")
def test_predictions_that_do_not_fit_are_refused(
    system: str, message: str, corpus: Corpus, tmp_path: Path
) -> None:
    fit(system, corpus=corpus, out=tmp_path / "m")
    with pytest.raises(EventbenchError, match=message):
        tagged(tmp_path / "m", "One.\nTwo...", system)


def test_offsets_are_those_of_the_text_as_given(lexicon: Path) -> None:
    events = tagged(lexicon, HARD)
    assert [e["trigger"]["text"] for e in events] == ["Airstrikes", "killed", "Airstrikes"]
    assert [e["id"] for e in events] == ["E1", "E2", "E3"]
    for event in events:
        for place in (event["trigger"], *event["arguments"]):
            assert HARD[place["start"] : place["end"]] == place["text"]
    assert any(event["arguments"] for event in events)


def test_texts_without_words(lexicon: Path) -> None:
    texts = ["", " \n\t\r\n", "\ufeff"]
    tagged = BatchExtractor(lexicon)({"id": [1, 2, 3], "text": texts})
    empty = dict.fromkeys(("events", "links", "sentences"), ["[]"] * 3)
    assert tagged == {"id": [1, 2, 3], "text": texts, **empty}


def test_the_same_bytes_however_articles_are_dealt(
    lexicon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Articles among others or alone, once or again: they get the same events."""
    outs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    predict(lexicon, SEEDS, outs[0])
    monkeypatch.setattr("eventbench.systems.models.BLOCK", 1)
    predict(lexicon, SEEDS, outs[1])
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert outs[0].read_bytes().count(b"\n") == len(SEEDS)


def test_articles_are_read_as_they_are_needed(
    lexicon: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []

    def many() -> Iterator[Article]:
        for number in range(1000):
            taken.append(number)
            yield Article(str(number), "x" * 100)

    monkeypatch.setattr("eventbench.systems.models.BLOCK", 1000)
    found = load_model(lexicon).extract(many())
    assert next(found)[1].events == ()
    assert len(taken) < 20


# What is known of an article


class Dated:
    """A system that finds a time in each article and gives its value."""

    def predict(self, test: Any) -> list[ArticleEvents]:
        return [self._found(document_of(row)) for row in test]

    def _found(self, document: Document) -> ArticleEvents:
        assert document.title == "Shelling"
        start = document.text.index("on Monday")
        when = Argument("Time", Span(start, start + 9))
        event = Event("E1", "Attack", Span(0, 6), (when,), {})
        valued = ValueReader().valued(replace(document, events=(event,)), load_corpus().scheme)
        return ArticleEvents(valued.events)


def test_the_day_of_publication_reaches_a_system(lexicon: Path) -> None:
    """So "on Monday" gets its value."""
    pytest.importorskip("dateparser", reason="reading times needs the extra [encoder]")
    model = replace(load_model(lexicon), system=Dated())
    about = ("Shelling", "Karsland Post", date(2031, 5, 6), "https://post.example/a")
    article = Article("a", "Shells hit Osk on Monday.", *about)
    ((found, events),) = model.extract([article])
    assert found is article
    assert events.events[0].arguments[0].value == "2031-05-05/2031-05-05"

    batch = {"id": [1], "text": [article.text], "title": ["Shelling"], "publisher": [about[1]]}
    batch |= {"published": [date(2031, 5, 6)], "address": [about[3]]}
    tagged = BatchExtractor(model)(batch)
    assert [*tagged] == [*batch, "events", "links", "sentences"]
    assert json.loads(tagged["events"][0])[0]["arguments"][0]["value"] == "2031-05-05/2031-05-05"
    for unknown in (None, "", float("nan")):
        without = BatchExtractor(model)({**batch, "published": [unknown]})
        assert "value" not in json.loads(without["events"][0])[0]["arguments"][0]
    with pytest.raises(EventbenchError, match="id 1: published: '6/5/31' is not a day such as"):
        BatchExtractor(model)({**batch, "published": ["6/5/31"]})
