"""Run folds and seeds side by side in processes of one thread each."""

from __future__ import annotations

import multiprocessing
import os
import queue
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from eventbench.corpus.loading import Corpus
from eventbench.corpus.model import Document
from eventbench.errors import EventbenchError
from eventbench.systems.cells import Given, Group, Job, OnProgress, given, run_group

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Environment variables that limit the threads of numerical libraries."""

POLL = 0.2
"""Seconds between checks of the workers' progress."""


def run_side_by_side(
    job: Job,
    groups: Sequence[Group],
    corpus: Corpus,
    extra: Sequence[Document],
    workers: int,
    report: OnProgress,
) -> None:
    """Run groups of cells in worker processes.

    Args:
        job: the job.
        groups: the cells; a worker takes one group at a time.
        corpus: the data. A worker is sent only what its cells are given (`cells.given`), so
            that a system finds no gold of the test article in its process.
        extra: articles of other corpora to learn from.
        workers: how many processes, 1 or more.
        report: called with the label of a running cell and the number of all cells done.

    Raises:
        EventbenchError: if a worker raised one, or died.
    """
    if workers < 1:
        raise EventbenchError(f"--workers is {workers}, expected 1 or more")
    context = multiprocessing.get_context("spawn")
    reached: dict[int, float] = {}
    with (
        _one_thread(),
        context.Manager() as manager,
        ProcessPoolExecutor(min(workers, len(groups)), context) as pool,
    ):
        messages = manager.Queue()
        running = {
            pool.submit(_work, job, g, given(corpus, g, extra), k, messages): k
            for k, g in enumerate(groups)
        }
        try:
            pending: set[Future[None]] = set(running)
            while pending:
                finished, pending = wait(pending, timeout=POLL, return_when=FIRST_EXCEPTION)
                for number, label, done in _drained(messages):
                    reached[number] = done
                    report(label, sum(reached.values()))
                for future in finished:
                    future.result()
                    reached[running[future]] = len(groups[running[future]].tasks)
        except BrokenProcessPool:
            raise EventbenchError(
                "a worker process died, perhaps for lack of memory: try fewer --workers"
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Restrict processes started in this context to one thread each."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _drained(messages: Any) -> Iterator[tuple[int, str, float]]:
    while True:
        try:
            yield messages.get_nowait()
        except queue.Empty:
            return


def _work(job: Job, group: Group, cells: Mapping[str, Given], number: int, messages: Any) -> None:
    """Run one group in a worker process; its progress goes to ``messages``."""
    import datasets

    datasets.disable_progress_bars()

    def report(label: str, done: float) -> None:
        messages.put((number, label, done))

    run_group(job, group, cells, report)
