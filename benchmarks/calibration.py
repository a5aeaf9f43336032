"""Learns how sure the encoder may be from what it said of articles that it had not learned.

    python benchmarks/calibration.py          # from the predictions in benchmarks/calibration
    python benchmarks/calibration.py RUN      # from another run of the encoder, kept there then
    python benchmarks/calibration.py --elsewhere RUN    # test the curves on another corpus

writes the curves that the encoder applies (`STORE`), the tables of docs/how-sure.md and its
picture. The run is of one seed and has the task "events". Curves are tested on articles that
they were not learned from: for each article, they are learned from the others. A run or an entry
on another corpus is only tested with them.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from eventbench_baselines.encoder.calibration import EVENT, STORE, Calibration, Curve
from tabulate import tabulate

from eventbench.claims.derive import derive, facts_of
from eventbench.claims.model import REPORTED, STANCE_ATTRIBUTES, Mention
from eventbench.corpus.loading import Corpus, load_corpus
from eventbench.corpus.model import SOURCE, Document, Event
from eventbench.corpus.records import ArticleEvents, with_events
from eventbench.errors import EventbenchError
from eventbench.evaluation.reading import read_predictions
from eventbench.evaluation.runs import ENTRY_FILE, RUN_FILE, is_entry
from eventbench.io import atomic_output, read_json_object, write_whole
from eventbench.tasks.base import Gold
from eventbench.tasks.registry import TASKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HERE = Path(__file__).resolve().parent
KEPT = HERE / "calibration"
PAGE = HERE.parent / "docs" / "how-sure.md"
PICTURE = PAGE.with_suffix(".svg")
INCIDENT, CLAIM = "incident", "claim"
CUTS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
BINS, LEAST = 10, 15
"""Points of a reliability curve, at most, and predictions in each of them, at least."""

RESAMPLES = 2000

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Cases:
    """Predictions of one thing, such as the status of events.

    Attributes:
        articles: the article of each.
        before: its probability as the network says it.
        after: its probability by a curve that was learned from the other articles.
        right: 1 if it is right, else 0.
    """

    articles: Sequence[str]
    before: Floats
    after: Floats
    right: Floats


Matches = Mapping[str, Event | None]
"""The event of the gold for each predicted one, by id; None for those that are not right."""


def matches(document: Document, predicted: Iterable[Event]) -> Matches:
    """Pair predicted events with those of the gold that have their type and trigger."""
    gold: dict[Any, list[Event]] = defaultdict(list)
    for event in document.events:
        gold[event.type, event.trigger].append(event)
    return {
        event.id: own.pop(0) if (own := gold[event.type, event.trigger]) else None
        for event in predicted
    }


Said = tuple[str, float, bool]
"""What was predicted: its kind, its probability, and if it is right."""


def said_of_events(events: Iterable[Event], found: Matches) -> Iterator[Said]:
    """Events, and of those that are right, their attributes and sources."""
    for event in events:
        gold = found[event.id]
        if event.probability is None:
            raise EventbenchError("an event has no probability: expected predictions with them")
        yield EVENT, event.probability, gold is not None
        if gold is None:
            continue
        for name, value in event.attributes.items():
            if name in gold.attributes and name in event.probabilities:
                yield name, event.probabilities[name], gold.attributes[name] == value
        if SOURCE in event.probabilities:
            yield SOURCE, event.probabilities[SOURCE], gold.source == event.source


def said_of_incidents(corpus: Corpus, document: Document, found: Matches) -> Iterator[Said]:
    """The incidents of an article, by its links, and what it claims of them.

    An incident is right if one of its mentions is; a claim if one of its mentions is, with all
    that its stance is made of and who says so.
    """
    events = {event.id: event for event in document.events}

    def told(mention: Mention) -> bool:
        event, gold = events[mention.event], found[mention.event]
        if gold is None or gold.source != event.source:
            return False
        names = (*STANCE_ATTRIBUTES, *(() if event.source else (REPORTED,)))
        return all(gold.attributes.get(n) == event.attributes.get(n) for n in names)

    for incident in derive(facts_of(replace(corpus, documents=(document,))), (), ()):
        if incident.probability is not None:
            right = any(found[mention.event] is not None for mention in incident.mentions)
            yield INCIDENT, incident.probability, right
        for claim in incident.claims:
            if claim.probability is not None:
                yield CLAIM, claim.probability, any(map(told, claim.mentions))


def calibration_of(articles: Iterable[Sequence[Said]], record: Mapping[str, Any]) -> Calibration:
    """Learn a curve for each thing from what was said of some articles."""
    by_kind: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for name, probability, right in (said for article in articles for said in article):
        by_kind[name].append((probability, right))
    curves = {name: Curve.learn(*zip(*found, strict=True)) for name, found in by_kind.items()}
    options = {k: v for k, v in record["options"].items() if k != "device"}
    return Calibration(curves, options, tuple(record["event_types"]))


def cases_of(
    corpus: Corpus,
    answers: Mapping[str, ArticleEvents],
    record: Mapping[str, Any],
    fixed: Calibration | None = None,
) -> tuple[dict[str, Cases], Calibration]:
    """Collect what was predicted, before and after calibration, and learn from all of it.

    Args:
        corpus: the corpus.
        answers: the predicted events by article.
        record: the record of the run.
        fixed: curves to test; None learns them, for each article from the others.
    """
    predicted = {d.id: with_events(d, answers[d.id]) for d in corpus.documents}
    found = {d.id: matches(d, predicted[d.id].events) for d in corpus.documents}
    said = {a: [*said_of_events(d.events, found[a])] for a, d in predicted.items()}
    rows: dict[str, list[tuple[str, float, float, bool]]] = defaultdict(list)
    for article, document in predicted.items():
        others = (said[other] for other in said if other != article)
        learned = fixed or calibration_of(others, record)
        calibrated = replace(document, events=tuple(map(learned.event, document.events)))
        both = zip(
            (*said[article], *said_of_incidents(corpus, document, found[article])),
            (
                *said_of_events(calibrated.events, found[article]),
                *said_of_incidents(corpus, calibrated, found[article]),
            ),
            strict=True,
        )
        for (name, before, right), (_, after, _) in both:
            rows[name].append((article, before, after, right))
    order = (EVENT, *corpus.scheme.attributes, SOURCE, INCIDENT, CLAIM)
    cases = {
        name: Cases(articles, *(np.array(values, float) for values in numbers))
        for name in order
        if name in rows
        for articles, *numbers in [tuple(zip(*rows[name], strict=True))]
    }
    return cases, calibration_of(said.values(), record)


# Measures


def bins(probabilities: Floats) -> list[np.ndarray[Any, np.dtype[np.intp]]]:
    """Indices of predictions that are about equally probable, in bins of about equal size."""
    number = max(1, min(BINS, len(probabilities) // LEAST))
    return np.array_split(np.argsort(probabilities, kind="stable"), number)


def calibration_error(probabilities: Floats, right: Floats) -> float:
    """Expected calibration error: mean over predictions of the gap in the bin."""
    gaps = [abs(float((probabilities[k] - right[k]).sum())) for k in bins(probabilities)]
    return sum(gaps) / len(probabilities)


def error_by_chance(probabilities: Floats) -> float:
    """The mean calibration error if every probability were true: so few predictions show."""
    rng = np.random.default_rng(0)
    draws = rng.random((200, len(probabilities))) < probabilities
    return float(np.mean([calibration_error(probabilities, d.astype(float)) for d in draws]))


def brier(probabilities: Floats, right: Floats) -> float:
    """Brier score: mean squared difference of probability and truth."""
    return float(((probabilities - right) ** 2).mean())


def separation(probabilities: Floats, right: Floats) -> float | None:
    """How often a right prediction is more probable than a wrong one (AUC); None if all are."""
    from scipy.stats import rankdata

    yes, ranks = right == 1, rankdata(probabilities)
    number, other = int(yes.sum()), int((~yes).sum())
    if not number or not other:
        return None
    return float((ranks[yes].sum() - number * (number + 1) / 2) / (number * other))


def interval(cases: Cases, measure: Callable[[Cases], float]) -> tuple[float, float]:
    """95 % of a measure when articles are drawn with replacement."""
    names = sorted(set(cases.articles))
    places = {name: np.flatnonzero(np.array(cases.articles) == name) for name in names}
    rng = np.random.default_rng(0)
    found = []
    for drawn in rng.choice(len(names), (RESAMPLES, len(names))):
        rows = np.concatenate([places[names[k]] for k in drawn])
        found.append(measure(Cases((), cases.before[rows], cases.after[rows], cases.right[rows])))
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def gain(cases: Cases) -> float:
    """How much lower the Brier score is after calibration."""
    return brier(cases.before, cases.right) - brier(cases.after, cases.right)


# The page


def reliability_table(cases: Mapping[str, Cases]) -> str:
    """How well probabilities come true, before and after calibration; numbers are in percent."""
    rows = []
    for name, found in cases.items():
        low, high = interval(found, gain)
        numbers = (
            found.right.mean(),
            found.before.mean(),
            found.after.mean(),
            calibration_error(found.before, found.right),
            calibration_error(found.after, found.right),
            error_by_chance(found.after),
            brier(found.before, found.right),
            brier(found.after, found.right),
        )
        gained = f"{100 * low:+.1f} to {100 * high:+.1f}"
        auc = _percent(separation(found.after, found.right))
        rows.append((name, len(found.right), *map(_percent, numbers), gained, auc))
    columns = (
        *("", "predictions", "right", "mean before", "mean after", "ECE before", "ECE after"),
        *("ECE by chance", "Brier before", "Brier after", "gain", "AUC"),
    )
    return _table(rows, columns)


def cut_table(cases: Mapping[str, Cases]) -> str:
    """What is left of events, incidents and claims that are probable enough, in percent."""
    kinds = (EVENT, INCIDENT, CLAIM)
    rows = []
    for cut in CUTS:
        row = [f"{cut:.2f}"]
        for found in (cases[kind] for kind in kinds):
            kept = found.after >= cut
            right, whole = found.right[kept].sum(), found.right.sum()
            row.append(_percent(kept.mean()))
            row.append(_percent(right / kept.sum() if kept.any() else None))
            row.append(_percent(right / whole if whole else None))
        rows.append(row)
    parts = ("{}s kept", "of these right", "of the right ones kept")
    return _table(rows, ("at least", *(part.format(kind) for kind in kinds for part in parts)))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _table(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> str:
    aligned = ("left", *["right"] * (len(columns) - 1))
    return tabulate(rows, columns, tablefmt="pipe", disable_numparse=True, colalign=aligned)


def parts(cases: Mapping[str, Cases]) -> dict[str, str]:
    """What the page shows of the articles that curves are learned from, by block."""
    return {
        "reliability": reliability_table(cases),
        "picture": f"![Reliability before and after calibration]({PICTURE.name})",
        "cuts": cut_table(cases),
    }


def page(parts: Mapping[str, str], text: str) -> str:
    """The page with new blocks."""
    for name, part in parts.items():
        start, end = f"<!-- {name} -->\n", "\n<!-- end -->"
        before, _, rest = text.partition(start)
        text = before + start + part + rest[rest.index(end) :]
    return text


def picture(cases: Mapping[str, Cases]) -> str:
    """Draw reliability curves as SVG: how often what is so probable is right."""
    import io

    import matplotlib
    from matplotlib.figure import Figure

    columns = 5
    lines = -(-len(cases) // columns)
    style = {"svg.fonttype": "path", "svg.hashsalt": "how-sure", "font.size": 9}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(2.3 * columns, 2.5 * lines), layout="constrained")
        axes = figure.subplots(lines, columns, sharex=True, sharey=True).flatten()
        for place in axes[len(cases) :]:
            place.set_visible(False)
        for place, (name, found) in zip(axes, cases.items(), strict=False):
            place.set_title(f"{name} ({len(found.right)})", fontsize=9)
            _draw(place, found)
        figure.supxlabel("probability, before calibration (crosses) and after (dots)", fontsize=9)
        figure.supylabel("share that is right", fontsize=9)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None}, facecolor="white")
    return drawn.getvalue()


def _draw(place: Axes, found: Cases) -> None:
    """Draw the bins of one thing, with the interval (Wilson) in which its share may lie."""
    from scipy.stats import binomtest

    place.plot((0, 1), (0, 1), color="#999999", linewidth=0.8)
    for values, colour, marker in ((found.before, "#b35900", "x"), (found.after, "#1f5fa8", "o")):
        parts = bins(values)
        x = [values[k].mean() for k in parts]
        y = np.array([found.right[k].mean() for k in parts])
        place.plot(x, y, marker, color=colour, markersize=4)
        if marker == "o":
            tests = [binomtest(int(found.right[k].sum()), len(k)) for k in parts]
            ends = [test.proportion_ci(method="wilson") for test in tests]
            low, high = (y - [end.low for end in ends], [end.high for end in ends] - y)
            spread = np.maximum((low, high), 0)
            place.errorbar(x, y, spread, fmt="none", ecolor=colour, elinewidth=0.7)
    place.set(xlim=(0, 1.02), ylim=(0, 1.05), aspect="equal")


def read(run: Path) -> tuple[Corpus, dict[str, ArticleEvents], dict[str, Any]]:
    """Read a run or an entry: the corpus, the events of one seed by article, the record.

    Raises:
        EventbenchError: if it is not one, or has several seeds.
    """
    record = read_json_object(run / (ENTRY_FILE if is_entry(run) else RUN_FILE))
    corpus = load_corpus(record["data"]["corpus"])
    answers = read_predictions(run, Gold.of(TASKS["events"], corpus))
    if len(answers) != 1:
        raise EventbenchError(f"{run}: has {len(answers)} seeds, expected one")
    return (
        corpus,
        next(iter(answers.values())),
        {**record, "event_types": corpus.scheme.event_types},
    )


def keep(run: Path) -> None:
    """Copy record and predictions of a run to `KEPT`, in place of those that were there."""
    with atomic_output(KEPT) as new:
        new.mkdir()
        (new / RUN_FILE).write_bytes((run / RUN_FILE).read_bytes())
        for path in sorted(run.glob("events/seed*/fold*.jsonl*")):
            packed = new / path.relative_to(run)
            packed.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".gz":
                packed.write_bytes(path.read_bytes())
            else:
                content = gzip.compress(path.read_bytes(), mtime=0)
                packed.with_name(f"{packed.name}.gz").write_bytes(content)


def stored(calibration: Calibration, record: Mapping[str, Any], cases: Mapping[str, Cases]) -> str:
    """The curves as a file, with where they come from."""
    origin = {key: record[key] for key in ("system", "source", "protocol", "data", "versions")}
    counts = {
        name: {"predictions": len(found.right), "right": int(found.right.sum())}
        for name, found in cases.items()
        if name in calibration.curves
    }
    content = {**calibration.to_json(), "learned_from": {**origin, "counts": counts}}
    return json.dumps(content, indent=2) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", nargs="?", type=Path, default=KEPT, help="a run of the encoder")
    parser.add_argument(
        "--elsewhere", type=Path, metavar="RUN", help="a run or entry on another corpus"
    )
    chosen = parser.parse_args()
    run = chosen.run
    corpus, answers, record = read(run)
    cases, calibration = cases_of(corpus, answers, record)
    if chosen.elsewhere is not None:
        other, found, about = read(chosen.elsewhere)
        tested, _ = cases_of(other, found, {"options": {}, **about}, calibration)
        part = {"elsewhere": f"On `{other.id}`:\n\n{reliability_table(tested)}"}
        write_whole(PAGE, page(part, PAGE.read_text(encoding="utf-8")))
        print(part["elsewhere"])
        return
    write_whole(STORE, stored(calibration, record, cases))
    write_whole(PICTURE, picture(cases))
    write_whole(PAGE, page(parts(cases), PAGE.read_text(encoding="utf-8")))
    if run.resolve() != KEPT:
        keep(run)
    print(reliability_table(cases), cut_table(cases), sep="\n\n")


if __name__ == "__main__":
    main()
