"""Every fault of the sandbox against every protocol: what becomes of the night, and the sentence a steward reads.

Whatever happens: the last good release stays as it was, byte for byte; what came is kept; the key is nowhere; and the
next good answer is released.
"""

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from agencies import DATASETS, DAYS, FILE, HASTY, LEVELS, kept, later, leaks, night, secret_nowhere, unpacked
from worlds import World, bodies

from catalog import keys
from catalog.reasons.sentences import sentences
from sandbox import Sandbox
from sandbox.faults.registry import FAULTS


@dataclass(frozen=True)
class Cell:
    """A fault of one dataset, and what is to come of it."""

    slug: str
    fault: str
    params: dict[str, Any]
    outcome: str
    says: str
    """A pattern that is found in the reason or, of a release, in what it quarantined (`column=text`)."""
    kept: bytes | None = b""
    """A part of the bytes that are kept, unpacked; None where the agency sent none."""
    also: str = ""
    """The shape in which the agency speaks besides."""
    limits: dict[str, Any] = field(default_factory=dict)


def every(fault: str, outcome: str, says: str, kept: bytes | None = b"", **params: Any) -> list[Cell]:
    """The same of every protocol."""
    return [cell for slug in DATASETS for cell in of(slug, fault, outcome, says, kept, **params)]


def of(slug: str, fault: str, outcome: str, says: str, kept: bytes | None = b"", **params: Any) -> list[Cell]:
    """What is true of one protocol."""
    limits = params.pop("limits", {})
    return [Cell(slug, fault, params, outcome, says, kept, limits=limits)]


def wide(slug: str, says: str, columns: int) -> list[Cell]:
    """Very many columns, by limits that let a body of many megabytes through."""
    limits = {"read_seconds": 120, "request_seconds": 120, "body_bytes": 1 << 26}
    # an envelope lists its columns, which makes it several times as long
    also = "bare" if DATASETS[slug] == "moenv" else ""
    last = f"c{columns - 1}".encode()
    return [Cell(slug, "many_columns", {"columns": columns}, "refused", says, last, also, limits)]


MARKUP = b"<!DOCTYPE html>"
CP950 = "甲".encode("cp950")
ROC = ("115.02.30", "115.13.01", "0.00.00")
WHOLE, MOVED = "as the agency's total says, found", "page 2 to go on where page 1 ended, .* the table moved"

