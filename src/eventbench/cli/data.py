"""``eventbench data``: the annotated data, checked, counted, compared, converted and built."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from eventbench.cli.groups import Group, example
from eventbench.cli.options import (
    PATH,
    CorpusChoice,
    annotations_option,
    corpora_option,
    corpus_options,
    json_option,
    out_option,
)
from eventbench.cli.output import print_json
from eventbench.errors import EventbenchError
from eventbench.formats.brat import BRAT
from eventbench.formats.registry import (
    FORMATS,
    export,
    import_articles,
    write_annotators,
)
from eventbench.systems.progress import quiet_datasets
from eventbench.text import plural

RUN = "run"
"""A format that is not another tool's: annotations as a run, to be scored like a system."""


@click.group("data", cls=Group, epilog=example("data validate"))
def command() -> None:
    """Check, count, compare, convert and build the annotated data."""


@command.command("validate", epilog=example("data validate"))
@click.argument(
    "annotations",
    type=PATH,
    required=False,
    metavar="[ANNOTATIONS]",
    help="directory of .ann files (default: the gold)",
)
@json_option
@corpus_options
def validate_command(annotations: Path | None, as_json: bool, corpus: CorpusChoice) -> None:
    """Check that the annotations are sound."""
    from eventbench.annotation.validate import validate

    problems = validate(corpus.named, annotations)
    if as_json:
        print_json([dataclasses.asdict(problem) for problem in problems])
    else:
        for problem in problems:
            print(problem)
    if problems:
        raise click.exceptions.Exit(1)


@command.command("stats", epilog=example("data stats --json"))
@click.option(
    "--coverage",
    "with_coverage",
    is_flag=True,
    help="count every type and value instead, against the minimum that corpus.toml has",
)
@json_option
@corpus_options
def stats_command(with_coverage: bool, as_json: bool, corpus: CorpusChoice) -> None:
    """Count sentences, tokens and events."""
    from eventbench.dataset.coverage import coverage

    loaded = corpus.load()
    found = coverage(loaded) if with_coverage else None
    if as_json:
        about = {"corpus": loaded.id, "version": loaded.version, "fingerprint": loaded.fingerprint}
        counts = {"articles": loaded.counts()} if found is None else {"coverage": found.to_json()}
        print_json(about | counts)
    else:
        print(loaded if found is None else found)


@command.command(
    "agreement", epilog=example("data agreement annotations/passes/a annotations/gold")
)
@click.argument("a", type=PATH, metavar="A", help="directory of .ann files")
@click.argument("b", type=PATH, metavar="B", help="directory of .ann files to compare with")
@click.option(
    "--differences",
    "list_differences",
    is_flag=True,
    help="list every difference instead, with its words and sentence",
)
@json_option
@corpus_options
def agreement_command(
    a: Path, b: Path, list_differences: bool, as_json: bool, corpus: CorpusChoice
) -> None:
    """Compare two sets of annotations, over the articles that both have."""
    from eventbench.annotation.agreement import agreement
    from eventbench.annotation.differences import listing

    found = agreement(a, b, corpus.named)
    if list_differences:
        listed = found.differences()
        if as_json:
            print_json([difference.to_json() for difference in listed])
        else:
            print(listing(listed))
    elif as_json:
        print_json(found.to_json())
    else:
        print(found)


@command.command(
    "adjudicate", epilog=example("data adjudicate anna ben --data harbour --out adjudication")
)
@click.argument("a", type=PATH, metavar="A", help="directory of .ann files")
@click.argument("b", type=PATH, metavar="B", help="directory of another annotator's .ann files")
@click.option(
    "--decisions",
    type=PATH,
    metavar="FILE",
    help="decisions.tsv, filled in (default: write it, and a page that helps to fill it in)",
)
@out_option("DIR", "directory to write; it must be empty or absent")
@corpus_options
def adjudicate_command(
    a: Path, b: Path, decisions: Path | None, out: Path, corpus: CorpusChoice
) -> None:
    """Merge two sets of annotations into one gold by your decisions."""
    from eventbench.annotation.adjudicate import adjudicate

    print(adjudicate(a, b, out, corpus=corpus.named, decisions=decisions))


@command.command("leakage", epilog=example("data leakage --json"))
@corpora_option(
    "--against",
    "another corpus to compare with, an id or a directory; several with commas (default: all "
    "of this package but those of the same articles)",
)
@json_option
@corpus_options
def leakage_command(against: list[str], as_json: bool, corpus: CorpusChoice) -> None:
    """Show what articles share with each other and with other corpora."""
    from eventbench.dataset.leakage import leakage

    found = leakage(corpus.load(), against or None)
    if as_json:
        print_json(found.to_json())
    else:
        print(found)


