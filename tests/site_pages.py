"""What tests of the leaderboard's site share: its pages as tags, and as a browser shows them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from browsing import Browser


@dataclass
class Page:
    """What a page consists of."""

    path: Path
    tags: list[tuple[str, dict[str, str]]]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))


def pages_of(site: Path) -> Iterator[Page]:
    for path in sorted(site.rglob("*.html")):
        reader = Reader()
        reader.feed(path.read_text(encoding="utf-8"))
        yield Page(path, reader.tags)


def check_is_plain(page: Page, ours: bool) -> None:
    """Check that a page has no inline code and, if it is not one of articles, how it is built."""
    assert len(page.all("h1")) == 1
    assert len(page.ids) == len(set(page.ids))
    assert page.all("html")[0]["lang"] == "en"
    for _, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
    if not ours:
        assert not page.all("script")
        return
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in head for head in page.all("th"))
    assert not page.all("style")
    assert not any("style" in attributes for _, attributes in page.tags)
    assert all("src" in script for script in page.all("script"))
    policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.tags[-1][0] != "h1"
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def links_outside(site: Path) -> set[str]:
    """Check that every link within a site leads to a page or a part of one; the other links."""
    pages = {page.path: page for page in pages_of(site)}
    is_file = cache(Path.is_file)
    outside = set()
    for page in pages.values():
        for attributes in (*page.all("a"), *page.all("link"), *page.all("script")):
            address = attributes.get("href", attributes.get("src", ""))
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                outside.add(address)
                assert attributes["rel"] == "nofollow noopener ugc"
                continue
            target = page.path
            if parts.path:
                target = Path(os.path.normpath(page.path.parent / unquote(parts.path)))
            assert is_file(target), f"{page.path}: {address}"
            if parts.fragment:
                assert parts.fragment in pages[target].ids
    return outside


def visit(browser: Browser, site: Path, page: str, width: int = 1280, **options: Any) -> Any:
    tab = browser.open("", width, **options)
    tab.on("dialog", lambda dialog: browser.errors.append(dialog.message))
    tab.goto((site / page).as_uri())
    return tab


def shown(tab: Any, table: str = "table[data-sortable]") -> list[str]:
    """The systems of a table, from above, as one sees them."""
    return [text.strip() for text in tab.locator(f"{table} tbody th .small").all_inner_texts()]


def settles(tab: Any, holds: Callable[[list[str]], bool]) -> None:
    """The table comes to show what it should: scripts answer a moment after a key or a click."""
    for _ in range(200):
        if holds(shown(tab)):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(shown(tab)[:10])
