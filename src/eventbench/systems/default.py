"""The default model: which system learns from which corpora, and where it is kept.

It is for use, not for scoring: it learns from every article of every bundled corpus, test
articles included.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from eventbench import __version__
from eventbench.corpus.joining import repeated_article
from eventbench.corpus.loading import Corpus, available_corpora, load_corpus
from eventbench.io import fingerprint
from eventbench.systems.protocol import find_system, source_digest

DEFAULT_SYSTEM = "encoder"
"""The system of the default model, the best end-to-end system that is installed with eventbench.

Tests set it to one that learns in a second."""

CACHE = "EVENTBENCH_CACHE"
"""Environment variable with the directory to use instead of the user's cache."""


def default_corpora() -> list[Corpus]:
    """Load the corpora that the default model learns from, all that are bundled.

    The first, whose scheme the model has, is that with the most articles. A corpus with an
    article of an earlier one is left out, since it is another edition of that corpus.
    """
    found: list[Corpus] = []
    for name in available_corpora():
        corpus = load_corpus(name)
        if not any(repeated_article(earlier, corpus) for earlier in found):
            found.append(corpus)
    return sorted(found, key=lambda corpus: -len(corpus.documents))


def default_directory(corpora: Sequence[Corpus]) -> Path:
    """The directory of the default model in the user's cache.

    Its name ends with a digest of all that decides what is learned: the corpora, the code of
    the system with the defaults of its options, and the version of eventbench. So a model of
    other data or other code is never used.

    Args:
        corpora: what `default_corpora` returned.
    """
    code = source_digest(find_system(DEFAULT_SYSTEM))
    data = (f"{corpus.id} {corpus.version} {corpus.fingerprint}" for corpus in corpora)
    key = fingerprint([__version__, DEFAULT_SYSTEM, str(code), *data])
    return _cache() / "models" / f"{DEFAULT_SYSTEM}-{key}"


def _cache() -> Path:
    from platformdirs import user_cache_dir

    return Path(os.environ.get(CACHE) or user_cache_dir("eventbench", appauthor=False))
