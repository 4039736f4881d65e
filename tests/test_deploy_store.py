"""The S3 of deploy/: its script starts a real server, and each identity may do what its policy says and no more."""

import os
import random
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from installations import Installation

from catalog.errors import StoreError
from catalog.store.embedded_files import CERTIFICATE
from catalog.store.mutual_tls import refuses_strangers
from catalog.store.s3 import Endpoint, S3Store
from pipelines.cli.processes import BIN, started
from pipelines.settings import ROOT

SCRIPT = ROOT / "deploy" / "s3" / "store.sh"
PUBLIC, PRIVATE = "open-data", "open-data-private"
IDENTITIES = ("writer", "deleting", "reader")
SECONDS = 120
DATA = "datasets/air/data/air_{}.0123456789abcdef.csv.gz"
SHEETS = ("datasets/{}/air.xlsx", "datasets/{}/air.csv", "datasets/{}/excel/air_2026.xlsx")


def secret(identity: str) -> str:
    return f"{identity}-secret-of-this-test"


def free_ports(count: int) -> int:
    """The first of some neighbours that nobody uses; each of the server's parts has another port 10,000 above."""
    while True:
        first = random.randrange(20_000, 30_000)
        try:
            for port in (first + i + more for i in range(count) for more in (0, 10_000)):
                with socket.socket() as tried:
                    tried.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def certificate(folder: Path) -> Path:
    return folder / "s3" / CERTIFICATE


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """The address of a server that the script started."""
    port, log = free_ports(4), folder / "log"
    keys = {f"S3_{name.upper()}_KEY": name for name in IDENTITIES}
    keys |= {f"S3_{name.upper()}_SECRET": secret(name) for name in IDENTITIES}
    ports = {"S3_BIND": "127.0.0.1", "S3_PORT": str(port), "S3_INNER_PORT": str(port + 1)}
    environ = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder), "PYTHONPATH": str(ROOT)} | keys | ports
    with started("store", [str(SCRIPT), str(folder / "s3")], log, environ) as running:
        until = time.monotonic() + SECONDS
        while "both buckets are there" not in (text := log.read_text(errors="replace")):
            assert running.process.poll() is None, text
            assert time.monotonic() < until, text
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    text = log.read_text(errors="replace")
    assert [secret(name) for name in IDENTITIES if secret(name) in text] == []
    assert (folder / "s3" / "identities.json").stat().st_mode & 0o77 == 0


def may(act: Callable[[], object]) -> bool:
    try:
        act()
    except StoreError as error:
        if "403" not in str(error):
            raise
        return False
    return True


def stores(server: str, identity: str, prefix: str = "minsheng") -> tuple[S3Store, S3Store]:
    endpoint = Endpoint(server, identity, secret(identity))
    return S3Store(PUBLIC, prefix, endpoint), S3Store(PRIVATE, prefix, endpoint)


def rights(server: str, identity: str) -> set[str]:
    """What an identity may do. Another one has written data and evidence before."""
    data, evidence, new = DATA.format(identity), f"evidence/blobs/{identity}", f"evidence/{identity}.json"
    for store, key in zip(stores(server, "deleting"), (data, evidence), strict=True):
        store.put_new(key, b"x")
    public, private = stores(server, identity)
    outside, _ = stores(server, identity, "another")
    probe, sheets = f"probe/{identity}", [sheet.format(identity) for sheet in SHEETS]
    tried: dict[str, Callable[[], object]] = {
        "write": lambda: (private.put_new(new, b"x"), public.put_new(sheets[0], b"x"), public.put_new(probe, b"x")),
        "read": lambda: (public.get(data), private.get(evidence)),
        "list": lambda: (list(public.list("datasets/")), list(private.list("evidence/"))),
        "see that nothing is there": lambda: (public.head("none.json"), private.head("none.json")),
        "take its probe away": lambda: public.delete(probe),
        "make spreadsheets anew": lambda: [public.delete(sheet) for sheet in sheets],
        "write elsewhere": lambda: outside.put_new("x.json", b"x"),
        "delete what is published": lambda: public.delete(data),
        "delete evidence": lambda: private.delete(evidence),
    }
    return {what for what, act in tried.items() if may(act)}


