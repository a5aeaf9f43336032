"""Options of a system: the fields of its dataclass become flags of `run` and `fit`."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from eventbench.cli.options import Decorator
from eventbench.errors import EventbenchError
from eventbench.systems.protocol import available_systems, find_system, read_config

KINDS = (bool, int, float, str)
SET_BY_THE_RUNNER = ("seed", "task")
_CLASS = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_META = f"{__name__}.system"


@dataclass(frozen=True)
class Field:
    """An option of a system."""

    name: str
    kind: type
    default: Any
    """The default; `dataclasses.MISSING` if the option is required."""
    help: str
    choices: tuple[Any, ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        """The flags on the command line: one, or for a bool the flag and its negation."""
        name = self.name.replace("_", "-")
        return (f"--{name}", f"--no-{name}") if self.kind is bool else (f"--{name}",)

    @property
    def parameter(self) -> str:
        """The name of the parameter in click, apart from those of the command's own options."""
        return f"system_option_{self.name}"

    def option(self) -> click.Option:
        """Build the flag, with None as the default so that a configuration can decide."""
        required = self.default is dataclasses.MISSING
        shown = "required" if required else f"default: {self.default}"
        kind: Any = click.Choice(self.choices) if self.choices else self.kind
        named = self.kind is not bool and not self.choices
        return click.Option(
            ["/".join(self.spellings), self.parameter],
            type=kind,
            default=None,
            metavar=self.kind.__name__.upper() if named else None,
            help=f"{self.help} ({shown})".strip(),
        )


@dataclass(frozen=True)
class SystemOptions:
    """The options of a system, and the flags that were given on the command line."""

    system: str
    fields: tuple[Field, ...]
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def resolve(self, config: Path | None) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
        """Combine the defaults, a configuration file and the flags; later ones win.

        Returns:
            The options, and by fold those that the configuration sets for that fold.

        Raises:
            EventbenchError: if the configuration has an unknown option or a value of another
                type, or a required option is missing.
        """
        options, by_fold = read_config(config) if config else ({}, {})
        for table in (options, *by_fold.values()):
            self._check(table, config)
        defaults = {f.name: f.default for f in self.fields if f.default is not dataclasses.MISSING}
        combined = {**defaults, **options, **self.given}
        for field in self.fields:
            if field.name not in combined:
                raise EventbenchError(
                    f"{self.system} needs {field.spellings[0]}, which has no default"
                )
        return combined, {fold: {**table, **self.given} for fold, table in by_fold.items()}

    def _check(self, table: Mapping[str, Any], config: Path | None) -> None:
        kinds = {field.name: field.kind for field in self.fields}
        for name, value in table.items():
            if name not in kinds:
                known = ", ".join(kinds) or "none"
                raise EventbenchError(
                    f"{config}: unknown option {name!r}, {self.system} has {known}"
                )
            if type(value) is not kinds[name] and (type(value), kinds[name]) != (int, float):
                raise EventbenchError(
                    f"{config}: {name} is {value!r}, expected {kinds[name].__name__}"
                )


def fields_of(system: str) -> tuple[Field, ...]:
    """Return the options of a system; none if its class is not a dataclass.

    Raises:
        EventbenchError: if the system is unknown, or an option has a type other than
            bool, int, float and str.
    """
    system_class = find_system(system)
    if not dataclasses.is_dataclass(system_class):
        return ()
    types = typing.get_type_hints(system_class)
    return tuple(
        _field(system, found, types[found.name])
        for found in dataclasses.fields(system_class)
        if found.init and found.name not in SET_BY_THE_RUNNER
    )


def _field(system: str, found: dataclasses.Field[Any], kind: Any) -> Field:
    if kind not in KINDS:
        raise EventbenchError(
            f"system {system!r}: option {found.name} is of type {kind}, expected bool, int, "
            "float or str; use field(init=False) for what is not an option"
        )
    default = found.default
    if found.default_factory is not dataclasses.MISSING:
        default = found.default_factory()
    choices = tuple(found.metadata.get("choices") or ())
    return Field(found.name, kind, default, found.metadata.get("help", ""), choices)


def _words(
    arguments: Sequence[str], own: Sequence[click.Parameter]
) -> Iterator[tuple[str, str | None]]:
    """Yield the words that may be positional, each with the unknown option right before it."""
    options = [parameter for parameter in own if isinstance(parameter, click.Option)]
    takes_value = {
        spelling: not (option.is_flag or option.count)
        for option in options
        for spelling in (*option.opts, *option.secondary_opts)
    }
    unknown: str | None = None
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            yield from ((later, None) for later in rest)
        elif word.startswith("-") and word != "-":
            name, equals, _ = word.partition("=")
            unknown = None if equals or name in takes_value else name
            if takes_value.get(name) and not equals:
                next(rest, None)
        else:
            yield word, unknown
            unknown = None


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
    words = list(_words(arguments, own))
    installed = available_systems()
    candidates = [w for w in words if w[0] in installed or _CLASS.fullmatch(w[0])]
    for word, unknown in candidates:
        if unknown is None or _has_flag(word, unknown):
            return word
    likely = [w for w in words if w[1] is None]
    return next((word for word, _ in (*candidates, *likely, *words)), None)


def _has_flag(system: str, spelling: str) -> bool:
    try:
        fields = fields_of(system)
    except EventbenchError:  # a value that looks like module:Class
        return False
    return any(field.kind is bool and spelling in field.spellings for field in fields)


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
        system, fields, _ = self._system(ctx)
        values = {field.name: ctx.params.pop(field.parameter) for field in fields}
        given = {name: value for name, value in values.items() if value is not None}
        ctx.params["options"] = SystemOptions(system, fields, given)
        return rest

    def _add_options(self, ctx: click.Context, args: list[str]) -> None:
        own = super().get_params(ctx)
        name = find_system_name(args, own)
        if name is None:
            return
        fields = fields_of(name)
        taken = {spelling for p in own for spelling in (*p.opts, *p.secondary_opts)}
        for field in fields:
            for spelling in field.spellings:
                if spelling in taken:
                    raise EventbenchError(
                        f"system {name!r}: option {field.name} would be {spelling}, which is an "
                        f"option of {ctx.command_path}; rename the field"
                    )
        ctx.meta[_META] = name, fields, [field.option() for field in fields]

    def _system(self, ctx: click.Context) -> tuple[str, tuple[Field, ...], list[click.Option]]:
        found: tuple[str, tuple[Field, ...], list[click.Option]]
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


system_argument: Decorator = click.argument(
    "system",
    metavar="SYSTEM",
    shell_complete=_complete_system,
    help="installed system or module:Class",
)
