"""Tables in every format show any text literally."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from eventbench.printing import FORMATS, Grid, Printable, latex_text, markdown_text
from eventbench.tables import Table

GRID = Grid(
    ["system", "micro-F1", "difference", "p"],
    [["crf_2", "88.0 ± 0.4", "", ""], ["*", "5.1", "-0.6 to +4.7", "<0.0001"]],
    "Scores & more",
    letters={1: ["ab", ""]},
)

# LaTeX

MEANT = {
    r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", r"\textasciitilde{}": "~",
    r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|", r"\ldots{}": "…",
    r"$\pm$": "±", r"$\to$": "→", "$-$": "−", "{[}": "[", "{]}": "]", "{*}": "*", "-{}": "-",
    r"\{": "{", r"\}": "}", r"\$": "$", r"\&": "&", r"\#": "#", r"\%": "%", r"\_": "_",
    "'{}": "'", r"\textasciigrave{}": "`", r"\textquoteleft{}": "‘", r"\textquoteright{}": "’",
    r"\textquotedblleft{}": "“", r"\textquotedblright{}": "”", r"\textendash{}": "–",
    r"\textemdash{}": "—",
}  # fmt: skip
"""What LaTeX prints for a piece of source, the longest first."""
PIECE = re.compile("|".join(map(re.escape, sorted(MEANT, key=len, reverse=True))))


def printed(source: str) -> str:
    """What LaTeX prints, by the pieces above; anything that is active elsewhere fails."""
    assert not set(PIECE.sub("", source)) & set('\\{}$&#%_^~[]*<>|"')
    return PIECE.sub(lambda found: MEANT[found[0]], source)


@given(st.text(st.sampled_from("ab ü\\{}$&#%_^~<>|“”‘’'`–—…±−→-[]*\n\t"), max_size=12))
def test_latex_prints_a_text_as_it_is(text: str) -> None:
    assert printed(latex_text(text)) == " ".join(text.split())


def test_quotes_of_programs_are_closing_ones_in_latex() -> None:
    assert latex_text('a "b"') == r"a \textquotedblright{}b\textquotedblright{}"


def test_a_tabular_has_math_for_numbers_and_raised_letters() -> None:
    assert GRID.latex().splitlines() == [
        r"\begin{tabular}{lr@{\,}lrr}",
        r"\toprule",
        r"system & \multicolumn{2}{c}{micro-F1} & difference & p \\",
        r"\midrule",
        r"crf\_2 & $88.0 \pm 0.4$ & \textsuperscript{ab} &  &  \\",
        r"{*} & 5.1 &  & $-0.6$ to $+4.7$ & $<0.0001$ \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("-1.0 ± 0.2", r"$-1.0 \pm 0.2$"), ("–", "--"), ("12 (263)", "12 (263)"), ("a-1", "a-1"),
        ("yes & no", r"yes \& no"), ("0.0312", "0.0312"),
    ],
)  # fmt: skip
def test_numbers_in_latex(cell: str, expected: str) -> None:
    assert Grid(["a", "b"], [["x", cell]]).latex().splitlines()[4] == rf"x & {expected} \\"


# Markdown and the terminal


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=12))
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    """As a renderer of GitHub's tables reads it."""
    shown = " ".join(f"x{text}".split())
    tokens = MarkdownIt("commonmark").enable("table").parse(Grid(["a"], [[shown]]).markdown())
    assert [t.type for t in tokens if t.type == "td_open"] == ["td_open"]
    content = [t for t in tokens if t.type == "inline"][1]
    kinds = {child.type for child in content.children or ()}
    assert kinds <= {"text", "text_special"}
    assert "".join(child.content for child in content.children or ()) == shown


def test_letters_have_a_column_in_a_terminal_and_are_raised_in_markdown() -> None:
    lines = GRID.text().splitlines()
    assert lines[2].split("  ")[:1] == ["crf_2"]
    assert re.fullmatch(r"crf_2 +88\.0 ± 0\.4  ab", lines[2].rstrip())
    assert re.fullmatch(r"\* +5\.1 +-0\.6 to \+4\.7 +<0\.0001", lines[3])
    assert GRID.markdown().splitlines()[1:3] == [
        "| :--- | ---: | ---: | ---: |",
        r"| crf\_2 | 88.0 ± 0.4 <sup>ab</sup> |  |  |",
    ]


# All formats of a result


@dataclass(frozen=True)
class Made(Printable):
    def grids(self) -> Sequence[Grid]:
        return [GRID, Grid(["a"], [["b"]])]

    def remarks(self) -> Sequence[str]:
        return ["A remark:\nof two lines."]

    def to_table(self) -> Table:
        return Table("scores", {"system": str, "mean": float, "sd": float}, [
            {"system": "=1+1", "mean": 0.1 + 0.2, "sd": None}
        ])  # fmt: skip

    def to_json(self) -> Any:
        return {"mean": 0.1 + 0.2, "name": "ü"}


def test_every_format_has_the_titles_and_remarks() -> None:
    found = {name: Made().formatted(name) for name in FORMATS}
    assert found["text"] == str(Made())
    assert found["text"].startswith("Scores & more\n\nsystem ")
    assert found["text"].endswith("a\n---\nb\n\nA remark:\nof two lines.")
    assert found["markdown"].startswith("Scores &amp; more\n\n| system |")
    assert found["markdown"].endswith(f"\n\n{markdown_text('A remark: of two lines.')}")
    comments = [line for line in found["latex"].splitlines() if line.startswith("%")]
    assert comments == [
        r"% needs \usepackage{booktabs}", "% A remark: of two lines.", "% Scores & more",
    ]  # fmt: skip
    assert found["latex"].count(r"\begin{tabular}") == 2
    (row,) = csv.DictReader(io.StringIO(found["csv"]))
    assert row == {"system": "'=1+1", "mean": "0.30000000000000004", "sd": ""}
    assert json.loads(found["json"]) == Made().to_json()
    assert not any(text.endswith("\n") for text in found.values())
    frame = Made().to_pandas()
    assert frame["mean"].tolist() == [0.1 + 0.2]
    assert frame["sd"].isna().all()
