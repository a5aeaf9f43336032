"""Build the documentation as a site: ``python docs/site/build.py [OUT]`` (default: build/site).

What the lists of docs/README.md link are the pages, and its sections are the navigation. Documents
link each other, and files of the checkout, as on GitHub; a link to a file that is not a page
leads to the repository. A warning of Sphinx, a link that leads nowhere and anything that would be
loaded from elsewhere are errors. It needs the extra [docs] and no network.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import posixpath
import re
import shlex
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from eventbench import EventbenchError
from eventbench.cli.main import main as run_command
from eventbench.io import atomic_output

ROOT = Path(__file__).parents[2]
INDEX, API, GALLERY = "docs/README.md", "docs/api.md", "docs/gallery.md"
REFERENCE = ("eventbench", "eventbench.claims", "eventbench.prompts")

METADATA = re.compile(r"\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)  # of dataset cards
CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s#]+)(?P<anchor>#[^)\s]*)?(?=\))")
ITEM = re.compile(r"^- \[(?P<title>[^\]]+)\]\((?P<target>[^)\s]+)\)", re.MULTILINE)
MERMAID = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"^## (?P<title>.*)\n(?:(?!^#).*\n)*?```sh\n"
    r"eventbench (?P<arguments>.* (?P<page>gallery/\S+))\n```$",
    re.MULTILINE,
)


def build(out: Path) -> None:
    """Write the site.

    Args:
        out: the directory to write; an earlier site there is replaced.

    Raises:
        EventbenchError: if a page is left out of the navigation, a link leads nowhere, Sphinx
            warns, or ``out`` is not an earlier site, which otherwise is still there.
    """
    if out.exists() and not (out / "searchindex.js").is_file():
        raise EventbenchError(f"{out}: exists and is not an earlier site; choose another OUT")
    with tempfile.TemporaryDirectory() as folder, atomic_output(out) as new:
        stage(Path(folder, "source"))
        write_gallery(Path(folder, "work"), new / "gallery")
        render(Path(folder, "source"), new, Path(folder, "doctrees"))
        if faults := sorted(faulty_links(new)):
            raise EventbenchError("\n".join(faults))


# From the documents to the sources of Sphinx


def navigation() -> dict[str, dict[str, str]]:
    """Return the pages of each section of docs/README.md: path in the checkout to title."""
    index = (ROOT / INDEX).read_text("utf-8")
    sections = re.split(r"^## (.*)\n", index, flags=re.MULTILINE)[1:]
    return {
        caption: {join(INDEX, item["target"]): item["title"] for item in ITEM.finditer(text)}
        for caption, text in zip(sections[::2], sections[1::2], strict=True)
    }


def join(page: str, target: str) -> str:
    """Return the path in the checkout of what a page links."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(target)))


def on_site(page: str) -> str:
    """Return where a page is on the site: guides at the top, others as in the checkout."""
    return "index.md" if page == INDEX else page.removeprefix("docs/")


def stage(source: Path) -> None:
    """Write the sources of all pages.

    Raises:
        EventbenchError: if a page is left out of the navigation or a link leads nowhere.
    """
    sections = navigation()
    pages = {INDEX, *(page for section in sections.values() for page in section)}
    guides = {p.relative_to(ROOT).as_posix() for p in (ROOT / "docs").iterdir()}
    if left_out := sorted(g for g in guides - pages if g.endswith((".md", ".ipynb"))):
        raise EventbenchError(f"{left_out[0]}: is missing in the lists of {INDEX}")
    images = {guide for guide in guides if guide.endswith((".png", ".svg"))}
    for page in sorted(pages):
        text = (ROOT / page).read_text("utf-8")
        if page.endswith(".ipynb"):
            text = relinked_notebook(text, page, pages | images)
        else:
            text = relinked(text, page, pages | images)
        text = METADATA.sub("", text)
        if page == INDEX:
            text += "".join(toctree(caption, found) for caption, found in sections.items())
        elif page == API:
            text += toctree("", {f"docs/reference/{name}.md": name for name in REFERENCE})
        elif page == GALLERY:
            text = COMMAND.sub(lambda command: command[0] + framed(command), text)
        text = MERMAID.sub(lambda block: raw_html(diagram(block[1])), text)
        write(source / on_site(page), text)
    for image in images:
        shutil.copy(ROOT / image, source / on_site(image))
    for name in REFERENCE:
        write(source / "reference" / f"{name}.md", reference(name))


def write(path: Path, text: str) -> None:
    """Write a source, with the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def relinked(text: str, page: str, pages: set[str]) -> str:
    """Return a document whose links lead to where things are on the site.

    Args:
        text: the document, in Markdown.
        page: its path in the checkout.
        pages: what is on the site: paths in the checkout.

    Raises:
        EventbenchError: if what a link names does not exist.
    """

    def moved(link: re.Match[str]) -> str:
        if ":" in link["target"]:
            return link[0]
        target, anchor = join(page, link["target"]), link["anchor"] or ""
        if f"{target}/README.md" in pages:  # what GitHub shows of a folder
            target = f"{target}/README.md"
        if target in pages:
            return posixpath.relpath(on_site(target), posixpath.dirname(on_site(page))) + anchor
        if not (ROOT / target).exists():
            raise EventbenchError(f"{page}: links {link['target']}, which does not exist")
        return f"{repository()}/{'tree' if (ROOT / target).is_dir() else 'blob'}/main/{target}"

    parts = CODE.split(text)
    return "".join(
        part if number % 2 else LINK.sub(moved, part) for number, part in enumerate(parts)
    )


def relinked_notebook(text: str, page: str, pages: set[str]) -> str:
    """Do with the Markdown of a notebook what `relinked` does with a document."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = relinked("".join(cell["source"]), page, pages)
    return json.dumps(notebook)


