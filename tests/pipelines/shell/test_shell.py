"""The Dagster shell against the sandbox, for two nights: it does what the command line does, and shows it."""

import atexit
import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from catalog import keys
from catalog.declaration.dataset import slugs
from catalog.declaration.fields import RULES
from catalog.errors import DeclarationError
from catalog.release import publish
from pipelines import settings
from pipelines.candidate.checks import declared_checks
from pipelines.declared import Declarations
from pipelines.run import run
from pipelines.shell import checks
from pipelines.shell.assets import shown_quality
from pipelines.shell.ended import reasons
from pipelines.shell.forms import DECISION, REVIEW, review_form, review_key
from pipelines.shell.location import build
from pipelines.shell.names import STAGES, key, slug_of
from pipelines.shell.sensors import candidates, waiting_candidates
from pipelines.shell.states import STATE
from quality.personal import PERSONAL
from sandbox import Sandbox

# Pandas warns of the groups in a pattern of quality.yaml.
pytestmark = pytest.mark.filterwarnings("ignore:This pattern is interpreted as a regular expression:UserWarning")

ROOT = Path(__file__).parents[3]
FEW = (
    "air-quality-hourly",
    "air-quality-stations",
    "counties",
    "county-spellings",
    "covid-19-onset-county",
    "crop-prices",
)
"""The project's own datasets that these nights are of: of all of them a night takes minutes."""


def _few() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="minsheng-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path in (ROOT / "datasets").iterdir():
        if path.is_file():
            shutil.copy(path, folder)
        elif path.name in FEW:
            shutil.copytree(path, folder / path.name)
    return folder


DATASETS = _few()
AIR, COVID, COUNTIES = "air-quality-hourly", "covid-19-onset-county", "counties"
STATIONS, PRICES = "air-quality-stations", "crop-prices"
NIGHT_1, NIGHT_2, NIGHT_2_LATER = (
    dt.datetime.fromisoformat(f"2026-11-{time}:00+08:00") for time in ("21T01:30", "22T01:30", "22T03:30")
)


def environment(home: Path, sandbox: Sandbox) -> dict[str, str]:
    return {
        "MINSHENG_HOME": str(home),
        "MINSHENG_STORE": f"file:{home / 'public'}",
        "MINSHENG_DATASETS": str(DATASETS),
        "MINSHENG_SOURCES": "sandbox",
        "MINSHENG_SANDBOX": sandbox.url,
        "MOENV_API_KEY": "sandbox-key",
    }


@dataclass
class Nights:
    """A home of its own and the three runs that were made in it."""

    said: settings.Settings
    defs: dg.Definitions
    instance: dg.DagsterInstance
    runs: list[dg.ExecuteInProcessResult]

    def newest(self, slug: str) -> Any:
        with settings.open_stores(self.said) as stores:
            return publish.newest(stores.public, slug)

    def evaluations(self, night: int, slug: str) -> dict[str, dg.AssetCheckEvaluation]:
        """By the check's id, what the event log of a run holds."""
        found = self.runs[night].get_asset_check_evaluations()
        return {checks.id_of(one.check_name): one for one in found if slug_of(one.asset_key) == slug}

    def materialized(self, night: int) -> dict[str, dict[str, Any]]:
        """By asset, the metadata of what a run materialized."""
        events = [event for event in self.runs[night].all_events if event.is_step_materialization]
        return {
            event.asset_key.to_user_string(): {
                name: value.value for name, value in event.step_materialization_data.materialization.metadata.items()
            }
            for event in events
            if event.asset_key
        }

    def failures(self, night: int) -> dict[str, str]:
        events = self.runs[night].filter_events(lambda event: event.is_step_failure)
        return {event.step_key or "": event.step_failure_data.user_failure_data.description or "" for event in events}


def execute(defs: dg.Definitions, job: str, instance: dg.DagsterInstance, **more: Any) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(job).execute_in_process(instance=instance, raise_on_error=False, **more)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """Night 1, and both rounds of night 2, through the job `nightly`."""
    with Sandbox(DATASETS, NIGHT_1) as sandbox, dg.DagsterInstance.ephemeral() as instance:
        said = settings.read(environment(tmp_path_factory.mktemp("shell"), sandbox))
        found = Nights(said, build(said), instance, [])
        for now in (NIGHT_1, NIGHT_2, NIGHT_2_LATER):
            sandbox.now = now
            found.runs.append(execute(found.defs, "nightly", instance))
        yield found


