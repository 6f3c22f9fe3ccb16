"""Logs at URLs: what came is kept, and each way of failing has a sentence of its own."""

from __future__ import annotations

import base64
import bz2
import contextlib
import gzip
import http.server
import io
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

import metalog
from metalog import MissingExtraError, SourceError
from metalog.sources import expand, open_source, remote, web
from tests.loggen import Shape, text
from tests.test_sources import Failing
from tests.test_sources_archives import LOGS, tar_of
from tests.test_sources_zips import zip_of

LOG = b"Epoch 1\n" * 100_000
Handler = http.server.BaseHTTPRequestHandler


@contextlib.contextmanager
def served(answer: Callable[[Handler], None]) -> Iterator[str]:
    """Serve whatever `answer` sends; yield the address."""

    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: Handler, code: int = 200, content: bytes = b"", **headers: str) -> None:
    handler.send_response(code)
    for name, value in {"Content_Length": str(len(content)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)


def test_a_web_address_is_read() -> None:
    with served(lambda handler: send(handler, content=LOG)) as address:
        with open_source(f"{address}/run.txt") as stream:
            assert (stream.read(), stream.failure, stream.name) == (LOG, None, f"{address}/run.txt")
        with open_source(f"{address}/run 1 äö.txt") as stream:
            assert stream.read() == LOG
    packed = gzip.compress(LOG)
    with served(lambda handler: send(handler, content=packed)) as address, open_source(f"{address}/run") as stream:
        assert stream.read() == LOG


def test_a_login_in_the_address_is_sent_and_not_shown() -> None:
    expected = "Basic " + base64.b64encode(b"me:secret").decode()

    def answer(handler: Handler) -> None:
        send(handler, 200 if handler.headers.get("Authorization") == expected else 401, content=b"Epoch 1\n")

    with served(answer) as address:
        with open_source(address.replace("http://", "http://me:secret@")) as stream:
            assert (stream.read(), stream.name) == (b"Epoch 1\n", address)
        with pytest.raises(SourceError, match="the server wants a login") as failure:
            open_source(address.replace("http://", "http://me:wrong@"))
        assert "wrong" not in str(failure.value)


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (401, r"wants a login; .* \(401 Unauthorized\)"),
        (403, "forbids it"),
        (404, "nothing found there; check the address"),
        (410, "nothing found there any more"),
        (418, r"refuses it \(418"),
        (500, r"the server failed; try again later \(500 Internal Server Error\)"),
        (503, r"the server failed; try again later \(503"),
    ],
)
def test_what_a_server_answers_is_told_apart(code: int, meaning: str) -> None:
    with served(lambda handler: send(handler, code)) as address, pytest.raises(SourceError, match=meaning):
        open_source(f"{address}/run.txt")


def test_addresses_that_send_on_in_a_circle_are_told() -> None:
    with (
        served(lambda handler: send(handler, 302, Location=handler.path)) as address,
        pytest.raises(SourceError, match="sends on in a circle"),
    ):
        open_source(f"{address}/run.txt")


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(SourceError, match="the connection was refused; check the address and its port"):
        open_source(f"http://127.0.0.1:{port}/run.txt")


def test_a_silent_server_does_not_block_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(SourceError, match=r"no answer within 0\.2 seconds"):
            open_source(f"http://127.0.0.1:{port}/run.txt")


def test_what_is_no_web_server_is_told() -> None:
    def answer(handler: Handler) -> None:
        handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")

    with served(answer) as address, pytest.raises(SourceError, match="can't be opened: "):
        open_source(f"{address}/run.txt")


def test_a_transfer_that_falls_silent_keeps_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.2)
    done = threading.Event()

    def answer(handler: Handler) -> None:
        send(handler, content=LOG[:80_000], Content_Length=str(len(LOG)))
        handler.wfile.flush()
        done.wait(10)

    with served(answer) as address, open_source(f"{address}/run.txt") as stream:
        assert stream.read() == LOG[:80_000]
        assert stream.failure == "reading it failed: nothing came for 0.2 seconds"
        done.set()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_transfer_that_was_cut_keeps_what_came(chunked: bool) -> None:
    def answer(handler: Handler) -> None:
        handler.close_connection = True
        if chunked:
            handler.protocol_version = "HTTP/1.1"
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.write(b"%x\r\n%b\r\n%x\r\n" % (80_000, LOG[:80_000], 500))
        else:
            send(handler, content=LOG[:80_000], Content_Length=str(len(LOG)))

    with served(answer) as address, open_source(f"{address}/run.txt") as stream:
        assert stream.read() == LOG[:80_000]
        assert stream.failure == "reading it failed: the connection was closed before the end"


@pytest.mark.parametrize(
    "packed", [zip_of(LOGS), tar_of(LOGS), gzip.compress(tar_of(LOGS)), bz2.compress(tar_of(LOGS))]
)
def test_an_archive_on_the_web_is_told_by_its_first_bytes(packed: bytes) -> None:
    asked: list[str] = []

    def answer(handler: Handler) -> None:
        asked.append(handler.path)
        send(handler, content=packed)

    with served(answer) as address:
        runs = metalog.read_many(f"{address}/download?id=7")
        assert asked == ["/download?id=7"]  # once
    assert (len(runs), runs.failures) == (len(LOGS), {})
    for name, log in LOGS.items():
        assert runs[name.split("/")[1]].steps.equals(metalog.read(io.BytesIO(log)).steps)


