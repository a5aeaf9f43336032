"""Tag tables of articles: batches of Ray Data or Spark, and Parquet files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eventbench.corpus.predictions import article_record
from eventbench.corpus.segmentation import check_segmenter
from eventbench.documents.article import Article, day_of
from eventbench.errors import EventbenchError, located
from eventbench.io import atomic_output, reading, sha256
from eventbench.systems.models import Model, as_model

ROWS = 1024
"""Rows of a Parquet file read at a time."""


class BatchExtractor:
    """Callable that tags batches of a table, for ``map_batches`` of Ray Data and similar APIs.

    ``BatchExtractor(model)(batch)``, with a model or its directory, takes a dictionary of
    columns with ``id`` and ``text``, as lists or NumPy arrays, and returns all columns and three
    more: ``events``, ``links`` and ``sentences``, strings with the JSON lists that
    ``eventbench predict`` writes for an article. The order of rows is kept; ids may be of any type.
    What columns ``title``, ``publisher``, ``published`` and ``address`` say of an article is told
    to the model: a day of publication is a date, or text as
    `eventbench.documents.article.day_of` reads it. ``system`` is as `load_model` takes it.
    """

    def __init__(self, model: Model | Path | str, system: str | None = None) -> None:
        self._model = as_model(model, system)
        check_segmenter(self._model.language)

    @property
    def digest(self) -> str:
        """SHA-256 that identifies the model, 64 hexadecimal digits."""
        return self._model.digest

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Add the columns ``events``, ``links`` and ``sentences`` to a batch.

        Raises:
            EventbenchError: if ``id`` or ``text`` is missing, a text is not a string, a day of
                publication is not a day, or a column ``events``, ``links`` or ``sentences`` exists.
        """
        _check_columns("batch", batch)
        known = [column for column in KNOWN if column in batch]
        rows = zip(batch["id"], batch["text"], *(batch[column] for column in known), strict=True)
        articles = [
            _article(i, text, dict(zip(known, about, strict=True))) for i, text, *about in rows
        ]
        scheme = self._model.scheme
        found = [article_record(d, scheme) for d in self._model.annotate(articles)]
        added = {
            column: [json.dumps(one[column], ensure_ascii=False) for one in found]
            for column in ADDED
        }
        return {**batch, **added}


ADDED = ("events", "links", "sentences")

KNOWN = ("title", "publisher", "published", "address")
"""Columns that say what is known of an article."""


def _article(identifier: Any, text: Any, known: Mapping[str, Any]) -> Article:
    if not isinstance(text, str):
        raise EventbenchError(f"id {identifier}: text is {text!r:.40}, expected a string")
    title, publisher, address = (
        value if isinstance(value := known.get(column), str) else ""
        for column in ("title", "publisher", "address")
    )
    published = known.get("published")
    if published != published:  # NaN or NaT, which stand for a missing value
        published = None
    try:
        day = day_of(published)
    except ValueError as error:
        raise EventbenchError(f"id {identifier}: published: {error}") from None
    return Article(str(identifier), text, title, publisher, day, address)


def _check_columns(place: str, columns: Iterable[str]) -> None:
    names = list(columns)
    for column in ("id", "text"):
        if column not in names:
            raise EventbenchError(
                f"{place}: has no column {column!r}, but {', '.join(names) or 'none'}"
            )
    for column in ADDED:
        if column in names:
            raise EventbenchError(f"{place}: has a column {column!r} already")


def tag_parquet(
    model: Model | Path | str,
    parts: Sequence[Path],
    out: Path,
    *,
    system: str | None = None,
    progress: Callable[[int], object] = lambda articles: None,
) -> int:
    """Tag Parquet files with columns ``id`` and ``text``; results have the same names in ``out``.

    A result appears in ``out`` only when it is complete, and existing results are not computed
    again. A process that was killed can be started again: nothing is lost or duplicated.
    Several processes may work on different parts.

    Args:
        model: a model or its directory.
        parts: the files, each with a name of its own.
        out: the directory; its files have the columns of the parts and those that
            `BatchExtractor` adds.
        system: as `load_model` takes it.
        progress: called with how many rows were tagged, or were done, since the last call.

    Returns:
        The number of rows of all parts.

    Raises:
        EventbenchError: naming the part, if it does not have the form described above, or the
            result in ``out`` was made by another model or from another part.
    """
    names: dict[str, Path] = {}
    for part in parts:
        if names.setdefault(part.name, part) != part:
            raise EventbenchError(f"{part}: has the name of {names[part.name]}")
    extract = BatchExtractor(model, system)
    return sum(_tag_part(extract, part, out / part.name, progress) for part in parts)


def _tag_part(
    extract: BatchExtractor, part: Path, target: Path, progress: Callable[[int], object]
) -> int:
    """Write the result of one part, unless it is done; return the number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with reading(part, UNREADABLE):
        source = pq.ParquetFile(part)
        number: int = source.metadata.num_rows
        schema = source.schema_arrow
    with source:
        _check_columns(str(part), schema.names)
        made = {MADE_BY: extract.digest.encode(), MADE_OF: sha256(part).encode()}
        if target.is_file():
            _check_done(target, part, made)
            progress(number)
            return number
        fields = [*schema, *(pa.field(column, pa.string()) for column in ADDED)]
        schema = pa.schema(fields, {**(schema.metadata or {}), **made})
        with atomic_output(target) as new, pq.ParquetWriter(new, schema) as writer:
            for batch, texts in _batches(source, part):
                with located(str(part)):
                    found = extract(texts)
                columns = [*batch.columns, *(pa.array(found[c], pa.string()) for c in ADDED)]
                writer.write_batch(pa.record_batch(columns, schema=schema))
                progress(batch.num_rows)
    return number


def _batches(source: Any, part: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the rows of a part, and their ids and texts.

    Errors are caught here because `atomic_output` would report them as errors of writing.
    """
    batches = source.iter_batches(ROWS)
    while True:
        with reading(part, UNREADABLE):
            batch = next(batches, None)
            if batch is None:
                return
            columns = ["id", "text", *(c for c in KNOWN if c in batch.schema.names)]
            texts = batch.select(columns).to_pydict()
        yield batch, texts


UNREADABLE = "not readable as Parquet"

MADE_BY, MADE_OF = b"eventbench.model", b"eventbench.part"
"""Metadata of a tagged Parquet file: digests of the model and of the part."""


def _check_done(target: Path, part: Path, made: Mapping[bytes, bytes]) -> None:
    import pyarrow.parquet as pq

    with reading(target, UNREADABLE):
        found = pq.read_metadata(target).metadata or {}
    for key, what in ((MADE_BY, "by this model"), (MADE_OF, f"of {part} as it is")):
        if found.get(key) != made[key]:
            raise EventbenchError(f"{target}: was not made {what}; choose another --out")
