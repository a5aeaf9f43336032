"""Batches and Parquet files: every row once, whoever is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from made_models import write_part

from eventbench import BatchExtractor, Corpus, EventbenchError, fit
from eventbench.systems.predict import predict
from eventbench.systems.tables import tag_parquet

pytest.importorskip("spacy", reason="segmenting new text needs the extra [segment]")

BOMB = "made_up:Bomb"


def test_batches_keep_rows_and_columns(lexicon: Path) -> None:
    import numpy as np

    batch = {"id": np.array([7, 7]), "text": np.array(["Airstrikes hit it.", ""]), "more": [1, 2]}
    found = BatchExtractor(lexicon)(batch)
    assert [*found] == ["id", "text", "more", "events", "links", "sentences"]
    assert [len(json.loads(events)) for events in found["events"]] == [1, 0]
    assert found["more"] == [1, 2]


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"id": [1]}, "batch: has no column 'text', but id"),
        ({"id": [1], "text": [None]}, "id 1: text is None, expected a string"),
        ({"id": [1], "text": [""], "links": [""]}, "has a column 'links' already"),
    ],
)
def test_bad_batches_are_refused(batch: dict[str, list[Any]], message: str, lexicon: Path) -> None:
    with pytest.raises(EventbenchError, match=message):
        BatchExtractor(lexicon)(batch)


@pytest.mark.posix
@pytest.mark.slow
def test_a_killed_worker_is_started_again(made_up: str, corpus: Corpus, tmp_path: Path) -> None:
    """After SIGKILL in the third of five parts, every row is there once, as if nothing had been."""
    fit(BOMB, corpus=corpus, out=tmp_path / "m")
    ids = [[f"{part}-{row}" for row in range(40)] for part in range(5)]
    parts = [
        write_part(
            tmp_path / f"in/{part}.parquet",
            ids[part],
            [f"a bomb in{i.replace('-', 'x')}" for i in ids[part]],
        )
        for part in range(5)
    ]
    out = tmp_path / "out"
    command = (
        "from pathlib import Path; from eventbench.systems.tables import tag_parquet;"
        f"tag_parquet('m', [Path(f'in/{{n}}.parquet') for n in range(5)], Path({str(out)!r}), "
        f"system={BOMB!r})"
    )
    worker = subprocess.run(
        [sys.executable, "-c", command],
        cwd=tmp_path,
        env=os.environ | {"DEADLY": "in2x30"},
        check=False,
    )
    assert worker.returncode == -signal.SIGKILL
    done = {path.name: path.stat().st_mtime_ns for path in out.glob("*.parquet")}
    assert [*sorted(done)] == ["0.parquet", "1.parquet"]
    assert len([*out.iterdir()]) == 3  # what the worker was writing is still there

    told: list[int] = []
    assert tag_parquet(tmp_path / "m", parts, out, system=BOMB, progress=told.append) == 200
    assert sum(told) == 200
    assert {path.name for path in out.iterdir()} == {f"{part}.parquet" for part in range(5)}
    assert all((out / name).stat().st_mtime_ns == time for name, time in done.items())
    rows = [row for part in parts for row in pq.read_table(out / part.name).to_pylist()]
    assert Counter(row["id"] for row in rows) == Counter(i for part in ids for i in part)
    for row in rows:
        (event,) = json.loads(row["events"])
        assert event["trigger"] == {"start": 2, "end": 6, "text": "bomb"}

    tag_parquet(tmp_path / "m", parts, tmp_path / "again", system=BOMB)
    for part in parts:
        assert (out / part.name).read_bytes() == (tmp_path / "again" / part.name).read_bytes()


def test_parts_of_another_model_or_of_another_part_are_not_mixed(
    made_up: str, corpus: Corpus, lexicon: Path, tmp_path: Path
) -> None:
    fit(BOMB, corpus=corpus, out=tmp_path / "m")
    part, out = write_part(tmp_path / "in/p.parquet", [1], ["a bomb"]), tmp_path / "out"
    assert predict(tmp_path / "m", [part], out, system=BOMB) == 1
    with pytest.raises(EventbenchError, match=r"p.parquet: was not made by this model"):
        tag_parquet(lexicon, [part], out)
    for texts in (["no bomb"], ["a bomb", "none"]):
        write_part(part, [*range(len(texts))], texts)
        with pytest.raises(EventbenchError, match=r"out/p.parquet: was not made of .*in/p.parquet"):
            tag_parquet(tmp_path / "m", [part], out, system=BOMB)


def test_columns_of_a_part_that_python_cannot_hold_stay_as_they_are(
    lexicon: Path, tmp_path: Path
) -> None:
    late = pa.array([2**50, None], pa.timestamp("ms"))  # the year 37648
    table = pa.table({"id": ["a", "b"], "when": late, "text": ["Airstrikes hit it.", ""]})
    pq.write_table(table, tmp_path / "p.parquet")
    assert tag_parquet(lexicon, [tmp_path / "p.parquet"], tmp_path / "out") == 2
    found = pq.read_table(tmp_path / "out/p.parquet")
    assert found.column_names == ["id", "when", "text", "events", "links", "sentences"]
    assert found["when"].equals(table["when"])


def test_a_part_with_damaged_data_is_named_not_the_output(lexicon: Path, tmp_path: Path) -> None:
    texts = [f"Airstrikes hit {n}." for n in range(2000)]
    part = write_part(tmp_path / "in/p.parquet", [*range(2000)], texts)
    content = bytearray(part.read_bytes())
    content[4:2000] = bytes(1996)  # the footer stays
    part.write_bytes(content)
    with pytest.raises(EventbenchError, match=r"in/p.parquet: ") as found:
        tag_parquet(lexicon, [part], tmp_path / "out")
    assert "cannot be written" not in str(found.value)
    assert not [*(tmp_path / "out").glob("*")]


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: path.write_bytes(b"text"), "p.parquet: "),
        (lambda path: None, "p.parquet: .*No such file"),
        (lambda path: pq.write_table(pa.table({"text": ["a"]}), path), "has no column 'id'"),
        (lambda path: write_part(path, [1, 2], ["a", None]), "p.parquet: id 2: text is None"),
        (lambda path: write_part(path, [1], [7]), "p.parquet: id 1: text is 7"),
        (
            lambda path: pq.write_table(pa.table({"id": [1], "text": [""], "events": [1]}), path),
            "p.parquet: has a column 'events' already",
        ),
    ],
)
def test_bad_parts_are_one_line(
    write: Callable[[Path], object], message: str, lexicon: Path, tmp_path: Path
) -> None:
    write(tmp_path / "p.parquet")
    with pytest.raises(EventbenchError, match=message) as found:
        tag_parquet(lexicon, [tmp_path / "p.parquet"], tmp_path / "out")
    assert "\n" not in str(found.value)
    assert not [*(tmp_path / "out").glob("*")]


def test_a_fault_of_the_program_is_not_reported_as_a_bad_part(
    lexicon: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr("eventbench.systems.tables.article_record", broken)
    part = write_part(tmp_path / "p.parquet", [1], ["Airstrikes hit it."])
    with pytest.raises(KeyError, match="a fault"):
        tag_parquet(lexicon, [part], tmp_path / "out")
    assert not [*(tmp_path / "out").glob("*")]


def test_ids_that_python_cannot_hold_are_one_line(lexicon: Path, tmp_path: Path) -> None:
    ids = pa.array([2**60], pa.timestamp("ms"))
    pq.write_table(pa.table({"id": ids, "text": [""]}), tmp_path / "p.parquet")
    with pytest.raises(EventbenchError, match=r"p\.parquet: not readable as Parquet: ") as found:
        tag_parquet(lexicon, [tmp_path / "p.parquet"], tmp_path / "out")
    assert "\n" not in str(found.value)


def test_parts_of_one_name_are_refused(lexicon: Path, tmp_path: Path) -> None:
    parts = [write_part(tmp_path / f"{d}/p.parquet", [1], ["a"]) for d in ("a", "b")]
    with pytest.raises(EventbenchError, match=r"b/p.parquet: has the name of .*a/p.parquet"):
        tag_parquet(lexicon, parts, tmp_path / "out")
