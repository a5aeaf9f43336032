"""Update the parts of the documents that are generated.

A document marks the output of a command with a comment that names it::

    <!-- output of: eventbench data stats -->
    ```text
    ...
    ```

or, where the command prints Markdown::

    <!-- markdown of: eventbench leaderboard show --format markdown -->
    ...
    <!-- end -->

The list of public names, made from their docstrings, is between::

    <!-- public names -->
    ...
    <!-- end -->

A notebook is executed, and keeps what its cells output.

Run it from the top of the checkout. ``--check`` changes nothing and exits 1 if a
document is out of date; a test runs it.
"""

from __future__ import annotations

import inspect
import io
import os
import re
import shlex
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import eventbench
from eventbench.cli.main import main

DOCUMENTS = (
    "README.md", "CARD.md", "annotations/GUIDELINES.md", "docs/api.md", "docs/questions.md",
    "docs/from-folder-to-page.md", "docs/paper.md",
    "corpora/aleppo-1/CARD.md", "corpora/practice/CARD.md", "corpora/transfer/CARD.md",
)  # fmt: skip
NOTEBOOKS = ("docs/five-minutes.ipynb",)
MARKDOWN = re.compile(
    r"(<!-- markdown of: eventbench ([^\n]*) -->\n)(.*?)(<!-- end -->\n)", re.DOTALL
)
BLOCK = re.compile(r"(<!-- output of: eventbench ([^\n]*) -->\n```text\n)(.*?)(```\n)", re.DOTALL)


NAMES = re.compile(r"(<!-- public names -->\n)(.*?)(<!-- end -->\n)", re.DOTALL)


def output_of(arguments: str) -> str:
    """Run a command and return what it prints, without trailing spaces."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = main(shlex.split(arguments))
    if code:
        raise SystemExit(f"eventbench {arguments}: exit code {code}")
    lines = (line.rstrip() for line in printed.getvalue().strip().split("\n"))
    return "\n".join(lines) + "\n"


def public_names() -> str:
    """Return a table of the public names for each kind, with their summaries."""
    tables: dict[str, list[str]] = {"function": [], "class": [], "value": [], "package": []}
    for name in eventbench.__all__:
        found = getattr(eventbench, name)
        kind = "class" if inspect.isclass(found) else "function" if callable(found) else "value"
        kind = "package" if inspect.ismodule(found) else kind
        tables[kind].append(f"| `{name}` | {summary(name)} |\n")
    return "\n".join(
        f"| {kind} | |\n|---|---|\n{''.join(rows)}" for kind, rows in tables.items() if rows
    )


def summary(name: str) -> str:
    """Return the first paragraph of a public name's docstring on one line."""
    doc = inspect.getdoc(getattr(eventbench, name)) or ""
    if name == "TASKS":  # the docstring of a value is in the source only
        source = inspect.getsource(eventbench)
        doc = source.partition(f"\n{name}: ")[2].split('"""')[1]
    return " ".join(doc.partition("\n\n")[0].split()).replace("``", "`")


def refreshed(text: str) -> str:
    """Return a document with all marked parts up to date."""
    text = NAMES.sub(lambda block: f"{block[1]}\n{public_names()}\n{block[3]}", text)
    text = BLOCK.sub(lambda block: block[1] + output_of(block[2]) + block[4], text)
    return MARKDOWN.sub(lambda block: f"{block[1]}\n{output_of(block[2])}\n{block[4]}", text)


def executed(text: str) -> str:
    """Return a notebook with the output of its cells."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.reads(text, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        # Neither notes of past sessions nor a word on widgets that a browser would show.
        environment = os.environ | {"IPYTHONDIR": folder, "PYTHONWARNINGS": "ignore:IProgress"}
        client = NotebookClient(
            notebook,
            record_timing=False,
            resources={"metadata": {"path": folder}},
            extra_arguments=["--log-level=ERROR"],
        )
        client.execute(env=environment)
    notebook.metadata.language_info = {"name": "python"}  # without the version of Python
    return nbformat.writes(notebook) + "\n"


if __name__ == "__main__":
    stale = []
    for document in map(Path, DOCUMENTS + NOTEBOOKS):
        before = document.read_text(encoding="utf-8")
        after = executed(before) if str(document) in NOTEBOOKS else refreshed(before)
        if after != before:
            stale.append(str(document))
            if "--check" not in sys.argv:
                document.write_text(after, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"run `make docs`: not what the commands print: {', '.join(stale)}")
