"""The changes that publishing would make to a repository on the Hub, shown before sending.

`eventbench.hub.client.push` sends exactly such a plan, or nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from huggingface_hub.constants import EVAL_RESULTS_FOLDER, REPOCARD_NAME

from eventbench.corpus.loading import Corpus, as_corpus
from eventbench.dataset.build import MANIFEST, NONE, read_manifest
from eventbench.dataset.tables import ID_LISTS, TABLES
from eventbench.errors import EventbenchError, printable
from eventbench.evaluation.runs import tasks_in
from eventbench.evaluation.scoring import gold_of, score_path
from eventbench.hub.checks import check_repo_id, front_matter
from eventbench.hub.client import LONGEST_TEXT, Client, Commit, State, is_same
from eventbench.hub.results import card_with_results, eval_results, eval_yaml
from eventbench.io import decode, read_bytes, reading
from eventbench.leaderboard.entry import read_entry
from eventbench.leaderboard.files import PREDICTIONS
from eventbench.leaderboard.info import INFO_FILE
from eventbench.scoring.report import Report
from eventbench.tasks.registry import TASKS

_OTHER_FILES = (MANIFEST, REPOCARD_NAME, "croissant.json")
_BUILT_FILE = re.compile(r"data-[0-9a-f]+(-t)?/(?P<name>[^/]+)/[^/]+\.parquet")

LEAST_WORDS, LEAST_IN_NOTES = 5, 25
"""Words in a string that make it an article's text rather than a name, or than a note."""

_ID_OR_LABEL = re.compile(r"[\w./:-]*")

Row = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """The change of one file of the repository.

    Attributes:
        status: "new", "changed", "unchanged" or "deleted"; "to send" if the Hub was not reached.
        size: bytes after the change; None if deleted.
        before: current bytes; None if the file does not exist or the Hub was not reached.
        sha256: of the content after the change; None if deleted.
        diff: unified, of a text that changes or that exists only in the plan; else empty.
    """

    path: str
    status: str
    size: int | None
    before: int | None
    sha256: str | None
    diff: str


