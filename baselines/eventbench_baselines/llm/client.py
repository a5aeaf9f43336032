"""Client: sends requests to the server, waits and retries, and caches every answer."""

from __future__ import annotations

import hashlib
import json
import os
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench import EventbenchError

if TYPE_CHECKING:
    import httpx2

Json = dict[str, Any]

KEYS = ("EVENTBENCH_LLM_KEY", "OPENAI_API_KEY")
"""Environment variables that may hold the key; the first that is set counts."""

SHORTEST_SECRET = 8
"""A shorter key is a local server's placeholder ("none"), and may be part of any answer."""

LONGEST_WAIT = 600.0
"""Seconds; if a server asks for a longer wait, the run stops."""

FORMS = ("json_schema", "json_object_schema", "json_object", "plain")
"""Forms of response in which answers can be asked for, the strictest first. The second is that
of servers that take the schema as a key of "json_object", such as llama-cpp-python's."""

_NO_COMPLETION = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError
)  # fmt: skip
"""What `_reply` raises on JSON that is not a chat completion."""


@dataclass(frozen=True)
class Reply:
    """One answer, from the server or from the cache.

    Attributes:
        text: the message's content.
        cut: True if the answer reached the maximum length.
        model: the model, as the server calls it.
        prompt_tokens: as counted by the server, None if it does not count.
        completion_tokens: as counted by the server, None if it does not count.
        cached: True if it was read from the cache.
        retries: how often the request was sent again.
    """

    text: str
    cut: bool
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cached: bool
    retries: int


class _Refused(Exception):
    """The server refuses the request in this form; it may accept another."""


def read_key() -> str:
    """The key from the environment, "" if none is set.

    Raises:
        EventbenchError: if it has characters that a header cannot carry; it is not shown.
    """
    for name in KEYS:
        key = os.environ.get(name, "").strip()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise EventbenchError(f"{name}: has characters that no key has")
        if key:
            return key
    return ""


