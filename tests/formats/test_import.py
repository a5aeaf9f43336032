"""Adding new articles that were annotated in brat."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import EDITION1, ROOT, files_below

from eventbench import TASKS, EventbenchError, export, from_iob2, load_corpus, validate
from eventbench.corpus import standoff
from eventbench.formats import store
from eventbench.formats.base import Imported
from eventbench.formats.registry import import_articles
from eventbench.io import atomic_output

ARTICLE = (
    "Old market of Hraytan 😀\n"
    "\n"
    "Rockets hit the old\u00a0market and a school of Hraytan on Sunday.\n"
    "The strike wounded 3 traders.\n"
)
# As brat writes: lines in the order of drawing, a space behind an event without arguments, a tab
# behind a relation, and same events as a group.
BRAT_ANN = """\
T1\tAttack 33 36\thit
E1\tAttack:T1 Instrument:T2 Target:T3 Target2:T4 Time:T5
T2\tInstrument 25 32\tRockets
T3\tParticipant 41 51\told\u00a0market
T4\tParticipant 58 75\tschool of Hraytan
T5\tTime 79 85\tSunday
T6\tAttack 91 97\tstrike
E2\tAttack:T6 \n\
A1\tAttackSubtype E1 shelling
A2\tStatus E1 actual
A3\tReported E1 author
*\tSameEvent E1 E2
A4\tAttackSubtype E2 shelling
A5\tStatus E2 actual
A6\tReported E2 author
T7\tCasualty 98 105\twounded
T8\tParticipant 108 115\ttraders
T9\tNumber 106 107\t3
E3\tCasualty:T7 Victim:T8 Count:T9
A7\tCasualtySubtype E3 injured
A8\tStatus E3 actual
A9\tReported E3 author
#1\tAnnotatorNotes E3\tsee the caption
R1\tCauses Arg1:E2 Arg2:E3\t
"""


@pytest.fixture
def brat(tmp_path: Path) -> Path:
    """A directory with one new article, annotated in brat."""
    directory = tmp_path / "brat"
    directory.mkdir()
    (directory / "annotation.conf").touch()
    (directory / "market.txt").write_bytes(ARTICLE.encode())
    (directory / "market.ann").write_bytes(BRAT_ANN.encode())
    return directory


def test_a_new_article_becomes_part_of_the_data(tiny: Path, brat: Path) -> None:
    version = (tiny / "annotations" / "VERSION").read_bytes()
    before = load_corpus(tiny)
    assert import_articles(brat, tiny) == Imported(added=("000",))

    assert validate(tiny) == []
    after = load_corpus(tiny)
    assert after.documents[:2] == before.documents
    new = after.documents[2]
    assert (new.id, new.stem, new.title) == ("000", "market", "Old market of Hraytan 😀")
    assert (tiny / "seeds" / "market.txt").read_bytes() == ARTICLE.encode()
    assert (tiny / "annotations" / "VERSION").read_bytes() == version
    assert [s.id for s in new.sentences] == ["000-001", "000-002", "000-003"]
    found = [
        (label, row["tokens"][i:j])
        for row in TASKS["triggers"].rows([new], after.scheme)
        for label, i, j in from_iob2(row["ner_tags"])
    ]
    assert found == [("Attack", ["hit"]), ("Attack", ["strike"]), ("Casualty", ["wounded"])]


def test_what_brat_wrote_is_kept_and_written_our_way(tiny: Path, brat: Path) -> None:
    import_articles(brat, tiny)
    document = load_corpus(tiny).documents[2]
    hit, strike, wounded = document.events
    assert [(a.role, a.number, a.span.text_in(document.text)) for a in hit.arguments] == [
        ("Instrument", 1, "Rockets"),
        ("Target", 1, "old\u00a0market"),
        ("Target", 2, "school of Hraytan"),
        ("Time", 1, "Sunday"),
    ]
    assert wounded.note == "see the caption"
    assert {(link.type, link.first, link.second) for link in document.links} == {
        ("SameEvent", hit.id, strike.id),
        ("Causes", strike.id, wounded.id),
    }
    path = tiny / "annotations" / "gold" / "market.ann"
    canonical = standoff.write(
        document.events, document.links, document.text, load_corpus(tiny).scheme
    )
    assert path.read_bytes().decode() == canonical != BRAT_ANN


def test_an_imported_article_can_go_back_to_brat(tiny: Path, brat: Path, tmp_path: Path) -> None:
    import_articles(brat, tiny)
    export(load_corpus(tiny), "brat", tmp_path / "again")
    before = files_below(tiny)
    found = import_articles(tmp_path / "again", tiny)
    assert found == Imported(unchanged=("a", "b", "000"))
    assert files_below(tiny) == before
    gold = tiny / "annotations" / "gold" / "market.ann"
    assert (tmp_path / "again" / "market.ann").read_bytes() == gold.read_bytes()


def test_values_go_to_brat_and_come_back(karsland: Path, tmp_path: Path) -> None:
    out, gold = tmp_path / "brat", karsland / "annotations" / "gold"
    export(load_corpus(karsland), "brat", out)
    tables = {path.name: path.read_bytes() for path in gold.glob("*.values.tsv")}
    import_articles(out, karsland)  # writes the annotations in canonical form
    before = files_below(karsland)
    assert import_articles(out, karsland) == Imported(unchanged=("m", "n", "o"))
    assert files_below(karsland) == before
    assert {path.name: path.read_bytes() for path in gold.glob("*.values.tsv")} == tables
    table = out / "m.values.tsv"
    rows = table.read_text("utf-8").replace("12-12", "12-13").splitlines(keepends=True)
    # Rows in another order are stored in the order of the article.
    table.write_text("".join([rows[0], *reversed(rows[1:])]), "utf-8")
    (out / "n.values.tsv").unlink()
    assert import_articles(out, karsland) == Imported(updated=("m",), unchanged=("n", "o"))
    assert (gold / "m.values.tsv").read_text("utf-8") == "".join(rows)
    changed = {k for k, v in files_below(karsland).items() if v != before[k]}
    assert changed == {"annotations/gold/m.values.tsv"}
    assert validate(karsland) == []


def test_a_new_article_brings_its_values(tiny: Path, brat: Path) -> None:
    table = (
        "start\tend\twords\tkind\tvalue\tprecision\tbasis\tnote\n"
        "106\t107\t3\tNumber\t3-3\texact\tperson\t\n"
    )
    (brat / "market.values.tsv").write_text(table, "utf-8")
    assert import_articles(brat, tiny) == Imported(added=("000",))
    assert load_corpus(tiny).document("000").values[0].value == "3-3"


def test_the_entry_says_what_it_rests_on_and_keeps_those_before_it(tiny: Path, brat: Path) -> None:
    listing = tiny / "seeds" / "sources.toml"
    before = listing.read_text(encoding="utf-8")
    title = 'He said: "C:\\new"\t\x7f \U0001f600'
    (brat / "market.txt").write_bytes(f"\u00a0\n  {title} \n".encode())
    (brat / "market.ann").write_bytes(b"")
    import_articles(brat, tiny)
    after = listing.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert "# Please add what is known: publisher, published, address" in after
    entry = tomllib.loads(after)["article"][2]
    assert set(entry) == {"id", "file", "title", "sha256", "basis"}
    assert (entry["file"], entry["title"]) == ("market.txt", title)
    assert entry["basis"] == {"title": "first non-empty line of the article"}
    assert load_corpus(tiny).documents[2].events == ()


def test_ids_go_on_behind_the_highest_number(tiny: Path, brat: Path) -> None:
    listing = tiny / "seeds" / "sources.toml"
    text = listing.read_text(encoding="utf-8")
    # Without a line end at its end, as an editor may leave it.
    listing.write_text(text.replace('id = "a"', 'id = "041"').rstrip(), encoding="utf-8")
    shutil.copy(brat / "market.ann", brat / "Bazaar.ann")
    (brat / "Bazaar.txt").write_bytes(ARTICLE.encode() + b"\n")
    assert import_articles(brat, tiny).added == ("042", "043")
    assert [d.stem for d in load_corpus(tiny).documents] == ["a", "b", "Bazaar", "market"]


def test_a_corpus_begins_with_its_scheme_and_its_description(brat: Path, tmp_path: Path) -> None:
    data = tmp_path / "new data"
    (data / "annotations").mkdir(parents=True)
    shutil.copy(ROOT / "annotations" / "annotation.conf", data / "annotations")
    with pytest.raises(EventbenchError, match=r"corpus\.toml: missing \(it describes the corpus"):
        import_articles(brat, data)
    assert list(files_below(data)) == ["annotations/annotation.conf"]
    shutil.copy(ROOT / "annotations" / "corpus.toml", data / "annotations")
    assert import_articles(brat, data) == Imported(added=("000",))
    (data / "annotations" / "VERSION").write_text("0.1.0\n", encoding="utf-8")
    assert len(load_corpus(data).documents[0].events) == 3


def test_a_group_of_three_becomes_two_links(tiny: Path, brat: Path) -> None:
    ann = BRAT_ANN.replace("E3\tCasualty:T7 Victim:T8 Count:T9", "E3\tAttack:T7 Target:T8")
    ann = ann.replace("Casualty 98", "Attack 98").replace("T9\tNumber 106 107\t3\n", "")
    ann = ann.replace("CasualtySubtype E3 injured", "AttackSubtype E3 other")
    (brat / "market.ann").write_text(ann.replace("E1 E2\n", "E1 E2 E3\n"), encoding="utf-8")
    import_articles(brat, tiny)
    document = load_corpus(tiny).documents[2]
    ids = [event.id for event in document.events]
    same = [(k.first, k.second) for k in document.links if k.type == "SameEvent"]
    assert same == [(ids[0], ids[1]), (ids[1], ids[2])]
    assert validate(tiny) == []


Spoil = Callable[[Path, Path], object]


def written(name: str, content: bytes) -> Spoil:
    return lambda brat, tiny: (brat / name).write_bytes(content)


def ann(old: str, new: str) -> Spoil:
    assert old in BRAT_ANN
    return written("market.ann", BRAT_ANN.replace(old, new).encode())


REFUSED: dict[str, tuple[Spoil, str]] = {
    "no directory": (lambda brat, tiny: shutil.rmtree(brat), r"brat: No such file or directory"),
    "no pairs": (
        lambda brat, tiny: [path.unlink() for path in brat.glob("market.*")],
        r"brat: holds no article: expected pairs of \.txt and \.ann",
    ),
    "text alone": (
        lambda brat, tiny: (brat / "market.ann").unlink(),
        r"brat/market\.txt: expected market\.ann beside it",
    ),
    "annotations alone": (written("x.ann", b""), r"brat/x\.ann: expected x\.txt beside it"),
    "text not UTF-8": (
        written("market.txt", b"one\ntw\xf6\n"),
        r"market\.txt:2: not UTF-8: invalid",
    ),
    "annotations not UTF-8": (written("market.ann", b"\xff"), r"market\.ann:1: not UTF-8"),
    "carriage returns": (
        written("market.txt", b"one\ntwo\r\n"),
        r"market\.txt:2: has a carriage return, which tools count differently: remove it and",
    ),
    "byte-order mark": (
        written("market.txt", b"\xef\xbb\xbfone\n"),
        r"market\.txt:1: has a byte-order mark, which tools count differently",
    ),
    "byte-order mark in the middle": (
        written("market.txt", b"one\ntwo \xef\xbb\xbfthree\n"),
        r"market\.txt:2: has a byte-order mark, which tools count differently",
    ),
    "no text": (written("market.txt", b"\n \xc2\xa0\n"), r"market\.txt: holds no text"),
    "same bytes": (
        lambda brat, tiny: [
            shutil.copy(tiny / "seeds" / "a.txt", brat / "market.txt"),
            written("market.ann", b"")(brat, tiny),
        ],
        r"brat/market\.txt: is article a already, which is called a\.txt",
    ),
    "same bytes twice": (
        lambda brat, tiny: [
            shutil.copy(brat / f"market.{x}", brat / f"n.{x}") for x in ("txt", "ann")
        ],
        r"brat/n\.txt: is article 000 already, which is called market\.txt",
    ),
    "same name": (
        lambda brat, tiny: [
            (brat / f"market.{suffix}").rename(brat / f"b.{suffix}") for suffix in ("txt", "ann")
        ],
        r"brat/b\.txt: is not the text of article b, b\.txt, which has this name: restore that "
        "text, or choose another name for a new article",
    ),
    "a file in the way": (
        lambda brat, tiny: (tiny / "annotations" / "gold" / "market.ann").touch(),
        r"gold/market\.ann: exists, though sources\.toml does not name it",
    ),
    "a name that does not print": (
        lambda brat, tiny: [
            (brat / f"market.{suffix}").rename(brat / f"a\nb.{suffix}") for suffix in ("txt", "ann")
        ],
        r"a\\nb\.txt: 'a\\nb\.txt' cannot be the name of a file$",
    ),
    "a name that Windows keeps": (
        lambda brat, tiny: [
            (brat / f"market.{suffix}").rename(brat / f"con.{suffix}") for suffix in ("txt", "ann")
        ],
        r"con\.txt: 'con\.txt' cannot be the name of a file$",
    ),
    "a name that differs in case": (
        lambda brat, tiny: [
            (brat / f"market.{suffix}").rename(brat / f"B.{suffix}") for suffix in ("txt", "ann")
        ],
        r"brat/B\.txt: is not the text of article b, b\.txt, which has this name",
    ),
    "broken line": (ann("A2\tStatus", "A2 Status"), r"market\.ann:10: malformed-line: found "),
    "first of two": (
        written(
            "market.ann",
            BRAT_ANN.replace("\twounded", "\twound").replace("\tstrike", "\tstroke").encode(),
        ),
        r"market\.ann:7: offset-text-mismatch: found 'stroke'",
    ),
    "unknown type": (ann("T1\tAttack", "T1\tAssault"), r"market\.ann:1: unknown-type: "),
    "broken group": (ann("*\tSameEvent E1 E2", "*\tSameEvent E1"), r"market\.ann:12: malformed-"),
    "group of what is not there": (
        ann("*\tSameEvent E1 E2", "*\tSameEvent E1 E2 E7"),
        r"market\.ann:12: unknown-reference: SameEvent joins E7",
    ),
    "unknown group": (ann("*\tSameEvent", "*\tEquiv"), r"market\.ann:12: unknown-type: link 'Equ"),
    "a value of other words": (
        written(
            "market.values.tsv",
            b"start\tend\twords\tkind\tvalue\tprecision\tbasis\tnote\n"
            b"0\t3\tOld\tTime\tunknown\tvague\ttext\t\n"
            b"4\t10\tbazaar\tTime\tunknown\tvague\ttext\t\n",
        ),
        r"market\.values\.tsv:3: malformed-value: found 'bazaar', which is not what",
    ),
    "values alone": (
        written("x.values.tsv", b""),
        r"brat/x\.values\.tsv: expected x\.ann beside it",
    ),
    "changed data": (
        lambda brat, tiny: (tiny / "seeds" / "a.txt").write_bytes(b"changed"),
        r"a\.txt: the article changed",
    ),
    "no scheme": (
        lambda brat, tiny: (tiny / "annotations" / "annotation.conf").unlink(),
        r"annotation\.conf: missing \(.* is not a corpus\)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_add_nothing(tiny: Path, brat: Path, case: str) -> None:
    spoil, message = REFUSED[case]
    spoil(brat, tiny)
    before = files_below(tiny)
    with pytest.raises(EventbenchError, match=message) as caught:
        import_articles(brat, tiny)
    assert "\n" not in str(caught.value)
    assert files_below(tiny) == before


def test_nothing_is_added_if_a_file_cannot_be_written(
    tiny: Path, brat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One article is new, another one updated.
    for suffix in ("txt", "ann"):
        source = next(tiny.rglob(f"a.{suffix}"))
        (brat / source.name).write_bytes(source.read_bytes().partition(b"#1\t")[0])
    before = files_below(tiny)
    for failing in ("market.txt", "market.tsv", "market.ann", "sources.toml", "a.ann"):

        @contextmanager
        def output(path: Path, failing: str = failing) -> Iterator[Path]:
            with atomic_output(path) as new:
                yield new
                if path.name == failing:
                    raise OSError(28, "No space left on device")

        monkeypatch.setattr(store, "atomic_output", output)
        with pytest.raises(EventbenchError, match=f"{failing}: cannot be written: No space"):
            import_articles(brat, tiny)
        assert files_below(tiny) == before


def test_what_file_managers_leave_behind_is_not_looked_at(tiny: Path, brat: Path) -> None:
    (brat / "._market.txt").write_bytes(b"\x00\x05\x16\x07")
    assert import_articles(brat, tiny) == Imported(added=("000",))


def test_formats_that_are_only_written_are_refused(tiny: Path, brat: Path) -> None:
    before = files_below(tiny)
    with pytest.raises(
        EventbenchError, match=r"^no format 'conll': expected brat or cas or label-studio$"
    ):
        import_articles(brat, tiny, "conll")
    assert files_below(tiny) == before


def test_brat_names_no_annotator(tiny: Path, brat: Path) -> None:
    before = files_below(tiny)
    with pytest.raises(EventbenchError, match=r"brat: names no annotator: leave out --annotator$"):
        import_articles(brat, tiny, annotator="anna")
    assert files_below(tiny) == before


def test_an_article_of_another_domain_is_added_under_its_own_scheme(
    harbour: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "ferry.txt").write_text("The ferry Ida sank off Port Osk.\n", encoding="utf-8")
    (folder / "ferry.ann").write_text(
        "T1\tAccident 14 18\tsank\nT2\tVessel 4 13\tferry Ida\n"
        "E1\tAccident:T1 Ship:T2\nA1\tCertainty E1 certain\nA2\tSeverity E1 major\n",
        encoding="utf-8",
    )
    assert import_articles(str(folder), str(harbour)) == Imported(added=("000",))
    assert validate(harbour) == []
    (event,) = load_corpus(harbour).document("000").events
    assert event.attributes == {"certainty": "certain", "severity": "major", "insured": "no"}


def test_tokens_are_those_of_the_language_of_the_corpus(harbour: Path, tmp_path: Path) -> None:
    path = harbour / "annotations" / "corpus.toml"
    content = path.read_text(encoding="utf-8").replace('language = "en"', 'language = "tlh"')
    path.write_text(content, encoding="utf-8")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "x.txt").write_text("A word.\n", encoding="utf-8")
    (tmp_path / "new" / "x.ann").touch()
    before = files_below(harbour)
    with pytest.raises(EventbenchError, match="no tokenizer for the language 'tlh'"):
        import_articles(tmp_path / "new", harbour)
    assert files_below(harbour) == before


# Articles that are there


def test_corrected_annotations_replace_those_of_the_same_article(tiny: Path, brat: Path) -> None:
    import_articles(brat, tiny)
    # Ids, titles and tokens may have been corrected by hand since.
    for name, old, new in (
        ("seeds/sources.toml", 'title = "Old market of', 'title = "The old market of'),
        ("annotations/tokens/market.tsv", "\trocket\n", "\trockets\n"),
    ):
        path = tiny / name
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new), encoding="utf-8")
    before = files_below(tiny)
    (brat / "market.ann").write_text(BRAT_ANN.replace("E2 actual", "E2 planned"), "utf-8")
    assert import_articles(brat, tiny) == Imported(updated=("000",))
    after = files_below(tiny)
    changed = [name for name in after if after[name] != before.get(name)]
    assert changed == ["annotations/gold/market.ann"]
    document = load_corpus(tiny).documents[2]
    assert document.id == "000"
    assert document.events[1].attributes["status"] == "planned"
    assert import_articles(brat, tiny) == Imported(unchanged=("000",))


def test_what_happened_to_each_article_is_said(tiny: Path, brat: Path, tmp_path: Path) -> None:
    export(tiny, "brat", tmp_path / "all")
    for name in ("market.txt", "market.ann"):
        shutil.copy(brat / name, tmp_path / "all")
    ann = tmp_path / "all" / "b.ann"
    ann.write_bytes(ann.read_bytes() + b"#9\tAnnotatorNotes E1\tchecked\n")
    assert str(import_articles(tmp_path / "all", tiny)) == "added 000; updated b; unchanged a"


def test_annotations_that_cannot_be_read_are_replaced(tiny: Path, brat: Path) -> None:
    import_articles(brat, tiny)
    gold = tiny / "annotations" / "gold" / "market.ann"
    sound = gold.read_bytes()
    gold.write_bytes(b"T1\t\xff")
    assert import_articles(brat, tiny) == Imported(updated=("000",))
    assert gold.read_bytes() == sound
    gold.unlink()
    assert import_articles(brat, tiny) == Imported(updated=("000",))
    assert gold.read_bytes() == sound


def test_an_update_needs_no_segmentation(
    tiny: Path, brat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_articles(brat, tiny)
    monkeypatch.delattr(store, "segment")
    assert import_articles(brat, tiny) == Imported(unchanged=("000",))


def test_no_note_is_lost(tiny: Path, brat: Path) -> None:
    notes = (
        "#2\tAnnotatorNotes E3\tsecond\n#3\tAnnotatorNotes T8\twhose?\n#4\tAnnotatorNotes R1\tsic\n"
    )
    (brat / "market.ann").write_text(BRAT_ANN + notes, encoding="utf-8")
    import_articles(brat, tiny)
    _, strike, wounded = load_corpus(tiny).documents[2].events
    assert wounded.note == "see the caption\nsecond\ntraders: whose?"
    assert strike.note == "Causes wounded: sic"


# The guide


def test_the_guides_steps_lead_to_a_corpus(tmp_path: Path, brat: Path) -> None:
    guide = (ROOT / "docs" / "annotate-an-article.md").read_text(encoding="utf-8")
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", guide, re.DOTALL))
    steps = re.findall(r"^eventbench data (\w+)", commands, re.MULTILINE)
    assert steps == ["export", "import", "validate", "build"]
    data = tmp_path / "my-data"
    for name in ("seeds", "annotations"):
        shutil.copytree(EDITION1 / name, data / name)
    export(data, "brat", tmp_path / "my-brat")
    shutil.copytree(brat, tmp_path / "my-brat" / "new")
    assert import_articles(tmp_path / "my-brat" / "new", data).added == ("005",)
    assert validate(data) == []
    corpus = load_corpus(data)
    assert corpus.folds()[5]["test"] == ("005",)
    rows = TASKS["triggers"].rows([corpus.document("005")], corpus.scheme)
    assert [row["doc_id"] for row in rows] == ["005"] * 3