def test_the_first_night_releases_everything(nights: Nights) -> None:
    assert nights.runs[0].success
    shown = nights.materialized(0)
    assert {f"{slug}.{stage}" for stage in STAGES for slug in slugs(DATASETS)} <= set(shown)
    assert "catalog" in shown
    for slug, rows in ((COUNTIES, 22), ("county-spellings", 132), (AIR, 2520), (COVID, 3017)):
        release = shown[f"{slug}.release"]
        assert (release["release"], release["version"], release["kind"]) == (1, "1.0.0", "first")
        assert (release["insert"], release["dagster/row_count"]) == (rows, rows)
        assert release["document"].endswith(keys.document(slug, 1))
        assert release["verdict"] == "pass"
    assert shown[f"{AIR}.evidence"]["pages"] == 3
    columns = {column.name: column for column in shown[f"{AIR}.release"]["dagster/column_schema"].columns}
    assert "unit ug/m3" in columns["pm2_5"].constraints.other
    assert not columns["station_id"].constraints.nullable
    assert "細懸浮微粒" in columns["pm2_5"].description


def test_an_agency_that_is_down_fails_its_dataset_only(nights: Nights) -> None:
    assert not nights.runs[1].success
    failures = nights.failures(1)
    assert set(failures) == {"air_quality_hourly_evidence"}
    assert "data.moenv.gov.tw could not be reached" in failures["air_quality_hourly_evidence"]
    assert "sandbox-key" not in str(failures)
    shown = nights.materialized(1)
    assert not any(AIR in name for name in shown)
    assert shown[f"{COUNTIES}.release"]["unchanged"] is True
    assert shown[f"{COUNTIES}.evidence"]["note"] == "the source had nothing new"
    retried = nights.runs[1].filter_events(lambda event: event.event_type_value == "STEP_UP_FOR_RETRY")
    assert [event.step_key for event in retried] == ["air_quality_hourly_evidence"]


def test_a_held_candidate_is_no_release_and_no_failure(nights: Nights) -> None:
    assert nights.runs[2].success
    shown = nights.materialized(1)
    table = shown[f"{COVID}.table"]
    assert table["outcome"] == "held"
    reasons = [record.data["reason"] for record in table["reasons"].records]
    assert [text.split(":")[0] for text in reasons if ":" in text][:1] == ["imported.code"]
    assert any(text.startswith("guard.removed: ") for text in reasons)
    assert table["review"].startswith("/locations/minsheng/jobs/review/playground")
    release = shown[f"{COVID}.release"]
    assert (release["outcome"], release["unchanged"], release["release"]) == ("held", True, 1)
    assert table["candidate"][:16] in release["waits"]
    assert nights.instance.has_dynamic_partition(REVIEW, review_key(COVID, table["candidate"])), "offered at once"
    assert nights.newest(COVID).n == 1
    # Each check once, by the table; the release repeats nothing.
    told = [one.check_name for one in nights.runs[1].get_asset_check_evaluations() if slug_of(one.asset_key) == COVID]
    assert len(told) == len(nights.evaluations(1, COVID))


def test_the_catalog_is_written_although_a_dataset_fails(nights: Nights) -> None:
    assert "catalog" not in nights.materialized(1)
    assert "catalog" in nights.materialized(2)
    with settings.open_stores(nights.said) as stores:
        listed = {one["name"]: one["release"] for one in publish.read_json(stores.public, "catalog.json")["datasets"]}
    assert listed == {AIR: 2, STATIONS: 1, COVID: 1, PRICES: 2, COUNTIES: 1, "county-spellings": 1}
    events = nights.instance.fetch_materializations(dg.AssetKey("catalog"), limit=5).records
    late = [
        one.asset_materialization.metadata["run"].value
        for one in events
        if one.asset_materialization and "run" in one.asset_materialization.metadata
    ]
    assert late == [nights.runs[1].run_id]


def test_no_step_is_ever_skipped(nights: Nights) -> None:
    """Beside one that is abandoned, a skipped step would send Dagster's in-process executor round for ever."""
    for run_ in nights.runs:
        assert run_.filter_events(lambda event: event.event_type_value == "STEP_SKIPPED") == []


def test_checks_are_in_the_event_log_with_the_failing_values(nights: Nights) -> None:
    found = nights.evaluations(1, COVID)
    code = found["imported.code"]
    assert not code.passed
    assert code.severity == dg.AssetCheckSeverity.ERROR
    assert code.metadata["failed"].value == 1189
    assert {record.data["value"] for record in code.metadata["failing_rows"].value.records} == {"None"}
    assert not found["guard.removed"].passed
    assert "44.35%" in str(found["guard.removed"].metadata["observed"].value)
    assert found["guard.columns-unknown"].passed
    assert found["sex-known"].severity == dg.AssetCheckSeverity.WARN
    # A night without change judges nothing; the checks stay in sight as they stand for what is served, or waits.
    again = nights.evaluations(1, COUNTIES)
    of_table = [one for name, one in again.items() if name != STATE]  # how the dataset stands is judged now
    assert {one.metadata["judged"].value for one in of_table} == {"release 1, again"}
    assert all(one.passed for one in again.values())
    with settings.open_context(nights.said, writing=False) as ctx:
        fact, of, _ = shown_quality(ctx, COVID)
    assert fact is not None
    assert fact["verdict"] == "hold"
    assert of.endswith("waiting")
    assert len(nights.evaluations(2, AIR)) == len(nights.evaluations(0, AIR)) > 50