@dataclass(frozen=True)
class Plan(Commit):
    """A commit that can be read before it is sent.

    Attributes:
        changes: of every file that eventbench manages, by path.
        kept: files of the repository that eventbench does not manage.
        notes: what to know before sending.
    """

    changes: tuple[Change, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def nothing_to_do(self) -> bool:
        """True if the repository already has the planned content."""
        return not self.contents

    def describe(self) -> str:
        """Format the plan as text: the change of every file, and diffs."""
        at = f"commit {self.head}" if self.head else "an empty repository"
        if self.unreachable:
            at = f"NOT REACHED: {self.unreachable}"
        lines = [f"{self.repo_type} {self.repo_id} on {self.endpoint}", f"compared with: {at}", ""]
        for change in self.changes:
            size = "" if change.size is None else str(change.size)
            before = "" if change.before is None else f"  (now {change.before})"
            lines.append(f"{change.status:<9} {size:>10}  {change.path}{before}")
        lines += [f"{'kept':<9} {'':>10}  {path}" for path in self.kept]
        statuses = Counter(change.status for change in self.changes)
        counts = [f"{number} {status}" for status, number in statuses.items()]
        lines += ["", f"sizes in bytes; {', '.join(counts)}", f"commit message: {self.message}"]
        lines += [f"note: {note}" for note in self.notes]
        if self.nothing_to_do:
            lines.append("nothing to do: the repository is up to date")
        for change in self.changes:
            if change.diff:
                lines += ["", change.diff.rstrip("\n")]
        return printable("\n".join(lines), kept="\n\t")

    def to_json(self) -> Row:
        """Return the plan as JSON values, without the contents."""
        plan = asdict(self)
        del plan["contents"]
        return {**plan, "nothing_to_do": self.nothing_to_do}


def plan_dataset(
    directory: str | Path,
    repo_id: str,
    *,
    i_may_publish_the_text: bool = False,
    endpoint: str | None = None,
) -> Plan:
    """Plan to publish a dataset that `eventbench.build` wrote, with an ``eval.yaml``.

    Data files of an earlier build in the repository are deleted; other files there are kept.

    Args:
        directory: the built dataset.
        repo_id: "owner/name" of a dataset repository, which must exist.
        i_may_publish_the_text: confirms the right to publish the articles' text; not needed
            if the corpus has a ``text_licence``.
        endpoint: address of the Hub; None takes it from the environment.

    Raises:
        EventbenchError: if the directory is not a dataset as it was built, or holds text
            that is not free without that confirmation; or if the Hub refuses to show the
            repository.
    """
    check_repo_id(repo_id, "--repo-id")
    directory = Path(directory)
    manifest, built = _read_built(directory)
    has_text = _check_text(directory, manifest, built, i_may_publish_the_text)
    card = directory / REPOCARD_NAME
    front = front_matter(_decoded(built[REPOCARD_NAME], card), card)
    _check_configs(front, manifest, card)
    client = Client(repo_id, "dataset", endpoint)
    state = client.state()
    stale = {path for path in state.files if _is_of_a_build(path)} - built.keys()
    notes = [f"text of the articles: {manifest['text']}"]
    if has_text and manifest["text_licence"]:
        notes.append(f"the text is free: {manifest['text_licence']}")
    if not has_text and any("-t/" not in path for path in stale):
        notes.append("the repository's history keeps deleted files, with the articles' text")
    message = (
        f"eventbench dataset {manifest['corpus']} {manifest['version']} "
        f"({manifest['fingerprint']}), "
        f"text {manifest['text']}"
    )
    tested = any(fold["test"] for fold in manifest["folds"])
    made = {"eval.yaml": eval_yaml(front, manifest).encode("utf-8")} if tested else {}
    return _plan(client, state, made, {**built, **dict.fromkeys(stale)}, message, notes)


def plan_results(
    path: str | Path,
    repo_id: str,
    dataset_id: str,
    *,
    corpus: Corpus | str | Path | None = None,
    endpoint: str | None = None,
) -> Plan:
    """Plan to publish a system's scores in its model repository.

    Every task that has predictions is scored now. The scores go into
    ``.eval_results/<name of the dataset>.yaml`` and the card's ``model-index``, in percent, and
    replace earlier results of this dataset.

    Args:
        path: directory of a run or an entry of the leaderboard, with a folder for each task.
        repo_id: "owner/name" of the model repository, which must exist.
        dataset_id: "owner/name" of the dataset repository.
        corpus: the corpus, or an argument of `load_corpus`.
        endpoint: address of the Hub; None takes it from the environment.

    Raises:
        EventbenchError: if the predictions cannot be scored, the card cannot be understood,
            or the Hub refuses to show the repository.
    """
    check_repo_id(repo_id, "--repo-id")
    check_repo_id(dataset_id, "--dataset-id")
    reports = _score(Path(path), as_corpus(corpus))
    results = f"{EVAL_RESULTS_FOLDER}/{dataset_id.partition('/')[2]}.yaml"
    entries = eval_results(reports, dataset_id, results)
    client = Client(repo_id, "model", endpoint)
    state = client.state()
    place = f"{repo_id}/{REPOCARD_NAME}"
    present = client.read(REPOCARD_NAME, state)
    if present is None and REPOCARD_NAME in state.files:
        raise EventbenchError(f"{place}: is too large for a card")
    card = _decoded(present or b"", place)
    name = repo_id.partition("/")[2]
    card = card_with_results(card, reports, dataset_id, name, place)
    notes = ["scores in percent, computed now from the predictions"]
    if state.unreachable:
        notes.append(f"{REPOCARD_NAME}: if there is one, only its model-index would change")
    made = {results: entries.encode("utf-8"), REPOCARD_NAME: card.encode("utf-8")}
    message = f"eventbench results: {', '.join(reports)}"
    return _plan(client, state, made, {}, message, notes)


# Comparison


def _plan(
    client: Client,
    state: State,
    made: Mapping[str, bytes],
    built: Mapping[str, bytes | None],
    message: str,
    notes: Sequence[str],
) -> Plan:
    """Compare wanted files with the present ones; ``None`` in ``built`` deletes a file.

    Files in ``made`` exist nowhere else, so the plan shows their text.
    """
    wanted = {**built, **made}
    changes = [_change(client, state, path, wanted[path], path in made) for path in sorted(wanted)]
    return Plan(
        repo_id=client.repo_id,
        repo_type=client.repo_type,
        endpoint=client.endpoint,
        head=state.head,
        unreachable=state.unreachable,
        message=message,
        contents={c.path: wanted[c.path] for c in changes if c.status != "unchanged"},
        changes=tuple(changes),
        kept=tuple(sorted(state.files.keys() - wanted.keys())),
        notes=tuple(notes),
    )


def _change(client: Client, state: State, path: str, content: bytes | None, show: bool) -> Change:
    remote = state.files.get(path)
    before = None if remote is None else remote.size
    if content is None:
        return Change(path, "deleted", None, before, None, "")
    if state.unreachable:
        status = "to send"
    elif remote is None:
        status = "new"
    else:
        status = "unchanged" if is_same(remote, content) else "changed"
    diff = ""
    if status == "changed" or (show and status != "unchanged"):
        diff = _diff(path, client.read(path, state) or b"", content)
    return Change(path, status, len(content), before, hashlib.sha256(content).hexdigest(), diff)


def _diff(path: str, before: bytes, after: bytes) -> str:
    if len(after) > LONGEST_TEXT:
        return ""
    try:
        old, new = (content.decode("utf-8").splitlines() for content in (before, after))
    except UnicodeDecodeError:
        return ""
    name = f"a/{path}" if before else "/dev/null"
    return "\n".join(difflib.unified_diff(old, new, name, f"b/{path}", lineterm=""))


def _decoded(content: bytes, place: object) -> str:
    return decode(place, content).removeprefix("\ufeff")


# The dataset


def _is_of_a_build(path: str) -> bool:
    """Return True for a file of a repository that `eventbench.build` wrote, now or earlier."""
    found = _BUILT_FILE.fullmatch(path)
    return found is not None and found["name"] in (*TASKS, *TABLES)


def _read_built(directory: Path) -> tuple[Row, dict[str, bytes]]:
    """Read the manifest of a built dataset and all of its files, which must be unchanged."""
    manifest = read_manifest(directory)
    expected = {*manifest["files"], *_OTHER_FILES}
    for file in sorted(directory.rglob("*")):
        if not file.is_dir() and file.relative_to(directory).as_posix() not in expected:
            raise EventbenchError(f"{file}: does not belong to the dataset; move it elsewhere")
    return manifest, {name: read_bytes(directory / name) for name in sorted(expected)}


def _check_text(directory: Path, manifest: Row, contents: dict[str, bytes], allowed: bool) -> bool:
    """Refuse the articles' text unless it is allowed; return if the files have it."""
    texts = [name for name in manifest["files"] if _has_text(contents[name], directory / name)]
    if manifest["text"] == NONE and texts:
        raise EventbenchError(
            f"{directory / texts[0]}: has the articles' words, but {MANIFEST} says that there are "
            "none; build the dataset again"
        )
    if texts and not allowed and not manifest["text_licence"]:
        raise EventbenchError(
            f"{directory}: has the articles' text, which is their publishers'; build it with "
            "--text none, or say --i-may-publish-the-text if you have the right to"
        )
    return bool(texts)


def _has_text(content: bytes, path: Path) -> bool:
    """Look for words of an article in a Parquet file, whatever the manifest says."""
    import pyarrow.parquet

    with reading(path, "not readable as Parquet"):
        table = pyarrow.parquet.read_table(io.BytesIO(content))
    columns = zip(table.column_names, table.itercolumns(), strict=True)
    return any(_has_words(name, column.combine_chunks()) for name, column in columns)


def _has_words(name: str, values: Any, in_list: bool = False) -> bool:
    """Look for an article's words in an Arrow array and in what is nested in it.

    The columns that are named for them may hold nothing. In any other, what counts is the
    values: a string of `LEAST_WORDS` words, or a list of strings that are not ids, which have
    digits, or are few and in a column for ids. Notes and names of incidents are the
    annotators' words and may have more, as long as they are short.
    """
    import pyarrow.compute
    from pyarrow import types

    kind = values.type
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        if name in ID_LISTS and types.is_string(kind.value_type):
            return not all(map(_are_ids, values.to_pylist()))
        return _has_words(name, values.flatten(), in_list=True)
    if types.is_struct(kind):
        fields = [kind.field(k).name for k in range(kind.num_fields)]
        return any(map(_has_words, fields, values.flatten()))
    if name in ("text", "title", "tokens"):
        return bool(values.null_count < len(values))
    if types.is_dictionary(kind):
        return _has_words(name, values.dictionary, in_list)
    if types.is_string(kind) or types.is_large_string(kind):
        least = LEAST_IN_NOTES if name in ("note", "name") else LEAST_WORDS
        return any(_is_text(v, least, in_list) for v in pyarrow.compute.unique(values).to_pylist())
    return not (types.is_primitive(kind) or types.is_null(kind))  # what else could hide words


def _is_text(value: str | None, least: int, in_list: bool) -> bool:
    if not value:
        return False
    return len(value.split()) >= least or (in_list and not any(map(str.isdigit, value)))


def _are_ids(values: list[str | None] | None) -> bool:
    """Tell a list of ids and labels from one of many words."""
    found = [value for value in values or () if value]
    words = [value for value in found if not any(map(str.isdigit, value))]
    return len(words) < LEAST_IN_NOTES and all(map(_ID_OR_LABEL.fullmatch, found))


def _check_configs(front: Row, manifest: Row, place: Path) -> None:
    """Check that the card has a configuration for each task and table, of files that are there."""
    with reading(place, "its configs are not those of a built dataset"):
        configs = {config["config_name"]: config["data_files"] for config in front["configs"]}
        named = {name for files in configs.values() for f in files for name in f["path"]}
    if missing := sorted(named - manifest["files"].keys()):
        raise EventbenchError(f"{place}: names {missing[0]}, which is missing; build it again")
    names = (*manifest["tasks"], *manifest["tables"])
    if lacking := [name for name in names if name not in configs]:
        raise EventbenchError(f"{place}: has no configuration {lacking[0]}; build it again")


# Results


def _score(path: Path, corpus: Corpus) -> dict[str, Report]:
    """Score each task for which a run or an entry of the leaderboard has predictions."""
    root = path / PREDICTIONS if (path / INFO_FILE).is_file() else path
    tasks = tasks_in(root)
    if not tasks:
        raise EventbenchError(
            f"{path}: is neither a run nor an entry of the leaderboard: no folder of a task, "
            f"{', '.join(TASKS)}"
        )
    golds = {task: gold_of(corpus, task) for task in tasks}
    if root != path:
        entry = read_entry(path)
        for task, gold in golds.items():
            if not entry.is_of(gold):
                raise EventbenchError(
                    f"{path}: {task} was scored against data {entry.result.data.version}, the "
                    f"gold is {corpus.version} ({gold.fingerprint}); run the system again"
                )
    return {task: score_path(path, gold) for task, gold in golds.items()}