@pytest.mark.parametrize("whole", [zip_of(LOGS), tar_of(LOGS)])
def test_an_archive_whose_transfer_was_cut_is_told(whole: bytes) -> None:
    def answer(handler: Handler) -> None:
        handler.close_connection = True
        send(handler, content=whole[: len(whole) // 2], Content_Length=str(len(whole)))

    with served(answer) as address:
        runs = metalog.read_many(f"{address}/runs")
    told = [str(error) for error in runs.failures.values()]
    told += [message for run in runs.values() for message in run.diagnostics["message"]]
    assert any("the connection was closed before the end" in message for message in told)
    assert len(runs) == (0 if whole.startswith(b"PK") else 3)


# Other kinds of URLs


def test_a_url_is_read_through_fsspec(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe("/logs/run.txt.gz", gzip.compress(b"Epoch 1\n" * 99))
    with open_source("memory://logs/run.txt.gz") as stream:
        assert stream.read() == b"Epoch 1\n" * 99
    (tmp_path / "run.txt").write_bytes(b"Epoch 1\n")
    with open_source((tmp_path / "run.txt").as_uri()) as stream:
        assert stream.read() == b"Epoch 1\n"
    with pytest.raises(SourceError, match=r"/gone\.txt: nothing found there; check the address"):
        open_source("memory://logs/gone.txt")


def test_an_unknown_kind_of_url_is_an_error_of_one_sentence() -> None:
    with pytest.raises(SourceError, match=r"^nosuch://x/run\.txt can't be opened: Protocol not known: nosuch$"):
        open_source("nosuch://x/run.txt")


def test_without_fsspec_a_url_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(
        MissingExtraError, match=r"reading a URL of this kind needs fsspec: pip install 'metalog-toolkit\[s3\]'"
    ):
        open_source("s3://logs/run.txt")


class Strange(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """A file system whose calls do what a test wants."""

    protocol = "strange"
    cachable = False

    def isdir(self, path: str) -> bool:
        if "silent" in path:
            threading.Event().wait(5)
        return False

    def _open(self, path: str, *_: Any, **__: Any) -> Any:
        return Broken(LOG[:24], slow="slow" in path)


class Broken(Failing):
    def __init__(self, data: bytes, slow: bool) -> None:
        super().__init__(data)
        self._slow = slow

    def readinto(self, buffer: bytearray) -> int:
        if not self._data:
            if self._slow:
                threading.Event().wait(5)
            raise RuntimeError("peer went away")
        return super().readinto(buffer)


@pytest.fixture
def strange(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.register_implementation("strange", Strange, clobber=True)
    monkeypatch.setattr(remote, "TIMEOUT", 0.2)


def test_a_connection_that_breaks_keeps_what_came_before(strange: None) -> None:
    with open_source("strange://logs/run.txt") as stream:
        assert stream.read() == LOG[:24]
        assert stream.failure == "reading it failed: peer went away"


def test_one_that_falls_silent_keeps_what_came_before(strange: None) -> None:
    with open_source("strange://logs/slow.txt") as stream:
        assert stream.read() == LOG[:24]
        assert stream.failure == "reading it failed: nothing came for 0.2 seconds"


def test_one_that_says_nothing_does_not_block_for_ever(strange: None) -> None:
    started = time.perf_counter()
    message = r"strange://me@host/silent\.txt can't be opened: no answer within 0\.2 seconds; try again later"
    with pytest.raises(SourceError, match=message):
        open_source("strange://me:secret@host/silent.txt")
    assert time.perf_counter() - started < 4


@pytest.fixture
def memory() -> Iterator[Any]:
    system = fsspec.filesystem("memory")
    for number in (1, 2, 10):
        system.pipe(f"/pile/run-{number}/run.txt", log(number))
    system.pipe("/pile/run-1/model.pt", b"1")
    system.pipe("/pile/.hidden/run.txt", b"1")
    yield system
    system.rm("/pile", recursive=True)


def log(seed: int) -> bytes:
    return text(Shape(meta_steps=1, problems=1), seed).encode()


@pytest.mark.parametrize(
    "url", ["memory://pile", "memory://pile/", "memory://pile/*/run.txt", "memory://pile/**/*.txt"]
)
def test_a_folder_and_a_glob_are_read_through_fsspec(memory: Any, url: str) -> None:
    runs = metalog.read_many(url)
    assert (list(runs), runs.failures) == (["run-1", "run-2", "run-10"], {})
    assert runs["run-10"].steps.equals(metalog.read(io.BytesIO(log(10))).steps)
    assert next(source.name for source in expand([url])) == "memory://pile/run-1/run.txt"


def test_archives_are_read_through_fsspec(memory: Any) -> None:
    for name, packed in (("tar", gzip.compress(tar_of(LOGS))), ("zip", zip_of(LOGS))):
        memory.pipe(f"/pile/{name}", packed)
        assert len(metalog.read_many(f"memory://pile/{name}")) == len(LOGS)


def test_a_folder_without_logs_is_told(memory: Any) -> None:
    memory.pipe("/pile/other/model.pt", b"1")
    for url, message in [("memory://pile/other", "no log in this folder"), ("memory://pile/*.log", "no log matches")]:
        with pytest.raises(SourceError, match=message):
            open_source(url)


def test_a_kind_whose_package_is_missing_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingExtraError, match=r"reading s3:// URLs needs .*: pip install 'metalog-toolkit\[s3\]'"):
        open_source("s3://logs/run.txt")
