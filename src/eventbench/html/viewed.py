"""What is shown on pages of articles: a corpus, predictions, a run, files of brat or new texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from eventbench.corpus.loading import INFO, SCHEME, Corpus, as_corpus, available_corpora
from eventbench.corpus.model import Document
from eventbench.corpus.predictions import is_result, read_predictions
from eventbench.corpus.records import ArticleEvents, with_events
from eventbench.corpus.scheme import Scheme, read_scheme
from eventbench.corpus.segmentation import segment
from eventbench.documents.reading import read_articles
from eventbench.errors import EventbenchError
from eventbench.evaluation import reading
from eventbench.evaluation.runs import ENTRY_FILE, RUN_FILE, is_entry, tasks_in
from eventbench.evaluation.side_by_side import SideBySide, compare_article, never_predicted
from eventbench.formats.brat import read_pairs
from eventbench.io import read_json_object
from eventbench.systems.models import Model
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import find_task, model_tasks

CorpusName = Corpus | str | Path | None
"""A corpus, or what `load_corpus` takes."""


@dataclass(frozen=True)
class Viewed:
    """Articles with events to be shown.

    Attributes:
        name: where they come from, as the pages say it.
        documents: the articles.
        scheme: the scheme of the events.
        gold: the gold to compare them with, by id of the article, where there is one.
        gold_name: what the gold is.
        not_compared: what the gold has and no prediction, so that it was not asked for.
        credit: whose the articles and their gold are; empty if that is not known.
    """

    name: str
    documents: tuple[Document, ...]
    scheme: Scheme
    gold: Mapping[str, Document] = field(default_factory=dict)
    gold_name: str = ""
    not_compared: tuple[str, ...] = ()
    credit: str = ""

    def compared(self) -> dict[str, SideBySide]:
        """Predictions beside the gold, by id of the article."""
        return {
            document.id: compare_article(
                document, self.gold[document.id], self.scheme, self.not_compared
            )
            for document in self.documents
            if document.id in self.gold
        }

    def of_article(self, article: str) -> Viewed:
        """These articles without all but one.

        Raises:
            EventbenchError: if it is not among them.
        """
        found = tuple(document for document in self.documents if document.id == article)
        if not found:
            expected = _listed([document.id for document in self.documents])
            raise EventbenchError(f"{self.name}: no article {article!r}: expected {expected}")
        return replace(self, documents=found)


def _listed(names: Sequence[str], most: int = 10) -> str:
    rest = f", … ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def view_corpus(corpus: Corpus) -> Viewed:
    """The annotated articles of a corpus."""
    name = f"{corpus.id} {corpus.version}, fingerprint {corpus.fingerprint}"
    return Viewed(name, corpus.documents, corpus.scheme, credit=corpus.info.credit)


def view_path(
    path: Path,
    corpus: CorpusName = None,
    *,
    task: str | None = None,
    seed: int | None = None,
    model: Model | None = None,
) -> Viewed:
    """Read the articles with events of a file or directory.

    Args:
        path: a result of ``predict``, a directory or file; a run or an entry of the leaderboard,
            which has the gold of its corpus beside it; a directory of brat's files, or one of a
            pair; a directory of a corpus; or, with a model, files that `read_articles` takes.
        corpus: the corpus of a run, unless the run names one of this package; or the one that
            has the scheme of brat's files, unless ``annotation.conf`` lies beside them.
        task: of a run, the task whose predictions are shown; by default the first that has
            events.
        seed: of a run, the seed; by default the first.
        model: tags the articles.

    Raises:
        EventbenchError: if it is none of these, or cannot be read.
    """
    if not path.exists():
        raise EventbenchError(f"{path}: No such file or directory")
    if model is not None:
        return _tagged(path, model)
    if (path / RUN_FILE).is_file() or is_entry(path):
        return _run(path, corpus, task, seed)
    if task is not None or seed is not None:
        raise EventbenchError(f"{path}: is not a run: expected one for a task or a seed")
    if (path / INFO).is_file():
        return view_corpus(as_corpus(path))
    if is_result(path):
        return _result(path)
    is_pair = path.suffix in (".txt", ".ann") and path.with_suffix(".ann").is_file()
    if is_pair or (path.is_dir() and any(path.glob("*.ann"))):
        return _pairs(path, corpus)
    if path.is_dir():
        raise EventbenchError(
            f"{path}: found no {RUN_FILE}, no articles.jsonl and no .ann file, expected a run, a "
            "result of `eventbench predict` or files of brat"
        )
    raise EventbenchError(
        f"{path}: has no events: tag it with --model DIR, or view what "
        f"`eventbench predict {path} --out result` writes"
    )


def _result(path: Path) -> Viewed:
    found = read_predictions(path)
    return Viewed(str(path), tuple(map(_with_sentences, found.documents)), found.scheme)


def _with_sentences(document: Document) -> Document:
    """A document that has sentences; those of a file that has none are found."""
    if document.sentences or not document.text.strip():
        return document
    return replace(document, sentences=segment(document.text, document.id))


def _tagged(path: Path, model: Model) -> Viewed:
    documents = tuple(model.annotate(read_articles([path])))
    return Viewed(f"{path}, tagged by {model.name}", documents, model.scheme)


def _pairs(path: Path, corpus: CorpusName) -> Viewed:
    conf = (path if path.is_dir() else path.parent) / SCHEME.name
    if conf.is_file():
        scheme, language = read_scheme(conf), "en"
    else:
        known = as_corpus(corpus)
        scheme, language = known.scheme, known.info.language
    return Viewed(str(path), read_pairs(path, scheme, language), scheme)


# Runs


def _run(path: Path, corpus: CorpusName, task: str | None, seed: int | None) -> Viewed:
    """Stored predictions of a run, with the gold of its corpus."""
    name = task or _task_of(path)
    gold = Gold.of(find_task(name), as_corpus(_corpus_of(path) if corpus is None else corpus))
    answers = reading.read_predictions(path, gold)
    chosen = next(iter(answers)) if seed is None else seed
    if chosen not in answers:
        raise EventbenchError(f"{path}: has no seed {chosen}, but {', '.join(map(str, answers))}")
    rows = list(gold.rows)
    given = [answers[chosen][row["id"]] for row in rows]
    events = gold.task.to_events(rows, given, gold.scheme)
    documents = tuple(
        replace(with_events(document, events.get(document.id, ArticleEvents())), values=())
        for document in gold.documents
    )
    about = f"{path}, {gold.task.title.lower()}, seed {chosen}"
    return _with_gold(
        Viewed(about, documents, gold.scheme, credit=gold.corpus.info.credit),
        {document.id: document for document in gold.documents},
        _named(gold.corpus),
    )


def _task_of(path: Path) -> str:
    """The first task of a run whose answers are events."""
    root = path / "predictions" if is_entry(path) else path
    found = tasks_in(root)
    for task in model_tasks():
        if task in found:
            return task
    expected = " or ".join(model_tasks())
    raise EventbenchError(
        f"{path}: has no predictions of {expected}, but of {', '.join(found) or 'nothing'}; "
        "see the errors of other tasks with `eventbench errors`"
    )


def _corpus_of(path: Path) -> str | None:
    """The corpus that the record of a run names, if it is one of this package."""
    record = read_json_object(path / (ENTRY_FILE if is_entry(path) else RUN_FILE))
    data = record.get("data")
    name = data.get("corpus") if isinstance(data, dict) else None
    return name if isinstance(name, str) and name in available_corpora() else None


# Gold


def with_gold(viewed: Viewed, gold: str | Path, corpus: CorpusName = None) -> Viewed:
    """Add the gold to compare with.

    Articles that the gold does not have are shown without it.

    Args:
        viewed: the predictions.
        gold: the id of a bundled corpus, or what `view_path` takes.
        corpus: as for `view_path`.

    Raises:
        EventbenchError: if it cannot be read or has another scheme; if it has none of the
            articles, or one of them with another text.
    """
    if str(gold) in available_corpora():
        loaded = as_corpus(str(gold))
        scheme, documents, name = loaded.scheme, loaded.documents, _named(loaded)
    else:
        found = view_path(Path(gold), corpus)
        scheme, documents, name = found.scheme, found.documents, found.name
    if scheme != viewed.scheme:
        raise EventbenchError(f"{gold}: has another scheme than {viewed.name}: expected the same")
    matched = dict(_matched(viewed, documents, str(gold)))
    if not matched:
        known = _listed([document.id for document in documents])
        expected = f"expected ids, file names or texts as in the gold ({known})"
        found_ids = _listed([document.id for document in viewed.documents])
        raise EventbenchError(f"{viewed.name}: found articles {found_ids}, {expected}")
    return _with_gold(viewed, matched, name)


def _matched(
    viewed: Viewed, documents: Sequence[Document], gold: str
) -> Iterator[tuple[str, Document]]:
    """The article of the gold with the text, else with the id or file name, of each article."""
    texts = {document.text: document for document in documents}
    known = {document.stem: document for document in documents}
    known |= {document.id: document for document in documents}
    for document in viewed.documents:
        other = texts.get(document.text) or known.get(document.id) or known.get(document.stem)
        if other is None:
            continue
        if other.text != document.text:
            raise EventbenchError(
                f"{viewed.name}: article {document.id} is not the text that {gold} has, expected "
                "the same characters"
            )
        yield document.id, other


def _with_gold(viewed: Viewed, gold: dict[str, Document], name: str) -> Viewed:
    """Compare with gold, whose sentences and titles are those that are shown."""

    def known(document: Document) -> Document:
        other = gold.get(document.id)
        if other is None:
            return document
        return replace(document, sentences=other.sentences, title=document.title or other.title)

    documents = tuple(map(known, viewed.documents))
    compared = [document for document in documents if document.id in gold]
    decided = never_predicted(gold.values(), viewed.scheme)
    ignored = [n for n in never_predicted(compared, viewed.scheme) if n not in decided]
    return replace(
        viewed, documents=documents, gold=gold, gold_name=name, not_compared=tuple(ignored)
    )


def _named(corpus: Corpus) -> str:
    return f"{corpus.id} {corpus.version}"
