"""Figures for a monitor, as the library of Prometheus reads them back."""

import datetime as dt

from prometheus_client.parser import text_string_to_metric_families
from worlds import World

from pipelines.night.metrics import exposition
from pipelines.night.report import report
from pipelines.night.told import ToldBefore


def test_the_figures_are_those_of_the_report(world: World, morning: dt.datetime) -> None:
    made = report(world.ctx, morning, ToldBefore())
    read = {}
    for family in text_string_to_metric_families(exposition(made).decode()):
        for sample in family.samples:
            read[sample.name, sample.labels.get("dataset"), sample.labels.get("state")] = sample.value
    states = {(slug, state): value for (name, slug, state), value in read.items() if name.endswith("dataset_state")}
    assert {slug: state for (slug, state), value in states.items() if value} == made.states
    assert sum(states.values()) == len(made.lines)
    assert read["minsheng_dataset_release", "rivers", None] == 2
    assert read["minsheng_dataset_rows", "rivers", None] == 3
    assert ("minsheng_dataset_rows", "springs", None) not in read
    checked = dt.datetime.fromisoformat(next(line.last_checked or "" for line in made.lines if line.dataset == "wells"))
    assert read["minsheng_dataset_last_checked_timestamp_seconds", "wells", None] == checked.timestamp()
    assert read["minsheng_looked_at_timestamp_seconds", None, None] == made.at.timestamp()
