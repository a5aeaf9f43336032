"""Publishing on the Hugging Face Hub: what would change, then one commit.

The only code of eventbench that uses the network. A plan is made first and can be
read; `push` sends exactly that plan, or nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from time import sleep
from typing import Any, TypeVar

import httpx2
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_session,
    get_token,
    hf_hub_url,
)
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.hf_api import RepoFile

from eventbench import __version__
from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import EventbenchError
from eventbench.dataset.building import MANIFEST, TASKS
from eventbench.evaluation.report import Report, read_and_score
from eventbench.hub.files import (
    CARD,
    RESULTS,
    card_with_results,
    check_repo_id,
    eval_results,
    eval_yaml,
    front_matter,
)
from eventbench.leaderboard.entry import INFO_FILE, PREDICTIONS, read_entry

TRIES = 4
"""How often a request is made that the Hub puts off or whose connection is cut."""
LONGEST_WAIT = 60.0
"""Seconds that we wait at the Hub's word before we ask again; if it asks for more we give up."""
TIMEOUT = 120.0
"""Seconds without a byte after which a connection counts as cut."""

_OTHER_FILES = (MANIFEST, CARD, "croissant.json")
_MADE_EARLIER = re.compile(rf"data-[0-9a-f]+(-t)?/({'|'.join(TASKS)})/[^/]+\.parquet")
_LONGEST_DIFF = 1_000_000  # bytes of a file

T = TypeVar("T")
Row = dict[str, Any]


# Plans


@dataclass(frozen=True)
class Change:
    """What becomes of a file of the repository.

    Attributes:
        path: in the repository.
        status: "new", "changed", "unchanged", "deleted", or "to send" where the Hub could not be
            reached and nobody knows what is there.
        size: bytes afterwards; None if deleted.
        before: bytes now; None if there is no such file or nobody knows.
        sha256: of the content afterwards.
        diff: unified, of a text that changes or that was made for this plan; else empty.
    """

    path: str
    status: str
    size: int | None
    before: int | None
    sha256: str | None
    diff: str


@dataclass(frozen=True)
class Plan:
    """What `push` would do to one repository, and on top of which commit.

    Attributes:
        repo_id: "owner/name".
        repo_type: "dataset" or "model".
        endpoint: where the Hub is.
        head: the commit that the plan was compared with; None if it could not be reached.
        changes: every file of ours, by path, and what is deleted.
        kept: files of the repository that are no affair of ours.
        message: of the commit.
        notes: what one should know before saying yes.
        unreachable: why the Hub could not be asked; None if it was.
        contents: by path, what would be sent.
    """

    repo_id: str
    repo_type: str
    endpoint: str
    head: str | None
    changes: tuple[Change, ...]
    kept: tuple[str, ...]
    message: str
    notes: tuple[str, ...]
    unreachable: str | None
    contents: dict[str, bytes] = field(repr=False)

    @property
    def nothing_to_do(self) -> bool:
        """Whether the repository has all of it already."""
        return all(change.status == "unchanged" for change in self.changes)

    def describe(self) -> str:
        """The plan for people: every file, what becomes of it, and the texts that change."""
        at = f"commit {self.head}" if self.head else "an empty repository"
        if self.unreachable:
            at = f"NOT REACHED: {self.unreachable}"
        lines = [f"{self.repo_type} {self.repo_id} on {self.endpoint}", f"compared with: {at}", ""]
        for change in self.changes:
            size = "" if change.size is None else str(change.size)
            before = "" if change.before is None else f"  (now {change.before})"
            lines.append(f"{change.status:<9} {size:>10}  {change.path}{before}")
        lines += [f"{'kept':<9} {'':>10}  {path}" for path in self.kept]
        statuses = [change.status for change in self.changes]
        counts = [f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses)]
        lines += ["", f"sizes in bytes; {', '.join(counts)}", f"commit message: {self.message}"]
        lines += [f"note: {note}" for note in self.notes]
        if self.nothing_to_do:
            lines.append("nothing to do: the repository has all of it already")
        for change in self.changes:
            if change.diff:
                lines += ["", change.diff.rstrip("\n")]
        return _printable("\n".join(lines))

    def to_json(self) -> Row:
        """The plan for machines: everything but the contents."""
        plan = {name: value for name, value in vars(self).items() if name != "contents"}
        changes = [asdict(change) for change in self.changes]
        return {**plan, "changes": changes, "nothing_to_do": self.nothing_to_do}


