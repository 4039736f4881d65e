"""The sandbox with the project's own datasets: their names and addresses, and changed copies of their sandbox.yaml."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from sandbox.clock import parse_time
from sandbox.messages import AgencyTable
from sandbox.rows.table import table_at
from sandbox.spec import SandboxDataset, load

DATASETS = Path(__file__).parent.parent / "datasets"
AIR, AIR_PATH = "air-quality-hourly", "/data.moenv.gov.tw/api/v2/aqx_p_432"
CDC, CDC_PATH = "covid-19-onset-county", "/od.cdc.gov.tw/eic/Age_County_Gender_day_19Cov.csv"
CROPS = "crop-prices"
CROPS_V1_PATH = "/data.moa.gov.tw/api/v1/AgriProductsTransType/"
CROPS_OLDER_PATH = "/data.moa.gov.tw/Service/OpenData/FromM/FarmTransData.aspx"
KEY = "sandbox-key"
Ask = Callable[..., httpx.Response]
"""A request with the given query parameters or headers."""
NIGHT_1 = parse_time("2026-11-21T01:30:00+08:00")
NIGHT_2 = parse_time("2026-11-22T01:30:00+08:00")
NIGHT_2_LATER = parse_time("2026-11-22T03:30:00+08:00")


def table_of(dataset: SandboxDataset, now: datetime) -> AgencyTable:
    """The rows of a dataset at a moment, without faults."""
    return table_at(dataset.file.rows.kind, dataset.entities, dataset.file.seed, now)


def copied(folder: Path, slug: str, *changes: tuple[str, str]) -> Path:
    """A folder of datasets with a copy of one. In its sandbox.yaml each old text is replaced once by a new one."""
    shutil.copytree(DATASETS / slug, folder / slug)
    file = folder / slug / "sandbox.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    return folder


def changed_dataset(folder: Path, slug: str, old: str, new: str) -> SandboxDataset:
    """A dataset whose sandbox.yaml was changed."""
    return load(copied(folder, slug, (old, new)))[slug]
