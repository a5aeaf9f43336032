"""Every public name is documented, in its docstring and in docs/api.md."""

from __future__ import annotations

import dataclasses
import importlib.util
import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

import pytest
from conftest import ROOT

import eventbench

pytestmark = pytest.mark.documents

CLASSES = [n for n in eventbench.__all__ if inspect.isclass(getattr(eventbench, n))]
DATACLASSES = [n for n in CLASSES if dataclasses.is_dataclass(getattr(eventbench, n))]
FUNCTIONS = [n for n in eventbench.__all__ if inspect.isfunction(getattr(eventbench, n))]


@pytest.fixture(scope="module")
def refresh() -> ModuleType:
    """The program that writes docs/api.md."""
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs/refresh.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", eventbench.__all__)
def test_the_first_line_of_a_docstring_is_a_sentence(name: str, refresh: ModuleType) -> None:
    summary = refresh.summary(name)
    assert len(summary.split()) >= 4
    assert summary[0].isupper()
    assert summary.endswith(".")


def public_members(owner: type) -> Iterator[tuple[str, Any]]:
    """The methods and properties that a class defines, with the functions behind them."""
    for name, value in vars(owner).items():
        if name.startswith("_"):
            continue
        if isinstance(value, property):
            yield name, value.fget
        elif isinstance(value, cached_property):
            yield name, value.func
        elif isinstance(value, classmethod):
            yield name, value.__func__
        elif inspect.isfunction(value):
            yield name, value


@pytest.mark.parametrize("name", CLASSES)
def test_the_methods_of_a_public_class_are_documented(name: str) -> None:
    members = public_members(getattr(eventbench, name))
    assert [member for member, found in members if not (found.__doc__ or "").strip()] == []


def described(name: str) -> set[str]:
    """The names in the section "Attributes" of a docstring."""
    doc = inspect.getdoc(getattr(eventbench, name)) or ""
    section = doc.partition("Attributes:\n")[2].partition("\n\n")[0]
    return set(re.findall(r"^    (\w+): \S", section, re.MULTILINE))


@pytest.mark.parametrize("name", DATACLASSES)
def test_the_attributes_of_a_public_dataclass_are_documented(name: str) -> None:
    fields = {field.name for field in dataclasses.fields(getattr(eventbench, name))}
    assert described(name) == fields


def test_the_attributes_of_a_task_are_documented() -> None:
    words = {n for n in eventbench.Task.__annotations__ if not n.startswith("_")}
    assert described("Task") == words


SEVERAL = [n for n in FUNCTIONS if len(inspect.signature(getattr(eventbench, n)).parameters) > 1]
"""Functions of one argument may explain it in their first line."""


@pytest.mark.parametrize("name", SEVERAL)
def test_the_arguments_of_a_public_function_are_documented(name: str) -> None:
    function = getattr(eventbench, name)
    section = (inspect.getdoc(function) or "").partition("Args:\n")[2].partition("\n\n")[0]
    documented = re.findall(r"^    (\w+): \S", section, re.MULTILINE)
    assert documented == list(inspect.signature(function).parameters)


def test_the_page_lists_the_public_names() -> None:
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(eventbench.__all__)


def test_documents_use_public_names_only() -> None:
    used = set()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r"\beb\.(\w+)", text))
        for names in re.findall(r"^\s*from eventbench import (.+)$", text, re.MULTILINE):
            used |= {name.strip() for name in names.split(",")}
    assert {"load_corpus", "run", "score", "BatchExtractor"} <= used
    assert used <= set(eventbench.__all__)
