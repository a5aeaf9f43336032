"""The description of an entry by its authors, ``entry.toml``, read without trust."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from eventbench.corpus.info import FIXED, LEAVE_ONE_OUT
from eventbench.corpus.info import ID as CORPUS_ID
from eventbench.errors import EventbenchError
from eventbench.io import decode, parse_toml, short
from eventbench.leaderboard.files import (
    LONGEST_SLUG,
    SLUG_IN_WORDS,
    is_slug,
    read_bounded,
)

INFO_FILE = "entry.toml"
MOST_BYTES = 1 << 14

SYSTEM, CEILING = "system", "ceiling"
KINDS = (SYSTEM, CEILING)
NO_TRAINING = "no training"
PROTOCOLS = (LEAVE_ONE_OUT, FIXED, NO_TRAINING)
ANSWERS = ("no", "yes", "unknown")
MOST_CORPORA = 10
"""Corpora that an entry may have learned from beside its own."""

_TEXTS = {
    "system": LONGEST_SLUG,
    "revision": LONGEST_SLUG,
    "name": 60,
    "url": 300,
    "licence": 60,
    "description": 1000,
    "training_data": 500,
    "encoder": 100,
    "hardware": 200,
    "cost": 200,
    "explanation": 500,
}
"""The texts of ``entry.toml`` and how many characters each may have."""
_CHOICES = {
    "protocol": PROTOCOLS,
    "canary_seen": ANSWERS,
    "articles_seen": ANSWERS,
    "kind": KINDS,
}
_ALIKE = {"ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "FULLWIDTH", "GREEK", "MATHEMATICAL"}
"""First words of the Unicode names of letters that look like Latin ones."""
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#@!$&+,;=%-]*)?")


@dataclass(frozen=True)
class Info:
    """The description of an entry by its authors, from ``entry.toml``.

    Attributes:
        system: name of the system's folder.
        revision: name of the entry's folder.
        name: the system's name, to be shown.
        authors: who made it.
        licence: of the system.
        description: what it does; may have several lines.
        training_data: what it was trained on beyond the articles of the fold and of
            ``also_train``.
        encoder: the pre-trained model, or "none".
        parameters: of all models together; None if unknown.
        protocol: one of `PROTOCOLS`.
        hardware: it ran on.
        cost: in time or money.
        canary_seen: whether the canary may have been in pre-training, one of `ANSWERS`.
        articles_seen: whether the articles may have been in pre-training.
        url: address with more about it, http or https; may be left out.
        kind: "system", or "ceiling" for annotators, who are shown apart and not ranked.
        deterministic: True if the seed has no effect, so that one seed is enough.
        explanation: why scores that look like leakage are honest; empty for most entries.
        also_train: ids of the corpora that it learned from beside the articles of the fold.
    """

    system: str
    revision: str
    name: str
    authors: tuple[str, ...]
    licence: str
    description: str
    training_data: str
    encoder: str
    parameters: int | None
    protocol: str
    hardware: str
    cost: str
    canary_seen: str
    articles_seen: str
    url: str = ""
    kind: str = SYSTEM
    deterministic: bool = False
    explanation: str = ""
    also_train: tuple[str, ...] = ()


_OPTIONAL = ("url", "kind", "deterministic", "explanation", "also_train")


def read_info(path: Path, content: bytes | None = None) -> Info:
    """Read an ``entry.toml``.

    Args:
        path: the file.
        content: its bytes, if they were read already.

    Raises:
        EventbenchError: naming file and line, if it is not TOML with exactly the keys of
            `Info`, each of its kind and length, in printable characters.
    """
    content = read_bounded(path, MOST_BYTES) if content is None else content
    text = decode(path, content)
    values = parse_toml(path, text)
    table = _Table(path, text, values)
    table.check_keys()
    for name in _TEXTS:
        if name in values:
            table.check_text(name, values[name], _TEXTS[name], lines=name == "description")
    for name in ("system", "revision"):
        if not is_slug(values[name]):
            table.refuse(name, f"expected a name {SLUG_IN_WORDS}")
    for word in re.findall(r"\w+", values["name"]):
        alphabets = {unicodedata.name(c, "").partition(" ")[0] for c in word if c.isalpha()}
        if "LATIN" in alphabets and alphabets & _ALIKE:
            table.refuse("name", f"expected words of one alphabet, found {word!a}")
    if "url" in values and not _URL.fullmatch(values["url"]):
        table.refuse("url", "expected an http or https address without user or password")
    for name, choices in _CHOICES.items():
        if name in values and values[name] not in choices:
            table.refuse(name, f"expected {' or '.join(map(repr, choices))}")
    authors = values["authors"]
    if not (isinstance(authors, list) and 1 <= len(authors) <= 20):
        table.refuse("authors", "expected a list of 1 to 20 names")
    for author in authors:
        table.check_text("authors", author, 100)
    parameters = values["parameters"]
    if parameters != "unknown" and not (type(parameters) is int and 0 <= parameters < 1 << 63):
        table.refuse("parameters", "expected their number, or 'unknown'")
    if type(values.get("deterministic", False)) is not bool:
        table.refuse("deterministic", "expected true or false")
    also_train = values.get("also_train", [])
    if not isinstance(also_train, list) or not all(map(_is_corpus, also_train)):
        table.refuse("also_train", "expected a list of ids of corpora")
    if len(set(also_train)) < len(also_train) or len(also_train) > MOST_CORPORA:
        table.refuse("also_train", f"expected at most {MOST_CORPORA} corpora, each once")
    if also_train and values["protocol"] == NO_TRAINING:
        table.refuse("also_train", f"expected [] with the protocol {NO_TRAINING!r}")
    texts = {key: value.strip() for key, value in values.items() if isinstance(value, str)}
    names = tuple(author.strip() for author in authors)
    known = None if parameters == "unknown" else parameters
    lists = {"authors": names, "also_train": tuple(also_train)}
    return Info(**{**values, **texts, **lists, "parameters": known})


def _is_corpus(name: object) -> bool:
    return isinstance(name, str) and bool(CORPUS_ID.fullmatch(name)) and is_slug(name)


@dataclass(frozen=True)
class _Table:
    """The keys of a TOML file, with its text to find their lines."""

    path: Path
    text: str
    values: dict[str, Any]

    def refuse(self, key: str, expected: str) -> NoReturn:
        found = f"{key} is {short(self.values[key])}" if key in self.values else f"has no {key}"
        raise EventbenchError(f"{self._place(key)}: {found}, {expected}")

    def _place(self, key: str) -> str:
        pattern = re.compile(rf"\s*[\"'\[]*{re.escape(key)}\s*[\"'\]=.]")
        lines = enumerate(self.text.split("\n"), 1)
        number = next((n for n, line in lines if pattern.match(line)), None)
        return f"{self.path}:{number}" if number else str(self.path)

    def check_keys(self) -> None:
        known = list(Info.__dataclass_fields__)
        for key in self.values:
            if key not in known:
                expected = ", ".join(known)
                raise EventbenchError(
                    f"{self._place(key)}: unknown key {short(key)}, expected {expected}"
                )
        for key in known:
            if key not in self.values and key not in _OPTIONAL:
                self.refuse(key, f"expected it (keys are {', '.join(known)})")

    def check_text(self, key: str, value: Any, longest: int, *, lines: bool = False) -> None:
        shortest = 0 if key in _OPTIONAL else 1
        if not isinstance(value, str) or not shortest <= len(value.strip()) <= longest:
            self.refuse(key, f"expected a text of {shortest} to {longest} characters")
        strange = [c for c in value if not (c.isprintable() or (lines and c == "\n"))]
        if strange:
            self.refuse(key, f"expected printable characters, found {strange[0]!a}")
        if not unicodedata.is_normalized("NFC", value):
            self.refuse(key, "expected composed characters (Unicode NFC)")
