"""The leaderboard: submitting predictions, and believing nothing that was not recomputed.

`submit` makes an entry (`eventbench.leaderboard.entry`) from predictions; `verify` computes every
entry's ``result.json`` again from its stored predictions and compares the bytes.

**Leakage.** Where the gold differs from both annotation passes, its decision was made
later, and nobody who only knows the guidelines and the articles can be expected to hit
all of them. What the better pass scores, taken as predictions, is the ceiling of each
task. A system that reaches it with one of its seeds, or has an article of `FEW` or more
decisions without an error, has most likely seen the gold, and must say in its
``explanation`` how else that comes about. Where both passes have errors, no explanation
is accepted for predictions without any: they equal the gold in what no annotator chose.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eventbench import __version__
from eventbench.corpus.loading import GOLD, Corpus, default_data_dir, load_corpus
from eventbench.corpus.model import EventbenchError
from eventbench.corpus.tokens import from_iob2
from eventbench.dataset.building import TASKS, Row, labels, rows
from eventbench.evaluation.event_scoring import (
    ATTRIBUTES,
    ArticleEvents,
    EventMention,
    gold_events,
    read_events,
    score_events,
)
from eventbench.evaluation.predictions import prediction_files, read_attributes, read_predictions
from eventbench.evaluation.report import read_and_score
from eventbench.io import made_whole
from eventbench.leaderboard.entry import (
    INFO_FILE,
    PREDICTIONS,
    RESULT_FILE,
    Data,
    Entry,
    MeanSd,
    Result,
    TaskResult,
    entry_paths,
    printable,
    read_entry,
    read_info,
)
from eventbench.scoring.counts import CORRECT, prf
from eventbench.scoring.counts import GOLD as IN_GOLD
from eventbench.systems.runner import attribute_values, check_run_data

Progress = Callable[[str, float], None]
Lines = dict[int, dict[int, bytes]]
"""The files of a task: by seed and fold, the lines that are stored."""

TAGGED = ("triggers", "arguments")
SEEN = ("seen", "unseen", "near-duplicate", "no near-duplicate")
"""The parts of `TaskResult.seen`."""
FEW = 20
"""In fewer decisions than this, having none wrong says nothing."""
DECIMALS = 10
"""Of stored numbers: other machines and libraries may give other last bits."""


class _Judge:
    """The corpus, and what is computed of it only once, however many entries are scored."""

    def __init__(self, data_dir: Path | None) -> None:
        self.corpus = load_corpus(data_dir)
        self._data_dir = default_data_dir() if data_dir is None else data_dir
        self._rows: dict[str, list[Row]] = {}
        self._ceilings: dict[str, float] | None = None

    def rows(self, task: str) -> list[Row]:
        """The gold with what of it is seen in other articles."""
        if task not in self._rows:
            self._rows[task] = rows(self.corpus, task, with_seen=task in TAGGED)
        return self._rows[task]

    def ceiling(self, task: str) -> float:
        """What the better annotation pass reaches in a task; 1 where there are no passes."""
        if self._ceilings is None:
            self._ceilings = dict.fromkeys(TASKS, 1.0)
            folder = self._data_dir / GOLD.parent / "passes"
            passes = sorted(folder.iterdir()) if folder.is_dir() else []
            found = [self._pass_scores(load_corpus(self._data_dir, path)) for path in passes]
            for name in TASKS if found else ():
                self._ceilings[name] = max(scores[name] for scores in found)
        return self._ceilings[task]

    def _pass_scores(self, annotated: Corpus) -> dict[str, float]:
        """A pass against the gold, whole events end to end, taken apart by task."""
        report = score_events(self.corpus, gold_events(annotated))
        triggers, roles = (
            float(prf(report.measures[name].total().sum(axis=0)).f1) for name in ("TC", "AC+")
        )
        decided = sum(report.attributes[name].total().sum(axis=0) for name in ATTRIBUTES)
        right = float(decided[CORRECT] / max(1, decided[IN_GOLD]))
        return {"triggers": triggers, "arguments": roles, "attributes": right, "events": roles}

    def lines(self, path: Path, task: str) -> Lines:
        """Predictions in the one form in which they are stored.

        Of equal predictions equal bytes: an article a fold, rows in the order of the gold,
        events in the order of the article with ids of our own, and no other keys than ours.

        Raises:
            EventbenchError: naming file and line, if they do not fit the gold.
        """
        check_run_data(path, self.corpus)
        scheme = self.corpus.scheme
        records: dict[int, dict[str, dict[str, Any]]]
        if task == "events":
            records = {
                seed: {k: _event_record(k, v) for k, v in read_events(files, self.corpus).items()}
                for seed, files in prediction_files(path, task).items()
            }
        elif task == "attributes":
            said = read_attributes(path, self.rows(task), attribute_values(self.corpus))
            records = {
                seed: {row_id: {"id": row_id, **values} for row_id, values in found.items()}
                for seed, found in said.items()
            }
        else:
            gold = self.rows(task)
            tokens = {row["id"]: row["tokens"] for row in gold}
            tagged = read_predictions(path, gold, labels(scheme, task), task)
            records = {
                seed: {k: {"id": k, "tokens": tokens[k], "ner_tags": v} for k, v in found.items()}
                for seed, found in tagged.items()
            }
        article = "id" if task == "events" else "doc_id"
        return {
            seed: {
                fold: b"".join(
                    _line(found[row["id"]])
                    for row in self.rows(task)
                    if row[article] == document.id
                )
                for fold, document in enumerate(self.corpus.documents)
            }
            for seed, found in records.items()
        }

    def score(
        self, predictions: Path, task: str, lines: Lines, *, verify: bool = False
    ) -> TaskResult:
        """What ``result.json`` says of a task, of which ``lines`` are the same predictions."""
        report = read_and_score(predictions, self.corpus, task, verify=verify)
        articles = [document.id for document in self.corpus.documents]
        mean, sd = report.micro_f1()
        return TaskResult(
            signature={k: v for k, v in report.signature.items() if k != "versions"},
            micro_f1=MeanSd(mean, sd),
            intervals=report.intervals,
            pooled=report.pooled,
            by_document={
                seed: {article: scores["micro avg"] for article, scores in found.items()}
                for seed, found in report.by_document.items()
            },
            figures={seed: report.figures.get(seed, {}) for seed in report.pooled},
            counts={
                seed: {
                    article: {
                        name: (int(row[0]), int(row[1]), int(row[2]))
                        for name, row in zip(counts.classes, table, strict=True)
                        if row.any()
                    }
                    for article, table in zip(articles, counts.by_group(), strict=True)
                }
                for seed, counts in report.counts.items()
            },
            seen=self._seen(lines, task) if task in TAGGED else {},
        )

    def _seen(self, lines: Lines, task: str) -> dict[int, dict[str, tuple[int, int]]]:
        import orjson

        result = {}
        for seed, folds in lines.items():
            said = (line for lines in folds.values() for line in lines.splitlines())
            tags = {record["id"]: record["ner_tags"] for record in map(orjson.loads, said)}
            tally = {name: [0, 0] for name in SEEN}
            for row in self.rows(task):
                found = set(from_iob2(tags[row["id"]]))
                entities = from_iob2(row["ner_tags"])
                seen = row.get("triggers_seen") or [row.get("trigger_seen")] * len(entities)
                twin = "near-duplicate" if row["near_duplicates"] else "no near-duplicate"
                for entity, known in zip(entities, seen, strict=True):
                    for name in ("seen" if known else "unseen", twin):
                        tally[name][0] += entity in found
                        tally[name][1] += 1
            result[seed] = {name: (right, gold) for name, (right, gold) in tally.items()}
        return result

    def doubts(self, entry: Entry) -> Iterator[str]:
        """What speaks of leakage in an entry's scores and is not, or cannot be, explained."""
        if entry.info.kind == "ceiling":
            return
        for task, found in entry.result.tasks.items():
            ceiling = self.ceiling(task)
            for seed, scores in found.pooled.items():
                place = f"{task} of seed {seed}"
                score = scores["micro avg"].f1
                if score == 1.0 > ceiling:
                    yield (
                        f"{place}: equals the gold in everything, also where no annotation "
                        "pass does: only leakage explains that"
                    )
                    continue
                if entry.info.explanation:
                    continue
                # Both are computed from the same counts, but not by the same sums.
                if score >= ceiling - 1e-9:
                    yield (
                        f"{place}: scores {score:.4f}, as high as the better annotation pass "
                        f"({ceiling:.4f}); {EXPLAIN}"
                    )
                for article, at in found.by_document[seed].items():
                    if at.f1 == 1.0 and at.support >= FEW and score < 1.0:
                        yield (
                            f"{place}: all {at.support} decisions of article {article} are "
                            f"right; {EXPLAIN}"
                        )


