"""What annotation.conf may say, and what it means."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import EDITION1, HARBOUR, ROOT

from eventbench import EventbenchError, Scheme
from eventbench.corpus.scheme import NO, YES, read_scheme

SOUND = """\
[entities]
Boat
Place

[relations]
Before	Arg1:<EVENT>, Arg2:Sail|Sink
Same	Arg1:<EVENT>, Arg2:<EVENT>, <REL-TYPE>:symmetric-transitive
<OVERLAP>	Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>

[events]
# A comment, and every way to say how often a role may be filled.
Sail	Who*:Boat, From?:Place, To+:Place, Past{2}:Place, By{1-3}:Place
Sink	Who:Boat

[attributes]
SailKind	Arg:Sail, Value:race|cruise
Status	Arg:<EVENT>, Value:done|planned
Lost	Arg:Sink
SideOfRace	Arg:Boat, Value:red|blue
"""


def written(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "annotation.conf"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def scheme(tmp_path: Path) -> Scheme:
    return read_scheme(written(tmp_path, SOUND))


def test_a_sound_configuration(scheme: Scheme) -> None:
    assert scheme.entities == ("Boat", "Place")
    assert scheme.event_types == ("Sail", "Sink")
    assert scheme.roles["Sail"] == {
        "Who": "Boat", "From": "Place", "To": "Place", "Past": "Place", "By": "Place",
    }  # fmt: skip
    assert scheme.argument_roles() == ("Who", "From", "To", "Past", "By")
    assert scheme.links == {
        "Before": (frozenset({"Sail", "Sink"}), frozenset({"Sail", "Sink"})),
        "Same": (frozenset({"Sail", "Sink"}), frozenset({"Sail", "Sink"})),
    }
    assert scheme.symmetric == {"Same"}
    assert list(scheme.attributes) == ["kind", "status", "lost"]
    assert list(scheme.span_attributes) == ["side_of_race"]
    assert repr(scheme) == "Scheme(2 event types, 5 roles, 3 attributes, 2 links)"


def test_attributes_by_type_share_a_name_and_have_labels(scheme: Scheme) -> None:
    kind, status, lost = scheme.attributes.values()
    assert (kind.by_type, kind.is_flag) == (True, False)
    assert kind.written == {"Sail": "SailKind"}
    assert kind.labels() == ["Sail/race", "Sail/cruise"]
    assert kind.value_of("Sail", "Sail/race") == "race"
    assert kind.value_of("Sink", "Sail/race") is None
    assert (status.by_type, status.labels()) == (False, ["done", "planned"])
    assert status.value_of("Sink", "done") == "done"
    assert (lost.is_flag, lost.values) == (True, {"Sink": (NO, YES)})
    assert [a.name for a in scheme.attributes_of("Sail")] == ["kind", "status"]
    assert [a.name for a in scheme.attributes_of("Sink")] == ["status", "lost"]
    assert scheme.span_attributes["side_of_race"].title == "Side of race"


def test_a_speaker_fills_no_argument_role(tmp_path: Path) -> None:
    content = SOUND.replace("Place\n\n", "Place\nSpeaker\n\n").replace(
        "Sink\tWho:Boat", "Sink\tWho:Boat, Teller?:Speaker"
    )
    scheme = read_scheme(written(tmp_path, content))
    assert scheme.roles_of("Sink") == ("Who",)
    assert (scheme.speaker_role("Sink"), scheme.speaker_role("Sail")) == ("Teller", None)
    assert "Teller" not in scheme.argument_roles()


def test_schemes_of_the_corpora() -> None:
    folders = (ROOT, EDITION1, HARBOUR)
    ours, first, other = (read_scheme(r / "annotations/annotation.conf") for r in folders)
    assert list(first.attributes) == ["subtype", "status", "reported", "contested"]
    assert {*ours.attributes} - {*first.attributes} == {"certainty", "occurrence"}
    assert list(other.attributes) == ["kind", "certainty", "severity", "insured"]
    for names in ("event_types", "entities", "attributes", "span_attributes", "links"):
        assert not {*getattr(first, names)} & {*getattr(other, names)}
    assert not {*first.argument_roles()} & {*other.argument_roles()}


@pytest.mark.parametrize("root", [ROOT, HARBOUR], ids=["main", "harbour"])
def test_a_scheme_survives_json(root: Path) -> None:
    scheme = read_scheme(root / "annotations" / "annotation.conf")
    read = Scheme.from_json(scheme.to_json())
    assert read == scheme
    assert read.event_types == scheme.event_types
    assert [read.roles_of(t) for t in read.event_types] == [*map(scheme.roles_of, scheme.roles)]
    assert [*read.attributes] == [*scheme.attributes]
    assert read.to_json() == scheme.to_json()
    with pytest.raises(EventbenchError, match=r"^not a scheme: "):
        Scheme.from_json('{"entities": 3}')


# Each case: what to replace in SOUND, by what, and the line and message that refuse it.
REFUSED = {
    "unknown section": ("[entities]", "[spans]", 1, "unknown section [spans], expected [ent"),
    "no section": ("[entities]\n", "", 1, "expected a [section] first, found 'Boat'"),
    "no value of a field": ("Arg:Sink", "Arg:", 18, "expected NAME:VALUE, found 'Arg:'"),
    "no key of a field": ("Arg:Sink", ":Sink", 18, "expected NAME:VALUE, found ':Sink'"),
    "no colon": ("Who:Boat", "Boat", 13, "expected NAME:VALUE, found 'Boat'"),
    "field twice": ("Arg:Sink", "Arg:Sink, Arg:Sail", 18, "Arg occurs twice"),
    "spaces for a tab": ("Lost\t", "Lost ", 18, "found the name 'Lost Arg:Sink', expected lett"),
    "name of signs": ("Lost\t", "1st\t", 18, "found the name '1st', expected letters and digits"),
    "kind twice": ("Place\n", "Boat\n", 3, "Boat is already declared on line 2"),
    "type twice": ("Sink\tWho", "Sail\tWho", 13, "Sail is already declared on line 12"),
    "link twice": ("Same\t", "Before\t", 7, "Before is already declared on line 6"),
    "attribute twice": ("Lost\t", "Status\t", 18, "Status is already declared on line 17"),
    "attribute of nothing": ("Arg:Sink", "Value:a", 18, "Lost has no Arg:TYPE"),
    "link with one end": (", Arg2:Sail|Sink", "", 6, "Before has no Arg2:TYPE"),
    "attribute of an unknown type": (
        "Arg:Sink", "Arg:Dive", 18, "Lost is of 'Dive', expected Sail or Sink or Boat or Place",
    ),
    "link of an unknown type": (
        "Sail|Sink", "Sail|Dive", 6, "Before is of 'Dive', expected Sail or Sink",
    ),
    "link of a kind": ("Sail|Sink", "Boat", 6, "Before is of 'Boat', expected Sail or Sink"),
    "kind with fields": ("Boat\n", "Boat\tA:B\n", 2, "expected a name alone, found {'A': 'B'}"),
    "kind and type": ("Place\n", "Place\nSink\n", 4, "Sink is an event type too"),
    "role that ends in a digit": (
        "Who:Boat", "Who2:Boat", 13, "found the role 'Who2', expected a name that ends in a let",
    ),
    "role of signs": ("Who:Boat", "Who!:Boat", 13, "found the role 'Who!', expected a name that"),
    "role twice": ("From?:", "Who?:", 12, "Sail has the role Who twice"),
    "role of an unknown kind": (
        "Who:Boat", "Who:Ship", 13, "Who is filled by 'Ship', expected Boat or Place",
    ),
    "role filled by an event": (
        "Who:Boat", "Who:Sail", 13, "Who is filled by 'Sail', expected Boat or Place",
    ),
    "value twice": ("done|planned", "done|done", 17, "Status has the value 'done'"),
    "empty value": ("done|planned", "done|", 17, "Status has the value ''"),
    "value with a space": ("done|planned", "all done", 17, "Status has the value 'all done'"),
    "value with a colon": ("done|planned", "a:b", 17, "Status has the value 'a:b'"),
    "unknown field": ("Arg:Sink", "Arg:Sink, Values:a|b", 18, "expected Arg and Value, found {"),
    "of events and kinds": (
        "Arg:Sink", "Arg:Sink|Boat", 18, "Lost is of events and of entities, expected one or the",
    ),
    "name of a column": ("Lost\t", "Event-Type\t", 18, "has the name of another field, 'event_"),
    "name of a field of records": ("Lost\t", "Source\t", 18, "has the name of another field, 'so"),
    "attribute of a type, like a common one": (
        "Lost\tArg:Sink", "SinkStatus\tArg:Sink, Value:a", 18,
        "SinkStatus and Status are both 'status' in records",
    ),
    "equal in records": (
        "Lost\tArg:Sink", "STATUS\tArg:Sink", 18, "STATUS and Status are both 'status' in records",
    ),
    "two of one type, equal in records": (
        "Lost\tArg:Sink", "SailKIND\tArg:Sail, Value:a", 18,
        "SailKIND and SailKind are both 'kind' in records",
    ),
    "a flag for one type and values for another": (
        "Lost\t", "SinkKind\t", 18, "SinkKind has no values, unlike SailKind",
    ),
    "values for one type and a flag for another": (
        "Sail, Value:race|cruise\n", "Sail\nSinkKind\tArg:Sink, Value:deep\n", 17,
        "SinkKind has values, unlike SailKind",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_configuration_cannot_mean_is_refused_with_its_line(
    tmp_path: Path, case: str
) -> None:
    old, new, line, message = REFUSED[case]
    assert old in SOUND
    path = written(tmp_path, SOUND.replace(old, new, 1))
    with pytest.raises(EventbenchError) as caught:
        read_scheme(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_configuration_without_events_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "[entities]\nBoat\n[events]\n")
    with pytest.raises(EventbenchError, match=r"conf: section \[events\] names no event type$"):
        read_scheme(path)


def test_macros_need_something_to_stand_for(tmp_path: Path) -> None:
    path = written(tmp_path, "[events]\nSail\n[attributes]\nOld\tArg:<ENTITY>\n")
    with pytest.raises(EventbenchError, match=r"conf:4: Old is of '<ENTITY>', expected Sail$"):
        read_scheme(path)


def test_a_type_is_a_prefix_only_where_a_word_ends(tmp_path: Path) -> None:
    scheme = read_scheme(written(tmp_path, SOUND.replace("Lost\t", "Sinking\t")))
    assert scheme.attributes["sinking"].written == {"Sink": "Sinking"}
