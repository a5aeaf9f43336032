"""Names that come out of a file lead nowhere but into the folder where they belong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, files_below

from eventbench import EventbenchError, build, load_corpus
from eventbench.dataset.build import MANIFEST, hydrate, read_manifest
from eventbench.io import safe_name, safe_path
from eventbench.leaderboard.files import is_slug
from eventbench.leaderboard.info import read_info
from eventbench.systems.models import RECORD, fit, load_model

HOSTILE = [
    "", ".", "..", "../x", "/x", "a/b", "a\\b", "C:\\x", "C:x", "\\\\host\\share", "a\x00b", "a\nb",
    "CON", "con", "nul.txt", "COM1", "lpt9.tsv", "com¹", "CONIN$", "aux .txt", "a.", "a ",
    " a", ".a", "a\u200bb", "a\u202eb", "\ufeffa", "a\u00a0b", "a*", "a?", "a|b", '"a"', "<a>",
    "x" * 201, "é" * 101, "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("name", [*HOSTILE, None, 3, ["a"]], ids=ascii)
def test_a_hostile_name_is_refused(name: object, tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match="cannot be the name of a file"):
        safe_name(name)
    if name != "a/b":
        with pytest.raises(EventbenchError, match="cannot be the name of a file"):
            safe_path(tmp_path, name)
        if isinstance(name, str):
            with pytest.raises(EventbenchError):
                safe_path(tmp_path, f"folder/{name}")


@pytest.mark.parametrize(
    "name", ["a", "000_8ccff8c7.txt", "console", "com10", "Ärger 2.txt", "日本"]
)
def test_a_plain_name_is_itself(name: str, tmp_path: Path) -> None:
    assert safe_name(name) == name
    assert safe_path(tmp_path, f"a/{name}") == tmp_path / "a" / name


@pytest.mark.parametrize("name", ["con", "nul", "com1", "aux.1", "lpt0", "prn"])
def test_a_device_of_windows_is_not_a_system_or_a_corpus(name: str, tiny: Path) -> None:
    assert not is_slug(name)
    assert is_slug(f"x{name}")
    path = tiny / "annotations/corpus.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('id = "tiny"', f'id = "{name}"'), "utf-8")
    assert path.read_text("utf-8") != text
    if "." not in name:
        with pytest.raises(EventbenchError, match=f"id is '{name}', expected"):
            load_corpus(tiny)


@pytest.mark.parametrize(
    "name", ["../x", "CON.txt", "/etc/passwd", "a\\\\b.txt", "a\\u0000.txt", ""]
)
@pytest.mark.parametrize("key", ["id", "file"])
def test_the_names_of_articles_are_checked(tiny: Path, key: str, name: str) -> None:
    path = tiny / "seeds/sources.toml"
    old = {"id": 'id = "a"', "file": 'file = "a.txt"'}[key]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, f'{key} = "{name}"'), "utf-8")
    with pytest.raises(EventbenchError, match=r"sources\.toml: .* cannot be the name of a file"):
        load_corpus(tiny)


@pytest.mark.parametrize("key", ["id", "file"])
def test_two_articles_of_one_name_are_refused(tiny: Path, key: str) -> None:
    path = tiny / "seeds/sources.toml"
    old, new = {"id": ('id = "b"', 'id = "A"'), "file": ('file = "b.txt"', 'file = "A.txt"')}[key]
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(EventbenchError, match=r"sources\.toml: 2 articles"):
        load_corpus(tiny)


@pytest.mark.parametrize(
    ("name", "is_allowed"),
    [
        ("\u0415ncoder", False),  # a Cyrillic letter
        ("CR\u03a6-Model", False),  # a Greek one
        ("\uff25ncoder", False),
        ("Enc\u200boder", False),
        ("Модель", True),
        ("α-CRF", True),
        ("日本BERT", True),
        ("Ärger", True),
    ],
)
def test_a_name_that_looks_like_another_is_refused(
    name: str, is_allowed: bool, tmp_path: Path
) -> None:
    entry = (ROOT / "leaderboard/aleppo/lexicon/1/entry.toml").read_text("utf-8")
    text = re.sub(r'(?m)^name = ".*"$', f'name = "{name}"', entry)
    assert text != entry
    path = tmp_path / "entry.toml"
    path.write_text(text, "utf-8")
    if is_allowed:
        assert read_info(path).name == name
    else:
        with pytest.raises(EventbenchError, match=r"entry\.toml:\d+: name is"):
            read_info(path)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of tests/harbour, without text."""
    out = tmp_path_factory.mktemp("built") / "bare"
    build(out, corpus=Path(__file__).parents[1] / "harbour", with_text=False)
    return out


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("fingerprint", "x/../../../../evil/y"),
        ("fingerprint", "..\\..\\evil"),
        ("articles.file", "../../../secret"),
        ("articles.file", "/etc/passwd"),
        ("articles.id", "../../evil"),
        ("files", "../../evil"),
        ("files", "/etc/passwd"),
        ("text", "some"),
        ("folds", [{"test": ["../x"]}]),
        ("standard_fold", 99),
        ("standard_fold", -1),
        ("version", None),
        ("articles", [1]),
    ],
)
def test_a_hostile_manifest_writes_nothing(
    bare: Path, tmp_path: Path, harbour: Path, key: str, value: object
) -> None:
    folder = tmp_path / "deep/er/built"
    for name, content in files_below(bare).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    if key == "files":
        digests = manifest["files"]
        digests[str(value)] = digests.pop(min(digests))
    elif key.startswith("articles."):
        manifest["articles"][0][key.partition(".")[2]] = value
    else:
        manifest[key] = value
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    before = files_below(tmp_path)
    with pytest.raises(EventbenchError, match=MANIFEST):
        hydrate(folder, harbour / "seeds")
    assert files_below(tmp_path) == before


def test_a_sound_manifest_is_read(bare: Path) -> None:
    assert read_manifest(bare)["corpus"] == "harbour"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "system/../../secret", "a\\b"])
def test_a_model_names_no_file_outside(harbour: Path, tmp_path: Path, name: str) -> None:
    fit("lexicon", corpus=harbour, out=tmp_path / "model")
    (tmp_path / "secret").write_text("x", "utf-8")
    path = tmp_path / "model" / RECORD
    record = json.loads(path.read_bytes())
    path.write_text(json.dumps({**record, "files": {**record["files"], name: "0" * 64}}), "utf-8")
    with pytest.raises(EventbenchError, match=r"model\.json: .* cannot be the name of a file"):
        load_model(tmp_path / "model")
