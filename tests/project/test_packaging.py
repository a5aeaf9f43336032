"""Packages, what an index shows of them, where they are tested, and commands without make."""

from __future__ import annotations

import email
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tomllib
from email.message import Message
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, files_below
from markdown_it import MarkdownIt
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY: str = PROJECT["urls"]["Repository"]
LITTER = (
    "runs/lexicon/run.json", ".venv/pyvenv.cfg", "build/api/index.html", "dist/eventbench.whl",
    "src/eventbench/__pycache__/io.cpython-311.pyc", ".mypy_cache/x.json", "fuzz-failures/1",
    ".hypothesis/examples/1", "src/eventbench.egg-info/PKG-INFO", "site/index.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The files of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        # A source distribution has the tests too, but git does not know its files.
        pytest.skip("not in a repository")
    return [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]


def test_the_versions_known_to_work_install_on_the_oldest_python() -> None:
    """A package may ask for a later patch release, which Debian 12 does not have."""
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    pins = re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"))
    pinned = {canonicalize_name(name): version for name, version in pins}
    refused = [
        f"{found.name} {found.version} asks for Python {asked}"
        for found in distributions()
        if pinned.get(canonicalize_name(found.name)) == found.version
        and (asked := found.metadata["Requires-Python"])
        and oldest not in SpecifierSet(asked)
    ]
    assert refused == []


def build(checkout: Path, kind: str, out: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (found,) = out.iterdir()
    return found


@pytest.fixture(scope="module")
def checkout(tracked: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository, with what work leaves beside them."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in tracked:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    for name in LITTER:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("litter", "utf-8")
    return folder


@pytest.fixture(scope="module")
def unpacked(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(checkout, "sdist", folder / "built")) as archive:
        archive.extractall(folder, filter="data")
    (found,) = folder.glob("eventbench-*")
    return found


@pytest.mark.slow
def test_the_source_distribution_is_the_repository_without_litter(
    unpacked: Path, tracked: list[str]
) -> None:
    files = files_below(unpacked)
    assert files.pop("PKG-INFO")
    assert files == {name: (ROOT / name).read_bytes() for name in tracked}


@pytest.mark.slow
def test_it_builds_the_wheel_of_the_checkout(
    checkout: Path, unpacked: Path, tmp_path: Path
) -> None:
    here = build(checkout, "wheel", tmp_path / "here")
    there = build(unpacked, "wheel", tmp_path / "there")
    assert here.name == there.name
    assert here.read_bytes() == there.read_bytes()


def links(markdown: str) -> list[tuple[str, str]]:
    """The addresses in a document, each with the name of its element, ``a`` or ``img``."""
    tokens = MarkdownIt().enable("table").parse(markdown)
    inline = [child for token in tokens for child in token.children or []]
    named = [(t.tag, str(t.attrGet("href") or t.attrGet("src") or "")) for t in inline]
    return [(tag, address) for tag, address in named if address]


@pytest.fixture(scope="module")
def metadata(tmp_path_factory: pytest.TempPathFactory) -> Message:
    """The metadata of the package, as an installer asks for them."""
    folder = tmp_path_factory.mktemp("metadata")
    program = (
        "import hatchling.build, sys; hatchling.build.prepare_metadata_for_build_wheel(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=ROOT, check=True)
    (path,) = folder.glob("*/METADATA")
    return email.message_from_bytes(path.read_bytes())


def test_every_link_on_a_package_index_leads_to_what_it_names(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    payload = metadata.get_payload(decode=True)
    assert isinstance(payload, bytes)
    shown = links(payload.decode("utf-8"))
    source = links((ROOT / "README.md").read_text("utf-8"))
    assert len(shown) == len(source) > 40
    for (tag, address), (_, before) in zip(shown, source, strict=True):
        if re.match("[a-z]+:", before):
            assert address == before
            continue
        kind, path = address.removeprefix(f"{REPOSITORY}/").split("/main/")
        assert path == before
        place = ROOT / path.partition("#")[0]
        assert place.exists()
        assert kind == ("raw" if tag == "img" else "tree" if place.is_dir() else "blob")


def test_nothing_is_shown_as_a_link_that_is_code() -> None:
    sys.path.insert(0, str(ROOT))
    try:
        from hatch_build import absolute
    finally:
        sys.path.remove(str(ROOT))
    code = "`[a](docs)` and\n\n```sh\n[b](docs)\n```\n"
    assert absolute(code, ROOT, "https://code.test/e") == code
    text = "[![`c`](docs/board.png)](docs) [d](#top) [e](mailto:a@b.test) `f` [`g`](seeds)"
    assert absolute(text, ROOT, "https://code.test/e/") == (
        "[![`c`](https://code.test/e/raw/main/docs/board.png)](https://code.test/e/tree/main/docs)"
        " [d](#top) [e](mailto:a@b.test) `f` [`g`](https://code.test/e/tree/main/seeds)"
    )


def test_the_metadata_name_the_addresses_and_the_versions(metadata: Message) -> None:
    assert metadata.get_all("Project-URL") == [f"{k}, {v}" for k, v in PROJECT["urls"].items()]
    assert all(address.startswith(REPOSITORY) for address in PROJECT["urls"].values())
    assert metadata.get_all("Classifier") == PROJECT["classifiers"]
    assert metadata["Requires-Python"] == f">={pythons()[0]}"


def pythons() -> list[str]:
    """The versions of Python that the metadata name."""
    named = (re.fullmatch(r".* :: (3\.\d+)", c) for c in PROJECT["classifiers"])
    return [found[1] for found in named if found]


def test_the_workflow_tests_every_python_and_system_with_pinned_actions() -> None:
    text = (ROOT / ".github/workflows/tests.yml").read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    matrix = workflow["jobs"]["versions"]["strategy"]["matrix"]
    assert (matrix["os"], matrix["python"]) == (["ubuntu-latest"], pythons())
    more = [(one["os"], one["python"], one["resolution"]) for one in matrix["include"]]
    assert ("ubuntu-latest", pythons()[0], "lowest-direct") in more
    assert {system for system, *_ in more} == {"ubuntu-latest", "macos-latest", "windows-latest"}
    actions = re.findall(r"uses: (\S+)", text)
    assert actions
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions)


def test_every_dependency_of_the_package_has_a_lowest_version() -> None:
    extras = PROJECT["optional-dependencies"]
    needed = [*PROJECT["dependencies"], *(n for k in extras if k != "dev" for n in extras[k])]
    unbounded = [n for n in needed if not re.search("[>=]=", n) and not n.startswith("eventbench[")]
    assert unbounded == []


def commands_of(text: str, start: str) -> list[list[str]]:
    """The commands among lines, without what only the Makefile needs."""
    lines = [line.removeprefix(start) for line in text.splitlines() if line.startswith(start)]
    quiet = ("--quiet", "--disable-pip-version-check")
    lines = [line.partition(" |")[0] for line in lines if not line.startswith(("#", ". "))]
    return [[w for w in shlex.split(line) if w not in quiet] for line in lines if line]


@pytest.mark.skipif(shutil.which("make") is None, reason="compares with what make would run")
def test_the_plain_commands_are_those_of_the_makefile() -> None:
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Without make\n")[2]
    block = section.partition("```sh\n")[2].partition("```")[0]
    setup, *plain = commands_of(block, "")
    targets = re.findall(r"make (\w+)", block)
    assert {"baseline", "test", "lint", "format", "docs", "fuzz", "site"} == {*targets}
    targets.remove("lint")  # a part of test
    made = subprocess.run(
        ["make", "--dry-run", "--always-make", "WORKERS=2", *targets],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert commands_of(made, "python3 -m venv") == [setup[3:]]
    assert commands_of(made, ".venv/bin/") == plain


def test_the_address_of_the_repository_is_in_one_place(tracked: list[str]) -> None:
    found = [name for name in tracked if REPOSITORY.encode() in (ROOT / name).read_bytes()]
    assert found == ["pyproject.toml"]
