"""Outputs are whole at any moment, and what killed processes leave is cleared up."""

from __future__ import annotations

import os
import platform
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from conftest import files_below

from eventbench import EventbenchError, io
from eventbench.io import atomic_output, clear_leftovers, is_empty_directory, write_whole

DEAD = 4_194_305
"""No Linux process has this number, which is above the highest."""

OLD = {"a": b"old", "sub/b": b"old too"}
NEW = {"a": b"new"}


def make(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def write_directory(out: Path) -> None:
    with atomic_output(out) as new:
        make(new, NEW)


def write_file(out: Path) -> None:
    write_whole(out, "new")


@contextmanager
def at_line(number: int, act: Callable[[], None]) -> Iterator[Callable[[], int]]:
    """Act before the given line of io.py that runs, and yield how many lines ran."""
    ran = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal ran
        if frame.f_code.co_filename != io.__file__:
            return None
        if event == "line":
            ran += 1
            if ran == number:
                act()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lambda: ran
    finally:
        sys.settrace(before)


def interrupt() -> None:
    raise KeyboardInterrupt


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_and_die(write: Callable[[Path], None], out: Path, number: int) -> bool:
    """Write in a process that is killed at a line of io.py; False if it came to the end."""
    child = os.fork()
    if not child:
        with at_line(number, kill):
            write(out)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


WRITERS: dict[str, tuple[Callable[[Path], None], dict[str, bytes], dict[str, bytes]]] = {
    "directory": (write_directory, OLD, NEW),
    "file": (write_file, {".": b"old"}, {".": b"new"}),
}


def fresh(folder: Path, old: dict[str, bytes]) -> Path:
    folder.mkdir()
    out = folder / "out"
    if "." in old:
        out.write_bytes(old["."])
    else:
        make(out, old)
    return out


@pytest.mark.parametrize("kind", WRITERS)
def test_ctrl_c_at_any_line_leaves_the_old_or_the_new_output(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, old, new = WRITERS[kind]
    monkeypatch.setattr(os, "getpid", lambda: DEAD)  # an interrupted process ends
    number = 0
    while True:
        number += 1
        out = fresh(tmp_path / str(number), old)
        with at_line(number, interrupt) as ran, suppress(KeyboardInterrupt):
            write(out)
        if ran() < number:
            break
        clear_leftovers(out.parent)
        assert files_below(out) in (old, new), number
        write(out)
        assert files_below(out) == new
        assert [*out.parent.iterdir()] == [out], number
    assert number > 30


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITERS)
def test_a_process_killed_at_any_line_leaves_the_old_or_the_new_output(
    kind: str, tmp_path: Path
) -> None:
    write, old, new = WRITERS[kind]
    number = 1
    while run_and_die(write, out := fresh(tmp_path / str(number), old), number):
        clear_leftovers(out.parent)
        assert files_below(out) in (old, new), number
        write(out)
        assert files_below(out) == new
        assert [*out.parent.iterdir()] == [out], number
        number += 1
    assert number > 30


def test_after_an_error_the_old_output_is_there_and_nothing_else(tmp_path: Path) -> None:
    out = fresh(tmp_path / "folder", OLD)
    with pytest.raises(ZeroDivisionError), atomic_output(out) as new:
        make(new, {"a": b"new", "b": b"x" * (1 // 0)})
    assert files_below(out) == OLD
    assert [*out.parent.iterdir()] == [out]
    with pytest.raises(RuntimeError), atomic_output(tmp_path / "a/b/c"):
        raise RuntimeError
    assert not (tmp_path / "a").exists()


def left_over(folder: Path, name: str, process: int, host: str = "") -> Path:
    path = folder / f".{name}.{process}-{host or io._host()}-abcdef12.tmp"
    make(path, {"new/a": b"half"})
    return path


def test_only_what_dead_processes_left_is_removed(tmp_path: Path) -> None:
    dead = left_over(tmp_path, "x", DEAD)
    running = left_over(tmp_path, "x", os.getpid())
    elsewhere = left_over(tmp_path, "x", DEAD, "0" * 8)
    foreign = tmp_path / ".x.tmp"
    foreign.mkdir()
    clear_leftovers(tmp_path)
    assert {*tmp_path.iterdir()} == {running, elsewhere, foreign}
    assert not dead.exists()
    for path in (elsewhere, elsewhere / "new"):
        os.utime(path, (0, 0))
    clear_leftovers(tmp_path)
    assert {*tmp_path.iterdir()} == {running, foreign}


def test_on_windows_no_process_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_over(tmp_path, "x", os.getpid())
    monkeypatch.setattr(io.os, "name", "nt")
    monkeypatch.delattr(io.os, "kill")
    clear_leftovers(tmp_path)
    assert left.exists()


def test_a_folder_with_leftovers_counts_as_empty(tmp_path: Path) -> None:
    left_over(tmp_path, "run.json", DEAD)
    assert is_empty_directory(tmp_path)
    assert [*tmp_path.iterdir()] == []
    left_over(tmp_path, "run.json", os.getpid())
    assert is_empty_directory(tmp_path)
    (tmp_path / ".other").touch()
    assert not is_empty_directory(tmp_path)
    assert not is_empty_directory(tmp_path / ".other")


def test_a_half_removed_old_output_is_never_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = fresh(tmp_path / "folder", OLD)
    monkeypatch.setattr(os, "getpid", lambda: DEAD)
    monkeypatch.setattr(io.shutil, "rmtree", lambda *a, **k: interrupt())
    with pytest.raises(KeyboardInterrupt):
        write_directory(out)
    monkeypatch.undo()
    assert files_below(out) == NEW
    for file in out.iterdir():
        file.unlink()
    out.rmdir()
    clear_leftovers(out.parent)
    assert [*out.parent.iterdir()] == []


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path, content in (("file/x", "a"), ("folder", "a"), ("x" * 300, "a"), ("x", "\ud800")):
        with pytest.raises(EventbenchError, match=r": cannot be written: .+"):
            write_whole(tmp_path / path, content)
    assert {p.name for p in tmp_path.iterdir()} == {"file", "folder"}


def test_the_mode_of_a_file_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "x", "a")
        write_directory(tmp_path / "y")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "y").stat().st_mode & 0o777 == 0o750


def test_another_machine_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    here = io._host()
    monkeypatch.setattr(platform, "node", lambda: "elsewhere")
    assert io._host() != here
    assert not io.is_unfinished(f".x.1-{here}-abcdef12.tmp")