@command.command("export", epilog=example("data export --format conll --fold 3 --out fold3"))
@click.option(
    "--format",
    type=click.Choice([*FORMATS, RUN]),
    required=True,
    help=f"format of another tool; or {RUN}, to score annotations like a system",
)
@click.option(
    "--fold",
    type=int,
    metavar="K",
    help="write the articles of a fold as train, dev and test files (default: all in one file)",
)
@annotations_option
@out_option("PATH", "file to write; a directory for brat, cas, label-studio, run and --fold")
@corpus_options
def export_command(
    format: str, fold: int | None, annotations: Path | None, out: Path, corpus: CorpusChoice
) -> None:
    """Write the annotations in another tool's format."""
    if format == RUN:
        if fold is not None:
            raise click.UsageError(f"--fold goes with another format than {RUN}, which has all")
        from eventbench.systems.runner import write_annotations_as_run

        loaded = corpus.load()
        folder = annotations or Path("gold")
        name = f"annotations {folder.resolve().name}"
        write_annotations_as_run(loaded, annotations, name, out)
    else:
        loaded = corpus.load(annotations)
        written = export(loaded, format, out, fold=fold)
        if fold is not None:
            print(f"{out}: fold {fold} as {format}: {', '.join(path.name for path in written)}")
            return
    print(f"{out}: {len(loaded.documents)} articles as {format}")


@command.command("import", epilog=example("data import my-brat/new --data my-data"))
@click.argument(
    "source",
    type=PATH,
    metavar="SOURCE",
    help="brat: directory of .txt and .ann pairs, perhaps with .values.tsv; label-studio: the file "
    "that it exports as JSON; cas: an .xmi, .json or .zip file, or a directory of them",
)
@click.option(
    "--format",
    type=click.Choice([f.name for f in FORMATS.values() if f.read is not None]),
    default=BRAT.name,
    help=f"tool that the articles were annotated in (default: {BRAT.name})",
)
@click.option(
    "--annotator", metavar="NAME", help="take the annotations by this one, if there are several"
)
@click.option(
    "--out",
    type=PATH,
    metavar="DIR",
    help="write brat files instead, in a directory for each annotator, which `data agreement` "
    "compares; the corpus stays as it is",
)
@corpus_options
def import_command(
    source: Path, format: str, annotator: str | None, out: Path | None, corpus: CorpusChoice
) -> None:
    """Add articles that were annotated in another tool to a data directory, or update them."""
    if corpus.named is None:
        raise EventbenchError("name the corpus to add to with --data DIR or --corpus ID")
    if out is not None:
        if annotator is not None:
            raise click.UsageError("--out writes all annotators: leave out --annotator")
        counts, skipped = write_annotators(source, corpus.named, format, out)
        for name, count in counts.items():
            print(f"{out / name}: {plural(count, 'article')}")
        if skipped:
            print(f"skipped {', '.join(skipped)}")
        return
    imported = import_articles(source, corpus.named, format, annotator=annotator)
    print(f"{corpus.named}: {imported}")
    option = "--data" if corpus.data else "--corpus"
    print(f"Now see what is still missing: eventbench data validate {option} {corpus.named}")


@command.command("build", epilog=example("data build --out dataset"))
@out_option("DIR", "directory to write")
@click.option(
    "--text",
    type=click.Choice(["included", "none"]),
    default="included",
    help="none leaves out the words of the articles (default: included)",
)
@corpus_options
def build_command(out: Path, text: str, corpus: CorpusChoice) -> None:
    """Write the Hugging Face dataset."""
    from eventbench.dataset.build import build

    with quiet_datasets():
        print(build(out, corpus=corpus.load(), with_text=text == "included"))


@command.command("hydrate", epilog=example("data hydrate dataset --seeds my-copies"))
@click.argument("directory", type=PATH, metavar="DIR", help="dataset built with --text none")
@click.option(
    "--seeds", type=PATH, required=True, metavar="DIR", help="your own copies of the articles"
)
def hydrate_command(directory: Path, seeds: Path) -> None:
    """Put the articles' text into a dataset that was built without it."""
    from eventbench.dataset.build import hydrate

    with quiet_datasets():
        hydrate(directory, seeds)
    print(f"{directory}: has its text now")
