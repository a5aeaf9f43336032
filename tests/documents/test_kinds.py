"""What is read of each kind of document and table: text, title, publisher, day and address."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_documents import ABOUT, MENU, PAGE, TEXT, XMP, read, write_docx, write_pdf, write_xlsx

from eventbench import EventbenchError
from eventbench.documents.article import Article, day_of
from eventbench.documents.pdf import paragraphs, without_margins

DAY = date(2031, 5, 6)


# Pages


def test_a_page_is_its_article_with_what_it_declares(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura", reason="pages need the extra [documents]")
    (tmp_path / "a.html").write_text(PAGE, "utf-8")
    (found,) = read(tmp_path)
    assert found == Article(
        "a",
        "Shelling kills 12 in Osk\nShells hit a market in Osk on Monday.\n"
        "The army denied it – “a lie” & said nothing else.",
        **ABOUT,
    )


def test_the_headline_is_part_of_the_text_and_dates_in_the_text_are_not_the_pages_day(
    tmp_path: Path,
) -> None:
    pytest.importorskip("trafilatura", reason="pages need the extra [documents]")
    (tmp_path / "a.htm").write_text(
        f"<html><head><title>Shelling kills 12</title></head><body>{MENU}<div>"
        "<p>Shells hit a market in Osk on 3 May 2031, officials said.</p>"
        "<p>Nobody was hurt in the town hall.</p></div><p>Copyright 2030</p></body></html>"
    )
    (found,) = read(tmp_path)
    assert found.text.startswith("Shelling kills 12\n\nShells hit a market in Osk on 3 May 2031")
    assert "Home" not in found.text
    assert found.published is None


# Word


def test_a_word_document_is_its_paragraphs_as_they_are_now(tmp_path: Path) -> None:
    """With tables, what was inserted and tracked; without what was deleted or moved away."""
    docx = pytest.importorskip("docx", reason="documents need the extra [documents]")
    path = write_docx(tmp_path / "a.docx", ["Shelling", TEXT], "Shelling", "https://post.example/a")
    document = docx.Document(str(path))
    document.add_table(1, 2).rows[0].cells[1].text = "In a table."
    document.add_paragraph("Last").add_run(" words.")
    (tracked,) = docx.oxml.parse_xml(
        f"<w:body {docx.oxml.ns.nsdecls('w')}><w:p><w:ins><w:r><w:t>New.</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>Old.</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>Gone.</w:t></w:r></w:moveFrom></w:p></w:body>"
    )
    document.element.body.insert(2, tracked)
    document.save(str(path))
    assert read(path) == [
        Article(
            "a",
            f"Shelling\n{TEXT}\nNew.\n\nIn a table.\nLast words.",
            "Shelling",
            address="https://post.example/a",
        )
    ]


# PDF


def test_a_pdf_is_its_paragraphs_without_heads_and_page_numbers(tmp_path: Path) -> None:
    pytest.importorskip("pypdf", reason="PDF needs the extra [documents]")
    head = "06/05/2031, 10:01   Karsland Post"
    long = [
        "Shells hit a market in Osk on Monday, killing at least",
        "twelve people who were shop-",
    ]
    pages = [
        [head, "Shelling kills 12", *long, "ping, said a doctor at the only hospital, and"],
        [head, "the mayor of Osk confirmed it.", "The army denied it."],
    ]
    numbered = [[*page, f"Page {n} of 2"] for n, page in enumerate(pages, 1)]
    path = write_pdf(tmp_path / "a.pdf", numbered, "Microsoft Word - Shelling", XMP)
    assert read(path) == [
        Article(
            "a",
            "Shelling kills 12\nShells hit a market in Osk on Monday, killing at least twelve "
            "people who were shopping, said a doctor at the only hospital, and the mayor of "
            "Osk confirmed it.\nThe army denied it.",
            "Shelling",
            "Karsland Post",
            DAY,
        )
    ]


def test_paragraphs_of_a_pdf() -> None:
    assert paragraphs([]) == []
    assert paragraphs(["One line that is long", "and goes on here too", "", "Two", "Three."]) == [
        "One line that is long and goes on here too", "Two", "Three.",
    ]  # fmt: skip
    assert without_margins([["7", "a", "b"], ["8", "a", "c"]]) == ["b", "c"]
    assert without_margins([["a", "7"]]) == ["a"]


def test_a_pdf_with_a_password_or_damage_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("pypdf", reason="PDF needs the extra [documents]")
    path = write_pdf(tmp_path / "a.pdf", [[TEXT]], password="secret")
    with pytest.raises(EventbenchError, match=r"a\.pdf: is locked with a password"):
        read(path)
    path.write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(EventbenchError, match=r"a\.pdf: not readable as PDF"):
        read(path)


# Tables

ROWS: list[list[Any]] = [
    ["ID", "Headline", "Full text", "Source", "Date", "URL", "Note"],
    [7, "Shelling", TEXT, "Karsland Post", "2031-05-06", "https://post.example/7", "x"],
    ["b", "", "A; “b”,\nc.", "", "", "", ""],
]
EXPECTED = [
    Article("7", TEXT, "Shelling", "Karsland Post", DAY, "https://post.example/7"),
    Article("b", "A; “b”,\nc."),
]


@pytest.mark.parametrize("separator", [",", ";", "\t", "sep=;\n"])
def test_a_table_in_text(separator: str, tmp_path: Path) -> None:
    mark = separator[-2] if "=" in separator else separator
    lines = (mark.join(f'"{cell}"' for cell in row) for row in ROWS)
    start = separator if "=" in separator else ""
    ending = "tsv" if mark == "\t" else "csv"
    (tmp_path / f"t.{ending}").write_text("\ufeff" * (not start) + start + "\r\n".join(lines))
    assert read(tmp_path) == EXPECTED


def test_a_spreadsheet(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl", reason="spreadsheets need the extra [documents]")
    rows = [[], ROWS[0], [*ROWS[1][:4], datetime(2031, 5, 6, 8), *ROWS[1][5:]], [None], ROWS[2]]
    path = write_xlsx(tmp_path / "t.xlsx", ("Notes", [["x"], ["y"]]), ("Articles", rows))
    assert read(path) == EXPECTED


def test_a_spreadsheet_is_read_with_warnings_or_refused(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl", reason="spreadsheets need the extra [documents]")
    rows = [["text", "date"], ["x" * 32767, "n.d."], [None, 2], [None, 3], ["y", 20310506.0]]
    path = write_xlsx(tmp_path / "t.xlsx", ("A", rows), ("B", [["text"]]), ("C", [["text"]]))
    told: list[str] = []
    first, last = read(path, warn=told.append)
    assert (first.id, first.published, last.id) == ("t-2", None, "t-5")
    assert [line.partition("t.xlsx: ")[2] for line in told] == [
        "of its sheets only 'A' is read, not 'B', 'C'",
        "row 2: 'n.d.' is not a day such as 2016-11-10, so it is left out (--date-format says how "
        "days are written)",
        "row 2: the text fills its cell (32767 characters), so it was cut",
        "row 3: has no text, so the row is left out, and others like it",
    ]
    for sheet, message in (
        ([["title"], ["x"]], "sheet 'A': no column of texts among title: name it with --text"),
        ([["text"], [5]], "row 2: text is 5, expected a string"),
        ([], "has no sheet with cells"),
    ):
        write_xlsx(path, ("A", sheet))
        with pytest.raises(EventbenchError, match=message):
            read(path)


def test_a_parquet_file(tmp_path: Path) -> None:
    table = {"id": [7, 8], "Text": [TEXT, None], "date": [DAY, None], "events": ["[]", "[]"]}
    late = pa.array([2**50, None], pa.timestamp("ms"))  # which Python cannot hold
    pq.write_table(pa.table({**table, "when": late}), tmp_path / "t.parquet")
    told: list[str] = []
    assert read(tmp_path, warn=told.append) == [Article("7", TEXT, published=DAY)]
    assert told == [
        f"{tmp_path}/t.parquet: row 2: has no text, so the row is left out, and others like it"
    ]
    pq.write_table(pa.table({"id": [1]}), tmp_path / "t.parquet")
    with pytest.raises(EventbenchError, match=r"t.parquet: no column of texts among id: name it"):
        read(tmp_path)


def test_columns_and_keys_can_be_named(tmp_path: Path) -> None:
    columns = {"text": "b", "id": "Nr", "published": "d"}
    (tmp_path / "t.csv").write_text(f"Nr,text,b,d\n1,no,{TEXT},06.05.2031\n")
    record = {"Nr": "2", "text": "no", "b": TEXT, "d": "06.05.2031", "date": "2000-01-01"}
    (tmp_path / "u.jsonl").write_text(json.dumps(record))
    found = read(tmp_path, columns=columns, date_format="%d.%m.%Y")
    assert found == [Article("1", TEXT, published=DAY), Article("2", TEXT, published=DAY)]
    (tmp_path / "u.jsonl").unlink()
    with pytest.raises(EventbenchError, match=r"t.csv:1: expected one column 'B' \(--text-column"):
        read(tmp_path, columns={"text": "B"})


def test_result_lines_are_articles_again(tmp_path: Path) -> None:
    record = {
        "id": "a", "title": "Shelling", "publisher": "Karsland Post", "published": "2031-05-06",
        "address": "https://post.example/a", "text": TEXT, "sentences": [[0, 15]], "events": [],
        "links": [],
    }  # fmt: skip
    others = {"id": "b", "text": "", "published": None, "source": {"name": "x"}}
    lines = "".join(json.dumps(r) + "\n" for r in (record, others))
    (tmp_path / "r.jsonl").write_text(lines)
    assert read(tmp_path) == [
        Article("a", TEXT, "Shelling", "Karsland Post", DAY, "https://post.example/a"),
        Article("b", ""),
    ]


# Days


@pytest.mark.parametrize(
    "written",
    ["2031-05-06", "2031-05-06T23:30:00+02:00", "2031-05-06 08:00", "2031/05/06", "20310506",
     20310506, "6 May 2031", "May 6, 2031", "06 May 2031", "Tue, 06 May 2031 08:00:00 GMT", DAY,
     datetime(2031, 5, 6, 23, 30)],
)  # fmt: skip
def test_days(written: Any) -> None:
    assert day_of(written) == DAY


def test_what_is_no_day_or_could_be_another_one() -> None:
    for written in ("06/05/2031", "6.5.31", "2031", "2031-02-30", "Monday", 7.5, 1936569600):
        with pytest.raises(ValueError, match="is not a day such as 2016-11-10"):
            day_of(written)
    assert day_of("06/05/2031", "%d/%m/%Y") == DAY
    assert day_of("2031-05-06", "%d/%m/%Y") == DAY
    assert day_of("  ") is day_of(None) is None
