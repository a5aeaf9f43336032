"""What tests of pages share: a real browser, and a measure of contrast."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]

CONTRASTS = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = colour => {
    const [r, g, b] = parts(colour).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  const ground = element => {
    const colour = getComputedStyle(element).backgroundColor
    return parts(colour)[3] === 0 ? ground(element.parentElement) : colour
  }
  const found = []
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim())
    const colour = getComputedStyle(element).color
    if (own) found.push([element.className, ratio(colour, ground(element))])
    for (const pseudo of ["::before", "::after"]) {
      const style = getComputedStyle(element, pseudo)
      if (style.content === "none" || style.display === "none") continue
      const own = parts(style.backgroundColor)[3] !== 0
      const behind = own ? style.backgroundColor : ground(element)
      found.push([element.className + pseudo, ratio(style.color, behind)])
    }
  }
  return found
}"""


class Browser:
    """Opens pages and notes every error and request."""

    def __init__(self, browser: Any, folder: Path) -> None:
        self.browser, self.folder = browser, folder
        self.errors: list[str] = []
        self.requests: list[str] = []

    def open(self, page: str, width: int = 1280, **options: Any) -> Any:
        path = self.folder / "page.html"
        path.write_text(page, encoding="utf-8")
        return self.visit(path.as_uri(), width, **options)

    def visit(self, address: str, width: int = 1280, **options: Any) -> Any:
        size = {"width": width, "height": 900}
        tab = self.browser.new_context(viewport=size, **options).new_page()
        tab.on("console", lambda message: self.errors.append(message.text))
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("request", lambda request: self.requests.append(request.url))
        tab.goto(address)
        return tab


def outputs_under_hash_seeds(program: str) -> set[bytes]:
    """What a program prints under different seeds of Python's hashes."""
    return {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in "12"
    }
