"""The system ``llm``: options, examples, requests in parallel, and the record of what they took."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench import EventbenchError, Fold, Progress, Scheme
from eventbench.prompts import (
    PROMPTED,
    Part,
    Prompt,
    Reader,
    choose_examples,
    complaint,
    parse_answer,
    read_template,
)
from eventbench_baselines.llm.client import FORMS, Client, Json, Reply, read_key

if TYPE_CHECKING:
    import httpx2
    from datasets import Dataset

DEFAULT_URL = "http://127.0.0.1:8080/v1"

URL_VARIABLE = "EVENTBENCH_LLM_URL"
"""Environment variable with the base URL for saved models, which hold none: otherwise a model
from somebody else could send articles and key to a server of its author's choice."""

SAVED = "llm.json"

UNUSABLE = 0.2
"""A run ends with an error if a larger share of answers is unusable: the prompt or the model is
then at fault, and the score would say nothing about extraction."""

CUTS = 2
"""How often a part is halved because its answer was cut off."""

LEAST = {
    "sentences_per_shot": 0,
    "sentences_per_request": 0,
    "temperature": 0,
    "max_retries": 0,
    "concurrency": 1,
    "max_tokens": 0,
    "max_unusable": 0,
    "price_in": 0,
    "price_out": 0,
}
"""The least value of each number among the options."""

FIXED = ("model", "messages", "response_format", "stream")
"""Keys of a request that extra_body may not have."""


