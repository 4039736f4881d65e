"""Why a run did not succeed: real runs of Dagster that fail, are killed, told to end, or terminated."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from tiers import few

from pipelines.shell.ended import failures, reasons, terminated

PROGRAM = """
import os, signal, sys
import dagster as dg

@dg.asset(key=dg.AssetKey(["lakes.release"]))
def lakes(): ...

@dg.asset(key=dg.AssetKey(["rivers.evidence"]), deps=[lakes])
def rivers():
    if sys.argv[2] == "fail":
        raise dg.Failure("no answer", allow_retries=False)
    if sys.argv[2] == "fault":
        raise ValueError("x")
    if sys.argv[2] == "terminate":
        instance.report_run_canceling(instance.get_run_by_id(sys.argv[3]))
    os.kill(os.getpid(), signal.SIGKILL if sys.argv[2] == "kill" else signal.SIGTERM)
    signal.pause()

@dg.asset(key=dg.AssetKey(["rivers.release"]), deps=[rivers])
def released(): ...

@dg.op
def decision():
    os.kill(os.getpid(), signal.SIGKILL)

@dg.job(executor_def=dg.in_process_executor)
def review():
    decision()

assets = dg.define_asset_job("nightly", executor_def=dg.in_process_executor)
defs = dg.Definitions([lakes, rivers, released], jobs=[assets, review])

with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
    job = defs.resolve_job_def(sys.argv[4])
    job.execute_in_process(instance=instance, run_id=sys.argv[3], raise_on_error=False)
"""
RUN = "6dfe3e92-0c5c-4e2b-bd0b-5e1d2f3a4b5c"
ENDED = (
    "the run was ended from outside at rivers.evidence; not done: rivers; done: lakes; every release is whole, and "
    "what was fetched is kept. The next night finishes the rest; to have it now, choose Re-execute all on the page of "
    "this run / 本次執行於 rivers.evidence 時由外部中止；未完成：rivers；已完成：lakes；"
    "已釋出之版本均完整，已擷取之回應均已保存。其餘由下一夜完成；如需立即完成，請在本次執行的頁面選擇 Re-execute all"
)


def ended(folder: Path, how: str, job: str = "nightly") -> tuple[dg.DagsterInstance, dg.DagsterRun]:
    """A run that ended so, in a process of its own."""
    subprocess.run([sys.executable, "-c", PROGRAM, str(folder), how, RUN, job], capture_output=True, check=False)
    instance = dg.DagsterInstance.local_temp(str(folder))
    run = instance.get_run_by_id(RUN)
    assert run
    if not run.is_finished:  # as the daemon does when a process is gone
        instance.report_run_failed(run, "the process died")
    return instance, instance.get_run_by_id(RUN) or run


@pytest.mark.parametrize(
    ("how", "expected"),
    few([("fail", "rivers_evidence: no answer"), ("fault", "rivers_evidence: ValueError: x")]),
)
def test_a_step_that_failed_has_a_sentence(tmp_path: Path, how: str, expected: str) -> None:
    instance, run = ended(tmp_path, how)
    with instance:
        assert reasons(instance, run) == ([expected], [])


@pytest.mark.parametrize("how", few(["kill", "end", "terminate"]))
def test_a_run_that_was_ended_from_outside_says_what_is_left_what_is_safe_and_what_comes_next(
    tmp_path: Path, how: str
) -> None:
    instance, run = ended(tmp_path, how)
    with instance:
        assert run.status == (dg.DagsterRunStatus.CANCELED if how == "terminate" else dg.DagsterRunStatus.FAILURE)
        assert reasons(instance, run) == ([], [ENDED])


def test_a_job_of_a_steward_is_to_be_executed_again(tmp_path: Path) -> None:
    instance, run = ended(tmp_path, "kill", "review")
    with instance:
        (sentence,) = reasons(instance, run).from_outside
    assert sentence.startswith("the run was ended from outside at decision; every release is whole")
    assert "Execute it again; what it did already is not done twice / 本次執行於 decision 時由外部中止" in sentence


def test_a_run_that_never_began_says_so(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = instance.create_run_for_job(dg.JobDefinition(name="x", graph_def=dg.GraphDefinition(name="x")))
        assert reasons(instance, run) == ([], []), "its last event tells why"
        instance.report_run_canceled(run)
        (sentence,) = reasons(instance, instance.get_run_by_id(run.run_id) or run).from_outside
    assert sentence.startswith("the run was ended from outside before it began")


@pytest.mark.parametrize(("how", "sensor"), few([("terminate", terminated()), ("kill", failures())]))
def test_the_page_of_the_run_says_it(tmp_path: Path, how: str, sensor: dg.RunStatusSensorDefinition) -> None:
    instance, run = ended(tmp_path, how)
    kind = dg.DagsterEventType.RUN_CANCELED if how == "terminate" else dg.DagsterEventType.RUN_FAILURE
    with instance:
        (record,) = instance.get_records_for_run(RUN, of_type=kind).records
        event = record.event_log_entry.dagster_event
        assert event
        context = dg.build_run_status_sensor_context("x", event, instance, run)
        sensor(context.for_run_failure() if how == "kill" else context)
        told = instance.get_records_for_run(RUN, of_type=dg.DagsterEventType.ENGINE_EVENT).records
    assert ENDED in [each.event_log_entry.dagster_event.message for each in told if each.event_log_entry.dagster_event]
