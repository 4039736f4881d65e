"""Where the records of fetches are."""

from pipelines.candidate.counts import RecordCounts, counted, counted_in
from quality.guards import FetchFigures

FETCHES = [
    FetchFigures(1, heard=10, published=7, left=2, quarantined=4, collapsed=1, omitted=3),
    FetchFigures(2, heard=5, published=5, quarantined=0, collapsed=0),
]


def test_the_records_of_all_fetches_are_counted_and_add_up():
    counts = counted(FETCHES)
    assert counts == RecordCounts(heard=18, published=12, quarantined=2, omitted=3, collapsed=1)
    assert counts.adds_up
    assert not RecordCounts(heard=18, published=12, quarantined=2, omitted=3, collapsed=0).adds_up
    assert counted([]) == RecordCounts(0, 0, 0, 0, 0)


def test_they_are_read_from_the_fact_of_a_release():
    line = {"fetch": 1, "rows": 10, "published": 8, "left": 2, "quarantined": 2, "collapsed": 0}
    assert counted_in({"fetches": [line, line | {"omitted": 1}]}) == RecordCounts(21, 16, 4, 1, 0)
    assert counted_in({"fetches": [{"fetch": 1, "rows": 10, "quarantined": 2, "collapsed": 0}]}) is None
