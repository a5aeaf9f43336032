"""CAS: UIMA's form of annotated articles, which INCEpTION, WebAnno and DKPro read and write.

Each article is an ``.xmi`` file. Its annotations are of three types, each a layer in INCEpTION:

``webanno.custom.Event``
    a trigger, with the type as ``label``, its attributes, a note, and the role fillers as
    ``arguments``, each with its role.
``webanno.custom.Entity``
    a role filler, with its kind as ``label``, and its attributes.
``webanno.custom.Link``
    a relation between two events, with the link's name as ``label``.

Attributes have their names in ``annotation.conf``; those that INCEpTION does not allow end in "_".
"""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document, Span
from eventbench.corpus.scheme import YES, Attribute, Scheme
from eventbench.errors import EventbenchError, located
from eventbench.formats.base import Annotated, Format, Returned, check_article, check_free
from eventbench.formats.cas_layers import (
    ARGUMENT,
    ENTITY,
    EVENT,
    LINK,
    METADATA,
    SENTENCE,
    SOURCE,
    TARGET,
    TOKEN,
    feature_name,
    flags_of,
    layers,
    type_system,
)
from eventbench.formats.regions import (
    Region,
    Relation,
    events_of,
    regions_of,
)
from eventbench.io import atomic_output, parse_json_object, read_bytes, reading, short
from eventbench.text import plural

if TYPE_CHECKING:
    from cassis import Cas, TypeSystem

TYPES, LAYERS = "TypeSystem.xml", "layers.json"
_TYPES = TYPES.casefold()

_NO_CASSIS = "CAS needs dkpro-cassis: pip install 'eventbench[cas]'"

_NO_ANNOTATOR = "INITIAL_CAS"
"""The annotator of an article that nobody has annotated, in INCEpTION's exports."""

_ENDINGS = (".xmi", ".json", ".zip")
_STRUCTURES = "%FEATURE_STRUCTURES"

