"""``eventbench view``: articles with their events as pages, beside the gold if there is any."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    PATH,
    CorpusChoice,
    annotations_option,
    corpus_options,
    out_option,
)
from eventbench.cli.output import counter
from eventbench.errors import EventbenchError
from eventbench.tasks.registry import model_tasks

if TYPE_CHECKING:
    from eventbench.corpus.model import Document
    from eventbench.evaluation.side_by_side import SideBySide
    from eventbench.html.viewed import Viewed

PAGES = (".html", ".htm")
"""What the name of a single page ends in; any other is that of a folder."""


@click.command("view", epilog=example("view result --gold practice --out pages"))
@click.argument(
    "source",
    metavar="[WHAT]",
    required=False,
    help="id of an article of the corpus, as `data stats` lists it; or a path: what `predict` or "
    "`run` wrote, an entry of the leaderboard, files of brat (.ann beside .txt) or a corpus "
    "(default: the whole corpus)",
)
@click.option("--article", metavar="ID", help="show this article alone")
@click.option(
    "--gold",
    metavar="CORPUS",
    help="compare with these annotations: id of a corpus of this package, or a path as WHAT "
    "(default: of a run, those of its corpus; otherwise nothing is compared)",
)
@click.option(
    "--task",
    type=click.Choice(model_tasks()),
    help="which predictions of a run (default: the first of them that it has)",
)
@click.option("--seed", type=click.IntRange(0), help="which seed of a run (default: its first)")
@click.option(
    "--model",
    type=PATH,
    metavar="DIR",
    help="tag the articles of WHAT with a model that `fit` wrote",
)
@annotations_option
@out_option("PATH", "page to write if it ends in .html, else a folder of pages with index.html")
@corpus_options
def command(
    source: str | None,
    article: str | None,
    gold: str | None,
    task: str | None,
    seed: int | None,
    model: Path | None,
    annotations: Path | None,
    out: Path,
    corpus: CorpusChoice,
) -> None:
    """Write articles with their events as pages, predictions beside the gold."""
    from eventbench.html.viewed import with_gold

    viewed = _viewed(source, task, seed, model, annotations, corpus)
    if gold is not None and not viewed.gold:
        viewed = with_gold(viewed, gold, corpus.named)
    elif gold is not None:
        raise click.UsageError("a run is compared with its own corpus: name it with --corpus")
    if article is not None:
        viewed = viewed.of_article(article)
    if out.suffix not in PAGES:
        _write_folder(viewed, out)
    elif len(viewed.documents) == 1:
        _write_page(viewed, out)
    else:
        raise EventbenchError(
            f"{out}: is one page, but {viewed.name} has {len(viewed.documents)} articles: choose "
            "one with --article, or name a folder"
        )


def _viewed(
    source: str | None,
    task: str | None,
    seed: int | None,
    model: Path | None,
    annotations: Path | None,
    corpus: CorpusChoice,
) -> Viewed:
    """What WHAT names: an article of the corpus, all of them, or a path."""
    from eventbench.corpus.loading import corpus_root, read_sources
    from eventbench.html.viewed import view_corpus, view_path
    from eventbench.systems.models import load_model

    ids = () if source is None else [s.id for s in read_sources(corpus_root(corpus.named))]
    if source is None or source in ids:
        if model is not None or task is not None or seed is not None:
            raise click.UsageError("--model, --task and --seed need a path")
        whole = view_corpus(corpus.load(annotations))
        return whole if source is None else whole.of_article(source)
    if annotations is not None:
        raise click.UsageError(f"--annotations are those of a corpus, not of {source}")
    if not Path(source).exists():
        raise EventbenchError(
            f"{source}: no such file, directory or article, expected a path or one of "
            f"{', '.join(ids)}"
        )
    loaded = None if model is None else load_model(model)
    return view_path(Path(source), corpus.named, task=task, seed=seed, model=loaded)


def _write_page(viewed: Viewed, out: Path) -> None:
    from eventbench.io import write_whole

    (document,) = viewed.documents
    side = viewed.compared().get(document.id)
    write_whole(out, _page(viewed, document, side))
    found = f"{len(document.events)} events" if side is None else str(side.tally)
    print(f"{out}: article {document.id}, {found}")


def _page(
    viewed: Viewed,
    document: Document,
    side: SideBySide | None,
    ways: list[tuple[str, str]] | None = None,
) -> str:
    from eventbench.html.article import render_article
    from eventbench.html.articles import not_compared_note

    title = document.title or document.id
    if side is None:
        return render_article(
            document,
            title,
            viewed.scheme,
            subtitle=viewed.name,
            ways=ways or (),
            credit=viewed.credit,
        )
    return render_article(
        side.document,
        title,
        viewed.scheme,
        subtitle=f"{viewed.name}, beside the gold {viewed.gold_name}",
        verdicts=side.verdicts,
        note=not_compared_note(viewed),
        ways=ways or (),
        credit=viewed.credit,
    )


def _write_folder(viewed: Viewed, out: Path) -> None:
    """Write ``index.html`` and a page for each article, all or nothing."""
    from eventbench.evaluation.side_by_side import Tally
    from eventbench.html.articles import render_articles
    from eventbench.io import atomic_output, file_stems

    _check_folder(out)
    stems = file_stems((document.id for document in viewed.documents), ".html")
    names = {article: f"{stem}.html" for article, stem in stems.items()}
    compared = viewed.compared()
    with atomic_output(out) as new, counter("view", "articles") as progress:
        (new / "articles").mkdir(parents=True)
        for number, document in enumerate(viewed.documents):
            ways = [("All articles", "../index.html")]
            for label, other in (("Previous", number - 1), ("Next", number + 1)):
                if 0 <= other < len(names):
                    neighbour = viewed.documents[other].id
                    ways.append((f"{label}: {neighbour}", names[neighbour]))
            page = _page(viewed, document, compared.get(document.id), ways)
            place = new / "articles" / names[document.id]
            place.write_text(page, encoding="utf-8", newline="")
            progress(1)
        addresses = {article: f"articles/{name}" for article, name in names.items()}
        index = render_articles(viewed, compared, addresses)
        (new / "index.html").write_text(index, encoding="utf-8", newline="")
    found = f"{sum(len(document.events) for document in viewed.documents)} events"
    if compared:
        found = str(sum((side.tally for side in compared.values()), Tally()))
    print(f"{out / 'index.html'}: {len(names)} articles, {found}")


def _check_folder(out: Path) -> None:
    """Refuse to replace a folder that this command did not write."""
    from eventbench.html.articles import GENERATOR
    from eventbench.io import is_empty_directory, read_text

    index = out / "index.html"
    is_ours = index.is_file() and f'content="{GENERATOR}"' in read_text(index)[:2000]
    if out.exists() and not is_ours and not is_empty_directory(out):
        raise EventbenchError(
            f"{out}: exists and holds no pages of `eventbench view`; choose another --out, which "
            "ends in .html for a single page"
        )
