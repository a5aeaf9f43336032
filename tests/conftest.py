"""Shared fixtures: the corpus, and small data directories that a test may spoil."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
