"""Settings: read once; evidence never where everyone can read it."""

import datetime as dt
import os
import re
import secrets
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from proxies import Proxy
from worlds import World, inline

from catalog.errors import DecisionError, SourceError, StoreError
from catalog.store import Absent, open_store
from catalog.store.embedded import Embedded
from catalog.store.file import FileStore
from catalog.store.https import HttpsStore
from pipelines.cli.main import main
from pipelines.fetch.copied import Copied
from pipelines.fetch.live import Live
from pipelines.fetch.replay import Replay
from pipelines.fetch.sources import mark
from pipelines.identity import of_process
from pipelines.keep import VARIABLES as KEEP
from pipelines.settings import (
    POSTGRES,
    ROOT,
    VARIABLES,
    open_context,
    open_public,
    open_stores,
    postgres_address,
    read,
    sources,
)


def environ(**more: str) -> dict[str, str]:
    return {f"MINSHENG_{name}": value for name, value in more.items()}


def test_defaults_are_the_checkout_and_the_agencies():
    found = read({})
    assert (found.home, found.store, found.evidence) == (ROOT / ".minsheng", "embedded", "embedded")
    assert (found.sources, found.datasets, found.sandbox) == ("live", ROOT / "datasets", None)


def test_a_switch_is_on_or_off():
    switched = [read(environ(**more)).schedules for more in ({}, {"SCHEDULES": "on"}, {"SCHEDULES": "off"})]
    assert switched == [False, True, False]
    with pytest.raises(DecisionError, match="MINSHENG_SCHEDULES: expected on or off, found 'yes'"):
        read(environ(SCHEDULES="yes"))


def test_the_language_of_the_command_line():
    assert [read(environ(**more)).language for more in ({}, {"LANGUAGE": "zh-TW"})] == ["en", "zh-TW"]
    with pytest.raises(DecisionError, match="MINSHENG_LANGUAGE: expected zh-TW or en, found 'fr'"):
        read(environ(LANGUAGE="fr"))


def test_evidence_lies_in_the_home_beside_a_public_directory(tmp_path: Path):
    found = read(environ(STORE=f"file:{tmp_path}/public", HOME=str(tmp_path / "home")))
    assert found.evidence == f"file:{tmp_path}/home/evidence"


@pytest.mark.parametrize(
    ("store", "evidence"),
    [
        ("file:/srv/public", "file:/srv/public"),
        ("file:/srv/public", "file:/srv/public/evidence"),
        ("file:/srv/public/", "file:/srv/public/a/../b"),
        ("file:/srv/a/public", "file:/srv/a"),
        ("file:/srv/public", "file:///srv/public/evidence"),
        ("file:here", "file:./here/evidence"),
        ("s3://bucket/public", "s3://bucket/public/evidence"),
        ("s3://bucket", "s3://bucket/evidence"),
        ("s3://bucket/public", "s3://bucket"),
        ("s3://bucket/public/", "s3://bucket/public"),
    ],
)
def test_evidence_under_the_public_store_is_refused(store: str, evidence: str):
    with pytest.raises(DecisionError, match="set MINSHENG_EVIDENCE to a place of its own"):
        read(environ(STORE=store, EVIDENCE=evidence))


def test_a_link_does_not_hide_it(tmp_path: Path):
    (tmp_path / "public").mkdir()
    (tmp_path / "private").symlink_to(tmp_path / "public")
    with pytest.raises(DecisionError, match="everyone could read it"):
        read(environ(STORE=f"file:{tmp_path}/public", EVIDENCE=f"file:{tmp_path}/private/evidence"))


@pytest.mark.parametrize(
    ("store", "evidence"),
    [
        ("file:/srv/public", "file://localhost/srv/public/evidence"),
        ("file:~/public", f"file:{Path('~').expanduser()}/public/evidence"),
    ],
)
def test_another_way_to_write_a_directory_does_not_hide_it(store: str, evidence: str):
    with pytest.raises(DecisionError):
        read(environ(STORE=store, EVIDENCE=evidence))