EXPLAIN = f"if nothing leaked, say in {INFO_FILE} how that comes about (explanation = …)"


def _event_record(article: str, found: ArticleEvents) -> dict[str, Any]:
    def order(event: EventMention) -> tuple[Any, ...]:
        arguments = sorted((a.span, a.role) for a in event.arguments)
        return event.trigger, event.type, arguments, *(str(getattr(event, a)) for a in ATTRIBUTES)

    events = sorted(found.events, key=order)
    ids = {event.id: f"e{number}" for number, event in enumerate(events, 1)}
    links = sorted((link.type, ids[link.first], ids[link.second]) for link in found.links)
    return {
        "id": article,
        "events": [
            {
                "id": ids[event.id],
                "type": event.type,
                "trigger": {"start": event.trigger.start, "end": event.trigger.end},
                "arguments": [
                    {"role": role, "start": span.start, "end": span.end}
                    for span, role in sorted((a.span, a.role) for a in event.arguments)
                ],
                **{name: getattr(event, name) for name in ATTRIBUTES},
            }
            for event in events
        ],
        "links": [{"type": t, "first": first, "second": second} for t, first, second in links],
    }


def _line(record: dict[str, Any]) -> bytes:
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def _gzip(content: bytes) -> bytes:
    """Packed without the name and the time that gzip would note."""
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(found) for key, found in value.items()}
    if isinstance(value, list):
        return [_rounded(found) for found in value]
    return value


