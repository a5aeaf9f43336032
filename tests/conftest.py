"""Shared fixtures: the corpus, and small data directories that a test may spoil."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import FLAGS, Browser

from eventbench import Corpus, load_corpus

ROOT = Path(__file__).parents[1]
TINY = Path(__file__).parent / "tiny"


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A writable copy of tests/tiny, two short made-up articles with sound gold."""
    data = tmp_path / "data"
    shutil.copytree(TINY, data)
    shutil.copy(ROOT / "annotations" / "annotation.conf", data / "annotations")
    shutil.copy(ROOT / "annotations" / "GUIDELINES.md", data / "annotations")
    return data


Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """Runs the command line in a process of its own, without a network, from a temporary folder."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}
        return subprocess.run(
            [sys.executable, "-m", "eventbench", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    reason = "the page is tried in a browser only where playwright and chromium are installed"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    path = shutil.which("chromium")
    if path is None:  # Chromium is no Python package: `pip install` cannot bring it
        pytest.skip(reason)
    with playwright.sync_playwright() as running:
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
