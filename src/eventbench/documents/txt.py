"""Plain text: a file is an article, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator

from eventbench.documents.article import Article, Reading
from eventbench.documents.files import File
from eventbench.io import decode


def read(file: File, options: Reading) -> Iterator[tuple[str, Article]]:
    """Yield the article, with its line ends and byte-order mark; see `READERS`."""
    content = file.content()
    if file.encoding == "utf-8":
        text = decode(file.place, content)
    else:
        text = content.decode(file.encoding, "replace")  # it was checked
    yield file.place, Article(file.name, text)
