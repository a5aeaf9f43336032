"""Publishing: against a server on this machine, which speaks as the Hub does."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import ROOT
from hub_server import Fault, Hub, serving
from huggingface_hub import constants
from made_submissions import write_info
from making import LEARNED, MAIN_TASKS, write_ships

from eventbench import Corpus, Document, EventbenchError, Report, build, load_corpus, score
from eventbench.evaluation.scoring import gold_of
from eventbench.hub import client
from eventbench.hub.checks import check_eval_results
from eventbench.hub.client import push
from eventbench.hub.plan import Plan, plan_dataset, plan_results
from eventbench.hub.results import card_with_results, eval_results
from eventbench.leaderboard.submit import submit
from eventbench.systems.runner import write_annotations_as_run
from eventbench.tasks.registry import TASKS

DATASET = "some-one/eventbench"
MODEL = "some-one/my-model"
COMMIT = "POST .*/commit/"


@pytest.fixture(autouse=True, scope="module")
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        huggingface_hub.close_session()
        yield
        huggingface_hub.close_session()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """No address but this machine's, a token of our own, and no waiting: only what it would be."""
    look_up = socket.getaddrinfo
    hosts = {"127.0.0.1"}

    def only_here(host: Any, *arguments: Any, **options: Any) -> Any:
        hosts.add(host)
        assert host == "127.0.0.1", host
        return look_up(host, *arguments, **options)

    monkeypatch.delenv("HF_OIDC_RESOURCE", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    # Else the library asks its own endpoint for names of agents, to tell them in its headers.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)
    monkeypatch.setenv("HF_TOKEN", Hub(DATASET, "dataset", {}).token)
    found: list[float] = []
    monkeypatch.setattr(client, "sleep", found.append)
    yield found
    assert hosts == {"127.0.0.1"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build(out, with_text=False)
    return out


@pytest.fixture(scope="module")
def built_with_text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build(out)
    return out


@pytest.fixture
def dataset(built: Path, tmp_path: Path) -> Path:
    """A built dataset without text, which a test may spoil."""
    return Path(shutil.copytree(built, tmp_path / "dataset"))


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(DATASET, "dataset", {".gitattributes": b"*.parquet filter=lfs\n"}) as running:
        yield running


@pytest.fixture
def model_hub() -> Iterator[Hub]:
    with serving(MODEL, "model", {"README.md": CARD.encode()}) as running:
        yield running


def refused(call: Callable[[], object]) -> str:
    """The one line that an error says."""
    with pytest.raises(EventbenchError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


def statuses(plan: Plan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for change in plan.changes:
        found.setdefault(change.status, []).append(change.path)
    return found


# A dataset


def test_a_dataset_is_published_in_one_commit_and_then_there_is_nothing_to_do(
    dataset: Path, hub: Hub
) -> None:
    before = {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()}
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    assert hub.asked("POST|PUT") == 0
    assert set(statuses(plan)) == {"new"}

    assert push(plan) == f"{hub.endpoint}/datasets/{DATASET}/commit/{hub.head.oid}"

    assert len(hub.commits) == 2
    assert hub.head.title == plan.message
    assert hub.head.files.pop("eval.yaml") == plan.contents["eval.yaml"]
    assert hub.head.files.pop(".gitattributes") == b"*.parquet filter=lfs\n"
    assert hub.head.files == {
        path.relative_to(dataset).as_posix(): content for path, content in before.items()
    }
    hub.head.files |= {"eval.yaml": plan.contents["eval.yaml"], ".gitattributes": b""}
    again = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    assert again.nothing_to_do
    assert "nothing to do" in again.describe()
    assert push(again) is None
    assert len(hub.commits) == 2
    assert {path: path.read_bytes() for path in dataset.rglob("*") if path.is_file()} == before


def test_a_plan_says_of_every_file_what_becomes_of_it(dataset: Path, hub: Hub) -> None:
    push(plan_dataset(dataset, DATASET, endpoint=hub.endpoint))
    files = dict(hub.head.files)
    del files["croissant.json"]
    files["README.md"] = files["README.md"].replace(b"conflict", b"peace \x1b[2J", 1)
    files["data-00ff/events/000.parquet"] = b"of an earlier gold, with its text"
    files["data-00ff/notes.txt"] = b"somebody else's"
    hub.add("by somebody else", files)

    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)

    found = statuses(plan)
    assert found.pop("new") == ["croissant.json"]
    assert found.pop("changed") == ["README.md"]
    assert found.pop("deleted") == ["data-00ff/events/000.parquet"]
    assert list(found) == ["unchanged"]
    assert plan.kept == (".gitattributes", "data-00ff/notes.txt")
    text = plan.describe()
    assert hub.head.oid in text
    size = len((dataset / "README.md").read_bytes())
    assert f"{size}  README.md  (now {len(files['README.md'])})" in text
    assert "history keeps deleted files" in text
    assert "\n-" in text.partition("--- a/README.md")[2]
    assert r"peace \x1b[2J" in text
    assert json.loads(json.dumps(plan.to_json()))["head"] == hub.head.oid
    push(plan)
    assert "data-00ff/events/000.parquet" not in hub.head.files
    assert hub.head.files["data-00ff/notes.txt"] == b"somebody else's"


@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # huggingface_hub's own
def test_large_files_go_by_lfs(dataset: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    # The other way for large files, xet, needs a service that is no part of the Hub's API.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    hub.large_suffixes = (".parquet",)
    push(plan_dataset(dataset, DATASET, endpoint=hub.endpoint))
    large = {path for path in hub.head.files if path.endswith(".parquet")}
    assert large
    assert hub.head.large == large
    assert plan_dataset(dataset, DATASET, endpoint=hub.endpoint).nothing_to_do


def test_eval_yaml_is_of_the_documented_form(dataset: Path, hub: Hub) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    found = yaml.safe_load(plan.contents["eval.yaml"])
    assert found["evaluation_framework"] == "eventbench"
    assert found["name"].startswith("eventbench: conflict events")
    assert found["description"].startswith("Conflict events in five news articles on the battle")
    tasks = [TASKS[task].title.lower() for task in MAIN_TASKS]
    assert f"Tasks: {', '.join(tasks)}." in found["description"]
    assert [task["id"] for task in found["tasks"]] == list(MAIN_TASKS)
    configs = {
        config["config_name"]: {files["split"] for files in config["data_files"]}
        for config in yaml.safe_load((dataset / "README.md").read_text("utf-8").split("---\n")[1])[
            "configs"
        ]
    }
    for task in found["tasks"]:
        assert task["split"] in configs[task["config"]]
    assert "+evaluation_framework: eventbench" in plan.describe()


def test_what_the_hub_reads_of_a_dataset_comes_from_its_corpus(
    harbour: Path, tmp_path: Path, hub: Hub
) -> None:
    (harbour / "CARD.md").unlink()
    build(tmp_path / "built", corpus=harbour, with_text=False)
    plan = plan_dataset(tmp_path / "built", DATASET, endpoint=hub.endpoint)
    found = yaml.safe_load(plan.contents["eval.yaml"])
    assert found["name"] == "Harbour news"
    assert found["description"].startswith("Three made-up articles about strikes, shipments and")
    assert plan.message.startswith(f"eventbench dataset harbour {load_corpus(harbour).version} (")


def test_text_is_not_published_without_the_right_to(built_with_text: Path, hub: Hub) -> None:
    message = refused(lambda: plan_dataset(built_with_text, DATASET, endpoint=hub.endpoint))
    assert "--i-may-publish-the-text" in message
    assert "--text none" in message
    assert hub.requests == []
    plan = plan_dataset(
        built_with_text, DATASET, i_may_publish_the_text=True, endpoint=hub.endpoint
    )
    assert "text of the articles: included" in plan.describe()


def test_free_text_is_published_without_a_question(harbour: Path, tmp_path: Path, hub: Hub) -> None:
    build(tmp_path / "built", corpus=harbour)
    plan = plan_dataset(tmp_path / "built", DATASET, endpoint=hub.endpoint)
    assert (
        "note: text of the articles: included\nnote: the text is free: CC0-1.0" in plan.describe()
    )
    croissant = json.loads((tmp_path / "built/croissant.json").read_text("utf-8"))
    assert croissant["license"] == load_corpus(harbour).info.licence_url
    # Texts that are free under another licence than the annotations.
    path = harbour / "annotations/corpus.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('text_licence = "CC0-1.0"', 'text_licence = "CC-BY-4.0"'), "utf-8")
    built = build(tmp_path / "other", corpus=harbour).path
    croissant = json.loads((built / "croissant.json").read_text("utf-8"))
    assert croissant["license"][1:] == ["https://spdx.org/licenses/CC-BY-4.0.html"]
    assert (built / "README.md").read_text("utf-8").endswith("the texts\n\nCC-BY-4.0\n")
    assert (
        "the text is free: CC-BY-4.0"
        in plan_dataset(built, DATASET, endpoint=hub.endpoint).describe()
    )


def test_a_corpus_that_is_only_learned_from_is_no_benchmark(tmp_path: Path, hub: Hub) -> None:
    boats = write_ships(tmp_path / "boats", "boats", protocol=LEARNED)
    built = build(tmp_path / "built", corpus=boats).path
    plan = plan_dataset(built, DATASET, endpoint=hub.endpoint)
    assert "eval.yaml" not in plan.contents
    assert "README.md" in plan.contents


@pytest.mark.parametrize("task", ["triggers", "events"])
def test_the_files_and_not_the_manifest_say_whether_there_is_text(
    built_with_text: Path, dataset: Path, hub: Hub, task: str
) -> None:
    name = f"{task}/001.parquet"
    path = next(dataset.rglob(name))
    shutil.copy(next(built_with_text.rglob(name)), path)
    manifest = json.loads((dataset / "eventbench.json").read_text("utf-8"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["files"][path.relative_to(dataset).as_posix()] = digest
    (dataset / "eventbench.json").write_text(json.dumps(manifest), "utf-8")
    message = refused(
        lambda: plan_dataset(dataset, DATASET, i_may_publish_the_text=True, endpoint=hub.endpoint)
    )
    assert message.startswith(f"{path}: has the articles' words")


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: pa.array([text]),
        lambda text: pa.array([text.split()]),
        lambda text: pa.array([{"note": {"deep": [text]}}]),
        lambda text: pa.array([text]).dictionary_encode(),
        lambda text: pa.array([text.encode()]),
        lambda text: pa.array([{"note": text}]),
        lambda text: pa.array([{"name": text}]),
        lambda text: pa.array([{"where": text.split()}]),
    ],
    ids=["string", "list", "nested", "dictionary", "bytes", "note", "name", "list of ids"],
)
def test_text_is_found_by_its_values(
    hide: Callable[[str], pa.Array], dataset: Path, corpus: Corpus, hub: Hub
) -> None:
    """Whatever the column is called, and however it is nested."""
    path = next(dataset.rglob("triggers/001.parquet"))
    sentence = corpus.documents[1].text[:200]
    pq.write_table(pa.table({"harmless": hide(sentence)}), path)
    manifest = json.loads((dataset / "eventbench.json").read_text("utf-8"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest["files"][path.relative_to(dataset).as_posix()] = digest
    (dataset / "eventbench.json").write_text(json.dumps(manifest), "utf-8")
    message = refused(lambda: plan_dataset(dataset, DATASET, endpoint=hub.endpoint))
    assert message.startswith(f"{path}: has the articles' words")


def test_incidents_and_claims_are_published_as_they_have_no_text(
    karsland: Path, tmp_path: Path, hub: Hub
) -> None:
    out = build(tmp_path / "out", corpus=karsland, with_text=False).path
    plan = plan_dataset(out, DATASET, endpoint=hub.endpoint)
    assert {c.path.split("/")[1] for c in plan.changes if c.path.endswith(".parquet")} >= {
        "incidents",
        "incident_table",
        "claim_table",
    }


def spoil_data(dataset: Path) -> None:
    path = next(dataset.rglob("*.parquet"))
    path.write_bytes(path.read_bytes() + b"x")


def spoil_manifest(dataset: Path) -> None:
    (dataset / "eventbench.json").write_text('{"format": 4, "text": "none", "files": 3}')


def escape(dataset: Path) -> None:
    manifest = json.loads((dataset / "eventbench.json").read_text("utf-8"))
    (dataset.parent / "secret").write_text("secret")
    manifest["files"]["../secret"] = hashlib.sha256(b"secret").hexdigest()
    (dataset / "eventbench.json").write_text(json.dumps(manifest), "utf-8")


def escape_from_the_root(dataset: Path) -> None:
    manifest = json.loads((dataset / "eventbench.json").read_text("utf-8"))
    (dataset.parent / "secret").write_text("secret")
    name = str(dataset.parent.resolve() / "secret")
    manifest["files"][name] = hashlib.sha256(b"secret").hexdigest()
    (dataset / "eventbench.json").write_text(json.dumps(manifest), "utf-8")


def spoil_card(dataset: Path) -> None:
    card = (dataset / "README.md").read_text("utf-8")
    (dataset / "README.md").write_text(card.replace("configs:", "config:"))


def card_of_another(dataset: Path) -> None:
    card = (dataset / "README.md").read_text("utf-8")
    (dataset / "README.md").write_text(card.replace("/000.parquet", "/777.parquet"))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (spoil_data, "changed since it was built"),
        (spoil_manifest, "is not the manifest of a dataset"),
        (escape, "files has '../secret'"),
        (escape_from_the_root, "/secret'; build the dataset anew"),
        (spoil_card, "its configs are not those of a built dataset"),
        (card_of_another, "777.parquet, which is missing"),
        (lambda d: (d / "README.md").write_bytes(b"\xff"), "not UTF-8"),
        (lambda d: (d / "README.md").write_text("---\na: [\n---\n"), "README.md:3: not valid YAML"),
        (lambda d: (d / "croissant.json").unlink(), "croissant.json: No such file"),
        (lambda d: (d / "article.txt").write_text("words"), "article.txt: does not belong to"),
        (lambda d: (d / "eventbench.json").unlink(), "is not an eventbench dataset"),
    ],
)
def test_only_a_dataset_as_it_was_built_is_published(
    dataset: Path, hub: Hub, spoil: Callable[[Path], object], expected: str
) -> None:
    spoil(dataset)
    message = refused(lambda: plan_dataset(dataset, DATASET, endpoint=hub.endpoint))
    assert expected in message
    assert hub.requests == []


@pytest.mark.parametrize("name", ["eventbench", "a/b/c", "a/b--c", "a/b.git", "a/-b", "a b/c", ""])
def test_repository_names_are_checked(dataset: Path, name: str) -> None:
    assert "expected owner/name" in refused(lambda: plan_dataset(dataset, name))


# What the Hub may answer


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "400: the Hub refuses it (it says: no good)"),
        (401, "hf auth login"),
        (403, "needs the right to write"),
        (404, "the dataset repository does not exist, or you may not see it"),
    ],
)
@pytest.mark.parametrize("request_", ["GET /api/datasets", "validate-yaml", "preupload", COMMIT])
def test_a_refusal_is_one_clear_line(
    dataset: Path, hub: Hub, status: int, expected: str, request_: str
) -> None:
    hub.faults = [Fault(request_, status, body='{"error": "no good"}')]
    message = refused(lambda: push(plan_dataset(dataset, DATASET, endpoint=hub.endpoint)))
    assert message.startswith(f"{DATASET}: {status}: ")
    assert expected in message
    assert len(hub.commits) == 1
    assert hub.asked(request_) == 1


@pytest.mark.parametrize("body", ["[]", "3", '{"errors": 3}', "<html>", "\xff"])
def test_a_refusal_without_the_form_of_the_hub_keeps_its_status(
    dataset: Path, hub: Hub, body: str
) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, 403, body=body)]
    assert "403: your token may not do this" in refused(lambda: push(plan))
    assert hub.asked(COMMIT) == 1


