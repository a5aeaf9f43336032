"""A Hub on the loopback interface with one repository in memory, for tests.

It speaks what `huggingface_hub` asks when it looks at a repository and commits to it:
revision, tree, resolve, validate-yaml, preupload, LFS batch and upload, commit. Faults can
be put before any answer.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]


@dataclass
class Fault:
    """What happens to the next requests whose "METHOD /path" matches.

    Attributes:
        request: a regular expression, searched for.
        status: to answer with instead; None for none.
        headers: of that answer.
        body: of that answer.
        cut: "before" closes the connection with half of the request read, "after" once the
            request has had its effect but before the answer, "within" in mid-answer.
        times: how many requests it happens to.
    """

    request: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    cut: str = ""
    times: int = 1


@dataclass
class Commit:
    """A commit of the repository: what it says and all files after it."""

    oid: str
    title: str
    files: Files
    large: frozenset[str]


class Hub:
    """The repository, what was asked of it, and the faults that wait."""

    def __init__(self, repo_id: str, repo_type: str, files: Files) -> None:
        self.repo_id = repo_id
        self.repo_type = repo_type
        self.token = "hf_recognisable0123456789secret"
        self.large_suffixes: tuple[str, ...] = ()
        self.ignored: set[str] = set()
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.uploads: dict[str, bytes] = {}
        self.endpoint = ""
        self.commits: list[Commit] = []
        self.add("initial commit", files)

    @property
    def web(self) -> str:
        """Where the repository is on the web site, and its files are."""
        return f"datasets/{self.repo_id}" if self.repo_type == "dataset" else self.repo_id

    @property
    def head(self) -> Commit:
        return self.commits[-1]

    def add(self, title: str, files: Files, large: frozenset[str] = frozenset()) -> Commit:
        """A commit with these files and no other."""
        oid = hashlib.sha1(f"{len(self.commits)} {title}".encode()).hexdigest()
        self.commits.append(Commit(oid, title, dict(files), large))
        return self.head

    def asked(self, pattern: str) -> int:
        """How many requests matched."""
        return sum(bool(re.search(pattern, request)) for request in self.requests)

    def fault_for(self, request: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.search(fault.request, request):
                fault.times -= 1
                return fault
        return None


@contextmanager
def serving(repo_id: str, repo_type: str, files: Files) -> Iterator[Hub]:
    """A running server; its address is ``hub.endpoint``."""
    hub = Hub(repo_id, repo_type, files)

    class Handler(_Handler):
        pass

    Handler.hub = hub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece: in two it would wait for the other side, each time

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PUT = do_GET

    def _handle(self) -> None:
        request = f"{self.command} {unquote(urlsplit(self.path).path)}"
        self.hub.requests.append(request)
        fault = self.hub.fault_for(request)
        length = int(self.headers.get("Content-Length") or 0)
        if fault and fault.cut == "before":
            self.rfile.read(length // 2)
            self._hang_up()
            return
        body = self._chunked() if self.headers.get("Transfer-Encoding") else self.rfile.read(length)
        if fault and fault.status is not None:
            self._answer(fault.status, fault.body.encode(), fault.headers)
            return
        status, answer = self._route(request, body)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        if fault and fault.cut == "after":
            self._hang_up()
        elif fault and fault.cut == "within":
            self.send_response(status)
            self.send_header("Content-Length", str(len(content) + 100))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self._hang_up()
        else:
            self._answer(status, content, {})

    def _chunked(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _route(self, request: str, body: bytes) -> tuple[int, Any]:
        hub = self.hub
        if request.startswith("PUT /upload/"):
            hub.uploads[request.removeprefix("PUT /upload/")] = body
            return 200, {}
        if self.headers.get("Authorization") != f"Bearer {hub.token}":
            return 401, {"error": "Invalid username or password."}
        if request == "POST /api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        api = f"/api/{hub.repo_type}s/{hub.repo_id}"
        web = f"/{hub.web}"
        if request == f"GET {api}":
            return 200, {"id": hub.repo_id, "sha": hub.head.oid}
        if request.startswith(f"GET {api}/tree/"):
            commit = self._commit(request.rpartition("/")[2])
            return (200, _tree(commit)) if commit else (404, {"error": "no revision"})
        if found := re.fullmatch(rf"GET {re.escape(web)}/resolve/(\w+)/(.+)", request):
            commit = self._commit(found[1])
            if commit is None or found[2] not in commit.files:
                return 404, {"error": "Entry not found"}
            return 200, commit.files[found[2]]
        if request == f"POST {api}/preupload/main":
            return 200, {"files": [self._mode(file["path"]) for file in json.loads(body)["files"]]}
        if request == f"POST {web}.git/info/lfs/objects/batch":
            return 200, {"transfer": "basic", "objects": [*map(self._upload, _objects(body))]}
        if request == f"POST {api}/commit/main":
            return self._make([json.loads(line) for line in body.splitlines()])
        return 404, {"error": "Repository not found"}

    def _commit(self, revision: str) -> Commit | None:
        return next((c for c in self.hub.commits if c.oid == revision), None)

    def _mode(self, path: str) -> dict[str, Any]:
        large = path.endswith(self.hub.large_suffixes) if self.hub.large_suffixes else False
        mode = "lfs" if large else "regular"
        return {"path": path, "uploadMode": mode, "shouldIgnore": path in self.hub.ignored}

    def _upload(self, wanted: dict[str, Any]) -> dict[str, Any]:
        href = f"{self.hub.endpoint}/upload/{wanted['oid']}"
        return {**wanted, "actions": {"upload": {"href": href}}}

    def _make(self, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        hub = self.hub
        header = lines[0]["value"]
        if header.get("parentCommit", hub.head.oid) != hub.head.oid:
            return 412, {"error": "A commit has happened since. Please refresh and try again."}
        files, large = dict(hub.head.files), set(hub.head.large)
        for line in lines[1:]:
            kind, value = line["key"], line["value"]
            path = value["path"]
            if kind == "deletedFile":
                del files[path]
            elif kind == "lfsFile":
                files[path] = hub.uploads[value["oid"]]
                large.add(path)
            else:
                files[path] = base64.b64decode(value["content"])
        commit = hub.add(header["summary"], files, frozenset(large))
        url = f"{hub.endpoint}/{hub.web}/commit/{commit.oid}"
        return 200, {"commitUrl": url, "commitOid": commit.oid}


def _objects(body: bytes) -> list[dict[str, Any]]:
    objects: list[dict[str, Any]] = json.loads(body)["objects"]
    return objects


def _tree(commit: Commit) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path, content in commit.files.items():
        oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        entry = {"type": "file", "path": path, "size": len(content), "oid": oid}
        if path in commit.large:
            digest = hashlib.sha256(content).hexdigest()
            entry |= {"oid": "0" * 40}
            entry |= {"lfs": {"oid": digest, "size": len(content), "pointerSize": 130}}
        found.append(entry)
    folders = {str(path.rpartition("/")[0]) for path in commit.files if "/" in path}
    found += [{"type": "directory", "path": path, "size": 0, "oid": "0" * 40} for path in folders]
    return found
