"""CRF: conditional random fields over words and their labels in other articles."""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventbench import EventbenchError, Fold, Progress, from_iob2
from eventbench_baselines.chain import Chain
from eventbench_baselines.rows import OUTSIDE, Row, decoded, phrase, span_tags

if TYPE_CHECKING:
    from datasets import Dataset

Seen = dict[str, float]
"""Sparse features of a token or an event: name to weight."""

Memory = dict[tuple[str, ...], Seen]
"""The labels that words have in the gold of some articles, as shares that add up to 1."""

SAVED = "crf.json"
NEAR = 5
"""Maximum number of tokens between a word and the preposition that governs it."""

# fmt: off
PREPOSITIONS = frozenset((
    "after", "against", "amid", "around", "as", "at", "before", "between", "by", "during", "for",
    "from", "in", "inside", "into", "near", "of", "on", "outside", "over", "since", "through",
    "to", "under", "until", "using", "with",
))
# fmt: on
QUOTES = frozenset(("“", "”", '"', "''", "``"))


@dataclass
class Model:
    """The model of one column: a memory, and the weights in CRFsuite's format."""

    memory: Memory
    weights: bytes

    def __post_init__(self) -> None:
        self.tagger = _crfsuite().Tagger()
        self.tagger.open_inmemory(self.weights)  # it keeps reading from these bytes


