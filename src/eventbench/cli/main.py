"""The command line: parses arguments, calls one function, prints what it gives."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import typing
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventbench import __version__
from eventbench.corpus.model import EventbenchError

if TYPE_CHECKING:
    from eventbench.corpus.loading import Corpus
    from eventbench.evaluation.report import Report, Score
    from eventbench.html.error_analysis import F1, ErrorReport
    from eventbench.hub.publish import Plan

Table = list[list[Any]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; its exit code: 0 well, 1 bad input or findings, 2 bad usage."""
    argv = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = _parser(argv).parse_args(argv)
        code: int = arguments.command(arguments)
        sys.stdout.flush()
        return code
    except EventbenchError as error:
        print(f"eventbench: error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("eventbench: stopped", file=sys.stderr)
        return 130


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eventbench",
        description="Conflict events in news: gold annotations, baselines and strict scores.",
        epilog="Example: eventbench score runs/lexicon",
    )
    parser.add_argument("--version", action="version", version=f"eventbench {__version__}")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def verb(
        name: str, function: Callable[[argparse.Namespace], int], help: str, example: str
    ) -> argparse.ArgumentParser:
        sub = verbs.add_parser(
            name, help=help, description=f"{help}.", epilog=f"Example: eventbench {example}"
        )
        sub.set_defaults(command=function)
        sub.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            help="directory with seeds/ and annotations/ (default: the data that came with us)",
        )
        return sub

    tasks = ["triggers", "arguments", "attributes", "events"]

    def config_flag(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--config",
            type=Path,
            metavar="FILE",
            help="TOML file with options of the system; flags override it",
        )

    def json_flag(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--json", action="store_true", help="print JSON instead of text")

    sub = verb("validate", _validate, "Check that the annotations are sound", "validate")
    sub.add_argument(
        "annotations", nargs="?", type=Path, help="directory of .ann files (default: the gold)"
    )
    json_flag(sub)

    json_flag(verb("stats", _stats, "Count sentences, tokens and events", "stats --json"))

    sub = verb(
        "agreement",
        _agreement,
        "Compare two sets of annotations of the articles",
        "agreement annotations/passes/a annotations/gold",
    )
    sub.add_argument("a", type=Path, metavar="A", help="directory of .ann files")
    sub.add_argument("b", type=Path, metavar="B", help="directory of .ann files to compare with")
    sub.add_argument(
        "--differences", action="store_true", help="list every decision that differs, tab-separated"
    )
    json_flag(sub)

    sub = verb("view", _view, "Write an annotated article as a page", "view 000 --out 000.html")
    sub.add_argument("article", metavar="ARTICLE", help="its id, as `stats` shows it")
    sub.add_argument(
        "--annotations", type=Path, metavar="DIR", help="directory of .ann files (default: gold)"
    )
    sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="page to write")

    json_flag(
        verb("leakage", _leakage, "Show what articles share with each other", "leakage --json")
    )

    sub = verb(
        "export",
        _export,
        "Write the annotations in another tool's format",
        "export --format brat --out my-brat",
    )
    sub.add_argument(
        "--format",
        required=True,
        metavar="FORMAT",
        help="brat, conll, jsonl, oneie or spacy; or run, to score annotations like a system",
    )
    sub.add_argument(
        "--annotations", type=Path, metavar="DIR", help="directory of .ann files (default: gold)"
    )
    sub.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="PATH",
        help="file to write; for brat and run a directory",
    )

    sub = verb(
        "import",
        _import,
        "Add articles that were annotated in brat to a data directory",
        "import my-brat/new --data my-data",
    )
    sub.add_argument("source", type=Path, metavar="DIR", help="directory of .txt and .ann pairs")

    sub = verb("build", _build, "Write the Hugging Face dataset", "build --out dataset")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory to make")
    sub.add_argument(
        "--text",
        choices=["included", "none"],
        default="included",
        help="none leaves out the words of the articles (default: included)",
    )

    sub = verb(
        "hydrate",
        _hydrate,
        "Put the articles' text into a dataset that was built without it",
        "hydrate dataset --seeds my-copies",
    )
    sub.add_argument("directory", type=Path, metavar="DIR", help="dataset built with --text none")
    sub.add_argument(
        "--seeds", type=Path, required=True, metavar="DIR", help="your own copies of the articles"
    )

    sub = verb(
        "run",
        _run,
        "Run a system by leave-one-document-out and store its predictions",
        "run encoder --out runs/encoder --epochs 20   (options of a system: run SYSTEM --help)",
    )
    sub.add_argument("system", metavar="SYSTEM", help="installed system or module:Class")
    sub.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="directory of the run; a run begun there goes on",
    )
    sub.add_argument(
        "--task",
        type=_tasks,
        default=["triggers"],
        metavar="TASK",
        help="triggers, arguments, attributes, events, several with commas, or all that the "
        "system does (default: triggers)",
    )
    sub.add_argument(
        "--seeds", type=_numbers, default=[0], metavar="N", help="as 0-4 or 0,3 (default: 0)"
    )
    sub.add_argument(
        "--folds", type=_numbers, metavar="K", help="as 0-4 or 0,3 (default: all articles)"
    )
    config_flag(sub)
    _add_system_options(sub, argv)

    predictions_help = "run directory, or .jsonl, .conll or .parquet file or a directory of such"

    def scored_options(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "predictions", nargs="+", type=Path, metavar="PREDICTIONS", help=predictions_help
        )
        sub.add_argument(
            "--task",
            choices=tasks,
            default="triggers",
            help="what was predicted: triggers; arguments or attributes of the gold triggers; "
            "whole events (default: triggers)",
        )
        json_flag(sub)

    sub = verb("score", _score, "Score predictions, strict IOB2", "score runs/lexicon runs/encoder")
    scored_options(sub)
    sub.add_argument(
        "--gold",
        type=Path,
        metavar="FILE",
        help="score one file of any tagged sentences against this one instead of our gold",
    )
    sub.add_argument("--no-verify", action="store_true", help="do not ask seqeval too")
    sub.add_argument("--no-intervals", action="store_true", help="do not compute intervals")

    sub = verb(
        "compare",
        _compare,
        "Test whether systems differ, each against the first",
        "compare runs/lexicon runs/encoder",
    )
    scored_options(sub)

    sub = verb(
        "score-events",
        _score_events,
        "Score whole events end to end: triggers, arguments, attributes, same events",
        "score-events events.jsonl",
    )
    sub.add_argument(
        "predictions",
        type=Path,
        metavar="PREDICTIONS",
        help=".jsonl file with one article a line, as export --format jsonl writes it",
    )
    sub.add_argument(
        "--triggers",
        choices=["predicted", "gold"],
        default="predicted",
        help="what the arguments hang on (default: predicted)",
    )
    json_flag(sub)

    sub = verb(
        "errors",
        _errors,
        "Show where predictions are wrong",
        "errors runs/encoder --html errors.html",
    )
    sub.add_argument("predictions", type=Path, metavar="PREDICTIONS", help=predictions_help)
    sub.add_argument(
        "--task",
        choices=["triggers", "arguments"],
        default="triggers",
        help="what was tagged: triggers, or arguments of the gold triggers",
    )
    sub.add_argument("--seed", type=int, metavar="N", help="which seed (default: the first)")
    sub.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots instead")
    json_flag(sub)

    sub = verb(
        "fit",
        _fit,
        "Train a system on all articles and keep it as a model",
        "fit encoder --out model   (options of a system: fit SYSTEM --help)",
    )
    sub.add_argument("system", metavar="SYSTEM", help="installed system or module:Class")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model to make")
    sub.add_argument(
        "--task",
        choices=["events", "triggers"],
        help="what it learns (default: events, or else what it does)",
    )
    sub.add_argument(
        "--fold", type=int, metavar="K", help="leave out the test article of a fold (default: none)"
    )
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="seed (default: 0)")
    config_flag(sub)
    _add_system_options(sub, argv)

    sub = verb(
        "predict",
        _predict,
        "Find events in new articles with a model",
        "predict model article.txt more.jsonl --out events.jsonl",
    )
    sub.add_argument("model", type=Path, metavar="MODEL", help="what `fit` made")
    sub.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILES",
        help=".txt, .jsonl or .jsonl.gz with id and text, .parquet; - is standard input",
    )
    sub.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        help="file to write; for brat and Parquet a directory (default: standard output)",
    )
    sub.add_argument("--format", choices=["jsonl", "brat"], default="jsonl", help="default: jsonl")
    sub.add_argument(
        "--input", choices=["txt", "jsonl"], help="what the files are (default: by their names)"
    )

    def leaderboard_flag(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--leaderboard",
            type=Path,
            default=Path("leaderboard"),
            metavar="DIR",
            help="folder of the entries (default: leaderboard)",
        )

    sub = verb(
        "submit",
        _submit,
        "Score predictions and write them as an entry of the leaderboard",
        "submit runs/mine --entry entry.toml",
    )
    sub.add_argument("predictions", type=Path, metavar="PREDICTIONS", help=predictions_help)
    sub.add_argument(
        "--entry", type=Path, required=True, metavar="FILE", help="what is said of the system, TOML"
    )
    sub.add_argument("--task", choices=tasks, help="what was predicted, if PREDICTIONS is no run")
    leaderboard_flag(sub)

    parts = verb(
        "leaderboard",
        _leaderboard_show,
        "Verify, show or build the leaderboard",
        "leaderboard verify",
    )
    leaderboard_flag(parts)
    parts.add_argument(
        "what",
        choices=["verify", "build", "show"],
        help="verify: compute every entry again and compare; build: write LEADERBOARD.md and the "
        "site; show: print the best of each task as Markdown",
    )
    parts.add_argument(
        "--entry",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="verify this entry alone; may be repeated",
    )
    parts.add_argument(
        "--out", type=Path, default=Path("site"), metavar="DIR", help="the site (default: site)"
    )
    json_flag(parts)

    publish = verbs.add_parser(
        "publish",
        help="Publish the dataset or results on the Hugging Face Hub",
        description="Show what would change on the Hugging Face Hub; with --yes, change it.",
        epilog="Example: eventbench publish dataset dataset --repo-id me/eventbench",
    )
    kinds = publish.add_subparsers(title="what", required=True, metavar="WHAT")

    def kind(
        name: str, function: Callable[[argparse.Namespace], int], help: str, example: str
    ) -> argparse.ArgumentParser:
        sub = kinds.add_parser(
            name, help=help, description=f"{help}.", epilog=f"Example: eventbench publish {example}"
        )
        sub.set_defaults(command=function)
        return sub

    def hub_options(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--repo-id",
            required=True,
            metavar="OWNER/NAME",
            help="the repository, which must exist",
        )
        sub.add_argument("--yes", action="store_true", help="publish, not only show")
        json_flag(sub)

    sub = kind(
        "dataset",
        _publish_dataset,
        "Publish a dataset that `build` wrote",
        "dataset dataset --repo-id me/eventbench",
    )
    sub.add_argument("directory", type=Path, metavar="DIR", help="what `build` wrote")
    sub.add_argument(
        "--i-may-publish-the-text",
        action="store_true",
        help="you have the right to publish the text of the articles",
    )
    hub_options(sub)
    sub = kind(
        "results",
        _publish_results,
        "Publish a system's scores in its model repository",
        "results runs/mine --repo-id me/model --dataset-id me/eventbench",
    )
    sub.add_argument("predictions", type=Path, metavar="PREDICTIONS", help="a run or an entry")
    sub.add_argument(
        "--dataset-id", required=True, metavar="OWNER/NAME", help="the dataset on the Hub"
    )
    sub.add_argument("--data", type=Path, metavar="DIR", help="as for the other commands")
    hub_options(sub)
    sub = kind("check", _publish_check, "Check the result files of a repository", "check my-model")
    sub.add_argument("directory", type=Path, metavar="DIR", help="a checkout of the repository")
    return parser


