"""What a system is given, and what is refused before or after it is asked."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from making import MAIN_TASKS, all_tested
from toys import Everything

from eventbench import TASKS, Corpus, EventbenchError, Fold, load, load_corpus
from eventbench.systems.protocol import (
    available_systems,
    check_class,
    checked_answers,
    find_system,
    make_fold,
    make_system,
    read_config,
    tasks_of,
)
from eventbench.tasks.seen import SEEN_COLUMNS


@pytest.mark.parametrize("task", MAIN_TASKS)
def test_the_rows_of_a_fold_are_those_that_load_gives(corpus: Corpus, task: str) -> None:
    fold, expected = make_fold(corpus, task, 2), load(task, fold=2)
    for rows, split in ((fold.train, "train"), (fold.validation, "validation")):
        columns = [c for c in expected[split].column_names if c not in SEEN_COLUMNS]
        same = expected[split].select_columns(columns)
        assert rows.features == same.features
        assert list(rows) == list(same)


def test_a_fold_has_the_places_of_the_corpus(corpus: Corpus, tmp_path: Path) -> None:
    for name in ("seeds", "annotations"):
        shutil.copytree(corpus.root / name, tmp_path / "corpus" / name)
    path = tmp_path / "corpus/annotations/places.toml"
    path.write_text('[[place]]\nid = "aleppo"\nname = "Aleppo"\nkind = "city"\n', "utf-8")
    fold = make_fold(load_corpus(tmp_path / "corpus"), "values", 0)
    assert fold.of("triggers").places == fold.places
    (place,) = fold.places.values()
    assert (place.id, place.name, place.facts["kind"]) == ("aleppo", "Aleppo", "city")


def test_a_fold_is_the_same_articles_for_another_task(corpus: Corpus) -> None:
    fold = make_fold(corpus, "events", 1)
    other = fold.of("triggers")
    assert (other.task, other.scheme) == ("triggers", corpus.scheme)
    assert other.train_documents is fold.train_documents
    assert other.validation_documents is fold.validation_documents
    assert other.kept is fold.kept
    assert {*other.train["doc_id"]} == {*fold.train["id"]} == {"000", "003", "004"}
    assert fold.validation["id"] == ["002"]
    assert len(Fold("triggers", corpus.scheme, ()).validation) == 0


def test_there_is_no_fold_without_a_test_article(corpus: Corpus) -> None:
    for number in (-1, 5):
        with pytest.raises(EventbenchError, match=rf"no fold {number}: expected 0 to 4"):
            make_fold(corpus, "triggers", number)
    fold = make_fold(all_tested(corpus), "triggers", 0)
    assert (fold.train_documents, fold.validation_documents) == ((), ())


def test_systems_are_found_by_name_or_by_module() -> None:
    installed = available_systems()
    assert list(installed) == ["crf", "encoder", "lexicon", "llm", "probe"]
    lexicon = find_system("lexicon")
    assert find_system(installed["lexicon"]) is lexicon
    assert find_system("toys:Everything") is Everything


@pytest.mark.parametrize(
    "name",
    [
        "nonsense", "", ":", ":Foo", "toys:", "..toys:Everything", ".:X", "toys:a.b", "to ys:X",
        "no.such.module:X", "eventbench:Nothing", "os:getcwd", "os:name",
    ],
)  # fmt: skip
def test_unknown_systems_are_refused(name: str) -> None:
    with pytest.raises(EventbenchError, match=rf"system '{re.escape(name)}'") as caught:
        find_system(name)
    assert "\n" not in str(caught.value)


def test_the_task_of_a_system_is_set_where_it_has_one() -> None:
    @dataclass
    class Single:
        seed: int = 0

    assert tasks_of(Single) == ["triggers"]
    assert tasks_of(Everything) == list(TASKS)
    made: Any = make_system(Everything, {"answer": "x"}, 7, "events")
    assert (made.task, made.seed, made.answer) == ("events", 7, "x")
    assert make_system(Single, {}, 3, "triggers") == Single(3)


class Old:
    """A system of the form before folds."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, train: Any, validation: Any, progress: Any) -> None:
        pass

    def predict(self, test: Any) -> None:
        pass