def test_what_the_hub_says_cannot_steer_the_terminal(dataset: Path, hub: Hub) -> None:
    said = json.dumps({"error": "go \x1b[2J away \u202e"})
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, 403, body=said)]
    message = refused(lambda: push(plan))
    assert r"go \x1b[2J away \u202e" in message
    assert message.isprintable()


def test_a_repository_that_is_not_there_is_404(dataset: Path, hub: Hub) -> None:
    message = refused(lambda: plan_dataset(dataset, "some-one/other", endpoint=hub.endpoint))
    assert "some-one/other: 404: the dataset repository does not exist" in message


def test_a_wrong_token_is_401(dataset: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_another")
    message = refused(lambda: plan_dataset(dataset, DATASET, endpoint=hub.endpoint))
    assert message.startswith(f"{DATASET}: 401: the Hub does not know your token")


def test_nothing_is_sent_without_a_token(
    dataset: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    assert "no token for the Hub" in refused(lambda: push(plan))
    assert hub.asked("POST|PUT") == 0


@pytest.mark.parametrize("request_", ["GET /api/datasets/.*/tree", "preupload", COMMIT])
@pytest.mark.parametrize("status", [429, 503])
def test_when_put_off_we_wait_as_told_and_ask_again(
    dataset: Path, hub: Hub, waits: list[float], request_: str, status: int
) -> None:
    hub.faults = [Fault(request_, status, {"Retry-After": "7"}, times=2)]
    assert push(plan_dataset(dataset, DATASET, endpoint=hub.endpoint))
    assert waits == [7, 7]
    assert len(hub.commits) == 2


def test_other_ways_to_say_how_long(dataset: Path, hub: Hub, waits: list[float]) -> None:
    hub.faults = [
        Fault(COMMIT, 429, {"RateLimit": '"api";r=0;t=5'}),
        Fault(COMMIT, 429, {"Retry-After": "Sun, 22 Nov 2020 13:00:00 GMT"}),
        Fault(COMMIT, 429),
    ]
    assert push(plan_dataset(dataset, DATASET, endpoint=hub.endpoint))
    assert waits == [5, 0, 4]


def test_we_do_not_wait_for_ever(dataset: Path, hub: Hub, waits: list[float]) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, 429, {"Retry-After": "3600"})]
    assert "429: the Hub has had too many requests; try again, after 3600 seconds" in refused(
        lambda: push(plan)
    )
    assert waits == []
    hub.faults = [Fault(COMMIT, 429, {"Retry-After": "1"}, times=100)]
    assert "429" in refused(lambda: push(plan))
    assert len(waits) == client.TRIES - 1
    hub.faults = [Fault(COMMIT, 502, body="<html>", times=100)]
    assert "502: the Hub could not do it; try again" in refused(lambda: push(plan))
    assert len(hub.commits) == 1


