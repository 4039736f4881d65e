"""The server of public objects, asked by a real client and, where a client would tidy the request, by a socket."""

import concurrent.futures
import contextlib
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hosts import hosted
from stores import quick_store

from catalog.errors import StoreError
from catalog.store import Changed, Span, Store, open_store
from catalog.store.base import OpenObject, RemoteObject
from catalog.store.file import FileStore
from catalog.store.serve import PIECE_BYTES

KEY = "datasets/air/data/air_2026.0123456789abcdef.parquet"
LARGE = "datasets/air/data/air_large.0123456789abcdef.parquet"
BODY = bytes(range(256)) * 4
TRUST = httpx.create_ssl_context()
"""Nobody asks by https here; a client reads all authorities all the same, unless it is given them."""
PRIVATE = ["evidence/air/00000001.json", "candidates/air/waiting.json", "decisions/air/00000001.json", "probe/x"]


@pytest.fixture
def port(store: Store) -> Iterator[int]:
    store.put_new(KEY, BODY)
    store.put_new("index.html", "<p>民生</p>".encode())
    store.put_new("datasets/air/data/air.csv.gz", b"\x1f\x8b")
    store.put_new("datasets/air/empty.json", b"")
    for key in PRIVATE:
        store.put_new(key, b"private")
    with hosted(store) as address:
        yield int(address.rpartition(":")[2])


@pytest.fixture
def client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=TRUST) as client:
        yield client