def _stored(result: Result) -> Result:
    """A result as it is read again from its file."""
    import msgspec

    values = _rounded(msgspec.to_builtins(result, str_keys=True))
    return msgspec.json.decode(json.dumps(values), type=Result)


# Submitting


def submit(
    predictions: Path,
    info_path: Path,
    leaderboard: Path,
    *,
    data_dir: Path | None = None,
    task: str | None = None,
    progress: Progress = lambda label, fraction: None,
) -> Entry:
    """Score predictions and write them as an entry, whole or not at all.

    Args:
        predictions: a run, of which every task is taken; or a directory or file of
            predictions, as `eventbench.evaluation.predictions.prediction_files` takes it.
        info_path: what is said of the system (``entry.toml``, see `entries.Info`).
        leaderboard: the folder of entries.
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None.
        task: which task, or the one to take of a run.
        progress: told what is done, and what part of the whole.

    Returns:
        The entry. If it was there already, of the same predictions and the same
        ``entry.toml``, it is scored and written again.

    Raises:
        EventbenchError: if anything does not fit the gold, the scores speak of leakage,
            the predictions are another entry's, or the revision is there already with
            other contents.
    """
    info = read_info(info_path)
    judge = _Judge(data_dir)
    found = {name: judge.lines(predictions, name) for name in _tasks(predictions, task)}
    files = {INFO_FILE: info_path.read_bytes()} | {
        f"{PREDICTIONS}/{name}/seed{seed}/fold{fold}.jsonl.gz": _gzip(content)
        for name, seeds in found.items()
        for seed, folds in seeds.items()
        for fold, content in folds.items()
    }
    out = leaderboard / info.system / info.revision
    _check_free(out, files)
    paths = entry_paths(leaderboard) if leaderboard.is_dir() else []
    others = [read_entry(path) for path in paths if path != out]
    # Made elsewhere first: only what is sound as it will be read gets into the leaderboard.
    with TemporaryDirectory() as folder:
        made = Path(folder) / info.system / info.revision
        for name, content in files.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            (made / name).write_bytes(content)
        tasks = {}
        for number, (name, lines) in enumerate(found.items()):
            progress(name, number / len(found))
            tasks[name] = judge.score(made / PREDICTIONS, name, lines, verify=True)
        data = Data(judge.corpus.version, judge.corpus.fingerprint)
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        result = _stored(Result(data, _versions(), digests, tasks))
        (made / RESULT_FILE).write_bytes(result.to_bytes())
        try:
            entry = replace(read_entry(made), path=out)
        except EventbenchError as error:
            raise EventbenchError(str(error).replace(str(made), str(out))) from None
        problems = [*judge.doubts(entry), *(p for o in others for p in _duplicate(entry, o))]
        for problem in problems:
            raise EventbenchError(f"{predictions}: {problem}")
        with made_whole(out) as new:
            shutil.copytree(made, new)
    progress(info.name, 1.0)
    return entry


