"""A server on this machine that speaks OpenAI's chat completions and answers by a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Json = dict[str, Any]


class Break(Exception):
    """The server closes the connection without an answer."""


class Stub:
    """An endpoint that answers as ``script`` says: a content, or (status, headers, body)."""

    def __init__(self) -> None:
        self.script: Callable[[Json], Any] = lambda body: '{"events": []}'
        self.bodies: list[Json] = []
        self.headers: list[Any] = []
        self.closing = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/chat/completions"
                stub.bodies.append(body)
                stub.headers.append(self.headers)
                try:
                    answer = stub.script(body)
                except Break:
                    return
                if isinstance(answer, str):
                    answer = completion(answer)
                status, headers, content = answer
                data = (content if isinstance(content, str) else json.dumps(content)).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments: Any) -> None:
                pass  # a client that did not wait

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def forms(self) -> list[str]:
        """The response format of each request."""
        return [form_of(body) for body in self.bodies]

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def form_of(body: Json) -> str:
    form = body.get("response_format", {"type": "none"})
    return form["type"] + ("+" if "schema" in form else "")


def completion(content: str | None, finish: str = "stop", **other: Any) -> tuple[int, Json, Json]:
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    choice = {"index": 0, "message": {"role": "assistant", "content": content}}
    choice["finish_reason"] = finish
    return 200, {}, {"model": "stub-1", "choices": [choice], "usage": usage, **other}


def shown(message: Json) -> list[Json]:
    """The sentences of a user's message."""
    return [json.loads(line) for line in message["content"].split("\n")]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("EVENTBENCH_LLM_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    running = Stub()
    yield running
    running.close()