@pytest.mark.parametrize("cut", ["before", "after", "within"])
def test_a_cut_connection_does_not_double_a_commit(
    dataset: Path, hub: Hub, waits: list[float], cut: str
) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, cut=cut)]
    assert push(plan) == f"{hub.endpoint}/datasets/{DATASET}/commit/{hub.commits[1].oid}"
    assert len(hub.commits) == 2
    assert hub.asked(COMMIT) == (2 if cut == "before" else 1)
    assert len(waits) == 1


def test_a_server_error_after_the_commit_does_not_double_it(dataset: Path, hub: Hub) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, cut="after"), Fault("GET /api", 500)]
    assert push(plan)
    assert len(hub.commits) == 2
    assert hub.asked(COMMIT) == 1


@pytest.mark.parametrize("cut", ["before", "after"])
def test_if_the_repository_cannot_be_seen_after_a_cut_the_commit_may_have_arrived(
    dataset: Path, hub: Hub, cut: str
) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, cut=cut), Fault("GET /api", 503, times=100)]
    message = refused(lambda: push(plan))
    assert "503" in message
    assert "the commit may have arrived; run the command again" in message
    assert hub.asked(COMMIT) == 1


def test_a_commit_is_reported_even_if_it_cannot_be_seen_afterwards(dataset: Path, hub: Hub) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault("GET /api", 403)]
    assert push(plan) == f"{hub.endpoint}/datasets/{DATASET}/commit/{hub.head.oid}"
    assert len(hub.commits) == 2


