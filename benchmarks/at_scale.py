"""Tags many sentences with several workers, of which one is killed, and counts what comes out.

    python benchmarks/at_scale.py               # 100,000 sentences in 20 Parquet files
    python benchmarks/at_scale.py 2000 4        # other numbers

Each way is that of docs/predict.md: processes of ``eventbench predict``, Ray Data and Spark in
local mode (each if it is installed: ``pip install 'ray[data]' pyspark``; Spark needs Java). One
worker dies by SIGKILL at its work. The model is the lexicon, so that what takes time is all but
the model. Results go to benchmarks/at_scale.json and AT_SCALE.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from baselines import sentences
from eventbench import BatchExtractor, fit

HERE = Path(__file__).parent
SENTENCES, PARTS, WORKERS = 100_000, 20, 2
DIES_AT = 3
"""The batch in which a worker of Ray or Spark dies, and the part in which a process does."""


def make_parts(number: int, parts: int, folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir()
    rows = [(f"s{n:07d}", " ".join(words)) for n, words in enumerate(sentences(number))]
    for part in range(parts):
        ids, texts = zip(*rows[part::parts], strict=True)
        table = pa.table({"id": ids, "text": texts})
        pq.write_table(table, folder / f"part-{part:03d}.parquet")


class Mortal(BatchExtractor):
    """Dies once, whichever worker it is in: the first to find no file at ``grave``."""

    def __init__(self, model: str, grave: str) -> None:
        super().__init__(model)
        self._grave, self._batches = grave, 0

    def __call__(self, batch: Any) -> dict[str, Any]:
        self._batches += 1
        if self._batches == DIES_AT:
            try:
                os.close(os.open(self._grave, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)


def by_processes(parts: Path, model: Path, out: Path) -> None:
    """Two processes; the first is killed in the midst of a part and started again."""
    files = sorted(parts.glob("*.parquet"))

    def start(worker: int) -> subprocess.Popen[bytes]:
        mine = map(str, files[worker::WORKERS])
        command = [sys.executable, "-m", "eventbench", "predict", str(model), *mine]
        return subprocess.Popen([*command, "--out", str(out)], stdout=subprocess.DEVNULL)

    workers = [start(worker) for worker in range(WORKERS)]
    third = files[::WORKERS][min(DIES_AT, len(files) // WORKERS) - 1].name
    while not list(out.glob(f".{third}-*")):
        if workers[0].poll() is not None:
            sys.exit("the first worker was done before it could be killed")
        time.sleep(0.02)
    workers[0].kill()
    if workers[0].wait() != -signal.SIGKILL:
        sys.exit("the first worker did not die by SIGKILL")
    workers[0] = start(0)
    if any(worker.wait() for worker in workers):
        sys.exit("a worker failed")


def by_ray(parts: Path, model: Path, out: Path) -> None:
    import ray

    ray.init(num_cpus=WORKERS + 1, include_dashboard=False, log_to_driver=False)
    texts = ray.data.read_parquet(str(parts), override_num_blocks=len(list(parts.iterdir())))
    tagged = texts.map_batches(
        Mortal,
        fn_constructor_args=[str(model), str(out.with_suffix(".grave"))],
        batch_size=1000,
        compute=ray.data.ActorPoolStrategy(size=WORKERS),
        num_cpus=1,
    )
    tagged.write_parquet(str(out))
    ray.shutdown()


def by_spark(parts: Path, model: Path, out: Path) -> None:
    from pyspark.sql import SparkSession

    grave, path = str(out.with_suffix(".grave")), str(model)

    def tag(batches: Any) -> Any:
        import pyarrow

        extract = Mortal(path, grave)
        for batch in batches:
            yield pyarrow.RecordBatch.from_pydict(extract(batch.to_pydict()))

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = str(HERE)  # where a worker finds Mortal
    # A task may fail four times, as it may in a cluster; local mode allows it once.
    session = SparkSession.builder.master(f"local[{WORKERS},4]").config("spark.ui.enabled", "false")
    spark = session.config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000").getOrCreate()
    table = spark.read.parquet(str(parts))
    schema = "id string, text string, events string, links string, sentences string"
    table.mapInArrow(tag, schema).write.parquet(str(out))
    spark.stop()


WAYS = {"eventbench predict": by_processes, "ray": by_ray, "pyspark": by_spark}


def check(parts: Path, out: Path) -> dict[str, Any]:
    """What is in ``out`` for what is in ``parts``."""
    import pyarrow.parquet as pq

    def read(folder: Path) -> list[dict[str, Any]]:
        return [
            row for f in sorted(folder.glob("*.parquet")) for row in pq.read_table(f).to_pylist()
        ]

    given, found = {row["id"]: row["text"] for row in read(parts)}, read(out)
    times = Counter(row["id"] for row in found)
    events = sorted((row["id"], row["events"]) for row in found)
    return {
        "sentences": len(given),
        "rows": len(found),
        "missing": len(given.keys() - times.keys()),
        "doubled": sum(number > 1 for number in times.values()),
        "with another text": sum(given.get(row["id"]) != row["text"] for row in found),
        "events": sum(len(json.loads(row["events"])) for row in found),
        "digest": hashlib.sha256(repr(events).encode()).hexdigest()[:16],
    }


def report(results: dict[str, Any]) -> str:
    columns = list(next(iter(results["ways"].values())))
    lines = [
        "# Many sentences, several workers, one of them killed",
        "",
        "Written by `python benchmarks/at_scale.py`, on one machine. A worker died by SIGKILL at",
        "its work. Equal digests are equal events for every sentence. Seconds include starting,",
        "and what the dead worker had done in vain; other work on the machine slows them.",
        "",
        " · ".join(f"{name} {found}" for name, found in results["versions"].items()),
        "",
        f"| {WORKERS} workers | {' | '.join(columns)} |",
        "|---|" + "---:|" * len(columns),
    ]
    for way, found in results["ways"].items():
        cells = (f"{v:,}" if isinstance(v, int) else str(v) for v in found.values())
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(number: int = SENTENCES, parts: int = PARTS) -> None:
    results: dict[str, Any] = {"versions": {"eventbench": version("eventbench")}, "ways": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_parts(number, parts, folder / "parts")
        fit("lexicon", out=folder / "model")
        for way in WAYS:
            if way != "eventbench predict":
                try:
                    results["versions"][way] = version(way)
                except PackageNotFoundError:
                    continue
            out = folder / way.replace(" ", "-")
            start = time.perf_counter()
            child = [
                sys.executable,
                __file__,
                "--way",
                way,
                folder / "parts",
                folder / "model",
                out,
            ]
            subprocess.run(child, check=True)
            seconds = round(time.perf_counter() - start)
            results["ways"][way] = {**check(folder / "parts", out), "seconds": seconds}
            if way != "eventbench predict" and not out.with_suffix(".grave").exists():
                sys.exit(f"no worker of {way} died: give it more batches")
            print(way, results["ways"][way], flush=True)
    found = [{**one, "seconds": 0} for one in results["ways"].values()]
    if any(one != found[0] or one["rows"] != number for one in found):
        sys.exit("something was lost, doubled or differs")
    (HERE / "at_scale.json").write_text(json.dumps(results, indent=2) + "\n")
    (HERE / "AT_SCALE.md").write_text(report(results))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        WAYS[sys.argv[2]](*map(Path, sys.argv[3:]))
    else:
        main(*map(int, sys.argv[1:]))
