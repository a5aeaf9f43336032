"""The dataset card, and the configurations in its front matter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from eventbench.corpus.loading import Corpus
from eventbench.errors import EventbenchError
from eventbench.io import Json, read_text

CARD = "CARD.md"
FENCE = "---\n"


def read_card(corpus: Corpus) -> str:
    """Read a corpus's ``CARD.md``, or make a card from ``corpus.toml`` if it is missing.

    The canary of the corpus is added to a card that lacks it.

    Raises:
        EventbenchError: if the card has no front matter, or one with configurations.
    """
    path, canary = corpus.root / CARD, corpus.info.canary
    card = _checked_card(path) if path.is_file() else _default_card(corpus)
    return card if canary in card else f"{card}\n## Canary\n\n`{canary}`\n"


def _checked_card(path: Path) -> str:
    card = read_text(path)
    if not card.startswith(FENCE) or FENCE not in card[len(FENCE) :]:
        raise EventbenchError(f"{path}:1: expected front matter between two lines of ---")
    front = card.split(FENCE, 2)[1]
    if own := re.search(r"^configs:", front, re.MULTILINE):
        line = 2 + front.count("\n", 0, own.start())
        raise EventbenchError(f"{path}:{line}: has configs, which eventbench writes itself")
    return card


def _default_card(corpus: Corpus) -> str:
    info = corpus.info
    front = {"license": info.licence.lower(), "language": [info.language], "pretty_name": info.name}
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in front.items())
    return (
        f"{FENCE}{lines}{FENCE}\n# {info.name}\n\n{info.description}\n\n"
        "The columns are described in eventbench's documentation. Say in a CARD.md where the "
        "articles come from, who annotated them and what others may do with them.\n\n"
        f"Cite as: {info.citation}\n"
    )


def with_configs(card: str, configs: Iterable[Json]) -> str:
    """Add the configurations to the front matter of a card, in the Hub's form.

    Links to files of the checkout are replaced by their text, since the dataset does not
    contain those files.
    """
    _, front, body = card.split(FENCE, 2)
    body = re.sub(r"\[([^\[\]]*)\]\((?!https?:)[^()]*\)", r"\1", body)
    # JSON is valid YAML, without questions of quoting.
    lines = "".join(f"- {json.dumps(config)}\n" for config in configs)
    return f"{FENCE}{front}configs:\n{lines}{FENCE}{body}"


def without_configs(card: str) -> str:
    """Undo `with_configs`."""
    _, front, body = card.split(FENCE, 2)
    own, *_ = re.split(r"^configs:\n", front, maxsplit=1, flags=re.MULTILINE)
    return f"{FENCE}{own}{FENCE}{body}"
