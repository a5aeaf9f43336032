"""Progress on a terminal: a bar, and silence of the library whose bars would interrupt it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from eventbench.systems.machine import is_first_process


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[str, float], None]]:
    """Show a bar with the time left, and yield a callback that takes a label and a fraction.

    The bar is shown only on a terminal, and only by the first of several processes.
    """
    from tqdm import tqdm

    form = "{desc}{percentage:3.0f}%|{bar}| {elapsed}, {remaining} left"
    disable = None if is_first_process() else True
    with tqdm(total=1.0, bar_format=form, disable=disable, desc=title) as bar:

        def progress(label: str, fraction: float) -> None:
            bar.set_description(label, refresh=False)
            bar.update(fraction - bar.n)

        yield progress


@contextmanager
def quiet_datasets() -> Iterator[None]:
    """Hide the progress bars of `datasets`, which would interrupt ours."""
    import datasets

    were_shown = datasets.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if were_shown:
            datasets.enable_progress_bars()
