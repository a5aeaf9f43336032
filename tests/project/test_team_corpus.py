"""All that is written of a team's corpus bears the team's name, licence and canary, not ours."""

from __future__ import annotations

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest
from commandline import run_here
from conftest import KARSLAND, ROOT
from made_submissions import write_info

import eventbench as eb
from eventbench.corpus.loading import available_corpora
from eventbench.dataset.build import read_manifest
from eventbench.dataset.card import CARD
from eventbench.formats.registry import FORMATS
from eventbench.hub.checks import front_matter
from eventbench.hub.results import card_with_results, eval_results, eval_yaml

NAME, LICENCE, TEXTS = "Reports on Karsland", "LicenseRef-Karsland-1", "CC0-1.0"
CITATION = "The Karsland desk (2031)"
CANARY = "Karsland canary 01234567-89ab-cdef-0123-456789abcdef"
THEIRS = {"name": NAME, "licence": LICENCE, "citation": CITATION, "canary": CANARY}

BINARY = (".png", ".bin", ".crfsuite", ".pkl", ".npz")
FOREIGN = re.compile(r"\.min\.js$|\.umd\.|LICENSE\.txt$|^outlines\.js$")
"""Code, licences and maps of others."""


def ours() -> set[str]:
    """What the corpora that come with the package say of themselves, in lower case."""
    said = {"aleppo", "eventbench authors", "eventbench's authors"}
    for root in available_corpora().values():
        info = eb.load_corpus(root).info
        said |= {info.name, info.citation, info.canary, info.licence}
        said.add(info.licence.replace("-", " "))
    return {words.lower() for words in said} - {""}