def plan_dataset(
    directory: Path,
    repo_id: str,
    *,
    i_may_publish_the_text: bool = False,
    endpoint: str | None = None,
) -> Plan:
    """Plan to publish a dataset that `eventbench.build` wrote, with an ``eval.yaml``.

    Files of an earlier build in the repository are deleted; anything else there is kept.

    Args:
        directory: the built dataset.
        repo_id: "owner/name" of a dataset repository, which must exist.
        i_may_publish_the_text: the user's word that he may publish the articles' text.
        endpoint: where the Hub is; where the environment says if None.

    Raises:
        EventbenchError: if the directory is no such dataset, not as it was built, or holds
            text without that word; or the Hub refuses to show the repository.
    """
    check_repo_id(repo_id, "--repo-id")
    manifest, contents = _read_built(directory)
    texts = [name for name in manifest["files"] if _has_text(contents[name], directory / name)]
    if manifest["text"] == "none" and texts:
        raise EventbenchError(
            f"{directory / texts[0]}: has the articles' words, but {MANIFEST} says that there are "
            "none; build it anew"
        )
    if texts and not i_may_publish_the_text:
        raise EventbenchError(
            f"{directory}: has the articles' text, which is their publishers'; build it with "
            "--text none, or say --i-may-publish-the-text if you have the right to"
        )
    front = front_matter(contents[CARD].decode("utf-8"), directory / CARD)
    _check_configs(front, manifest, directory / CARD)
    contents["eval.yaml"] = eval_yaml(front).encode("utf-8")
    hub = _Hub(repo_id, "dataset", endpoint)
    state = hub.look()
    stale = {path for path in state.files if _MADE_EARLIER.fullmatch(path)} - contents.keys()
    notes = [f"text of the articles: {manifest['text']}"]
    if not texts and any("-t/" not in path for path in stale):
        notes.append("the repository's history keeps deleted files, with the articles' text")
    message = (
        f"eventbench dataset {manifest['version']} ({manifest['fingerprint']}), "
        f"text {manifest['text']}"
    )
    return _plan(hub, state, contents, {"eval.yaml"}, stale, message, notes)


def plan_results(
    path: Path, repo_id: str, dataset_id: str, corpus: Corpus, *, endpoint: str | None = None
) -> Plan:
    """Plan to publish a system's scores in its model repository.

    The scores are computed here, from the predictions; every task that has some is scored.
    They go into ``.eval_results/<name of the dataset>.yaml`` and into ``model-index`` in
    the card's front matter, both in percent, and take the place of what was there of this
    dataset. All else in the card stays as it is.

    Args:
        path: a run's directory or an entry of the leaderboard, with a folder a task.
        repo_id: "owner/name" of the model repository, which must exist.
        dataset_id: "owner/name" of the dataset repository.
        corpus: the data.
        endpoint: where the Hub is; where the environment says if None.

    Raises:
        EventbenchError: if the predictions cannot be scored, the card cannot be understood,
            or the Hub refuses to show the repository.
    """
    check_repo_id(repo_id, "--repo-id")
    check_repo_id(dataset_id, "--dataset-id")
    reports = _score(path, corpus)
    results = f"{RESULTS}/{dataset_id.partition('/')[2]}.yaml"
    content = eval_results(reports, dataset_id, results)
    hub = _Hub(repo_id, "model", endpoint)
    state = hub.look()
    place = f"{repo_id}/{CARD}"
    try:
        card = hub.read(CARD, state).decode("utf-8-sig") if CARD in state.files else ""
    except UnicodeDecodeError:
        raise EventbenchError(f"{place}: is not UTF-8") from None
    card = card_with_results(card, reports, dataset_id, repo_id.partition("/")[2], place)
    notes = ["scores in percent, computed now from the predictions"]
    if state.unreachable:
        notes.append(f"{CARD}: if the repository has one, only its model-index would change")
    message = f"eventbench results: {', '.join(reports)}"
    contents = {results: content.encode("utf-8"), CARD: card.encode("utf-8")}
    return _plan(hub, state, contents, {results, CARD}, set(), message, notes)