CELLS = [
    # columns
    *every("renamed_column", "refused", "column 'site' .*'station'", b"station", column="site", to="station"),
    *every("renamed_column", "held", "unknown column .*found stage", b"stage", column="level", to="stage"),
    *every("vanished_column", "refused", "expected the column 'at' .*found the columns", b"site", column="at"),
    *every("vanished_column", "held", "columns-vanished: .*found level", b"site", column="level"),
    *every("unknown_column", "held", "columns-unknown: .*found remark", b"remark", column="remark"),
    *wide(LEVELS, "^expected at most 4,096 columns, found 100,004", 100_000),
    *wide(DAYS, "^expected at most 4,096 columns, found 100,006", 100_000),
    *wide(FILE, "^not data: expected at most 4,096 columns, found", 1_000_000),
    # rows
    *every("same_key_two_contents", "refused", "found two for site=.*99", b"99", column="level", text="99"),
    *of(LEVELS, "duplicate_rows", "held", "guard.collapsed", b"site", share=1),
    *of(FILE, "duplicate_rows", "held", "guard.collapsed", b"site", share=1),
    *of(DAYS, "duplicate_rows", "refused", "found some of page .* on an earlier one: the table moved", share=1),
    *every("bad_value", "released", "^level=much$", b"much", column="level", text="much"),
    *every("bad_value", "held", "guard.quarantined", b"much", column="level", text="much", rows=3),
    *(cell for day in ROC for cell in every("impossible_date", "released", f"^at={re.escape(day)}$", day.encode(),
                                            column="at", texts=[day], rows=1)),
    *every("impossible_date", "held", "guard.quarantined", b"0.00.00", column="at"),
    *every("bad_publication", "held", "guard.quarantined", b"None", column="level", text="None", vanish=0.3),
    # no answer, or another one
    *every("down", "failed", "waters.example could not be reached at .*closed the connection without", None),
    *every("timeout", "failed", "waters.example could not be reached at .*did not answer in time", None, seconds=5,
           limits=HASTY),
    *every("unavailable", "refused", r"found 503 \(the agency's own error\) in 2 attempts; run it later", b"<h1>"),
    *every("error_500", "refused", r"found 500 \(the agency's own error\) in 2 attempts; run it later", b"Internal"),
    *every("too_many", "refused", "found 429 .*asks to wait 3600 s", b"too many", seconds=3600),
    *every("too_many", "refused", "found 429 .*asks to wait 0 s", b"too many", seconds=0),
    *of(LEVELS, "html", "refused", "^expected JSON, found a body that begins b'<!DOCTYPE", MARKUP),
    *of(LEVELS, "html", "refused", "^expected JSON, found a body that begins b'<!DOCTYPE", MARKUP, skip=1),
    *of(DAYS, "html", "refused", "^not data: expected JSON, found a body that begins b'<!DOCTYPE", MARKUP),
    *of(FILE, "html", "refused", "^not data: expected CSV, found a page of markup", MARKUP),
    *every("empty", "refused", "expected a (list of records|file with rows), found an empty body"),
    *every("redirect", "refused", "an https address at waters.example .*elsewhere.invalid/notice; it is not asked"),
    *every("echo_key", "refused", r"found 500 \(the agency's own error\)", b"message", status=500),
    *every("echo_key", "refused", "found 403: it refuses the key or the caller", b"message", status=403),
    *every("echo_key", "refused", "found 404; check the declared address", b"message", status=404),
    *of(LEVELS, "echo_key", "refused", r"found the agency's message 'request .*\*\*\*", b"***", status=200),
    *of(DAYS, "echo_key", "refused", "^not data: expected an object with RS, Data and Next", b"message",
        status=200),
    *of(FILE, "echo_key", "refused", "^not data: expected ", b"message", status=200),
    *of(LEVELS, "wrong_key", "refused", "found the agency's message 'api_key is missing or not valid'", b"not valid"),
    *of(FILE, "wrong_key", "refused", "found 401: it refuses the key or the caller", b"not valid"),
    # half an answer, or too much
    *of(LEVELS, "truncated", "refused", r"^expected JSON, found a body that begins b'\{", b'"fields"'),
    *of(DAYS, "truncated", "refused", r"^not data: expected JSON, found a body that begins b'\{", b'"RS"'),
    *of(FILE, "truncated", "refused", "^not data: expected a whole gzip file, found one that is cut short"),
    *every("cut", "refused", "expected a whole body, found one that ended after", b"e"),
    *every("slow", "refused", "expected a body within 0.4 s, found .* and no end", seconds=5, pieces=50,
           limits={"request_seconds": 0.4}),
    *every("slow", "failed|refused", "in time|silence", seconds=5, pieces=2, limits=HASTY),
    *every("oversize", "refused", "expected at most 200,000 bytes, found more", b" " * 99, bytes=300_000),
    # written otherwise
    *every("wrong_encoding", "refused", "expected (CSV|JSON|text) in UTF-8, found", CP950),
    *every("wrong_encoding", "released", "^$", "甲".encode(), encoding="utf-8", charset="big5"),
    *of(LEVELS, "shape", "released", "^$", b'[\n {\n  "site"', to="bare"),
    # pages
    *of(LEVELS, "repeated_page", "refused", "expected new rows on each page, found page 2 repeating an earlier one"),
    *of(LEVELS, "short_page", "refused", f"expected 8 rows, {WHOLE} 5", rows=1),
    *of(LEVELS, "short_page", "refused", f"expected 8 rows, {WHOLE} 6", rows=2, page=2),
    *of(LEVELS, "moved_page", "refused", MOVED),
    *of(LEVELS, "moved_page", "refused", f"expected 8 rows, {WHOLE} 7", rows=-1),
    Cell(LEVELS, "moved_page", {}, "refused", MOVED, also="bare"),
    # Nothing in a list without a total tells that rows were skipped; the next night asks for them again.
    Cell(LEVELS, "moved_page", {"rows": -1}, "released", "^$", also="bare"),
    *of(DAYS, "repeated_page", "refused", "found some of page 2 on an earlier one: the table moved"),
    *of(DAYS, "moved_page", "refused", "found some of page 2 on an earlier one: the table moved"),
    *of(DAYS, "moved_page", "released", "^$", rows=-1),
    *of(DAYS, "short_page", "refused", "expected as many rows on page 2 as on page 1 .3., found 2", rows=1),
]  # fmt: skip

