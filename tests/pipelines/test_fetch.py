"""What an agency can do to a fetch: each fault ends in one clear sentence, and the last good release stays."""

import datetime as dt
import json
import re
import shutil
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from worlds import AGENCIES, World, bodies, column, declaration

from catalog import keys, publish
from catalog.declaration import Agency, Dataset, load_dataset
from pipelines.context import Clock, Context
from pipelines.evidence import Evidence, Fetched
from pipelines.fetch import Fetcher, Limits
from pipelines.items import Item
from pipelines.protocols.words import Previous
from pipelines.run import run
from pipelines.sources import Live
from sandbox import Sandbox
from sandbox.clock import moment

KEY = "MARKED-7f3c/9e+21=b0d4 5a8e"
"""Long, unique, and full of characters that are written in several ways."""
FORMS = {KEY, quote(KEY, safe=""), quote(KEY), KEY.replace("/", "\\/"), "MARKED-7f3c", "b0d4 5a8e", "b0d4+5a8e"}
NOW = moment("2026-11-21T01:30:00+08:00")
LIMITS = Limits(
    connect_seconds=0.5,
    read_seconds=0.25,
    body_seconds=0.4,
    body_bytes=200_000,
    attempts=2,
    backoff_seconds=0.01,
    longest_wait_seconds=1.0,
)
LEVELS, FILE = "levels", "rivers"
GUARDS = {"removed": 1, "quarantined": 0.2, "collapsed": 0.2}
WINDOW = {
    "entities": "sandbox-sites.csv",
    "identity": "site",
    "steps": 2,
    "columns": {
        "site": {"entity": "site"},
        "at": {"time": "%Y-%m-%d %H:%M:%S"},
        "level": {"number": {"low": 1, "high": 9, "digits": 1}},
    },
}
FIELDS = [column("site"), column("at", "datetime"), column("level", "number")]


def speak(world: World, slug: str, said: dict[str, Any]) -> None:
    """Declare what the sandbox says of a dataset: eight rows, four sites at two hours."""
    folder = world.datasets / slug
    (folder / "sandbox-sites.csv").write_text("site\na\nb\nc\nd\n")
    (folder / "sandbox.yaml").write_text(json.dumps({"seed": 1, "rows": {"window": WINDOW}} | said))


def declared(root: Path) -> World:
    world = World(root)
    source = {"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example", "limit": 3}
    world.declare(declaration(LEVELS, FIELDS, key=["site", "at"], source=source, guards=GUARDS))
    shapes = {"bare": {}, "envelope": {"wrap": "envelope"}, "escaped": {"wrap": "envelope", "escaped_slashes": True}}
    speaks = {"key": KEY, "page_rows": 3, "shape": "envelope", "shapes": shapes}
    speak(world, LEVELS, {"host": "waters.example", "path": "/api/v2/lev_p_1", "protocol": "moenv", "speaks": speaks})
    source = {"protocol": "file", "address": "https://waters.example/levels.csv.gz", "format": "csv"}
    world.declare(declaration(FILE, FIELDS, key=["site", "at"], source=source, guards=GUARDS, load="replace"))
    speak(world, FILE, {"host": "waters.example", "path": "/levels.csv.gz", "protocol": "file"})
    return world


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(declared(tmp_path_factory.mktemp("sandbox")).datasets, NOW) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.now = NOW
    yield running
    running.clear()