@pytest.mark.parametrize(
    ("store", "evidence"),
    [
        ("file:/srv/public", "file:/srv/private"),
        ("file:/srv/public", "file:/srv/public-evidence"),
        ("s3://bucket/public", "s3://bucket/private"),
        ("s3://bucket/public", "s3://other/public"),
        ("s3://bucket/public", "file:/srv/private"),
    ],
)
def test_a_place_of_its_own_is_fine(store: str, evidence: str):
    assert read(environ(STORE=store, EVIDENCE=evidence)).evidence == evidence


def test_a_public_bucket_needs_a_private_one_to_be_named():
    with pytest.raises(DecisionError, match="set it to another bucket, as s3://my-private-bucket"):
        read(environ(STORE="s3://bucket"))


def test_secrets_are_what_is_named_so_and_long_enough():
    said = {
        "MOENV_API_KEY": "x" * 8,
        "A_TOKEN": "y" * 8,
        "SHORT_KEY": "1234567",
        "KEYBOARD": "z" * 9,
        "AWS_ACCESS_KEY_ID": "w" * 9,
    }
    found = read(said)
    assert set(found.secrets) == {"MOENV_API_KEY", "A_TOKEN", "AWS_ACCESS_KEY_ID"}
    assert "xxxxxxxx" not in repr(found)


@pytest.mark.parametrize("url", ["ftp://x", "C:/data", "https://user:w0rd@host/x", "s3://", "file:"])
def test_an_address_that_is_no_store_is_refused(tmp_path: Path, url: str):
    with pytest.raises(StoreError) as raised, open_stores(read(environ(STORE=url, EVIDENCE=f"file:{tmp_path}"))):
        pass
    assert "w0rd" not in str(raised.value)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("lives", "no source 'lives'; known: live, sandbox, replay:DIR, evidence:URL"),
        ("replay:", "no source"),
        ("replay:/nowhere", "expected the folder /nowhere/replay"),
        ("sandbox", "expected the sandbox's address in MINSHENG_SANDBOX"),
        ("evidence:", "no source"),
    ],
)
def test_an_unknown_source_is_told_with_those_that_are_known(mode: str, words: str):
    with pytest.raises(SourceError, match=words):
        sources(read({}), mode)


def test_sources_are_of_the_kind_that_was_asked(tmp_path: Path):
    (tmp_path / "replay").mkdir()
    mark(FileStore(tmp_path / "public"), FileStore(tmp_path / "private"), "sandbox")
    said = read(environ(SANDBOX="http://127.0.0.1:9"))
    live, sandbox = sources(said), sources(said, "sandbox")
    assert isinstance(live, Live)
    assert isinstance(sandbox, Live)
    assert (live.kind, live.fetcher.sandbox) == ("live", None)
    assert (sandbox.kind, sandbox.fetcher.sandbox) == ("sandbox", "http://127.0.0.1:9")
    assert sandbox.fetcher.limits.backoff_seconds < live.fetcher.limits.backoff_seconds  # a pause spares nobody
    assert isinstance(sources(said, f"replay:{tmp_path}"), Replay)
    copied = sources(said, f"evidence:file:{tmp_path}/private")
    assert isinstance(copied, Copied)
    assert copied.kind == "sandbox"
    with pytest.raises(StoreError, match="holds no evidence of Minsheng"):
        sources(said, f"evidence:file:{tmp_path}/empty")


@pytest.mark.parametrize(
    ("mode", "kind", "synthetic"), [("sandbox", "sandbox", True), ("live", None, False), ("live", "sandbox", True)]
)
def test_what_is_synthetic_says_so(tmp_path: Path, mode: str, kind: str | None, synthetic: bool):
    if kind:
        mark(FileStore(tmp_path / "public"), FileStore(tmp_path / "private"), kind)
    said = environ(STORE=f"file:{tmp_path}/public", EVIDENCE=f"file:{tmp_path}/private", SOURCES=mode)
    with open_context(read(said)) as ctx:
        assert ctx.synthetic is synthetic


def test_the_address_of_the_store_loses_its_last_slash():
    assert read({}).address is None
    assert read(environ(ADDRESS="https://data.example.gov.tw/open/")).address == "https://data.example.gov.tw/open"
    assert read(environ(ADDRESS="http://127.0.0.1:8600")).address == "http://127.0.0.1:8600"