_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML 1.0 does not allow."""


def _check_installed() -> None:
    if find_spec("cassis") is None:
        raise EventbenchError(_NO_CASSIS)


# Writing


def check(texts: Mapping[str, str]) -> None:
    """Check that texts, given by the ids of their articles, can be written.

    Raises:
        EventbenchError: if dkpro-cassis is not installed, or a text has a character that XML
            cannot hold.
    """
    _check_installed()
    for identifier, text in texts.items():
        with located(f"article {identifier}"):
            _check_fits_xml(text)


def write(corpus: Corpus, out: Path) -> None:
    """Write each article as ``STEM.xmi``, with ``TypeSystem.xml`` and INCEpTION's layers.

    Raises:
        EventbenchError: if dkpro-cassis is not installed; if ``out`` is anything but an empty or
            absent directory; if a text or a note has a character that XML cannot hold; or if a file
            cannot be read or written.
    """
    check({document.id: document.text for document in corpus.documents})
    check_free(out)
    types = type_system(corpus.scheme)
    files = {TYPES: types.to_xml() or "", LAYERS: layers(corpus.scheme)}
    for document in corpus.documents:
        with located(f"article {document.id}"):
            files[f"{document.stem}.xmi"] = _xmi(document, corpus, types)
    with atomic_output(out) as new:
        new.mkdir()
        for name, content in files.items():
            (new / name).write_text(content, encoding="utf-8", newline="")


def _xmi(document: Document, corpus: Corpus, types: TypeSystem) -> str:
    from cassis import Cas

    text = document.text
    cas = Cas(types)
    cas.sofa_string, cas.sofa_mime = text, "text/plain"

    def add(name: str, span: Span, **features: Any) -> Any:
        for feature, value in features.items():
            if isinstance(value, str):
                with located(f"{_called(name, span, text)}: {feature}"):
                    _check_fits_xml(value)
        made = types.get_type(name)(begin=span.start, end=span.end, **features)
        cas.add(made)
        return made

    whole = Span(0, len(text))
    language = corpus.info.language or "x-unspecified"
    add(METADATA, whole, documentTitle=document.stem, language=language)
    for sentence in document.sentences:
        add(SENTENCE, sentence.span)
        for token in sentence.tokens:
            add(TOKEN, token)
    _add_regions(document, corpus.scheme, types, add)
    return cas.to_xmi() or ""


def _check_fits_xml(text: str) -> None:
    """Check that XML 1.0 allows every character of a text.

    Raises:
        EventbenchError: with the first one that it does not.
    """
    wrong = _NOT_XML.search(text)
    if wrong:
        raise EventbenchError(f"XML cannot hold the character {wrong[0]!r} at {wrong.start()}")


def _add_regions(document: Document, scheme: Scheme, types: TypeSystem, add: Any) -> None:
    """Add the events, entities and links of an article."""
    regions, relations = regions_of(document, scheme)
    made = {}
    for region in regions:
        is_event = region.label in scheme.roles
        flags = flags_of(scheme.attributes if is_event else scheme.span_attributes)
        features: dict[str, Any] = {
            feature_name(name): True if flags[name] else value for name, value in region.attributes
        }
        if region.notes:
            features["note"] = "\n".join(region.notes)
        layer = EVENT if is_event else ENTITY
        made[region.id] = add(layer, region.span, label=region.label, **features)
    arguments: dict[str, list[Any]] = {}
    argument, array = types.get_type(ARGUMENT), types.get_type("uima.cas.FSArray")
    for relation in relations:
        first, second = made[relation.first], made[relation.second]
        if second.type.name == EVENT:
            # INCEpTION gives a relation the place of the span that it leads to.
            place = Span(second.begin, second.end)
            add(LINK, place, label=relation.label, **{SOURCE: first, TARGET: second})
        else:
            roles = arguments.setdefault(relation.first, [])
            roles.append(argument(role=relation.label, target=second))
    for event, fs in made.items():
        if fs.type.name == EVENT:
            fs.arguments = array(elements=arguments.get(event, []))


# Reading


def read(source: Path, scheme: Scheme) -> Returned:
    """Read articles from CAS files, as INCEpTION and WebAnno export them.

    Files are ``.xmi`` with a ``TypeSystem.xml`` beside them, ``.zip`` with both, or ``.json`` in
    the JSON form of CAS, which has its types. An article is called what its metadata have as
    title, without the ending; else like its file. The annotator is what they have as id of the
    document. Articles that nobody has annotated yet are left out and counted.

    Args:
        source: a file, or a directory with files in it and in its folders.
        scheme: the scheme of the annotations.

    Raises:
        EventbenchError: naming file and annotation, what was found and what was expected, if a
            file cannot be read or does not have the layers; if something is not of the
            scheme; if an annotator has two files of an article, or its text is not the same in
            all; or if dkpro-cassis is not installed.
    """
    _check_installed()
    found: dict[str, dict[str, Annotated]] = {}
    texts: dict[str, Annotated] = {}
    untouched = 0
    for place, cas in _files(source):
        name, annotator = _whose(cas, PurePath(place).stem)
        if _NO_ANNOTATOR in (annotator, PurePath(place).stem):
            untouched += 1
            continue
        check_article(place, name, cas.sofa_string or "")
        with located(place), reading("the annotations", "not of the layers' types"):
            article = _article(place, name, cas, scheme)
            first = texts.setdefault(name, article)
            if first.text != article.text:
                raise EventbenchError(f"{short(name)} has another text than in {first.place}")
            if name in found.setdefault(annotator, {}):
                other = found[annotator][name].place
                raise EventbenchError(f"is {short(name)} by {short(annotator)}, as {other} is")
            found[annotator][name] = article
    if not texts and not untouched:
        raise EventbenchError(f"{source}: holds no article: expected {', '.join(_ENDINGS)}")
    counted = plural(untouched, "article that nobody annotated", "articles that nobody annotated")
    return Returned(
        {annotator: tuple(articles.values()) for annotator, articles in found.items()},
        (counted,) if untouched else (),
    )


def _whose(cas: Cas, stem: str) -> tuple[str, str]:
    """The name of an article, and its annotator, "" if that is not known."""
    about = next(iter(_select(cas, METADATA)), None)
    title, annotator = (_feature(about, name) for name in ("documentTitle", "documentId"))
    title = str(title or stem)
    path = PurePath(title)
    return (path.stem if path.suffix in (*_ENDINGS, ".txt") else title), str(annotator or "")


def _select(cas: Cas, name: str) -> list[Any]:
    """The annotations of a type in the order in which they were made; none without the type."""
    return (
        sorted(cas.select(name), key=lambda fs: fs.xmiID)
        if cas.typesystem.contains_type(name)
        else []
    )


def _files(source: Path) -> Iterator[tuple[str, Cas]]:
    """Each CAS of a file or directory, with its place."""
    with reading(source):
        source.stat()
        paths = sorted(source.rglob("*")) if source.is_dir() else [source]
        files = [path for path in paths if _is_cas(path) and path.is_file()]
    for path in files:
        if path.name == LAYERS:
            continue
        if path.suffix == ".zip":
            with reading(path, "not readable as a ZIP archive"), zipfile.ZipFile(path) as archive:
                names = archive.namelist()
                types = [archive.read(n) for n in names if PurePath(n).name.casefold() == _TYPES]
                inside = [n for n in names if n.endswith(".xmi") and _is_cas(PurePath(n))]
                xmis = [(n, archive.read(n)) for n in inside]
            if len(types) != 1 or not xmis:
                raise EventbenchError(f"{path}: expected an .xmi and its {TYPES} in it")
            for name, content in xmis:
                yield f"{path}/{name}", _load_xmi(f"{path}/{name}", content, types[0])
        elif path.suffix == ".xmi":
            beside = [p for p in path.parent.iterdir() if p.name.casefold() == _TYPES]
            if len(beside) != 1:
                raise EventbenchError(f"{path}: expected {TYPES} beside it")
            yield str(path), _load_xmi(str(path), read_bytes(path), read_bytes(beside[0]))
        else:
            yield str(path), _load_json(str(path), read_bytes(path))


def _is_cas(path: PurePath) -> bool:
    # Names that begin with a dot are what editors and file managers leave behind.
    return path.suffix in _ENDINGS and not path.name.startswith(".")


@contextmanager
def _quiet() -> Iterator[None]:
    """Ignore warnings, which concern offsets outside the text: such spans are refused later."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _load_xmi(place: str, content: bytes, types: bytes) -> Cas:
    from cassis import load_cas_from_xmi, load_typesystem

    with reading(place, "not readable as XMI with its type system"), _quiet():
        return load_cas_from_xmi(BytesIO(content), load_typesystem(BytesIO(types)))


