"""Options that commands share. Each is defined here once and means the same everywhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.corpus.predictions import is_parquet_directory
from eventbench.evaluation.runs import SUFFIXES
from eventbench.printing import FORMATS
from eventbench.systems.tracking import TRACKERS
from eventbench.tasks.registry import DEFAULT, TASKS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]

LOG = logging.getLogger(__name__)
PATH = click.Path(path_type=Path, readable=False)
"""A path that click does not check: opening it reports the error, as for any bad input."""


@dataclass(frozen=True)
class CorpusChoice:
    """The corpus that ``--corpus`` or ``--data`` names; the default one without either."""

    id: str | None
    data: Path | None

    @property
    def named(self) -> str | Path | None:
        """What `load_corpus` takes."""
        return self.data if self.data is not None else self.id

    @property
    def is_large(self) -> bool:
        """True for a directory of Parquet files, which need not fit into memory."""
        return self.data is not None and is_parquet_directory(self.data)

    def load(self, annotations: Path | None = None) -> Corpus:
        """Load the corpus, with the annotations of a directory instead of the gold if given.

        Raises:
            EventbenchError: if it cannot be read.
        """
        corpus = load_corpus(self.named, annotations)
        found = f"version {corpus.version}, fingerprint {corpus.fingerprint}"
        LOG.info("corpus %s with %d articles, %s", corpus.id, len(corpus.documents), found)
        return corpus


def corpus_options(function: Function) -> Function:
    """Add ``--corpus`` and ``--data``, passed as one `CorpusChoice` called ``corpus``."""

    @wraps(function)
    def wrapper(corpus_id: str | None, data: Path | None, **others: Any) -> Any:
        if corpus_id is not None and data is not None:
            raise click.UsageError("--corpus and --data name two corpora: give one of them")
        return function(corpus=CorpusChoice(corpus_id, data), **others)

    by_id = click.option(
        "--corpus",
        "corpus_id",
        metavar="ID",
        help="a corpus of this package (default: the main one)",
    )
    by_path = click.option(
        "--data",
        type=PATH,
        metavar="DIR",
        help="directory of any other corpus, with seeds/ and annotations/",
    )
    return by_id(by_path(wrapper))


def source_argument(function: Function) -> Function:
    """Add the argument SOURCE, predictions, beside ``--corpus`` and ``--data``.

    All of them are passed as one `CorpusChoice` called ``corpus``.
    """

    @wraps(function)
    def wrapper(source: Path | None, corpus: CorpusChoice, **others: Any) -> Any:
        if source is not None and (corpus.id or corpus.data):
            raise click.UsageError(
                "SOURCE, --corpus and --data name what to show: give one of them"
            )
        return function(corpus=corpus if source is None else CorpusChoice(None, source), **others)

    argument = click.argument(
        "source",
        type=PATH,
        required=False,
        metavar="[SOURCE]",
        help="predictions: what `predict --out` wrote (default: the gold of a corpus)",
    )
    return argument(corpus_options(wrapper))


class NameList(click.ParamType[list[str]]):
    """Names with commas between them."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        names: list[str] = value.split(",")
        if not all(names):
            self.fail(f"{value!r}: expected names with commas between them", param, ctx)
        return names


def names_option(name: str, metavar: str, help: str) -> Decorator:
    """Add an option that takes names with commas between them, and may be repeated."""

    def joined(ctx: click.Context, param: click.Parameter, value: Any) -> list[str]:
        return [name for names in value for name in names]

    return click.option(
        name, type=NameList(), multiple=True, callback=joined, metavar=metavar, help=help
    )


def corpora_option(name: str, help: str) -> Decorator:
    """Add an option that takes corpora, by id or directory, and may be repeated."""
    return names_option(name, "CORPUS", help)


also_train_option: Decorator = corpora_option(
    "--also-train",
    "learn from all articles of this corpus too, an id or a directory; several with commas, or "
    "repeat the option",
)


def out_option(
    metavar: str, help: str, *, default: Path | None = None, required: bool = True
) -> Decorator:
    """Add ``--out``, the file or directory to write; required unless it has a default."""
    if default is not None:
        return click.option("--out", type=PATH, metavar=metavar, default=default, help=help)
    return click.option("--out", type=PATH, metavar=metavar, required=required, help=help)


track_option: Decorator = names_option(
    "--track",
    "NAME",
    f"log loss and other measures while learning: {', '.join(TRACKERS)}; several with commas, or "
    "repeat the option (default: none)",
)

json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="print JSON instead of text"
)


def format_option(function: Function) -> Function:
    """Add ``--format`` and ``--json``, which is short for one of its values.

    They are passed as one name of `FORMATS` called ``format``.
    """

    @wraps(function)
    def wrapper(format: str | None, as_json: bool, **others: Any) -> Any:
        if as_json and format not in (None, "json"):
            raise click.UsageError(f"--json and --format {format} name two formats: give one")
        return function(format="json" if as_json else format or FORMATS[0], **others)

    option = click.option(
        "--format",
        type=click.Choice(FORMATS),
        help="text for a terminal (default); latex, tables with booktabs; markdown; csv, all "
        "numbers unrounded; or json, the same as --json",
    )
    return option(json_option(wrapper))


