"""The default model, trained once and kept in the user's cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from eventbench.corpus.loading import Corpus
from eventbench.corpus.segmentation import check_segmenter
from eventbench.errors import EventbenchError, say
from eventbench.systems import default
from eventbench.systems.models import Model, fit, is_model, load_model
from eventbench.systems.progress import progress_bar, quiet_datasets


def default_model() -> Model:
    """Return the default model: the best system, trained on all corpora that are bundled.

    The first call trains it, which takes an hour or so on two cores, and keeps it in the user's
    cache (or in the directory that the environment variable EVENTBENCH_CACHE names); so does the
    first call after an update of the data or of the system. What is trained is said on standard
    error. Several processes may call it: one trains, the others wait.

    Raises:
        EventbenchError: if the system or spaCy is not installed, or the cache cannot be
            written.
    """
    corpora = default.default_corpora()
    place = default.default_directory(corpora)
    found, problem = _kept(place)
    if found is not None:
        return found
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:  # they would wait for each other
        raise EventbenchError(f"{place}: no model yet: several processes train it with fit")
    check_segmenter(corpora[0].info.language)  # an error now, rather than after the training
    with _alone(place):
        found, problem = _kept(place)  # another process may have trained it
        if found is not None:
            return found
        if problem:
            say(f"the model in the cache cannot be used: {problem}")
            if not is_model(place):  # `fit` replaces only models
                shutil.rmtree(place, ignore_errors=True)
        return _trained(corpora, place)


def _trained(corpora: Sequence[Corpus], place: Path) -> Model:
    name = default.DEFAULT_SYSTEM
    data = ", ".join(f"{corpus.id} {corpus.version}" for corpus in corpora)
    say(f"training the default model, {name}, on {data}")
    say(f"this takes an hour or so on two cores, once; the model is kept in {place}")
    with quiet_datasets(), progress_bar(name) as bar:
        return fit(
            name,
            corpus=corpora[0],
            also_train=corpora[1:],
            out=place,
            progress=lambda part, **measured: bar(name, part),
        )


def _kept(place: Path) -> tuple[Model | None, str]:
    """The model in a directory; or None, and what is wrong if there is something else."""
    if not place.exists():
        return None, ""
    try:
        return load_model(place), ""
    except EventbenchError as error:
        return None, str(error)


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Keep other processes from training the model of a directory in the meantime."""
    from filelock import FileLock, Timeout

    lock = FileLock(place.with_name(f"{place.name}.lock"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say("another process trains the default model: waiting for it")
            lock.acquire()
    except OSError as error:
        found = f"cannot be written: {error.strerror or error}"
        advice = f"name another directory in {default.CACHE}"
        raise EventbenchError(f"{place.parent}: {found}; {advice}") from None
    try:
        yield
    finally:
        lock.release()