class Mute:
    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, fold: Any, progress: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("system_class", "options", "message"),
    [
        (Old, {}, "is not of the form of eventbench.System: missing a required argument"),
        (Mute, {}, "it has no predict; expected a dataclass with a field seed"),
        (Everything, {"colour": 1}, "got an unexpected keyword argument 'colour'"),
        (object, {}, "is not of the form of eventbench.System"),
        (dict, {}, "is not of the form of eventbench.System"),
        (Everything, {"answer": 1}, "x: answer is 1, expected str"),
    ],
)
def test_classes_of_another_form_are_refused_before_anything_runs(
    system_class: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(EventbenchError, match=message) as caught:
        check_class("x", system_class, options, ["triggers"])
    assert "\n" not in str(caught.value)


def test_what_a_system_does_not_do_is_said() -> None:
    with pytest.raises(EventbenchError, match=r"'x' does not do events, but triggers$"):
        check_class("x", Mute, {}, ["events"])


@pytest.mark.parametrize(
    ("task", "answer", "message"),
    [
        ("triggers", ["O"], "mine: 000-001: 000-001 has 1 tags, expected 11, one a token"),
        ("triggers", None, "mine: 000-001: found None, expected an answer of triggers"),
        ("arguments", [3] * 11, "mine: 000-E1: ner_tags of 000-E1 is [3, 3, "),
        ("attributes", 3, "mine: 000-E1: found 3, expected a dictionary of attributes"),
        (
            "attributes",
            {"subtype": "Attack/kiss"},
            "mine: 000-E1: subtype is 'Attack/kiss', expected null or one of",
        ),
        ("events", 3, "mine: 000: found 3, expected an answer of events"),
        ("events", {"subtype": "Attack/kiss"}, "mine: 000: has no 'events'"),
        ("events", {"events": float("nan")}, "mine: 000: found {'events': nan}"),
    ],
)
def test_answers_that_do_not_fit_their_row_are_refused(
    corpus: Corpus, task: str, answer: Any, message: str
) -> None:
    test = TASKS[task].inputs_for(corpus.documents[:1], corpus.scheme)
    with pytest.raises(EventbenchError) as caught:
        checked_answers("mine", task, test, [answer] * len(test), corpus.scheme)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    with pytest.raises(EventbenchError, match=rf"mine: 0 predictions for {len(test)} rows"):
        checked_answers("mine", task, test, [], corpus.scheme)


def test_attributes_that_are_not_named_are_left_open(corpus: Corpus) -> None:
    test = TASKS["attributes"].inputs_for(corpus.documents[:1], corpus.scheme)
    said = [{"status": "actual", "unasked": 1}] * len(test)
    found = checked_answers("mine", "attributes", test, said, corpus.scheme)
    assert found[0] == {**dict.fromkeys(corpus.scheme.attributes), "status": "actual"}


# Configurations


def test_a_configuration_gives_options_and_those_of_folds(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('description = "x"\n[options]\nl1 = 0.5\n[fold.2]\nl1 = 4\n', "utf-8")
    assert read_config(path) == ({"l1": 0.5}, {2: {"l1": 4}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("options = 3\n", "options is 3, expected a table"),
        ("[fold]\nx = 3\n", r"expected tables \[fold.0\]"),
        ("fold = 3\n", r"expected tables \[fold.0\]"),
        ("[options", "not valid TOML"),
    ],
)
def test_a_configuration_with_a_mistake_is_one_clear_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(EventbenchError, match=rf"c\.toml: .*{message}") as caught:
        read_config(path)
    assert "\n" not in str(caught.value)


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EventbenchError, match=r"none\.toml: No such file"):
        read_config(tmp_path / "none.toml")