def push(plan: Plan) -> str | None:
    """Carry out a plan as one commit on top of the one that the plan was compared with.

    Where the Hub puts us off, or a connection is cut, it is tried again, up to `TRIES`
    times; after a cut only if the commit has not arrived, so that it is never made twice.

    Returns:
        The address of the commit; None if there is nothing to do.

    Raises:
        EventbenchError: if it was not published, or if the repository has changed since.
    """
    if plan.unreachable:
        raise EventbenchError(f"{plan.repo_id}: nothing was sent: {plan.unreachable}")
    if plan.nothing_to_do:
        return None
    hub = _Hub(plan.repo_id, plan.repo_type, plan.endpoint)
    if not hub.token:
        raise EventbenchError(
            f"{plan.repo_id}: nothing was sent: no token of the Hub is known here; log in with "
            "`hf auth login`"
        )
    commit = hub.commit(plan)
    folder = "" if plan.repo_type == "model" else f"{plan.repo_type}s/"
    return f"{hub.endpoint}/{folder}{plan.repo_id}/commit/{commit}"


def _plan(
    hub: _Hub,
    state: _State,
    contents: dict[str, bytes],
    made: set[str],
    stale: set[str],
    message: str,
    notes: list[str],
) -> Plan:
    """Compare what shall be there with what is; ``made`` are files that lie nowhere to be read."""
    changes = []
    for path, content in contents.items():
        remote = state.files.get(path)
        if state.unreachable:
            status = "to send"
        elif remote is None:
            status = "new"
        else:
            status = "unchanged" if _is(remote, content) else "changed"
        diff = ""
        if status == "changed" or (path in made and status != "unchanged"):
            diff = _diff(path, hub.read(path, state) if _is_short_text(remote) else b"", content)
        digest = hashlib.sha256(content).hexdigest()
        before = None if remote is None else remote.size
        changes.append(Change(path, status, len(content), before, digest, diff))
    changes += [
        Change(path, "deleted", None, state.files[path].size, None, "") for path in sorted(stale)
    ]
    return Plan(
        hub.repo_id,
        hub.repo_type,
        hub.endpoint,
        state.head,
        tuple(sorted(changes, key=lambda change: change.path)),
        tuple(sorted(state.files.keys() - contents.keys() - stale)),
        message,
        tuple(notes),
        state.unreachable,
        contents,
    )


def _is_short_text(remote: RepoFile | None) -> bool:
    return remote is not None and remote.lfs is None and remote.size <= _LONGEST_DIFF


def _diff(path: str, before: bytes, after: bytes) -> str:
    if len(after) > _LONGEST_DIFF:
        return ""
    try:
        old, new = (content.decode("utf-8").splitlines() for content in (before, after))
    except UnicodeDecodeError:
        return ""
    name = f"a/{path}" if before else "/dev/null"
    return "\n".join(difflib.unified_diff(old, new, name, f"b/{path}", lineterm=""))


def _printable(text: str) -> str:
    """Without control characters: a text from elsewhere must not steer the terminal."""
    return re.sub(r"[^\n\t -~\u00a0-\U0010ffff]", "\N{REPLACEMENT CHARACTER}", text)


# The dataset


