"""The embedded server's life: started once, shared, found again, stopped by the last; and who may read what."""

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from catalog.errors import StoreError
from catalog.store.embedded import Embedded, embedded

USER = """
import sys, time
from pathlib import Path
from catalog.store.embedded import embedded
with embedded(Path(sys.argv[1])) as server:
    server.open_private().put_new(sys.argv[2], b"kept")
    print(server.pid, flush=True)
    sys.stdin.read()
"""


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
        cwd=Path(__file__).parents[3],
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


def test_secrets_are_its_owner_s_only(s3_server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = next(tmp_path_factory.getbasetemp().glob("s3-home*")) / "store"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("s3.json", "security.toml"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
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


def test_inner_ports_take_no_orders(s3_server: Embedded, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = next(tmp_path_factory.getbasetemp().glob("s3-home*")) / "store"
    ports = json.loads((folder / "embedded.json").read_text())["ports"]
    s3_server.open_private().put_new("inner/a.json", b"{}")
    address = f"http://127.0.0.1:{ports['filer']}/buckets/{s3_server.private_bucket}/inner/a.json"
    assert httpx.get(address).status_code == 401
    assert httpx.post(address, files={"file": b"x"}).status_code == 401
    assert httpx.delete(address).status_code == 401
    assert s3_server.open_private().get("inner/a.json").body == b"{}"


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