def _tasks(predictions: Path, task: str | None) -> list[str]:
    if task is not None:
        return [task]
    if not predictions.exists():
        raise EventbenchError(f"{predictions}: no such file or directory")
    found = [name for name in TASKS if (predictions / name).is_dir()]
    if not found:
        raise EventbenchError(
            f"{predictions}: is no run with folders {', '.join(TASKS)}: name its --task"
        )
    return found


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {"eventbench": __version__, "seqeval": version("seqeval")}


def _check_free(out: Path, files: Mapping[str, bytes]) -> None:
    """Whether nothing is where an entry is to be written, or this very entry."""
    if not out.exists() and not out.is_symlink():
        return
    try:
        there = read_entry(out)
    except EventbenchError as error:
        raise EventbenchError(f"{out}: is there already and not sound: {error}") from None
    for name, content in files.items():
        if there.result.files.get(name) != hashlib.sha256(content).hexdigest():
            raise EventbenchError(
                f"{out}: is there already, and its {name} is another; choose another revision"
            )
    if len(there.result.files) > len(files):
        raise EventbenchError(
            f"{out}: is there already, with more predictions; choose another revision"
        )


def _duplicate(entry: Entry, other: Entry) -> Iterator[str]:
    """In what an entry is another one over again.

    Another system may share no seed of any task. A revision of the same system may share
    some, but not all. Annotators may agree with each other; and what was scored against
    other data may be handed in again.
    """
    if entry.result.data != other.result.data:
        return
    if entry.info.kind == other.info.kind == "ceiling":
        return
    if entry.info.system == other.info.system:
        if entry.cells == other.cells:
            yield f"all its predictions are those of {other.id}"
        return
    for task, seeds in entry.cells.items():
        for seed, folds in seeds.items():
            if folds in other.cells.get(task, {}).values():
                yield f"{task} of seed {seed} are the predictions of {other.id}"


# Verifying


@dataclass(frozen=True)
class Verification:
    """What came of it.

    Attributes:
        recomputed: the entries that were computed again and found to be right.
        earlier: the entries of other data, of which only form and checksums were checked.
        problems: what is wrong, a line each, beginning with the file's name.
    """

    recomputed: tuple[str, ...]
    earlier: tuple[str, ...]
    problems: tuple[str, ...]


