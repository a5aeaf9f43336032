"""What systems measure goes to trackers, and a run is the same with and without them."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from conftest import Cli, files_below

from eventbench import EventbenchError, fit, run

SYSTEM = "measuring:Measuring"
CODE = """
from dataclasses import dataclass


@dataclass
class Measuring:
    rate: float = 0.5
    fails: bool = False
    seed: int = 0

    def fit(self, fold, progress):
        progress(0.25)
        progress(0.5, loss=2.0, epoch=1.0)
        progress(1.0, loss=1.0, epoch=2.0)
        if self.fails:
            raise RuntimeError("diverged")

    def predict(self, test):
        return [["O"] * len(row["tokens"]) for row in test]

    def save(self, directory):
        pass

    @classmethod
    def load(cls, directory):
        return cls()
"""
MEASURED = [
    (0, {"loss": 2.0, "epoch": 1.0, "part": 0.5}),
    (1, {"loss": 1.0, "epoch": 2.0, "part": 1.0}),
]


@pytest.fixture(autouse=True)
def measuring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system in the working directory that measures a loss twice."""
    (tmp_path / "measuring.py").write_text(CODE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "measuring", raising=False)


class FakeTracker:
    """Remembers what it is told."""

    requires_logging_directory = False
    made: ClassVar[list[FakeTracker]] = []

    def __init__(self, project: str, **named: str) -> None:
        self.project, self.named = project, named
        self.told: list[Any] = []
        self.made.append(self)

    def start(self) -> None:
        self.told.append("start")

    def store_init_configuration(self, values: dict[str, Any]) -> None:
        self.told.append(values)

    def log(self, values: dict[str, float], step: int) -> None:
        self.told.append((step, values))

    def finish(self) -> None:
        self.told.append("finish")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> list[FakeTracker]:
    """W&B and MLflow, replaced by a fake; the list of trackers made."""
    reason = "trackers need the extra [encoder]"
    tracking = pytest.importorskip("accelerate.tracking", reason=reason)
    for name in ("wandb", "mlflow"):
        monkeypatch.setitem(tracking.LOGGER_TYPE_TO_CLASS, name, FakeTracker)
    monkeypatch.setattr(tracking, "_available_trackers", ["wandb", "mlflow"])
    monkeypatch.setattr(FakeTracker, "made", [])
    return FakeTracker.made


def test_each_cell_is_logged_under_its_name(fake: list[FakeTracker], harbour: Path) -> None:
    trackers = ["wandb", "mlflow", "wandb"]
    options = {"rate": 0.25}
    run(SYSTEM, corpus=harbour, out="r", folds=[0, 1], seeds=[3], options=options, track=trackers)
    assert [tracker.named for tracker in fake] == [
        {"name": "triggers/seed3/fold0", "dir": "r/logs"},
        {"run_name": "triggers/seed3/fold0"},
        {"name": "triggers/seed3/fold1", "dir": "r/logs"},
        {"run_name": "triggers/seed3/fold1"},
    ]
    assert {tracker.project for tracker in fake} == {"eventbench"}
    about = {"system": SYSTEM, "task": "triggers", "seed": 3, "fold": 0, "rate": 0.25}
    assert fake[0].told == fake[1].told == ["start", about, *MEASURED, "finish"]


def test_a_tracker_is_closed_when_a_system_fails(fake: list[FakeTracker], harbour: Path) -> None:
    with pytest.raises(RuntimeError, match="diverged"):
        run(SYSTEM, corpus=harbour, out="r", options={"fails": True}, track=["mlflow"])
    assert [tracker.told[-1] for tracker in fake] == ["finish"]


def test_a_system_that_measures_nothing_starts_no_tracker(
    fake: list[FakeTracker], harbour: Path
) -> None:
    run("lexicon", corpus=harbour, out="r", folds=[0], track=["wandb"])
    assert fake == []


