"""Measures what finding incidents costs from 1,000 to 100,000 events, in memory and on disk.

    python benchmarks/incidents_at_scale.py                  # 1,000, 10,000 and 100,000 events
    python benchmarks/incidents_at_scale.py 1000 4000        # other numbers

Events are made up, with a seed: each incident is told by one to eight articles, in other words
and with parts left out. The places and the year stay the same, so that they become denser as
there are more of them. Each size runs in a process of its own. Results go to
benchmarks/incidents_at_scale.json and INCIDENTS_AT_SCALE.md.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
from tabulate import tabulate

from eventbench.claims import agreement, joining
from eventbench.claims.at_scale import MEMORY, incidents_at_scale
from eventbench.claims.happenings import Gazetteer, happenings
from eventbench.corpus.loading import SCHEME, corpus_root
from eventbench.corpus.predictions import read_predictions, write_scheme
from eventbench.corpus.values import PLACES

HERE = Path(__file__).parent
SIZES = (1_000, 10_000, 100_000)
EVENTS_OF_ARTICLE = 10
ARTICLES_OF_PART = 1_000
PROVINCES, TOWNS = 10, 40
YEAR = date(2031, 1, 1)

ACTS = {
    "shelling": ("shelled", "shelling", "artillery fire"),
    "air-strike": ("bombed", "air strike", "air raid"),
    "clash": ("fought", "clashes", "fighting"),
    "bomb": ("explosion", "blast", "car bomb"),
}
WHOM = ("a market", "two schools", "a hospital", "homes", "a convoy", "a bridge", "the port")
SIDES = ("government", "opposition", "kurdish", "islamic-state")


# Made-up events


def gazetteer() -> str:
    """A list of towns in provinces of one country."""
    entries = ['[[place]]\nid = "land"\nname = "Land"\nkind = "country"\n']
    for p in range(PROVINCES):
        entries.append(f'[[place]]\nid = "p{p}"\nname = "Province {p}"\nparent = "land"\n')
        entries += [
            f'[[place]]\nid = "p{p}-t{t}"\nname = "Town {p}x{t}"\nparent = "p{p}"\n'
            for t in range(TOWNS)
        ]
    return "\n".join(entries)


def told_incidents(number: int, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Each event as an article tells it; those of one incident one after the other."""
    made = number_of_incidents = 0
    while made < number:
        day = YEAR + timedelta(days=rng.randrange(365))
        number_of_incidents += 1
        incident = {
            "incident": number_of_incidents,
            "subtype": rng.choice([*ACTS]),
            "town": f"p{rng.randrange(PROVINCES)}-t{rng.randrange(TOWNS)}",
            "whom": rng.choice(WHOM),
            "side": rng.choice(SIDES),
            "day": day,
        }
        for _ in range(min(number - made, rng.randint(1, 8))):
            made += 1
            yield {
                **incident,
                "words": rng.choice(ACTS[incident["subtype"]]),
                "dated": rng.random() < 0.6,
                "placed": rng.random() < 0.8,
                "published": day + timedelta(days=rng.randint(0, 4)),
            }