def ask(port: int, text: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as one:
        one.sendall(text.encode("latin-1"))
        answer = b""
        while chunk := one.recv(65536):
            answer += chunk
    return answer


def test_get_and_head(client: httpx.Client) -> None:
    got, head = client.get(KEY), client.head(KEY)
    assert (got.status_code, head.status_code) == (200, 200)
    assert got.content == BODY
    assert head.content == b""
    expected = {
        "Content-Type": "application/vnd.apache.parquet",
        "Content-Length": "1024",
        "Cache-Control": "public, max-age=31536000, immutable",
        "Accept-Ranges": "bytes",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag, Accept-Ranges",
    }
    for answer in (got, head):
        assert expected.items() <= {name: answer.headers[name] for name in expected}.items()
    assert got.headers["ETag"] == head.headers["ETag"]


def test_top_level_and_query(client: httpx.Client) -> None:
    answer = client.get("index.html?q=1#top")
    assert answer.text == "<p>民生</p>"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_folder_answers_with_its_page(client: httpx.Client, store: Store) -> None:
    store.put_new("datasets/air/index.html", b"<p>air</p>")
    store.put_new("site/style.css", b"p {}")
    assert client.get("/").text == "<p>民生</p>"
    assert client.get("/datasets/air/").text == "<p>air</p>"
    assert client.get("/site/style.css").headers["Content-Type"] == "text/css; charset=utf-8"
    assert client.get("/datasets/").status_code == 404


def test_csv_gz_is_a_file_not_a_transfer(client: httpx.Client) -> None:
    answer = client.get("datasets/air/data/air.csv.gz")
    assert answer.headers["Content-Type"] == "application/gzip"
    assert "Content-Encoding" not in answer.headers
    assert answer.content == b"\x1f\x8b"


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=1000-", 1000, 1024),
        ("bytes=1000-9999", 1000, 1024),
        ("bytes=-24", 1000, 1024),
        ("bytes=-9999", 0, 1024),
    ],
)
def test_range(client: httpx.Client, asked: str, first: int, end: int) -> None:
    answer = client.get(KEY, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/1024"
    assert answer.headers["Content-Length"] == str(end - first)
    assert answer.content == BODY[first:end]


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_range_beyond_the_end(client: httpx.Client, asked: str) -> None:
    answer = client.get(KEY, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */1024"
    assert answer.content == b""


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=5-4", "bytes=-", "lines=1-2", "bytes=a-b", "nonsense"])
def test_what_is_no_single_range_gives_the_whole(client: httpx.Client, asked: str) -> None:
    answer = client.get(KEY, headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.content == BODY


def test_empty_object(client: httpx.Client) -> None:
    assert client.get("datasets/air/empty.json").content == b""
    assert client.get("datasets/air/empty.json", headers={"Range": "bytes=0-10"}).status_code == 416


def test_validators(client: httpx.Client) -> None:
    etag = client.get(KEY).headers["ETag"]
    for known in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        for method in ("GET", "HEAD"):
            answer = client.request(method, KEY, headers={"If-None-Match": known})
            assert answer.status_code == 304
            assert answer.content == b""
            assert answer.headers["ETag"] == etag
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(KEY, headers={"If-None-Match": '"x"'}).status_code == 200
    asked = {"Range": "bytes=0-3"}
    assert client.get(KEY, headers=asked | {"If-Range": etag}).status_code == 206
    assert client.get(KEY, headers=asked | {"If-Range": '"x"'}).content == BODY


def test_preflight(client: httpx.Client) -> None:
    answer = client.options(KEY, headers={"Origin": "https://x.org", "Access-Control-Request-Method": "GET"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "Range" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("key", ["/datasets", "/datasets/", "/datasets/air", "/datasets/air/", "/nothing", *PRIVATE])
def test_what_is_no_public_object_is_not_found(client: httpx.Client, key: str) -> None:
    for method in ("GET", "HEAD"):
        answer = client.request(method, key)
        assert answer.status_code == 404
        assert b"private" not in answer.content


@pytest.mark.parametrize(
    "target",
    [
        "/datasets/../evidence/air/00000001.json",
        "/datasets/%2e%2e/evidence/air/00000001.json",
        "/datasets%2f..%2fevidence%2fair%2f00000001.json",
        "/datasets/%252e%252e/evidence/air/00000001.json",
        "/datasets\\..\\evidence\\air\\00000001.json",
        "/datasets/..%5cevidence",
        "//evidence/air/00000001.json",
        "/./evidence/air/00000001.json",
        "/evidence%2fair%2f00000001.json",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/.minsheng/tmp",
        "/datasets/air/%00",
        "/datasets/%ff",
        "evidence/air/00000001.json",
        "*",
    ],
)
def test_no_way_around(port: int, target: str) -> None:
    answer = ask(port, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"private" not in answer


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "FETCH"])
def test_other_methods(port: int, store: Store, method: str) -> None:
    inner = "GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = ask(port, f"{method} /{KEY} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(inner)}\r\n\r\n{inner}")
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nallow: GET, HEAD, OPTIONS\r\n" in answer
    assert answer.count(b"HTTP/1.1") == 1  # the body was not taken for a request
    assert store.get(KEY).body == BODY


def test_a_body_of_a_get_is_not_taken_for_a_request(port: int) -> None:
    inner = "GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = ask(port, f"GET /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: {len(inner)}\r\n\r\n{inner}")
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_connections_are_kept(port: int) -> None:
    two = "HEAD /index.html HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = ask(port, two)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert answer.count(b"HTTP/1.1 404") == 1


def test_a_store_that_does_not_answer_is_503_without_its_address(
    client: httpx.Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise StoreError("s3://inner-name is down")

    monkeypatch.setattr(store, "open", down)
    answer = client.get(KEY)
    assert answer.status_code == 503
    assert "inner-name" not in answer.text


def test_our_own_reader_reads_it(port: int) -> None:
    store = open_store(f"http://127.0.0.1:{port}")
    assert store.get(KEY).body == BODY
    assert store.get(KEY, (5, 9)).body == BODY[5:9]
    assert store.get(KEY, (2000, 3000)).body == b""
    head = store.head(KEY)
    assert head is not None
    assert head.size == 1024
    assert store.head("nothing") is None


@pytest.fixture
def large(store: Store, client: httpx.Client) -> bytes:
    """An object of many pieces, which is there."""
    body = random.Random(7).randbytes(20 * PIECE_BYTES + 17)
    store.put_new(LARGE, body)
    return body


@pytest.mark.parametrize(
    ("first", "end"),
    [
        (0, PIECE_BYTES),
        (0, PIECE_BYTES + 1),
        (PIECE_BYTES - 1, 2 * PIECE_BYTES + 1),
        (5 * PIECE_BYTES, 20 * PIECE_BYTES),
        (17, 20 * PIECE_BYTES + 17),
    ],
)
def test_a_large_object_comes_in_pieces_that_are_all_of_it(
    client: httpx.Client, large: bytes, first: int, end: int
) -> None:
    whole, part = client.get(LARGE), client.get(LARGE, headers={"Range": f"bytes={first}-{end - 1}"})
    assert (whole.status_code, part.status_code) == (200, 206)
    assert (whole.content, part.content) == (large, large[first:end])
    assert part.headers["Content-Range"] == f"bytes {first}-{end - 1}/{len(large)}"
    assert (whole.headers["Content-Length"], part.headers["Content-Length"]) == (str(len(large)), str(end - first))
    assert whole.headers["ETag"] == part.headers["ETag"] == client.head(LARGE).headers["ETag"]
    assert client.head(LARGE).headers["Content-Length"] == str(len(large))


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=0-" + "9" * 5000, 206),
        ("bytes=" + "0" * 5000 + "-" + "0" * 5000 + "1023", 206),
        ("bytes=-" + "9" * 5000, 206),
        ("Bytes=0-1023", 206),
        ("bytes=" + "9" * 5000 + "-", 416),
        ("bytes=" + "9" * 5000 + "-5", 200),
        ("bytes=-" + "0" * 5000, 416),
        ("bytes=0-0," * 1000 + "1-1", 200),
        ("bytes=", 200),
        ("bytes 0-1", 200),
        ("bytes=0-1;q=1", 200),
        ("bytes=٠-١".encode(), 200),
    ],
    ids=range(12),
)
def test_ranges_of_any_form_give_the_whole_or_what_they_ask_for(
    client: httpx.Client, asked: str | bytes, status: int
) -> None:
    answer = client.get(KEY, headers=[(b"Range", asked if isinstance(asked, bytes) else asked.encode())])
    assert answer.status_code == status
    assert answer.content == (b"" if status == 416 else BODY)


def test_a_range_is_given_only_if_the_state_is_surely_the_same(client: httpx.Client) -> None:
    etag = client.get(KEY).headers["ETag"]
    for condition in (f"W/{etag}", etag.strip('"'), "Sat, 28 Nov 2026 00:00:00 GMT", '""', f"{etag}, {etag}"):
        answer = client.get(KEY, headers={"Range": "bytes=0-3", "If-Range": condition})
        assert (answer.status_code, answer.content) == (200, BODY)


def test_all_lines_of_a_validator_are_read(port: int, client: httpx.Client) -> None:
    etag = client.get(KEY).headers["ETag"]
    both = f'If-None-Match: "x"\r\nIf-None-Match: {etag}\r\n'
    answer = ask(port, f"GET /{KEY} HTTP/1.1\r\nHost: x\r\n{both}Connection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 304 ")


@pytest.mark.parametrize(
    "target",
    [f"/{'a' * 300}", f"/datasets/{'a' * 5000}", f"/datasets/{'a/' * 4000}", f"/site/{'%61' * 3000}", f"/{'%2e' * 99}"],
    ids=range(5),
)
def test_a_name_of_any_length_is_not_found(port: int, caplog: pytest.LogCaptureFixture, target: str) -> None:
    for method in ("GET", "HEAD"):
        answer = ask(port, f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 404 ")
    assert caplog.text == ""


def test_what_is_no_request_is_refused(port: int) -> None:
    long = ("GET /" + "a" * 20_000, "GET / HTTP/1.1\r\n" + "X-A: b\r\n" * 3000)
    for text in (*long, "\x16\x03\x01\x02" * 9, "GET\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
        assert ask(port, text).startswith(b"HTTP/1.1 400 ")


def test_a_request_without_end_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as one:
        one.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):
            one.sendall(b"X-A: b\r\n" * 10_000_000)


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "link out", "circle"])
def test_what_is_no_file_is_not_found_and_nobody_waits_for_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder, outside = tmp_path / "public" / "datasets", tmp_path / "evidence.json"
    folder.mkdir(parents=True)
    outside.write_bytes(b"private")
    path = folder / "odd.json"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(folder)  # the name of a socket is short
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    else:
        path.symlink_to({"device": Path("/dev/zero"), "link out": outside, "circle": path}[kind])
    (folder / "fine.json").write_bytes(b"{}")
    with hosted(quick_store(tmp_path / "public")) as address, httpx.Client(base_url=address, verify=TRUST) as client:
        with concurrent.futures.ThreadPoolExecutor(60) as pool:  # more than there are threads to wait in
            answers = list(pool.map(lambda _: client.get("datasets/odd.json", timeout=60), range(60)))
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.content for answer in answers} == {b"not found\n"}
        assert client.get("datasets/fine.json").content == b"{}"
    assert "odd.json" in caplog.text  # the steward is told