@dataclass
class Client:
    """Sends chat completion requests; retries where that may help; caches every answer.

    Attributes:
        http: the connection, with its timeout.
        schema: JSON Schema of an answer.
        base_url: the server's URL without "/chat/completions".
        model: name of the model.
        temperature: sampling temperature; above 0 the seed is sent too.
        seed: seed of sampling and of the waits' jitter.
        timeout: seconds, for error messages.
        max_retries: how often a failed request is sent again.
        form: one of `FORMS`; "auto" takes the strictest that the server accepts.
        max_tokens: the longest answer, in tokens; 0: as the server likes.
        extra_body: more keys of each request; null leaves out a key that would be sent.
        cache: directory of cached answers, "" for none.
        sleep: waits for a number of seconds.
        key: sent to the server; "" for none.
    """

    http: httpx2.Client
    schema: Json
    base_url: str
    model: str
    temperature: float
    seed: int
    timeout: float
    max_retries: int
    form: str
    max_tokens: int
    extra_body: Json
    cache: str
    sleep: Callable[[float], None]
    key: str = field(default_factory=read_key, repr=False)

    def __post_init__(self) -> None:
        self.url = f"{self.base_url.rstrip('/')}/chat/completions"
        strict = {"name": "answer", "strict": True, "schema": self.schema}
        keys: dict[str, Json] = {
            "json_schema": {"response_format": {"type": "json_schema", "json_schema": strict}},
            "json_object_schema": {
                "response_format": {"type": "json_object", "schema": self.schema}
            },
            "json_object": {"response_format": {"type": "json_object"}},
            "plain": {},
        }
        self.forms = [keys[form] for form in FORMS if self.form in ("auto", form)]
        self.first_form = 0  # the server has refused the forms before it
        self.accepted = False  # the server has answered, so the form is not what it refuses
        self.headers = {"Content-Type": "application/json"}
        if self.key:
            self.headers["Authorization"] = f"Bearer {self.key}"

    def complete(self, messages: list[Json]) -> Reply:
        """The model's answer to a conversation.

        Raises:
            EventbenchError: if the server cannot be reached, keeps failing, or refuses.
        """
        body = {
            "model": self.model,
            "messages": messages,
            "temperature": self.temperature,
            "seed": self.seed if self.temperature > 0 else None,
            "max_tokens": self.max_tokens or None,
            **self.extra_body,
        }
        body = {key: value for key, value in body.items() if value is not None}
        # The cache key always uses the first form, as the lookup comes before any is tried.
        whole = json.dumps([self.url, {**body, **self.forms[0]}])
        digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
        path = Path(self.cache) / f"{digest}.json" if self.cache else None
        if path is not None and path.is_file():
            return _read(path)
        sent, answer, retries = self._post_in_some_form(body, digest)
        if path is not None:
            _store(path, {"url": self.url, "request": sent, "answer": answer})
        return _reply(answer, cached=False, retries=retries)

    def _post_in_some_form(self, body: Json, digest: str) -> tuple[Json, Json, int]:
        """What was sent, the answer, and the number of retries."""
        problem = ""
        for form in range(self.first_form, len(self.forms)):
            sent = {**body, **self.forms[form]}
            simpler = form + 1 < len(self.forms)
            try:
                answer, retries = self._post(sent, digest, simpler and not self.accepted)
            except _Refused as refused:
                problem = str(refused)
                continue
            self.first_form, self.accepted = form, True
            return sent, answer, retries
        raise EventbenchError(problem)

    def _post(self, body: Json, digest: str, is_trial: bool) -> tuple[Json, int]:
        """The server's answer and the number of retries.

        Some servers answer 500 to a form that they do not know. In a trial, the second 500 in
        a row counts as such an answer.

        Raises:
            _Refused: if another form of the request may be accepted.
            EventbenchError: if the server cannot be reached, keeps failing, or refuses.
        """
        import httpx2

        problem = ""
        for attempt in range(self.max_retries + 1):
            wait = None
            try:
                # In ASCII: a lone surrogate, which a model may write, has no other encoding.
                content = json.dumps(body).encode("ascii")
                response = self.http.post(self.url, content=content, headers=self.headers)
            except httpx2.TimeoutException:
                problem = f"no answer within {self.timeout:g} s"
            except httpx2.HTTPError as error:
                problem = self._one_line(str(error)) or type(error).__name__
            else:
                answer, problem, wait = self._judge(response)
                if answer is not None:
                    return answer, attempt
                if is_trial and attempt > 0 and response.status_code == 500:
                    raise _Refused(f"{self.url}: {problem}")
            if wait is not None and wait > LONGEST_WAIT:
                raise EventbenchError(f"{self.url}: {problem}; come back in {wait:.0f} s")
            if attempt < self.max_retries:
                jitter = random.Random(f"{self.seed} {digest} {attempt}").uniform(0.5, 1)
                self.sleep(min(2.0**attempt, 60) * jitter if wait is None else wait)
        raise EventbenchError(f"{self.url}: {problem} (tried {self.max_retries + 1} times)")

    def _judge(self, response: httpx2.Response) -> tuple[Json | None, str, float | None]:
        """The answer in a response, or a problem that may pass and the seconds to wait.

        Raises:
            _Refused: if another form of the request may be accepted.
            EventbenchError: if sending the request again cannot help.
        """
        status = response.status_code
        if status == 200:
            answer = self._answer(response.text)
            if answer is not None:
                return answer, "", None
            return None, f"{self._problem(response)}: expected a chat completion", None
        problem = self._problem(response)
        if status in (400, 422):
            raise _Refused(f"{self.url}: {problem}")
        out_of_money = status == 429 and "insufficient_quota" in response.text
        if out_of_money or not (status in (408, 409, 429) or status >= 500):
            raise EventbenchError(f"{self.url}: {problem}")
        return None, problem, _retry_after(response.headers.get("retry-after", ""))

    def _answer(self, text: str) -> Json | None:
        """The chat completion in a response's text, if it is one."""
        try:
            answer = json.loads(self._masked(json.dumps(json.loads(text))))
            _reply(answer, cached=False, retries=0)
        except _NO_COMPLETION:
            return None
        return dict(answer)

    def _problem(self, response: httpx2.Response) -> str:
        text = response.text
        try:
            content = json.loads(text)
            content = content.get("error", content)
            text = content if isinstance(content, str) else str(content.get("message", text))
        except (ValueError, AttributeError, RecursionError):
            pass
        hint = {
            401: f"; set {KEYS[0]} to a key of this server",
            404: "; expected a base URL that ends like /v1 and a model that the server has",
        }.get(response.status_code, "")
        status = self._one_line(f"{response.status_code} {response.reason_phrase}")
        return f"{status}: {self._one_line(text) or 'no reason given'}{hint}"

    def _one_line(self, text: str) -> str:
        printable = (c if c.isprintable() else " " for c in self._masked(text))
        line = " ".join("".join(printable).split())
        return line if len(line) <= 300 else f"{line[:300]}…"

    def _masked(self, text: str) -> str:
        """The server's text with the key, should it repeat it, replaced by asterisks."""
        return text.replace(self.key, "***") if len(self.key) >= SHORTEST_SECRET else text


def _retry_after(value: str) -> float | None:
    """Seconds in a Retry-After header, which is a number or a date (RFC 9110, 10.2.3)."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _reply(answer: Json, *, cached: bool, retries: int) -> Reply:
    choice = answer["choices"][0]
    text = choice["message"].get("content")
    usage = answer.get("usage") or {}
    return Reply(
        text if isinstance(text, str) else "",
        choice.get("finish_reason") == "length",
        str(answer.get("model", "")),
        _count(usage, "prompt_tokens"),
        _count(usage, "completion_tokens"),
        cached,
        retries,
    )


def _count(usage: Any, key: str) -> int | None:
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if type(value) is int else None


def _read(path: Path) -> Reply:
    """Read a cached answer."""
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))["answer"]
        return _reply(answer, cached=True, retries=0)
    except OSError as error:
        raise EventbenchError(f"{path}: {error.strerror}") from None
    except _NO_COMPLETION:
        raise EventbenchError(f"{path}: not a stored answer; delete it") from None


def _store(path: Path, content: Json) -> None:
    """Write a file of the cache whole or not at all; other runs may write the same file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as scratch:
            new = Path(scratch) / path.name
            new.write_text(json.dumps(content), encoding="utf-8")
            new.replace(path)
    except OSError as error:
        raise EventbenchError(f"{path}: cannot be written: {error.strerror}") from None
