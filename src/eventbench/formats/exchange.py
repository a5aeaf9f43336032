"""Takes the annotations to other tools' formats, and new articles in from brat.

A format that has no place for something leaves it out; only ``brat`` and
``jsonl`` hold all that the gold says. What a format cannot hold truly, such as
a trigger that is not made of whole tokens, is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from eventbench.corpus import standoff, tokens
from eventbench.corpus.loading import (
    GOLD,
    Corpus,
    Source,
    default_data_dir,
    read_corpus_scheme,
    read_sources,
    read_text,
)
from eventbench.corpus.model import Document, EventbenchError, Sentence, Span
from eventbench.corpus.scheme import Scheme
from eventbench.dataset.building import rows
from eventbench.io import made_whole, write_whole

Json = dict[str, Any]


# Exports


def export(corpus: Corpus, format: str, out: Path, *, data_dir: Path | None = None) -> None:
    """Write the articles and their annotations in another tool's format.

    What is written appears whole or not at all. ``brat`` makes a directory,
    every other format a file, which replaces an earlier one.

    Args:
        corpus: the articles with the annotations to write.
        format: one of `FORMATS`.
        out: the file or the directory to make.
        data_dir: where ``brat`` takes its configuration from; ours if None.

    Raises:
        EventbenchError: if there is no such format; if the format cannot hold
            an annotation; if ``out`` cannot be written or is, for ``brat``,
            something other than an empty directory; if ``spacy`` is asked for
            and spaCy is not installed.
    """
    if format not in _WRITERS:
        raise EventbenchError(f"no format {format!r}: expected {' or '.join(FORMATS)}")
    _WRITERS[format](corpus, out, default_data_dir() if data_dir is None else data_dir)


def _write_brat(corpus: Corpus, out: Path, data_dir: Path) -> None:
    """A directory that brat opens: texts as they are stored, annotations, configuration."""
    annotations = data_dir / "annotations"
    try:
        if out.exists() and not (out.is_dir() and not any(out.iterdir())):
            raise EventbenchError(f"{out}: exists and is not an empty directory; choose another")
        configuration = {"annotation.conf": (annotations / "annotation.conf").read_bytes()}
        if (annotations / "visual.conf").is_file():  # brat draws without it, only less well
            configuration["visual.conf"] = (annotations / "visual.conf").read_bytes()
    except OSError as error:
        raise EventbenchError(f"{error.filename}: {error.strerror}") from None
    with made_whole(out) as new:
        new.mkdir()
        for name, content in configuration.items():
            (new / name).write_bytes(content)
        for document in corpus.documents:
            ann = standoff.write(document.events, document.links, document.text, corpus.scheme)
            (new / f"{document.stem}.txt").write_bytes(document.text.encode())
            (new / f"{document.stem}.ann").write_bytes(ann.encode())


def _write_conll(corpus: Corpus, out: Path, data_dir: Path) -> None:
    """One token a line with its IOB2 trigger tag, in the manner of CoNLL-2003."""
    parts = []
    for document in corpus.documents:
        parts.append("-DOCSTART-\tO\n")
        for sentence, tags in _tagged_sentences(document):
            words = (token.text_in(document.text) for token in sentence.tokens)
            parts.append("".join(f"{w}\t{tag}\n" for w, tag in zip(words, tags, strict=True)))
    write_whole(out, "\n".join(parts))


def _write_jsonl(corpus: Corpus, out: Path, data_dir: Path) -> None:
    """One article a line, the rows of the task "events"; offsets are code points of ``text``."""
    write_whole(out, _json_lines(rows(corpus, "events", with_seen=False)))


def _write_oneie(corpus: Corpus, out: Path, data_dir: Path) -> None:
    """One sentence a line, with the names that OneIE, DEGREE and TextEE read.

    - Every ``start`` and ``end`` counts tokens of the sentence, half-open; every
      ``text`` is the article's, so a no-break space between two tokens stays one.
    - ``event_type`` is "Type:subtype", the habit of ACE ("Type" if an event has no
      subtype): the type is what stands before the colon.
    - ``entity_type`` is the kind of role filler ("Actor"). A span is an entity
      once for each kind. ``mention_type`` is "UNK", OneIE's word for a mention
      that is not told to be a name, a noun or a pronoun: ours are not.
    - OneIE says ``sent_id`` and ``sentence`` for what the others call ``wnd_id``
      and ``text``; both are there.

    Left out: what these tools have no place for (status, attribution with its
    source, dispute, sides, numbers of roles, links), and ``pieces`` and
    ``token_lens``, which depend on an encoder: TextEE makes them itself, the
    preprocessing of OneIE and DEGREE adds them.
    """
    lines = (
        _oneie_sentence(document, sentence, corpus.scheme)
        for document in corpus.documents
        for sentence, _ in _tagged_sentences(document)
    )
    write_whole(out, _json_lines(lines))


def _oneie_sentence(document: Document, sentence: Sentence, scheme: Scheme) -> Json:
    firsts = {token.start: i for i, token in enumerate(sentence.tokens)}
    ends = {token.end: i + 1 for i, token in enumerate(sentence.tokens)}

    def place(span: Span) -> Json:
        written = span.text_in(document.text)
        if span.start not in firsts or span.end not in ends:
            raise EventbenchError(
                f"{document.stem}.ann: {written!r} ({span.start}-{span.end}) is not made of "
                f"whole tokens of sentence {sentence.id}"
            )
        return {"text": written, "start": firsts[span.start], "end": ends[span.end]}

    events = list(document.events_in(sentence))
    fillers = sorted({(a.span, scheme.kind(e.type, a.role)) for e in events for a in e.arguments})
    entities = {
        (span, kind): {
            "id": f"{sentence.id}-E{number}",
            **place(span),
            "entity_type": kind,
            "mention_type": "UNK",
        }
        for number, (span, kind) in enumerate(fillers)
    }
    event_mentions = []
    for number, event in enumerate(events):
        arguments = []
        for argument in event.arguments:
            entity = entities[argument.span, scheme.kind(event.type, argument.role)]
            arguments.append(
                {"entity_id": entity["id"], "role": argument.role, **place(argument.span)}
            )
        event_mentions.append(
            {
                "id": f"{sentence.id}-EV{number}",
                "event_type": ":".join(filter(None, (event.type, event.subtype))),
                "trigger": place(event.trigger),
                "arguments": arguments,
            }
        )
    text = sentence.span.text_in(document.text)
    return {
        "doc_id": document.id,
        "wnd_id": sentence.id,
        "sent_id": sentence.id,
        "lang": "en",
        "text": text,
        "sentence": text,
        "tokens": [token.text_in(document.text) for token in sentence.tokens],
        "entity_mentions": list(entities.values()),
        "relation_mentions": [],
        "event_mentions": event_mentions,
    }


def _write_spacy(corpus: Corpus, out: Path, data_dir: Path) -> None:
    """A ``DocBin``, one ``Doc`` an article, with the triggers as ``ents`` and ``spans["sc"]``.

    "sc" is where spaCy's span categorizer looks if it is told nothing else. A
    ``Doc`` knows only whether a space follows a token, so any gap between two
    tokens is one; where they stand in the article is kept in its ``user_data``:
    ``id``, the article's, and ``token_starts``, in code points of the article.
    """
    try:
        import spacy
    except ModuleNotFoundError:
        raise EventbenchError(
            "the format spacy needs spaCy: pip install 'eventbench[segment]'"
        ) from None
    vocab = spacy.vocab.Vocab()
    packed = spacy.tokens.DocBin(attrs=["ENT_IOB", "ENT_TYPE", "SENT_START"], store_user_data=True)
    for document in corpus.documents:
        places: list[Span] = []
        sentence_starts: list[bool] = []
        triggers: list[tuple[str, int, int]] = []
        for sentence, tags in _tagged_sentences(document):
            before = len(places)
            triggers += [(t, before + i, before + j) for t, i, j in tokens.from_iob2(tags)]
            sentence_starts += [True] + [False] * (len(sentence.tokens) - 1)
            places += sentence.tokens
        starts = [place.start for place in places]
        doc = spacy.tokens.Doc(
            vocab,
            words=[place.text_in(document.text) for place in places],
            spaces=[
                place.end < following
                for place, following in zip(places, [*starts[1:], len(document.text)], strict=True)
            ],
            sent_starts=sentence_starts,
            user_data={"id": document.id, "token_starts": starts},
        )
        doc.set_ents([spacy.tokens.Span(doc, i, j, label) for label, i, j in triggers])
        doc.spans["sc"] = list(doc.ents)
        packed.add(doc)
    with made_whole(out) as new:
        new.write_bytes(packed.to_bytes())


_WRITERS: dict[str, Callable[[Corpus, Path, Path], None]] = {
    "brat": _write_brat,
    "conll": _write_conll,
    "jsonl": _write_jsonl,
    "oneie": _write_oneie,
    "spacy": _write_spacy,
}

FORMATS = tuple(_WRITERS)
"""The formats that `export` writes."""


def _tagged_sentences(document: Document) -> list[tuple[Sentence, list[str]]]:
    """Each sentence with the IOB2 tags of its triggers.

    Raises:
        EventbenchError: if a trigger cannot be held by them.
    """
    left_out = [(e.type, e.trigger) for e in document.events if not document.sentence_of(e.trigger)]
    tagged = []
    for sentence in document.sentences:
        triggers = [(e.type, e.trigger) for e in document.events_in(sentence)]
        tags, unheld = tokens.to_iob2(sentence, triggers)
        tagged.append((sentence, tags))
        left_out += unheld
    if left_out:
        label, span = left_out[0]
        raise EventbenchError(
            f"{document.stem}.ann: trigger {span.text_in(document.text)!r} ({label}, "
            f"{span.start}-{span.end}) overlaps another, lies in no sentence or is not made of "
            "whole tokens"
        )
    return tagged


def _json_lines(records: Iterable[Json]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in records)


# Import


def import_brat(source: Path, data_dir: Path) -> list[str]:
    """Add new articles, annotated in brat, to a data directory.

    Each pair of ``NAME.txt`` and ``NAME.ann`` in ``source`` becomes an article:
    its text byte for byte in ``seeds``, its sentences and tokens, its annotations
    as we write them, and an entry in ``sources.toml``, in the order of the names.
    ``annotations/VERSION`` is left alone.

    A group of same events that brat keeps on a ``*`` line becomes links between
    neighbours in it. The numbers of roles stay as they are.

    Args:
        source: a directory that brat wrote; its other files are not looked at.
        data_dir: the directory to add to; it needs ``annotations/annotation.conf``.

    Returns:
        The ids of the new articles: the three-digit numbers behind the highest
        number among the ids that are there.

    Raises:
        EventbenchError: naming file and, where there is one, line, if there is
            no pair or half of one, if an article is there already, if a text is
            empty, is not UTF-8 or has a byte-order mark or carriage returns, if
            a standoff line is broken, if spaCy is not installed, or if a file
            cannot be read or written. Nothing is added then.
    """
    scheme = read_corpus_scheme(data_dir)
    listing = data_dir / "seeds" / "sources.toml"
    present = read_sources(data_dir) if listing.exists() else []
    record = read_text(listing) if listing.exists() else ""
    numbers = [int(entry.id) for entry in present if entry.id.isdecimal()]
    next_number = max(numbers, default=-1) + 1

    new_files: dict[Path, str] = {}
    ids = []
    for number, (text_path, ann_path) in enumerate(_brat_pairs(source), next_number):
        article = _read_article(text_path, ann_path, f"{number:03d}", scheme)
        _refuse_known(text_path, article, present)
        place = data_dir / "seeds" / text_path.name
        new_files[place] = article.text
        new_files[data_dir / "annotations" / "tokens" / f"{place.stem}.tsv"] = article.segmentation
        new_files[data_dir / GOLD / f"{place.stem}.ann"] = article.ann
        present.append(Source(article.id, place, article.title, article.sha256))
        record += ("\n" if record else "") + _toml_entry(present[-1])
        ids.append(article.id)
    for path in new_files:
        if path.exists():
            raise EventbenchError(f"{path}: exists, though {listing.name} does not name it")

    try:
        # The list comes last: until it names the new articles, nobody reads them.
        for path, content in [*new_files.items(), (listing, record)]:
            write_whole(path, content)
    except BaseException:
        for path in new_files:
            if path.exists():
                path.unlink()
        raise
    return ids


@dataclass(frozen=True)
class _NewArticle:
    """An article as it is to be stored; ``segmentation`` and ``ann`` are files' contents."""

    id: str
    title: str
    sha256: str
    text: str
    segmentation: str
    ann: str


