"""The cost of a night follows what changed: one more day on ten years touches one partition."""

from collections import Counter
from pathlib import Path

from stores import quick_store, quick_stores
from watched import Calls, Watched, declare, readings, record, refresh

from catalog.release import publish


def test_one_more_day_on_ten_years_gets_and_puts_one_partition(tmp_path: Path) -> None:
    datasets = declare(tmp_path / "datasets")
    months = [f"{year}-{month:02d}" for year in range(2016, 2026) for month in range(1, 13)]
    history = readings({(station, f"{month}-01"): 1.0 for month in months for station in ("a", "b")})
    more = readings({("a", "2025-12-31"): 2.0})
    public, private = quick_stores(tmp_path)
    refresh(public, private, datasets, record(tmp_path / "one", [history]))
    before = publish.load(public, "readings", 1)
    assert len(before.partitions) == 120
    touched = before.partitions["2025-12"].path
    # The newest figures are those of six weeks, and of the same month a year before.
    shown = {before.partitions[label].path for label in ("2025-12", "2025-11", "2025-10", "2024-12")}
    for path in (tmp_path / "public" / "datasets" / "readings" / "data").iterdir():
        if f"data/{path.name}" not in shown:
            path.write_bytes(b"x" * path.stat().st_size)  # whoever reads another partition fails
    calls = Calls()
    items = refresh(
        Watched(public, calls), Watched(private, calls), datasets, record(tmp_path / "two", [history, more])
    )
    assert [item.outcome for item in items] == ["released"]
    data = [(verb, key) for verb, key, _ in calls.made if "/data/" in key and key.startswith("datasets/")]
    assert [verb for verb, _ in data].count("put_new") == 2, "one partition in two formats"
    assert {key for verb, key in data if verb == "get" and key.endswith(touched)}
    assert len([1 for verb, _ in data if verb == "get"]) == 1 + 2 + 3, (
        "the touched one, both new files read back, and for the figures three other periods"
    )
    first = Calls()
    fresh = quick_store(tmp_path / "p2"), quick_store(tmp_path / "e2")
    few = ("2024-12", "2025-10", "2025-11", "2025-12")
    small = readings({(station, f"{month}-01"): 1.0 for month in few for station in ("a", "b")})
    refresh(*fresh, datasets, record(tmp_path / "small", [small]))
    refresh(Watched(fresh[0], first), Watched(fresh[1], first), datasets, record(tmp_path / "small2", [small, more]))
    assert len(calls.made) == len(first.made), "as many store calls as on four months"
    assert data_bytes(calls) == data_bytes(first), "as many bytes of data read and written as on four months"


def data_bytes(calls: Calls) -> dict[str, int]:
    """Bytes of public data, by verb."""
    found: Counter[str] = Counter()
    for verb, key, size in calls.made:
        if "/data/" in key and key.startswith("datasets/"):
            found[verb] += size
    return dict(found)


GETS, HEADS = {"changed": 57, "unchanged": 34, "nothing new": 27}, 62
"""What a run of one dataset may ask of both stores, the catalog and its pages included. It may rise for a reason.

Of these, one GET asks for the next notice wherever a run looks for the newest release: twice on a night without news,
eight times where something is released, one of them right before the commit. Proving the newest release and the numbers
of evidence takes one GET and up to five HEADs, and a commit reads the schema that it takes over. The figures take one
GET, the list of spreadsheets one; the profile one, and one more where rows changed; the score one, and the changes of a
release one. Whether garbage is collected just now takes one before the first fetch, one for each fetch and each commit.
Each page, badge, asset and file of the search is one HEAD: a page that is gone is written again.
"""


def test_a_run_asks_the_stores_no_more_than_it_needs(tmp_path: Path) -> None:
    datasets = declare(tmp_path / "datasets")
    public, private = quick_stores(tmp_path)
    before, after = readings({("a", "2025-12-01"): 1.0}), readings({("a", "2025-12-01"): 2.0})
    refresh(public, private, datasets, record(tmp_path / "first", [before]))
    bodies = {"changed": [before, after], "unchanged": [before, after, after], "nothing new": [before, after, after]}
    outcomes = {"changed": "released", "unchanged": "unchanged", "nothing new": "unchanged"}
    for night, told in bodies.items():
        calls = Calls()
        mode = record(tmp_path / night, told)
        items = refresh(Watched(public, calls), Watched(private, calls), datasets, mode)
        assert [item.outcome for item in items] == [outcomes[night]]
        made = Counter(verb for verb, _, _ in calls.made)
        assert made["get"] <= GETS[night], [key for verb, key, _ in calls.made if verb == "get"]
        assert made["head"] <= HEADS, [key for verb, key, _ in calls.made if verb == "head"]
