"""The entry point of the command line: registers the commands, turns errors into exit codes."""

from __future__ import annotations

import glob
import logging
import os
import platform
import sys
from collections.abc import Sequence

import click

from eventbench import __version__
from eventbench.cli.groups import LazyGroup, example
from eventbench.cli.output import escape_what_cannot_be_shown, log_to_stderr
from eventbench.errors import EventbenchError, printable

PROGRAM = "eventbench"
COMPLETE = "_EVENTBENCH_COMPLETE"
"""Environment variable with which a shell asks for completions."""

COMMANDS = {
    "run": "Run a system fold by fold and store its predictions",
    "score": "Score the predictions of a task, with intervals",
    "compare": "Test whether systems differ, each against the first",
    "errors": "Show where predictions are wrong",
    "view": "Write articles with their events as pages, predictions beside the gold",
    "incidents": "Print what happened, where and when, and who claims or denies it",
    "report": "Write incidents as a site: timeline, map, toll, claims beside denials",
    "fit": "Train a system on all articles and keep it as a model",
    "predict": "Find events in new articles with a model",
    "data": "Check, count, compare, convert and build the annotated data",
    "leaderboard": "Submit entries to the leaderboard; verify, show or build it",
    "hub": "Publish the dataset or results on the Hugging Face Hub",
    "completion": "Print the script that completes commands and options in a shell",
}
"""Each command and its help in one line. `LazyGroup` says where the commands are."""

LOG = logging.getLogger(__name__)


@click.group(
    cls=LazyGroup,
    package="eventbench.cli",
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("score runs/lexicon"),
)
@click.version_option(__version__, message="eventbench %(version)s")
@click.option(
    "-v", "--verbose", count=True, help="log what is done to standard error; -vv logs more"
)
@click.pass_context
def root(context: click.Context, verbose: int) -> None:
    """Conflict events in news: gold annotations, baselines and strict scores."""
    context.with_resource(log_to_stderr(verbose))
    LOG.debug("eventbench %s, Python %s", __version__, platform.python_version())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: the arguments without the program's name; those of the process if None.

    Returns:
        The exit code: 0 success, 1 bad input or findings, 2 wrong usage, 130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None and sys.platform == "win32":
        arguments = expand_patterns(arguments)
    if sys.stdout is None:  # the process was started with it closed
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")
    escape_what_cannot_be_shown(sys.stdout, sys.stderr)
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
        return code
    except EventbenchError as error:
        return _failed(str(error))
    except click.UsageError as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        _drop_output()
        return 0
    except OSError as error:  # a full disk, be it of our output or of temporary files
        _drop_output()
        return _failed(": ".join(str(x) for x in (error.filename, error.strerror or error) if x))
    except MemoryError:
        return _failed("there is not enough memory")
    except KeyboardInterrupt:
        click.echo("eventbench: stopped", err=True)
        return 130


def expand_patterns(arguments: Sequence[str]) -> list[str]:
    """Replace patterns such as ``*.parquet`` by the files that match: Windows' shells do not.

    As in a shell, a pattern without matches stays.
    """
    return [name for one in arguments for name in sorted(glob.glob(one)) or [one]]


def _failed(message: str) -> int:
    click.echo(f"eventbench: error: {printable(message)}", err=True)
    return 1


def _drop_output() -> None:
    """Discard what standard output still holds, since writing it at exit would fail again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _invoke(arguments: list[str]) -> int:
    """Run the command, or answer a shell that asks for completions."""
    instruction = os.environ.get(COMPLETE)
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, PROGRAM, COMPLETE, instruction)
    try:
        with root.make_context(PROGRAM, arguments) as context:
            root.invoke(context)
    except click.exceptions.Exit as end:  # of --help, --version, and commands with findings
        return end.exit_code
    return 0