def test_every_check_of_the_fact_is_declared(nights: Nights) -> None:
    for one in Declarations(DATASETS).all():
        declared = {each.id: each.severity for each in declared_checks(one)}
        with settings.open_stores(nights.said) as stores:
            release = publish.newest(stores.public, one.slug)
            assert release
            fact = publish.read_json(stores.public, keys.dataset(one.slug, release.facts.facts["quality"].path))
        said = {each["id"]: each["severity"] for each in (*fact["checks"], *fact["guards"])}
        assert said.items() <= declared.items()
        asked = {f"approve.{name}" for name in ("schema", "refold", "withdrawal", "hold")}
        assert set(declared) - set(said) <= asked | {PERSONAL}


def test_names_of_checks_can_be_read_back() -> None:
    for one in Declarations(DATASETS).all():
        ids = [each.id for each in declared_checks(one)]
        assert [checks.id_of(checks.name_of(each)) for each in ids] == ids
        assert len({checks.name_of(each) for each in ids}) == len(ids)
    for odd in ("a__b.code", "a_.range", "guard.columns-unknown", *(f"x_y.{rule}" for rule in RULES)):
        assert checks.id_of(checks.name_of(odd)) == odd


@pytest.mark.soak
def test_the_command_line_makes_the_same_candidates(nights: Nights, tmp_path: Path) -> None:
    waiting = waiting_candidates(nights.said)
    with Sandbox(DATASETS, NIGHT_1) as sandbox:
        said = settings.read(environment(tmp_path, sandbox))
        for now in (NIGHT_1, NIGHT_2, NIGHT_2_LATER):
            sandbox.now = now
            with settings.open_context(said) as ctx:
                list(run(ctx, settings.sources(said), slugs(DATASETS)))
        for slug in slugs(DATASETS):
            with settings.open_stores(said) as stores:
                theirs = publish.newest(stores.public, slug)
            ours = nights.newest(slug)
            assert theirs
            assert (ours.n, ours.candidate, ours.sha256) == (theirs.n, theirs.candidate, theirs.sha256)
        assert waiting_candidates(said) == waiting
    assert waiting
    assert [name.partition("|")[0] for name in waiting] == [COVID]


def test_the_sensor_offers_what_waits_and_a_decision_releases_it(nights: Nights, tmp_path: Path) -> None:
    said = _copy(nights.said, tmp_path)
    defs = build(said)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(REVIEW, ["gone|0123456789abcdef"])
        _tick(candidates(said), instance)
        (partition,) = waiting_candidates(said) or {}
        assert partition.startswith(f"{COVID}|")
        offered = {*Declarations(said.datasets).slugs, partition}
        assert set(instance.get_dynamic_partitions(REVIEW)) == offered

        form = review_form(partition)
        typed = form["ops"][DECISION]["config"] | {"action": "approve", "by": "Lin", "reason": "agreed with the agency"}
        with pytest.raises(dg.DagsterInvalidConfigError):
            execute(defs, REVIEW, instance, run_config=form)
        done = execute(defs, REVIEW, instance, run_config={"ops": {DECISION: {"config": typed}}})
        assert done.success
        assert set(instance.get_dynamic_partitions(REVIEW)) == offered - {partition}
        event = instance.get_latest_materialization_event(key("release", COVID))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["approval"].value == "Lin"

        again = execute(
            defs, REVIEW, instance, run_config={"ops": {DECISION: {"config": typed | {"candidate": "0" * 16}}}}
        )
        assert not again.success
    with settings.open_stores(said) as stores:
        release = publish.newest(stores.public, COVID)
    assert release
    assert (release.n, release.approval.by) == (2, "Lin")


def test_a_rejected_candidate_is_gone(nights: Nights, tmp_path: Path) -> None:
    said = _copy(nights.said, tmp_path)
    (partition,) = waiting_candidates(said) or {}
    typed = review_form(partition)["ops"][DECISION]["config"] | {
        "action": "reject",
        "by": "Lin",
        "reason": "a bad table",
    }
    with dg.DagsterInstance.ephemeral() as instance:
        assert execute(build(said), REVIEW, instance, run_config={"ops": {DECISION: {"config": typed}}}).success
    assert waiting_candidates(said) == {}


