"""Writes the output of commands into the documents that show it.

A document marks such a block with a comment that names the command::

    <!-- output of: eventbench stats -->
    ```text
    ...
    ```

or, where the command prints Markdown::

    <!-- markdown of: eventbench leaderboard show -->
    ...
    <!-- end -->

Run it from the top of the checkout; `--check` changes nothing and exits 1 if a
document is not what it would be. A test runs that.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path

from eventbench.cli.main import main

DOCUMENTS = ("README.md", "CARD.md", "annotations/GUIDELINES.md")
MARKDOWN = re.compile(
    r"(<!-- markdown of: eventbench ([^\n]*) -->\n)(.*?)(<!-- end -->\n)", re.DOTALL
)
BLOCK = re.compile(r"(<!-- output of: eventbench ([^\n]*) -->\n```text\n)(.*?)(```\n)", re.DOTALL)


def output_of(arguments: str) -> str:
    """What a command prints, without spaces at the ends of lines."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = main(shlex.split(arguments))
    if code:
        raise SystemExit(f"eventbench {arguments}: exit code {code}")
    lines = (line.rstrip() for line in printed.getvalue().strip().split("\n"))
    return "\n".join(lines) + "\n"


def refreshed(text: str) -> str:
    """The document with each marked block as its command prints it now."""
    text = BLOCK.sub(lambda block: block[1] + output_of(block[2]) + block[4], text)
    return MARKDOWN.sub(lambda block: f"{block[1]}\n{output_of(block[2])}\n{block[4]}", text)


if __name__ == "__main__":
    stale = []
    for document in map(Path, DOCUMENTS):
        before = document.read_text(encoding="utf-8")
        after = refreshed(before)
        if after != before:
            stale.append(str(document))
            if "--check" not in sys.argv:
                document.write_text(after, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"run `make docs`: not what the commands print: {', '.join(stale)}")
