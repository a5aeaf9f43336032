"""Builds the API reference from the docstrings of the public names: ``python docs/api.py DIR``."""

from __future__ import annotations

import sys
from pathlib import Path

import pdoc

import eventbench


def build(out: Path) -> None:
    """Write the reference as HTML pages.

    Args:
        out: the directory to write to.
    """
    # pdoc finds names in the module's dictionary; ours are imported on first use.
    for name in eventbench.__all__:
        setattr(eventbench, name, getattr(eventbench, name))
    pdoc.render.configure(docformat="google", show_source=False)
    pdoc.pdoc(
        "eventbench",
        "!eventbench[.]",
        "eventbench.claims",
        "!eventbench.claims[.]",
        "eventbench.prompts",
        "!eventbench.prompts[.]",
        output_directory=out,
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]))