@pytest.fixture(scope="module")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with values and incidents, described by a team; its folder is called "team"."""
    folder = tmp_path_factory.mktemp("desk")
    data = folder / "team"
    shutil.copytree(KARSLAND, data)
    for name in ("annotation.conf", "incidents.toml"):
        text = (ROOT / "annotations" / name).read_text("utf-8")
        own = "".join(line for line in text.splitlines(True) if not line.startswith("#"))
        (data / "annotations" / name).write_text(own, "utf-8")
    path = data / "annotations/corpus.toml"
    text = path.read_text("utf-8")
    for key, value in (
        ("name", NAME),
        ("licence", LICENCE),
        ("licence_url", "https://karsland.example/licence"),
        ("text_licence", TEXTS),
        ("citation", CITATION),
    ):
        text, count = re.subn(
            rf'^{key} = ".*"$', f'{key} = "{value}"', text, count=1, flags=re.MULTILINE
        )
        assert count == 1
    path.write_text(text.replace("[protocol]", f'canary = "{CANARY}"\n\n[protocol]'), "utf-8")
    return folder


COMMANDS = """
data build --out dataset
data build --text none --out bare
data export --format conll --fold 0 --out fold
data export --format run --out annotated-run
data adjudicate team/annotations/gold team/annotations/gold --out settled
run lexicon --task all --out run
errors run --html errors.html
score run --json
view --out view
view run --out view-run
report --out report
fit lexicon --out model
leaderboard submit run --entry entry.toml --leaderboard board
leaderboard build --leaderboard board --out site
leaderboard show --leaderboard board
incidents --out incidents.xlsx
incidents --out incidents.csv
incidents --out incidents.parquet
incidents --out incidents.json
incidents --out incidents.geojson
incidents --format acled --out acled.csv
incidents --format ucdp --out ucdp.csv
"""


@pytest.fixture(scope="module")
def written(corpus_folder: Path) -> Path:
    """The folder of everything that commands write of it, what they print included."""
    folder = corpus_folder
    write_info(folder / "entry.toml")
    formats = [f"data export --format {name} --out export-{name}" for name in FORMATS]
    for number, line in enumerate([*COMMANDS.strip().splitlines(), *formats]):
        result = run_here(folder, [*line.split(), "--data", "team"])
        assert result.returncode == 0, f"{line}: {result.stderr}"
        (folder / f"printed-{number}.txt").write_text(result.stdout, "utf-8")
    for out in ("found.jsonl", "found"):
        line = f"predict --model model team/seeds --out {out}"
        assert run_here(folder, line.split()).returncode == 0
    corpus = eb.load_corpus(folder / "team")
    prompts = [eb.prompts.Prompt(corpus.scheme, t, corpus.places) for t in eb.prompts.PROMPTED]
    (folder / "prompts.txt").write_text("\n".join(p.system() for p in prompts), "utf-8")
    card = (folder / "dataset/README.md").read_text("utf-8")
    manifest = read_manifest(folder / "dataset")
    reports = {"triggers": eb.score(folder / "run", corpus=corpus)}
    for name, text in {
        "eval.yaml": eval_yaml(front_matter(card, CARD), manifest),
        "results.yaml": eval_results(reports, "o/d", "results.yaml"),
        "card.md": card_with_results("", reports, "o/d", "lexicon", "card"),
    }.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def texts_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every file, unpacked; those of the corpus itself are left out."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name.startswith("team/") or path.suffix in BINARY or FOREIGN.search(path.name):
            continue
        if path.suffix == ".parquet":
            table = pyarrow.parquet.read_table(path)
            yield name, f"{table.schema.metadata}{table.to_pylist()}"
        elif path.suffix == ".xlsx" or zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book:
                yield (
                    name,
                    "".join(book.read(n).decode("utf-8", "replace") for n in book.namelist()),
                )
        else:
            content = path.read_bytes()
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            elif path.name == "export-spacy":
                content = zlib.decompress(content)
            yield name, content.decode("utf-8", "replace")


def test_nothing_that_leaves_says_that_it_is_ours(written: Path) -> None:
    said = ours()
    names = []
    for name, text in texts_of(written):
        names.append(name)
        lower = f"{name}\n{text}".lower()
        assert [words for words in said if words in lower] == [], name
    for expected in ("incidents.xlsx", "site/index.html", "model/model.json", "prompts.txt"):
        assert expected in names
    assert len(names) > 150


def test_what_we_say_of_our_corpora_would_be_found() -> None:
    said = ours()
    assert {"cc by 4.0", "cc-by-4.0", "aleppo", eb.load_corpus().info.canary.lower()} <= said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dataset/README.md", THEIRS.keys()),
        ("dataset/eventbench.json", THEIRS.keys()),
        ("bare/README.md", THEIRS.keys()),
        ("dataset/croissant.json", ("citation", "canary")),
        ("eval.yaml", ("name", "canary")),
        ("report/index.html", THEIRS.keys()),
        ("report/articles/1.html", THEIRS.keys()),
        ("view/articles/m.html", THEIRS.keys()),
        ("view-run/articles/m.html", THEIRS.keys()),
        ("site/articles/m.html", THEIRS.keys()),
        ("site/index.html", ("name",)),
    ],
)
def test_what_describes_it_says_whose_it_is(
    written: Path, name: str, expected: tuple[str, ...]
) -> None:
    text = " ".join((written / name).read_text("utf-8").lower().split())
    assert [key for key in expected if THEIRS[key].lower() not in text] == []


def test_predictions_on_new_articles_are_nobodys(written: Path) -> None:
    """A result says by which model it was found, and claims no licence for what others wrote."""
    texts = {n: t for n, t in texts_of(written) if n.startswith(("found", "model/"))}
    assert len(texts) > 5
    assert not any(CANARY in text or LICENCE in text for text in texts.values())


def test_prompts_for_another_scheme_are_free_of_ours() -> None:
    scheme = eb.load_corpus(ROOT / "tests/harbour").scheme
    for task in ("triggers", "arguments", "attributes", "links", "events"):
        text = eb.prompts.Prompt(scheme, task).system()
        assert text.startswith("You analyse news. ")
        assert not re.search(r"armed|besieged|Territory|air-strike|enemy|displaced", text)
        assert "\n\n\n" not in text
    known = eb.prompts.Prompt(eb.load_corpus().scheme, "events").system()
    assert known.startswith("You analyse news about armed conflicts. ")
    assert "is an air-strike" in known
    assert "is a Territory" in known
