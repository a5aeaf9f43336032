"""Articles are read from files, folders and archives of every kind, or refused in one line."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from made_documents import PAGE, TEXT, ids, read, write_docx, write_pdf, write_xlsx

from eventbench import EventbenchError
from eventbench.documents.article import Article, Reading
from eventbench.documents.reading import read_articles


def write(folder: Path, **files: str) -> Path:
    """Write texts, named with __ for a folder and _ for the dot of the ending."""
    for name, text in files.items():
        path = folder / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


# Folders, archives, compression


def test_a_folder_is_read_with_all_that_is_in_it(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura", reason="pages need the extra [documents]")
    write(tmp_path, b_txt=TEXT, more__a_txt=TEXT, a_html=PAGE, a_files__advert_html=PAGE)
    write(tmp_path, more__t_csv=f"text\n{TEXT}\n", lines_jsonl='{"id": "x", "text": ""}\n')
    (tmp_path / "UPPER.TXT").write_text(TEXT)
    for hidden in (".DS_Store", "~$b.docx", ".git/x.txt", "__MACOSX/b.txt", "Thumbs.db"):
        (tmp_path / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / hidden).write_bytes(b"\0")
    assert ids(tmp_path) == ["UPPER", "a", "b", "x", "more/a", "more/t-2"]
    assert ids(tmp_path / "b.txt", tmp_path / "more") == ["b", "a", "t-2"]


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_files_of_every_kind_may_be_compressed(
    ending: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pytest.importorskip("openpyxl", reason="spreadsheets need the extra [documents]")
    pytest.importorskip("docx", reason="documents need the extra [documents]")
    plain = write(tmp_path / "plain", a_txt=TEXT, b_html=PAGE, c_csv=f"text\n{TEXT}\n")
    write(plain, e_jsonl='{"id": "x", "text": "y"}\n')
    write_docx(plain / "d.docx", [TEXT])
    write_pdf(plain / "g.pdf", [[TEXT]])
    write_xlsx(plain / "h.xlsx", ("S", [["text"], [TEXT]]))
    pq.write_table(pa.table({"id": [7], "text": [TEXT]}), plain / "f.parquet")
    packed, zipped = tmp_path / "packed", tmp_path / "all.zip"
    packed.mkdir()
    with zipfile.ZipFile(zipped, "w") as archive:
        for path in plain.iterdir():
            (packed / f"{path.name}.{ending}").write_bytes(pack(path.read_bytes()))
            archive.write(path, path.name)
    expected = read(plain)
    assert [article.id for article in expected] == ["a", "b", "c-2", "d", "x", "7", "g", "h-2"]
    assert read(packed) == read(zipped) == expected


def test_an_archive_in_a_folder_is_a_folder_and_may_hold_compressed_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "old.zip", "w") as archive:
        archive.writestr("a.txt", TEXT)
        archive.writestr("more/b.txt.gz", gzip.compress(TEXT.encode()))
        archive.writestr("__MACOSX/a.txt", "\0")
        archive.writestr("sources.csv", "file,published\na.txt,2031-05-06\n")
    write(tmp_path, sources_csv="file,publisher\nold.zip/more/b.txt.gz,Karsland Post\n")
    found = read(tmp_path)
    assert [article.id for article in found] == ["old/a", "old/more/b"]
    assert [article.published for article in found] == [date(2031, 5, 6), None]
    assert [article.publisher for article in found] == ["", "Karsland Post"]


def test_articles_are_read_one_by_one(tmp_path: Path) -> None:
    """What is broken later is not noticed, or waited for, before."""
    write(tmp_path, a_jsonl='{"id": "a", "text": "b"}\n{\n')
    found = read_articles([tmp_path])
    assert next(found).id == "a"
    with pytest.raises(EventbenchError, match=r"a\.jsonl:2: not valid JSON"):
        next(found)


# Standard input


def give(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), "utf-8"))


def test_stdin_and_files_of_any_name_can_be_json_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b'{"id": "b", "text": "Airstrikes hit it."}\n'
    give(monkeypatch, b"\xef\xbb\xbf" + line)
    (tmp_path / "a.lines").write_bytes(line.replace(b'"b"', b'"a"'))
    assert ids(Path("-"), tmp_path / "a.lines", kind="jsonl") == ["b", "a"]
    assert not sys.stdin.buffer.closed


@pytest.mark.parametrize("kind", ["csv", "xlsx", "html", "txt"])
def test_stdin_can_be_of_every_kind(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("trafilatura", reason="pages need the extra [documents]")
    write_xlsx(tmp_path / "t.xlsx", ("S", [["text"], [TEXT]]))
    content = {"csv": f"text\n{TEXT}\n", "html": PAGE, "txt": TEXT}
    given = content[kind].encode() if kind in content else (tmp_path / "t.xlsx").read_bytes()
    give(monkeypatch, given)
    (found,) = read(Path("-"), kind=kind)
    assert found.id == ("stdin-2" if kind in ("csv", "xlsx") else "stdin")
    assert TEXT in found.text or kind == "html"


def test_bad_stdin_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b"a\nb\n\xff")
    with pytest.raises(EventbenchError, match="stdin:3: not UTF-8"):
        read(Path("-"))


# What is refused


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"fine\n\xff", r"a.txt:2: not UTF-8"),
        ("a.txt", None, r"a.txt: No such file"),
        ("a.zip", None, r"a.zip: No such file"),
        ("a.zip", b"PK", r"a.zip: not readable as .zip: File is not a zip file"),
        ("a.doc", b"", r"a.doc: not a kind of file that is read: save it as .docx"),
        ("a.jpg", b"", r"a.jpg: not a kind of file that is read: expected .txt, .html"),
        ("a.jsonl", b'{"id": "a", "text": ""}\n{"id"', r"a.jsonl:2: not valid JSON"),
        ("a.jsonl", b'{"id": "a", "text": "\xff"}', r"a.jsonl:1: not UTF-8"),
        ("a.jsonl", b'{"id": "a", "text": "\\ud800"}', r"a.jsonl:1: not valid JSON"),
        ("a.jsonl", b"[]", r"a.jsonl:1: found \[\], expected an object"),
        ("a.jsonl", b'{"id": "a", "text": "", "text": "b"}', r"key 'text' occurs twice"),
        ("a.jsonl", b'{"text": ""}', r"a.jsonl:1: has no 'id', expected a string"),
        ("a.jsonl", b'{"id": 7, "text": ""}', r"a.jsonl:1: id is 7, expected a string"),
        ("a.jsonl", b'{"id": "a", "text": null}', r"a.jsonl:1: text is None, expected a string"),
        ("a.jsonl", b'{"id": "a", "text": ""}\n' * 2, r"a.jsonl:2: a second article 'a'"),
        ("a.jsonl.gz", b"text", r"a.jsonl.gz:1: broken gzip"),
        ("a.txt.gz", b"text", r"a.txt.gz: broken gzip"),
        ("a.csv.bz2", b"text", r"a.csv.bz2: "),
        ("a.csv.xz", b"text", r"a.csv.xz: broken xz"),
        ("a.csv", b"text\n\xff", r"a.csv:2: not UTF-8"),
        ("a.csv", b"title,date\na,b\n", r"a.csv:1: no column of texts among title, date: name it"),
        ("a.csv", b"text,date\na,b,c\n", r"a.csv:2: found 3 cells, expected 2 as in the first row"),
        ("a.csv", b'text\na\n"b\n\nc', r"a.csv:3: not a table: unexpected end of data"),
        ("a.csv", b"id,text\n1,a\n1,b\n", r"a.csv:3: a second article '1'"),
    ],
)
def test_bad_files_are_one_line(
    name: str, content: bytes | None, message: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(EventbenchError, match=message) as found:
        read(tmp_path / name)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (["a.txt", "b.doc"], {}, "b.doc: not a kind of file that is read"),
        (["a.txt"], {"kind": "doc"}, "no kind of file 'doc': expected txt or html"),
        (["a.txt"], {"encoding": "klingon"}, "no encoding 'klingon': expected detect or a name"),
        (["a.txt"], {"encoding": "base64"}, "no encoding 'base64'"),
        (["a.txt"], {"sources": Path("none.csv")}, "none.csv: No such file"),
        (["a.txt", "a.pdf"], {}, "a.pdf: a second article 'a', besides .*a.txt: rename one"),
        (["empty"], {}, "empty: has no file of articles: expected .txt, .html"),
    ],
)
def test_what_can_be_checked_is_checked_before_anything_is_read(
    names: list[str], options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    write(tmp_path, a_txt=TEXT)
    (tmp_path / "empty").mkdir()
    with pytest.raises(EventbenchError, match=message):
        read_articles([tmp_path / name for name in names], Reading(**options))


def test_a_missing_library_is_named_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventbench.documents.reading.find_spec", lambda name: None)
    write(tmp_path, a_txt=TEXT, b_html=PAGE)
    with pytest.raises(EventbenchError, match=r"html needs trafilatura: pip install 'eventbench\["):
        read_articles([tmp_path])
    assert ids(tmp_path / "a.txt") == ["a"]


# What is left out


def test_documents_without_text_are_skipped_with_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("pypdf", reason="PDF needs the extra [documents]")
    write(tmp_path, a_txt=TEXT, b_txt="", c_txt=" \n", d_html="<html><body></body></html>")
    write_docx(tmp_path / "e.docx", [])
    write_pdf(tmp_path / "f.pdf", [[], []])
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    told: list[str] = []
    assert ids(tmp_path, warn=told.append) == ["a"]
    assert [line.removeprefix(f"{tmp_path}/") for line in told] == [
        "photo.jpg: not a kind of file that is read",
        "b.txt: is empty, so it is skipped",
        "c.txt: has no text, so it is skipped",
        "d.html: has no text, so it is skipped",
        "e.docx: has no text, so it is skipped",
        "f.pdf: has no text layer (scanned pages?), so it is skipped",
    ]
    with pytest.raises(EventbenchError, match="no article: nothing that was read has text"):
        ids(tmp_path / "b.txt", tmp_path / "f.pdf", warn=told.append)
    write(tmp_path, lines_jsonl="")
    assert ids(tmp_path / "lines.jsonl") == []


# sources.csv


def test_sources_say_what_files_do_not(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura", reason="pages need the extra [documents]")
    write(tmp_path, a_txt=TEXT, page_html=PAGE, more__b_txt=TEXT, c_txt=TEXT)
    write(
        tmp_path,
        sources_csv="\ufeffFile;Title;Date\na.txt;Shelling;2031-05-06\nmore/b.txt;;6 May 2031\n"
        "page.html;Another headline;\n",
        more__sources_csv="file,source,url\r\nb.txt,Karsland Post,https://post.example/b\r\n",
    )
    with pytest.raises(EventbenchError, match=r"sources.csv:2: file 'b.txt' comes a second time"):
        read(tmp_path)
    write(tmp_path, sources_csv="File;Title;Date\na.txt;Shelling;2031-05-06\n"
          "page.html;Another headline;\n")  # fmt: skip
    a, c, page, b = read(tmp_path)
    assert a == Article("a", TEXT, "Shelling", published=date(2031, 5, 6))
    assert c == Article("c", TEXT)
    assert (page.title, page.publisher) == ("Another headline", "Karsland Post")
    assert (b.publisher, b.address) == ("Karsland Post", "https://post.example/b")
    (tmp_path / "other.csv").write_text("file,title\nc.txt,Named\n", "utf-8")
    assert [x.title for x in read(tmp_path, sources=tmp_path / "other.csv")] == [
        "", "Named", "Shelling kills 12 in Osk", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("file,title\nb.txt,x\n", r"sources.csv:2: no file 'b.txt' among the articles"),
        ("file,published\na.txt,soon\n", r"sources.csv:2: published: 'soon' is not a day such"),
        ("file,published\na.txt,06/05/2031\n", r"'06/05/2031' is not a day such as 2016-11-10"),
        ("file,note\na.txt,x\n", r"sources.csv:1: column 'note', expected file, title, publisher"),
        ("file,title,headline\n", r"sources.csv:1: column 'title', expected .*, once each"),
        ("title\nx\n", r"sources.csv:1: has no column 'file'"),
        ("file,title\na.txt\n", r"sources.csv:2: found 1 cells, expected 2"),
    ],
)
def test_bad_sources_are_refused_before_anything_is_read(
    table: str, message: str, tmp_path: Path
) -> None:
    write(tmp_path, a_txt=TEXT, sources_csv=table)
    with pytest.raises(EventbenchError, match=message):
        read_articles([tmp_path])
