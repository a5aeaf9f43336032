"""``eventbench view``: what it takes, what it compares, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import Cli
from made_results import result_of

from eventbench import fit, load_corpus


@pytest.fixture
def brat(tmp_path: Path, harbour: Path) -> Path:
    """An article of harbour as an annotator has it, with mistakes, beside its scheme."""
    folder = tmp_path / "brat"
    folder.mkdir()
    shutil.copy(harbour / "annotations/annotation.conf", folder)
    shutil.copy(harbour / "seeds/maren.txt", folder)
    ann = (harbour / "annotations/gold/maren.ann").read_text("utf-8")
    ann = ann.replace("A2\tCertainty E1 certain", "A2\tCertainty E1 ruled-out")
    ann = ann.replace("Headcount:T5 ", "").replace("T10\tStrike 107 114\twalkout\n", "")
    ann = re.sub(r"(E3|A[89]|A10|R2|T11)\t.*\n", "", ann)
    (folder / "maren.ann").write_text(ann.replace("T5\tAmount 36 39\t400\n", ""), "utf-8")
    return folder


def words_of(page: Path) -> str:
    """The text of a page without its marks."""
    body = page.read_text("utf-8").partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]*>", "", body).split())


SAID = (
    "5 events predicted, 6 in the gold: 3 right, 2 partly right, 0 wrong, 1 missed",
    "certainty: gold certain, predicted ruled-out",
    "Headcount: gold “400”, predicted nothing",
    "○ missed: only in the gold walkout Strike",
)


def test_files_of_brat_beside_the_gold(cli: Cli, brat: Path, tmp_path: Path) -> None:
    for number, source in enumerate((brat, brat / "maren.ann", brat / "maren.txt")):
        page = tmp_path / f"{number}.html"
        result = cli("view", source, "--gold", "harbour", "--out", page)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == f"{page}: article maren, {SAID[0]}\n"
        for said in SAID:
            assert said in words_of(page)


def test_files_of_brat_alone(cli: Cli, brat: Path, tmp_path: Path) -> None:
    result = cli("view", brat, "--out", "page.html")
    assert result.stdout == "page.html: article maren, 5 events\n"
    assert "gold" not in words_of(tmp_path / "page.html")
    # The scheme is that of the corpus, unless it lies beside the files.
    (brat / "annotation.conf").unlink()
    assert "'Strike'" in cli("view", brat, "--out", "page.html").stderr
    assert cli("view", brat, "--data", "harbour", "--out", "page.html").returncode == 0


def test_pages_of_several_articles(cli: Cli, harbour: Path, tmp_path: Path) -> None:
    for source in ([], [harbour]):
        result = cli("view", *source, "--data", "harbour", "--out", "pages")
        assert result.stdout == "pages/index.html: 3 articles, 20 events\n"
    index = (tmp_path / "pages/index.html").read_text("utf-8")
    assert re.findall(r'href="(articles/[^"]*)"', index) == [
        f"articles/h{n}.html" for n in (1, 2, 3)
    ]
    middle = (tmp_path / "pages/articles/h2.html").read_text("utf-8")
    assert re.findall(r'href="([^"#]+)"', middle) == ["../index.html", "h1.html", "h3.html"]
    assert {path.name for path in (tmp_path / "pages").rglob("*.html")} == {
        *("index.html", "h1.html", "h2.html", "h3.html")
    }


def test_a_result_beside_the_gold(cli: Cli, harbour: Path, tmp_path: Path) -> None:
    result_of(load_corpus(harbour), tmp_path / "r")
    found = cli("view", "r", "--gold", "harbour", "--out", "pages")
    assert found.stdout.startswith("pages/index.html: 3 articles, 20 events predicted, 20 in the")
    assert "20 right, 0 partly right" in words_of(tmp_path / "pages/index.html")
    found = cli("view", "r", "--article", "h2", "--out", "h2.html")
    assert found.stdout.startswith("h2.html: article h2, ")
    # Files without the sentences of articles, as other programs write them.
    lines = (tmp_path / "r/articles.jsonl").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        lines[number] = json.dumps({**json.loads(line), "sentences": None})
    (tmp_path / "r/articles.jsonl").write_text("\n".join(lines), "utf-8")
    assert cli("view", "r", "--article", "h1", "--out", "h1.html").returncode == 0
    assert "Sentence h1-004" in words_of(tmp_path / "h1.html")


def test_articles_that_the_gold_does_not_have(cli: Cli, harbour: Path, tmp_path: Path) -> None:
    result_of(load_corpus(harbour), tmp_path / "r")
    path = tmp_path / "r/articles.jsonl"
    first, second, third = map(json.loads, path.read_text("utf-8").splitlines())
    # One is the gold's under another name, one has a text of its own.
    second |= {"id": "x", "text": second["text"] + "More.\n"}
    articles = [{**first, "id": "renamed"}, second, third]
    path.write_text("".join(json.dumps(one) + "\n" for one in articles), "utf-8")
    assert cli("view", "r", "--gold", "harbour", "--out", "pages").returncode == 0
    index = words_of(tmp_path / "pages/index.html")
    assert "1 article not in the gold." in index
    assert "renamed Dockers strike at Port Maren" in index
    assert re.search(r"x Barley reaches Port Osk.*not in the gold, \d events predicted", index)
    assert "beside the gold" not in words_of(tmp_path / "pages/articles/x.html")


def test_probabilities_are_shown(cli: Cli, harbour: Path, tmp_path: Path) -> None:
    result_of(load_corpus(harbour), tmp_path / "r")
    path = tmp_path / "r/articles.jsonl"
    article = json.loads(path.read_text("utf-8").splitlines()[0])
    article["events"][0] |= {"probability": 0.914, "probabilities": {"certainty": 0.6}}
    path.write_text(json.dumps(article), "utf-8")
    assert cli("view", "r", "--out", "page.html").returncode == 0
    page = words_of(tmp_path / "page.html")
    assert "strike Strike walkout event 91 % certain 60 % major" in page
    assert "is how probable the system finds the value before it" in page
    assert "· 91 %" in (tmp_path / "page.html").read_text("utf-8")


def test_a_run_has_its_gold(cli: Cli, tmp_path: Path, harbour: Path) -> None:
    export = ("data", "export", "--format", "run", "--data", "harbour")
    assert cli(*export, "--out", "run").returncode == 0
    view = ("view", "run", "--data", "harbour", "--out")
    result = cli(*view, "pages")
    assert result.stdout.endswith("20 right, 0 partly right, 0 wrong, 0 missed\n")
    index = words_of(tmp_path / "pages/index.html")
    assert "run, events, seed 0 Beside the gold harbour 0.1.0" in index
    triggers = cli(*view, "h1.html", "--task", "triggers", "--seed", "0", "--article", "h1")
    assert triggers.stdout.endswith("6 right, 0 partly right, 0 wrong, 0 missed\n")
    note = "Not compared, since no prediction has them: arguments, kind, certainty, severity"
    assert note in words_of(tmp_path / "h1.html")


def test_a_model_tags_plain_text(cli: Cli, harbour: Path, tmp_path: Path) -> None:
    fit("lexicon", corpus=harbour, out=tmp_path / "model")
    (tmp_path / "quay.txt").write_text("Dockers on strike closed the quay.\n", "utf-8")
    result = cli("view", "quay.txt", "--model", "model", "--out", "quay.html")
    assert result.stdout == "quay.html: article quay, 1 events\n"
    assert "quay.txt, tagged by lexicon" in words_of(tmp_path / "quay.html")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("h9 --out x.html", "h9: no such file, directory or article, expected a path or one of h1"),
        ("plain.txt --out x.html", "plain.txt: has no events: tag it with --model DIR, or view"),
        ("seeds --out x.html", "seeds: found no run.json, no articles.jsonl and no .ann file"),
        ("lone.ann --out x.html", "lone.ann: expected lone.txt beside it"),
        ("harbour --out x.html", "x.html: is one page, but harbour 0.1.0, fingerprint"),
        ("harbour --out seeds", "seeds: exists and holds no pages of `eventbench view`; choose"),
        ("harbour --article h7 --out x", "no article 'h7': expected h1, h2, h3"),
        ("brat --gold aleppo --out x", "aleppo: has another scheme than brat: expected the same"),
        ("brat --gold nowhere --out x", "nowhere: No such file or directory"),
        ("brat --seed 1 --out x", "brat: is not a run: expected one for a task or a seed"),
        ("run --seed 1 --out x", "run: has no seed 1, but 0"),
        ("run --gold harbour --out x", "a run is compared with its own corpus: name it with"),
        ("other --gold harbour --out x", "other: article maren is not the text that harbour has"),
        ("strange --gold harbour --out x", "strange: found articles strange, expected ids, file"),
        ("h1 --model run --out x", "--model, --task and --seed need a path"),
        ("brat --annotations seeds --out x", "--annotations are those of a corpus, not of brat"),
    ],
)
def test_bad_input_is_refused_in_one_line(
    cli: Cli, brat: Path, harbour: Path, tmp_path: Path, arguments: str, message: str
) -> None:
    shutil.copytree(harbour / "seeds", tmp_path / "seeds")
    (tmp_path / "plain.txt").write_text("Nothing happened.\n", "utf-8")
    (tmp_path / "lone.ann").write_text("", "utf-8")
    for name, stem in (("other", "maren"), ("strange", "strange")):
        shutil.copytree(brat, tmp_path / name)
        for suffix in ("txt", "ann"):
            (tmp_path / name / f"maren.{suffix}").rename(tmp_path / name / f"{stem}.{suffix}")
    for path in (tmp_path / "other/maren.txt", tmp_path / "strange/strange.txt"):
        path.write_text(path.read_text("utf-8") + "More.\n", "utf-8")
    if arguments.startswith("run"):
        export = ("data", "export", "--format", "run", "--data", "harbour")
        assert cli(*export, "--out", "run").returncode == 0
    before = {path for path in tmp_path.rglob("*")}
    result = cli("view", *arguments.split(), "--data", "harbour")
    assert result.returncode in (1, 2)
    assert message in result.stderr.splitlines()[-1]
    assert {path for path in tmp_path.rglob("*")} == before
