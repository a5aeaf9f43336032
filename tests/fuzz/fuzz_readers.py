"""Real files of every kind, and what reads them."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest import mock

import cassis
from made_annotators import another_annotator
from made_documents import PAGE, XMP, write_docx, write_pdf, write_xlsx
from made_results import result_of, write_parquet

from eventbench import EventbenchError
from eventbench.annotation.comparing import differences
from eventbench.annotation.decisions import read_decisions, write_decisions
from eventbench.annotation.validate import validate
from eventbench.claims.codebook_tables import BOOKS
from eventbench.claims.derive import incidents
from eventbench.claims.found import ROWS
from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.corpus.scheme import Scheme
from eventbench.dataset.build import MANIFEST, build, hydrate
from eventbench.dataset.card import read_card, with_configs
from eventbench.documents.article import Reading
from eventbench.documents.reading import read_articles
from eventbench.evaluation.diagnosis import diagnose_answers
from eventbench.evaluation.reading import read_predictions
from eventbench.formats.registry import FORMATS, export, import_articles
from eventbench.formats.store import pairs
from eventbench.hub.checks import check_eval_results, front_matter
from eventbench.hub.results import _with_key, eval_yaml
from eventbench.leaderboard.entry import read_entry
from eventbench.leaderboard.info import read_info
from eventbench.systems.cells import check_run
from eventbench.systems.models import RECORD, fit, load_model
from eventbench.systems.predict import predict
from eventbench.systems.protocol import read_config
from eventbench.systems.runner import write_annotations_as_run
from eventbench.tagged.files import score_files
from eventbench.tagged.reading import format_of
from eventbench.tagged.tally import Tally
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import tasks_for
from eventbench.tasks.tagging import TaggingTask

ROOT = Path(__file__).parents[2]
ENTRY = Path("leaderboard/aleppo/lexicon/1")
CARD = """---
license: mit
# a comment
model-index:
- name: m
  results:
  - task: {type: token-classification, name: Triggers}
    dataset: {type: o/d, name: eventbench harbour, config: triggers}
    metrics:
    - {type: f1, value: 50.0, name: 'micro-F1, in percent'}
