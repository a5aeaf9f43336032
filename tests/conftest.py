"""Shared fixtures: the corpus, and small made-up corpora that a test may change."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from browsing import FLAGS, Browser
from commandline import run_apart, run_here
from hypothesis import settings

from eventbench import Corpus, build, load_corpus

settings.register_profile("eventbench", deadline=None)  # machines may be busy
settings.load_profile("eventbench")

pytest_plugins = [
    "llm_server",
    "made_entries",
    "made_errors",
    "made_models",
    "made_submissions",
    "made_texts",
]

ROOT = Path(__file__).parents[1]
EDITION1 = ROOT / "corpora" / "aleppo-1"
TINY = Path(__file__).parent / "tiny"
HARBOUR = Path(__file__).parent / "harbour"
KARSLAND = Path(__file__).parent / "karsland"
FAULTY = Path(__file__).parent / "faulty"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that open a page in Chromium."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture(scope="session")
def edition1() -> Corpus:
    """Edition 1 of the gold, which has no values, and whose numbers do not change any more."""
    return load_corpus("aleppo-1")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of the main corpus, as `build` writes it."""
    return build(tmp_path_factory.mktemp("built") / "dataset").path


@pytest.fixture(scope="session")
def built_bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of the main corpus without the articles' text."""
    return build(tmp_path_factory.mktemp("built") / "bare", with_text=False).path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A writable copy of tests/tiny: two short articles with sound gold as in edition 1."""
    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    for name in ("annotation.conf", "GUIDELINES.md"):
        shutil.copy(EDITION1 / "annotations" / name, data / "annotations")
    return data


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    """A writable copy of tests/harbour: three short articles with a scheme of their own."""
    data = tmp_path / "harbour"
    shutil.copytree(HARBOUR, data)
    return data


@pytest.fixture
def karsland(tmp_path: Path) -> Path:
    """A writable copy of tests/karsland: three articles in the main scheme, with incidents."""
    return copy_karsland(tmp_path)


def copy_karsland(folder: Path) -> Path:
    data = folder / "karsland"
    shutil.copytree(KARSLAND, data)
    for name in ("annotation.conf", "incidents.toml", "GUIDELINES.md"):
        shutil.copy(ROOT / "annotations" / name, data / "annotations")
    return data


def files_below(directory: Path) -> dict[str, bytes]:
    """The contents of every file of a directory, or of a file, by relative path."""
    paths = directory.rglob("*") if directory.is_dir() else [directory]
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in paths if p.is_file()}


Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Run the command line in this process, offline, from a temporary folder."""

    def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        return run_here(tmp_path, [*map(str, arguments)], stdin)

    return run


@pytest.fixture
def cli_process(tmp_path: Path) -> Cli:
    """Run the command line like `cli`, but in a new process."""

    def run(
        *arguments: object, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return run_apart(tmp_path, [*map(str, arguments)], environment)

    return run


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    if path is None:
        # Chromium is a system package: unlike playwright, `make test` cannot install it.
        pytest.skip("browser tests need chromium on the PATH")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Any, tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(chromium, tmp_path)
    yield opened
    for context in chromium.contexts:
        context.close()
    assert opened.errors == []
    assert all(url.startswith("file:") for url in opened.requests), opened.requests
