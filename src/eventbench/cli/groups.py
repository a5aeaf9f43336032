"""Groups of commands, and the example that every command's help ends with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


def example(command: str) -> str:
    """Return the epilog of a command's help: one example, on one line."""
    return f"\b\nExample: eventbench {command}"


class Group(click.Group):
    """A group that lists its commands as they are defined, each with its whole first line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def summaries(self) -> dict[str, str]:
        """Return each command and its help in one line."""
        lines = {
            name: (found.help or "").partition("\n")[0] for name, found in self.commands.items()
        }
        return {name: line.removesuffix(".") for name, line in lines.items()}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries().items()))


class LazyGroup(Group):
    """A group that imports a command's module only when the command is used.

    Listing the commands imports none.

    Args:
        package: the package with a module for each command, whose attribute ``command`` it is;
            the module of ``score-events`` is ``score_events``.
        lazy: each command and its help in one line.
    """

    def __init__(self, *args: Any, package: str, lazy: Mapping[str, str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.package = package
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy)

    def summaries(self) -> dict[str, str]:
        return dict(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy:
            return None
        module = import_module(f"{self.package}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.lazy and not ctx.resilient_parsing:
            raise click.NoSuchCommand(args[0], possibilities=self.lazy, ctx=ctx)
        return super().resolve_command(ctx, args)
