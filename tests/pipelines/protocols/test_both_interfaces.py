"""A ministry that answers at two interfaces: what is released is the same, however it is asked."""

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from refreshes import refreshed
from stores import quick_stores

from catalog.declaration.yaml12 import read_yaml
from catalog.release import publish
from catalog.release.read import ReleaseFiles
from pipelines.context import Clock, Context
from pipelines.declared import Declarations
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.live import Live
from pipelines.fetch.transport import FetchLimits
from sandbox import Sandbox
from sandbox.clock import parse_time

DATASETS = Path(__file__).resolve().parents[3] / "datasets"
CROPS = "crop-prices"
NOW = parse_time("2026-11-21T01:30:00+08:00")
FIRST, LAST = dt.date(2026, 11, 9), dt.date(2026, 11, 21)
MARKETS = 40
"""So many more than the dataset has: a day is more than a page, and twelve days are more than the older one gives."""


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two") / "datasets"
    folder.mkdir()
    for name in ("counties", CROPS):
        shutil.copytree(DATASETS / name, folder / name)
    shutil.copy(DATASETS / "agencies.yaml", folder)
    markets = folder / CROPS / "sandbox-markets.csv"
    more = "".join(f"{number},台北一,Mon\n" for number in range(900, 900 + MARKETS))
    markets.write_text(markets.read_text(encoding="utf-8") + more, encoding="utf-8")
    return folder


def released(home: Path, datasets: Path, source: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The rows of a first release, and what the agency was asked for them."""
    declared = datasets / CROPS / "dataset.yaml"
    said = read_yaml(declared)
    said["minsheng"]["source"] |= source
    declared.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    with Sandbox(datasets, NOW) as sandbox:
        public, private = quick_stores(home)
        ctx = Context(public, private, Declarations(datasets), {}, clock=Clock(), days=(FIRST, LAST))
        limits = FetchLimits(read_seconds=20, attempts=1)
        items = list(refreshed(ctx, Live(Fetcher({}, limits, sandbox.url), "sandbox"), [CROPS]))
        asked = [request.query for request in sandbox.log]
    assert [item.outcome for item in items if item.dataset == CROPS] == ["released"]
    release = publish.newest(public, CROPS)
    assert release is not None
    return ReleaseFiles(public, release).table().to_pylist(), asked


@pytest.mark.soak
def test_pages_and_split_days_give_the_same_rows(tmp_path: Path, datasets: Path):
    paged, pages = released(tmp_path / "v1", datasets, {"interface": "v1"})
    older = {"interface": "legacy", "resource": "FarmTransData"}
    split, halves = released(tmp_path / "legacy", datasets, older)
    assert len(paged) > 12_000
    assert {query["Page"] for query in pages} == {"1", "2"}
    assert len(halves) < len(pages) / 3
    whole = {"StartDate": "115.11.09", "EndDate": "115.11.21"}
    assert [query for query in halves if whole.items() <= query.items()]
    assert len(halves) > 2, "the cap cut the whole span off"
    assert split == paged
    assert not {row["crop_name"] for row in paged} & {"休市"}
