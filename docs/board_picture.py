"""Draw ``board.png``, the first page of the leaderboard, with Chromium.

Run it from the top of the checkout, with a built site::

    eventbench leaderboard build --out site
    python docs/board_picture.py site
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

PICTURE = Path(__file__).with_name("board.png")
WIDTH, MARGIN = 1280, 12
"""In pixels; the margin is below the last row."""


def draw(site: Path) -> None:
    """Draw the first page of a site in light mode, down to the end of its table."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        tab = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light")
        tab.goto((site / "index.html").absolute().as_uri())
        box = tab.locator("table.glance").bounding_box()
        if box is None:
            raise SystemExit(f"{site}: not a site of several tracks")
        height = box["y"] + box["height"] + MARGIN
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height}
        tab.screenshot(path=PICTURE, full_page=True, clip=clip)
        browser.close()


if __name__ == "__main__":
    draw(Path(sys.argv[1] if len(sys.argv) > 1 else "site"))
