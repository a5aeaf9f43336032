"""Options of a system as flags of `run` and `fit`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from eventbench.cli.options import Decorator
from eventbench.errors import EventbenchError, located
from eventbench.systems.options import Option, options_of
from eventbench.systems.protocol import (
    CLASS_NAME,
    available_systems,
    find_system,
    read_config,
)

_META = f"{__name__}.system"


@dataclass(frozen=True)
class Flag:
    """The flag of an option of a system."""

    of: Option

    @property
    def spellings(self) -> tuple[str, ...]:
        """The flag on the command line; for a bool also its negation."""
        name = self.of.name.replace("_", "-")
        return (f"--{name}", f"--no-{name}") if self.of.kind is bool else (f"--{name}",)

    @property
    def parameter(self) -> str:
        """The name of the parameter in click, apart from those of the command's own options."""
        return f"system_option_{self.of.name}"

    def option(self) -> click.Option:
        """Build the flag, with None as the default so that a configuration can decide."""
        shown = "required" if self.of.required else f"default: {self.of.default}"
        kind: Any = click.Choice(self.of.choices) if self.of.choices else self.of.kind
        named = self.of.kind is not bool and not self.of.choices
        return click.Option(
            ["/".join(self.spellings), self.parameter],
            type=kind,
            default=None,
            callback=self._checked,
            metavar=self.of.kind.__name__.upper() if named else None,
            help=f"{self.of.help} ({shown})".strip(),
        )

    def _checked(self, ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if value is not None:
            try:
                self.of.check(value)
            except EventbenchError as error:
                raise click.BadParameter(str(error), ctx, param) from None
        return value


@dataclass(frozen=True)
class SystemOptions:
    """The options of a system, and the flags that were given on the command line."""

    system: str
    flags: tuple[Flag, ...]
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def resolve(self, config: Path | None) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
        """Combine the defaults, a configuration file and the flags; later ones win.

        Returns:
            The options, and by fold those that the configuration sets for that fold.

        Raises:
            EventbenchError: if the configuration has an unknown option or a value that the
                option cannot have, or a required option is missing.
        """
        options, by_fold = read_config(config) if config is not None else ({}, {})
        for table in (options, *by_fold.values()):
            self._check(table, config)
        defaults = {flag.of.name: flag.of.default for flag in self.flags if not flag.of.required}
        combined = {**defaults, **options, **self.given}
        for flag in self.flags:
            if flag.of.name not in combined:
                raise EventbenchError(
                    f"{self.system} needs {flag.spellings[0]}, which has no default"
                )
        return combined, {fold: {**table, **self.given} for fold, table in by_fold.items()}

    def _check(self, table: Mapping[str, Any], config: Path | None) -> None:
        options = {flag.of.name: flag.of for flag in self.flags}
        for name, value in table.items():
            if name not in options:
                known = ", ".join(options) or "none"
                raise EventbenchError(
                    f"{config}: unknown option {name!r}, {self.system} has {known}"
                )
            with located(str(config)):
                options[name].check(value)


def flags_of(system: str) -> tuple[Flag, ...]:
    """Return the flags of a system.

    Raises:
        EventbenchError: as for `find_system` and `options_of`.
    """
    return tuple(Flag(option) for option in options_of(system, find_system(system)))


def find_system_name(arguments: Sequence[str], own: Sequence[click.Parameter]) -> str | None:
    """Find the name of the system among the arguments of a command.

    The options of a system may stand before its name, and are known only once it is found.
    The rule:

    1. Options of the command itself, and their values, are left out.
    2. A word that is the name of an installed system, or has the form ``module:Class``, is a
       candidate.
    3. A candidate right after an option that the command does not know may be that option's
       value. It counts only if the option is a bool flag of the candidate, which takes no value.
    4. The first candidate that counts is the system; else the first candidate; else the first
       word, which then is reported as an unknown system.

    Args:
        arguments: everything after the name of the command.
        own: the parameters that the command has for every system.

    Returns:
        The name; None without positional arguments.
    """
    # click takes out what belongs to the command, and leaves unknown options where they stand.
    options = [parameter for parameter in own if isinstance(parameter, click.Option)]
    command = click.Command(None, params=[*options], add_help_option=False)
    context = click.Context(command, ignore_unknown_options=True, resilient_parsing=True)
    _, rest, _ = command.make_parser(context).parse_args(list(arguments))
    words = [
        (word, before if _is_option(before) and "=" not in before else None)
        for before, word in pairwise(["", *rest])
        if not _is_option(word)
    ]
    installed = available_systems()
    candidates = [w for w in words if w[0] in installed or CLASS_NAME.fullmatch(w[0])]
    for word, unknown in candidates:
        if unknown is None or _has_flag(word, unknown):
            return word
    likely = [w for w in words if w[1] is None]
    return next((word for word, _ in (*candidates, *likely, *words)), None)


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def _has_flag(system: str, spelling: str) -> bool:
    try:
        flags = flags_of(system)
    except EventbenchError:  # a value that looks like module:Class
        return False
    return any(flag.of.kind is bool and spelling in flag.spellings for flag in flags)


class SystemCommand(click.Command):
    """A command with the argument SYSTEM, whose options are flags of the command.

    The callback gets them as ``options``, a `SystemOptions`.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            self._add_options(ctx, args)
        except EventbenchError:
            if not ctx.resilient_parsing:  # completion goes on with the options that it knows
                raise
        rest = super().parse_args(ctx, args)
        system, flags, _ = self._system(ctx)
        values = {flag.of.name: ctx.params.pop(flag.parameter) for flag in flags}
        given = {name: value for name, value in values.items() if value is not None}
        ctx.params["options"] = SystemOptions(system, flags, given)
        return rest

    def _add_options(self, ctx: click.Context, args: list[str]) -> None:
        own = super().get_params(ctx)
        name = find_system_name(args, own)
        if name is None:
            return
        flags = flags_of(name)
        taken = {spelling for p in own for spelling in (*p.opts, *p.secondary_opts)}
        for flag in flags:
            for spelling in flag.spellings:
                if spelling in taken:
                    raise EventbenchError(
                        f"system {name!r}: option {flag.of.name} would be {spelling}, which is an "
                        f"option of {ctx.command_path}; rename the field"
                    )
        ctx.meta[_META] = name, flags, [flag.option() for flag in flags]

    def _system(self, ctx: click.Context) -> tuple[str, tuple[Flag, ...], list[click.Option]]:
        found: tuple[str, tuple[Flag, ...], list[click.Option]]
        found = ctx.meta.get(_META, ("", (), []))
        return found

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *self._system(ctx)[2]]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        name, _, options = self._system(ctx)
        sections: list[tuple[str, Sequence[click.Parameter]]]
        sections = [("Options", super().get_params(ctx)), (f"Options of {name}", options)]
        for title, parameters in sections:
            shown = [p.get_help_record(ctx) for p in parameters if isinstance(p, click.Option)]
            records = [record for record in shown if record is not None]
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


def _complete_system(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [CompletionItem(name) for name in available_systems() if name.startswith(incomplete)]


def system_argument(help: str = "", *, required: bool = True) -> Decorator:
    """Add the argument SYSTEM, called ``system``; ``help`` says what happens without it."""
    return click.argument(
        "system",
        metavar="SYSTEM" if required else "[SYSTEM]",
        required=required,
        shell_complete=_complete_system,
        help=f"installed system or module:Class{help}",
    )