def test_a_connection_that_is_always_cut_is_an_error(dataset: Path, hub: Hub) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, cut="before", times=100)]
    message = refused(lambda: push(plan))
    assert "was cut" in message
    assert "run the command again" in message
    assert hub.asked(COMMIT) == client.TRIES
    assert len(hub.commits) == 1


def test_a_change_in_between_is_not_written_over(dataset: Path, hub: Hub) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    theirs = hub.add("by somebody else", {"README.md": b"theirs"})
    message = refused(lambda: push(plan))
    assert f"the plan was made for commit {plan.head}, the newest is {theirs.oid}" in message
    assert hub.head is theirs


def test_a_change_after_a_cut_is_not_written_over(
    dataset: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, cut="before")]

    def meanwhile(_: float) -> None:
        hub.add("by somebody else", {"README.md": b"theirs"})

    monkeypatch.setattr(client, "sleep", meanwhile)
    assert "has changed meanwhile" in refused(lambda: push(plan))
    assert hub.head.files == {"README.md": b"theirs"}
    assert hub.asked(COMMIT) == 1


def test_a_file_that_the_hub_leaves_out_is_noticed(dataset: Path, hub: Hub) -> None:
    hub.ignored = {"croissant.json"}
    message = refused(lambda: push(plan_dataset(dataset, DATASET, endpoint=hub.endpoint)))
    assert "the Hub left out croissant.json" in message