def articles(number: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Rows as ``eventbench predict`` writes them, of `EVENTS_OF_ARTICLE` events an article."""
    rng = random.Random(seed)
    told = sorted(told_incidents(number, rng), key=lambda one: (one["published"], rng.random()))
    for n, start in enumerate(range(0, number, EVENTS_OF_ARTICLE)):
        yield _article(f"a{n}", told[start : start + EVENTS_OF_ARTICLE])


def _article(name: str, told: list[dict[str, Any]]) -> dict[str, Any]:
    text, events, sentences = "", [], []
    for k, one in enumerate(told):
        start = len(text)
        spans: dict[str, dict[str, Any]] = {}
        town = one["town"].replace("-", " ") if one["placed"] else ""
        when = one["day"].isoformat() if one["dated"] else ""
        for key, words in (("who", f"The {one['side']}"), ("did", one["words"]),
                           ("whom", one["whom"]), ("town", town), ("when", when)):  # fmt: skip
            if words:
                spans[key] = {"start": len(text), "end": len(text) + len(words)}
                text += f"{words} "
        text = f"{text.strip()}. "
        sentences.append([start, len(text) - 1])
        events.append(_event(f"E{k}", one, spans))
    return {
        "id": name,
        "text": text,
        "published": told[0]["published"],
        "sentences": json.dumps(sentences),
        "events": json.dumps(events),
        "links": "[]",
    }


def _event(name: str, one: dict[str, Any], spans: dict[str, Any]) -> dict[str, Any]:
    side = {"kind": "armed-group", "side": one["side"]}
    arguments = [
        {"role": "Attacker", **spans["who"], "attributes": side},
        {"role": "Target", **spans["whom"]},
    ]
    if "town" in spans:
        arguments.append({"role": "Place", **spans["town"], "value": one["town"]})
    if "when" in spans:
        day = one["day"].isoformat()
        arguments.append({"role": "Time", **spans["when"], "value": f"{day}/{day}"})
    return {
        "id": name,
        "type": "Attack",
        "trigger": spans["did"],
        "arguments": arguments,
        "attributes": {"subtype": one["subtype"], "status": "actual", "occurrence": "single"},
    }


def make_result(number: int, out: Path) -> None:
    """Write a result with made-up events as a directory of Parquet files."""
    write_scheme(corpus_root() / SCHEME, out)
    (out / SCHEME).with_name(PLACES).write_text(gazetteer(), encoding="utf-8")
    rows = list(articles(number))
    for part, start in enumerate(range(0, len(rows), ARTICLES_OF_PART)):
        table = pa.Table.from_pylist(rows[start : start + ARTICLES_OF_PART])
        pq.write_table(table, out / f"part-{part:03d}.parquet")


# Ways


def on_disk(result: Path) -> dict[str, int]:
    found = [(len(i.mentions), len(i.articles)) for i in incidents_at_scale(result)]
    return {"incidents": len(found), "events": sum(mentions for mentions, _ in found)}


def in_memory(result: Path) -> dict[str, int]:
    corpus = read_predictions(result)
    rows = joining.join(corpus.documents, corpus.scheme, corpus.places)
    events = sum(len(d.events) for d in corpus.documents)
    return {"incidents": events - sum(len(r.mentions) - 1 for r in rows), "events": events}


def pairs(result: Path) -> dict[str, int]:
    """How many pairs are compared, apart from time and memory."""
    compared = 0
    close = agreement.points

    def counted(*given: Any) -> int | None:
        nonlocal compared
        compared += 1
        return close(*given)

    with mock.patch.object(joining, "points", counted):
        found = in_memory(result)
    read = read_predictions(result)
    places = Gazetteer.of(read.places)
    number = sum(1 for d in read.documents for _ in happenings(d, read.scheme, places))
    return {**found, "pairs": compared, "happenings": number}


WAYS = {"on disk": on_disk, "in memory": in_memory, "pairs": pairs}


def child(way: str, result: Path) -> None:
    start = time.perf_counter()
    found: dict[str, Any] = WAYS[way](result)
    found["seconds"] = round(time.perf_counter() - start, 2)
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


# The page


def main(sizes: list[int]) -> None:
    results: dict[str, Any] = {"versions": {n: version(n) for n in ("eventbench", "duckdb")}}
    results |= {"memory": MEMORY, "sizes": {}}
    for size in sizes:
        folder = Path(tempfile.mkdtemp())
        try:
            make_result(size, folder / "result")
            made = len({one["incident"] for one in told_incidents(size, random.Random(0))})
            found: dict[str, Any] = {"made": made}
            for way in WAYS:
                command = [sys.executable, __file__, "--way", way, str(folder / "result")]
                run = subprocess.run(command, check=True, capture_output=True, text=True)
                found[way] = json.loads(run.stdout)
                print(size, way, found[way], flush=True)
            results["sizes"][str(size)] = found
        finally:
            shutil.rmtree(folder)
    (HERE / "incidents_at_scale.json").write_text(json.dumps(results, indent=2) + "\n")
    (HERE / "INCIDENTS_AT_SCALE.md").write_text(report(results))


def report(results: dict[str, Any]) -> str:
    first = next(iter(results["sizes"].values()))
    rows = []
    for size, found in results["sizes"].items():
        events = int(size)
        row = [f"{events:,}", f"{found['made']:,}", f"{found['on disk']['incidents']:,}"]
        row.append(f"{found['pairs']['pairs'] / events:.0f}")
        for way in ("on disk", "in memory"):
            cost = found[way]["seconds"] / events
            base = first[way]["seconds"] / first[way]["events"]
            row += [f"{1000 * cost:.1f}", f"{cost / base:.2f}", f"{found[way]['megabytes']:,}"]
        rows.append(row)
    heads = ["events", "of incidents", "found", "pairs an event"]
    for way in ("on disk", "in memory"):
        heads += [f"{way}: ms an event", "of the first", "MB"]
    return PAGE.format(
        table=tabulate(rows, heads, tablefmt="github", stralign="right", disable_numparse=True),
        memory=results["memory"],
        versions=" · ".join(f"{n} {v}" for n, v in results["versions"].items()),
    )


PAGE = """# The cost of incidents, from few to many events

Written by `python benchmarks/incidents_at_scale.py`, in one run on one machine; other work on
it slows both ways. {versions}

{table}

*On disk* is `incidents_at_scale`, from a directory of Parquet files to all incidents with their
claims, with {memory} for DuckDB. *In memory* reads the same files and only joins events.
Megabytes are the most that the process held. The events are made up: in one year and 400 towns,
however many there are, so that the last row has as many more on a day and in a place. Two of
five have no day and one of five no place, so that not all of an incident can be known to be one;
the denser they are, the more of those without a place have their like beyond the neighbours that
they are compared with.
"""


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        main([int(size) for size in sys.argv[1:]] or [*SIZES])
