"""Tables of results as people read them: in a terminal, in Markdown and in LaTeX.

Names come from users and from entries of the leaderboard, which are untrusted: every format
shows them literally, and no mark-up in them takes effect.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eventbench.tables import Table
from eventbench.text import UNDEFINED

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("text", "latex", "markdown", "csv", "json")
"""How results are printed; the first is for a terminal."""


@dataclass(frozen=True)
class Grid:
    """A table of short texts.

    Attributes:
        columns: headings.
        rows: the cells of each row.
        title: what it shows, as a sentence; may be empty.
        left: how many columns are aligned to the left; the others hold numbers.
        letters: by column, the letters beside its cells, one text per row (`scoring.letters`).
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""
    left: int = 1
    letters: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def text(self) -> str:
        """Format it for a terminal; letters have a column without a heading."""
        from tabulate import tabulate

        columns: list[str] = []
        aligned: list[str] = []
        body: list[list[str]] = [[] for _ in self.rows]
        for k, column in enumerate(self.columns):
            columns.append(column)
            aligned.append("left" if k < self.left else "right")
            for row, cells in zip(body, self.rows, strict=True):
                row.append(cells[k])
            if k in self.letters:
                columns.append("")
                aligned.append("left")
                for row, letters in zip(body, self.letters[k], strict=True):
                    row.append(letters)
        return tabulate(body, columns, colalign=aligned, disable_numparse=True)

    def markdown(self) -> str:
        """Format it as a table of GitHub's Markdown; letters are raised."""
        rows = [[markdown_text(cell) for cell in row] for row in self.rows]
        for k, letters in self.letters.items():
            for row, own in zip(rows, letters, strict=True):
                row[k] += f" <sup>{markdown_text(own)}</sup>" * bool(own)
        return markdown_table([list(map(markdown_text, self.columns)), *rows], range(self.left))

    def latex(self) -> str:
        """Format it as a tabular of LaTeX with the rules of booktabs; letters are raised."""
        form, heads = "", []
        for k, column in enumerate(self.columns):
            form += "l" if k < self.left else "r"
            head = latex_text(column)
            if k in self.letters:
                form += r"@{\,}l"
                head = rf"\multicolumn{{2}}{{c}}{{{head}}}"
            heads.append(head)
        lines = [rf"\begin{{tabular}}{{{form}}}", r"\toprule", rf"{' & '.join(heads)} \\"]
        lines.append(r"\midrule")
        for number, row in enumerate(self.rows):
            cells = []
            for k, cell in enumerate(row):
                cells.append(latex_text(cell) if k < self.left else _latex_number(cell))
                if k in self.letters:
                    own = self.letters[k][number]
                    cells.append(rf"\textsuperscript{{{latex_text(own)}}}" if own else "")
            lines.append(rf"{' & '.join(cells)} \\")
        return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


class Printable(ABC):
    """Results that print in every format; ``print`` shows them as text."""

    @abstractmethod
    def grids(self) -> Sequence[Grid]:
        """Its tables, for people."""

    @abstractmethod
    def remarks(self) -> Sequence[str]:
        """Sentences that explain the tables."""

    @abstractmethod
    def to_table(self) -> Table:
        """One table of all numbers, unrounded, for programs."""

    @abstractmethod
    def to_json(self) -> Any:
        """Return the results as JSON values."""

    def __str__(self) -> str:
        blocks = [part for grid in self.grids() for part in (grid.title, grid.text()) if part]
        return "\n\n".join([*blocks, "\n".join(self.remarks())]).rstrip("\n")

    def to_markdown(self) -> str:
        """Format the tables in Markdown, with the remarks below."""
        blocks = [
            part
            for grid in self.grids()
            for part in (markdown_text(grid.title), grid.markdown())
            if part
        ]
        return "\n\n".join([*blocks, *map(markdown_text, self.remarks())])

    def to_latex(self) -> str:
        r"""Format the tables as tabulars of LaTeX; titles and remarks are comments.

        The document needs ``\usepackage{booktabs}``.
        """
        blocks = [f"{_comments([grid.title])}{grid.latex()}" for grid in self.grids()]
        needs = r"needs \usepackage{booktabs}"
        return f"{_comments([needs])}{_comments(self.remarks())}" + "\n\n".join(blocks)

    def to_csv(self) -> str:
        """Format all numbers as CSV; see `to_pandas`."""
        return self.to_table().to_csv()

    def to_pandas(self) -> pd.DataFrame:
        """Return all numbers as a data frame: shares between 0 and 1, unrounded, one score a row.

        Empty cells are numbers that do not exist, such as a deviation over one seed.
        """
        return self.to_table().to_pandas()

    def formatted(self, format: str) -> str:
        """Format it in one of `FORMATS`."""
        if format == "json":
            return to_json_text(self.to_json())
        made = {"latex": self.to_latex, "markdown": self.to_markdown, "csv": self.to_csv}
        return made.get(format, self.__str__)().rstrip("\n")


def to_json_text(value: Any) -> str:
    """Format a value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _comments(sentences: Sequence[str]) -> str:
    """Lines of comments in LaTeX, which end at the end of a line."""
    return "".join(f"% {' '.join(text.split())}\n" for text in sentences if text)


# Markdown


def markdown_table(lines: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """Format a table of GitHub's Markdown.

    Args:
        lines: headings, then rows; escaped.
        left: the columns that are aligned to the left.
    """
    rule = [":---" if k in left else "---:" for k in range(len(lines[0]))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def markdown_text(text: str) -> str:
    """Escape a text so that Markdown shows it literally, in table cells too."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A colon before a character, an at sign or www. would turn an address into a link; a slug may
    # begin with www.
    text = re.sub(r"([\\`*_\[\](){}!|~@$#]|:(?=\S))", r"\\\1", text)
    return re.sub(r"(?i)\bwww\.", lambda found: found[0][:-1] + r"\.", text)


# LaTeX

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    '"': r"\textquotedblright{}", "“": r"\textquotedblleft{}", "”": r"\textquotedblright{}",
    "‘": r"\textquoteleft{}", "’": r"\textquoteright{}", "…": r"\ldots{}",
    "–": r"\textendash{}", "—": r"\textemdash{}", "±": r"$\pm$", "−": "$-$", "→": r"$\to$",
    "-": "-{}", "'": "'{}",  # only before another one, with which they would become one character
    "[": "{[}", "]": "{]}", "*": "{*}",  # after the end of a row, these would be arguments of it
}  # fmt: skip
_ALONE = re.escape("".join(_LATEX.keys() - {"-", "'"}))
_SPECIAL = re.compile(rf"-(?=-)|'(?=')|[{_ALONE}]")
_MATH = re.compile(r"((?<![\w.])[+<-]\d[\d.]*(?: ± \d[\d.]*)?|\d[\d.]* ± \d[\d.]*)")
"""Numbers with a sign or a deviation."""


def latex_text(text: str) -> str:
    """Escape a text so that LaTeX prints it literally.

    Letters of other scripts than Latin pass as they are; LuaLaTeX and XeLaTeX print them.
    """
    return _literal(" ".join(text.split()))


def _literal(text: str) -> str:
    return _SPECIAL.sub(lambda found: _LATEX[found[0]], text)


def _latex_number(cell: str) -> str:
    """A cell of numbers, with signs and deviations in math mode."""
    if cell == UNDEFINED:
        return "--"
    parts = _MATH.split(cell)  # every second one is a number
    parts[::2] = map(_literal, parts[::2])
    parts[1::2] = (f"${part}$".replace("±", r"\pm") for part in parts[1::2])
    return "".join(parts)