def _brat_pairs(source: Path) -> list[tuple[Path, Path]]:
    """The text and the annotations of each article in a brat directory, by name."""
    try:
        # Names that begin with a dot are what editors and file managers leave behind.
        paths = [path for path in source.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        raise EventbenchError(f"{source}: {error.strerror}") from None
    texts = {path.stem: path for path in paths if path.suffix == ".txt"}
    anns = {path.stem: path for path in paths if path.suffix == ".ann"}
    for stem in sorted(texts.keys() ^ anns.keys()):
        lone, missing = (texts[stem], ".ann") if stem in texts else (anns[stem], ".txt")
        raise EventbenchError(f"{lone}: there is no {stem}{missing} beside it")
    if not texts:
        raise EventbenchError(f"{source}: holds no article: expected pairs of .txt and .ann")
    return [(texts[stem], anns[stem]) for stem in sorted(texts)]


def _read_article(text_path: Path, ann_path: Path, doc_id: str, scheme: Scheme) -> _NewArticle:
    text = read_text(text_path)
    if not text_path.name.isprintable():
        raise EventbenchError(f"{str(text_path)!r}: the name has characters that do not print")
    if text.startswith("\ufeff"):
        raise EventbenchError(
            f"{text_path}:1: begins with a byte-order mark, which tools count or skip as they "
            "like: take it out and annotate anew"
        )
    if "\r" in text:
        line = text.count("\n", 0, text.index("\r")) + 1
        raise EventbenchError(
            f"{text_path}:{line}: has a carriage return: brat shifts offsets at such line ends; "
            "write plain line feeds and annotate anew"
        )
    title = next((line.strip() for line in text.split("\n") if line.strip()), None)
    if title is None:
        raise EventbenchError(f"{text_path}: holds no text")

    ann, origin = _spell_out_groups(read_text(ann_path))
    events, links, problems = standoff.parse(ann, text, scheme, str(ann_path))
    if problems:
        placed = (replace(p, line=origin.get(p.line, p.line)) for p in problems)
        raise EventbenchError(str(min(placed)))
    segmentation = tokens.write_segmentation(tokens.segment(text, doc_id), text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    canonical = standoff.write(events, links, text, scheme)
    return _NewArticle(doc_id, title, sha256, text, segmentation, canonical)


_GROUP = re.compile(r"\*\t(\S+)((?: [TE]\d+){2,})\s*")


def _spell_out_groups(ann: str) -> tuple[str, dict[int, int]]:
    """Put R lines between neighbours for the groups that brat writes on ``*`` lines.

    brat does so with links that annotation.conf calls symmetric-transitive. The
    new lines come last and a group leaves an empty line, so others stay in place.

    Returns:
        The contents of the file, and for each new line the line of its group.
    """
    lines = ann.split("\n")
    number = max(map(int, re.findall(r"^R(\d+)\t", ann, re.MULTILINE)), default=0)
    origin: dict[int, int] = {}
    for index in range(len(lines)):
        group = _GROUP.fullmatch(lines[index])
        if group is None:
            continue
        lines[index] = ""
        members = group[2].split()
        for first, second in pairwise(members):
            number += 1
            lines.append(f"R{number}\t{group[1]} Arg1:{first} Arg2:{second}")
            origin[len(lines)] = index + 1
    return "\n".join(lines), origin


def _refuse_known(path: Path, article: _NewArticle, present: list[Source]) -> None:
    """Refuse an article whose bytes or whose name one of ``present`` has.

    Raises:
        EventbenchError: naming both.
    """
    for entry in present:
        if entry.sha256 == article.sha256:
            raise EventbenchError(f"{path}: is article {entry.id}, {entry.path.name}, already")
        if entry.stem == path.stem:
            raise EventbenchError(f"{path}: article {entry.id} has this name; choose another")


def _toml_entry(entry: Source) -> str:
    def quoted(text: str) -> str:
        # A JSON string is a TOML string, but for the one character that TOML alone escapes.
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")

    return (
        "[[article]]\n"
        f"id = {quoted(entry.id)}\n"
        f"file = {quoted(entry.path.name)}\n"
        f"title = {quoted(entry.title)}\n"
        f"sha256 = {quoted(entry.sha256)}\n"
        'basis.title = "first non-empty line of the article"\n'
        "# Please add what is known: publisher, published, address, language, rights, and under\n"
        "# basis what each of them rests on.\n"
    )
