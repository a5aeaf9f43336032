"""The dataset card, and the configurations in its front matter."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from eventbench.corpus.loading import Corpus, available_corpora, read_sources
from eventbench.errors import EventbenchError
from eventbench.io import Json, read_text

CARD = "CARD.md"
FENCE = "---\n"
PLACEHOLDER = "https://example.org/"
"""What the address of the repository begins with until the project is published."""

_LINK = re.compile(r"\[([^\[\]]*)\]\((?!https?:)([^()]*)\)")


def read_card(corpus: Corpus) -> str:
    """Read a corpus's ``CARD.md``, or make a card from ``corpus.toml`` if it is missing.

    The canary of the corpus is added to a card that lacks it, and so is the licence of the
    texts if they may be published. Links of a corpus of ours lead into the repository, if the
    package's metadata have its address.

    Raises:
        EventbenchError: if the card has no front matter, or one with configurations.
    """
    path, canary, licence = corpus.root / CARD, corpus.info.canary, corpus.info.text_licence
    card = _linked(_checked_card(path), corpus) if path.is_file() else _default_card(corpus)
    if licence.lower() not in card.lower():
        card = f"{card}\n## Licence of the texts\n\n{licence}\n"
    return card if canary in card else f"{card}\n## Canary\n\n`{canary}`\n"


def _linked(card: str, corpus: Corpus) -> str:
    """Make links to files absolute, as the addresses of GitHub are."""
    home, *others = available_corpora().values()
    address = _repository()
    if not address or corpus.root not in (home, *others):
        return card
    folder = corpus.root.relative_to(home).as_posix()

    def moved(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[2]))
        return f"[{link[1]}]({address}/blob/main/{target})"

    return _LINK.sub(moved, card)


def _repository() -> str:
    """The address of the repository, which pyproject.toml has; empty for a placeholder."""
    try:
        addresses = metadata("eventbench").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from a checkout that was not installed
        return ""
    named = dict(address.split(", ", 1) for address in addresses)
    found = named.get("Repository", PLACEHOLDER).rstrip("/")
    return "" if f"{found}/".startswith(PLACEHOLDER) else found


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
        f"{FENCE}{lines}{FENCE}\n# {info.name}\n\n{info.description}\n\n{_about_texts(corpus)}"
        "The columns are described in eventbench's documentation. Say in a CARD.md where the "
        "articles come from, who annotated them and what others may do with them.\n\n"
        f"Cite as: {info.citation}\n"
    )


def _about_texts(corpus: Corpus) -> str:
    """A paragraph on the licence of the texts and on invented articles; empty without either."""
    sources = read_sources(corpus.root)
    invented = sum(source.invented for source in sources)
    licence, found = corpus.info.text_licence, []
    if licence:
        found.append(f"The annotations are under {corpus.info.licence}, the texts under {licence}.")
    if invented:
        number = "All" if invented == len(sources) else f"{invented} of {len(sources)}"
        found.append(f"{number} articles are invented: they report nothing that happened.")
    return f"{' '.join(found)}\n\n" if found else ""


def with_configs(card: str, configs: Iterable[Json]) -> str:
    """Add the configurations to the front matter of a card, in the Hub's form.

    Relative links are replaced by their text, since the dataset does not contain those files.
    """
    _, front, body = card.split(FENCE, 2)
    body = _LINK.sub(r"\1", body)
    # JSON is valid YAML, without questions of quoting.
    lines = "".join(f"- {json.dumps(config)}\n" for config in configs)
    return f"{FENCE}{front}configs:\n{lines}{FENCE}{body}"


def without_configs(card: str) -> str:
    """Undo `with_configs`."""
    _, front, body = card.split(FENCE, 2)
    own, *_ = re.split(r"^configs:\n", front, maxsplit=1, flags=re.MULTILINE)
    return f"{FENCE}{own}{FENCE}{body}"
