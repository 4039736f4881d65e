"""What the sensors see: candidates that wait, and why a run failed."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from nights import waits
from worlds import SLUG, World, column, declaration

from pipelines.settings import Settings, read
from pipelines.shell.forms import review_key
from pipelines.shell.sensors import candidates, sentences, waiting_candidates


def settings_of(home: Path, **more: str) -> Settings:
    stores = {"STORE": f"file:{home / 'public'}", "EVIDENCE": f"file:{home / 'private'}"} | more
    named = {"HOME": str(home), "DATASETS": str(home / "datasets")} | stores
    return read({f"MINSHENG_{name}": value for name, value in named.items()})


def failed_run(*steps: tuple[str | None, str | None], message: str = "") -> Any:
    """A run whose steps failed: what each says to people, and the error of each."""
    events = [
        SimpleNamespace(
            step_key=f"step_{i}",
            step_failure_data=SimpleNamespace(
                user_failure_data=SimpleNamespace(description=told) if told else None,
                error=SimpleNamespace(message=error, cls_name=None) if error else None,
            ),
        )
        for i, (told, error) in enumerate(steps)
    ]
    nothing = SimpleNamespace(records=[])
    return SimpleNamespace(
        get_step_failure_events=lambda: events,
        failure_event=SimpleNamespace(message=message or None),
        instance=SimpleNamespace(get_records_for_run=lambda *_, **__: nothing),
        dagster_run=SimpleNamespace(run_id="x"),
    )


@pytest.fixture
def held(tmp_path: Path) -> World:
    """A world in which a candidate waits."""
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    world = World(tmp_path)
    world.declare(declaration(fields=[column("site"), level], guards={"quarantined": 1}))
    world.tell("site,level\na,9\n")
    return world


def test_what_waits_is_told_in_both_languages(held: World):
    waiting = waiting_candidates(settings_of(held.root))
    assert waiting is not None
    ((name, why),) = waiting.items()
    assert name == review_key(SLUG, waits(held) or "")
    english, chinese = why.split(" / ")
    assert english.startswith("level.range: 1 of 1 rows fail")
    assert chinese.startswith("level.range：")


def test_partitions_are_made_equal_to_what_waits(held: World):
    name = review_key(SLUG, waits(held) or "")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("review", ["gone|0123456789abcdef"])
        tick = candidates(settings_of(held.root)).evaluate_tick(dg.build_sensor_context(instance))
    added, deleted = tick.dynamic_partitions_requests or ()
    assert (list(added.partition_keys), list(deleted.partition_keys)) == ([SLUG, name], ["gone|0123456789abcdef"])


def test_looking_does_not_start_the_embedded_store(tmp_path: Path):
    (tmp_path / "datasets").mkdir()
    home = settings_of(tmp_path, STORE="embedded", EVIDENCE="embedded")
    assert waiting_candidates(home) is None
    assert [path.name for path in tmp_path.iterdir()] == ["datasets"]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (
            failed_run(("no answer", "dagster.Failure"), (None, "ValueError: x\n")),
            ["step_0: no answer", "step_1: ValueError: x"],
        ),
        (failed_run(message="the process died"), ["the process died"]),
        (failed_run(), ["the run failed"]),
    ],
)
def test_a_failed_run_is_told_in_a_sentence_for_each_step(run: Any, expected: list[str]):
    assert sentences(run) == expected


KILLED = """
import os, signal, sys
import dagster as dg

@dg.op
def lakes():
    return 1

@dg.op
def rivers(before):
    os.kill(os.getpid(), getattr(signal, sys.argv[2]))
    signal.pause()

@dg.job(executor_def=dg.in_process_executor)
def nightly():
    rivers(lakes())

with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
    nightly.execute_in_process(instance=instance, run_id=sys.argv[3], raise_on_error=False)
"""


@pytest.mark.parametrize("ending", ["SIGKILL", "SIGTERM"])
def test_a_run_that_was_ended_from_outside_says_where_what_is_safe_and_what_comes_next(tmp_path: Path, ending: str):
    run_id = "6dfe3e92-0c5c-4e2b-bd0b-5e1d2f3a4b5c"
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), ending, run_id], capture_output=True, check=False)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None
        if not run.is_finished:  # as the daemon does when a process is gone
            instance.report_run_failed(run, "the process died")
        event = next(
            record.event_log_entry.dagster_event
            for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
        )
        assert event is not None
        context = dg.build_run_status_sensor_context("failures", event, instance, run).for_run_failure()
        assert sentences(context) == [
            "rivers: the run was ended from outside there; every release is whole, and what was fetched is kept. The "
            "next run finishes the rest: the next night, or Re-execute all of this one"
        ]
