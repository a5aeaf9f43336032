"""A short run of the fuzzer; ``make fuzz SEED=… COUNT=…`` makes longer ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz import run

COUNT = 300


@pytest.mark.slow
def test_mutated_files_give_a_value_or_an_error_in_one_line(tmp_path: Path) -> None:
    assert run(tmp_path / "work", 2026, range(COUNT), tmp_path / "kept") == []
