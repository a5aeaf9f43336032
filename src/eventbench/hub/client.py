"""The only code that uses the network: the state of a repository on the Hub, and commits to it.

`huggingface_hub` makes the requests. What it lacks is here: retries that wait for a bounded time
(its own wait as long as the server says), and a look at the repository after a lost answer, so
that no commit is made twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import sleep
from typing import TypeVar

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
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, parse_ratelimit_headers
from huggingface_hub.utils.sha import git_hash

from eventbench import __version__
from eventbench.errors import EventbenchError, printable

TRIES = 4
"""Maximum number of attempts while the Hub is busy or the connection breaks."""
LONGEST_WAIT = 60.0
"""Maximum wait in seconds; if the Hub asks for more, the request fails."""
TIMEOUT = 120.0
"""Seconds without a byte after which a connection counts as broken."""
LONGEST_TEXT = 1_000_000
"""Maximum bytes of files that are read and compared line by line."""

T = TypeVar("T")


@dataclass(frozen=True)
class State:
    """A repository at its newest commit.

    Attributes:
        head: hash of the commit; None for an empty repository or if it could not be reached.
        files: its files by path.
        unreachable: why the repository could not be reached; None if it was.
    """

    head: str | None
    files: dict[str, RepoFile]
    unreachable: str | None = None


@dataclass(frozen=True)
class Commit:
    """A commit to one repository, on top of its `State`.

    Attributes:
        repo_id: "owner/name".
        repo_type: "dataset" or "model".
        endpoint: address of the Hub.
        head: hash of the commit that it builds on; None for an empty repository.
        unreachable: why the repository could not be reached; None if it was.
        message: the commit message.
        contents: new content by path; None deletes the file.
    """

    repo_id: str
    repo_type: str
    endpoint: str
    head: str | None
    unreachable: str | None
    message: str
    contents: dict[str, bytes | None] = field(repr=False)


def push(commit: Commit) -> str | None:
    """Send a commit, such as a plan: all of it, once, or nothing.

    Returns:
        The address of the commit; None if every file was up to date.

    Raises:
        EventbenchError: if it was not published, or if the repository has changed since.
    """
    if commit.unreachable:
        raise EventbenchError(f"{commit.repo_id}: nothing was sent: {commit.unreachable}")
    if not commit.contents:
        return None
    client = Client(commit.repo_id, commit.repo_type, commit.endpoint)
    made = client.commit(commit)
    folder = "" if commit.repo_type == "model" else f"{commit.repo_type}s/"
    return f"{client.endpoint}/{folder}{commit.repo_id}/commit/{made}"


def is_same(remote: RepoFile | None, content: bytes | None) -> bool:
    """Return True if a file of the repository has this content, by digest; None means no file."""
    if remote is None or content is None:
        return remote is None and content is None
    if remote.lfs is not None:
        return remote.lfs.sha256 == hashlib.sha256(content).hexdigest()
    return remote.blob_id == git_hash(content)


class _RequestError(EventbenchError):
    """A request that failed; ``status`` is None without a complete answer: the effect is unknown.

    ``wait`` has the seconds that the Hub asks for; with ``again`` a repetition may succeed.
    """

    def __init__(
        self,
        repo_id: str,
        reason: str,
        status: int | None = None,
        wait: float | None = None,
        again: bool = True,
    ) -> None:
        super().__init__(f"{repo_id}: {reason}")
        self.reason = printable(reason)
        self.status = status
        self.wait = wait
        self.again = again


class Client:
    """One repository on the Hub at an endpoint; None takes the one of the environment."""

    def __init__(self, repo_id: str, repo_type: str, endpoint: str | None) -> None:
        self.repo_id = repo_id
        self.repo_type = repo_type
        self.endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
        if not self.endpoint.startswith(("https://", "http://")):
            raise EventbenchError(f"HF_ENDPOINT: found {self.endpoint!r}, expected https://…")
        try:
            self.token = get_token()
        except Exception as error:  # it may come from a server, a keychain or a file
            name = type(error).__name__
            raise EventbenchError(f"cannot read the token for the Hub: {name}") from None
        self._api = HfApi(
            self.endpoint,
            token=self.token or False,
            library_name="eventbench",
            library_version=__version__,
        )

    def state(self) -> State:
        """Return the repository's state; empty, with the reason, if the Hub cannot be reached."""
        try:
            return self._retry(self._state)
        except _RequestError as error:
            if error.status is None:
                return State(None, {}, error.reason)
            raise

    def read(self, path: str, state: State) -> bytes | None:
        """Return the content of a file in that state; None if missing or too long for a text."""
        remote = state.files.get(path)
        if remote is None or remote.lfs is not None or remote.size > LONGEST_TEXT:
            return None
        url = hf_hub_url(
            self.repo_id,
            path,
            repo_type=self.repo_type,
            revision=state.head,
            endpoint=self.endpoint,
        )
        headers = build_hf_headers(token=self.token or False)
        return self._retry(lambda: get_session().get(url, headers=headers).content)

    def commit(self, commit: Commit) -> str:
        """Make a commit, unless it has been made already, and return its hash."""
        if not self.token:
            raise EventbenchError(
                f"{self.repo_id}: nothing was sent: no token for the Hub; use `hf auth login`"
            )
        try:
            made = self._retry(lambda: self._send(commit), lambda: self._arrived(commit))
        except _RequestError as error:
            if error.status is not None and error.status < 500:
                raise
            raise EventbenchError(
                f"{error}; the commit may have arrived; run the command again, which sends only "
                "what is missing"
            ) from None
        try:
            state = self._retry(self._state)
        except _RequestError:
            return made
        # A .gitignore in the repository makes the Hub silently leave files out.
        if state.head == made and (missing := _differing(commit, state)):
            raise EventbenchError(
                f"{self.repo_id}: commit {made} was made, but the Hub left out {missing[0]}; see "
                "the repository's .gitignore"
            )
        return made

    def _state(self) -> State:
        head = self._api.repo_info(self.repo_id, repo_type=self.repo_type).sha
        if head is None:
            return State(None, {})
        tree = self._api.list_repo_tree(
            self.repo_id, repo_type=self.repo_type, recursive=True, revision=head
        )
        return State(head, {file.path: file for file in tree if isinstance(file, RepoFile)})

    def _send(self, commit: Commit) -> str:
        return self._api.create_commit(
            self.repo_id,
            repo_type=self.repo_type,
            operations=[
                CommitOperationDelete(path, is_folder=False)
                if content is None
                else CommitOperationAdd(path, content)
                for path, content in commit.contents.items()
            ],
            commit_message=commit.message,
            parent_commit=commit.head,
        ).oid

    def _arrived(self, commit: Commit) -> str | None:
        """Return the commit's hash if it is the newest, or None if its parent is."""
        state = self._retry(self._state)
        if state.head == commit.head:
            return None
        if _differing(commit, state):
            raise EventbenchError(
                f"{self.repo_id}: has changed meanwhile: the plan was made for commit "
                f"{commit.head}, the newest is {state.head}; run the command again"
            )
        return state.head

    def _retry(self, ask: Callable[[], T], arrived: Callable[[], T | None] | None = None) -> T:
        """Repeat a request until it succeeds, `TRIES` times at most.

        After a failure ``arrived`` returns the answer of a request that had its effect anyway.
        """
        for attempt in range(1, TRIES + 1):
            try:
                with self._watched():
                    return ask()
            except _RequestError as error:
                failure = error
            conflict = failure.status in (409, 412)
            if failure.again:
                wait = 2.0 ** (attempt - 1) if failure.wait is None else failure.wait
                if wait > LONGEST_WAIT:
                    break
                if attempt < TRIES:
                    sleep(wait)
            if arrived and (failure.again or conflict) and (answer := arrived()) is not None:
                return answer
            if not failure.again:
                break
        raise failure

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Add our hooks to the library's session, and turn every error into a `_RequestError`."""
        session = get_session()
        hooks = session.event_hooks
        session.event_hooks = {
            "request": [*hooks["request"], _set_timeout],
            "response": [*hooks["response"], _raise_for_status],
        }
        try:
            yield
        except Exception as error:  # an unusual answer may make the library raise anything
            raise self._translated(error) from None
        finally:
            session.event_hooks = hooks

    def _translated(self, error: BaseException) -> _RequestError:
        known = HfHubHTTPError | OfflineModeIsEnabled | httpx2.TransportError
        while error.__cause__ is not None and not isinstance(error, known):
            error = error.__cause__
        if isinstance(error, HfHubHTTPError):
            return self._refusal(error)
        if isinstance(error, OfflineModeIsEnabled):
            return _RequestError(self.repo_id, "HF_HUB_OFFLINE is set", again=False)
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            reason = f"no connection to {self.endpoint}"
            return _RequestError(self.repo_id, reason, again=False)
        if isinstance(error, httpx2.TransportError):
            return _RequestError(self.repo_id, f"the connection to {self.endpoint} was cut")
        reason = f"{self.endpoint} did not answer as the Hub does: {type(error).__name__}"
        return _RequestError(self.repo_id, f"{reason}: {self._clean(str(error))}")

    def _refusal(self, error: HfHubHTTPError) -> _RequestError:
        status = error.response.status_code
        wait = _seconds_to_wait(error.response.headers)
        what = f"{self.repo_type} repository"
        later = "" if wait is None else f", after {wait:.0f} seconds"
        text = {
            400: "the Hub refuses it",
            401: f"the Hub does not know your token, or the {what} does not exist or is private; "
            "log in with `hf auth login`",
            403: "your token may not do this; it needs the right to write to this repository",
            404: f"the {what} does not exist, or you may not see it; create it on the Hub first",
            429: f"the Hub has had too many requests; try again{later or ' later'}",
        }.get(status, f"the Hub could not do it; try again{later}")
        said = self._clean(error.server_message or "")
        text += f" (it says: {said})" if said else ""
        again = status >= 500 or status in (408, 429)
        return _RequestError(self.repo_id, f"{status}: {text}", status, wait, again)

    def _clean(self, message: str) -> str:
        """Put a message from elsewhere on one short line, without the token."""
        if self.token:
            message = message.replace(self.token, "<token>")
        return " ".join(message.split())[:300]


def _differing(commit: Commit, state: State) -> list[str]:
    """List the files that are not as the commit leaves them."""
    return [
        path
        for path, content in commit.contents.items()
        if not is_same(state.files.get(path), content)
    ]


def _set_timeout(request: httpx2.Request) -> None:
    # Most requests of the library have no timeout and would wait for a dead connection.
    if request.extensions.get("timeout", {}).get("read") is None:
        request.extensions["timeout"] = httpx2.Timeout(TIMEOUT, connect=15.0).as_dict()


def _raise_for_status(response: httpx2.Response) -> None:
    """Raise here, before the library sees the answer and waits as long as the server says."""
    if not response.is_error:
        return
    try:
        hf_raise_for_status(response)
    except (AttributeError, TypeError):
        # The body is JSON, but not of the Hub's form; the status says enough.
        raise HfHubHTTPError("", response=response) from None


def _seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Read ``Retry-After`` (RFC 9110), of which the library ignores dates, or ``RateLimit``."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        limit = parse_ratelimit_headers(headers)
        return float(limit.reset_in_seconds) if limit and limit.remaining == 0 else None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