def test_what_failed_is_one_sentence(nights: Nights) -> None:
    run_ = nights.instance.get_run_by_id(nights.runs[1].run_id)
    assert run_
    why = reasons(nights.instance, run_)
    (sentence,) = why.failed
    assert why.from_outside == []
    assert sentence.startswith("air_quality_hourly_evidence: data.moenv.gov.tw could not be reached")


def test_definitions_load_without_a_warning_and_hold_schedules_that_are_off(nights: Nights) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        repository = build(nights.said).get_repository_def()
    off = dg.DefaultScheduleStatus.STOPPED
    assert {(one.name, one.cron_schedule, one.default_status) for one in repository.schedule_defs} == {
        ("nightly", "30 1 * * *", off),
        ("fetch_air_quality_hourly", "20 * * * *", off),
        ("fetch_covid_19_onset_county", "30 18 * * *", off),
        ("gc", "0 5 * * 0", off),
    }
    assert {"nightly", "review", "withdraw", "agency_moenv", "agency_cdc", "agency_minsheng"} <= set(
        repository.job_names
    )


def test_a_wrong_declaration_is_one_clear_error(nights: Nights, tmp_path: Path) -> None:
    shutil.copytree(DATASETS, tmp_path / "datasets")
    for slug, wrong in ((COUNTIES, "aprove: auto"), (AIR, "approve: often")):
        path = tmp_path / "datasets" / slug / "dataset.yaml"
        path.write_text(path.read_text().replace("approve: auto", wrong))
    with pytest.raises(DeclarationError) as caught:
        Declarations(tmp_path / "datasets").all()
    assert [line.partition(": minsheng")[0] for line in str(caught.value).splitlines()] == [
        str(tmp_path / "datasets" / slug / "dataset.yaml") for slug in (AIR, COUNTIES, COUNTIES)
    ]
    asked = [sys.executable, "-c", "import pipelines.definitions"]
    said = subprocess.run(
        asked,
        cwd=ROOT,
        env=os.environ | {"MINSHENG_DATASETS": str(tmp_path / "datasets")},
        capture_output=True,
        text=True,
    )
    assert "minsheng.aprove: is not known" in said.stderr
    assert "pydantic" not in said.stderr


def _copy(said: settings.Settings, to: Path) -> settings.Settings:
    shutil.copytree(said.home, to / "home")
    return settings.read(
        {
            "MINSHENG_HOME": str(to / "home"),
            "MINSHENG_STORE": f"file:{to / 'home' / 'public'}",
            "MINSHENG_SOURCES": "sandbox",
            "MINSHENG_SANDBOX": "http://127.0.0.1:1",  # to decide, nobody has to be asked
        }
    )


def _tick(sensor: dg.SensorDefinition, instance: dg.DagsterInstance) -> None:
    tick = sensor.evaluate_tick(dg.build_sensor_context(instance))
    for request in tick.dynamic_partitions_requests or []:
        if type(request).__name__.startswith("Add"):
            instance.add_dynamic_partitions(REVIEW, list(request.partition_keys))
        else:
            for name in request.partition_keys:
                instance.delete_dynamic_partition(REVIEW, name)


def test_a_backfill_of_a_month_is_one_release(tmp_path: Path) -> None:
    with Sandbox(DATASETS, NIGHT_1) as sandbox, dg.DagsterInstance.ephemeral() as instance:
        said = settings.read(environment(tmp_path, sandbox))
        defs = build(said)
        # The tags with which Dagster runs a backfill of a range in one run.
        span = {"dagster/asset_partition_range_start": "2026-10-01", "dagster/asset_partition_range_end": "2026-10-31"}
        found = execute(defs, "agency_moa", instance, tags=span)
        assert found.success
        heard = instance.get_materialized_partitions(key("evidence", PRICES))
        assert heard == {f"2026-10-{day:02d}" for day in range(1, 32)}
        with settings.open_stores(said) as stores:
            release = publish.newest(stores.public, PRICES)
            assert release is not None
            assert (release.n, list(release.partitions)) == (1, ["2026-10"])
            assert publish.read_json(stores.private, keys.evidence(PRICES, 62))["window"] == {
                "trade_date": ["2026-10-31", "2026-10-31"],
                "kind": ["N05", "N05"],
            }
            assert stores.private.head(keys.evidence(PRICES, 63)) is None


def test_a_night_shows_the_days_that_it_asked_for(nights: Nights) -> None:
    heard = nights.instance.get_materialized_partitions(key("evidence", PRICES))
    assert heard == {f"2026-11-{day}" for day in range(12, 23)}, "ten days back in each of the nights"
