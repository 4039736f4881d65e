"""For each check of the suites: one broken value, and that check failed, in Dagster's event log and in quality.json."""

import csv
import functools
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest
from recordings import replay
from refreshes import refreshed
from tiers import few

from catalog.declaration.dataset import Dataset, load_dataset
from pipelines import settings
from pipelines.candidate.facts import candidate_quality
from pipelines.conform.columns import fold_name
from pipelines.fetch.fetcher import Fetcher
from pipelines.fetch.sources import open_sources
from pipelines.refresh import decide
from pipelines.shell import checks as shown
from pipelines.shell.location import build
from pipelines.shell.names import slug_of
from quality.suite import checks, load_suite
from sandbox import Sandbox

DATASETS = Path(__file__).resolve().parents[3] / "datasets"
AIR, COVID = "air-quality-hourly", "covid-19-onset-county"
JOBS = {AIR: "agency_moenv", COVID: "agency_cdc"}
STRANGE = "測試縣"
"""A spelling that the test adds, of a county that there is not."""

# What breaks an expectation of quality.yaml, as the agency would send it.
BROKEN = {
    AIR: {
        "aqi-above-zero": {"aqi": "0", "status": "良好"},
        "nox-at-least-no": {"nox": "1", "no": "5", "no2": ""},
        "nox-at-least-no2": {"nox": "1", "no": "", "no2": "5"},
        "pm10-at-least-pm2-5": {"pm10": "1", "pm2.5": "5"},
        "pm10-average-at-least-pm2-5-average": {"pm10_avg": "1", "pm2.5_avg": "5"},
        "station-id-without-leading-zero": {"siteid": "0999"},
        "station-name-readable": {"sitename": "??"},
        "published-since-the-index-began": {"publishtime": "2016/11/30 23:00:00"},
        "pm2-5-not-a-fault-reading": {"pm2.5": "985"},
        "pm10-not-a-fault-reading": {"pm10": "995"},
        "pm2-5-plausible": {"pm2.5": "300"},
        "ozone-plausible": {"o3": "250"},
        "wind-speed-plausible": {"wind_speed": "45"},
        "longitude-in-the-network": {"longitude": "118"},
        "latitude-in-the-network": {"latitude": "21.7"},
    },
    COVID: {
        "town-has-the-form-of-a-town": {"鄉鎮": "某地"},
        "town-written-with-tai": {"鄉鎮": "臺東市"},
        "town-exists-since-2015": {"鄉鎮": "板橋市"},
        "town-is-no-total": {"鄉鎮": "全區"},
        "cases-not-a-total": {"確定病例數": "1001"},
        "cases-plausible": {"確定病例數": "21"},
        "onset-within-the-table": {"發病日": "2022/12/31"},
        "onset-before-the-new-definition": {"發病日": "2024/09/01"},
        "county-known": {"縣市": "空值"},
        "town-known": {"鄉鎮": "空值"},
        "sex-known": {"性別": "U"},
    },
}


def asked(slug: str) -> list[str]:
    dataset = load_dataset(DATASETS, slug)
    referring = {one.fields[0]: ["x"] for one in dataset.minsheng.references}
    bounded = {one.name: (0, 1) for one in dataset.published if one.constraints.minimum is not None}
    return [check.id for check in checks(dataset, load_suite(DATASETS, slug), referring, bounded)]


EVERY = [(slug, check) for slug in (AIR, COVID) for check in asked(slug)]


def broken(dataset: Dataset, check: str, names: list[str]) -> dict[str, str]:
    """The cells, by the agency's names, that break a check and as little else as can be."""
    if check in BROKEN[dataset.name]:
        return BROKEN[dataset.name][check]
    name, rule = check.split(".")
    field = dataset.field(name)
    top = field.constraints.maximum if field.constraints.maximum is not None else field.constraints.minimum
    beyond = "1900/01/01" if field.date else str((top or 0) + (1 if field.constraints.maximum is not None else -1))
    text = {"required": "", "type": "?", "date": "?", "code": "?", "list": "?", "pattern": "x", "range": beyond}
    (heard,) = [one for one in names if fold_name(one) in {fold_name(each) for each in field.heard}]
    return {heard: text.get(rule, STRANGE)}


