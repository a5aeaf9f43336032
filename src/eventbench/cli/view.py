"""``eventbench view``: an annotated article as a page."""

from __future__ import annotations

from pathlib import Path

import click

from eventbench.cli.groups import example
from eventbench.cli.options import (
    CorpusChoice,
    annotations_option,
    corpus_options,
    out_option,
)


@click.command("view", epilog=example("view 000 --out 000.html"))
@click.argument("article", metavar="ARTICLE", help="id of the article, as `data stats` lists it")
@annotations_option
@out_option("FILE", "page to write")
@corpus_options
def command(article: str, annotations: Path | None, out: Path, corpus: CorpusChoice) -> None:
    """Write an annotated article as a page."""
    from eventbench.html.article import render_article
    from eventbench.io import write_whole

    loaded = corpus.load(annotations)
    document = loaded.document(article)
    subtitle = f"{loaded.id} {loaded.version}, fingerprint {loaded.fingerprint}"
    write_whole(out, render_article(document, document.title, loaded.scheme, subtitle=subtitle))
    print(f"{out}: article {document.id}, {len(document.events)} events")
