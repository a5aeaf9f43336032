"""The site of the documents: its navigation, its links, and its pages in a browser."""

from __future__ import annotations

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from browsing import Browser
from conftest import ROOT

import eventbench
from eventbench import EventbenchError

pytestmark = pytest.mark.documents

BUILD = ROOT / "docs/site/build.py"


@pytest.fixture
def build() -> ModuleType:
    """A fresh copy of the program, which a test may direct to another checkout."""
    spec = importlib.util.spec_from_file_location("build_site", BUILD)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with an index, a guide, a card and a program."""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "board").mkdir()
    (tmp_path / "docs/README.md").write_text(
        "# Guides\n\n## Use\n\n- [Use](use.md): how\n", "utf-8"
    )
    (tmp_path / "docs/use.md").write_text("# Use\n", "utf-8")
    (tmp_path / "CARD.md").write_text("# Card\n", "utf-8")
    (tmp_path / "board/README.md").write_text("# Board\n", "utf-8")
    (tmp_path / "docs/map.png").write_bytes(b"")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[project.urls]\nRepository = "https://host.example/us/x"\n', "utf-8"
    )
    return tmp_path


def test_every_document_is_on_the_site_once(build: ModuleType) -> None:
    pages = [page for section in build.navigation().values() for page in section]
    assert [page for page in pages if not (ROOT / page).is_file()] == []
    assert sorted(pages) == sorted(set(pages))
    guides = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/*.ipynb")]
    assert {path.relative_to(ROOT).as_posix() for path in guides} - {*pages} == {build.INDEX}


def test_the_links_of_all_pages_lead_somewhere(build: ModuleType) -> None:
    for page in (page for section in build.navigation().values() for page in section):
        text = (ROOT / page).read_text("utf-8")
        relinked = build.relinked_notebook if page.endswith(".ipynb") else build.relinked
        relinked(text, page, set())


def test_a_guide_that_the_navigation_leaves_out_is_an_error(
    build: ModuleType, checkout: Path
) -> None:
    (checkout / "docs/lost.md").write_text("# Lost\n", "utf-8")
    with pytest.raises(EventbenchError, match=r"^docs/lost.md: is missing in the lists of docs/R"):
        build.stage(checkout / "source")


LINKS = """\
[up](../CARD.md#a-part) [guide](use.md) [index](README.md) [folder](../board)
[own](#here) [page of a host](https://host.example/page.md) ![map](map.png)
[program](../pyproject.toml) [data](../docs) `[code](../CARD.md)`

```md
[code](../CARD.md)
```
"""
ON_SITE = """\
[up](CARD.md#a-part) [guide](use.md) [index](index.md) [folder](board/README.md)
[own](#here) [page of a host](https://host.example/page.md) ![map](map.png)
[program](https://host.example/us/x/blob/main/pyproject.toml) [data](index.md) `[code](../CARD.md)`

```md
[code](../CARD.md)
```
"""


def test_links_lead_to_pages_and_else_to_the_repository(build: ModuleType, checkout: Path) -> None:
    pages = {"CARD.md", "docs/README.md", "docs/use.md", "docs/map.png", "board/README.md"}
    assert build.relinked(LINKS, "docs/use.md", pages) == ON_SITE
    without = build.relinked("[folder](../board)", "docs/use.md", {"docs/use.md"})
    assert without == "[folder](https://host.example/us/x/tree/main/board)"
    from_board = build.relinked("[use](../docs/use.md)", "board/README.md", pages)
    assert from_board == "[use](../use.md)"


@pytest.mark.parametrize("link", ["[gone](gone.md)", "![gone](../gone.png)", "[gone](gone.md#a)"])
def test_a_link_to_a_file_that_does_not_exist_is_an_error(
    build: ModuleType, checkout: Path, link: str
) -> None:
    with pytest.raises(EventbenchError, match=r"^docs/use.md: links .*, which does not exist$"):
        build.relinked(f"Text {link}.", "docs/use.md", {"docs/use.md"})


def test_broken_links_of_a_site_are_found(build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "gallery").mkdir()
    (tmp_path / "gallery/a.html").write_text("<a href=nowhere.html>", "utf-8")
    (tmp_path / "b.html").write_text("<h1 id=part>B</h1>", "utf-8")
    (tmp_path / "a.html").write_text(
        "<a href=b.html#part></a><a href='#'></a><a href=https://host.example/></a>"
        "<a href=b.html#other></a><a href=c.html></a><iframe src=gallery/a.html></iframe>"
        "<img src='data:image/png;base64,'><script src=https://host.example/x.js></script>"
        "<link rel=stylesheet href=//host.example/x.css><link rel=icon href=lost.svg>",
        "utf-8",
    )
    assert sorted(build.faulty_links(tmp_path)) == [
        "a.html: links b.html#other, but the page has no such anchor",
        "a.html: links c.html, which does not exist",
        "a.html: links lost.svg, which does not exist",
        "a.html: loads //host.example/x.css from elsewhere",
        "a.html: loads https://host.example/x.js from elsewhere",
    ]


def test_only_an_earlier_site_is_replaced(build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(EventbenchError, match=r"exists and is not an earlier site; choose another"):
        build.build(tmp_path)
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site."""
    pytest.importorskip("sphinx", reason="the site needs the extra [docs]")
    out = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, str(BUILD), str(out)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    return out


@pytest.mark.slow
def test_the_reference_has_every_public_name(site: Path) -> None:
    modules = [n for n in eventbench.__all__ if inspect.ismodule(getattr(eventbench, n))]
    assert modules
    for module in ("eventbench", *(f"eventbench.{name}" for name in modules)):
        page = (site / f"reference/{module}.html").read_text("utf-8")
        names = {*sys.modules[module].__all__} - {*modules}
        assert [n for n in names if f'id="{module}.{n}"' not in page] == []
    listed = (site / "api.html").read_text("utf-8")
    for name in {*eventbench.__all__} - {*modules}:
        assert f'href="reference/eventbench.html#eventbench.{name}"' in listed


@pytest.mark.slow
def test_the_site_in_a_browser(site: Path, browser: Browser) -> None:
    for scheme, width in (("light", 1280), ("dark", 390)):
        for page in ("index", "README", "five-minutes", "architecture", "reference/eventbench"):
            tab = browser.visit((site / f"{page}.html").as_uri(), width, color_scheme=scheme)
            beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert tab.evaluate(beyond) == 0, (page, width)
            tab.context.close()


@pytest.mark.slow
def test_the_search_works_from_a_disk(site: Path, browser: Browser) -> None:
    tab = browser.visit((site / "index.html").as_uri())
    tab.fill("input[name=q]", "bootstrap")
    tab.press("input[name=q]", "Enter")
    tab.click("ul.search a:text('How certain a score is')")
    assert tab.title().startswith("How certain a score is")


@pytest.mark.slow
def test_the_gallery_shows_what_its_commands_write(site: Path, browser: Browser) -> None:
    tab = browser.visit((site / "gallery.html").as_uri())
    frames = tab.locator("iframe").all()
    assert len(frames) == 4
    shown = []
    for frame in frames:
        frame.scroll_into_view_if_needed()
        shown.append(frame.content_frame.locator("h1").inner_text().replace("\n", " "))
    assert shown[0].startswith("Lethovia mutineers cling to citadel")
    assert shown[1].startswith("eventbench transfer")
    assert shown[3] == "The battle of Tarquem"
