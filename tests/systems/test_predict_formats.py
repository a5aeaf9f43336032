"""The formats of `predict`: chosen by ending or name, written whole, read by other libraries."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from conftest import Cli
from made_models import write_jsonl

import eventbench as eb
from eventbench import EventbenchError, export, load_corpus, load_model
from eventbench.formats.registry import FORMATS
from eventbench.formats.store import pairs
from eventbench.systems.predict import predict

pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")

TEXTS = {
    "2031/first": "Airstrikes killed 12 people in Aleppo.\n=Airstrikes hit a hospital.",
    "my notes": "Airstrikes hit the airport. Nothing else happened.",
}


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("articles") / "a.jsonl"
    lines = [
        {"id": i, "text": t, "published": "2031-05-06", "publisher": "Evening Star", "title": i}
        for i, t in TEXTS.items()
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_name_without_ending_is_a_result(lexicon: Path, articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "r"
    assert predict(lexicon, [articles], out) == 2
    names = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    assert names == [
        "annotations/annotation.conf",
        "annotations/incidents.toml",
        "annotations/incidents.tsv",
        "annotations/places.toml",
        "annotations/speakers.toml",
        "annotations/visual.conf",
        "articles.jsonl",
        "result.json",
    ]
    record = json.loads((out / "result.json").read_text("utf-8"))
    assert (record["articles"], record["language"]) == (2, "en")
    assert record["model"] == {
        "system": "lexicon",
        "task": "events",
        "digest": load_model(lexicon).digest,
    }
    found = load_corpus(out)
    assert [(d.id, d.text, d.publisher, str(d.published)) for d in found.documents] == [
        (i, text, "Evening Star", "2031-05-06") for i, text in TEXTS.items()
    ]
    assert [[s.span.text_in(d.text) for s in d.sentences] for d in found.documents] == [
        ["Airstrikes killed 12 people in Aleppo.", "=Airstrikes hit a hospital."],
        ["Airstrikes hit the airport.", "Nothing else happened."],
    ]
    assert found.places  # those of the corpus that the model learned from
    assert {m.article for i in eb.incidents(out) for m in i.mentions} == {*TEXTS}


def test_a_result_takes_the_place_of_another_and_of_nothing_else(
    lexicon: Path, articles: Path, tmp_path: Path
) -> None:
    out = tmp_path / "r"
    predict(lexicon, [articles], out)
    (out / "old").touch()
    predict(lexicon, [articles], out)
    assert not (out / "old").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept.parquet").touch()
    with pytest.raises(EventbenchError, match="mine: exists and is not an earlier result"):
        predict(lexicon, [articles], tmp_path / "mine")


def test_a_file_of_predictions_is_read_like_a_result(
    lexicon: Path, articles: Path, tmp_path: Path
) -> None:
    """Its incidents are joined when they are asked for."""
    predict(lexicon, [articles], tmp_path / "r")
    predict(lexicon, [articles], tmp_path / "x.jsonl")
    of_file, of_folder = (load_corpus(tmp_path / name) for name in ("x.jsonl", "r"))
    assert of_file.documents == of_folder.documents
    assert of_file.fingerprint == of_folder.fingerprint
    assert eb.incidents(of_file) == eb.incidents(of_folder)


def test_tables(lexicon: Path, articles: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    predict(lexicon, [articles], out)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    triggers = [(row["article"], row["trigger"]) for row in rows]
    assert triggers[:2] == [("2031/first", "Airstrikes"), ("2031/first", "killed")]
    assert rows[2]["sentence"] == "'=Airstrikes hit a hospital."
    assert {row["published"] for row in rows} == {"2031-05-06"}
    assert [TEXTS[r["article"]][int(r["start"]) : int(r["end"])] for r in rows] == [
        row["trigger"] for row in rows
    ]
    predict(lexicon, [articles], tmp_path / "x.parquet", rows="incidents")
    assert set(pq.read_table(tmp_path / "x.parquet")["level"].to_pylist()) <= {*eb_levels()}
    predict(lexicon, [articles], tmp_path / "x.xlsx")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    cells = [[cell.value for cell in row] for row in book["events"].iter_rows()]
    assert [row[cells[0].index("trigger")] for row in cells[1:]] == [r["trigger"] for r in rows]
    assert cells[3][cells[0].index("sentence")] == "=Airstrikes hit a hospital."
    assert len(book.sheetnames) == 6


def eb_levels() -> tuple[str, ...]:
    from eventbench.claims.model import LEVELS

    return LEVELS


def test_tagged_parquet_is_a_result(lexicon: Path, articles: Path, tmp_path: Path) -> None:
    import pyarrow as pa

    part = tmp_path / "parts" / "0.parquet"
    part.parent.mkdir()
    pq.write_table(pa.table({"id": [*TEXTS], "text": [*TEXTS.values()]}), part)
    assert predict(lexicon, [part], tmp_path / "tagged") == 2
    predict(lexicon, [articles], tmp_path / "r")
    tagged, expected = (load_corpus(tmp_path / name).documents for name in ("tagged", "r"))
    assert [(d.id, d.events, d.sentences, d.values) for d in tagged] == [
        (d.id, d.events, d.sentences, d.values) for d in expected
    ]


def test_annotation_tools_get_what_brat_gets(lexicon: Path, articles: Path, tmp_path: Path) -> None:
    """As predictions of the model, which annotators correct; a result says the same."""
    lines = [json.loads(line) for line in articles.read_text("utf-8").splitlines()]
    for number, line in enumerate(lines):  # ids that files can have
        line |= {"id": str(number), "text": f"😀\r\n{line['text']}\r\n"}
    articles = tmp_path / "a.jsonl"
    articles.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for format in ("brat", "cas", "label-studio", "result"):
        assert predict(lexicon, [articles], tmp_path / format, format=format) == 2
    model = load_model(lexicon)
    tasks = json.loads((tmp_path / "label-studio/tasks.json").read_text("utf-8"))
    for task in tasks:
        assert "annotations" not in task
        (prediction,) = task.pop("predictions")
        assert prediction["model_version"] == f"lexicon {model.digest[:12]}"
        task["annotations"] = [prediction]
    (tmp_path / "export.json").write_text(json.dumps(tasks), "utf-8")
    export(tmp_path / "result", "label-studio", tmp_path / "of-result")
    again = json.loads((tmp_path / "of-result/tasks.json").read_text("utf-8"))
    assert [t["predictions"] for t in again] == [t["annotations"] for t in tasks]
    for name, source in (("cas", tmp_path / "cas"), ("label-studio", tmp_path / "export.json")):
        read = FORMATS[name].read
        assert read is not None
        (found,) = read(source, model.scheme).by_annotator.values()
        files = pairs(found, model.scheme)
        assert {*files} == {f"{i}.{end}" for i in range(2) for end in ("txt", "ann")}
        for file, content in files.items():
            assert content == (tmp_path / "brat" / file).read_bytes()
            assert content


@pytest.mark.parametrize("format", ["brat", "cas", "label-studio"])
def test_articles_in_folders_go_to_annotation_tools_too(
    lexicon: Path, tmp_path: Path, format: str
) -> None:
    """Files are called by the ids, as far as these can be names of files."""
    ids = ("2031/first", "2031-First", "what?", "my notes")
    lines = [json.dumps({"id": i, "text": "Airstrikes hit Aleppo."}) for i in ids]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    out = tmp_path / "out"
    assert predict(lexicon, [tmp_path / "a.jsonl"], out, format=format) == 4
    if format == "label-studio":
        data = [task["data"] for task in json.loads((out / "tasks.json").read_text("utf-8"))]
        assert [d["id"] for d in data] == [*ids]
        names = [d["name"] for d in data]
    else:
        names = [p.stem for p in out.iterdir() if p.suffix in (".ann", ".xmi")]
    assert {*names} == {"2031-first", "2-2031-First", "article-3", "my notes"}


def test_what_cas_cannot_hold_is_said_before_the_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [json.dumps({"id": i, "text": t}) for i, t in (("x", "\ufeffa"), ("y", "a\x0b"))]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    given = (tmp_path / "no model", [tmp_path / "a.jsonl"], tmp_path / "out")
    message = r"^article y: XML cannot hold the character '\\x0b' at 1$"
    with pytest.raises(EventbenchError, match=message):
        predict(*given, format="cas")
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(EventbenchError, match=r"^CAS needs dkpro-cassis: pip install "):
        predict(*given, format="cas")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("out", "format", "rows", "message"),
    [
        ("x.csv", "xlsx", None, "x.csv: ends in .csv, but --format xlsx is written to .xlsx"),
        ("x", "csv", None, "x: has no ending, but --format csv is written to .csv"),
        ("x.jsonl", "brat", None, "--format brat is written to a name without ending"),
        ("full", "label-studio", None, "full: exists and is not an empty directory"),
        (None, "cas", None, "cas is not printed: name what to write with --out"),
        ("x.txt", None, None, "x.txt: expected a name that ends in .jsonl, .csv, .xlsx"),
        (None, "csv", None, "csv is not printed: name what to write with --out"),
        ("x", None, "claims", "result has no rows to choose: they go with csv, xlsx, parquet"),
        ("folder.csv", None, None, "folder.csv: is a directory; csv is written to a file"),
    ],
)
def test_what_does_not_agree_is_said_before_the_model_is_loaded(
    out: str | None, format: str | None, rows: str | None, message: str, tmp_path: Path
) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "full" / "mine").mkdir(parents=True)
    place = tmp_path / out if out else None
    with pytest.raises(EventbenchError, match=message):
        predict(tmp_path / "no model", [tmp_path / "a.txt"], place, format=format, rows=rows)
    assert {path.name for path in tmp_path.iterdir()} == {"folder.csv", "full"}


def test_html_is_the_site_of_report(
    cli: Cli, lexicon: Path, articles: Path, tmp_path: Path
) -> None:
    command = ("predict", "--model", lexicon, articles)
    result = cli(*command, "--out", "site", "--format", "html")
    assert (result.stdout, result.stderr) == ("site: 2 articles\n", "")
    assert "<h1>site</h1>" in (tmp_path / "site" / "index.html").read_text("utf-8")
    assert (tmp_path / "site" / "articles" / "2.html").is_file()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").touch()
    for options, message in {
        ("--out", "mine", "--format", "html"): "exists and is not an earlier report",
        ("--out", "x.html"): "x.html: expected a name that ends in .jsonl, .csv",
        ("--format", "html"): "html is not printed: name the directory to write with --out",
        ("--out", "y", "--format", "html", "--rows", "claims"): "html has no rows to choose",
    }.items():
        result = cli(*command, *options)
        assert (result.returncode, result.stdout) == (1, "")
        assert message in result.stderr


def test_the_command_names_what_it_wrote(cli: Cli, lexicon: Path, articles: Path) -> None:
    command = ("predict", "--model", lexicon, articles)
    assert cli(*command, "--out", "r").stdout == "r: 2 articles\n"
    result = cli("incidents", "r", "--rows", "events", "--format", "csv")
    assert result.returncode == 0
    assert "2031/first" in result.stdout
    assert cli(*command, "--out", "x.csv", "--rows", "claims").stdout == "x.csv: 2 articles\n"


def test_without_articles_everything_is_empty(lexicon: Path, tmp_path: Path) -> None:
    nothing = write_jsonl(tmp_path / "a.jsonl", {})
    for name in ("x.csv", "x.xlsx", "x.parquet"):
        assert predict(lexicon, [nothing], tmp_path / name) == 0
    assert (tmp_path / "x.csv").read_text("utf-8").count("\n") == 1
