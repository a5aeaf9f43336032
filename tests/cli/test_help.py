"""Every command explains itself, and asking for help imports nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from conftest import Cli

from eventbench.cli.groups import Group, LazyGroup
from eventbench.cli.main import COMMANDS, root

HEAVY = {"torch", "transformers", "datasets", "sklearn", "spacy", "numpy", "matplotlib"}


def commands_below(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command of the tree and its words, groups and the root included."""
    yield path, group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands_below(command, (*path, name))
        else:
            yield (*path, name), command


TREE = dict(commands_below(root))
every_command = pytest.mark.parametrize("path", TREE, ids=" ".join)


def test_the_commands_are_these() -> None:
    assert [" ".join(path) for path, command in TREE.items() if not isinstance(command, Group)] == [
        "run", "score", "compare", "errors", "view", "incidents", "report", "fit", "predict",
        "data validate", "data stats", "data agreement", "data adjudicate", "data leakage",
        "data export", "data import", "data build", "data hydrate",
        "leaderboard submit", "leaderboard speed", "leaderboard verify", "leaderboard show",
        "leaderboard build",
        "hub dataset", "hub results", "hub check", "completion",
    ]  # fmt: skip


@every_command
def test_each_command_has_help_with_an_example_of_itself(cli: Cli, path: tuple[str, ...]) -> None:
    result = cli(*path, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    words = result.stdout.rpartition("\n  Example: ")[2].split()
    assert words[: len(path) + 1] == ["eventbench", *path]
    assert result.stdout == cli(*path, "-h").stdout


@every_command
def test_each_example_is_one_that_the_command_accepts(path: tuple[str, ...]) -> None:
    """A word of the example is an option that exists, and no argument is missing."""
    (line,) = (TREE[path].epilog or "").splitlines()[1:]
    words = line.removeprefix("Example: eventbench ").partition(" > ")[0].split()
    command: click.Command = root
    context = root.make_context("eventbench", [*words])
    while isinstance(command, click.Group):
        name, command, words = command.resolve_command(context, words)
        context = command.make_context(name, [*words], parent=context)


@every_command
def test_each_parameter_is_explained(path: tuple[str, ...]) -> None:
    context = click.Context(TREE[path])
    for parameter in TREE[path].get_params(context):
        assert parameter.help, parameter.name


def test_an_option_means_one_thing_everywhere() -> None:
    """The shared options have the same help wherever they are, --out and --task apart."""
    for name in ("--corpus", "--data", "--json", "--config", "--leaderboard", "--annotations"):
        helps = {p.help for command in TREE.values() for p in command.params if name in p.opts}
        assert len(helps) == 1, name


def test_the_listed_help_is_the_first_line_of_each_commands_own() -> None:
    for name, line in COMMANDS.items():
        assert (TREE[name,].help or "").partition("\n")[0] == f"{line}.", name


def test_help_lists_every_command_in_order(cli: Cli) -> None:
    assert isinstance(root, LazyGroup)
    for path, group in TREE.items():
        if isinstance(group, Group):
            shown = cli(*path, "--help").stdout.partition("Commands:\n")[2].splitlines()
            listed = [line.split()[0] for line in shown if line[:3].strip() and line[:1] == " "]
            names = group.list_commands(click.Context(group))
            assert [name for name in listed if name != "Example:"] == names


PROGRAM = """
import sys
from eventbench.cli.main import main
path = sys.argv[1:]
code = main([*path, "--help"])
own = [name for name in sys.modules if name.startswith("eventbench.")]
print("LOADED", *sorted({name.partition(".")[0] for name in sys.modules}))
print("OWN", *own)
sys.exit(code)
"""


def loaded_by_help(*path: str) -> dict[str, set[str]]:
    """What asking for help imports: top-level packages, and modules of ours."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *path], capture_output=True, text=True, check=True
    )
    lines = (line.split() for line in result.stdout.splitlines()[-2:])
    return {key: set(names) for key, *names in lines}


def test_the_list_of_commands_imports_no_command() -> None:
    loaded = loaded_by_help()
    modules = {f"eventbench.cli.{name.replace('-', '_')}" for name in COMMANDS}
    assert "eventbench.cli.main" in loaded["OWN"]
    assert not loaded["OWN"] & modules


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    assert not loaded_by_help(name)["LOADED"] & HEAVY


@pytest.mark.parametrize("path", [p for p in TREE if len(p) == 2], ids=" ".join)
def test_help_below_a_group_imports_nothing_heavy(path: tuple[str, str]) -> None:
    assert not loaded_by_help(*path)["LOADED"] & HEAVY
