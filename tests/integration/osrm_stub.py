"""A server that speaks OSRM's table protocol as documented, and can be told to fail."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from matcher.domain import journeys

KM_PER_HOUR = 30


@dataclass
class OsrmStub:
    """What the server has been asked, and how it is to answer."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    most_coordinates: int = 1000
    most_answers: int | None = None
    """After so many answers it says nothing sensible any more."""
    off_road: set[str] = field(default_factory=set)
    """Coordinates, as ``longitude,latitude``, that no road is near to."""
    unreachable: set[str] = field(default_factory=set)
    data_version: str | None = "2026-11-01"
    status: int = 200
    body: bytes | None = None
    """Said instead of an answer."""
    wait_seconds: float = 0.0

    def answer(self, path: str) -> tuple[int, bytes]:
        time.sleep(self.wait_seconds)
        parts = urlsplit(path)
        service, version, profile, listed = parts.path.strip("/").split("/")
        assert (service, version) == ("table", "v1")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        places = listed.split(";")
        sources = [places[int(n)] for n in query["sources"].split(";")]
        targets = [places[int(n)] for n in query["destinations"].split(";")]
        self.requests.append({"profile": profile, "origins": sources, "targets": targets, **query})
        if self.body is not None:
            return self.status, self.body
        if self.most_answers is not None and len(self.requests) > self.most_answers:
            return 503, b"<html>busy</html>"
        if len(places) > self.most_coordinates:
            return 400, _json(code="TooBig", message="Too many table coordinates")
        if self.off_road & set(places):
            return 400, _json(code="NoSegment", message="Could not find a matching segment")
        version_told = {"data_version": self.data_version} if self.data_version else {}
        return 200, _json(
            code="Ok",
            durations=[[self._seconds(start, end) for end in targets] for start in sources],
            sources=[{"location": [*map(float, each.split(","))], "name": ""} for each in sources],
            destinations=[],
            **version_told,
        )

    def _seconds(self, start: str, end: str) -> float | None:
        if {start, end} & self.unreachable:
            return None
        (a, b), (c, d) = (tuple(map(float, each.split(","))) for each in (start, end))
        return round(float(journeys.kilometres(b, a, d, c)) / KM_PER_HOUR * 3600, 1)


def _json(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@contextmanager
def osrm_stub() -> Iterator[OsrmStub]:
    """Run a stub on a free port."""
    stub = OsrmStub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = stub.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A client that does not wait for the answer is part of the tests."""

    with Server(("127.0.0.1", 0), Handler) as server:
        stub.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