@dataclass
class _Answered:
    """The outcome of requests: answers, each with its part, replies, and failures."""

    answers: list[tuple[Json, Part]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    unusable: int = 0

    def add(self, other: _Answered) -> None:
        self.answers += other.answers
        self.replies += other.replies
        self.unusable += other.unusable


@dataclass
class Llm:
    """Answers of a chat model, zero-shot or with training articles as examples.

    Attributes:
        record: after `predict`, requests, tokens, cost and dropped items: see docs/llm.md.
        sleep: waits between retries, for a number of seconds.
    """

    tasks: ClassVar[tuple[str, ...]] = PROMPTED
    zero_shot: ClassVar[bool] = True

    base_url: str = field(
        default=DEFAULT_URL,
        metadata={"help": "URL of the server, without /chat/completions"},
    )
    model: str = field(default="", metadata={"help": "name of the model, as the server knows it"})
    shots: int = field(
        default=0, metadata={"help": "training articles shown as examples; 0: zero-shot"}
    )
    sentences_per_shot: int = field(
        default=0,
        metadata={"help": "first sentences of an example that are shown; 0: the whole article"},
    )
    sentences_per_request: int = field(
        default=20, metadata={"help": "sentences in a request; 0: the whole article"}
    )
    prompt_file: str = field(
        default="", metadata={"help": "your own instructions, instead of those of eventbench"}
    )
    response_form: str = field(
        default="auto",
        metadata={
            "help": "how answers are asked for; auto: the strictest that the server accepts",
            "choices": ("auto", *FORMS),
        },
    )
    max_tokens: int = field(
        default=0, metadata={"help": "longest answer, in tokens; 0: as the server likes"}
    )
    extra_body: str = field(
        default="", metadata={"help": "JSON object with more keys of each request; no secrets"}
    )
    max_unusable: float = field(
        default=UNUSABLE,
        metadata={"help": "share of unusable answers above which the run ends with an error"},
    )
    temperature: float = field(default=0.0, metadata={"help": "0: the most probable answer"})
    timeout: float = field(
        default=300.0, metadata={"help": "seconds to wait for a sign of life from the server"}
    )
    max_retries: int = field(default=5, metadata={"help": "how often a failed request is repeated"})
    concurrency: int = field(default=1, metadata={"help": "requests in parallel"})
    cache: str = field(
        default="",
        metadata={"help": "directory that keeps every answer, so that none is paid for twice"},
    )
    price_in: float = field(default=0.0, metadata={"help": "price of a million prompt tokens"})
    price_out: float = field(default=0.0, metadata={"help": "price of a million completion tokens"})
    seed: int = 0
    task: str = "triggers"
    record: dict[str, float | int | str | None] = field(default_factory=dict, init=False)
    sleep: Callable[[float], None] = field(default=time.sleep, init=False, repr=False)

    def fit(self, fold: Fold, progress: Progress) -> None:
        """Choose the examples; nothing is sent.

        Raises:
            EventbenchError: if an option or the key is invalid.
        """
        self._check()
        pool = (*fold.train_documents, *fold.validation_documents)
        template = read_template(self.prompt_file) if self.prompt_file else None
        self.prompt = Prompt(fold.scheme, self.task, fold.places, template)
        self.system = self.prompt.system()
        sizes = {"sentences": self.sentences_per_request, "shown": self.sentences_per_shot}
        try:
            self.examples = choose_examples(self.prompt, pool, self.shots, seed=self.seed, **sizes)
        except EventbenchError as error:
            raise EventbenchError(f"llm: {error}") from None
        progress(1.0)

    def _check(self) -> None:
        import httpx2

        try:
            url = httpx2.URL(self.base_url)
            valid = url.scheme in ("http", "https") and url.host
        except (httpx2.InvalidURL, ValueError):
            valid = False
        if not valid or url.userinfo or url.query or url.fragment:
            # The URL is not shown, as it may contain a password.
            raise EventbenchError(
                "llm: base_url is not like http://HOST:PORT/v1, without user, password or query"
            )
        if not self.model:
            raise EventbenchError("llm: model is missing: expected a name that the server knows")
        for name, least in LEAST.items():
            value = getattr(self, name)
            if not least <= value < float("inf"):
                raise EventbenchError(f"llm: {name} is {value}, expected {least} or more")
        if self.max_unusable > 1:
            raise EventbenchError(
                f"llm: max_unusable is {self.max_unusable:g}, expected a share from 0 to 1"
            )
        if not 0 < self.timeout < float("inf"):
            raise EventbenchError(f"llm: timeout is {self.timeout:g}, expected more than 0 seconds")
        key = read_key()
        if key and key in self.extra_body:
            raise EventbenchError("llm: extra_body has the key, which would be stored")
        self._extra()

    def _extra(self) -> Json:
        """The keys of ``extra_body``."""
        try:
            extra = json.loads(self.extra_body or "{}")
        except ValueError:
            extra = None
        if not isinstance(extra, dict):
            raise EventbenchError(
                'llm: extra_body is not a JSON object, expected one like {"top_p": 0.9}'
            )
        if fixed := [key for key in FIXED if key in extra]:
            raise EventbenchError(f"llm: extra_body has {fixed[0]}, which the system sets itself")
        return extra

    def predict(self, test: Dataset) -> list[Any]:
        """Predict answers of the task; `record` holds what that took.

        Raises:
            EventbenchError: if the server cannot be reached, keeps failing, or refuses, or if
                too many answers are unusable.
        """
        import httpx2

        parts = self.prompt.parts(test, self.sentences_per_request)
        with httpx2.Client(timeout=self.timeout) as http:
            answered = self._ask_all(self._client(http), parts)
        reader = Reader(self.prompt, test)
        for answer, part in answered.answers:
            reader.take(answer, part)
        self.record = self._recorded(answered, reader.dropped)
        self._judge(answered)
        return reader.answers()

    def _judge(self, answered: _Answered) -> None:
        """Tell how many answers are unusable.

        Raises:
            EventbenchError: if it is a larger share than ``max_unusable``.
        """
        bad, all_of_them = answered.unusable, answered.unusable + len(answered.answers)
        if not bad:
            return
        told = f"{bad} of {all_of_them} answers about {self.task} unusable"
        if bad > self.max_unusable * all_of_them:
            raise EventbenchError(
                f"llm: {told}, more than a share of {self.max_unusable:g}; see docs/llm.md, or "
                "raise --max-unusable"
            )
        print(f"llm: {told}", file=sys.stderr)

    def _client(self, http: httpx2.Client) -> Client:
        return Client(
            http,
            self.prompt.schema(),
            base_url=self.base_url,
            model=self.model,
            temperature=self.temperature,
            seed=self.seed,
            timeout=self.timeout,
            max_retries=self.max_retries,
            form=self.response_form,
            max_tokens=self.max_tokens,
            extra_body=self._extra(),
            cache=self.cache,
            sleep=self.sleep,
        )

    def _ask_all(self, client: Client, parts: Sequence[Part]) -> _Answered:
        """Ask about all parts, several at a time; the first failure ends it."""
        answered = _Answered()
        failed: list[EventbenchError] = []

        def ask(part: Part) -> _Answered:
            if failed:
                return _Answered()  # not used: the earlier failure is raised below
            try:
                return self._ask(client, part)
            except EventbenchError as error:
                failed.append(error)
                raise

        with ThreadPoolExecutor(self.concurrency) as pool:
            for found in pool.map(ask, parts):
                answered.add(found)
        return answered

    def _ask(self, client: Client, part: Part, cuts: int = 0) -> _Answered:
        """Ask about a part; about each half, if the answer is longer than the server allows."""
        answered = _Answered()
        messages = [
            {"role": "system", "content": self.system},
            *self.examples,
            {"role": "user", "content": part.text()},
        ]
        for _ in range(2):
            reply = client.complete(messages)
            answered.replies.append(reply)
            if reply.cut and len(part.sentences) > 1 and cuts < CUTS:
                for half in part.halves():
                    answered.add(self._ask(client, half, cuts + 1))
                return answered
            if reply.cut:
                break
            try:
                answered.answers.append((parse_answer(reply.text, self.prompt), part))
                return answered
            except EventbenchError as error:
                said = complaint(error)
            messages = [
                *messages,
                {"role": "assistant", "content": reply.text or "(nothing)"},
                {"role": "user", "content": said},
            ]
        answered.unusable += 1
        return answered

    def _recorded(
        self, answered: _Answered, dropped: Counter[str]
    ) -> dict[str, float | int | str | None]:
        replies = answered.replies
        tokens_in = _sum(reply.prompt_tokens for reply in replies)
        tokens_out = _sum(reply.completion_tokens for reply in replies)
        cost = None
        if (self.price_in or self.price_out) and tokens_in is not None and tokens_out is not None:
            cost = round((tokens_in * self.price_in + tokens_out * self.price_out) / 1e6, 6)
        return {
            "prompt": hashlib.sha256(self.system.encode()).hexdigest()[:16],
            "served_model": ", ".join(sorted({reply.model for reply in replies})),
            "requests": len(replies),
            "from_cache": sum(reply.cached for reply in replies),
            "retries": sum(reply.retries for reply in replies),
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "cost": cost,
            "answers": len(answered.answers) + answered.unusable,
            "unusable_answers": answered.unusable,
            "unmapped_quotes": dropped["unmapped"],
            "invalid_items": dropped["invalid"],
        }

    def save(self, directory: Path) -> None:
        """Write what `load` reads: options, instructions and examples, but no URL and no key."""
        content = {
            "options": {name: getattr(self, name) for name in KEPT},
            "scheme": self.prompt.scheme.to_json(),
            "system": self.system,
            "examples": self.examples,
        }
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (directory / SAVED).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> Llm:
        """Load a model; the server is that of the environment variable, or the default.

        Raises:
            EventbenchError: if an option, the URL or the key is invalid.
        """
        saved = json.loads((directory / SAVED).read_text(encoding="utf-8"))
        url = os.environ.get(URL_VARIABLE, "").strip() or DEFAULT_URL
        made = cls(base_url=url, **{name: saved["options"][name] for name in KEPT})
        made._check()
        made.prompt = Prompt(Scheme.from_json(saved["scheme"]), made.task)
        made.system, made.examples = saved["system"], saved["examples"]
        return made


KEPT = (
    *("task", "seed", "model", "sentences_per_request", "response_form", "max_tokens"),
    *("extra_body", "max_unusable", "temperature", "timeout", "max_retries", "concurrency"),
)
"""The options that a saved model keeps; URL, cache and prices belong to where it is used."""


def _sum(numbers: Iterable[int | None]) -> int | None:
    """The sum, or None if one of the numbers is None."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
