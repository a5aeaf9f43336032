"""Facts about the machine, and about the processes of a distributed run."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any


def is_first_process() -> bool:
    """Return True in the process that writes and prints, the first of a distributed run.

    ``torchrun`` and ``accelerate launch`` number them in ``RANK``.
    """
    return not int(os.environ.get("RANK", "0"))


def describe_machine() -> dict[str, Any]:
    """Return processor, cores and peak memory, and what PyTorch uses if it is loaded."""
    found: dict[str, Any] = {
        "peak_memory_mb": peak_memory_mb(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "processor": processor(),
    }
    torch = sys.modules.get("torch")
    if torch is not None:
        found["threads"] = torch.get_num_threads()
        if torch.cuda.is_available():
            found["gpu"] = torch.cuda.get_device_name()
            found["peak_gpu_memory_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
    return found


def peak_memory_mb() -> int | None:
    """Peak memory of this process in MiB; None on Windows, which does not report it."""
    try:
        import resource
    except ModuleNotFoundError:
        return None
    # ru_maxrss counts bytes on macOS, KiB elsewhere.
    divisor = 1024 * 1024 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / divisor)


def processor() -> str:
    """Return the name of the processor, if it is known."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