@pytest.mark.parametrize("body", ["", "<html>", "[]", "{}", '{"commitOid": 3}'])
def test_an_answer_that_makes_no_sense_is_an_error(dataset: Path, hub: Hub, body: str) -> None:
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    hub.faults = [Fault(COMMIT, 200, body=body, times=100)]
    assert "did not answer as the Hub does" in refused(lambda: push(plan))


def test_without_a_network_the_plan_says_so(dataset: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    plan = plan_dataset(dataset, DATASET, endpoint=endpoint)
    assert f"NOT REACHED: no connection to {endpoint}" in plan.describe()
    assert list(statuses(plan)) == ["to send"]
    assert "nothing was sent: no connection" in refused(lambda: push(plan))


def test_offline_mode_of_the_library_is_kept_to(
    dataset: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    assert "NOT REACHED: HF_HUB_OFFLINE is set" in plan.describe()
    assert hub.requests == []


def test_a_connection_that_falls_silent_is_not_waited_for(
    dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", 0.02)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        plan = plan_dataset(dataset, DATASET, endpoint=endpoint)
    assert f"NOT REACHED: the connection to {endpoint} was cut" in plan.describe()


def test_an_endpoint_must_be_an_address(dataset: Path) -> None:
    assert "HF_ENDPOINT: found 'hub'" in refused(
        lambda: plan_dataset(dataset, DATASET, endpoint="hub")
    )


def test_the_token_is_neither_told_nor_stored(
    dataset: Path,
    hub: Hub,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    said = []
    echo = json.dumps({"error": f"Bearer {hub.token} may not", "errors": [{"message": hub.token}]})
    for faults in (
        [Fault(COMMIT, 403, {"X-Error-Message": f"{hub.token} may not"}, body=echo)],
        [Fault("GET /api", 401, body=echo)],
        [Fault(COMMIT, 429, body=echo, times=100)],
        [Fault(COMMIT, cut="before", times=100)],
        [Fault(COMMIT, 200, body=f'{{"commitUrl": "{hub.token}", "commitOid": 1}}', times=100)],
    ):
        hub.faults = faults
        said.append(refused(lambda: push(plan_dataset(dataset, DATASET, endpoint=hub.endpoint))))
    hub.faults = []
    plan = plan_dataset(dataset, DATASET, endpoint=hub.endpoint)
    said += [repr(plan), plan.describe(), json.dumps(plan.to_json()), str(push(plan))]
    captured = capfd.readouterr()
    said += [captured.out, captured.err, caplog.text]
    assert "<token> may not" in said[0]
    assert not any("recognisable" in text for text in said)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not any(b"recognisable" in path.read_bytes() for path in written)
    assert not any(b"recognisable" in content for content in hub.head.files.values())


# Results


CARD = """---
license: apache-2.0
# a remark of mine
tags: [a,  b]   # and another
model-index:
- name: my-model
  results:
  - task:
      type: token-classification
    dataset:
      type: conll2003
      name: CoNLL 2003
    metrics:
    - type: f1
      value: 0.91

# about the language
language: en
---

# My model

---
Some words, a rule --- and  trailing blanks.  
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, corpus: Corpus) -> Path:
    """A run that has found every argument but those of the first article."""
    root: Path = tmp_path_factory.mktemp("runs") / "run"
    for seed in (0, 1):
        for row in gold_of(corpus, "arguments").rows:
            path = root / "arguments" / f"seed{seed}" / f"fold{int(row['doc_id'])}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            tags = row["ner_tags"] if int(row["doc_id"]) > seed else ["O"] * len(row["tokens"])
            line = {"id": row["id"], "tokens": row["tokens"], "ner_tags": tags}
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
    return root


@pytest.fixture(scope="module")
def reports(run: Path, corpus: Corpus) -> dict[str, Report]:
    return {"arguments": score(run, "arguments", corpus=corpus)}


def test_results_are_computed_and_the_card_is_kept(
    run: Path, corpus: Corpus, model_hub: Hub
) -> None:
    plan = plan_results(run, MODEL, DATASET, corpus=corpus, endpoint=model_hub.endpoint)
    assert statuses(plan) == {"new": [".eval_results/eventbench.yaml"], "changed": ["README.md"]}
    push(plan)

    entry, *others = yaml.safe_load(model_hub.head.files[".eval_results/eventbench.yaml"])
    assert others == []
    assert entry["dataset"] == {"id": DATASET, "task_id": "arguments"}
    total = sum(len(e.arguments) for d in corpus.documents for e in d.events)
    first, second = (sum(len(e.arguments) for e in d.events) for d in corpus.documents[:2])
    lost = [first, first + second]
    # Tags cannot hold arguments that overlap, so this is not quite what the score is made of.
    f1 = [2 * (total - n) / (2 * total - n) for n in lost]
    assert entry["value"] == pytest.approx(100 * sum(f1) / 2, abs=0.5)
    gold = f"gold aleppo {corpus.version} ({gold_of(corpus, 'arguments').fingerprint})"
    for part in ("percent", "mean of 2 seeds", "interval on new documents", gold):
        assert part in entry["notes"]
    card = model_hub.head.files["README.md"].decode()
    before, _, after = card.partition("model-index:\n")
    assert CARD.startswith(before)
    assert CARD.partition("model-index:\n")[2].endswith(after[after.index("\n# about") :])
    models = yaml.safe_load(card.split("---\n")[1])["model-index"]
    assert [m["name"] for m in models] == ["my-model"]
    theirs, ours = models[0]["results"]
    assert theirs["dataset"]["type"] == "conll2003"
    assert theirs["metrics"] == [{"type": "f1", "value": 0.91}]
    assert ours["dataset"]["type"] == DATASET
    assert ours["dataset"]["name"] == "eventbench aleppo"
    assert ours["task"] == {
        "type": "token-classification",
        "name": "event arguments of given triggers",
    }
    (metric,) = ours["metrics"]
    assert (metric["type"], metric["value"]) == ("f1", entry["value"])
    assert metric["name"] == (
        "micro F1 of arguments, strict span and role, in percent, leave-one-document-out"
    )
    read = huggingface_hub.ModelCard(card).data.eval_results[1]
    assert (read.dataset_config, read.metric_value) == ("arguments", entry["value"])
    [parsed] = huggingface_hub.parse_eval_result_entries([entry])
    assert huggingface_hub.eval_result_entries_to_yaml([parsed]) == [entry]

    again = plan_results(run, MODEL, DATASET, corpus=corpus, endpoint=model_hub.endpoint)
    assert again.nothing_to_do


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("---\nmodel-index: 3\n---\n", "its model-index does not have the documented form"),
        ("---\nmodel-index:\n- results: [3]\n---\n", "its model-index does not have"),
        ("---\nmodel-index:\n- results: []\n---\n", "model-index: model 1: no name"),
        ("---\nlicense: [\n---\n", "README.md:3: not valid YAML"),
        ("---\na: 1\na: 2\n---\n", "README.md:3: not valid YAML: duplicate key 'a'"),
        ("---\n- a\n---\n", "the front matter is not a mapping"),
        ("---\n{a: 1}\n---\n", "its front matter is in braces"),
        ("---\na: 1\n", "has no end"),
        ("---\na: 2026-13-45\n---\n", "not valid YAML"),
    ],
)
def test_a_card_that_is_not_understood_is_refused(
    reports: dict[str, Report], card: str, expected: str
) -> None:
    message = refused(lambda: card_with_results(card, reports, DATASET, "my-model", "README.md"))
    assert message.startswith("README.md")
    assert expected in message


def test_a_card_that_cannot_be_read_is_refused(run: Path, corpus: Corpus, model_hub: Hub) -> None:
    model_hub.add("card", {"README.md": b"\xff"})
    message = refused(
        lambda: plan_results(run, MODEL, DATASET, corpus=corpus, endpoint=model_hub.endpoint)
    )
    assert message == f"{MODEL}/README.md:1: not UTF-8: invalid start byte"


def test_cards_of_other_shapes(reports: dict[str, Report], tmp_path: Path) -> None:
    def written(card: str) -> str:
        new = card_with_results(card, reports, DATASET, "my-model", "README.md")
        assert card_with_results(new, reports, DATASET, "my-model", "README.md") == new
        front = yaml.safe_load(new.replace("\r\n", "\n").split("---\n")[1])
        found = [r["dataset"]["type"] for m in front["model-index"] for r in m["results"]]
        assert found == [DATASET]
        return new

    assert written("").endswith("# my-model\n")
    assert written("# Only a text\n").endswith("---\n# Only a text\n")
    assert written("---\nlicense: mit\n---\ntext").startswith("---\nlicense: mit\nmodel-index:\n")
    assert written("---\nlicense: mit\n---\ntext").endswith("\n---\ntext")
    assert written("---\n---\ntext").endswith("\n---\ntext")
    assert written("\n---\nlicense: mit\n---\ntext").startswith("\n---\nlicense: mit\nmodel-in")
    windows = written("---\r\nlicense: mit\r\n---\r\ntext\r\n")
    assert windows.count("\n") == windows.count("\r\n")
    card = written("---\nmodel-index:\n- name: x\n  results: []\nlicense: mit\n---\n")
    wrong = card.replace("value: ", "value: 1")
    (tmp_path / "README.md").write_text(wrong)
    for path in (tmp_path, tmp_path / "README.md"):
        assert "metric 1: value: found 1" in refused(lambda path=path: check_eval_results(path))
    assert written(wrong) == card
    theirs = wrong.replace("name: eventbench aleppo", "name: eventbenchmark")
    (tmp_path / "README.md").write_text(theirs)
    assert check_eval_results(tmp_path) == [tmp_path / "README.md"]


def test_results_take_the_place_of_earlier_ones_wherever_they_are(
    reports: dict[str, Report],
) -> None:
    def result(dataset: str) -> dict[str, Any]:
        return {
            "task": {"type": "t"},
            "dataset": {"type": dataset, "name": "x"},
            "metrics": [{"type": "f1", "value": 1}],
            "kept": dataset,
        }

    first = {"name": "first", "results": [result("a")]}
    second = {"name": "second", "results": [result(n) for n in ("b", DATASET, "c", DATASET, "d")]}
    card = f"---\n{yaml.safe_dump({'model-index': [first, second]})}# next\ntags: [a]\n---\n"
    new = card_with_results(card, reports, DATASET, "my-model", "README.md")
    assert new.endswith("\n# next\ntags: [a]\n---\n")
    models = yaml.safe_load(new.split("---\n")[1])["model-index"]
    assert models[0] == first
    assert [r["dataset"]["type"] for r in models[1]["results"]] == ["b", DATASET, "c", "d"]
    assert [r.get("kept") for r in models[1]["results"]] == ["b", None, "c", "d"]


@pytest.mark.parametrize("task", MAIN_TASKS)
def test_each_task_has_the_words_that_the_hub_knows(
    corpus: Corpus, tmp_path: Path, task: str
) -> None:
    write_annotations_as_run(corpus, None, "the gold", tmp_path / "gold")
    found = {task: score(tmp_path / "gold", task, corpus=corpus)}
    card = card_with_results("", found, DATASET, "my-model", "README.md")
    (result,) = huggingface_hub.ModelCard(card).data.eval_results
    words = TASKS[task].hub
    assert (result.task_type, result.task_name) == (words.task_type, words.task_name)
    assert (result.metric_type, result.metric_value) == (words.metric, 100.0)
    assert (result.dataset_name, result.dataset_config) == ("eventbench aleppo", task)
    (entry,) = yaml.safe_load(eval_results(found, DATASET, "eventbench.yaml"))
    # All is right, and no interval varies; of other scores it is told.
    assert entry["notes"].startswith(f"percent; {words.metric_name}; one seed; gold aleppo")
    (report,) = found.values()
    told = {name: replace(i, low=0.9) for name, i in report.intervals.items()}
    (entry,) = yaml.safe_load(
        eval_results({task: replace(report, intervals=told)}, DATASET, "eventbench.yaml")
    )
    assert entry["notes"].startswith(f"percent; {words.metric_name}; one seed; 95% interval")


def test_results_of_an_entry_are_computed_anew(tmp_path: Path, corpus: Corpus) -> None:
    write_info(tmp_path / "entry.toml", system="reader", explanation="It is one of the two passes.")
    read = tmp_path / "read"
    write_annotations_as_run(corpus, ROOT / "annotations/passes/a", "pass a", read)
    entry = submit(read, tmp_path / "entry.toml", tmp_path / "board", corpus=corpus)
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    plan = plan_results(entry.path, MODEL, DATASET, corpus=corpus, endpoint=endpoint)
    found = yaml.safe_load(plan.contents[".eval_results/eventbench.yaml"])
    assert [(one["dataset"]["task_id"], one["value"]) for one in found] == [
        (task, round(100 * score(read, task, corpus=corpus, intervals=False).score.mean, 2))
        for task in MAIN_TASKS
    ]
    other = replace(corpus, version="9", documents=(*corpus.documents[:-1], _shorter(corpus)))
    message = refused(lambda: plan_results(entry.path, MODEL, DATASET, corpus=other))
    assert f"was scored against data {corpus.version}, the gold is 9 (" in message
    assert message.endswith("run the system again")


def _shorter(corpus: Corpus) -> Document:
    """The last article without its last event."""
    last = corpus.documents[-1]
    return replace(last, events=last.events[:-1], links=())


def test_without_a_network_results_are_shown_all_the_same(run: Path, corpus: Corpus) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    text = plan_results(run, MODEL, DATASET, corpus=corpus, endpoint=endpoint).describe()
    assert "NOT REACHED" in text
    assert "only its model-index would change" in text
    assert "+    task_id: arguments" in text


@pytest.mark.parametrize("layout", ["empty", "other data", "other corpus", "no record"])
def test_what_is_no_run_on_this_data_is_refused(
    run: Path, corpus: Corpus, tmp_path: Path, layout: str
) -> None:
    path = tmp_path / "run"
    path.mkdir()
    expected = "is neither a run nor an entry of the leaderboard"
    if layout != "empty":
        shutil.copytree(run / "arguments", path / "arguments")
        data: dict[str, Any] = {
            "corpus": "aleppo", "version": "9", "fingerprints": {"arguments": "0"}
        }  # fmt: skip
        expected = "made with data 9 (0), the gold of arguments is "
        if layout == "other corpus":
            data["corpus"] = "harbour"
            expected = "made with corpus 'harbour', expected 'aleppo'"
        elif layout == "no record":
            data = {"version": "9", "fingerprint": "0"}
            expected = "run.json: is not the record of a run"
        (path / "run.json").write_text(json.dumps({"data": data}))
    assert expected in refused(lambda: plan_results(path, MODEL, DATASET, corpus=corpus))


# What is allowed in the files

RESULT = """\
- dataset: {id: some-one/eventbench, task_id: triggers}
  value: 61.5
  notes: percent
"""
EVAL = """\
name: eventbench
description: events
evaluation_framework: eventbench
tasks:
- {id: triggers, config: triggers, split: test}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("value: 61.5", "value: .nan", "entry 1: value: found nan, expected a number from 0 to"),
        ("value: 61.5", "value: .inf", "value: found inf"),
        ("value: 61.5", "value: 100.5", "value: found 100.5"),
        ("value: 61.5", "value: -1", "value: found -1"),
        ("value: 61.5", "value: true", "value: found True"),
        ("value: 61.5", "value: '61.5'", "value: found '61.5'"),
        ("value: 61.5", "value: 61.5 ± 2", "value: found '61.5 ± 2'"),
        ("  value: 61.5\n", "", "entry 1: no value"),
        ("value: 61.5", "value: 61.5\n  metric: f1", "unknown key 'metric', expected dataset"),
        ("value: 61.5", "value: 61.5\n  value: 3", "yaml:3: not valid YAML: duplicate key 'value'"),
        ("percent", "micro F1", "notes: found 'micro F1', expected a text"),
        ("triggers", "trigger", "task_id: found 'trigger', expected triggers or arguments"),
        ("some-one/eventbench", "eventbench", "id: found 'eventbench', expected owner/name"),
        (", task_id: triggers", "", "dataset: no task_id"),
        ("task_id: triggers", "task_id: triggers, config: x", "unknown key 'config'"),
        ("task_id: triggers", "task_id: triggers, revision: main", "expected a commit"),
        ("notes: percent", "notes: percent\n  date: 2026-11-22", "date in quotes"),
        ("notes: percent", "notes: percent\n  date: '22.11.2026'", "date: found '22.11.2026'"),
        ("notes: percent", "notes: percent\n  source: {name: x}", "source: no url"),
        ("notes: percent", "notes: percent\n  source: {url: x}", "url: found 'x'"),
        (RESULT, RESULT * 2, "'triggers') occurs twice"),
        (RESULT, "", "found None, expected a list"),
        (RESULT, "[3]", "entry 1: found 3, expected a mapping"),
        (RESULT, "? [a]\n: 1\n", "not valid YAML"),
        (RESULT, "[" * 1100, "not valid YAML"),
    ],
)
def test_nonsense_in_results_is_refused(tmp_path: Path, old: str, new: str, expected: str) -> None:
    path = tmp_path / ".eval_results" / "eventbench.yaml"
    path.parent.mkdir()
    path.write_text(RESULT, encoding="utf-8")
    assert check_eval_results(tmp_path) == check_eval_results(path) == [path]
    assert old in RESULT
    path.write_text(RESULT.replace(old, new), encoding="utf-8")
    message = refused(lambda: check_eval_results(path))
    assert message.startswith(str(path))
    assert expected in message


def test_all_that_is_documented_is_allowed_in_results(tmp_path: Path) -> None:
    path = tmp_path / "results.yaml"
    more = """\
  verifyToken: abc
  date: "2026-11-22T13:00:00Z"
  source: {url: "https://example.org/x", name: traces, user: me, org: us}
"""
    revision = f"task_id: triggers, revision: {'a' * 40}"
    path.write_text(RESULT.replace("task_id: triggers", revision) + more, encoding="utf-8")
    assert check_eval_results(path) == [path]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: eventbench", "name: ''", "name: found ''"),
        ("framework: eventbench", "framework: inspect", "evaluation_framework: found 'inspect'"),
        ("id: triggers", "id: ner", "tasks: task 1: id: found 'ner'"),
        ("split: test", "split: dev", "split: found 'dev'"),
        ("split: test", "metric: f1", "unknown key 'metric'"),
        ("- {", "- {id: triggers}\n- {", "tasks: triggers occurs twice"),
        ("description: events\n", "", "no description"),
    ],
)
def test_nonsense_in_eval_yaml_is_refused(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = tmp_path / "eval.yaml"
    path.write_text(EVAL, encoding="utf-8")
    assert check_eval_results(tmp_path) == check_eval_results(path) == [path]
    assert old in EVAL
    path.write_text(EVAL.replace(old, new), encoding="utf-8")
    assert expected in refused(lambda: check_eval_results(tmp_path))


def test_a_check_of_nothing_is_an_error(tmp_path: Path) -> None:
    assert "no eval.yaml" in refused(lambda: check_eval_results(tmp_path))
    assert "No such file" in refused(lambda: check_eval_results(tmp_path / "x.yaml"))