def _load_json(place: str, content: bytes) -> Cas:
    from cassis import load_cas_from_json

    found = parse_json_object(place, content)
    if _STRUCTURES not in found:
        raise EventbenchError(f"{place}: has no {_STRUCTURES!r}, expected the JSON form of CAS")
    with reading(place, "not readable as CAS JSON"), _quiet():
        structures = found[_STRUCTURES]
        for fs in structures.values() if isinstance(structures, dict) else structures:
            if fs["%TYPE"].endswith(("[]", "Array")):  # an empty one may lack its elements
                fs.setdefault("%ELEMENTS", [])
        return load_cas_from_json(json.dumps(found))


def _article(place: str, name: str, cas: Cas, scheme: Scheme) -> Annotated:
    text = cas.sofa_string or ""
    if not cas.typesystem.contains_type(EVENT):
        raise EventbenchError(f"has no layer {EVENT}, expected the layers of {LAYERS}")
    regions: list[Region] = []
    relations: list[Relation] = []
    for layer, attributes in ((ENTITY, scheme.span_attributes), (EVENT, scheme.attributes)):
        for fs in _select(cas, layer):
            regions.append(_region(fs, layer, attributes, text))
            if layer == EVENT:
                relations += _arguments(fs, regions[-1])
    for fs in _select(cas, LINK):
        first, second = fs.get(SOURCE), fs.get(TARGET)
        called = f"Link {short(fs.get('label'))} at {fs.begin}-{fs.end}"
        if first is None or second is None:
            raise EventbenchError(f"{called} lacks an end")
        relations.append(Relation(called, fs.get("label") or "", *map(_id, (first, second))))
    events, links = events_of(regions, relations, text, scheme)
    return Annotated(place, name, text, events, links)


def _id(fs: Any) -> str:
    return str(fs.xmiID)


def _region(fs: Any, layer: str, attributes: Mapping[str, Attribute], text: str) -> Region:
    start, end = fs.begin, fs.end
    if start is None or end is None or not 0 <= start < end <= len(text):
        called = f"{layer.rpartition('.')[2]} at {start}-{end}"
        raise EventbenchError(f"{called}: expected a stretch within 0-{len(text)}")
    span = Span(start, end)
    region = Region(_id(fs), _called(layer, span, text), _feature(fs, "label") or "", span)
    for written, is_flag in flags_of(attributes).items():
        value = _feature(fs, feature_name(written))
        if value:
            region.attributes.append((written, YES if is_flag else str(value)))
    note = _feature(fs, "note")
    region.notes += [note] if note else []
    return region


def _called(layer: str, span: Span, text: str) -> str:
    """How messages call an annotation."""
    return f"{layer.rpartition('.')[2]} at {span.start}-{span.end} {short(span.text_in(text))}"


def _feature(fs: Any, name: str) -> Any:
    """The value of a feature; None if the type does not have it, or there is nothing to have it."""
    return fs.get(name) if fs is not None and fs.type.get_feature(name) else None


def _arguments(fs: Any, region: Region) -> Iterator[Relation]:
    found = _feature(fs, "arguments")
    for link in found.elements or () if found is not None else ():
        if link is None or link.role is None or link.target is None:
            raise EventbenchError(f"{region.name}: an argument without role or filler")
        called = f"{region.name}, role {short(link.role)}"
        yield Relation(called, link.role, _id(fs), _id(link.target))


CAS = Format(
    "cas", "all but values, for INCEpTION and other UIMA tools", write, read=read, check=check
)
