"""JSON Lines: one article a line with all of its annotations."""

from __future__ import annotations

from pathlib import Path

from eventbench.corpus.loading import Corpus
from eventbench.formats.base import Format
from eventbench.io import json_lines, write_whole
from eventbench.tasks.events import Events


def write(corpus: Corpus, out: Path) -> None:
    """Write the rows of the task "events"; offsets are code points of ``text``.

    Raises:
        EventbenchError: if ``out`` cannot be written.
    """
    write_whole(out, json_lines(Events().rows(corpus.documents, corpus.scheme)))


JSONL = Format("jsonl", "everything, one article a line", write, ".jsonl")