@dataclass
class Crf:
    """Trained with L-BFGS and L1 and L2 penalties; training is deterministic, so seeds are equal.

    Features are words, lemmas, endings and shapes around a token and, for arguments, its
    position relative to the trigger. Further features say which labels a word has in the
    other training articles, never in its own, so the model learns how reliable they are in
    a new article. Attributes are sequences of length one, with a model for each. "events"
    is a chain of the three tasks.
    """

    tasks: ClassVar[tuple[str, ...]] = ("triggers", "arguments", "attributes", "events")

    l1: float = field(default=0.05, metadata={"help": "weight of the L1 penalty"})
    l2: float = field(default=0.001, metadata={"help": "weight of the L2 penalty"})
    iterations: int = field(default=100, metadata={"help": "maximum number of L-BFGS steps"})
    seed: int = 0
    task: str = "triggers"
    models: dict[str, Model] = field(default_factory=dict, init=False)
    """By column; a column without training rows has none."""
    by_type: frozenset[str] = field(default=frozenset(), init=False)
    """The attributes whose values each event type has for itself."""

    def fit(self, fold: Fold, progress: Progress) -> None:
        for name, least in (("l1", 0), ("l2", 0), ("iterations", 1)):
            if getattr(self, name) < least:
                found = getattr(self, name)
                raise EventbenchError(f"--{name} is {found}, expected {least} or more")
        _crfsuite()
        if self.task == "events":
            self.chain = Chain(self)
            return self.chain.fit(fold, progress)
        rows = self._rows(fold.train, fold.validation)
        attributes = fold.scheme.attributes
        self.by_type = frozenset(name for name, found in attributes.items() if found.by_type)
        columns = tuple(attributes) if self.task == "attributes" else ("ner_tags",)
        for number, column in enumerate(columns, 1):
            # The type of an event may lack an attribute.
            if answered := [row for row in rows if row[column] is not None]:
                self.models[column] = self._train(answered, column)
            progress(number / len(columns))

    def _train(self, rows: list[Row], column: str) -> Model:
        trainer = _crfsuite().Trainer(verbose=False)
        for article in sorted({row["doc_id"] for row in rows}):
            its_own = [row for row in rows if row["doc_id"] == article]
            others = self._memory((row for row in rows if row["doc_id"] != article), column)
            for row, seen in zip(its_own, self._look(its_own, column, others), strict=True):
                answers = row[column] if column == "ner_tags" else [row[column]]
                trainer.append(_crfsuite().ItemSequence(seen), answers)
        trainer.set_params({"c1": self.l1, "c2": self.l2, "max_iterations": self.iterations})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model"
            trainer.train(str(path))
            return Model(self._memory(rows, column), path.read_bytes())

    def _rows(self, *splits: Dataset) -> list[Row]:
        """The rows to learn from or to predict, with everything that features are made of."""
        return [row for split in splits for row in decoded(split)]

    def _memory(self, rows: Iterable[Row], column: str) -> Memory:
        seen: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for row in rows:
            for key, value in _FACTS[self.task](row, column):
                seen[key][value] += 1
        return {
            key: {value: n / counts.total() for value, n in sorted(counts.items())}
            for key, counts in seen.items()
        }

    def _look(self, rows: list[Row], column: str, memory: Memory) -> Iterator[list[Seen]]:
        """The features of each row's tokens, given the labels of words in other articles."""
        return (_LOOKS[self.task](row, column in self.by_type, memory) for row in rows)

    def _asked(self, rows: list[Row], column: str) -> Iterator[Any]:
        """The tagger of a column, with each row set in turn."""
        model = self.models[column]
        for seen in self._look(rows, column, model.memory):
            model.tagger.set(_crfsuite().ItemSequence(seen))
            yield model.tagger

    def predict(self, test: Dataset) -> Sequence[Any]:
        if self.task == "events":
            return self.chain.predict(test)
        rows = self._rows(test)
        answers = {
            column: [tagger.tag() for tagger in self._asked(rows, column)] for column in self.models
        }
        if self.task == "attributes":
            return [{name: tags[k][0] for name, tags in answers.items()} for k in range(len(rows))]
        nothing = ([OUTSIDE] * len(row["tokens"]) for row in rows)
        return answers["ner_tags"] if "ner_tags" in answers else list(nothing)

    def probabilities(self, test: Dataset, labels: Sequence[str]) -> list[Any]:
        """For each row the probability of each label at each token, shape (tokens, labels).

        Only for tasks with tags; a label that did not occur in training has probability 0.
        """
        import numpy as np

        rows = self._rows(test)
        known = set(self.models["ner_tags"].tagger.labels())
        return [
            np.array(
                [
                    [tagger.marginal(x, i) if x in known else 0.0 for x in labels]
                    for i in range(len(row["tokens"]))
                ]
            ).reshape(-1, len(labels))
            for row, tagger in zip(rows, self._asked(rows, "ner_tags"), strict=True)
        ]

    def save(self, directory: Path) -> None:
        if self.task == "events":
            return self.chain.save(directory)
        memories = {
            column: [[key, shares] for key, shares in model.memory.items()]
            for column, model in self.models.items()
        }
        content = {"task": self.task, "by_type": sorted(self.by_type), "memories": memories}
        text = json.dumps(content, ensure_ascii=False)
        (directory / SAVED).write_text(text, encoding="utf-8")
        for column, model in self.models.items():
            (directory / f"{column}.crfsuite").write_bytes(model.weights)

    @classmethod
    def load(cls, directory: Path) -> Crf:
        if chain := Chain.load(cls(), directory):
            system = cls(task="events")
            system.chain = chain
            return system
        saved = json.loads((directory / SAVED).read_text(encoding="utf-8"))
        system = cls(task=saved["task"])
        system.by_type = frozenset(saved["by_type"])
        for column, memory in saved["memories"].items():
            weights = (directory / f"{column}.crfsuite").read_bytes()
            system.models[column] = Model({tuple(key): s for key, s in memory}, weights)
        return system


def _crfsuite() -> Any:
    try:
        import pycrfsuite
    except ModuleNotFoundError:
        raise EventbenchError("the crf needs: pip install 'eventbench[crf]'") from None
    return pycrfsuite


@cache
def _lemma(word: str) -> str:
    from simplemma import lemmatize

    return lemmatize(word.lower(), "en").lower()


