"""Log what systems measure while they learn, with the trackers of `accelerate`.

https://huggingface.co/docs/accelerate/usage_guides/tracking
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eventbench.errors import EventbenchError
from eventbench.io import reading
from eventbench.systems.machine import is_first_process
from eventbench.systems.protocol import Progress

TRACKERS = ("tensorboard", "wandb", "mlflow")
"""The trackers that may be named."""

PROJECT = "eventbench"
"""The project at W&B and the experiment at MLflow."""


def check_trackers(names: Sequence[str]) -> None:
    """Check that trackers can be used, before anything is trained.

    Raises:
        EventbenchError: if a name is not one of `TRACKERS`, or `accelerate` or the package of
            a tracker is not installed.
    """
    for name in names:
        if name not in TRACKERS:
            raise EventbenchError(f"no tracker {name!r}: expected {', '.join(TRACKERS)}")
    if not names:
        return
    try:
        from accelerate.tracking import get_available_trackers
    except ImportError:
        raise EventbenchError(
            "tracking needs accelerate: pip install 'eventbench[encoder]'"
        ) from None
    available = [str(tracker) for tracker in get_available_trackers()]
    for name in names:
        if name not in available:
            raise EventbenchError(f"tracker {name!r} is not installed: pip install {name}")


@contextmanager
def tracked(
    progress: Progress, names: Sequence[str], folder: Path, name: str, about: Mapping[str, Any]
) -> Iterator[Progress]:
    """Yield a callback that passes progress on and logs what is measured.

    Only the first process of a distributed run logs.

    Args:
        progress: the callback to pass everything on to.
        names: the trackers; nothing is logged if there are none.
        folder: where TensorBoard and W&B write; MLflow writes where its own settings say.
        name: the name of what is logged, such as "triggers/seed0/fold1".
        about: what was run, such as the options of the system.

    Raises:
        EventbenchError: if a tracker cannot start or log.
    """
    if not names or not is_first_process():
        yield progress
        return
    tracking = _Tracked(progress, names, folder, name, about)
    try:
        yield tracking
    finally:
        tracking.finish()


class _Tracked:
    """A `Progress` that logs; trackers start with the first measures.

    By then a system that trains with `accelerate` has initialised its state, on the device
    and among the processes that it chose, which a tracker would otherwise do.
    """

    def __init__(
        self,
        progress: Progress,
        names: Sequence[str],
        folder: Path,
        name: str,
        about: Mapping[str, Any],
    ) -> None:
        self._progress = progress
        self._names = list(dict.fromkeys(names))
        self._place = folder, name
        self._about = {key: _plain(value) for key, value in about.items() if value is not None}
        self._trackers: list[Any] = []
        self._step = 0

    def __call__(self, part: float, **measured: float) -> None:
        self._progress(part, **measured)
        if not measured:
            return
        with reading(f"tracker {', '.join(self._names)}", "cannot log"):
            from accelerate import PartialState

            PartialState()  # the trackers' messages need it; nothing happens if it is there
            if not self._trackers:
                self._start()
            for tracker in self._trackers:
                tracker.log({**measured, "part": part}, step=self._step)
        self._step += 1

    def _start(self) -> None:
        for name in self._names:
            tracker = _make(name, *self._place)
            tracker.start()
            self._trackers.append(tracker)
            tracker.store_init_configuration(self._about)

    def finish(self) -> None:
        """Close what was started."""
        with reading(f"tracker {', '.join(self._names)}", "cannot finish"):
            for tracker in self._trackers:
                tracker.finish()


def _plain(value: Any) -> bool | int | float | str:
    """A value as trackers take it."""
    return value if isinstance(value, bool | int | float | str) else str(value)


def _make(name: str, folder: Path, run: str) -> Any:
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS

    tracker = LOGGER_TYPE_TO_CLASS[name]
    if tracker.requires_logging_directory:
        return tracker(run, str(folder))
    if name == "mlflow":
        return tracker(PROJECT, run_name=run)
    folder.mkdir(parents=True, exist_ok=True)
    return tracker(PROJECT, name=run, dir=str(folder))