@pytest.fixture(scope="module")
def after_a_good_night(running: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("good")
    running.now = NOW
    items = night(declared(root), running, LEVELS) + night(declared(root), running, FILE)
    assert [item.outcome for item in items] == ["released", "released"]
    return root


@pytest.fixture
def world(after_a_good_night: Path, tmp_path: Path) -> World:
    """A home with one release of each dataset."""
    shutil.copytree(after_a_good_night, tmp_path / "home")
    return World(tmp_path / "home")


def night(world: World, sandbox: Sandbox, slug: str, **limits: Any) -> list[Item]:
    """One run, with its own clock, as a process has it."""
    secrets = {"MOENV_API_KEY": KEY}
    fetcher = Fetcher(secrets, replace(LIMITS, **limits), sandbox.url)
    ctx = Context(world.public, world.private, world.datasets, secrets, clock=Clock())
    return list(run(ctx, Live(fetcher, "sandbox"), [slug]))


def later(sandbox: Sandbox) -> None:
    sandbox.now = NOW + dt.timedelta(hours=1)


def unpacked(body: bytes) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(body) if body.startswith(b"\x1f\x8b") else body


def leaks(text: str) -> list[str]:
    return [form for form in FORMS if form in text]


def secret_nowhere(world: World, items: list[Item]) -> None:
    for store in (world.public, world.private):
        for key, body in bodies(store):
            once = unpacked(body)
            assert not leaks(once.decode("utf-8", "replace")), key
            assert not leaks(unpacked(once).decode("utf-8", "replace")), key
    assert not leaks(repr(items))


def kept(world: World, slug: str) -> bytes:
    """All bytes of the newest fetch."""
    evidence = Evidence(world.private, slug)
    return b"".join(evidence.body(digest) for digest in evidence.read(evidence.newest()).bodies)


FAULTS: list[tuple[str, str, dict[str, Any], str, str, bytes]] = [
    # dataset, fault, parameters, outcome, words, bytes that are kept
    (LEVELS, "html", {}, "refused", r"levels: expected JSON, found a body that begins b'<!DOCTYPE html>", b"<!DOCTYPE"),
    (
        LEVELS,
        "html",
        {"skip": 1},
        "refused",
        r"levels: expected JSON, found a body that begins b'<!DOCTYPE",
        b"</html>",
    ),
    (LEVELS, "empty", {}, "refused", "levels: expected a list of records, found an empty body", b""),
    (LEVELS, "truncated", {}, "refused", r"levels: expected JSON, found a body that begins b'\{", b'"fields"'),
    (LEVELS, "repeated_page", {}, "refused", "levels: expected new rows on each page, found page 2 repeating", b"site"),
    (
        LEVELS,
        "short_page",
        {"rows": 1},
        "refused",
        "levels: expected 8 rows, as the agency's total says, found 5",
        b"site",
    ),
    (LEVELS, "short_page", {"rows": 2, "page": 2}, "refused", "expected 8 rows, .* found 6", b"site"),
    (LEVELS, "wrong_key", {}, "refused", "found the agency's message 'api_key is missing or not valid'", b"not valid"),
    (LEVELS, "too_many", {"seconds": 3600}, "refused", r"status 200 .*found 429 .*asks to wait 3600 s", b"too many"),
    (LEVELS, "too_many", {"seconds": 0}, "refused", "found 429", b"too many"),
    (LEVELS, "error_500", {}, "refused", r"found 500 \(the agency's own error\) in 2 attempts", b"Internal"),
    (LEVELS, "unavailable", {}, "refused", r"found 503 \(the agency's own error\)", b"<h1>"),
    (LEVELS, "down", {}, "failed", "waters.example could not be reached at .*closed the connection without", b""),
    (
        LEVELS,
        "timeout",
        {"seconds": 5},
        "failed",
        "waters.example could not be reached at .*did not answer in time",
        b"",
    ),
    (
        LEVELS,
        "slow",
        {"seconds": 5, "pieces": 50},
        "refused",
        "expected a body within 0.4 s, found .* no end",
        b'"fields"',
    ),
    (LEVELS, "slow", {"seconds": 5, "pieces": 2}, "failed|refused", "in time|silence", b""),
    (LEVELS, "cut", {}, "refused", "expected a whole body, found one that ended after", b'"fields"'),
    (LEVELS, "oversize", {"bytes": 300_000}, "refused", "expected at most 200,000 bytes, found more", b" " * 99),
    (LEVELS, "redirect", {}, "refused", "expected an https address at waters.example .*elsewhere.invalid/notice", b""),
    (LEVELS, "echo_key", {"status": 500}, "refused", "found 500", b"***"),
    (LEVELS, "echo_key", {"status": 200}, "refused", r"found the agency's message 'request .*\*\*\*", b"***"),
    (LEVELS, "echo_key", {"status": 403}, "refused", "found 403: it refuses the key or the caller", b"***"),
    (LEVELS, "echo_key", {"status": 404}, "refused", "found 404; check the declared address", b"***"),
    (
        LEVELS,
        "vanished_column",
        {"column": "at"},
        "refused",
        r"levels: expected the column 'at' .*found the columns",
        b"site",
    ),
    (LEVELS, "renamed_column", {"column": "site", "to": "station"}, "refused", "column 'site' .*'station'", b"station"),
    (LEVELS, "vanished_column", {"column": "level"}, "held", "columns-vanished: .*found level", b"site"),
    (LEVELS, "renamed_column", {"column": "level", "to": "stage"}, "held", "unknown column .*found stage", b"stage"),
    (LEVELS, "unknown_column", {"column": "remark"}, "held", "guard.columns-unknown: .* found remark", b"remark"),
    (LEVELS, "same_key_two_contents", {"column": "level", "text": "99"}, "refused", "found two for site=.*99", b"99"),
    (
        FILE,
        "html",
        {},
        "refused",
        "rivers: not data: expected rows, found none|expected the column|not data: expected CSV",
        b"<!",
    ),
    (FILE, "empty", {}, "refused", "rivers: not data: expected a file with rows, found an empty body", b""),
    (
        FILE,
        "truncated",
        {},
        "refused",
        "rivers: not data: expected a whole gzip file, found one that is cut short",
        b"\x1f\x8b",
    ),
    (FILE, "cut", {}, "refused", "rivers: expected a whole body, found one that ended", b"\x1f\x8b"),
    (FILE, "bad_value", {"column": "at", "text": "now", "rows": 3}, "held", "guard.quarantined", b"\x1f\x8b"),
]


@pytest.mark.parametrize(
    ("slug", "fault", "params", "outcome", "words", "bytes_kept"),
    FAULTS,
    ids=[f"{slug}-{fault}-{i}" for i, (slug, fault, *_) in enumerate(FAULTS)],
)
def test_a_fault_ends_in_one_sentence_and_no_release(
    world: World,
    sandbox: Sandbox,
    caplog: pytest.LogCaptureFixture,
    slug: str,
    fault: str,
    params: dict[str, Any],
    outcome: str,
    words: str,
    bytes_kept: bytes,
):
    caplog.set_level("DEBUG")
    before = dict(bodies(world.public))
    later(sandbox)
    sandbox.fault(slug, fault, **params)
    items = night(world, sandbox, slug)
    assert len(items) == 1
    (item,) = items
    assert item.outcome in outcome.split("|")
    assert item.release == 1
    assert item.reason is not None
    assert re.search(words, item.reason), item.reason
    assert "\n" not in item.reason
    assert "Traceback" not in item.reason
    # The last good release is served as it was; only what is derived of the state changed.
    after = dict(bodies(world.public))
    derived = {keys.status(slug), "catalog.json", keys.SITE_LEDGER}
    derived |= {page for one in keys.LANGUAGES for page in (keys.home_page(one), keys.dataset_page(slug, one))}
    assert {key for key in after if after[key] != before.get(key)} <= derived
    assert json.loads(after[f"datasets/{slug}/status.json"])["state"] in ("failing", "held")
    assert bytes_kept in kept(world, slug)
    secret_nowhere(world, items)
    assert not leaks("\n".join(record.getMessage() for record in caplog.records if record.name != "httpx"))
    # And the next good night goes on.
    sandbox.clear()
    assert "released" in [one.outcome for one in night(world, sandbox, slug)]
    assert publish.newest(world.public, slug).n == 2  # type: ignore[union-attr]


def test_no_log_shows_the_key(world: World, sandbox: Sandbox, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    later(sandbox)
    night(world, sandbox, LEVELS)
    assert not leaks(caplog.text)


def test_a_good_night_leaves_the_key_nowhere(world: World, sandbox: Sandbox):
    later(sandbox)
    secret_nowhere(world, night(world, sandbox, LEVELS))
    evidence = Evidence(world.private, LEVELS)
    pages = evidence.read(evidence.newest()).pages
    assert [page["redacted"] for page in pages] == [True, True, True]
    assert all("api_key=%2A%2A%2A" in page["address"] or "api_key=***" in page["address"] for page in pages)


def test_a_key_that_is_echoed_with_escaped_slashes_is_taken_out(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.fault(LEVELS, "shape", to="escaped")
    secret_nowhere(world, night(world, sandbox, LEVELS))


@pytest.mark.parametrize("fault", ["error_500", "unavailable", "down", "too_many", "timeout"])
def test_what_passes_is_asked_again(world: World, sandbox: Sandbox, fault: str):
    later(sandbox)
    params = {"seconds": 0.3} if fault == "timeout" else {"seconds": 0} if fault == "too_many" else {}
    sandbox.fault(LEVELS, fault, times=1, **params)
    assert [item.outcome for item in night(world, sandbox, LEVELS)] == ["released"]


def test_retry_after_is_heeded(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.fault(LEVELS, "too_many", seconds=1, times=1)
    began = time.monotonic()
    assert [item.outcome for item in night(world, sandbox, LEVELS)] == ["released"]
    assert time.monotonic() - began >= 1


def test_retry_after_beyond_the_limit_is_left_to_the_next_run(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.fault(LEVELS, "too_many", seconds=2, times=1)
    asked = len(sandbox.log)
    assert [item.outcome for item in night(world, sandbox, LEVELS)] == ["refused"]
    assert len(sandbox.log) == asked + 1


def test_an_unchanged_file_is_not_sent_again(world: World, sandbox: Sandbox):
    asked = len(sandbox.log)
    assert [item.outcome for item in night(world, sandbox, FILE)] == ["unchanged"]
    assert "if-none-match" in sandbox.log[asked].headers
    evidence = Evidence(world.private, FILE)
    assert evidence.read(2).pages[0]["status"] == 304
    assert evidence.read(2).bodies == evidence.read(1).bodies


def test_identical_rows_collapse_and_too_many_wait(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.fault(LEVELS, "duplicate_rows", share=1)
    (item,) = night(world, sandbox, LEVELS)
    assert (item.outcome, item.failed_checks) == ("held", ("guard.collapsed",))


# The address guard ------------------------------------------------------------------------------------------


def asked(address: str, hosts: list[str], **more: Any) -> Fetched:
    """Ask for a file; nothing may be contacted that the agency does not name."""
    source = {"protocol": "file", "address": address, "format": "csv"}
    said = Dataset.load(declaration(source=source), "x")
    agency = Agency.model_validate(AGENCIES["waters"] | {"hosts": hosts, "pause_seconds": 0})
    return Fetcher({}, replace(LIMITS, attempts=1), **more).fetch(said, Path(), agency, None)


@pytest.mark.parametrize(
    "address",
    [
        "https://other.example/x.csv",
        "https://waters.example.evil.example/x.csv",
        "https://waters.example:8443/x.csv",
        "https://evil.example/waters.example/x.csv",
    ],
)
def test_an_address_of_another_host_or_port_is_not_asked(address: str):
    why = asked(address, ["waters.example"]).why
    assert "rivers: expected an https address at waters.example (agencies.yaml), found" in str(why)
    assert "it is not asked" in str(why)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "0.0.0.0", "[::1]", "192.168.1.1"]
)
def test_a_private_address_is_not_asked_even_when_it_is_declared(host: str):
    fetched = asked(f"https://{host}/x.csv", [host.strip("[]")])
    assert "expected a public address" in str(fetched.why)


@pytest.mark.parametrize("to", ["http://waters.example/x", "https://user:word@waters.example/x", "https://127.0.0.1/x"])
def test_a_redirect_to_where_may_not_be_asked_is_not_followed(world: World, sandbox: Sandbox, to: str):
    sandbox.fault(FILE, "redirect", to=to)
    before = len(sandbox.log)
    (item,) = night(world, sandbox, FILE)
    assert item.outcome == "refused"
    assert "it is not asked" in str(item.reason)
    assert "word" not in str(item.reason)
    assert len(sandbox.log) == before + 1


def test_a_redirect_within_the_host_is_followed_a_few_times(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.fault(FILE, "redirect", to="/levels.csv.gz", times=3)
    assert [item.outcome for item in night(world, sandbox, FILE)] == ["released"]
    sandbox.fault(FILE, "redirect", to="/levels.csv.gz")
    (item,) = night(world, sandbox, FILE)
    assert "expected an answer within 3 redirects" in str(item.reason)


@pytest.mark.parametrize("to", ["https://waters.example:99999/x", "https://[bad/x"])
def test_a_redirect_to_no_address_is_a_refusal(world: World, sandbox: Sandbox, to: str):
    sandbox.fault(FILE, "redirect", to=to)
    (item,) = night(world, sandbox, FILE)
    assert (item.outcome, item.release) == ("refused", 1)


@pytest.mark.parametrize("to", ["https://waters.example:x/", "https://waters.example/\x7f"])
def test_a_redirect_that_httpx_does_not_understand_is_a_failure(world: World, sandbox: Sandbox, to: str):
    sandbox.fault(FILE, "redirect", to=to)
    (item,) = night(world, sandbox, FILE)
    assert (item.outcome, item.release) == ("failed", 1)


def test_a_missing_key_is_told_by_the_name_of_its_variable(world: World, sandbox: Sandbox):
    said = load_dataset(world.datasets, LEVELS)
    agency = Agency.model_validate(AGENCIES["waters"])
    fetched = Fetcher({}, LIMITS, sandbox.url).fetch(said, Path(), agency, None)
    assert fetched.why == (
        "levels: expected a key of 8 characters or more in the environment variable MOENV_API_KEY, found none; "
        "set it and run again"
    )


def test_a_file_beside_the_declaration_may_not_be_a_link(tmp_path: Path):
    said = Dataset.load(declaration(source={"protocol": "inline", "table": "table.csv"}), "x")
    (tmp_path / "other.csv").write_text("site,level\na,1\n")
    (tmp_path / "table.csv").symlink_to(tmp_path / "other.csv")
    fetched = Fetcher({}).fetch(said, tmp_path, Agency.model_validate(AGENCIES["waters"]), None)
    assert "expected the file table.csv beside dataset.yaml, found none" in str(fetched.why)


def test_a_fetcher_does_not_show_its_secrets():
    assert KEY not in repr(Fetcher({"MOENV_API_KEY": KEY}))


@pytest.mark.parametrize(
    "form", [KEY, quote(KEY, safe=""), json.dumps(KEY)[1:-1], quote(KEY, safe="").replace("%20", "+")]
)
def test_a_secret_is_taken_out_in_every_form(form: str):
    assert Fetcher({"K": KEY}).redact(f"a={form}&b") == "a=***&b"


@pytest.mark.parametrize(
    "form", [quote(KEY, safe="").lower().replace("marked", "MARKED"), quote(KEY), KEY.replace("/", "&#x2F;")]
)
def test_a_secret_is_taken_out_in_rarer_forms(form: str):
    assert "b0d4" not in Fetcher({"K": KEY}).redact(f"a={form}&b")


def test_a_304_repeats_what_was_heard(sandbox: Sandbox, world: World):
    said = load_dataset(world.datasets, FILE)
    agency = Agency.model_validate(AGENCIES["waters"])
    fetcher = Fetcher({}, LIMITS, sandbox.url)
    (first,) = fetcher.fetch(said, Path(), agency, None).pages
    again = fetcher.fetch(said, Path(), agency, Previous(first.headers, first.body))
    assert (again.pages[0].status, again.pages[0].body, again.why) == (304, first.body, None)
    assert again.pages[0].headers["etag"] == first.headers["etag"]
