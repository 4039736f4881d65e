"""The embedded server's life: started once, shared, found again, stopped by the last; and who may read what."""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import grpc
import httpx
import pytest
from strangers import call, heard_over_grpc, heard_over_http, listeners, only_owner_may_connect, with_certificate

from catalog.errors import StoreError
from catalog.store.embedded import Embedded, embedded
from catalog.store.embedded_files import write_private

USER = """
import sys, time
from pathlib import Path
from catalog.store.embedded import embedded
with embedded(Path(sys.argv[1])) as server:
    server.open_private().put_new(sys.argv[2], b"kept")
    print(server.pid, flush=True)
    sys.stdin.read()
"""


VERSION_BEFORE = """
import json, sys, time
from pathlib import Path
from catalog.store import embedded
def write(folder):
    keys = {"accessKey": "0123456789abcdef0123", "secretKey": "0123456789abcdef0123456789abcdef01234567"}
    identities = [
        {"name": "admin", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List", "Tagging"]},
        {"name": "anonymous", "actions": ["Read:minsheng"]},
    ]
    (folder / "s3.json").write_text(json.dumps({"identities": identities}))
    (folder / "security.toml").write_text('[jwt.signing]\\nkey = "0123456789abcdef"\\nexpires_after_seconds = 60\\n')
embedded.write_secrets = write
embedded._must_be_closed = lambda folder, ports: None
with embedded.embedded(Path(sys.argv[1])) as server:
    server.open_private().put_new("old/a.json", b"private")
    server.open_public().put_new("old/a.json", b"public")
    print(server.pid, flush=True)
    time.sleep(600)
"""
ROOT = Path(__file__).parents[3]
ON_LINUX = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="asks the kernel of Linux")


@pytest.fixture
def store_folder(s3_server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return next(tmp_path_factory.getbasetemp().glob("s3-home*")).resolve() / "store"


def is_up(server: Embedded) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(server.endpoint.split(":")[2])), 1):
        return True
    return False