READS = {"read", "list", "see that nothing is there"}
WRITES = READS | {"write", "take its probe away", "make spreadsheets anew"}


@pytest.mark.parametrize(
    ("identity", "allowed"),
    [
        ("reader", READS),
        ("writer", WRITES),
        ("deleting", WRITES | {"delete what is published", "delete evidence"}),
    ],
)
def test_each_identity_may_do_what_its_policy_says(server: str, identity: str, allowed: set[str]) -> None:
    assert rights(server, identity) == allowed


def test_everyone_reads_single_objects_of_the_public_bucket_and_nothing_else(server: str) -> None:
    for store in stores(server, "writer"):
        store.put_new("catalog.json", b"{}")
    with httpx.Client(trust_env=False) as everyone:
        assert everyone.get(f"{server}/{PUBLIC}/minsheng/catalog.json").text == "{}"
        refused = [
            everyone.get(f"{server}/{PRIVATE}/minsheng/catalog.json"),
            everyone.get(f"{server}/{PUBLIC}?list-type=2"),
            everyone.get(f"{server}/"),
            everyone.put(f"{server}/{PUBLIC}/minsheng/catalog.json", content=b"mine"),
            everyone.delete(f"{server}/{PUBLIC}/minsheng/catalog.json"),
        ]
        assert [answer.status_code for answer in refused] == [403] * 5
        assert everyone.get(f"{server}/{PUBLIC}/minsheng/catalog.json").text == "{}"


def test_the_ports_of_its_own_parts_refuse_strangers(server: str, certificate: Path) -> None:
    port = int(server.rpartition(":")[2])
    parts = [port + i for i in range(1, 4)] + [port + i + 10_000 for i in range(4)]
    assert {each: refuses_strangers(each, certificate) for each in parts} == dict.fromkeys(parts, True)


def test_without_keys_it_does_not_start_and_says_what_it_wants(tmp_path: Path) -> None:
    environ = {"PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run([SCRIPT, tmp_path / "s3"], env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "expected S3_WRITER_KEY and S3_WRITER_SECRET" in done.stderr


@pytest.mark.soak
def test_nights_need_the_writer_only_and_what_deletes_needs_the_other(server: str, tmp_path: Path) -> None:
    installed = Installation(tmp_path)

    def let(identity: str) -> None:
        installed.more = {
            "MINSHENG_STORE": f"s3://{PUBLIC}/minsheng/nights",
            "MINSHENG_EVIDENCE": f"s3://{PRIVATE}/minsheng/nights",
            "AWS_ENDPOINT_URL": server,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": identity,
            "AWS_SECRET_ACCESS_KEY": secret(identity),
        }

    first, _ = installed.slugs
    let("writer")
    for night in range(3):
        installed.say(night, {f"site{i}": i + night for i in range(5)})
        installed.do("run")
    let("reader")
    installed.verify()
    said = ("withdraw", f"{first}@2", "--by", "Lin", "--reason", "it names persons", "--yes")
    let("writer")
    refused = subprocess.run(
        [BIN / "minsheng", *said], env=installed.environ, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert refused.returncode != 0
    assert re.search(r"could not delete .*: 403 AccessDenied; .*rights", refused.stderr), refused.stderr
    let("deleting")
    installed.do("run", first, code=3)  # finishes it, for the notice is its commit; what follows waits for a steward
    public, _ = stores(server, "reader", "minsheng/nights")
    assert public.head(f"datasets/{first}/notices/1.json")
    let("writer")
    installed.say(3, {f"site{i}": i + 9 for i in range(5)})
    installed.do("run", code=3)
    let("deleting")
    installed.do("gc", "--yes")
    let("reader")
    installed.verify()