WITHOUT = {
    "moenv": {},
    "file": {
        "shape": "one shape, that of its header",
        "repeated_page": "a file has no pages",
        "short_page": "a file has no pages",
        "moved_page": "a file has no pages",
    },
    "moa": {
        "wrong_key": "the interface is for everyone: no key is sent",
        "shape": "one shape of each interface",
    },
}
"""By protocol: faults that it cannot have, and why. The sandbox refuses to show them."""


def test_every_fault_meets_every_protocol_or_it_is_said_why_not(sandbox: Sandbox):
    met = {(DATASETS[cell.slug], cell.fault) for cell in CELLS}
    without = {(protocol, fault) for protocol, faults in WITHOUT.items() for fault in faults}
    assert met | without == {(protocol, fault) for protocol in DATASETS.values() for fault in FAULTS}
    assert not met & without
    for slug, protocol in DATASETS.items():
        for fault in WITHOUT[protocol]:
            with pytest.raises(Exception, match=f"protocol {protocol} cannot show fault {fault}"):
                sandbox.set_fault(slug, fault, **({"to": "bare"} if fault == "shape" else {}))


def _shared(i: int) -> bool:
    """Whether the cell is one of several that differ in the protocol alone, and not the one of the fast tests."""
    alike = [j for j, cell in enumerate(CELLS) if replace(cell, slug="") == replace(CELLS[i], slug="")]
    return len(alike) > 1 and i != alike[len(CELLS[i].fault) % len(alike)]


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(
            cell,
            id=f"{DATASETS[cell.slug]}-{cell.fault}-{i}",
            marks=[pytest.mark.soak] if _shared(i) else [],
        )
        for i, cell in enumerate(CELLS)
    ],
)
def test_a_fault(world: World, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, cell: Cell):
    caplog.set_level("DEBUG")
    before = dict(bodies(world.public))
    later(sandbox)
    sandbox.set_fault(cell.slug, cell.fault, **cell.params)
    if cell.also:
        sandbox.add_fault(cell.slug, "shape", to=cell.also)
    items = night(world, sandbox, cell.slug, **cell.limits)
    assert len(items) == 1
    (item,) = items
    assert item.outcome in cell.outcome.split("|"), item
    if item.outcome == "released":
        assert re.search(cell.says, ";".join(f"{one['column']}={one['raw']}" for one in world.quarantine(cell.slug)))
    else:
        _one_sentence(item.reason, cell.says)
        assert item.release == 1
        status = json.loads(world.public.get(f"datasets/{cell.slug}/status.json").body)
        assert (status["state"], status["reason"]) == (
            "held" if item.outcome == "held" else "failing",
            sentences(each.public() for each in item.reasons),
        )
    after = dict(bodies(world.public))
    changed = {key for key in before if after.get(key) != before[key]}
    assert not any("immutable" in keys.headers(key).cache_control for key in changed), (
        "what was released stays as it was"
    )
    pointers = {key for key in changed if key.endswith(("/datapackage.json", "/releases.json"))}
    assert bool(pointers) == (item.outcome == "released"), "the newest release is another one only if one was made"
    came = kept(world, cell.slug)
    assert bool(came) == (cell.kept is not None)
    assert (cell.kept or b"") in b"".join(map(unpacked, came))
    secret_nowhere(world, items)
    assert not leaks("\n".join(record.getMessage() for record in caplog.records if record.name != "httpx"))
    # And the next good night goes on; after a release, an hour later, so that there is news.
    sandbox.clear_faults()
    later(sandbox, hours=2 if item.outcome == "released" else 1)
    good = world.newest(cell.slug).n + 1
    assert "released" in [one.outcome for one in night(world, sandbox, cell.slug)]
    assert world.newest(cell.slug).n == good


def _one_sentence(said: str | None, pattern: str) -> None:
    assert said is not None
    assert re.search(pattern, said), said
    assert "\n" not in said
    assert "Traceback" not in said
    assert len(said) < 600