def good_rows(sandbox: Sandbox, slug: str) -> list[dict[str, str]]:
    source = load_dataset(DATASETS, slug).minsheng.source
    address = source.get("address", f"https://{source.get('host')}/api/v2/{source.get('dataset')}")
    query = {"api_key": "sandbox-key", "limit": "400", "format": "json"} if "host" in source else {}
    answer = httpx.get(address.replace("https:/", sandbox.url), params=query, trust_env=False, timeout=60)
    if "host" in source:
        found: list[dict[str, str]] = answer.json()
        return found
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def written(rows: list[dict[str, str]], slug: str) -> bytes:
    if slug == AIR:
        return json.dumps(rows, ensure_ascii=False).encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


class Broken:
    """One dataset of which every check was broken once, through Dagster."""

    def __init__(self, slug: str, folder: Path) -> None:
        datasets = folder / "datasets"
        shutil.copytree(DATASETS, datasets)
        spellings = datasets / "county-spellings" / "dataset.yaml"
        text = spellings.read_text(encoding="utf-8")
        reference = "  references:\n    - {fields: [county_code], dataset: counties, to: [code]}\n"
        assert reference in text
        spellings.write_text(text.replace(reference, ""), encoding="utf-8")
        with (datasets / "county-spellings" / "county-spellings.csv").open("a", encoding="utf-8") as file:
            file.write(f"{STRANGE},TW-XXX,variant\n")
        dataset = load_dataset(datasets, slug)
        with Sandbox(DATASETS) as sandbox:
            rows = good_rows(sandbox, slug)
        bad = [dict(row) for row in rows]
        self.row_of: dict[str, int] = {}
        for i, check in enumerate(asked(slug)):
            at = 3 * i  # apart, so that no two rows become one
            bad[at] |= broken(dataset, check, list(rows[0]))
            assert bad[at] != rows[at], f"{check}: nothing was broken"
            self.row_of[check] = at + 1
        times = ("2026-11-20T01:00:00+08:00", "2026-11-21T01:00:00+08:00")
        mode = f"replay:{replay(folder / 'replay', slug, [(times[0], written(rows, slug))])}"
        self.said = settings.read(
            {
                "MINSHENG_HOME": str(folder / "home"),
                "MINSHENG_STORE": f"file:{folder / 'public'}",
                "MINSHENG_DATASETS": str(datasets),
                "MINSHENG_SOURCES": mode,
            }
        )
        with settings.open_context(self.said) as ctx:
            list(refreshed(ctx, open_sources(mode, Fetcher({})), [slug]))
        replay(folder / "replay", slug, [(times[0], written(rows, slug)), (times[1], written(bad, slug))])
        with dg.DagsterInstance.ephemeral() as instance:
            job = build(self.said).resolve_job_def(JOBS[slug])
            result = job.execute_in_process(instance=instance, raise_on_error=False)
            found = [one for one in result.get_asset_check_evaluations() if slug_of(one.asset_key) == slug]
            self.events = {shown.id_of(one.check_name): one for one in found}
        with settings.open_context(self.said) as ctx:
            ((_, waits),) = decide.waiting(ctx, [slug])
            fact = candidate_quality(ctx, slug, waits.identity)
        self.fact: dict[str, Any] = {one["id"]: one for one in fact["checks"]}


@pytest.fixture(scope="module")
def all_broken(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Broken]:
    return functools.cache(lambda slug: Broken(slug, tmp_path_factory.mktemp("broken")))


@pytest.mark.parametrize(("slug", "check"), few(EVERY, len(asked(AIR))), ids=[check for _, check in EVERY])
def test_a_broken_value_fails_its_check(all_broken: Callable[[str], Broken], slug: str, check: str) -> None:
    found = all_broken(slug)
    line = found.fact[check]
    assert not line["success"]
    assert line["failed"] >= 1
    examples = [one["row"] for one in line["examples"]]
    assert found.row_of[check] in examples or line["failed"] > len(examples)
    event = found.events[check]
    assert not event.passed
    grave = dg.AssetCheckSeverity.ERROR if line["severity"] in ("hold", "block") else dg.AssetCheckSeverity.WARN
    assert event.severity is grave
