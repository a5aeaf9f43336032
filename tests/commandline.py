"""Runs the command line for tests: in this process, which is quick, or in one of its own."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

import datasets
from huggingface_hub import constants

from eventbench.cli.main import main

OFFLINE = {"HF_HUB_OFFLINE": "1"}


def run_here(
    folder: Path, arguments: list[str], stdin: bytes = b""
) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process, in a folder and without a network.

    Streams, working directory, environment, import path and the modules that the command
    imports from the folder are its own: afterwards everything is as before.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, OFFLINE),
        mock.patch.object(constants, "HF_HUB_OFFLINE", True),
        mock.patch.object(datasets.config, "HF_HUB_OFFLINE", True),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        modules_of(folder),
    ):
        code = main(arguments)
    texts = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))
    return subprocess.CompletedProcess(arguments, code, *texts)


@contextlib.contextmanager
def modules_of(folder: Path) -> Iterator[None]:
    """Import modules in a folder anew, and forget them afterwards."""
    importlib.invalidate_caches()
    before = {*sys.modules}
    with (
        mock.patch.object(sys, "path", [*sys.path]),
        mock.patch.object(sys, "dont_write_bytecode", True),
    ):
        yield
    for name in {*sys.modules} - before:
        spec = sys.modules[name].__spec__
        places = [spec.origin or "", *(spec.submodule_search_locations or ())] if spec else []
        if any(Path(place).is_relative_to(folder) for place in places):
            del sys.modules[name]


def run_apart(
    folder: Path, arguments: list[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, in a folder and without a network."""
    own = {"HF_HOME": str(folder / "hf"), **(environment or {})}
    return subprocess.run(
        [sys.executable, "-m", "eventbench", *arguments],
        cwd=folder,
        env=os.environ | OFFLINE | own,
        capture_output=True,
        text=True,
        check=False,
    )
