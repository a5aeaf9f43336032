"""All that a language model is asked about test articles, and its answers read together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eventbench.corpus.joining import extra_articles
from eventbench.corpus.loading import Corpus, as_corpora
from eventbench.errors import EventbenchError
from eventbench.io import Json
from eventbench.prompts.examples import choose_examples
from eventbench.prompts.parts import Part
from eventbench.prompts.prompt import SENTENCES, Prompt
from eventbench.prompts.reader import Reader, parse_answer
from eventbench.tasks.base import Answer, Gold, Row
from eventbench.tasks.registry import prepared


@dataclass(frozen=True)
class Question:
    """One request.

    Attributes:
        id: article and sentences, such as "000:1-20".
        fold: the fold whose training articles its examples are from.
        part: what it asks about.
    """

    id: str
    fold: int
    part: Part


@dataclass(frozen=True)
class ComparedAnswer:
    """An answer to one question beside the gold, in parts of answers that scores read.

    Attributes:
        correct: parts that both have.
        predicted: parts of the answer.
        gold: parts of the gold, as far as the question shows them.
        dropped: counts of what was dropped; see `Reader.dropped`.
    """

    correct: int
    predicted: int
    gold: int
    dropped: Counter[str]


@dataclass(frozen=True)
class _Fold:
    """What the questions of a fold have in common: the prompt, its examples, the test rows."""

    prompt: Prompt
    examples: Sequence[Json]
    rows: Sequence[Row]


class Questions:
    """Questions about the test articles of each fold, asked as the system ``llm`` asks them.

    Args:
        gold: the rows to ask about.
        shots: number of training articles of the fold that are shown as examples.
        sentences_per_shot: first sentences of an example that are shown; 0: all.
        sentences_per_request: sentences in a question; 0: whole articles.
        seed: seed of the choice of examples.
        also_train: more corpora, whose articles join the training articles of every fold.
        template: your own instructions; see `Prompt.template`.

    Attributes:
        by_id: the questions by id, in the order of the articles.

    Raises:
        EventbenchError: if prompts do not cover the task, there are fewer training articles than
            ``shots``, or the scheme of another corpus does not fit.
    """

    def __init__(
        self,
        gold: Gold,
        *,
        shots: int = 0,
        sentences_per_shot: int = 0,
        sentences_per_request: int = SENTENCES,
        seed: int = 0,
        also_train: Sequence[Corpus | str | Path] = (),
        template: str | None = None,
    ) -> None:
        for name, value in (("shot", sentences_per_shot), ("request", sentences_per_request)):
            if value < 0:
                raise EventbenchError(f"sentences_per_{name} is {value}, expected 0 or more")
        self.gold = gold
        self._folds: dict[int, _Fold] = {}
        self.by_id: dict[str, Question] = {}
        documents = {document.id: document for document in gold.corpus.documents}
        others = [prepared(other) for other in as_corpora(also_train)]
        extra = [*filter(gold.task.teaches, extra_articles(gold.corpus, others))]
        first = gold.fold or 0
        for number, splits in enumerate(gold.folds, first):
            prompt = Prompt(gold.scheme, gold.task.name, gold.corpus.places, template)
            own = [[documents[i] for i in splits[split]] for split in ("train", "validation")]
            pool = [*own[0], *extra, *own[1]]
            examples = choose_examples(
                prompt,
                pool,
                shots,
                seed=seed,
                sentences=sentences_per_request,
                shown=sentences_per_shot,
            )
            tested = set(splits["test"])
            rows = [row for row in gold.rows if gold.article_of(row) in tested]
            self._folds[number] = _Fold(prompt, examples, rows)
            for part in prompt.parts(rows, sentences_per_request):
                numbers = [sentence.number for sentence in part.sentences]
                name = f"{part.article}:{numbers[0]}-{numbers[-1]}"
                self.by_id[name] = Question(name, number, part)

    def schema(self) -> Json:
        """The JSON Schema of an answer."""
        return next(iter(self._folds.values())).prompt.schema()

    def messages(self, question: Question) -> list[Json]:
        """The conversation that asks a question; see `Prompt.messages`."""
        fold = self._folds[question.fold]
        return fold.prompt.messages(question.part, fold.examples)

    def right(self, question: Question) -> Json:
        """The answer that the gold gives."""
        fold = self._folds[question.fold]
        # A prompt of its own: a right answer teaches the form which incidents it names.
        return replace(fold.prompt).form.right(question.part, fold.rows)

    def parse(self, question: Question, text: str) -> Json:
        """Find the JSON object in an answer; see `parse_answer`."""
        return parse_answer(text, self._folds[question.fold].prompt)

    def units(self, ids: Iterable[str]) -> list[int]:
        """The units of statistics, which are sentences, that questions show; see `Gold`."""
        parts = [self.by_id[name].part for name in ids]
        units = self.gold.sentence_units
        return sorted(units[part.article, s.number - 1] for part in parts for s in part.sentences)

    def read(self, answers: Mapping[str, Json | None]) -> tuple[dict[str, Answer], Counter[str]]:
        """Read answers together.

        Args:
            answers: what `parse` returned, by id of the question; None is an unusable answer,
                which finds nothing. Questions that are left out count as such.

        Returns:
            An answer of the task for each row by its id, and counts of what was dropped.
        """
        found: dict[str, Answer] = {}
        dropped: Counter[str] = Counter()
        for number, fold in self._folds.items():
            asked = [question for question in self.by_id.values() if question.fold == number]
            reader = self._reader(fold, [(q, answers.get(q.id)) for q in asked])
            dropped += reader.dropped
            for row, answer in zip(fold.rows, reader.answers(), strict=True):
                found[row["id"]] = self.gold.task.check(row, answer, self.gold.scheme)
        return {row["id"]: found[row["id"]] for row in self.gold.rows}, dropped

    def compare(self, question: Question, answer: Json | None) -> ComparedAnswer:
        """Compare the answer to a question with the gold."""
        fold, part = self._folds[question.fold], question.part
        rows = {item.row for item in part.items} or {s.row for s in part.sentences}
        readers = [
            self._reader(fold, [(question, said)]) for said in (self.right(question), answer)
        ]
        gold, predicted = (
            Counter(
                (k, said) for k in rows for said in self._said(fold.rows[k], reader.answers()[k])
            )
            for reader in readers
        )
        return ComparedAnswer(
            (gold & predicted).total(), predicted.total(), gold.total(), readers[1].dropped
        )

    def _said(self, row: Row, answer: Any) -> Sequence[Any]:
        task = self.gold.task
        return task.said(row, task.check(row, answer, self.gold.scheme))

    def _reader(self, fold: _Fold, said: Sequence[tuple[Question, Json | None]]) -> Reader:
        reader = Reader(fold.prompt, fold.rows)
        for question, answer in said:
            if answer is not None:
                reader.take(answer, question.part)
        return reader