@pytest.mark.parametrize(
    "address",
    ["no-scheme.example", "ftp://a.example", "https://user:secret@a.example", "https://a.example/?x=1", "https://a b",
     "https://a.example/'; DROP", 'https://a.example/"x', "javascript:alert(1)"],
)  # fmt: skip
def test_an_address_that_could_not_stand_in_a_page_is_refused_and_not_repeated(address: str):
    with pytest.raises(DecisionError, match="expected MINSHENG_ADDRESS to be where readers reach") as said:
        read(environ(ADDRESS=address))
    assert address not in str(said.value)


def test_who_reads_reports_is_an_address_of_mail():
    assert read({}).contact is None
    assert read(environ(CONTACT="data@example.gov.tw")).contact == "data@example.gov.tw"
    for wrong in ("nobody", "a b@example.tw", "a@b@c", "a@b?subject=x", "<a@b>", "a@b&cc=c"):
        with pytest.raises(DecisionError, match="expected MINSHENG_CONTACT to be the address of a mailbox") as said:
            read(environ(CONTACT=wrong))
        assert wrong not in str(said.value)


def test_the_address_goes_before_that_of_the_embedded_store(tmp_path: Path):
    found = environ(STORE=f"file:{tmp_path}/public", HOME=str(tmp_path / "home"), ADDRESS="https://a.example")
    with open_stores(read(found)) as stores:
        assert stores.address == "https://a.example"


def test_who_serves_has_no_way_to_the_evidence(tmp_path: Path):
    said = read(environ(STORE="embedded", HOME=str(tmp_path)))
    with open_stores(said) as stores, open_public(said) as public:
        stores.public.put_new("index.html", b"public")
        stores.private.put_new("index.html", b"private")
        assert public.get("index.html").body == b"public"
        assert isinstance(public, HttpsStore)  # it takes no credentials
        assert str(stores.address) == public.url
        beside = open_store(f"{public.url}-evidence")
        with pytest.raises(Absent):
            beside.get("index.html")
        with pytest.raises(StoreError):
            public.put_new("other.html", b"")


def test_who_serves_a_directory_starts_no_server_for_the_evidence(tmp_path: Path):
    said = read(environ(STORE=f"file:{tmp_path}/public", EVIDENCE="embedded", HOME=str(tmp_path / "home")))
    with open_public(said) as public:
        assert public.url == f"file:{tmp_path}/public"
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("MINSHENG_EVIDENSE", "there is no variable MINSHENG_EVIDENSE; did you mean MINSHENG_EVIDENCE"),
        ("MINSHENG_DATASET", "did you mean MINSHENG_DATASETS"),
        ("MINSHENG_home", "did you mean MINSHENG_HOME"),
        ("MINSHENG_", "there is no variable MINSHENG_; there are "),
        ("MINSHENG_XYZZY", "there are MINSHENG_HOME, MINSHENG_STORE, "),
    ],
)
def test_a_variable_that_nobody_reads_is_refused_with_the_nearest(name: str, words: str):
    with pytest.raises(DecisionError, match=words) as raised:
        read({name: "hunter2-hunter2"})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("name", ["Cookie", "authorization", "Sec-Fetch-Site", "Host", "X_Name", "a b", "X:Y", "é"])
def test_a_header_that_anyone_sends_is_no_header_of_a_proxy(name: str):
    with pytest.raises(DecisionError, match="expected MINSHENG_IDENTITY_HEADER to be the name of a header"):
        read(environ(IDENTITY_HEADER=name))


def test_who_opens_the_world_decides_as_the_user_of_the_process(tmp_path: Path):
    assert read(environ(IDENTITY_HEADER="Remote-User")).identity_header == "Remote-User"
    said = read(environ(STORE=f"file:{tmp_path}/public", EVIDENCE=f"file:{tmp_path}/private", HOME=str(tmp_path)))
    assert said.identity_header is None
    with open_context(said) as ctx:
        assert ctx.identity == of_process()


