"""Results as `predict` writes them, made of gold: what a faultless system would find."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from eventbench import Corpus
from eventbench.claims.grouping import INCIDENTS, read_incidents, write_incidents
from eventbench.corpus.predictions import ANNOTATIONS, with_argument_values, write_predictions


def result_of(corpus: Corpus, out: Path) -> Path:
    """Write the gold of a corpus as a result, with its list of incidents."""
    documents = tuple(with_argument_values(d, corpus.scheme) for d in corpus.documents)
    write_predictions(replace(corpus, documents=documents), out, {"language": "en"})
    rows, _ = read_incidents(corpus.root / ANNOTATIONS / INCIDENTS, corpus.documents)
    (out / ANNOTATIONS / INCIDENTS).write_text(write_incidents(rows), encoding="utf-8")
    return out


def write_parquet(result: Path, out: Path) -> Path:
    """Write the articles of a result as ``predict`` writes tagged Parquet files."""
    lines = (result / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    lists = ("events", "links", "sentences")
    records = [
        {k: json.dumps(v) if k in lists else v for k, v in json.loads(line).items()}
        for line in lines
    ]
    out.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(records), out)
    return out
