"""Where the agency says that an address moved, where pages grew shorter, and how bytes are written now."""

from typing import Any

import pytest
from drifting import BLOCK, declare, table
from nights import Make
from worlds import SLUG, START, World

from catalog.declaration.dataset import Agency
from pipelines.drift.changes import Draft, Past, SourceChange
from pipelines.drift.drift import drift
from pipelines.drift.sources import address_changes, paging_changes
from pipelines.records import Fetched, Page, Record
from pipelines.refresh.settle import record as keep

MOVED = "https://waters.example/v2/rivers.csv"


def draft(world: World, block: str = BLOCK) -> Draft:
    declare(world, block=block)
    text = (world.datasets / SLUG / "dataset.yaml").read_text(encoding="utf-8")
    return Draft(text, world.ctx.declarations.dataset(SLUG))


def agency(world: World) -> Agency:
    return world.ctx.declarations.of(SLUG).agency


def record(address: str, status: int = 200, **headers: str) -> Record:
    page: dict[str, Any] = {"address": address, "status": status, "headers": headers, "sha256": "0" * 64}
    return Record(1, START, "complete" if status == 200 else "broken", None, (page,), {}, None)


def edits(changes: list[SourceChange]) -> list[Any]:
    return [edit.value for change in changes for edit in change.edits]


def test_a_redirect_that_was_followed_or_refused_is_the_new_address(make: Make) -> None:
    world = make()
    before = draft(world)
    waters = agency(world)
    assert address_changes(before, record("https://waters.example/rivers.csv"), waters) == []
    assert edits(address_changes(before, record(MOVED), waters)) == [MOVED]
    refused = record("https://waters.example/rivers.csv", 301, location="https://rivers.example/all.csv")
    (change,) = address_changes(before, refused, waters)
    assert edits([change]) == ["https://rivers.example/all.csv"]
    assert change.says.endswith("list rivers.example under hosts of waters in agencies.yaml too")
    (gone,) = address_changes(before, record("https://waters.example/rivers.csv", 404), waters)
    assert (gone.edits, gone.says.startswith("nothing is at https://waters.example/rivers.csv any more")) == ((), True)


def test_what_came_from_another_address_is_accepted_with_its_patch(make: Make) -> None:
    world = make()
    draft(world)
    keep(world.ctx, SLUG, Fetched({}, START, (Page(MOVED, 200, {}, table().encode()),), None))
    found = drift(world.ctx, SLUG)
    assert f"+    address: {MOVED}\n" in found.patch
    assert found.after is not None
    assert found.after.result == "passes"


def test_the_newest_answer_is_looked_at_although_it_is_none(make: Make) -> None:
    world = make()
    draft(world)
    world.tell(table())
    page = Page("https://waters.example/rivers.csv", 301, {"location": MOVED}, b"")
    keep(world.ctx, SLUG, Fetched({}, world.now, (page,), "expected status 200, found 301"))
    found = drift(world.ctx, SLUG)
    assert (found.fetch, [change.kind for change in found.changes]) == (2, ["address"])


@pytest.mark.parametrize(
    ("source", "size"),
    [
        ("{protocol: moenv, dataset: aqx_p_1, host: waters.example}", "limit: 500"),
        ("{protocol: rest, address: 'https://waters.example/r', format: json, "
         "paging: {by: offset, name: o, size: 1000}}", "size: 500"),
    ],
)  # fmt: skip
def test_a_page_that_the_agency_caps_is_not_the_last(make: Make, source: str, size: str) -> None:
    world = make()
    before = draft(
        world, BLOCK.replace(BLOCK[BLOCK.index("  source:") : BLOCK.index("  attribution")], f"  source: {source}\n")
    )
    past = Past(before.dataset.arrow.empty_table(), 1_200, ("site",), frozenset(), {})
    asked = record("https://waters.example/r")
    (change,) = paging_changes(before, asked, [500], past)
    assert size in before.after([change]).text
    assert "a page has 500 rows now, where 1,000 are asked for" in change.says
    for sizes in ([1000, 200], [487], [1200]):
        assert paging_changes(before, asked, sizes, past) == []