def start_user(home: Path, key: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(home), key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_its_life(tmp_path: Path) -> None:
    # Two users at once from nothing: one starts it, the other finds it.
    with start_user(tmp_path, "a") as one, start_user(tmp_path, "b") as other:
        assert one.stdout
        assert other.stdout
        pid = int(one.stdout.readline())
        assert int(other.stdout.readline()) == pid
        # One of them ends as it should: the other one still needs the server.
        other.communicate("", timeout=30)
        assert other.returncode == 0
        # The last one is killed, and cannot stop it: the next one finds it.
        os.kill(one.pid, signal.SIGKILL)
        one.communicate()
    with embedded(tmp_path) as server:
        assert server.pid == pid
        assert server.open_private().get("a").body == b"kept"
        with embedded(tmp_path) as again:
            assert again.pid == pid
        assert is_up(server)
    assert not is_up(server)

    # Started again, though another program has taken its port and though it was killed: elsewhere, with what it held.
    with socket.create_server(("127.0.0.1", int(server.endpoint.split(":")[2]))), embedded(tmp_path) as moved:
        assert moved.endpoint != server.endpoint
        assert (moved.access_key, moved.secret_key) == (server.access_key, server.secret_key)
        assert sorted(moved.open_private().list("")) == ["a", "b"]
    assert not is_up(moved)
    ports = json.loads((tmp_path / "store" / "embedded.json").read_text())["ports"]
    assert moved.endpoint == f"http://127.0.0.1:{ports['s3']}"


@pytest.mark.soak
def test_one_that_a_full_disk_spoilt_is_started_anew(tmp_path: Path) -> None:
    with embedded(tmp_path) as server:
        server.open_private().put_new("before.json", b"kept")
        with (tmp_path / "store" / "weed.log").open("a") as log:
            log.write("E1130 filer.go:334 persisting: write filerldb2/06/000003.log: no space left on device\n")
        with embedded(tmp_path) as another:
            assert another.pid != server.pid
            assert another.endpoint == server.endpoint  # whoever holds it goes on
        assert server.open_private().get("before.json").body == b"kept"
        with embedded(tmp_path) as third:
            assert third.pid == another.pid


def test_secrets_are_its_owner_s_only(s3_server: Embedded, store_folder: Path) -> None:
    assert stat.S_IMODE(store_folder.stat().st_mode) == 0o700
    for name in ("s3.json", "security.toml", "inner.crt", "inner.key"):
        assert stat.S_IMODE((store_folder / name).stat().st_mode) == 0o600
    assert s3_server.secret_key not in repr(s3_server)
    command = Path(f"/proc/{s3_server.pid}/cmdline")
    if command.exists():
        assert s3_server.secret_key.encode() not in command.read_bytes()


def test_anonymous_reads_public_objects_only(s3_server: Embedded) -> None:
    s3_server.open_public().put_new("anonymous/a.json", b"{}")
    s3_server.open_private().put_new("anonymous/a.json", b"{}")
    public = f"{s3_server.endpoint}/{s3_server.public_bucket}"
    private = f"{s3_server.endpoint}/{s3_server.private_bucket}"
    assert httpx.get(f"{public}/anonymous/a.json").content == b"{}"
    for address in (
        public,
        f"{public}/",
        f"{public}?list-type=2",
        f"{public}?list-type=2&prefix=anonymous/",
        f"{public}?versions",
        f"{public}?policy",
        s3_server.endpoint,
        private,
        f"{private}/",
        f"{private}?list-type=2",
        f"{private}/anonymous/a.json",
        f"{private}/nothing",
        f"{public}/../{s3_server.private_bucket}/anonymous/a.json",
        f"{public}/%2e%2e/{s3_server.private_bucket}/anonymous/a.json",
    ):
        answer = httpx.get(address)
        assert answer.status_code in {400, 403, 404}, address
        assert b"<Contents>" not in answer.content
        assert answer.content != b"{}"
    for method in ("PUT", "DELETE", "POST"):
        assert httpx.request(method, f"{public}/anonymous/a.json", content=b"x").status_code in {403, 405}
    assert httpx.get(f"{public}/anonymous/a.json").content == b"{}"


@pytest.mark.parametrize(
    "query", ["acl", "cors", "policy", "tagging", "uploads", "versioning", "lifecycle", "location", "attributes"]
)
def test_a_stranger_asks_nothing_of_the_buckets(s3_server: Embedded, query: str) -> None:
    s3_server.open_public().put_new(f"asked/{query}.json", b"{}")
    for bucket in (s3_server.public_bucket, s3_server.private_bucket):
        for method in ("GET", "PUT", "DELETE", "POST"):
            for key in ("", f"/asked/{query}.json"):
                answer = httpx.request(method, f"{s3_server.endpoint}/{bucket}{key}?{query}", trust_env=False)
                read = method == "GET" and key and bucket == s3_server.public_bucket and answer.content == b"{}"
                assert read or answer.status_code in {403, 405}, (method, bucket, key)
    assert s3_server.open_public().get(f"asked/{query}.json").body == b"{}"


@pytest.mark.parametrize("action", ["ListUsers", "CreateUser", "CreateAccessKey", "AssumeRole", "GetCallerIdentity"])
def test_a_stranger_gets_no_account(s3_server: Embedded, action: str) -> None:
    words = {"Action": action, "UserName": "x", "RoleArn": "arn:aws:iam::role/x", "RoleSessionName": "x"}
    assert httpx.post(s3_server.endpoint, data=words, trust_env=False).status_code in {403, 405}
    assert httpx.post(s3_server.endpoint, params=words, trust_env=False).status_code in {403, 405}


@pytest.mark.parametrize(
    "operation", ["CreateTableBucket", "ListTableBuckets", "CreateNamespace", "GetTableBucket", "DeleteTableBucket"]
)
def test_a_stranger_makes_no_table_bucket(s3_server: Embedded, operation: str) -> None:
    arn = f"arn:aws:s3tables:us-east-1:000000000000:bucket/{s3_server.private_bucket}"
    body = {"name": "stranger", "tableBucketARN": arn, "namespace": ["x"]}
    headers = {"X-Amz-Target": f"S3Tables.{operation}"}
    assert httpx.post(s3_server.endpoint, headers=headers, json=body, trust_env=False).status_code == 403


def test_pages_of_any_origin_may_read_ranges(s3_server: Embedded) -> None:
    s3_server.open_public().put_new("cors/a.json", b"0123")
    answer = httpx.get(
        f"{s3_server.endpoint}/{s3_server.public_bucket}/cors/a.json",
        headers={"Origin": "https://example.org", "Range": "bytes=1-2"},
    )
    assert (answer.status_code, answer.content) == (206, b"12")
    assert answer.headers["Access-Control-Allow-Origin"] in {"*", "https://example.org"}
    exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
    assert {"Content-Length", "Content-Range", "ETag", "Accept-Ranges"} <= exposed


@ON_LINUX
def test_every_listener_refuses_a_stranger(
    s3_server: Embedded, store_folder: Path, counted: Callable[[str, int], None]
) -> None:
    # Found in the kernel's tables: what the server opens that nobody here knows of is found, and knocked at, too.
    found = listeners([s3_server.pid])
    private = s3_server.open_private()
    private.put_new("stranger/a.json", b"{}")
    s3_server.open_public().put_new("stranger/a.json", b"{}")
    assert {one.address for one in found if one.kind != "unix"} == {"127.0.0.1"}
    assert {one.kind for one in found} == {"tcp", "unix"}
    shown = (store_folder / "inner.crt").read_bytes()
    inner = [one for one in found if one.kind == "tcp" and not s3_server.endpoint.endswith(f":{one.port}")]
    assert len(inner) == 7
    for one in inner:
        assert heard_over_http(one.port) == [], one
        assert heard_over_grpc(f"127.0.0.1:{one.port}", shown) == [], one
    sockets = [Path(one.address) for one in found if one.kind == "unix"]
    assert len(sockets) == 6
    for path in sockets:
        assert only_owner_may_connect(path), path
        if "-grpc-" in path.name:
            assert heard_over_grpc(f"unix:{path}", shown) == [], path
        else:
            assert path.parent == store_folder
    assert private.get("stranger/a.json").body == b"{}"
    assert s3_server.open_public().get("stranger/a.json").body == b"{}"
    counted("listeners of the embedded store", len(found))


def test_who_shows_the_certificate_is_heard(s3_server: Embedded, store_folder: Path) -> None:
    # So that the refusals above are of the certificate, not of calls that nobody would get through.
    ports = json.loads((store_folder / "embedded.json").read_text())["ports"]
    shown, key = (store_folder / "inner.crt").read_bytes(), (store_folder / "inner.key").read_bytes()
    with with_certificate(f"127.0.0.1:{ports['filer_grpc']}", shown, shown, key) as channel:
        assert call(channel, "/filer_pb.SeaweedFiler/GetFilerConfiguration", b"") == grpc.StatusCode.OK
        assert call(channel, "/filer_pb.SeaweedFiler/ListEntries", b"\x0a\x08/buckets") == grpc.StatusCode.OK
    with with_certificate(f"127.0.0.1:{ports['master_grpc']}", shown, shown, key) as channel:
        assert call(channel, "/master_pb.Seaweed/VolumeList", b"") == grpc.StatusCode.OK


@pytest.mark.parametrize("unguarded", ["grpc.s3", "https.master"])
def test_a_server_that_hears_strangers_is_not_used(
    unguarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(path: Path, text: str) -> None:
        write_private(path, text.replace(f"[{unguarded}]", "[nothing]"))

    monkeypatch.setattr("catalog.store.embedded_files.write_private", written)
    with pytest.raises(StoreError, match="expected the embedded S3 server to refuse strangers"), embedded(tmp_path):
        pass
    assert not (tmp_path / "store" / "weed.pid").exists()


@pytest.mark.soak
def test_a_home_of_the_version_before_goes_on_closed(tmp_path: Path) -> None:
    # Its server was left up by a command that was killed; its files know nothing of certificates.
    process = subprocess.Popen(
        [sys.executable, "-c", VERSION_BEFORE, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout
    old = int(process.stdout.readline())
    process.kill()
    process.communicate()
    folder = tmp_path / "store"
    before = json.loads((folder / "s3.json").read_text())["identities"]
    assert [one["name"] for one in before] == ["admin", "anonymous"]
    folder.chmod(0o755)
    with embedded(tmp_path) as server:
        assert server.pid != old
        assert server.access_key == before[0]["credentials"][0]["accessKey"]
        assert server.open_private().get("old/a.json").body == b"private"
        public = f"{server.endpoint}/{server.public_bucket}"
        assert httpx.get(f"{public}/old/a.json", trust_env=False).content == b"public"
        assert httpx.get(f"{public}?uploads", trust_env=False).status_code == 403
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with embedded(tmp_path) as again:
            assert again.pid == server.pid


def test_what_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "weed"
    broken.write_text("#!/bin/sh\necho no room on the disk\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setattr("catalog.store.embedded._find_weed", lambda: broken)
    with pytest.raises(StoreError, match="no room on the disk"), embedded(tmp_path / "home"):
        pass


def test_a_pid_that_is_another_program_s_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "weed"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o700)
    monkeypatch.setattr("catalog.store.embedded._find_weed", lambda: broken)
    (tmp_path / "store").mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        (tmp_path / "store" / "weed.pid").write_text(str(other.pid))
        with pytest.raises(StoreError), embedded(tmp_path):
            pass
        assert other.poll() is None
        other.communicate(b"\n")
    assert other.returncode == 0