def repository() -> str:
    """Return the address of the repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    address: str = project["urls"]["Repository"]
    return address.rstrip("/")


def toctree(caption: str, pages: dict[str, str]) -> str:
    """Return a section of the navigation."""
    option = f":caption: {caption}\n" if caption else ""
    lines = (f"{title} <{on_site(page).rpartition('.')[0]}>\n" for page, title in pages.items())
    return f"\n```{{toctree}}\n:hidden:\n{option}\n{''.join(lines)}```\n"


def raw_html(html: str) -> str:
    """Return a block of HTML in a document."""
    return f"```{{raw}} html\n{html}\n```"


def diagram(source: str) -> str:
    """Draw a Mermaid diagram; its colours are those of the site's style."""
    from mermaidx import render

    return f'<figure class="diagram">{render(source).svg()}</figure>'


def reference(name: str) -> str:
    """Return the source of the reference of a module's public names."""
    module = sys.modules[name]
    kinds: dict[str, list[str]] = {"Functions": [], "Classes": [], "Values": []}
    for member in module.__all__:
        value = getattr(module, member)
        if inspect.isclass(value):
            kinds["Classes"].append(f".. autoclass:: {member}\n   :members:\n")
        elif callable(value):
            kinds["Functions"].append(f".. autofunction:: {member}\n")
        elif not inspect.ismodule(value):
            kinds["Values"].append(f".. autodata:: {member}\n   :no-value:\n")
    sections = (
        f"## {kind}\n\n```{{eval-rst}}\n.. currentmodule:: {name}\n\n{chr(10).join(members)}```\n"
        for kind, members in kinds.items()
        if members
    )
    return "\n".join([f"# Reference of {name}\n", *sections])


def render(source: Path, out: Path, doctrees: Path) -> None:
    """Have Sphinx make the pages.

    Raises:
        EventbenchError: if it warns; the warnings are on standard error.
    """
    from sphinx.cmd.build import build_main

    arguments = ["-b", "html", "-q", "--fail-on-warning", "-c", str(Path(__file__).parent)]
    if build_main([*arguments, "-d", str(doctrees), str(source), str(out)]):
        raise EventbenchError("the site is not built: see the warnings above")
    shutil.rmtree(out / "_sources")


# The gallery


def shown_page(command: re.Match[str]) -> str:
    """Return the page that a command of the gallery writes."""
    return command["page"] if command["page"].endswith(".html") else f"{command['page']}/index.html"


def framed(command: re.Match[str]) -> str:
    """Return the page that a command writes, as a part of the gallery."""
    page = shown_page(command)
    return "\n\n" + raw_html(
        f'<p><a href="{page}">Open the page</a></p>\n'
        f'<div class="frame"><iframe src="{page}" title="{command["title"]}" loading="lazy">'
        "</iframe></div>"
    )


def write_gallery(work: Path, out: Path) -> None:
    """Run the commands of the gallery, in a copy of what they read.

    Raises:
        EventbenchError: if a command fails; why is on standard error.
    """
    for folder in ("leaderboard", "docs/example"):
        shutil.copytree(ROOT / folder, work / folder)
    for command in COMMAND.finditer((ROOT / GALLERY).read_text("utf-8")):
        with contextlib.chdir(work), contextlib.redirect_stdout(io.StringIO()):
            if run_command(shlex.split(command["arguments"])):
                raise EventbenchError(f"{GALLERY}: eventbench {command['arguments']}: failed")
    shutil.copytree(work / "gallery", out)


# Links


class Links(HTMLParser):
    """The links of a page, what it loads, and the anchors that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors = {"", "#"}
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag links, loads and is called."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if "src" in values:
            self.loads.add(values["src"])
        if "href" in values:
            (self.links if tag == "a" else self.loads).add(values["href"])


def faulty_links(site: Path) -> Iterator[str]:
    """Find links of the guides that lead nowhere, and what they would load from elsewhere.

    The pages of the gallery are only followed to: they are tested with the commands.
    """
    pages = {page: Links(page) for page in site.rglob("*.html") if "gallery" not in page.parts}
    for page, found in pages.items():
        name = page.relative_to(site).as_posix()
        for link in found.links | found.loads:
            address = urlsplit(link)
            if address.scheme or address.netloc:
                if link in found.loads and address.scheme != "data":
                    yield f"{name}: loads {link} from elsewhere"
                continue
            target = (page.parent / unquote(address.path)).resolve() if address.path else page
            if not target.is_file():
                yield f"{name}: links {link}, which does not exist"
            elif target in pages and unquote(address.fragment) not in pages[target].anchors:
                yield f"{name}: links {link}, but the page has no such anchor"


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/site").resolve())
    except EventbenchError as error:
        sys.exit(f"docs/site/build.py: {error}")