def lemmas_of(row: Row) -> list[str]:
    """The lemma of each token, in lower case."""
    return [_lemma(word) for word in row["tokens"]]


def _trigger(row: Row) -> str:
    return " ".join(lemmas_of(row)[row["trigger_start"] : row["trigger_end"]])


# Memory: facts of a row, as a key and its label.

Fact = tuple[tuple[str, ...], str]


def _trigger_facts(row: Row, column: str) -> Iterator[Fact]:
    return zip(((lemma,) for lemma in lemmas_of(row)), row[column], strict=True)


def _argument_facts(row: Row, column: str) -> Iterator[Fact]:
    event_type = row["event_type"]
    for lemma, tag in zip(lemmas_of(row), row[column], strict=True):
        yield (event_type, lemma), tag[2:]
        yield (lemma,), tag[2:]
    for role, start, end in from_iob2(row[column]):
        yield ("phrase", event_type, phrase(row, start, end)), role
    yield ("trigger", _trigger(row)), event_type


def _attribute_facts(row: Row, column: str) -> Iterator[Fact]:
    yield (row["event_type"], _trigger(row)), row[column]


_FACTS = {
    "triggers": _trigger_facts,
    "arguments": _argument_facts,
    "attributes": _attribute_facts,
}


def recalled(memory: Memory, name: str, *key: str) -> Seen:
    """The memory of a key as features; "O" is left out."""
    shares = memory.get(key, {})
    return {f"{name}={value}": share for value, share in shares.items() if value not in ("", "O")}


# Features


def _names(*names: str) -> Seen:
    return dict.fromkeys(names, 1.0)


def _at(words: list[str], index: int) -> str:
    """The word at an index, or "^" or "$" beyond the sentence."""
    return words[index] if 0 <= index < len(words) else "^$"[index > 0]


def _shape(word: str) -> str:
    if any(character.isdigit() for character in word):
        return "digits"
    if word.isupper() or word.istitle():
        return "upper" if word.isupper() else "title"
    return "word" if word.isalpha() else "other"


def _look_at_words(row: Row, by_type: bool, memory: Memory) -> list[Seen]:
    """Each token with its neighbours, and the tags of its lemma in other articles."""
    words, lemmas = [word.lower() for word in row["tokens"]], lemmas_of(row)
    return [
        {
            **_names(
                "bias",
                *(f"word{o}={_at(words, i + o)}" for o in range(-2, 3)),
                *(f"lemma{o}={_at(lemmas, i + o)}" for o in range(-1, 2)),
                f"ends={word[-3:]}",
                f"begins={word[:4]}",
                f"shape={_shape(row['tokens'][i])}",
                f"pair={_at(words, i - 1)} {word}",
                f"pair={word} {_at(words, i + 1)}",
            ),
            **recalled(memory, "was", lemmas[i]),
        }
        for i, word in enumerate(words)
    ]


def _distance(row: Row, index: int) -> tuple[str, int]:
    """The side of the trigger that a token is on, and the distance in tokens."""
    if index < row["trigger_start"]:
        return "left", row["trigger_start"] - index
    if index >= row["trigger_end"]:
        return "right", index - row["trigger_end"] + 1
    return "in", 0


def _rounded(distance: int) -> str:
    return next((f"≤{limit}" for limit in (1, 2, 3, 4, 6, 9, 14, 22) if distance <= limit), "far")