def test_every_other_variable_is_fine():
    others = {"_MINSHENG_COMPLETE": "bash_source", "MINSHENG_WATER_API_KEY": "x" * 9, "PATH": "/bin"}
    assert "MINSHENG_WATER_API_KEY" in read(others | environ(RECORDINGS="/nowhere")).secrets


def test_every_variable_that_the_code_reads_is_known():
    code = "\n".join(path.read_text() for path in (ROOT / "pipelines").rglob("*.py"))
    secrets_of_ours = {"MINSHENG_NOTIFY_SECRET", POSTGRES}
    found = set(re.findall(r"\bMINSHENG_[A-Z]+(?:_[A-Z]+)*\b", code))
    named = found - {"MINSHENG_COMPLETE", "MINSHENG_KEEP", *secrets_of_ours}
    assert named | {"MINSHENG_RECORDINGS", "MINSHENG_CASES", *KEEP} == set(VARIABLES)


@pytest.mark.parametrize(("place", "found"), [("absent", "nothing"), ("file", "a file"), ("file/below", "nothing")])
def test_declarations_that_are_no_folder_are_refused_at_the_start(tmp_path: Path, place: str, found: str):
    (tmp_path / "file").write_text("")
    with pytest.raises(
        DecisionError, match=f"expected MINSHENG_DATASETS to be the folder .*, found {found} at"
    ) as said:
        read(environ(DATASETS=str(tmp_path / place)))
    assert str(tmp_path / place) in str(said.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any folder")
def test_declarations_that_cannot_be_read_are_refused_at_the_start(tmp_path: Path):
    (tmp_path / "closed").mkdir(mode=0o000)
    with pytest.raises(DecisionError, match="found a folder that cannot be read"):
        read(environ(DATASETS=str(tmp_path / "closed")))


@pytest.mark.parametrize("place", ["file", "file/below/it"])
@pytest.mark.parametrize("name", ["HOME", "STORE", "EVIDENCE"])
def test_a_file_in_the_place_of_a_folder_is_refused_at_the_start(tmp_path: Path, name: str, place: str):
    (tmp_path / "file").write_text("")
    address = str(tmp_path / place)
    said = {"STORE": f"file:{tmp_path}/public", "EVIDENCE": f"file:{tmp_path}/private"}
    said[name] = address if name == "HOME" else f"file:{address}"
    with pytest.raises(DecisionError, match=f"expected MINSHENG_{name} to be a folder, found the file {tmp_path}/file"):
        read(environ(**said))


@pytest.mark.parametrize("url", ["ftp://x", "C:/data", "https://user:w0rd@host/x", "s3://", "file:", "public"])
@pytest.mark.parametrize("name", ["STORE", "EVIDENCE"])
def test_an_address_that_is_no_store_is_told_at_the_start_with_its_variable(tmp_path: Path, name: str, url: str):
    said = {"STORE": f"file:{tmp_path}/public", "EVIDENCE": f"file:{tmp_path}/private", name: url}
    with pytest.raises(StoreError, match=f"MINSHENG_{name}: ") as raised:
        read(environ(**said))
    assert "w0rd" not in str(raised.value)


@pytest.mark.parametrize("mode", ["lives", "replay:", "evidence:", "sandbox:x", "Live"])
def test_a_kind_of_sources_that_there_is_none_of_is_told_at_the_start(mode: str):
    with pytest.raises(SourceError, match="known: live, sandbox, replay:DIR, evidence:URL"):
        read(environ(SOURCES=mode))


@pytest.mark.parametrize("address", ["127.0.0.1:9", "http://127.0.0.1:99999", "http://u:w0rd@127.0.0.1", "http://"])
def test_an_address_that_is_no_sandbox_is_told_at_the_start(address: str):
    with pytest.raises(DecisionError, match="expected MINSHENG_SANDBOX to be the address of the sandbox") as raised:
        read(environ(SANDBOX=address))
    assert "w0rd" not in str(raised.value)


@pytest.mark.parametrize("command", [["check"], ["status"], ["run"], ["releases", "counties"]])
def test_a_command_says_so_in_one_sentence(command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any):
    monkeypatch.setenv("MINSHENG_DATASETS", "/nowhere")
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("minsheng: expected MINSHENG_DATASETS to be the folder of declarations, found nothing")


@pytest.mark.parametrize("hours", [0, 30])
def test_a_store_of_another_time_stops_a_live_run_before_it_writes(
    s3_server: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, hours: int
):
    World(tmp_path).declare(inline("spots"), table="site,level\na,1\n")
    bucket = s3_server.open_public(f"test-{secrets.token_hex(8)}").url
    there = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours), usegmt=True)
    with Proxy(s3_server.endpoint, headers={"Date": there}) as proxy:
        said = environ(STORE=bucket, EVIDENCE=f"file:{tmp_path}/private", DATASETS=str(tmp_path / "datasets"))
        aws = {
            "ENDPOINT_URL": proxy.endpoint,
            "ACCESS_KEY_ID": s3_server.access_key,
            "SECRET_ACCESS_KEY": s3_server.secret_key,
        }
        for name, value in (said | {f"AWS_{name}": value for name, value in aws.items()}).items():
            monkeypatch.setenv(name, value)
        code = main(["run"])
        err = capsys.readouterr().err
        written = {path for method, path, _ in proxy.seen.requests if method == "PUT" and "/probe/" not in path}
        if not hours:
            assert (code, err) == (0, "")
            assert written
            return
        assert (code, written) == (1, set())
        assert f"that of the store {bucket} says" in err
        assert err.endswith(
            "Set the clock that is wrong. If this machine's clock is right: `minsheng run --clock-is-right`\n"
        )
        assert main(["run", "--clock-is-right"]) == 0


