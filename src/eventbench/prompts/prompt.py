"""The messages that ask a language model about rows of a task."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Template

from eventbench.corpus.scheme import Scheme
from eventbench.corpus.values import Named
from eventbench.errors import EventbenchError
from eventbench.io import Json, read_text
from eventbench.prompts import wording as w
from eventbench.prompts.article_forms import IncidentForm, LinkForm
from eventbench.prompts.event_forms import EventForm, TriggerForm
from eventbench.prompts.forms import Form
from eventbench.prompts.item_forms import ArgumentForm, AttributeForm, AttributionForm, ValueForm
from eventbench.prompts.parts import NOTHING, Part, Row, whole_articles
from eventbench.tasks.arguments import Arguments
from eventbench.tasks.attributes import Attributes
from eventbench.tasks.attribution import Attribution
from eventbench.tasks.events import Events
from eventbench.tasks.incidents import IncidentClusters
from eventbench.tasks.links import EventLinks
from eventbench.tasks.triggers import Triggers
from eventbench.tasks.values import KINDS, Values

SENTENCES = 20
"""Sentences that one request asks about, unless the caller says otherwise."""

FORMS: dict[str, type[Form]] = {
    Triggers.name: TriggerForm,
    Arguments.name: ArgumentForm,
    Attributes.name: AttributeForm,
    Attribution.name: AttributionForm,
    EventLinks.name: LinkForm,
    Values.name: ValueForm,
    IncidentClusters.name: IncidentForm,
    Events.name: EventForm,
}
"""The form of answers by the name of the task."""

PROMPTED = tuple(FORMS)
"""The tasks that prompts cover."""


def read_template(path: str | Path) -> str:
    """Read your own instructions, for `Prompt.template`.

    Raises:
        EventbenchError: if the file cannot be read, is not UTF-8 or is empty.
    """
    text = read_text(Path(path)).replace("\r\n", "\n")
    if not text.strip():
        raise EventbenchError(f"{path}: is empty, expected instructions")
    return text


@dataclass(frozen=True)
class Prompt:
    """What a language model is told and asked about rows of a task.

    Attributes:
        scheme: the types, roles, attributes and links to describe.
        task: name of the task.
        places: the places that values may name, by id, if the corpus lists them.
        template: text of the system message, in which ``$task``, ``$form``, ``$rules`` and
            ``$scheme`` are filled in; the template of eventbench if None.
    """

    scheme: Scheme
    task: str
    places: Mapping[str, Named] = field(default_factory=dict)
    template: str | None = None

    @cached_property
    def form(self) -> Form:
        """The form of the answers.

        Raises:
            EventbenchError: if prompts do not cover the task.
        """
        if self.task not in FORMS:
            raise EventbenchError(f"no prompt for {self.task!r}: expected {', '.join(FORMS)}")
        return FORMS[self.task](self.scheme, self.places)

    def schema(self) -> Json:
        """The JSON Schema of an answer, in the subset that strict servers accept."""
        return self.form.schema()

    def system(self) -> str:
        """The text of the system message."""
        texts, form = w.texts(), self.form
        filled = {
            "task": texts["tasks"][self.task],
            "form": json.dumps(form.example(), ensure_ascii=False),
            "rules": w.fitted(w.rules(*form.rules), self.scheme),
            "scheme": form.scheme_text(),
        }
        ours = w.fitted(texts["template"], self.scheme)
        template = ours if self.template is None else self.template
        return Template(template).safe_substitute(filled).strip()

    def parts(self, rows: Iterable[Row], sentences: int = SENTENCES) -> list[Part]:
        """Split rows into what single requests ask about.

        Args:
            rows: rows of the task, or its inputs, as a dataset or as dictionaries.
            sentences: sentences in a part; 0: whole articles.
        """
        whole = whole_articles(rows, self.scheme.event_types, KINDS, self.form.gives)
        found = [part for article in whole for part in article.split(sentences)]
        return [part for part in found if part.items or self.form.gives == NOTHING]

    def messages(self, part: Part, examples: Sequence[Json] = ()) -> list[Json]:
        """The conversation that asks about a part, as chat APIs take it.

        Args:
            part: one of `parts`.
            examples: earlier turns, such as those of `example`.
        """
        system = {"role": "system", "content": self.system()}
        return [system, *examples, {"role": "user", "content": part.text()}]

    def example(self, part: Part, rows: Sequence[Row]) -> list[Json]:
        """The turns that ask about a part and answer as the gold of its rows does.

        Args:
            part: one of `parts` of these rows.
            rows: the rows, with labels as strings (`Task.rows`).
        """
        answer = json.dumps(self.form.right(part, rows), ensure_ascii=False)
        return [
            {"role": "user", "content": part.text()},
            {"role": "assistant", "content": answer},
        ]