def test_a_folder_that_is_a_link_out_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "record.json").write_bytes(b"private")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "datasets").symlink_to(tmp_path / "private")
    with hosted(quick_store(tmp_path / "public")) as address:
        answer = httpx.get(f"{address}/datasets/record.json", trust_env=False)
    assert (answer.status_code, answer.content) == (404, b"not found\n")


def test_a_state_is_sent_whole_whatever_replaces_it_meanwhile(client: httpx.Client, store: Store) -> None:
    """Where the store keeps no state that was replaced, what was begun ends early: it is never a mix."""
    old, new = b"o" * 32_000_000, b"n" * 31_000_000
    etag = store.put_if("catalog.duckdb", old, None)
    with client.stream("GET", "catalog.duckdb") as answer:
        assert answer.headers["ETag"] == f'"{etag}"'
        chunks = answer.iter_raw(65536)
        parts = [next(chunks)]
        fresh = store.put_if("catalog.duckdb", new, etag)
        cut = contextlib.nullcontext() if isinstance(store, FileStore) else pytest.raises(httpx.RemoteProtocolError)
        with cut:
            parts.extend(chunks)
    got = b"".join(parts)
    assert got == old[: len(got)]
    assert len(got) == len(old) or not isinstance(store, FileStore)
    again = client.get("catalog.duckdb")
    assert (again.headers["ETag"], again.content) == (f'"{fresh}"', new)