---
# A card
"""
TABLE = '''id,Text,Date,Source
1,"A ship burnt, and sank.",2031-05-06,Post
2,"Dockers said: ""Strike""",6 May 2031,
'''
RESULTS = """- dataset:
    id: owner/name
    task_id: triggers
  value: 61.5
  date: "2026-11-22"
  source: {url: "https://example.org/x", name: x}
  notes: percent
"""


@dataclass(frozen=True)
class Target:
    """A file of the workspace, and what reads it.

    Attributes:
        file: its path in the workspace.
        read: is given the workspace.
        weight: how often it is chosen; slow readers are chosen less often.
    """

    file: str
    read: Callable[[Path], object]
    weight: int = 10


def make_workspace(folder: Path) -> list[Target]:
    """Write valid files of every kind, and return what reads each."""
    shutil.copytree(ROOT / "tests/harbour", folder / "corpus")
    shutil.copytree(ROOT / "tests/karsland", folder / "claims")
    for name in ("annotation.conf", "incidents.toml"):
        shutil.copy(ROOT / "annotations" / name, folder / "claims/annotations")
    corpus = load_corpus(folder / "corpus")
    shutil.copytree(ROOT / ENTRY, folder / ENTRY)
    shutil.copy(ROOT / "baselines/configs/encoder.toml", folder / "config.toml")
    write_annotations_as_run(corpus, None, "gold", folder / "run")
    build(folder / "built", corpus=corpus, with_text=False)
    fit("lexicon", corpus=corpus, out=folder / "model")
    export(corpus, "brat", folder / "brat")
    _write_tools(folder / "tools", corpus)
    (folder / "hub/.eval_results").mkdir(parents=True)
    manifest = json.loads((folder / "built" / MANIFEST).read_bytes())
    (folder / "hub/eval.yaml").write_text(eval_yaml({}, manifest), "utf-8")
    (folder / "hub/README.md").write_text(CARD, "utf-8")
    (folder / "hub/.eval_results/d.yaml").write_text(RESULTS, "utf-8")
    _write_articles(folder / "articles", corpus)
    found = [
        *_corpus_targets(),
        *_claims_targets(folder),
        *_result_targets(folder),
        *_prediction_targets(folder, corpus),
        *_other_targets(folder, corpus),
    ]
    for target in found:
        content = (folder / target.file).read_bytes()
        target.read(folder)  # what is not spoilt is read
        assert (folder / target.file).read_bytes() == content
    return found


def _write_articles(folder: Path, corpus: Corpus) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir()
    records = [{"id": d.id, "text": d.text} for d in corpus.documents]
    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
    (folder / "a.txt").write_text(corpus.documents[0].text, "utf-8")
    (folder / "a.jsonl").write_text(lines, "utf-8")
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    pq.write_table(pa.Table.from_pylist(records), folder / "a.parquet")
    (folder / "a.html").write_text(PAGE, "utf-8")
    (folder / "a.csv").write_text(TABLE, "utf-8")
    (folder / "sources.csv").write_text("file,published\na.txt,2031-05-06\n", "utf-8")
    write_docx(folder / "a.docx", records[0]["text"].split("\n"), "A title")
    write_pdf(folder / "a.pdf", [["A ship burnt."], ["Dockers were on strike."]], "A title", XMP)
    write_xlsx(folder / "a.xlsx", ("Articles", [["id", "text", "date"], [7, "A ship burnt.", "x"]]))


# What reads


def _read_corpus(folder: Path) -> None:
    corpus = load_corpus(folder / "corpus")
    for task in tasks_for(corpus).values():
        Gold.of(task, corpus).fingerprint.encode()
    str(corpus).encode()
    with_configs(read_card(corpus), [])


def _validate(folder: Path) -> None:
    for problem in validate(folder / "corpus"):
        assert "\n" not in str(problem), problem


def _corpus_targets() -> Iterator[Target]:
    for file in ("annotation.conf", "corpus.toml", "gold/osk.ann", "tokens/osk.tsv", "VERSION"):
        yield Target(f"corpus/annotations/{file}", _read_corpus)
        yield Target(f"corpus/annotations/{file}", _validate)
    yield Target("corpus/seeds/sources.toml", _read_corpus)
    yield Target("corpus/seeds/osk.txt", _read_corpus)
    yield Target("corpus/CARD.md", _read_corpus)
    for file in ("not-events.tsv", "GUIDELINES.md"):
        yield Target(f"corpus/annotations/{file}", _validate)


def _claims_targets(folder: Path) -> Iterator[Target]:
    """The files of a corpus with values and incidents that other corpora do not have."""

    def read(folder: Path) -> None:
        found = incidents(folder / "claims")
        str(found).encode()
        json.dumps(found.geojson(), ensure_ascii=False).encode()

    def check(folder: Path) -> None:
        for problem in validate(folder / "claims"):
            assert "\n" not in str(problem), problem

    lists = folder / "claims/annotations"
    for path in sorted([*lists.glob("*.toml"), *lists.glob("inc*.tsv"), *lists.glob("gold/*.tsv")]):
        if path.name != "corpus.toml":
            file = path.relative_to(folder).as_posix()
            yield Target(file, read)
            yield Target(file, check)


def _result_targets(folder: Path) -> Iterator[Target]:
    """The files of a result, and the same articles as Parquet."""

    def read(source: str, folder: Path) -> None:
        found = incidents(folder / source)
        for name in ROWS:
            found.rows(name).to_csv().encode()
            found.rows(name).to_arrow()
        found.write(folder / "result.xlsx")
        for book in BOOKS:
            found.codebook(book).to_csv().encode()

    root = result_of(load_corpus(folder / "claims"), folder / "result")
    write_parquet(root, folder / "parts" / "0.parquet")
    lists = ("incidents.tsv", "places.toml")
    for file in ("articles.jsonl", "result.json", *(f"annotations/{name}" for name in lists)):
        yield Target(f"result/{file}", partial(read, "result"))
    yield Target("parts/0.parquet", partial(read, "parts"))


def _score(gold: Gold, file: str, folder: Path) -> None:
    answers = read_predictions(folder / file, gold)
    for found in answers.values():
        gold.task.measure.compute(
            gold.task.statistics(gold, found).totals()[gold.task.measure.table]
        )
        gold.task.remarks(gold, found)
        diagnosis = diagnose_answers({0: found}, gold)
        str(diagnosis), diagnosis.to_json()
        records = [gold.task.dump(row, found[row["id"]]) for row in gold.rows]
        json.dumps(records, ensure_ascii=False).encode()


def _check_record(gold: Gold, record: dict[str, object], folder: Path) -> None:
    read_predictions(folder / "run", gold)
    check_run(folder / "run", record)


def _prediction_targets(folder: Path, corpus: Corpus) -> Iterator[Target]:
    (folder / "files").mkdir()
    for name, task in tasks_for(corpus).items():
        gold = Gold.of(task, corpus, with_seen=True)
        lines = b"".join(f.read_bytes() for f in sorted((folder / "run" / name).glob("*/*.jsonl")))
        files = {"jsonl": lines, "jsonl.gz": gzip.compress(lines)}
        if isinstance(task, TaggingTask):
            files["conll"] = _as_conll(gold)
        for ending, content in files.items():
            file = f"files/{name}.{ending}"
            (folder / file).write_bytes(content)
            yield Target(file, partial(_score, gold, file))
        file = f"files/{name}.parquet"
        task.dataset(gold.rows, corpus.scheme).to_parquet(folder / file)
        if isinstance(task, TaggingTask):
            yield Target(file, partial(_score, gold, file))
            for ending in ("jsonl", "conll", "parquet"):
                path = f"tagged/{name}.{ending}"
                (folder / path).parent.mkdir(exist_ok=True)
                shutil.copy(folder / f"files/{name}.{ending}", folder / path)
                yield Target(path, partial(_score_tagged, f"files/{name}.{ending}", path))
                yield Target(path, partial(_score_tagged, path, path))
        if name == "triggers":
            record = json.loads((folder / "run/run.json").read_bytes())
            yield Target("run/run.json", partial(_check_record, gold, record))


def _as_conll(gold: Gold) -> bytes:
    blocks = []
    for row in gold.rows:
        pairs = zip(row["tokens"], row["ner_tags"], strict=True)
        blocks.append(f"# id = {row['id']}\n" + "".join(f"{t}\t{tag}\n" for t, tag in pairs))
    return "\n".join(blocks).encode()


def _score_tagged(gold: str, predicted: str, folder: Path) -> None:
    """Score files, and if the fast reader took them, compare it with the careful one."""
    files = folder / gold, folder / predicted
    found = score_files(*files)
    str(found).encode()
    tally = Tally(0)
    if format_of(files[1], None) == "jsonl" and tally.add_fast(*files):
        try:
            with mock.patch.object(Tally, "add_fast", return_value=False):
                careful = score_files(*files, verify=False).scores
        except EventbenchError as error:
            raise AssertionError("the fast reader took what the careful one refuses") from error
        assert careful == found.scores


def _copy(folder: Path, name: str, record: str, changed: str | None) -> Path:
    """Copy a directory; a file that was changed on purpose has its digest in the record."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / name, copy)
    if changed is not None:
        content = json.loads((copy / record).read_bytes())
        content["files"][changed] = hashlib.sha256((copy / changed).read_bytes()).hexdigest()
        (copy / record).write_text(json.dumps(content), "utf-8")
    return copy


def _hydrate(corpus: Corpus, changed: str | None, folder: Path) -> None:
    hydrate(_copy(folder, "built", MANIFEST, changed), corpus.root / "seeds")


def _load_model(changed: str | None, folder: Path) -> None:
    model = load_model(_copy(folder, "model", RECORD, changed))
    if changed is None:  # else it may be any model, and answers as it can
        model.predict(["Dockers went on strike in the harbour.\nA ship burnt."])


def _predict(file: str, folder: Path) -> None:
    out = folder / "predicted"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    predict(folder / "model", [folder / file], out if file.endswith("parquet") else out / "p.jsonl")
    if not file.endswith("parquet"):
        list(read_articles([folder / file]))
        predict(folder / "model", [folder / file], out / "brat", format="brat")


def _read_articles(file: str, folder: Path) -> None:
    options = Reading(encoding="detect", warn=str.encode)
    for article in read_articles([folder / file], options):
        json.dumps([article.text, article.title, article.address], ensure_ascii=False).encode()
        str(article.published)


def _read_with_sources(folder: Path) -> None:
    table = folder / "articles/sources.csv"
    list(read_articles([folder / "articles/a.txt"], Reading(sources=table)))


def _import(folder: Path) -> None:
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / "corpus/annotations", copy / "annotations")
    for name in ("gold", "tokens"):
        shutil.rmtree(copy / "annotations" / name)
    import_articles(folder / "brat", copy)


def _write_tools(folder: Path, corpus: Corpus) -> None:
    """What annotation tools give back."""
    folder.mkdir()
    shutil.copy(ROOT / "tests/formats/label_studio_export.json", folder / "export.json")
    export(corpus.part(corpus.article_ids[:1]), "cas", folder / "cas")
    (xmi,) = (folder / "cas").glob("*.xmi")
    xmi.rename(folder / "cas/a.xmi")
    types = cassis.load_typesystem(folder / "cas/TypeSystem.xml")
    cassis.load_cas_from_xmi(folder / "cas/a.xmi", types).to_json(folder / "a.json")


def _read_tool(format: str, file: str, scheme: Scheme, folder: Path) -> None:
    read = FORMATS[format].read
    assert read is not None
    for articles in read(folder / "tools" / file, scheme).by_annotator.values():
        pairs(articles, scheme)


def _read_card(folder: Path) -> None:
    card = (folder / "hub/README.md").read_bytes().decode("utf-8", "replace")
    check_eval_results(folder / "hub/README.md")
    front_matter(card, "README.md")
    _with_key(card, "model-index", [{"name": "é"}], "README.md").encode()


def _other_targets(folder: Path, corpus: Corpus) -> Iterator[Target]:
    data = sorted((folder / "built").glob("data-*/*/*.parquet"))[0]
    name = data.relative_to(folder / "built").as_posix()
    yield Target(f"built/{MANIFEST}", partial(_hydrate, corpus, None), weight=1)
    yield Target("built/README.md", partial(_hydrate, corpus, None), weight=1)
    yield Target(f"built/{name}", partial(_hydrate, corpus, name), weight=1)
    yield Target(f"model/{RECORD}", partial(_load_model, None), weight=1)
    for path in sorted((folder / "model").rglob("*")):
        file = path.relative_to(folder / "model").as_posix()
        if path.is_file() and file != RECORD:
            yield Target(f"model/{file}", partial(_load_model, file), weight=1)
    for file in ("a.txt", "a.jsonl", "a.jsonl.gz", "a.parquet"):
        yield Target(f"articles/{file}", partial(_predict, f"articles/{file}"), weight=1)
    for file in ("a.html", "a.csv", "a.docx", "a.pdf", "a.xlsx", "a.txt"):
        yield Target(f"articles/{file}", partial(_read_articles, f"articles/{file}"), weight=2)
    yield Target("articles/sources.csv", _read_with_sources)
    entry = [f"{ENTRY}/{name}" for name in ("entry.toml", "result.json", "speed.json")]
    cells = (folder / ENTRY).rglob("*.jsonl.gz")
    for path in [*entry, min(cells).relative_to(folder).as_posix()]:
        yield Target(path, lambda folder: read_entry(folder / ENTRY))
    yield Target(entry[0], lambda folder: read_info(folder / entry[0]))
    yield Target("config.toml", lambda folder: read_config(folder / "config.toml"))
    for file in ("osk.ann", "osk.txt"):
        yield Target(f"brat/{file}", _import, weight=1)
    for format, changed, file in (
        ("label-studio", "export.json", "export.json"),
        ("cas", "cas/a.xmi", "cas"),
        ("cas", "cas/TypeSystem.xml", "cas"),
        ("cas", "a.json", "a.json"),
    ):
        yield Target(f"tools/{changed}", partial(_read_tool, format, file, corpus.scheme), weight=5)
    yield Target("hub/README.md", _read_card)
    for file in ("hub/eval.yaml", "hub/.eval_results/d.yaml"):
        yield Target(file, lambda folder: check_eval_results(folder / "hub"), weight=3)
    yield _decision_target(folder, corpus)


def _decision_target(folder: Path, corpus: Corpus) -> Target:
    """A table that decides everything in which another annotator differs from the gold."""
    article = corpus.documents[0]
    found = differences(article, another_annotator(article, corpus.scheme, 1), corpus.scheme)
    lines = [line.rstrip("\t") for line in write_decisions(found).splitlines()]
    filled = [lines[0], *(f"{line}\ta\tT1\twhy" for line in lines[1:])]
    (folder / "decisions.tsv").write_text("\n".join(filled) + "\n", "utf-8")
    return Target(
        "decisions.tsv", lambda folder: read_decisions(folder / "decisions.tsv", found, ["T1"])
    )
