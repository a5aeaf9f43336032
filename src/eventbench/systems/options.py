"""Options of a system: the fields of its dataclass, and what their values may be."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventbench.errors import EventbenchError

Options = Mapping[str, Any]
"""Fields of a system other than ``seed`` and ``task``."""

KINDS = {kind.__name__: kind for kind in (bool, int, float, str)}
SET_BY_THE_RUNNER = ("seed", "task")


@dataclass(frozen=True)
class Option:
    """An option of a system."""

    name: str
    kind: type
    default: Any
    """The default; `dataclasses.MISSING` if the option is required."""
    help: str
    choices: tuple[Any, ...]

    @property
    def required(self) -> bool:
        return self.default is dataclasses.MISSING

    def check(self, value: Any) -> None:
        """Check a value, wherever it comes from.

        Raises:
            EventbenchError: if it is of another type, is not one of the choices, or is infinite
                or not a number.
        """
        if value is None and self.default is None:
            return
        if type(value) is not self.kind and (type(value), self.kind) != (int, float):
            raise EventbenchError(f"{self.name} is {value!r}, expected {self.kind.__name__}")
        if self.choices and value not in self.choices:
            expected = ", ".join(map(str, self.choices))
            raise EventbenchError(f"{self.name} is {value!r}, expected one of {expected}")
        if self.kind is float and not math.isfinite(value):
            raise EventbenchError(f"{self.name} is {value!r}, expected a finite number")


def options_of(name: str, system_class: Any) -> tuple[Option, ...]:
    """Return the options of a system; none if its class is not a dataclass.

    Raises:
        EventbenchError: if an option has a type other than bool, int, float and str.
    """
    options = []
    for field in _fields(system_class):
        if not field.init or field.name in SET_BY_THE_RUNNER:
            continue
        kind = _kind(field)
        if kind is None:
            raise EventbenchError(
                f"system {name!r}: option {field.name} is of type {field.type}, expected bool, "
                "int, float or str; use field(init=False) for what is not an option"
            )
        options.append(_option(field, kind))
    return tuple(options)


def check_options(system_class: Any, values: Options) -> None:
    """Check the values of options; from Python an option may also have another type.

    Raises:
        EventbenchError: as for `Option.check`.
    """
    for field in _fields(system_class):
        kind = _kind(field)
        if field.name in values and kind is not None:
            _option(field, kind).check(values[field.name])


def _fields(system_class: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(system_class) if dataclasses.is_dataclass(system_class) else ()


def _kind(field: dataclasses.Field[Any]) -> type | None:
    """The type of an option, given by its name where annotations are not evaluated."""
    kind: Any = KINDS.get(field.type) if isinstance(field.type, str) else field.type
    return kind if kind in KINDS.values() else None


def _option(field: dataclasses.Field[Any], kind: type) -> Option:
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    choices = tuple(field.metadata.get("choices") or ())
    return Option(field.name, kind, default, field.metadata.get("help", ""), choices)