def verify(
    leaderboard: Path,
    only: Sequence[Path] = (),
    *,
    data_dir: Path | None = None,
    progress: Progress = lambda label, fraction: None,
) -> Verification:
    """Compute every entry again from its predictions and compare it with what is stored.

    Args:
        leaderboard: the folder of entries.
        only: folders of the entries to verify; all if empty. They must be of this data,
            and are still compared with all other entries.
        data_dir: a directory with ``seeds`` and ``annotations``; ours if None. Entries of
            another version of the gold are computed again with ``data_dir`` of that version.
        progress: told what is done, and what part of the whole.

    Raises:
        EventbenchError: if there is no such leaderboard or no such entry, or the data are
            not sound. What is wrong in an entry is told in the result instead.
    """
    judge = _Judge(data_dir)
    paths = entry_paths(leaderboard)
    chosen = {path.resolve() for path in only} or {path.resolve() for path in paths}
    for path in only:
        if path.resolve() not in {found.resolve() for found in paths}:
            raise EventbenchError(f"{path}: is not an entry of {leaderboard}")
    entries: list[Entry] = []
    recomputed: list[str] = []
    earlier: list[str] = []
    problems: list[str] = []
    for number, path in enumerate(paths):
        progress(f"{path.parent.name}/{path.name}", number / len(paths))
        try:
            entry = read_entry(path)
            found = [
                f"{path}: {problem}" for other in entries for problem in _duplicate(entry, other)
            ]
            entries.append(entry)
            if path.resolve() in chosen:
                found += _judged(judge, entry, must=bool(only))
                (recomputed if entry.is_of(judge.corpus) else earlier).extend(
                    [] if found else [entry.id]
                )
        except EventbenchError as error:
            found = [str(error)]
        problems += map(printable, found)
    progress("", 1.0)
    return Verification(tuple(recomputed), tuple(earlier), tuple(problems))


def _judged(judge: _Judge, entry: Entry, *, must: bool) -> Iterator[str]:
    """What is wrong with the scores of an entry."""
    corpus, data = judge.corpus, entry.result.data
    path = entry.path / RESULT_FILE
    if not entry.is_of(corpus):
        if data.version == corpus.version or must:
            found = f"was scored against data {data.version} ({data.fingerprint})"
            yield f"{path}: {found}, the gold is {corpus.version} ({corpus.fingerprint})"
        return
    predictions = entry.path / PREDICTIONS
    tasks = {}
    for task, seeds in entry.cells.items():
        lines = judge.lines(predictions, task)
        for seed, folds in lines.items():
            expected = {fold: hashlib.sha256(found).hexdigest() for fold, found in folds.items()}
            for fold in {**expected, **seeds[seed]}:
                if expected.get(fold) != seeds[seed].get(fold):
                    place = predictions / task / f"seed{seed}" / f"fold{fold}.jsonl.gz"
                    yield f"{place}: is not as eventbench submit writes it: {FORM}"
        tasks[task] = judge.score(predictions, task, lines)
    ours = Data(corpus.version, corpus.fingerprint)
    result = _stored(Result(ours, entry.result.versions, entry.result.files, tasks))
    if result.to_bytes() != entry.result.to_bytes():
        yield f"{path}: {_difference(entry.result, result)}"
    yield from (f"{entry.path}: {doubt}" for doubt in judge.doubts(replace(entry, result=result)))


FORM = "expected the rows of one article, in the order of the gold, with our keys only"


def _difference(found: Result, expected: Result) -> str:
    """The first thing in which two results differ, in words."""
    import msgspec

    def first(a: Any, b: Any, place: str) -> str | None:
        if isinstance(a, dict) and isinstance(b, dict):
            below = (first(a.get(key), b.get(key), f"{place}.{key}") for key in {**a, **b})
            return next(filter(None, below), None)
        return None if a == b else f"{place.lstrip('.')} is {a!r}, recomputed {b!r}"

    differing = first(msgspec.to_builtins(found), msgspec.to_builtins(expected), "")
    return differing or "has another order"
