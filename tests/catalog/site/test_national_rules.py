"""Every kind of page keeps the national accessibility rules of Taiwan at AA, in both languages."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hosts import hosted
from tiers import few
from worlds import World

from catalog.store import Store
from catalog.store.file import FileStore

SCRIPT = Path(__file__).parents[2] / "reader" / "national_rules.py"
OPEN_FORMATS = "ME1320200C"
"""Downloads are in an open format. The checker finds each link to a workbook; it does not see the CSV beside it."""


def fails(reader: Path, store: Store, pages: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    with hosted(store) as address:
        asked = [f"{address}/{page}" for page in pages]
        done = subprocess.run(
            [str(reader), str(SCRIPT), *asked], capture_output=True, text=True, timeout=300, check=True
        )
        found = json.loads(done.stdout)
    return {page: [(rule, markup) for rule, markup in found[at]] for page, at in zip(pages, asked, strict=True)}


def kind(page: str) -> str:
    """The kind of a page: of pages that one template makes, one is enough."""
    page = re.sub(r"^datasets/[^/]+/", "datasets/*/", page)
    return re.sub(r"(places|agencies|topics)/(?!index)[^/.]+", r"\1/*", re.sub(r"release-\d+", "release-*", page))


def one_of_each_kind(world: World) -> list[str]:
    chosen: dict[str, str] = {}
    for page in sorted(key for key in world.public.list("") if key.endswith(".html")):
        # Of datasets, the one with most to show.
        if kind(page) not in chosen or "/rivers/" in page:
            chosen[kind(page)] = page
    return sorted(chosen.values())


@pytest.mark.parametrize(
    ("country", "every"),
    few([(True, 9), (True, 1), (False, 1)]),
    ids=["some of the country", "country", "ministry"],
)
def test_every_kind_of_page_keeps_the_rules(world: World, land: World, reader: Path, country: bool, every: int) -> None:
    shown = land if country else world
    pages = one_of_each_kind(shown)
    assert len(pages) >= 30, "both languages of the pages of datasets, lists and guides"
    for page, broken in fails(reader, shown.public, pages[::every]).items():
        text = shown.public.get(page).body.decode()
        for rule, markup in broken:
            assert rule == OPEN_FORMATS, f"{page}: {rule} {markup}"
            address = re.findall(r'href="([^"]+\.xlsx)"', markup)[0]
            assert f'href="{address.removesuffix(".xlsx")}.csv"' in text, f"{page}: no open format beside {address}"


def test_the_checker_finds_what_is_wrong(reader: Path, world: World, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.put_new(
        "page.html", b"<!doctype html><html><head><title>x</title></head><body><img src='a.png'></body></html>"
    )
    assert {rule for rule, _ in fails(reader, store, ["page.html"])["page.html"]} >= {"HM1110100C", "HM1310100C"}
