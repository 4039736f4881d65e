"""Figures for a monitor, in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

import datetime as dt
from typing import get_args

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from pipelines.night.report import Report
from pipelines.refresh.status import State

_OF_DATASET = ("dataset", "agency")


def exposition(report: Report) -> bytes:
    """Return the figures of a report: of each dataset its state, release, rows and times; when they were read."""
    registry = CollectorRegistry()

    def gauge(name: str, says: str, labels: tuple[str, ...] = _OF_DATASET) -> Gauge:
        return Gauge(f"minsheng_{name}", says, labels, registry=registry)

    state = gauge("dataset_state", "1 for the state in which the dataset is", (*_OF_DATASET, "state"))
    release = gauge("dataset_release", "The number of the newest release")
    rows = gauge("dataset_rows", "Rows of the newest release")
    checked = gauge("dataset_last_checked_timestamp_seconds", "When the agency was asked last")
    due = gauge("dataset_due_timestamp_seconds", "When it has to be asked again")
    since = gauge("dataset_state_since_timestamp_seconds", "Since when the state is")
    for line in report.lines:
        of = (line.dataset, line.agency)
        for name in get_args(State):
            state.labels(*of, name).set(name == line.state)
        release.labels(*of).set(line.release or 0)
        if line.rows is not None:
            rows.labels(*of).set(line.rows)
        for figure, time in ((checked, line.last_checked), (due, line.due_at), (since, line.since)):
            if time is not None:
                figure.labels(*of).set(dt.datetime.fromisoformat(time).timestamp())
    counts = gauge("datasets", "Datasets by what became of them since the report before", ("what",))
    for what, n in report.counts.items():
        counts.labels(what).set(n)
    gauge("looked_at_timestamp_seconds", "When these figures were read", ()).set(report.at.timestamp())
    return generate_latest(registry)