def test_only_the_first_process_logs(
    fake: list[FakeTracker], harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    run(SYSTEM, corpus=harbour, out="r", folds=[0], track=["wandb"])
    assert fake == []


def test_a_tracker_that_fails_is_one_line(
    fake: list[FakeTracker], harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(self: FakeTracker) -> None:
        raise ValueError("no API key\nconfigured")

    monkeypatch.setattr(FakeTracker, "start", start)
    message = "^tracker wandb: cannot log: no API key configured$"
    with pytest.raises(EventbenchError, match=message):
        run(SYSTEM, corpus=harbour, out="r", track=["wandb"])


def scalars(path: Path) -> Iterator[tuple[int, str, float]]:
    """Step, tag and value of all that TensorBoard would show of a file.

    Its records are framed by their length and two checksums.
    """
    from tensorboardX.proto.event_pb2 import Event

    content = path.read_bytes()
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        event = Event.FromString(content[12 : 12 + length])
        yield from ((event.step, v.tag, v.simple_value) for v in event.summary.value)
        content = content[16 + length :]


@pytest.fixture
def tensorboard() -> None:
    reason = "it needs the extras [encoder] and [dev]"
    pytest.importorskip("accelerate", reason=reason)
    pytest.importorskip("tensorboardX", reason=reason)


@pytest.mark.usefixtures("tensorboard")
def test_tensorboard_shows_what_was_measured(harbour: Path, cli: Cli) -> None:
    arguments = (SYSTEM, "--data", harbour, "--folds", "0", "--out", "r")
    assert cli("run", *arguments, "--track", "tensorboard").returncode == 0
    (log,) = Path("r/logs/triggers/seed0/fold0").glob("events.*")
    assert [*scalars(log)] == [
        (step, tag, value) for step, row in MEASURED for tag, value in row.items()
    ]
    # A run is the same with and without trackers: it goes on, and is scored.
    before = files_below(Path("r"))
    again = cli("run", *arguments)
    assert "(1 of 1 cells were stored before)" in again.stdout
    assert files_below(Path("r")) == before


@pytest.mark.usefixtures("tensorboard")
def test_logs_of_a_model_are_beside_it(harbour: Path) -> None:
    fit(SYSTEM, corpus=harbour, out="m", track=["tensorboard"])
    (log,) = Path("m-logs/m").glob("events.*")
    assert len([*scalars(log)]) == 6
    record = json.loads(Path("m/model.json").read_text(encoding="utf-8"))
    assert not [name for name in record["files"] if "log" in name]


def test_a_run_that_was_killed_with_nothing_but_logs_goes_on(harbour: Path) -> None:
    Path("r/logs/triggers").mkdir(parents=True)
    assert run(SYSTEM, corpus=harbour, out="r", folds=[0]).stored == 0
    Path("diary/logs").mkdir(parents=True)
    Path("diary/today").write_text("", encoding="utf-8")
    with pytest.raises(EventbenchError, match="is not empty and holds no run"):
        run(SYSTEM, corpus=harbour, out="diary", folds=[0])


@pytest.mark.parametrize("command", ["run", "fit"])
def test_trackers_are_checked_before_anything_is_trained(
    command: str, harbour: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (command, SYSTEM, "--data", harbour, "--out", "r", "--track")
    result = cli(*arguments, "wandb,tensorbord")
    assert result.returncode == 1
    expected = "no tracker 'tensorbord': expected tensorboard, wandb, mlflow"
    assert result.stderr == f"eventbench: error: {expected}\n"
    monkeypatch.setitem(sys.modules, "accelerate.tracking", None)
    result = cli(*arguments, "wandb")
    assert result.returncode == 1
    assert "tracking needs accelerate: pip install" in result.stderr
    assert not Path("r").exists()


def test_a_tracker_that_is_not_installed(
    fake: list[FakeTracker], harbour: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accelerate.tracking._available_trackers", [])
    with pytest.raises(EventbenchError, match="'mlflow' is not installed: pip install mlflow"):
        run(SYSTEM, corpus=harbour, out="r", track=["mlflow"])
