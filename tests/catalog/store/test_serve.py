"""The server of public objects, asked by a real client and, where a client would tidy the request, by a socket."""

import socket
from collections.abc import Iterator

import httpx
import pytest
from hosts import hosted

from catalog.errors import StoreError
from catalog.store import Store, open_store

KEY = "datasets/air/data/air_2026.0123456789abcdef.parquet"
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
