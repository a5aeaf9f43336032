"""What a package index shows: the README with links that work outside the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

CODE_OR_LINK = re.compile(
    r"^```.*?^```$|`[^`\n]+`"
    r"|(?P<image>!?)\[(?P<text>(?:[^\[\]]|!\[[^\[\]]*\])*)\]\((?![a-z]+:|#)(?P<target>[^()\s]+)\)",
    re.MULTILINE | re.DOTALL,
)


def absolute(markdown: str, root: Path, repository: str) -> str:
    """Make links to files of the repository absolute, in the form of GitHub's addresses.

    Args:
        markdown: a document at the top of the repository.
        root: the checkout, to tell folders from files.
        repository: the address of the repository.
    """

    def moved(found: re.Match[str]) -> str:
        image, text, target = found["image"], found["text"], found["target"]
        if not target:  # code
            return found[0]
        folder = (root / target.partition("#")[0]).is_dir()
        kind = "raw" if image else "tree" if folder else "blob"
        text = CODE_OR_LINK.sub(moved, text)  # an image, as a link
        return f"{image}[{text}]({repository.rstrip('/')}/{kind}/main/{target})"

    return CODE_OR_LINK.sub(moved, markdown)


class Readme(MetadataHookInterface):
    """Takes the address of the repository from ``project.urls``, the only place that has it."""

    def update(self, metadata: dict[str, Any]) -> None:
        root = Path(self.root)
        text = (root / "README.md").read_text(encoding="utf-8")
        text = absolute(text, root, metadata["urls"]["Repository"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
