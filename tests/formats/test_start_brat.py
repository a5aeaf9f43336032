"""The script that starts brat's server, with a stand-in for brat, which is not a package."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, files_below

SCRIPT = ROOT / "docs" / "start-brat.sh"

STANDALONE = """
_DEFAULT_SERVER_ADDR = ""


def main(arguments):
    print("serving", _DEFAULT_SERVER_ADDR, *arguments[1:])
    return 0
"""
"""Takes from the script what brat's ``standalone.py`` takes."""


@pytest.fixture
def brat(tmp_path: Path) -> Path:
    folder = tmp_path / "my brat"
    folder.mkdir()
    (folder / "standalone.py").write_text(STANDALONE, "utf-8")
    return folder


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """This Python, which says that it is an old one."""
    path = tmp_path / "python3.10"
    path.write_text(
        f'#!/bin/sh\ncase "$2" in *version_info*) echo 3.10.13 True;; '
        f'*) exec "{sys.executable}" -B "$@";; esac\n',
        "utf-8",
    )
    path.chmod(0o755)
    return path


def start(*arguments: object, **variables: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(SCRIPT), *map(str, arguments)],
        env=os.environ | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_server_starts_on_this_machine_with_its_annotators(brat: Path, python: Path) -> None:
    result = start(brat, 8123, PYTHON=python, ANNOTATORS="anna:it's ben:a:b")
    assert result.stdout.splitlines() == [
        f"brat: http://127.0.0.1:8123/ with the articles in {brat}/data",
        "serving 127.0.0.1 8123",
    ]
    assert (result.returncode, result.stderr) == (0, "")
    config = runpy.run_path(str(brat / "config.py"))
    assert config["USER_PASSWORD"] == {"anna": "it's", "ben": "a:b"}
    # brat looks for annotation.conf from the data upwards, but not above BASE_DIR.
    assert (config["BASE_DIR"], config["DATA_DIR"]) == (str(brat), str(brat / "data"))
    assert Path(config["DATA_DIR"]).is_dir()
    assert Path(config["WORK_DIR"]).is_dir()
    before = files_below(brat)
    assert start(brat, PYTHON=python, HOST="0.0.0.0").stdout.endswith("serving 0.0.0.0 8001\n")
    assert files_below(brat) == before


def test_what_is_wrong_is_one_line(brat: Path, python: Path, tmp_path: Path) -> None:
    version = sys.version.split()[0]
    for arguments, variables, message in (
        ((), {}, "usage: sh start-brat.sh BRAT [PORT]"),
        ((tmp_path,), {}, f"{tmp_path}: has no standalone.py, expected brat's directory"),
        (
            (brat,),
            {"PYTHON": sys.executable},
            f"{sys.executable}: is Python {version}, brat needs 3.10 or older; name one with "
            "PYTHON=…",
        ),
    ):
        result = start(*arguments, **variables)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr == f"start-brat: {message}\n"
    result = start(brat, PYTHON=tmp_path / "none")
    assert result.returncode == 1
    assert result.stderr.endswith("cannot be run; name Python 3.10 or older with PYTHON=…\n")
    assert [path.name for path in brat.iterdir()] == ["standalone.py"]