fold_option: Decorator = click.option(
    "--fold",
    type=int,
    metavar="K",
    help="the predictions are of the test articles of this fold alone (default: of all folds)",
)


def _checked_figure(
    context: click.Context, parameter: click.Parameter, path: Path | None
) -> Path | None:
    """Refuse a format that cannot be drawn, before the numbers are computed."""
    if path is not None:
        from eventbench.io import agreed_format
        from eventbench.scoring.figures import ENDINGS

        agreed_format(path, None, ENDINGS)
    return path


figure_option: Decorator = click.option(
    "--figure",
    type=PATH,
    metavar="FILE",
    callback=_checked_figure,
    help="also draw the numbers with their intervals: .pdf, .svg or .png",
)

config_option: Decorator = click.option(
    "--config",
    type=PATH,
    metavar="FILE",
    help="TOML file with options of the system; flags override it",
)

leaderboard_option: Decorator = click.option(
    "--leaderboard",
    type=PATH,
    default=Path("leaderboard"),
    metavar="DIR",
    help="directory of the entries (default: leaderboard)",
)

annotations_option: Decorator = click.option(
    "--annotations", type=PATH, metavar="DIR", help="directory of .ann files (default: the gold)"
)


def predictions_argument(several: bool = False, entries: bool = True) -> Decorator:
    """Add the argument PREDICTIONS: one path called ``predictions``, or one or more.

    Args:
        several: one or more.
        entries: an entry of the leaderboard may be named too.
    """
    named = " or of a leaderboard entry; an entry as SYSTEM/REVISION" if entries else ""
    return click.argument(
        "predictions",
        type=PATH,
        nargs=-1 if several else 1,
        required=True,
        metavar="PREDICTIONS..." if several else "PREDICTIONS",
        help=f"directory of a run{named}; or a file "
        f"({', '.join(SUFFIXES)} or .json), or a directory of such files but .json; or a log of "
        "Inspect (.eval)" + ("; NAME= before it sets the name in tables" if several else ""),
    )


def task_option(
    help: str, default: str | None = None, among: Sequence[str] = tuple(TASKS)
) -> Decorator:
    """Add ``--task``, the name of one task."""
    shown = f"{help} (default: {default})" if default else help
    return click.option("--task", type=click.Choice(among), default=default, help=shown)


predicted_task_option: Decorator = task_option("task that was predicted", default=DEFAULT)

MOST_NUMBERS = 10_000
"""Maximum length of a list of numbers: a mistyped range would not fit into memory."""


class NumberList(click.ParamType[list[int]]):
    """A list of numbers, written as "0-4" or "0,3,7"; repeated numbers count once.

    Numbers have at most nine digits, like the seeds in names of folders.
    """

    name = "numbers"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        numbers: list[int] = []
        for part in value.split(","):
            written = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", part)
            if written is None:
                expected = "expected something like 0-4 or 0,3, with at most nine digits a number"
                self.fail(f"{value!r}: {expected}", param, ctx)
            first, last = int(written[1]), int(written[2] or written[1])
            if last < first:
                self.fail(f"{value!r}: {part} goes backwards", param, ctx)
            if len(numbers) + last - first >= MOST_NUMBERS:
                self.fail(f"{value!r}: more than {MOST_NUMBERS} numbers", param, ctx)
            numbers += range(first, last + 1)
        return list(dict.fromkeys(numbers))


class TaskList(click.ParamType[list[str]]):
    """Names of tasks with commas between them; "all" stays as it is."""

    name = "tasks"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[str]:
        names: list[str] = value.split(",")
        for task in names:
            if task not in (*TASKS, "all"):
                self.fail(f"{task!r}: expected all or {', '.join(TASKS)}", param, ctx)
        return names

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the last name."""
        from click.shell_completion import CompletionItem

        before, comma, begun = incomplete.rpartition(",")
        names = [name for name in (*TASKS, "all") if name.startswith(begun)]
        return [CompletionItem(f"{before}{comma}{name}") for name in names]


def _several_tasks(every: str) -> Decorator:
    """Add ``--task``, passed as ``tasks``: a list of names, or of "all" alone."""
    return click.option(
        "--task",
        "tasks",
        type=TaskList(),
        default=DEFAULT,
        metavar="TASK",
        help=f"{', '.join(TASKS)}; several with commas; or all that {every} (default: {DEFAULT})",
    )


tasks_option: Decorator = _several_tasks("the system does and the corpus has")

predicted_tasks_option: Decorator = _several_tasks("one of the runs or entries has")


def one_or_several(tasks: list[str]) -> str | list[str]:
    """A task that is asked for alone as a name, as functions take it."""
    return tasks[0] if len(tasks) == 1 else tasks


def numbers_option(name: str, default: str | None, help: str, metavar: str) -> Decorator:
    """Add an option that takes a list of numbers, such as ``--seeds 0-4``."""
    return click.option(name, type=NumberList(), default=default, metavar=metavar, help=help)