# ---- the database of Dagster's history


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://dagster:a%25%2F%40b@db.example:5432/dagster",
        "postgresql://dagster@db.example/dagster?sslmode=verify-full",
        "postgresql://dagster@/dagster?host=/var/run/postgresql",
        "postgresql://dagster:x@[::1]:5432/dagster",
    ],
)
def test_an_address_of_postgresql_is_taken(address: str) -> None:
    assert postgres_address({POSTGRES: address}) == address


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:///history.db",
        "postgres://dagster:hidden@db.example/dagster",
        "postgresql+psycopg://dagster:hidden@db.example/dagster",
        "postgresql://dagster:hidden@db.example",
        "postgresql://dagster:hidden@db.example/",
        "postgresql:///dagster",
        "postgresql://dagster:hidden@db.example:fivefour/dagster",
        "postgresql://dagster:hid/den@db.example/dagster",
        "hidden",
    ],
)
def test_what_is_no_address_of_postgresql_is_refused_and_not_repeated(address: str, tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match=f"expected {POSTGRES} to be the address of a database") as error:
        read({"MINSHENG_HOME": str(tmp_path), POSTGRES: address})
    assert address not in str(error.value)
    assert "hid" not in str(error.value)


def test_no_database_is_sqlite() -> None:
    assert postgres_address({}) is None
    assert postgres_address({POSTGRES: ""}) is None


@pytest.mark.parametrize("address", ["10.0.0.5:8786", "http://10.0.0.5:8786", "tcp://10.0.0.5", "tcp://a b:1"])
def test_what_is_no_address_of_a_dask_scheduler_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(DecisionError, match="expected MINSHENG_DASK to be the address of a Dask scheduler"):
        read({"MINSHENG_HOME": str(tmp_path), "MINSHENG_DASK": address})


def test_the_address_of_a_dask_scheduler_is_read(tmp_path: Path) -> None:
    said = {"MINSHENG_HOME": str(tmp_path), "MINSHENG_DASK": "tls://scheduler.example:8786"}
    assert read(said).dask == "tls://scheduler.example:8786"
    assert read({**said, "MINSHENG_DASK": ""}).dask is None


def test_the_log_is_text_or_json():
    assert [read(environ(**more)).log for more in ({}, {"LOG": "json"})] == ["text", "json"]
    with pytest.raises(DecisionError, match="MINSHENG_LOG: expected text or json, found 'xml'"):
        read(environ(LOG="xml"))