def test_readers_and_a_writer_at_once(client: httpx.Client, store: Store) -> None:
    """What is sent is always one of the states, and the one that its ETag names."""
    bodies = [bytes([65 + n]) * (3 * PIECE_BYTES + n) for n in range(20)]
    states = {store.put_if("catalog.json", bodies[0], None): bodies[0]}
    ended = threading.Event()

    def read() -> list[tuple[str, bytes]]:
        got, last = [], False
        with httpx.Client(base_url=client.base_url, verify=TRUST) as own:
            while not last:
                last = ended.is_set()  # one more is asked for when nobody writes any more: it must come whole
                with contextlib.nullcontext() if last else contextlib.suppress(httpx.RemoteProtocolError):  # as above
                    answer = own.get("catalog.json")
                    got.append((answer.headers.get("ETag", "").strip('"'), answer.content))
        return got

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(read) for _ in range(4)]
        for body in bodies[1:]:
            states[store.put_if("catalog.json", body, list(states)[-1])] = body
        ended.set()
        heard = [each.result() for each in reading]
    got = [one for each in heard for one in each]
    busy = [one for one in got if one[1] == b"the store does not answer\n"]
    assert not (busy and isinstance(store, FileStore))
    assert all(states[etag] == body for etag, body in got if (etag, body) not in busy)
    assert {each[-1][1] for each in heard} == {bodies[-1]}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_state_that_does_not_stay_is_asked_for_again_and_then_given_up(store: Store, method: str) -> None:
    class Restless(RemoteObject):
        def read(self, span: Span) -> bytes:
            spans.append(span)
            raise Changed("again")

    class Still:
        url, head = store.url, store.head

        def open(self, key: str) -> OpenObject:
            return Restless(store, key)

    spans: list[Span] = []
    store.put_new(KEY, BODY)
    with hosted(Still()) as address:
        answer = httpx.request(method, f"{address}/{KEY}", trust_env=False)
    assert (answer.status_code, len(spans)) == ((503, 3) if method == "GET" else (200, 0))


def test_a_store_that_ends_in_the_midst_cuts_the_answer_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = quick_store(tmp_path)
    store.put_new(LARGE, bytes(40 * PIECE_BYTES))
    sound = store.open

    class Failing:
        """The first pieces are there, and no more."""

        def __init__(self, opened: OpenObject) -> None:
            self.size, self.etag, self.close = opened.size, opened.etag, opened.close
            self.sound = opened

        def read(self, span: Span) -> bytes:
            if span[0] >= 30 * PIECE_BYTES:
                raise StoreError("s3://inner-name is down")
            return self.sound.read(span) if span[0] else b"x" * (span[1] - span[0])

    store.open = lambda key: Failing(sound(key))  # type: ignore[method-assign,assignment]
    with hosted(store) as address:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
            httpx.get(f"{address}/{LARGE}", trust_env=False)
        assert httpx.get(f"{address}/{LARGE}", headers={"Range": "bytes=9-99"}, trust_env=False).status_code == 206
    assert [record.getMessage() for record in caplog.records if record.name == "catalog.store.serve"] == [
        "s3://inner-name is down"
    ]


def test_every_reply_lets_pages_of_any_origin_read_it(client: httpx.Client) -> None:
    replies = [
        client.get(KEY), client.get("nothing"), client.post(KEY), client.options(KEY), client.head("nothing"),
        client.get(KEY, headers={"Range": "bytes=9999-"}), client.get(KEY, headers={"If-None-Match": "*"}),
    ]  # fmt: skip
    assert [reply.status_code for reply in replies] == [200, 404, 405, 204, 404, 416, 304]
    for reply in replies:
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Server"] == "minsheng"
        assert "Date" in reply.headers


def test_files_are_closed_when_readers_go_away(tmp_path: Path) -> None:
    store = quick_store(tmp_path)
    store.put_new(LARGE, bytes(64_000_000))
    with hosted(store) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        for _ in range(30):
            with socket.create_connection((host, int(port)), timeout=10) as one:
                one.sendall(f"GET /{LARGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                assert one.recv(100)
        until = time.monotonic() + 30
        while open_files(tmp_path) and time.monotonic() < until:
            time.sleep(0.05)
        assert open_files(tmp_path) == []
        with socket.create_connection((host, int(port)), timeout=10) as one:
            one.sendall(f"GET /{LARGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert one.recv(100)
            assert len(open_files(tmp_path)) == 1  # so that the look above sees something


def open_files(folder: Path) -> list[str]:
    """Which files of a folder this process has open."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(str(link.readlink()))
    return [name for name in found if name.startswith(str(folder))]