def _numbers(text: str) -> list[int]:
    """The numbers that "0-4" or "0,3,7" names."""
    numbers: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise argparse.ArgumentTypeError(f"{text!r}: expected something like 0-4 or 0,3")
        if int(last or first) < int(first):
            raise argparse.ArgumentTypeError(f"{text!r}: {part} goes backwards")
        numbers += range(int(first), int(last or first) + 1)
    return list(dict.fromkeys(numbers))


def _tasks(text: str) -> list[str]:
    """The tasks that "triggers,arguments" names; "all" stays as it is."""
    from eventbench.dataset.building import TASKS

    named = text.split(",")
    for task in named:
        if task not in (*TASKS, "all"):
            raise argparse.ArgumentTypeError(f"{task!r}: expected all or {', '.join(TASKS)}")
    return named


def _add_system_options(sub: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Turn the dataclass fields of the system that ``argv`` names into flags.

    A flag that is not given is not in the arguments, so that a configuration file or
    the system's own default decides.
    """
    named = [word for word in argv[1:2] if not word.startswith("-")]
    sub.set_defaults(option_kinds={}, option_defaults={})
    if argv[:1] != sub.prog.split()[-1:] or not named:
        return
    from eventbench.systems.runner import find_system

    system_class = find_system(named[0])
    if not dataclasses.is_dataclass(system_class):
        return
    group = sub.add_argument_group(f"options of {named[0]}")
    types = typing.get_type_hints(system_class)
    fields = [f for f in dataclasses.fields(system_class) if f.init]
    fields = [f for f in fields if f.name not in ("seed", "task")]
    kinds = {}
    defaults = {}
    for field in fields:
        kind = kinds[field.name] = types[field.name]
        if kind not in (bool, int, float, str):
            raise EventbenchError(
                f"system {named[0]!r}: option {field.name} is of type {kind}, expected bool, int, "
                "float or str; what is no option is field(init=False)"
            )
        if field.default_factory is not dataclasses.MISSING:
            defaults[field.name] = field.default_factory()
        elif field.default is not dataclasses.MISSING:
            defaults[field.name] = field.default
        shown = f"default: {defaults[field.name]}" if field.name in defaults else "required"
        group.add_argument(
            f"--{field.name.replace('_', '-')}",
            default=argparse.SUPPRESS,
            help=f"{field.metadata.get('help', '')} ({shown})".strip(),
            **_flag(kind, field.metadata.get("choices")),
        )
    sub.set_defaults(option_kinds=kinds, option_defaults=defaults)


def _flag(kind: type, choices: Sequence[str] | None) -> dict[str, Any]:
    """How argparse reads an option of a type."""
    if kind is bool:
        return {"action": argparse.BooleanOptionalAction}
    if choices:
        return {"type": kind, "choices": choices}
    return {"type": kind, "metavar": kind.__name__.upper()}


def _system_options(
    arguments: argparse.Namespace,
) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """The options of the system, and those of single folds: flags, configuration, defaults."""
    from eventbench.systems.runner import read_config

    options, by_fold = read_config(arguments.config) if arguments.config else ({}, {})
    kinds: dict[str, type] = arguments.option_kinds
    for table in (options, *by_fold.values()):
        for name, value in table.items():
            if name not in kinds:
                known = ", ".join(kinds) or "none"
                raise EventbenchError(
                    f"{arguments.config}: unknown option {name!r}, {arguments.system} has {known}"
                )
            if type(value) is not kinds[name] and (type(value), kinds[name]) != (int, float):
                raise EventbenchError(
                    f"{arguments.config}: {name} is {value!r}, expected {kinds[name].__name__}"
                )
    given = {name: getattr(arguments, name) for name in kinds if name in arguments}
    for name in kinds:
        if not any(name in table for table in (arguments.option_defaults, options, given)):
            raise EventbenchError(
                f"{arguments.system} needs --{name.replace('_', '-')}, which has no default"
            )
    return {**arguments.option_defaults, **options, **given}, {
        k: {**v, **given} for k, v in by_fold.items()
    }


def _validate(arguments: argparse.Namespace) -> int:
    from eventbench.annotation.validate import validate

    problems = validate(arguments.data, arguments.annotations)
    if arguments.json:
        _print_json([dataclasses.asdict(problem) for problem in problems])
    else:
        for problem in problems:
            print(problem)
    return 1 if problems else 0


def _stats(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus

    corpus = load_corpus(arguments.data)
    counts: list[dict[str, Any]] = []
    for document in corpus.documents:
        events = Counter(event.type for event in document.events)
        counts.append(
            {
                "article": document.id,
                "sentences": len(document.sentences),
                "tokens": sum(len(s.tokens) for s in document.sentences),
                "events": len(document.events),
                **{event_type: events[event_type] for event_type in corpus.scheme.event_types},
            }
        )
    if arguments.json:
        _print_json(
            {"version": corpus.version, "fingerprint": corpus.fingerprint, "articles": counts}
        )
        return 0
    columns = list(counts[0])
    body = [[row[c] for c in columns] for row in counts]
    body.append(["all", *(sum(row[c] for row in counts) for c in columns[1:])])
    print(f"eventbench {corpus.version}, fingerprint {corpus.fingerprint}\n")
    _print_table(columns, body)
    return 0


def _leakage(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.corpus.similarity import NEAR_DUPLICATE, near_duplicates
    from eventbench.dataset.building import folds, rows

    corpus = load_corpus(arguments.data)
    pairs = [p for p in near_duplicates(corpus.documents, 0.0) if p[0].id != p[2].id]
    pairs.sort(key=lambda p: (-p[4], p[1].id, p[3].id))
    alike = [p for p in pairs if p[4] >= NEAR_DUPLICATE]
    closest = pairs[len(alike)]
    shares = []
    for fold, splits in enumerate(folds(corpus)):
        tested = [row for row in rows(corpus) if row["doc_id"] in splits["test"]]
        seen = [seen for row in tested for seen in row["triggers_seen"]]
        shares.append(
            {
                "fold": fold,
                "test article": splits["test"][0],
                "sentences": len(tested),
                "with near-duplicate": sum(bool(row["near_duplicates"]) for row in tested),
                "triggers": len(seen),
                "lemma seen": sum(seen),
            }
        )
    if arguments.json:
        near = [{"first": p[1].id, "second": p[3].id, "similarity": p[4]} for p in alike]
        _print_json({"threshold": NEAR_DUPLICATE, "near_duplicates": near, "folds": shares})
        return 0
    body = [
        [p[1].id, p[3].id, f"{p[4]:.1f}", _shorten(p[1].span.text_in(p[0].text))] for p in alike
    ]
    _print_table(["sentence", "near-duplicate", "similarity", "begins"], body, left=4)
    print(
        f"threshold {NEAR_DUPLICATE:.1f}; the most alike pair below it, {closest[1].id} and "
        f"{closest[3].id}, has {closest[4]:.1f}\n"
    )
    _print_table(list(shares[0]), [list(share.values()) for share in shares])
    return 0


def _shorten(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:47].rstrip()}…"


def _agreement(arguments: argparse.Namespace) -> int:
    from eventbench.annotation.agreement import agreement, differences
    from eventbench.corpus.loading import load_corpus

    a, b = (load_corpus(arguments.data, side) for side in (arguments.a, arguments.b))
    if arguments.differences:
        print("\t".join(("article", "span", "a", "b")))
        for article, span, values in differences(a, b):
            print("\t".join((article, span, *values)))
        return 0
    parts = agreement(a, b)
    if arguments.json:
        _print_json({name: dataclasses.asdict(part) for name, part in parts.items()})
        return 0

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.3f}"

    measures = list(parts["all"].f1)
    counts = parts["all"].f1
    body = [[m, counts[m].in_a, counts[m].in_b, counts[m].agreeing] for m in measures]
    print(f"A {arguments.a.name}, B {arguments.b.name}\n")
    _print_table(["all articles", "in A", "in B", "agreeing"], body)
    body = [[name, *(number(part.f1[m].value) for m in measures)] for name, part in parts.items()]
    _print_table(["exact F1", *measures], body)
    attributes = list(parts["all"].kappa)
    body = [
        [
            name,
            *(f"{number(part.kappa[x].kappa)} ({number(part.kappa[x].equal)})" for x in attributes),
            part.kappa[attributes[0]].compared,
            number(part.alpha),
        ]
        for name, part in parts.items()
    ]
    _print_table(["kappa (equal)", *attributes, "triggers", "token alpha"], body)
    return 0


def _view(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.html.article import render_article
    from eventbench.io import write_whole

    corpus = load_corpus(arguments.data, arguments.annotations)
    documents = {document.id: document for document in corpus.documents}
    if arguments.article not in documents:
        known = ", ".join(documents)
        raise EventbenchError(f"no article {arguments.article!r}: expected one of {known}")
    document = documents[arguments.article]
    subtitle = f"eventbench {corpus.version}, fingerprint {corpus.fingerprint}"
    title = corpus.titles[document.id]
    page = render_article(document, title, corpus.scheme, subtitle=subtitle)
    write_whole(arguments.out, page)
    print(f"{arguments.out}: article {document.id}, {len(document.events)} events")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.formats.exchange import export

    corpus = load_corpus(arguments.data, arguments.annotations)
    if arguments.format == "run":
        from eventbench.systems.runner import write_annotations_as_run

        name = f"annotations {(arguments.annotations or Path('gold')).resolve().name}"
        write_annotations_as_run(load_corpus(arguments.data), corpus, name, arguments.out)
    else:
        export(corpus, arguments.format, arguments.out, data_dir=arguments.data)
    print(f"{arguments.out}: {len(corpus.documents)} articles as {arguments.format}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from eventbench.formats.exchange import import_brat

    if arguments.data is None:
        raise EventbenchError("name the directory to add to with --data DIR")
    added = import_brat(arguments.source, arguments.data)
    print(f"{arguments.data}: added {', '.join(added)}")
    print(f"Now see what is still missing: eventbench validate --data {arguments.data}")
    return 0


def _build(arguments: argparse.Namespace) -> int:
    import datasets

    from eventbench.dataset.building import build

    datasets.disable_progress_bars()
    built = build(arguments.out, arguments.data, with_text=arguments.text == "included")
    print(f"{arguments.out}: {len(built.configs)} configurations: {', '.join(built.configs)}")
    print(
        f"{len(built.left_out)} arguments do not fit the IOB2 tags of the configuration arguments"
    )
    print("".join(f"  {argument}\n" for argument in built.left_out), end="")
    print(f'Load it with: datasets.load_dataset("{arguments.out}", "{built.configs[0]}")')
    return 0


def _hydrate(arguments: argparse.Namespace) -> int:
    import datasets

    from eventbench.dataset.building import hydrate

    datasets.disable_progress_bars()
    hydrate(arguments.directory, arguments.seeds)
    print(f"{arguments.directory}: has its text now")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    import datasets

    from eventbench.corpus.loading import load_corpus
    from eventbench.systems.runner import find_system, is_first_process, run, tasks_of

    datasets.disable_progress_bars()
    options, by_fold = _system_options(arguments)
    corpus = load_corpus(arguments.data)
    tasks = arguments.task
    if "all" in tasks:
        tasks = tasks_of(find_system(arguments.system))
    with _progress_bar(arguments.system) as progress:
        there = run(
            arguments.system,
            options,
            corpus,
            arguments.out,
            arguments.seeds,
            progress,
            tasks=tasks,
            only_folds=arguments.folds,
            fold_options=by_fold,
        )
    folds = len(corpus.documents) if arguments.folds is None else len(arguments.folds)
    total = len(arguments.seeds) * folds * len(set(tasks))
    stored = f" ({there} of {total} cells were there already)" if there else ""
    if is_first_process():
        print(f"{arguments.system}: predictions are in {arguments.out}{stored}")
    return 0


@contextmanager
def _progress_bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """A bar with the time left, on a terminal only; told a label and what part is done."""
    from tqdm import tqdm

    from eventbench.systems.runner import is_first_process

    form = "{desc}{percentage:3.0f}%|{bar}| {elapsed}, {remaining} left"
    disable = None if is_first_process() else True
    with tqdm(total=1.0, bar_format=form, disable=disable, desc=title) as bar:

        def progress(label: str, fraction: float) -> None:
            bar.set_description(label, refresh=False)
            bar.update(fraction - bar.n)

        yield progress


def _score(arguments: argparse.Namespace) -> int:
    if arguments.gold is not None:
        return _score_files(arguments)
    from eventbench.corpus.loading import load_corpus
    from eventbench.evaluation.report import read_and_score

    corpus = load_corpus(arguments.data)
    reports = {
        str(path): read_and_score(
            path,
            corpus,
            arguments.task,
            intervals=not arguments.no_intervals,
            verify=not arguments.no_verify,
        )
        for path in arguments.predictions
    }
    if arguments.json:
        _print_json({name: report.to_json() for name, report in reports.items()})
        return 0
    for name, report in reports.items():
        _print_report(name, report)
    if len(reports) > 1:
        _print_ranking(reports)
    return 0


_SCORED = {
    "triggers": "trigger spans and types",
    "arguments": "argument spans and types",
    "attributes": "attributes of gold events",
    "events": "whole events, arguments with roles on the right triggers (AC+)",
}


def _print_report(name: str, report: Report) -> None:
    from eventbench.evaluation.report import Score, mean_and_sd, signature_line

    seeds = list(report.pooled)
    what = _SCORED[report.signature["task"]]
    print(f"{name}: {what}, {len(seeds)} seed{'s' if len(seeds) > 1 else ''}\n")

    def row(label: str, scores: list[Score]) -> list[Any]:
        values = ([getattr(s, m) for s in scores] for m in ("precision", "recall", "f1"))
        return [label, *(_percent(mean_and_sd(v)) for v in values), scores[0].support]

    nothing = Score(0.0, 0.0, 0.0, 0)
    pooled = report.pooled.values()
    body = [row(c, [p.get(c, nothing) for p in pooled]) for c in _class_order(report)]
    _print_table(["all articles", "precision", "recall", "F1", "gold"], body)
    documents = report.by_document[seeds[0]]
    body = [row(d, [report.by_document[s][d]["micro avg"] for s in seeds]) for d in documents]
    _print_table(["article (micro)", "precision", "recall", "F1", "gold"], body)
    if len(seeds) > 1:
        body = [
            [d, *(_percent((report.by_document[s][d]["micro avg"].f1, None)) for s in seeds)]
            for d in documents
        ]
        body.append(["all", *(_percent((report.pooled[s]["micro avg"].f1, None)) for s in seeds)])
        _print_table(["micro F1", *(f"seed {s}" for s in seeds)], body)
    if report.figures:
        body = [
            [figure, _percent(mean_and_sd([found[figure] for found in report.figures.values()]))]
            for figure in next(iter(report.figures.values()))
        ]
        _print_table(["further figures", "value"], body)
    if report.intervals:
        body = [
            [
                f"{kind}, {found.confidence:.0%}",
                _percent((found.low, None)),
                _percent((found.high, None)),
            ]
            for kind, found in report.intervals.items()
        ]
        _print_table(["interval of micro F1", "from", "to"], body)
    if all(p["micro avg"].support == 0 for p in pooled):
        print("There is no entity in the gold: every score is 0 by definition.\n")
    if any(report.stray.values()):
        found = ", ".join(map(str, report.stray.values()))
        print(f"I- tags without a beginning, which belong to no entity (by seed): {found}.")
    if report.verified:
        print(f"seqeval {report.signature['versions']['seqeval']} gives the very same figures.")
    print(f"{signature_line(report.signature)}\n")


def _class_order(report: Report) -> list[str]:
    """The classes of all seeds, sorted, then the averages."""
    from eventbench.evaluation.report import AVERAGES

    classes = {c for scores in report.pooled.values() for c in scores} - {*AVERAGES}
    return [*sorted(classes), *AVERAGES]


def _print_ranking(reports: dict[str, Report]) -> None:
    from eventbench.evaluation.report import AVERAGES, mean_and_sd

    classes = sorted({c for r in reports.values() for c in _class_order(r)} - {*AVERAGES})

    def f1(report: Report, name: str) -> str:
        scores = (pooled.get(name) for pooled in report.pooled.values())
        return _percent(mean_and_sd([score.f1 if score else 0.0 for score in scores]))

    print("All systems, F1 over all articles together (mean of seeds)\n")
    body = [
        [name, _percent(report.micro_f1()), *(f1(report, c) for c in classes)]
        for name, report in reports.items()
    ]
    _print_table(["predictions", "micro", *classes], body)


def _compare(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.evaluation.report import RESAMPLES, read_and_score
    from eventbench.scoring.counts import micro_f1
    from eventbench.scoring.significance import ALPHA, compare, holm

    if len(arguments.predictions) < 2:
        raise EventbenchError("compare needs two systems or more")
    corpus = load_corpus(arguments.data)
    reports = [
        read_and_score(path, corpus, arguments.task, intervals=False)
        for path in arguments.predictions
    ]
    counts = [list(report.counts.values()) for report in reports]
    found = [compare(counts[0], other, micro_f1, rounds=RESAMPLES) for other in counts[1:]]
    adjusted = holm([comparison.p_value for comparison in found])
    base, *others = map(str, arguments.predictions)
    documents = [document.id for document in corpus.documents]
    if arguments.json:
        _print_json(
            {
                "base": base,
                "rounds": RESAMPLES,
                "comparisons": [
                    {
                        "other": other,
                        **dataclasses.asdict(comparison),
                        "by_article": dict(zip(documents, comparison.by_article, strict=True)),
                        "holm": p,
                        "significant": p < ALPHA,
                    }
                    for other, comparison, p in zip(others, found, adjusted, strict=True)
                ],
                "signatures": [report.signature for report in reports],
            }
        )
        return 0

    def signed(value: float) -> str:
        return f"{100 * value:+.1f}"

    print(f"{base} against each other system, pooled micro F1, mean of seeds\n")
    body = [
        [
            other,
            _percent((comparison.a, None)),
            _percent((comparison.b, None)),
            signed(comparison.difference),
            _p_value(comparison.p_these_documents),
            _p_value(comparison.p_new_documents),
            _p_value(p),
            "yes" if p < ALPHA else "no",
        ]
        for other, comparison, p in zip(others, found, adjusted, strict=True)
    ]
    columns = ["other", base, "other", "difference", "p these docs", "p new docs", "Holm", "differ"]
    _print_table(columns, body)
    body = [
        [other, *map(signed, comparison.by_article)]
        for other, comparison in zip(others, found, strict=True)
    ]
    _print_table(["difference by article", *documents], body)
    print(found[0].note)
    return 0


def _score_events(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.evaluation.event_scoring import read_events, score_events
    from eventbench.evaluation.report import signature_line
    from eventbench.scoring.counts import micro_f1
    from eventbench.scoring.significance import bootstrap, jackknife

    corpus = load_corpus(arguments.data)
    events = read_events(arguments.predictions, corpus)
    report = score_events(corpus, events, arguments.triggers)
    found = report.to_json()
    if arguments.json:
        _print_json(found)
        return 0

    def percent(value: float | None) -> str:
        return "-" if value is None else _percent((value, None))

    print(f"{arguments.predictions}: arguments hang on {report.triggers} triggers\n")
    pooled = found["pooled"]
    body = []
    for name, scores in pooled["measures"].items():
        micro = scores["micro"]
        counts = [report.measures[name]]
        here, new = bootstrap(counts, micro_f1), jackknife(counts, micro_f1)
        body.append(
            [
                name,
                *(percent(micro[m]) for m in ("precision", "recall", "f1")),
                f"{percent(here.low)} to {percent(here.high)}",
                f"{percent(new.low)} to {percent(new.high)}",
                *(micro[m] for m in ("correct", "predicted", "gold")),
            ]
        )
    columns = ["micro", "precision", "recall", "F1", "these documents", "new documents"]
    _print_table([*columns, "correct", "predicted", "gold"], body)
    print(
        "TI, TC: trigger identified, classified. AI, AC: argument identified, classified, held by\n"
        "event type alone; AI+, AC+: held by the right trigger.\n"
    )
    body = [
        [name, percent(x["accuracy"]), percent(x["macro_f1"]), x["correct"], x["compared"]]
        for name, x in pooled["attributes"].items()
    ]
    title = f"on {pooled['matched']} matched triggers"
    _print_table([title, "accuracy", "macro F1", "correct", "compared"], body)
    clusters = dict(pooled["clusters"])
    conll = clusters.pop("conll_f1")
    body = [
        [name, *(percent(x[m]) for m in ("precision", "recall", "f1"))]
        for name, x in clusters.items()
    ]
    body.append(["CoNLL (mean of muc, b3, ceafe)", "", "", percent(conll)])
    _print_table(["same events", "precision", "recall", "F1"], body)
    print(signature_line(report.signature))
    return 0


def _errors(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.dataset.building import labels, rows
    from eventbench.evaluation.predictions import read_predictions
    from eventbench.html.error_analysis import analyse, render_errors, sentences
    from eventbench.io import write_whole
    from eventbench.systems.runner import check_run_data

    corpus = load_corpus(arguments.data)
    check_run_data(arguments.predictions, corpus)
    gold = rows(corpus, arguments.task)
    known = labels(corpus.scheme, arguments.task)
    predictions = read_predictions(arguments.predictions, gold, known, arguments.task)
    seed = next(iter(predictions)) if arguments.seed is None else arguments.seed
    if seed not in predictions:
        found = ", ".join(map(str, predictions))
        raise EventbenchError(f"{arguments.predictions}: has no seed {seed}, but {found}")
    is_triggers = arguments.task == "triggers"
    classes = corpus.scheme.event_types if is_triggers else corpus.scheme.argument_roles()
    report = analyse(gold, predictions[seed], classes)
    name = f"{arguments.predictions}, seed {seed}"
    if arguments.html is not None:
        f1 = _f1_with_intervals(predictions[seed], corpus, arguments.task)
        write_whole(arguments.html, render_errors(report, name, f1))
        print(f"{arguments.html}: {len(report.wrong)} sentences with errors")
    elif arguments.json:
        _print_json(report.to_json())
    else:
        print(
            "[gold] {predicted} [{both}]   type: right bounds, wrong class;\n"
            "boundary: right class, overlapping; both: neither, overlapping;\n"
            "missed: gold alone; spurious: predicted alone\n"
        )
        print(sentences(report))
        _print_errors(name, report)
    return 0


def _f1_with_intervals(tags: dict[str, list[str]], corpus: Corpus, task: str) -> dict[str, F1]:
    """F1 with both intervals, micro and of each class, of one seed."""
    from eventbench.evaluation.report import RESAMPLES, score
    from eventbench.html.error_analysis import F1
    from eventbench.scoring.counts import micro_f1, prf
    from eventbench.scoring.significance import Metric, bootstrap, jackknife

    counts = score({0: tags}, corpus, task, intervals=False, verify=False).counts[0]

    def f1_of(name: str) -> Metric:
        k = counts.classes.index(name)
        return lambda values: prf(values[..., k, :]).f1

    scheme = corpus.scheme
    names = scheme.event_types if task == "triggers" else scheme.argument_roles()
    metrics = {"micro avg": micro_f1, **{name: f1_of(name) for name in names}}
    result = {}
    for name, metric in metrics.items():
        here = bootstrap([counts], metric, resamples=RESAMPLES)
        new = jackknife([counts], metric)
        result[name] = F1(here.estimate, (here.low, here.high), (new.low, new.high))
    return result


def _print_errors(name: str, report: ErrorReport) -> None:
    from eventbench.html.error_analysis import NONE, OUTCOMES

    def share(value: float | None) -> str:
        return "-" if value is None else _percent((value, None))

    print(f"{name}\n")
    parts = report.parts()
    body = [
        [label, *(part.outcomes[o] for o in OUTCOMES)] for label, part in parts["class"].items()
    ]
    body.append(["all", *(parts["all"]["all"].outcomes[o] for o in OUTCOMES)])
    _print_table(["what became of", *OUTCOMES], body)
    names = [*report.classes, NONE]
    confusion = report.confusion()
    kept = [k for k in range(len(names)) if any(confusion[k]) or any(row[k] for row in confusion)]
    body = [[names[k], *(confusion[k][j] for j in kept)] for k in kept]
    _print_table(["gold / predicted", *(names[k] for k in kept)], body)
    kinds = {"article": "article", "near-duplicate": "near-duplicate elsewhere:", "seen": "lemma"}
    body = [
        [f"{title} {label}", share(p.precision), share(p.recall), share(p.f1), p.gold]
        for kind, title in kinds.items()
        for label, p in parts[kind].items()
    ]
    _print_table(["part", "precision", "recall", "F1", "gold"], body)
    body = [
        [scheme, share(c.precision), share(c.recall), share(c.f1), c.correct, c.partial]
        for scheme, c in report.partial_credit().items()
    ]
    _print_table(["credit", "precision", "recall", "F1", "whole", "half"], body)
    print(
        "strict: class and bounds; exact: bounds; partial: bounds, half for an overlap;\n"
        "ent_type: class of what overlaps"
    )


def _score_files(arguments: argparse.Namespace) -> int:
    from eventbench.evaluation.report import score_files

    if len(arguments.predictions) != 1:
        raise EventbenchError("--gold takes one file of predictions")
    found = score_files(arguments.gold, arguments.predictions[0], verify=not arguments.no_verify)
    if arguments.json:
        _print_json(dataclasses.asdict(found))
        return 0
    print(f"{found.sentences} sentences, {found.tokens} tokens, strict IOB2\n")
    body = [
        [name, *(_percent((v, None)) for v in (s.precision, s.recall, s.f1)), s.support]
        for name, s in found.scores.items()
    ]
    _print_table(["class", "precision", "recall", "F1", "gold"], body)
    if found.verified:
        print("seqeval gives the very same figures.")
    return 0


def _fit(arguments: argparse.Namespace) -> int:
    import datasets

    from eventbench.corpus.loading import load_corpus
    from eventbench.systems.models import fit
    from eventbench.systems.runner import is_first_process

    datasets.disable_progress_bars()
    options, by_fold = _system_options(arguments)
    if arguments.fold is not None:
        options |= by_fold.get(arguments.fold, {})
    with _progress_bar(arguments.system) as progress:
        task = fit(
            arguments.system,
            options,
            load_corpus(arguments.data),
            arguments.out,
            task=arguments.task,
            fold=arguments.fold,
            seed=arguments.seed,
            data_dir=arguments.data,
            progress=lambda part, **measured: progress(arguments.system, part),
        )
    if is_first_process():
        print(f"{arguments.out}: a model of {arguments.system} for {task}")
    return 0


def _predict(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from eventbench.systems.models import predict

    with tqdm(disable=None, unit=" articles", desc="predict") as bar:
        number = predict(
            arguments.model,
            arguments.files,
            arguments.out,
            format=arguments.format,
            kind=arguments.input,
            progress=bar.update,
        )
    if arguments.out is not None:
        print(f"{arguments.out}: {number} articles")
    return 0


def _submit(arguments: argparse.Namespace) -> int:
    from eventbench.leaderboard.submit import submit

    with _progress_bar("submit") as progress:
        entry = submit(
            arguments.predictions,
            arguments.entry,
            arguments.leaderboard,
            data_dir=arguments.data,
            task=arguments.task,
            progress=progress,
        )
    for task, result in entry.result.tasks.items():
        print(f"{task}: {_percent((result.micro_f1.mean, result.micro_f1.sd))}")
    print(f"{entry.path}: written")
    return 0


def _leaderboard_show(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.io import write_whole
    from eventbench.leaderboard.site import build_board, markdown, markdown_summary, read_board
    from eventbench.leaderboard.submit import verify

    if arguments.what == "verify":
        with _progress_bar("verify") as progress:
            found = verify(
                arguments.leaderboard,
                arguments.entry,
                data_dir=arguments.data,
                progress=progress,
            )
        if arguments.json:
            _print_json(dataclasses.asdict(found))
        else:
            for problem in found.problems:
                print(problem)
            if not found.problems:
                print(f"computed again and right: {', '.join(found.recomputed) or 'nothing'}")
            if found.earlier:
                print(f"of an earlier version, unchanged: {', '.join(found.earlier)}")
        return 1 if found.problems else 0
    with _progress_bar("leaderboard") as progress:
        board = read_board(arguments.leaderboard, load_corpus(arguments.data), progress)
    if arguments.what == "show":
        print(markdown_summary(board))
        return 0
    with _progress_bar("pages") as progress:
        pages = build_board(board, arguments.out, progress)
    path = arguments.leaderboard / "LEADERBOARD.md"
    write_whole(path, markdown(board))
    print(f"{path} and {pages} pages in {arguments.out}: open {arguments.out / 'index.html'}")
    return 0


def _publish_dataset(arguments: argparse.Namespace) -> int:
    from eventbench.hub.publish import plan_dataset

    plan = plan_dataset(
        arguments.directory,
        arguments.repo_id,
        i_may_publish_the_text=arguments.i_may_publish_the_text,
    )
    return _carry_out(plan, arguments)


def _publish_results(arguments: argparse.Namespace) -> int:
    from eventbench.corpus.loading import load_corpus
    from eventbench.hub.publish import plan_results

    corpus = load_corpus(arguments.data)
    plan = plan_results(arguments.predictions, arguments.repo_id, arguments.dataset_id, corpus)
    return _carry_out(plan, arguments)


def _carry_out(plan: Plan, arguments: argparse.Namespace) -> int:
    from eventbench.hub.publish import push

    address = push(plan) if arguments.yes else None
    if arguments.json:
        _print_json(plan.to_json() | {"commit": address})
        return 0
    print(plan.describe())
    if address:
        print(f"published: {address}")
    elif plan.nothing_to_do:
        print("nothing to do")
    else:
        print("nothing was sent; --yes publishes it")
    return 0


def _publish_check(arguments: argparse.Namespace) -> int:
    from eventbench.hub.files import check_eval_results

    for path in check_eval_results(arguments.directory):
        print(f"{path}: is as it should be")
    return 0


def _p_value(p: float) -> str:
    return "<0.0001" if p < 0.0001 else f"{p:.4f}"


def _percent(value: tuple[float, float | None]) -> str:
    mean, deviation = value
    spread = "" if deviation is None else f" ± {100 * deviation:.1f}"
    return f"{100 * mean:.1f}{spread}"


def _print_table(columns: list[str], body: Table, left: int = 1) -> None:
    """Print a table whose first ``left`` columns are aligned to the left, the rest to the right."""
    from tabulate import tabulate

    aligned = ["left"] * left + ["right"] * (len(columns) - left)
    print(tabulate(body, columns, colalign=aligned, disable_numparse=True), end="\n\n")


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))
