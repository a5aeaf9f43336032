"""Contents of ``corpus.toml``: names, licences, protocol, parties."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eventbench.corpus.records import Fields
from eventbench.errors import EventbenchError, located
from eventbench.io import is_reserved, read_toml, short

LEAVE_ONE_OUT, FIXED = "leave-one-document-out", "fixed-splits"
SPLITS = ("train", "validation", "test")
ALL = "all"
"""Stands for all articles of the corpus in a fixed split."""

_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")

ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Protocol:
    """How systems are trained and tested on a corpus.

    Attributes:
        kind: leave-one-document-out (fold k tests on article k) or fixed-splits (one fold).
        standard_fold: the fold of configurations without a fold number.
        splits: ids of the articles by split, for fixed splits; None stands for all articles.
            Splits may be empty: a corpus without test articles is only learned from, and
            one without training articles is only a test.
    """

    kind: str
    standard_fold: int = 0
    splits: tuple[tuple[str, tuple[str, ...] | None], ...] = ()

    def has_folds(self, articles: Sequence[str]) -> bool:
        """Return True if there are enough articles for the splits of a fold."""
        return self.kind == FIXED or len(articles) >= 3

    def folds(self, articles: Sequence[str]) -> list[dict[str, tuple[str, ...]]]:
        """The ids of the articles by split, for each fold.

        With leave-one-document-out, "test" is article k, "validation" the next one (the
        first follows the last), and "train" the others.

        Raises:
            EventbenchError: if there are too few articles for three splits, or fixed splits
                have an unknown one.
        """
        if self.kind == FIXED:
            fold = {}
            for split, named in self.splits:
                fold[split] = tuple(articles) if named is None else named
                for article in fold[split]:
                    if article not in articles:
                        expected = ", ".join(articles)
                        message = f"{split} has {article!r}, expected one of {expected}"
                        raise EventbenchError(f"protocol: {message}")
            return [fold]
        if not self.has_folds(articles):
            raise EventbenchError(
                f"{LEAVE_ONE_OUT} needs three articles or more, to train, validate and test on, "
                f'found {len(articles)}: add articles or choose kind = "{FIXED}"; '
                "agreement, and fit on all articles, work without"
            )
        result = []
        for k, test in enumerate(articles):
            validation = articles[(k + 1) % len(articles)]
            train = tuple(i for i in articles if i not in (test, validation))
            result.append({"train": train, "validation": (validation,), "test": (test,)})
        return result


@dataclass(frozen=True)
class Party:
    """A party to the reported conflicts, named by values of span attributes."""

    id: str
    name: str


@dataclass(frozen=True)
class CorpusInfo:
    """Contents of ``corpus.toml``.

    Attributes:
        id: identifies the corpus in files, runs and on the board.
        name: display name.
        description: one sentence for the card, Croissant and the Hub.
        language: a BCP 47 tag ("en").
        licence: licence of the annotations, an SPDX identifier.
        licence_url: URL of the licence text.
        text_licence: licence of the articles' texts; empty if they may not be published.
        citation: how to cite the corpus.
        canary: a line with a UUID by which copies of the corpus are found in training data;
            empty if it has none.
        protocol: how systems are trained and tested.
        parties: the parties to the conflicts.
        guidelines: id of the bundled corpus whose guidelines were followed; empty if the corpus
            has its own.
        independent_guidelines: the annotation guidelines must not quote the articles, so
            that they are no help with the very words that systems are tested on.
        original_text: no article may repeat sentences or runs of words of another article, of
            this or another bundled corpus.
        minimum: how often a type or value is to occur at least, by the name that
            `eventbench.dataset.coverage` gives it.
    """

    id: str
    name: str
    description: str
    language: str
    licence: str
    licence_url: str
    text_licence: str
    citation: str
    protocol: Protocol
    parties: tuple[Party, ...] = ()
    canary: str = ""
    guidelines: str = ""
    independent_guidelines: bool = False
    original_text: bool = False
    minimum: Mapping[str, int] = field(default_factory=dict)

    @property
    def credit(self) -> str:
        """Name, licences, citation and canary in a line, for pages; empty without a licence."""
        if not self.licence:
            return ""
        texts = f", texts under {self.text_licence}" if self.text_licence else ""
        licences = f"annotations under {self.licence}{texts}"
        return " ".join(
            filter(None, [f"{self.name}: {licences}. Cite as: {self.citation}.", self.canary])
        )


_TEXTS = ("name", "description", "language", "licence", "licence_url", "citation")


def read_info(path: Path) -> CorpusInfo:
    """Read a ``corpus.toml``.

    Raises:
        EventbenchError: naming the file, if it cannot be read, lacks a key, or has an
            unknown one.
    """
    if not path.is_file():
        raise EventbenchError(f"{path}: missing (it describes the corpus)")
    values = read_toml(path)
    with located(str(path)):
        known = (
            *("id", *_TEXTS, "text_licence", "canary", "protocol", "party"),
            *("guidelines", "independent_guidelines", "original_text", "minimum"),
        )
        _check_keys(values, known)
        fields = Fields(values)
        identifier = fields.get("id", str)
        if not ID.fullmatch(identifier) or len(identifier) > 40 or is_reserved(identifier):
            fields.refuse(f"id is {identifier!r}, expected a-z, 0-9 and single -, at most 40")
        texts = {name: _text(fields, name) for name in _TEXTS}
        text_licence = fields.get("text_licence", str) if fields.given("text_licence") else ""
        return CorpusInfo(
            id=identifier,
            **texts,
            text_licence=text_licence,
            protocol=_read_protocol(fields.part("protocol")),
            parties=tuple(_read_parties(fields)) if "party" in values else (),
            canary=_read_canary(fields) if "canary" in values else "",
            guidelines=_text(fields, "guidelines") if "guidelines" in values else "",
            independent_guidelines=_flag(fields, "independent_guidelines"),
            original_text=_flag(fields, "original_text"),
            minimum=_read_minimum(fields.part("minimum")) if "minimum" in values else {},
        )


def _flag(fields: Fields, name: str) -> bool:
    return fields.given(name) and fields.get(name, bool)


def _read_minimum(fields: Fields) -> dict[str, int]:
    found = {name: fields.get(name, int) for name in fields.values}
    for name, number in found.items():
        if number < 1:
            fields.refuse(f"{name} is {number}, expected 1 or more")
    return found


def _read_canary(fields: Fields) -> str:
    canary = _text(fields, "canary")
    if not _UUID.search(canary) or not canary.isprintable():
        fields.refuse(f"canary is {short(canary)}, expected one line with a UUID")
    return canary


def _read_parties(fields: Fields) -> Iterator[Party]:
    seen: set[str] = set()
    for part in fields.parts("party"):
        _check_keys(dict(part.values), ("id", "name"), f"{part.path}: ")
        party = Party(_text(part, "id"), _text(part, "name"))
        if party.id in seen:
            part.refuse(f"id {party.id!r} is another party's too")
        seen.add(party.id)
        yield party


def _check_keys(values: dict[str, Any], known: Sequence[str], path: str = "") -> None:
    for key in values:
        if key not in known:
            raise EventbenchError(f"{path}unknown key {key!r}, expected {', '.join(known)}")


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, str).strip()
    if not value:
        fields.refuse(f"{name} is empty, expected a text")
    return value


def _read_protocol(fields: Fields) -> Protocol:
    kind = fields.choice("kind", (LEAVE_ONE_OUT, FIXED))
    if kind == LEAVE_ONE_OUT:
        _check_keys(dict(fields.values), ("kind", "standard_fold"), f"{fields.path}: ")
        fold = fields.get("standard_fold", int) if fields.given("standard_fold") else 0
        if fold < 0:
            fields.refuse(f"standard_fold is {fold}, expected 0 or more")
        return Protocol(kind, fold)
    _check_keys(dict(fields.values), ("kind", *SPLITS), f"{fields.path}: ")
    if ALL in fields.values.values():
        return Protocol(kind, 0, tuple(_read_whole(fields)))
    splits: list[tuple[str, tuple[str, ...]]] = []
    seen: dict[str, str] = {}
    for split in SPLITS:
        articles = fields.values.get(split, [])
        if not isinstance(articles, list):
            fields.refuse(f'{split} is {short(articles)}, expected a list or "{ALL}"')
        for article in articles:
            if not isinstance(article, str) or article in seen:
                fields.refuse(f"{split} has {article!r}, expected each article in one split")
            seen[article] = split
        splits.append((split, tuple(articles)))
    if not seen:
        fields.refuse(f"all splits are empty, expected articles in {' or '.join(SPLITS)}")
    return Protocol(kind, 0, tuple(splits))


def _read_whole(fields: Fields) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Read splits of which one is "all", so that the others have to be empty."""
    whole = next(split for split in SPLITS if fields.values.get(split) == ALL)
    for split in SPLITS:
        if split != whole and fields.values.get(split, []) != []:
            found = short(fields.values[split])
            fields.refuse(f"{split} is {found}, expected [] as {whole} has all articles")
        yield split, None if split == whole else ()
