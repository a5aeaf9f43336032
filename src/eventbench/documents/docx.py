"""Word documents, by python-docx."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from eventbench.documents.article import Article, Reading
from eventbench.documents.files import File
from eventbench.io import reading

NOT_READABLE = "not readable as .docx"


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the article: a line a paragraph, those in tables included.

    Its title is the document's property, and its address the property "identifier" if that is a
    URL. When the document was made is not when the article was published, so it has no day.
    """
    import docx

    with reading(file.place, NOT_READABLE):
        document = docx.Document(io.BytesIO(file.content()))
        text = "\n".join(map(_text, document.element.body.xpath(_PARAGRAPHS)))
        about = document.core_properties
        title, identifier = about.title.strip(), about.identifier.strip()
    address = identifier if "://" in identifier else ""
    yield file.place, Article(file.name, text.strip("\n"), title, address=address)


_PARAGRAPHS = ".//w:p[not(ancestor::w:txbxContent)]"
_RUNS = ".//w:r[not(ancestor::w:moveFrom or ancestor::w:txbxContent)]"
"""Parts of a paragraph as it is now: what was deleted or moved away is not text. `docx` itself
leaves out what was inserted with changes tracked, or stands in a form field."""


def _text(paragraph: Any) -> str:
    return "".join(run.text for run in paragraph.xpath(_RUNS))
