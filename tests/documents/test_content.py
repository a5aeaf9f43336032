"""A file is told by its content, and a text by its encoding; neither is ever guessed silently."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest
from made_documents import PAGE, TEXT, ids, read, write_docx, write_pdf, write_xlsx

from eventbench import EventbenchError
from eventbench.documents.article import Reading
from eventbench.documents.reading import read_articles

CONTENTS = {
    "page": (PAGE.encode(), "a web page: its name has to end in .html"),
    "page after a comment": (b"\n<!-- saved -->\n<HTML><p>x</p>", "a web page"),
    "piece of a page": (b"<div>\n<p>x</p>", "a web page"),
    "pdf": (b"%PDF-1.4\n", "a PDF: its name has to end in .pdf"),
    "old": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "an old Word or Excel file: save it"),
    "rtf": (b"{\\rtf1 x}", "rich text (RTF): save it as .docx"),
    "gzip": (gzip.compress(b"x"), "compressed (gzip): its name has to end in .gz"),
    "image": (b"\x89PNG\r\n\x1a\n", "an image"),
    "zip": (b"PK\x03\x04" + bytes(30), "a damaged archive or document"),
    "zeros": (b"a\0b", "binary data"),
    "controls": (bytes(range(1, 9)) * 20, "binary data"),
    "lines": (b'{"id": "a", "text": "b"}\n{', "JSON Lines: its name has to end in .jsonl"),
}
"""Contents that are not plain text, and what they are said to be."""


@pytest.mark.parametrize("name", CONTENTS)
def test_nothing_else_is_taken_for_plain_text(name: str, tmp_path: Path) -> None:
    content, what = CONTENTS[name]
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(EventbenchError) as found:
        read_articles([tmp_path])
    assert str(found.value).startswith(f"{tmp_path}/a.txt: is not plain text but {what}")


def test_documents_are_told_apart(tmp_path: Path) -> None:
    pytest.importorskip("docx", reason="documents need the extra [documents]")
    made = {
        "docx": write_docx(tmp_path / "a.docx", [TEXT]),
        "xlsx": write_xlsx(tmp_path / "a.xlsx", ("S", [["text"]])),
        "pdf": write_pdf(tmp_path / "a.pdf", [[TEXT]]),
    }
    for kind, path in made.items():
        for ending in ("txt", "csv", "html", *made):
            if ending != kind:
                other = tmp_path / f"{kind}.{ending}"
                other.write_bytes(path.read_bytes())
                with pytest.raises(EventbenchError, match=rf" but a.*: its name .* in \.{kind}$"):
                    read_articles([other])
                other.unlink()
    for ending in made:
        (tmp_path / f"text.{ending}").write_text(TEXT)
        with pytest.raises(EventbenchError, match=r"is not a (Word document|spreadsheet|PDF)$"):
            read_articles([tmp_path / f"text.{ending}"])


def test_texts_that_look_a_little_like_something_else_are_texts(tmp_path: Path) -> None:
    for n, text in enumerate(
        ("<3 to all", "{curly} words", "PK won", "a < b", "\ufeffBOM", "a\fb")
    ):
        (tmp_path / f"{n}.txt").write_text(text, "utf-8")
    assert len(ids(tmp_path)) == 6
    (tmp_path / "0.txt").write_bytes(b"x" * (3 << 20) + b"\0")
    with pytest.raises(EventbenchError, match=r"0\.txt: is not text but binary data"):
        ids(tmp_path)


# Encodings

FRENCH = "Des obus ont touché le marché d’Osk, où l’armée a été accusée. « Ça suffit », dit-il.\n"
RUSSIAN = "Снаряды попали в рынок в понедельник, сообщил врач городской больницы.\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(FRENCH * 5, "cp1252"), (RUSSIAN * 5, "cp1251"), (FRENCH, "utf-16")],
)
def test_an_encoding_is_detected_said_and_converted_on_request(
    text: str, encoding: str, tmp_path: Path
) -> None:
    pytest.importorskip("charset_normalizer", reason="the extra [documents] detects encodings")
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (tmp_path / "b.txt").write_text(FRENCH, "utf-8")
    found = rf"a\.txt:1: not UTF-8: .*; probably {encoding}, which --encoding {encoding} converts"
    with pytest.raises(EventbenchError, match=found):
        read_articles([tmp_path])
    told: list[str] = []
    detected = read(tmp_path, encoding="detect", warn=told.append)
    assert [a.text for a in detected] == [text, FRENCH]
    assert told == [f"{tmp_path}/a.txt: converted from {encoding}, as detected"]
    assert [a.text for a in read(tmp_path, encoding=encoding)] == [text, FRENCH]


def test_tables_are_converted_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(f"text;id\n{FRENCH.strip()};x\n".encode("cp1252"))
    assert [a.text for a in read(tmp_path, encoding="cp1252")] == [FRENCH.strip()]
    with pytest.raises(EventbenchError, match=r"a\.csv:2: not UTF-8: .*, and not ascii either"):
        read(tmp_path, encoding="ascii")


def test_a_page_may_declare_its_encoding(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura", reason="pages need the extra [documents]")
    page = PAGE.replace("utf-8", "iso-8859-1")
    (tmp_path / "a.html").write_bytes(page.encode("cp1252"))  # as browsers take it
    (tmp_path / "b.html").write_bytes(page.encode("utf-8"))
    a, b = read(tmp_path)
    assert a.text == b.text
    assert "“a lie”" in a.text
    (tmp_path / "a.html").write_bytes(PAGE.replace("utf-8", "ascii8").encode("cp1252"))
    with pytest.raises(EventbenchError, match=r"a\.html:\d+: not UTF-8"):
        read(tmp_path)


def test_damaged_utf8_and_noise_are_not_converted_by_guessing(tmp_path: Path) -> None:
    pytest.importorskip("charset_normalizer", reason="the extra [documents] detects encodings")
    damaged = RUSSIAN.encode() * 5 + b"\xd0\n"
    noise = bytes(b for b in random.Random(0).randbytes(4000) if b)
    for content, message in (
        (damaged, r"a\.txt:6: not UTF-8: .*; its encoding is not recognised: name it with"),
        (noise, r"a\.txt: is not plain text but binary data"),
    ):
        (tmp_path / "a.txt").write_bytes(content)
        with pytest.raises(EventbenchError, match=message):
            read_articles([tmp_path], Reading(encoding="detect"))
