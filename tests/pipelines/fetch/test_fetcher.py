"""How agencies are asked: again where that helps, nowhere else, and without a trace of a key.

What agencies do wrong is in `test_faults`.
"""

import functools
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import faulty
import pytest
from agencies import FILE, KEY, LEVELS, LIMITS, agency_that_says, later, leaks, night, secret_nowhere
from worlds import AGENCIES, World, declaration

from catalog.declaration.dataset import Agency, Dataset, load_dataset
from pipelines.evidence import Evidence
from pipelines.fetch.fetcher import Fetcher
from pipelines.protocols import moenv
from pipelines.protocols.parts.request import Previous
from pipelines.records import Fetched
from sandbox import Sandbox


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
    sandbox.set_fault(LEVELS, "shape", to="escaped")
    secret_nowhere(world, night(world, sandbox, LEVELS))


@pytest.mark.parametrize("fault", ["error_500", "unavailable", "down", "too_many", "timeout"])
def test_what_passes_is_asked_again(world: World, sandbox: Sandbox, fault: str):
    later(sandbox)
    params = {"seconds": 0.3} if fault == "timeout" else {"seconds": 0} if fault == "too_many" else {}
    sandbox.set_fault(LEVELS, fault, times=1, **params)
    assert [item.outcome for item in night(world, sandbox, LEVELS)] == ["released"]


def test_retry_after_is_heeded(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.set_fault(LEVELS, "too_many", seconds=1, times=1)
    began = time.monotonic()
    assert [item.outcome for item in night(world, sandbox, LEVELS)] == ["released"]
    assert time.monotonic() - began >= 1


def test_retry_after_beyond_the_limit_is_left_to_the_next_run(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.set_fault(LEVELS, "too_many", seconds=2, times=1)
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
    sandbox.set_fault(LEVELS, "duplicate_rows", share=1)
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
    assert "expected an https address at waters.example (agencies.yaml), found" in str(why)
    assert "it is not asked" in str(why)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "0.0.0.0", "[::1]", "192.168.1.1"]
)
def test_a_private_address_is_not_asked_even_when_it_is_declared(host: str):
    fetched = asked(f"https://{host}/x.csv", [host.strip("[]")])
    assert "expected a public address" in str(fetched.why)


@pytest.mark.parametrize("to", ["http://waters.example/x", "https://user:word@waters.example/x", "https://127.0.0.1/x"])
def test_a_redirect_to_where_may_not_be_asked_is_not_followed(world: World, sandbox: Sandbox, to: str):
    sandbox.set_fault(FILE, "redirect", to=to)
    before = len(sandbox.log)
    (item,) = night(world, sandbox, FILE)
    assert item.outcome == "refused"
    assert "it is not asked" in str(item.reason)
    assert "word" not in str(item.reason)
    assert len(sandbox.log) == before + 1
    evidence = Evidence(world.private, FILE)
    (page,) = evidence.read(evidence.newest()).pages
    assert (page["status"], page["headers"]["location"]) == (302, to)


def test_a_redirect_within_the_host_is_followed_a_few_times(world: World, sandbox: Sandbox):
    later(sandbox)
    sandbox.set_fault(FILE, "redirect", to="/levels.csv.gz", times=3)
    assert [item.outcome for item in night(world, sandbox, FILE)] == ["released"]
    sandbox.set_fault(FILE, "redirect", to="/levels.csv.gz")
    (item,) = night(world, sandbox, FILE)
    assert "expected an answer within 3 redirects" in str(item.reason)


@pytest.mark.parametrize("to", ["https://waters.example:99999/x", "https://[bad/x"])
def test_a_redirect_to_no_address_is_a_refusal(world: World, sandbox: Sandbox, to: str):
    sandbox.set_fault(FILE, "redirect", to=to)
    (item,) = night(world, sandbox, FILE)
    assert (item.outcome, item.release) == ("refused", 1)


@pytest.mark.parametrize("to", ["https://waters.example:x/", "https://waters.example/\x7f"])
def test_a_redirect_that_httpx_does_not_understand_is_a_failure(world: World, sandbox: Sandbox, to: str):
    sandbox.set_fault(FILE, "redirect", to=to)
    (item,) = night(world, sandbox, FILE)
    assert (item.outcome, item.release) == ("failed", 1)


def test_a_missing_key_is_told_by_the_name_of_its_variable(world: World, sandbox: Sandbox):
    said = load_dataset(world.datasets, LEVELS)
    agency = Agency.model_validate(AGENCIES["waters"])
    fetched = Fetcher({}, LIMITS, sandbox.url).fetch(said, Path(), agency, None)
    assert fetched.why == (
        "expected a key of 8 characters or more in the environment variable MOENV_API_KEY, found none; "
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


# A page that cannot be looked into --------------------------------------------------------------------------

PAGE = json.dumps([{"site": str(i)} for i in range(3)]).encode()
PAGED = declaration(source={"protocol": "moenv", "dataset": "lev_p_1", "host": "waters.example", "limit": 3})


@pytest.mark.parametrize("error", [RuntimeError("boom"), KeyError("boom"), RecursionError("boom")])
def test_a_look_that_fails_ends_the_paging_with_what_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
):
    monkeypatch.setattr(moenv, "look", functools.partial(faulty.look_once, str(tmp_path / "looked"), error))
    with agency_that_says(PAGE) as address:
        fetcher = Fetcher({"MOENV_API_KEY": KEY}, LIMITS, address)
        fetched = fetcher.fetch(Dataset.load(PAGED, "x"), Path(), Agency.model_validate(AGENCIES["waters"]), None)
    assert [page.body for page in fetched.pages] == [PAGE, PAGE]
    assert (fetched.why, fetched.answered) == (None, True)
    assert fetched.stopped == f"a fault of the software, please report it: {type(error).__name__}: {error}"


def test_a_page_that_is_no_data_ends_the_paging_with_the_agencys_fault():
    with agency_that_says(b"<html>maintenance") as address:
        fetcher = Fetcher({"MOENV_API_KEY": KEY}, LIMITS, address)
        fetched = fetcher.fetch(Dataset.load(PAGED, "x"), Path(), Agency.model_validate(AGENCIES["waters"]), None)
    assert [page.body for page in fetched.pages] == [b"<html>maintenance"]
    assert fetched.why is None
    assert str(fetched.stopped).startswith("expected JSON, found a body that begins b'<html>maintenance'")


def test_a_fault_before_anything_came_is_no_fetch(monkeypatch: pytest.MonkeyPatch):
    def ask(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(moenv, "ask", ask)
    with pytest.raises(RuntimeError, match="boom"):
        Fetcher({}, LIMITS).fetch(Dataset.load(PAGED, "x"), Path(), Agency.model_validate(AGENCIES["waters"]), None)
