"""The system ``llm``: options, examples, requests in parallel, and the record of what they took."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench import EventbenchError, Fold, Progress
from eventbench_baselines.llm.answers import Reader, as_events, as_tags, parse
from eventbench_baselines.llm.client import Client, Reply, read_key
from eventbench_baselines.llm.prompts import Prompt, right_answer
from eventbench_baselines.llm.sentences import Json, NumberedSentence, of_document, of_rows, shown

if TYPE_CHECKING:
    import httpx2
    from datasets import Dataset

LEAST = {
    "sentences_per_request": 0,
    "temperature": 0,
    "max_retries": 0,
    "concurrency": 1,
    "price_in": 0,
    "price_out": 0,
}
"""The least value of each number among the options."""


@dataclass
class _Answered:
    """The outcome of requests: answers, each with its sentences, replies, and failures."""

    answers: list[tuple[Json, Sequence[NumberedSentence]]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    unusable: int = 0

    def add(self, other: _Answered) -> None:
        self.answers += other.answers
        self.replies += other.replies
        self.unusable += other.unusable


@dataclass
class Llm:
    """Zero-shot or few-shot extraction by a chat model.

    Attributes:
        record: after `predict`, requests, tokens, cost and dropped items: see docs/llm.md.
        sleep: waits between retries, for a number of seconds.
    """

    tasks: ClassVar[tuple[str, ...]] = ("triggers", "events")
    zero_shot: ClassVar[bool] = True

    base_url: str = field(
        default="http://127.0.0.1:8080/v1",
        metadata={"help": "URL of the server, without /chat/completions"},
    )
    model: str = field(default="", metadata={"help": "name of the model, as the server knows it"})
    shots: int = field(
        default=0, metadata={"help": "training articles shown as examples; 0: zero-shot"}
    )
    sentences_per_request: int = field(
        default=20, metadata={"help": "sentences in a request; 0: the whole article"}
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
        self.prompt = Prompt(fold.scheme, self.task)
        pool = (*fold.train_documents, *fold.validation_documents)
        if not 0 <= self.shots <= len(pool):
            raise EventbenchError(
                f"llm: shots is {self.shots}, expected 0 to {len(pool)}, "
                "the number of training articles"
            )
        self.preamble = [{"role": "system", "content": self.prompt.system()}]
        for document in random.Random(self.seed).sample(pool, self.shots):
            for chunk in self._chunks(of_document(document)):
                answer = right_answer(self.prompt, document, chunk)
                self.preamble += [
                    {"role": "user", "content": shown(chunk)},
                    {"role": "assistant", "content": json.dumps(answer, ensure_ascii=False)},
                ]
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
        if not 0 < self.timeout < float("inf"):
            raise EventbenchError(f"llm: timeout is {self.timeout:g}, expected more than 0 seconds")
        read_key()

    def predict(self, test: Dataset) -> list[Any]:
        """Predict IOB2 tags, or events and links; `record` holds what that took.

        Raises:
            EventbenchError: if the server cannot be reached, keeps failing, or refuses.
        """
        import httpx2

        chunks = [c for article in of_rows(test) for c in self._chunks(article)]
        with httpx2.Client(timeout=self.timeout) as http:
            answered = self._ask_all(self._client(http), chunks)
        reader = Reader(self.prompt)
        found = [reader.read(*answer) for answer in answered.answers]
        self.record = self._recorded(answered, reader.dropped)
        return as_events(test, found) if self.prompt.whole_events else as_tags(test, found)

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
            cache=self.cache,
            sleep=self.sleep,
        )

    def _chunks(self, article: Sequence[NumberedSentence]) -> Iterator[Sequence[NumberedSentence]]:
        size = self.sentences_per_request or len(article)
        for start in range(0, len(article), size or 1):
            yield article[start : start + size]

    def _ask_all(self, client: Client, chunks: Sequence[Sequence[NumberedSentence]]) -> _Answered:
        """Ask about all chunks, several at a time; the first failure ends it."""
        answered = _Answered()
        failed: list[EventbenchError] = []

        def ask(chunk: Sequence[NumberedSentence]) -> _Answered:
            if failed:
                return _Answered()  # not used: the earlier failure is raised below
            try:
                return self._ask(client, chunk)
            except EventbenchError as error:
                failed.append(error)
                raise

        with ThreadPoolExecutor(self.concurrency) as pool:
            for part in pool.map(ask, chunks):
                answered.add(part)
        return answered

    def _ask(self, client: Client, sentences: Sequence[NumberedSentence]) -> _Answered:
        """Ask about sentences; about each half, if the answer is longer than the server allows."""
        answered = _Answered()
        messages = [*self.preamble, {"role": "user", "content": shown(sentences)}]
        for _ in range(2):
            reply = client.complete(messages)
            answered.replies.append(reply)
            if reply.cut and len(sentences) > 1:
                middle = len(sentences) // 2
                for half in (sentences[:middle], sentences[middle:]):
                    answered.add(self._ask(client, half))
                return answered
            if reply.cut:
                break
            answer, reason = parse(reply.text)
            if answer is not None:
                answered.answers.append((answer, sentences))
                return answered
            complaint = f"Your answer cannot be read: {reason}. Answer with the JSON object alone."
            messages = [
                *messages,
                {"role": "assistant", "content": reply.text or "(nothing)"},
                {"role": "user", "content": complaint},
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
            "served_model": ", ".join(sorted({reply.model for reply in replies})),
            "requests": len(replies),
            "from_cache": sum(reply.cached for reply in replies),
            "retries": sum(reply.retries for reply in replies),
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "cost": cost,
            "unusable_answers": answered.unusable,
            "unmapped_quotes": dropped["unmapped"],
            "invalid_items": dropped["invalid"],
        }


def _sum(numbers: Iterable[int | None]) -> int | None:
    """The sum, or None if one of the numbers is None."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