def _read_built(directory: Path) -> tuple[Row, dict[str, bytes]]:
    """The manifest of a built dataset and all of its files, as they were built."""
    path = directory / MANIFEST
    if not path.is_file():
        raise EventbenchError(f"{directory}: is not an eventbench dataset: no {MANIFEST}")
    try:
        manifest: Row = json.loads(path.read_bytes())
        digests = dict(manifest["files"])
        if manifest["text"] not in ("included", "none") or digests != manifest["files"]:
            raise ValueError
        _ = manifest["version"], manifest["fingerprint"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise EventbenchError(f"{path}: is not the manifest of a dataset") from None
    expected = {*digests, *_OTHER_FILES}
    for found in sorted(directory.rglob("*")):
        name = found.relative_to(directory).as_posix()
        if not found.is_dir() and name not in expected:
            raise EventbenchError(f"{found}: is no part of the dataset; take it out of there")
    contents = {}
    for name in sorted(expected):
        inside = not {"/", ".."} & {*PurePosixPath(name).parts}
        if not inside or not (directory / name).is_file():
            raise EventbenchError(f"{directory / name}: missing; build the dataset anew")
        contents[name] = (directory / name).read_bytes()
        digest = hashlib.sha256(contents[name]).hexdigest()
        if digest != digests.get(name, digest):
            raise EventbenchError(
                f"{directory / name}: changed since it was built: SHA-256 is {digest}, expected "
                f"{digests[name]} ({MANIFEST})"
            )
    try:
        contents[CARD].decode("utf-8")
    except UnicodeDecodeError:
        raise EventbenchError(f"{directory / CARD}: is not UTF-8") from None
    return manifest, contents


def _has_text(content: bytes, path: Path) -> bool:
    """Whether a Parquet file holds words of an article, whatever the manifest says."""
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(io.BytesIO(content))
    except pyarrow.ArrowException as error:
        raise EventbenchError(f"{path}: cannot be read: {error}") from None
    columns = zip(table.column_names, table.itercolumns(), strict=True)
    return any(_has_words(name, column.combine_chunks()) for name, column in columns)


def _has_words(name: str, values: Any) -> bool:
    """Whether an Arrow array, or what is nested in it, holds an article's words."""
    from pyarrow import types

    if types.is_list(values.type) or types.is_large_list(values.type):
        return _has_words(name, values.flatten())
    if types.is_struct(values.type):
        fields = [values.type.field(k).name for k in range(values.type.num_fields)]
        return any(map(_has_words, fields, values.flatten()))
    return name in ("text", "title", "tokens") and values.null_count < len(values)


def _check_configs(front: Row, manifest: Row, place: Path) -> None:
    """Whether the card names the configurations that we promise, made of files that are there."""
    try:
        configs = {config["config_name"]: config["data_files"] for config in front["configs"]}
        named = {name for files in configs.values() for f in files for name in f["path"]}
    except (KeyError, TypeError):
        raise EventbenchError(f"{place}: its configs are not those of a built dataset") from None
    if missing := sorted(named - manifest["files"].keys()):
        raise EventbenchError(f"{place}: names {missing[0]}, which is not there; build anew")
    if lacking := [task for task in TASKS if task not in configs]:
        raise EventbenchError(f"{place}: has no configuration {lacking[0]}; build anew")


# Results


def _score(path: Path, corpus: Corpus) -> dict[str, Report]:
    """A report of each task that a run or an entry of the leaderboard has predictions of."""
    root = path
    if (path / INFO_FILE).is_file():
        entry = read_entry(path)
        if not entry.is_of(corpus):
            raise EventbenchError(
                f"{path}: was scored against data {entry.result.data.version} "
                f"({entry.result.data.fingerprint}), the gold is {corpus.version} "
                f"({corpus.fingerprint}); run the system again"
            )
        root = path / PREDICTIONS
    tasks = [task for task in TASKS if (root / task).is_dir()]
    if not tasks:
        raise EventbenchError(
            f"{path}: is neither a run nor an entry of the leaderboard: no folder of a task, "
            f"{', '.join(TASKS)}"
        )
    return {task: read_and_score(root, corpus, task) for task in tasks}


# The Hub


@dataclass(frozen=True)
class _State:
    """What a repository holds at its newest commit; nothing where it could not be reached."""

    head: str | None
    files: dict[str, RepoFile]
    unreachable: str | None = None


class _RefusedError(Exception):
    """The Hub's answer is an error."""

    def __init__(self, status: int, message: str, wait: float | None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.wait = wait


class _CutError(Exception):
    """There was no answer, half of one or none that makes sense: nobody knows what was done."""


class _UnreachableError(_CutError):
    """There was no connection: nothing was asked."""


class _Hub:
    """One repository on the Hub, through `huggingface_hub`.

    Answers that are errors do not reach the library: it would wait as long as they say. What it
    asks again by itself, after a cut, are requests that change nothing.
    """

    def __init__(self, repo_id: str, repo_type: str, endpoint: str | None) -> None:
        self.repo_id = repo_id
        self.repo_type = repo_type
        self.endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        if not self.endpoint.startswith(("https://", "http://")):
            raise EventbenchError(f"HF_ENDPOINT: found {self.endpoint!r}, expected https://…")
        try:
            self.token = get_token()
        except Exception as error:  # it may ask a server, a vault or a file for it
            name = type(error).__name__
            raise EventbenchError(f"the token of the Hub cannot be had: {name}") from None
        self._api = HfApi(
            self.endpoint,
            token=self.token or False,
            library_name="eventbench",
            library_version=__version__,
        )

    def look(self) -> _State:
        """The repository as it is; empty, and saying why, if there is no connection."""
        try:
            return self._patiently(self._state)
        except _CutError as error:
            return _State(None, {}, str(error))
        except _RefusedError as error:
            raise self._explained(error) from None

    def read(self, path: str, state: _State) -> bytes:
        """The content of a text file at that state of the repository."""
        if not _is_short_text(state.files[path]):
            raise EventbenchError(f"{self.repo_id}/{path}: is too large for a text")
        url = hf_hub_url(
            self.repo_id,
            path,
            repo_type=self.repo_type,
            revision=state.head,
            endpoint=self.endpoint,
        )
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            return self._patiently(lambda: get_session().get(url, headers=headers).content)
        except _CutError as error:
            raise EventbenchError(f"{self.repo_id}/{path}: {error}") from None
        except _RefusedError as error:
            raise self._explained(error) from None

    def commit(self, plan: Plan) -> str:
        """Make a plan's commit, or find that it has been made; its hash."""

        def send() -> str:
            changed = [c for c in plan.changes if c.status != "unchanged"]
            info = self._api.create_commit(
                self.repo_id,
                repo_type=self.repo_type,
                operations=[
                    CommitOperationDelete(c.path, is_folder=False)
                    if c.status == "deleted"
                    else CommitOperationAdd(c.path, plan.contents[c.path])
                    for c in changed
                ],
                commit_message=plan.message,
                parent_commit=plan.head,
            )
            return info.oid

        def arrived() -> str | None:
            state = self._patiently(self._state)
            if state.head == plan.head:
                return None
            if _differing(plan, state):
                raise EventbenchError(
                    f"{self.repo_id}: has changed meanwhile: the plan was made for commit "
                    f"{plan.head}, the newest is {state.head}; run the command again"
                )
            return state.head

        try:
            made = self._patiently(send, arrived)
        except _CutError as error:
            raise EventbenchError(
                f"{self.repo_id}: {error}; whether the commit arrived is not known; run the "
                "command again, which sends only what is missing"
            ) from None
        except _RefusedError as error:
            raise self._explained(error) from None
        try:
            state = self._patiently(self._state)
        except (_CutError, _RefusedError):
            return made
        # A .gitignore in the repository makes the Hub leave files out without a word.
        if state.head == made and (lost := _differing(plan, state)):
            raise EventbenchError(
                f"{self.repo_id}: commit {made} was made, but the Hub left out {lost[0]}; see the "
                "repository's .gitignore"
            )
        return made

    def _state(self) -> _State:
        info = self._api.repo_info(self.repo_id, repo_type=self.repo_type)
        tree = (
            self._api.list_repo_tree(
                self.repo_id, repo_type=self.repo_type, recursive=True, revision=info.sha
            )
            if info.sha
            else ()
        )
        return _State(
            info.sha, {found.path: found for found in tree if isinstance(found, RepoFile)}
        )

    def _patiently(self, ask: Callable[[], T], arrived: Callable[[], T | None] | None = None) -> T:
        """Ask until there is an answer, `TRIES` times at most.

        Args:
            ask: makes the request.
            arrived: if given, says after a failure whether the request had its effect all the
                same, and what its answer would have been.
        """
        failure: _CutError | _RefusedError
        for attempt in range(1, TRIES + 1):
            try:
                with self._watched():
                    return ask()
            except _UnreachableError:
                raise
            except _CutError as error:
                failure, moved, wait = error, False, None
            except _RefusedError as error:
                failure, moved, wait = error, error.status in (409, 412), error.wait
                if error.status < 500 and error.status not in (408, 429) and not moved:
                    raise
            if wait is None:
                wait = 2.0 ** (attempt - 1)
            if wait > LONGEST_WAIT:
                break
            if attempt < TRIES and not moved:
                sleep(wait)
            if arrived is not None and (done := arrived()) is not None:
                return done
            if moved:
                break
        raise failure

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Errors of the library and of its connection as one of ours."""
        client = get_session()
        hooks = client.event_hooks
        client.event_hooks = {
            "request": [*hooks["request"], _limit],
            "response": [*hooks["response"], _refuse],
        }
        try:
            yield
        except Exception as error:  # whatever an odd answer makes the library raise
            raise self._told(error) from None
        finally:
            client.event_hooks = hooks

    def _told(self, error: BaseException) -> Exception:
        cause = error
        while True:
            if isinstance(cause, HfHubHTTPError):
                cause = _refusal(cause.response)
            if isinstance(cause, _RefusedError):
                return _RefusedError(cause.status, self._clean(cause.message), cause.wait)
            if isinstance(cause, OfflineModeIsEnabled):
                return _UnreachableError("HF_HUB_OFFLINE is set")
            if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
                return _UnreachableError(f"no connection to {self.endpoint}")
            if isinstance(cause, httpx2.TransportError):
                return _CutError(f"the connection to {self.endpoint} was cut")
            if cause.__cause__ is None:
                break
            cause = cause.__cause__
        message = f"{type(cause).__name__}: {self._clean(str(cause))}"
        return _CutError(f"{self.endpoint} did not answer as the Hub does: {message}")

    def _clean(self, message: str) -> str:
        """A message from elsewhere on one line, not too long, and without the token."""
        if self.token:
            message = message.replace(self.token, "<token>")
        return _printable(" ".join(message.split()))[:300]

    def _explained(self, error: _RefusedError) -> EventbenchError:
        what = f"{self.repo_type} repository"
        changed = "the repository has changed meanwhile; nothing was sent; run the command again"
        later = "" if error.wait is None else f", after {math.ceil(error.wait)} seconds"
        said = {
            400: "the Hub refuses it",
            401: f"the Hub does not know your token, or there is no such {what}, or not for "
            "everybody; log in with `hf auth login`",
            403: "your token may not do this; it needs the right to write to this repository",
            404: f"there is no such {what}, or you may not see it; make it on the Hub first",
            409: changed,
            412: changed,
            429: f"the Hub has had too many requests; try again{later or ' later'}",
        }.get(error.status, f"the Hub could not do it; try again{later}")
        told = f" (it says: {error.message})" if error.message else ""
        return EventbenchError(f"{self.repo_id}: {error.status}: {said}{told}")


def _limit(request: httpx2.Request) -> None:
    # The library sets no limit to most of its requests; a dead connection would be waited for.
    if request.extensions.get("timeout", {}).get("read") is None:
        request.extensions["timeout"] = httpx2.Timeout(TIMEOUT, connect=15.0).as_dict()


def _refuse(response: httpx2.Response) -> None:
    """Let no error answer reach the library, which would wait and ask again on its own terms."""
    if response.status_code >= 400:
        response.read()
        raise _refusal(response)


def _refusal(response: httpx2.Response) -> _RefusedError:
    messages = [response.headers.get("X-Error-Message", "")]
    try:
        found = response.json()
        messages.append(found.get("error") or "")
        messages += [error["message"] for error in found.get("errors") or []]
    except (ValueError, TypeError, KeyError, AttributeError):
        pass  # no JSON, or not of the Hub's form: the status says enough
    told = dict.fromkeys(m for m in messages if isinstance(m, str) and m)
    return _RefusedError(response.status_code, "; ".join(told), _wait(response.headers))


def _wait(headers: httpx2.Headers) -> float | None:
    """Seconds that the Hub asks us to wait, as `Retry-After` (RFC 9110) or `RateLimit` says it."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        limit = re.search(r";\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)", headers.get("RateLimit", ""))
        return float(limit[1]) if limit else None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _is(remote: RepoFile, content: bytes) -> bool:
    """Whether a file of the repository has this content: large files are known by SHA-256."""
    if remote.lfs is not None:
        return remote.lfs.sha256 == hashlib.sha256(content).hexdigest()
    return remote.blob_id == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _differing(plan: Plan, state: _State) -> list[str]:
    """The files that are not as the plan wants them."""
    return [
        change.path
        for change in plan.changes
        if (
            change.path in state.files
            if change.status == "deleted"
            else change.path not in state.files
            or not _is(state.files[change.path], plan.contents[change.path])
        )
    ]