def _look_from_trigger(row: Row, by_type: bool, memory: Memory) -> list[Seen]:
    """Each token with its neighbours, its path to the trigger, and its roles in other articles.

    Most features also occur combined with the event type, because roles differ by type.
    """
    words, lemmas = [word.lower() for word in row["tokens"]], lemmas_of(row)
    first, last, event_type = row["trigger_start"], row["trigger_end"], row["event_type"]
    trigger, phrases = _trigger(row), _known_phrases(row, memory)
    found = []
    for i, word in enumerate(words):
        side, distance = _distance(row, i)
        gap = range(i + 1, first) if side == "left" else range(last, i)
        way = [words[j] for j in gap]
        triggers = min(3, sum(("trigger", lemmas[j]) in memory for j in gap))
        punctuation = min(3, sum(not word.isalnum() for word in way))
        before = (words[j] for j in range(i, max(-1, i - NEAR - 1), -1))
        preposition = next((word for word in before if word in PREPOSITIONS), "none")
        shape = _shape(row["tokens"][i])
        where = f"{side} {_rounded(distance)}"
        path = [f"path={side} {' '.join(way)}"] if side != "in" and len(way) <= 3 else []
        between = sorted({lemmas[j] for j in gap})
        typed = [
            f"word={word}",
            f"lemma={lemmas[i]}",
            f"where={where}",
            f"side={side}",
            f"shape={side} {shape}",
            f"preposition={side} {preposition}",
            f"triggers={side} {triggers}",
            f"before trigger={side} {_at(words, first - 1)}",
            f"after trigger={side} {_at(words, last)}",
            *path,
        ]
        found.append(
            {
                **_names(
                    "bias",
                    f"type={event_type}",
                    *typed,
                    *(f"{event_type} {name}" for name in typed),
                    f"word-1={_at(words, i - 1)}",
                    f"word+1={_at(words, i + 1)}",
                    f"lemma-1={_at(lemmas, i - 1)}",
                    f"lemma+1={_at(lemmas, i + 1)}",
                    f"ends={word[-3:]}",
                    f"punctuation={side} {punctuation}",
                    f"trigger={trigger} {where}",
                    f"phrase={phrases[i]}",
                    *(f"between={side} {lemma}" for lemma in between),
                ),
                **recalled(memory, "was", event_type, lemmas[i]),
                **recalled(memory, "was in any", lemmas[i]),
            }
        )
    return found


def _known_phrases(row: Row, memory: Memory) -> list[str]:
    """IOB2 tags of the longest phrases that fill a role of this event type in other articles."""
    length = len(row["tokens"])
    longest = max((k[2].count(" ") + 1 for k in memory if k[0] == "phrase"), default=0)
    tags = [OUTSIDE] * length
    start = 0
    while start < length:
        for end in range(min(start + longest, length), start, -1):
            roles = memory.get(("phrase", row["event_type"], phrase(row, start, end)))
            if roles:
                role = max(sorted(roles), key=lambda role: roles[role])
                tags[start:end] = span_tags(role, end - start)
                start = end
                break
        else:
            start += 1
    return tags


def _look_at_event(row: Row, by_type: bool, memory: Memory) -> list[Seen]:
    """The trigger with its neighbours, and the values of its lemma in other articles.

    An attribute with values for each type (``by_type``), such as a subtype, depends on the
    trigger. Others, such as the status, depend on other words too, so they also get the lemmas
    of the whole sentence.
    """
    words, lemmas = [word.lower() for word in row["tokens"]], lemmas_of(row)
    first, last = row["trigger_start"], row["trigger_end"]
    quotes = [word in QUOTES for word in words]
    sentence = [] if by_type else lemmas
    names = _names(
        f"type={row['event_type']}",
        f"trigger={' '.join(words[first:last])}",
        f"lemmas={_trigger(row)}",
        *(f"word-{o}={_at(words, first - o)}" for o in (1, 2)),
        *(f"word+{o}={_at(words, last - 1 + o)}" for o in (1, 2)),
        f"in quotes={sum(quotes[:first]) % 2}",
        f"quotes={any(quotes)}",
        *(f"sentence={lemma}" for lemma in sentence),
    )
    return [{**names, **recalled(memory, "was", row["event_type"], _trigger(row))}]


_LOOKS = {
    "triggers": _look_at_words,
    "arguments": _look_from_trigger,
    "attributes": _look_at_event,
}
