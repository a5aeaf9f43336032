"""Prompts for language models: the messages that ask about rows of a task, and a reader of answers.

    prompt = eb.prompts.Prompt(corpus.scheme, "triggers")
    rows = eb.load("triggers", fold=0)["test"]
    reader = eb.prompts.Reader(prompt, rows)
    for part in prompt.parts(rows):
        reader.read(ask(prompt.messages(part)), part)   # ask: your model
    reader.answers()                                    # one per row, as a system predicts them

The model never counts characters. It names a sentence and quotes words; quotes are looked up in
the sentence's tokens. Quotes that do not occur there, and names outside the scheme, are dropped
and counted.
"""

from __future__ import annotations

from eventbench.prompts.examples import choose_examples
from eventbench.prompts.parts import Part
from eventbench.prompts.prompt import PROMPTED, Prompt, read_template
from eventbench.prompts.questions import Question, Questions
from eventbench.prompts.reader import Reader, complaint, parse_answer

__all__ = [
    "PROMPTED",
    "Part",
    "Prompt",
    "Question",
    "Questions",
    "Reader",
    "choose_examples",
    "complaint",
    "parse_answer",
    "read_template",
]
