"""The workflow that checks a pull request takes one new entry and runs no code of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

pytestmark = pytest.mark.posix


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    path = ROOT / ".github/workflows/leaderboard.yml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_the_workflow_runs_no_code_of_the_pull_request(workflow: dict[str, Any]) -> None:
    assert list(workflow[True]) == ["pull_request"]  # YAML takes "on" for true
    assert workflow["permissions"] == {"contents": "read"}
    [job] = workflow["jobs"].values()
    assert "permissions" not in job
    steps = job["steps"]
    actions = [step["uses"].partition("@")[0] for step in steps if "uses" in step]
    assert actions == ["actions/checkout", "actions/checkout", "actions/setup-python"]
    ours, theirs = (step["with"] for step in steps if "checkout" in step.get("uses", ""))
    assert ours["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert (ours["path"], theirs["path"]) == ("base", "submission")
    assert not ours["persist-credentials"]
    assert not theirs["persist-credentials"]
    scripts = [step["run"] for step in steps if "run" in step]
    assert not any("${{" in script for script in scripts)  # nothing is pasted into a script
    assert [line for script in scripts for line in script.splitlines() if "install" in line] == [
        "python -m pip install --constraint base/constraints.txt ./base"
    ]
    assert "secrets" not in json.dumps(job)


def git(folder: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=m"]
    subprocess.run(["git", *settings, *arguments], cwd=folder, check=True, capture_output=True)


ENTRY_FILE = "leaderboard/aleppo/half/1/predictions/triggers/seed0/fold0.jsonl.gz"


@pytest.mark.parametrize(
    ("added", "accepted"),
    [
        (
            [
                "leaderboard/aleppo/half/1/entry.toml",
                "leaderboard/aleppo/half/1/result.json",
                ENTRY_FILE,
            ],
            True,
        ),
        (["leaderboard/half/1/entry.toml", "leaderboard/half/1/result.json"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "setup.py"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/half/2/entry.toml"], False),
        (
            ["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/half/1/sitecustomize.py"],
            False,
        ),
        (["leaderboard/aleppo/half/1/entry.toml", "leaderboard/README.md"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/old/1/entry.toml"], False),
        (
            ["leaderboard/aleppo/half/1/entry.toml", "x\nleaderboard/aleppo/half/1/entry.toml"],
            False,
        ),
        (
            ["leaderboard/aleppo/half/1/entry.toml", "leaderboard/aleppo/half/1/entry.toml\nx=y"],
            False,
        ),
        (["-leaderboard/aleppo/half/1/entry.toml"], False),
        (["leaderboard/aleppo/half/1/entry.toml", "-leaderboard/aleppo/old/1/entry.toml"], False),
    ],
)
def test_the_workflow_takes_one_new_entry_only(
    added: list[str], accepted: bool, workflow: dict[str, Any], tmp_path: Path
) -> None:
    submission = merged(tmp_path, lambda folder: write(folder, added))
    result = check(workflow, tmp_path)
    assert result.returncode == (0 if accepted else 1), result.stderr
    if accepted:
        assert result.stderr == ""
        output = (tmp_path / "output").read_text(encoding="utf-8")
        assert output == "entry=leaderboard/aleppo/half/1\ncorpus=aleppo\n"
    else:
        assert result.stderr.startswith("A submission ")
        assert len(result.stderr.splitlines()) == 1  # a name with a line end is quoted
        assert not (tmp_path / "output").exists()
    assert submission.is_dir()


def write(folder: Path, names: list[str]) -> None:
    for name in names:
        path = folder / name.removeprefix("-")
        if name.startswith("-"):
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("new", encoding="utf-8")


def merged(folder: Path, change: Callable[[Path], object], before: Sequence[str] = ()) -> Path:
    """A repository with an entry and the merge of a pull request that makes a change.

    Args:
        folder: where to make it.
        change: makes the change, given the root of the repository.
        before: more files of the base branch.
    """
    submission = folder / "submission"
    for name in before:
        (submission / name).parent.mkdir(parents=True, exist_ok=True)
        (submission / name).write_text("old", encoding="utf-8")
    (submission / "leaderboard/aleppo/old/1").mkdir(parents=True, exist_ok=True)
    (submission / "leaderboard/aleppo/old/1/entry.toml").write_text("old", encoding="utf-8")
    (submission / "leaderboard/README.md").write_text("old", encoding="utf-8")
    git(submission, "init", "-q")
    git(submission, "add", ".")
    git(submission, "commit", "-q", "-m", "base")
    git(submission, "checkout", "-q", "-b", "topic")
    change(submission)
    git(submission, "add", "-A")
    git(submission, "commit", "-q", "--allow-empty", "-m", "topic")
    git(submission, "checkout", "-q", "m")
    git(submission, "merge", "-q", "--no-ff", "topic")
    (folder / "base").symlink_to(ROOT)
    return submission


def check(workflow: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the step of the workflow that looks at what a pull request changes."""
    [job] = workflow["jobs"].values()
    [script] = [step["run"] for step in job["steps"] if step.get("id") == "changes"]
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=os.environ | {"GITHUB_OUTPUT": str(folder / "output")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_many_names_do_not_get_past_the_check(workflow: dict[str, Any], tmp_path: Path) -> None:
    """A reader that stops early would kill git behind the first 4 KiB, and the check with it."""
    changed = [
        f"leaderboard/aleppo/old/1/predictions/triggers/seed{s}/fold0.jsonl.gz" for s in range(99)
    ]
    assert sum(map(len, changed)) > 4096
    merged(tmp_path, lambda folder: write(folder, [ENTRY_FILE, *changed]), before=changed)
    found = [check(workflow, tmp_path) for _ in range(100)]
    complaint = "A submission adds files. This one changes or deletes some"
    assert [r.returncode for r in found if not r.stderr.startswith(complaint)] == []
    assert {r.returncode for r in found} == {1}


def link(folder: Path) -> None:
    write(folder, [ENTRY_FILE])
    (folder / "leaderboard/aleppo/half/1/entry.toml").symlink_to("/etc/passwd")


def executable(folder: Path) -> None:
    write(folder, [ENTRY_FILE])
    (folder / ENTRY_FILE).chmod(0o755)


@pytest.mark.parametrize(("change", "mode"), [(link, "120000"), (executable, "100755")])
def test_links_and_executables_are_refused(
    change: Callable[[Path], None], mode: str, workflow: dict[str, Any], tmp_path: Path
) -> None:
    merged(tmp_path, change)
    result = check(workflow, tmp_path)
    assert result.returncode == 1
    assert result.stderr.endswith(f" has mode {mode}\n")


def test_actions_are_pinned_and_the_code_of_the_branch_checks(workflow: dict[str, Any]) -> None:
    text = (ROOT / ".github/workflows/leaderboard.yml").read_text(encoding="utf-8")
    uses = re.findall(r"uses: (\S+)( # v[0-9.]+)?", text)
    assert len(uses) == 3
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", name) and v for name, v in uses)
    [job] = workflow["jobs"].values()
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert not any("|" in line for script in scripts for line in script.splitlines())
    assert "submission/.github" not in text
