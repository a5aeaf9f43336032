"""Documents of every kind, made by code."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from eventbench.documents.article import Article, Reading
from eventbench.documents.reading import read_articles

TEXT = "Shells hit Osk."


def read(*paths: Path, **options: Any) -> list[Article]:
    """Read articles; a warning is an error unless ``warn`` takes it."""

    def refuse(message: str) -> None:
        raise AssertionError(message)

    return list(read_articles(paths, Reading(**{"warn": refuse, **options})))


def ids(*paths: Path, **options: Any) -> list[str]:
    return [article.id for article in read(*paths, **options)]


MENU = '<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li></ul></nav>'
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<title>Shelling kills 12 in Osk | Karsland Post</title>
<meta property="og:site_name" content="Karsland Post">
<meta property="article:published_time" content="2031-05-06T08:00:00+02:00">
<link rel="canonical" href="https://post.example/2031/osk">
</head><body>{MENU}
<article><h1>Shelling kills 12 in Osk</h1>
<p>Shells hit a market in Osk on Monday.</p>
<p>The army denied it – “a lie” &amp; said nothing else.</p></article>
<aside><a href="/more">Read more</a></aside>
<footer>Copyright 2031 Karsland Post. All rights reserved.</footer></body></html>
"""
"""A page as a newspaper has it; what it declares is in `ABOUT`."""

ABOUT = {
    "title": "Shelling kills 12 in Osk",
    "publisher": "Karsland Post",
    "published": datetime.date(2031, 5, 6),
    "address": "https://post.example/2031/osk",
}


def write_docx(
    path: Path, paragraphs: Iterable[str], title: str = "", identifier: str = ""
) -> Path:
    import docx

    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.core_properties.title = title
    document.core_properties.identifier = identifier
    document.save(str(path))
    return path


def write_xlsx(path: Path, *sheets: tuple[str, Sequence[Sequence[Any]]]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def write_pdf(
    path: Path, pages: Sequence[Sequence[str]], title: str = "", xmp: str = "", password: str = ""
) -> Path:
    """Write a PDF with these lines on its pages; one without lines has no text layer."""
    import pypdf
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    def name(text: str) -> NameObject:
        return NameObject(f"/{text}")

    writer = pypdf.PdfWriter()
    for lines in pages:
        page = writer.add_blank_page(420, 595)
        font = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Helvetica"}
        fonts = DictionaryObject({name("F"): DictionaryObject(
            {name(k): name(v) for k, v in font.items()}
        )})  # fmt: skip
        page[name("Resources")] = DictionaryObject({name("Font"): fonts})
        shown = "".join(f"({line}) Tj T*\n" for line in lines)
        content = DecodedStreamObject()
        content.set_data(f"BT /F 10 Tf 12 TL 40 550 Td\n{shown}ET".encode("latin-1"))
        page[name("Contents")] = writer._add_object(content)
    if title:
        writer.add_metadata({"/Title": title})
    if xmp:
        writer.xmp_metadata = xmp.encode()
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    writer.close()
    return path


XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:publisher><rdf:Bag><rdf:li>Karsland Post</rdf:li></rdf:Bag></dc:publisher>
<dc:date><rdf:Seq><rdf:li>2031-05-06T00:00:00Z</rdf:li></rdf:Seq></dc:date>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
"""Metadata of a PDF that names the publisher and the day of publication."""
