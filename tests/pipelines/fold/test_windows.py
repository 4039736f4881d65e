"""A fetch that asked for days and kinds replaces what stands there: folded in memory, against a dict."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import column, dataset

from catalog.declaration.dataset import Dataset
from catalog.declaration.pipeline import Partition
from catalog.errors import DeclarationError
from catalog.formats.csv import content_hash
from catalog.release.changes import Counts
from pipelines.fold import windows
from pipelines.fold.partitions import AskedWindows, Base, Folded, collapse, fold
from pipelines.fold.windows import ValueWindow, Window, WindowCounts, of_values

FIELDS = [column("day", "date"), column("kind"), column("crop"), column("price", "integer")]
KEY = ["day", "kind", "crop"]
DAYS = [dt.date(2026, 4, 29) + dt.timedelta(days=i) for i in range(5)]
"""The end of one month and the beginning of the next."""
Key = tuple[int, str, str]
"""The number of a day of `DAYS`, a kind, a crop."""
Rows = dict[Key, int | None]


def declared(grain: str = "month") -> Dataset:
    partition = {} if grain == "none" else {"field": "day", "grain": grain}
    window = {"day": "day", "kind": "kind"}
    return dataset(fields=FIELDS, key=KEY, load="window", window=window, partition=partition)


def table(said: Dataset, fetch: int, rows: Rows) -> pa.Table:
    keys, count = list(rows), len(rows)
    return pa.table(
        {
            "_fetch": pa.array([fetch] * count, pa.int64()),
            "_row": pa.array(range(1, count + 1), pa.int64()),
            "day": pa.array([DAYS[day] for day, _, _ in keys], pa.date32()),
            "kind": pa.array([kind for _, kind, _ in keys], pa.string()),
            "crop": pa.array([crop for _, _, crop in keys], pa.string()),
            "price": pa.array(rows.values(), pa.int64()),
        }
    )


@dataclass(frozen=True)
class Told:
    """One fetch: what it asked for (days by number, a kind; None: for nothing, as with upsert), and what it brought."""

    rows: Rows
    span: tuple[int, int, str] | None

    @property
    def window(self) -> Window | None:
        if self.span is None:
            return None
        first, last, kind = self.span
        return Window({"day": (str(DAYS[first]), str(DAYS[last])), "kind": (kind, kind)})

    def covers(self, key: Key) -> bool:
        return self.span is not None and self.span[0] <= key[0] <= self.span[1] and key[1] == self.span[2]

    def over(self, model: Rows) -> Rows:
        """What stands after it: the rule, in one line."""
        return {key: price for key, price in model.items() if not self.covers(key)} | self.rows


def model(told: dict[int, Told]) -> Rows:
    """What stands after fetches, in order of their numbers."""
    found: Rows = {}
    for k in sorted(told):
        found = told[k].over(found)
    return found


@dataclass
class Table:
    """A release's partitions in memory, and the fetches in it."""

    said: Dataset
    parts: dict[str, pa.Table] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def base(self) -> Base:
        def read(label: str) -> pa.Table:
            self.read.append(label)
            return self.parts[label]

        return Base({label: content_hash(one) for label, one in self.parts.items()}, read, self.said.arrow)

    def fold(self, own: dict[int, Told]) -> Folded:
        """Fold fetches as a release does: with those that came after the first of them and are in the base."""
        self.read = []
        over = {k: one for k, one in self.told.items() if k > min(own)}
        both = own | over
        new, _ = collapse(self.said, pa.concat_tables([table(self.said, k, one.rows) for k, one in both.items()]))
        asked = {k: one.window for k, one in sorted(both.items()) if one.window}
        assert windows.check(new, asked) is None
        found = fold(self.said, self.base(), new, AskedWindows(asked, tuple(sorted(own))))
        for one in found.changed:
            self.parts[one.label] = one.table
            if not one.table.num_rows:
                del self.parts[one.label]
        self.told |= own
        return found

    @property
    def rows(self) -> Rows:
        listed = [row for part in self.parts.values() for row in part.to_pylist()]
        found = {(DAYS.index(row["day"]), row["kind"], row["crop"]): row["price"] for row in listed}
        assert len(found) == len(listed), "each key once"
        return found


CROPS, KINDS = st.sampled_from("ab臺"), st.sampled_from(["N04", "N05"])
PRICES = st.one_of(st.none(), st.integers(0, 2))


@st.composite
def fetches(draw: st.DrawFn) -> Told:
    """A fetch of one day or of some days of a kind; one in five asked for nothing, as older evidence did."""
    if draw(st.integers(0, 4)) == 0:
        keys = st.tuples(st.integers(0, len(DAYS) - 1), KINDS, CROPS)
        return Told(draw(st.dictionaries(keys, PRICES, max_size=3)), None)
    first = draw(st.integers(0, len(DAYS) - 1))
    last = draw(st.integers(first, min(first + 2, len(DAYS) - 1)))
    kind = draw(KINDS)
    keys = st.tuples(st.integers(first, last), st.just(kind), CROPS)
    return Told(draw(st.dictionaries(keys, PRICES, max_size=4)), (first, last, kind))


HISTORIES = st.lists(fetches(), min_size=1, max_size=7)
GRAINS = st.sampled_from(["month", "none"])


@settings(max_examples=100)
@given(HISTORIES, GRAINS)
def test_all_at_once_equals_step_by_step_equals_a_dict(told: list[Told], grain: str):
    numbered = dict(enumerate(told, 1))
    step, once = Table(declared(grain)), Table(declared(grain))
    before: Rows = {}
    for k, one in numbered.items():
        after = one.over(before)
        counts = step.fold({k: one}).counts
        both = set(before) & set(after)
        changed = sum(before[key] != after[key] for key in both)
        assert counts == Counts(len(set(after) - both), changed, len(set(before) - both))
        before = after
    once.fold(numbered)
    assert step.rows == once.rows == model(numbered)
    assert step.base().hashes == once.base().hashes


@settings(max_examples=150)
@given(HISTORIES, GRAINS, st.data())
def test_what_waited_and_what_came_since_stand_in_the_order_of_their_numbers(
    told: list[Told], grain: str, data: st.DataObject
):
    """Fetches are folded in batches, in any order: what counts is when they were asked."""
    ahead, folded = dict(enumerate(told, 1)), Table(declared(grain))
    while ahead:
        batch = data.draw(st.lists(st.sampled_from(sorted(ahead)), min_size=1, unique=True))
        before, said = dict(folded.told), {k: ahead.pop(k) for k in batch}
        found = folded.fold(said)
        assert folded.rows == model(folded.told)
        for k in (one for one in batch if said[one].span and not overruled(before, said, one)):
            assert found.of_windows.get(k, WindowCounts()) == spoken(before | said, k)
        assert found.in_windows == len(removable(before, said))


def overruled(before: dict[int, Told], own: dict[int, Told], k: int) -> bool:
    """Whether the base has a later word on something in a window: it does not tell what stood there before that."""
    later = [one for number, one in before.items() if number > k]
    keys = {key for one in (before | own).values() for key in one.rows if own[k].covers(key)}
    return any(key in one.rows or one.covers(key) for one in later for key in keys)


def spoken(told: dict[int, Told], k: int) -> WindowCounts:
    """What stood in the window of fetch k right before it, and what of that it does not bring again."""
    before = model({one: each for one, each in told.items() if one < k})
    covered = {key for key in before if told[k].covers(key)}
    return WindowCounts(len(covered), len(covered - set(told[k].rows)))


def removable(before: dict[int, Told], own: dict[int, Told]) -> set[Key]:
    """The rows of the base that lie in a judged window, and in no later one of the base."""
    found = set()
    for key in model(before):
        last = max((k for k, one in before.items() if one.covers(key)), default=0)
        if any(k > last and one.covers(key) for k, one in own.items()):
            found.add(key)
    return found


@settings(max_examples=40)
@given(HISTORIES, GRAINS)
def test_folded_again_from_nothing_it_is_the_same(told: list[Told], grain: str):
    numbered, again = dict(enumerate(told, 1)), Table(declared(grain))
    again.fold(numbered)
    new, _ = collapse(again.said, pa.concat_tables([table(again.said, k, one.rows) for k, one in numbered.items()]))
    asked = AskedWindows({k: one.window for k, one in numbered.items() if one.window}, ())
    assert fold(again.said, again.base(), new, asked, whole=True).changed == ()


# One case each ----------------------------------------------------------------------------------------------


def test_a_window_replaces_what_it_asked_for_and_nothing_else():
    found = Table(declared())
    found.fold({1: Told({(0, "N04", "a"): 1, (0, "N04", "b"): 1, (1, "N04", "a"): 1, (0, "N05", "a"): 1}, None)})
    folded = found.fold({2: Told({(0, "N04", "b"): 2, (0, "N04", "臺"): 2}, (0, 0, "N04"))})
    assert folded.counts == Counts(insert=1, update=1, delete=1)
    assert folded.of_windows == {2: WindowCounts(covered=2, removed=1)}
    assert found.rows == {(0, "N04", "b"): 2, (0, "N04", "臺"): 2, (1, "N04", "a"): 1, (0, "N05", "a"): 1}


def test_an_empty_answer_is_data():
    found = Table(declared())
    found.fold({1: Told({(0, "N04", "a"): 1, (1, "N04", "a"): 1}, (0, 1, "N04"))})
    folded = found.fold({2: Told({}, (0, 0, "N04"))})
    assert folded.of_windows == {2: WindowCounts(1, 1)}
    assert found.rows == {(1, "N04", "a"): 1}
    assert found.fold({3: Told({}, (0, 0, "N04"))}).changed == ()
    assert [one.table.num_rows for one in found.fold({4: Told({}, (0, 1, "N04"))}).changed] == [0]
    assert found.parts == {}


def test_only_the_partitions_that_a_window_reaches_are_read():
    found = Table(declared())
    found.fold({1: Told({(day, "N04", "a"): 1 for day in range(5)}, (0, 4, "N04"))})
    assert sorted(found.parts) == ["2026-04", "2026-05"]
    april = found.fold({2: Told({(1, "N04", "a"): 2}, (0, 1, "N04"))})
    assert (set(found.read), april.kept) == ({"2026-04"}, ("2026-05",))
    found.fold({3: Told({}, (3, 3, "N05"))})
    assert set(found.read) == {"2026-05"}, "an empty window reads what it may empty"
    found.fold({4: Told({(2, "N04", "a"): 2}, (1, 2, "N04"))})
    assert set(found.read) == {"2026-04", "2026-05"}


def test_a_removal_by_a_later_fetch_is_counted_where_an_earlier_one_waited():
    """The rows of a fetch that is in the base are heard once more: each still counts once."""
    day = Told({(0, "N04", "a"): 1, (0, "N04", "b"): 1}, (0, 0, "N04"))
    found = Table(declared())
    found.fold({2: day})
    folded = found.fold({1: Told({(1, "N04", "a"): 1}, (0, 1, "N04")), 3: Told({(0, "N04", "b"): 1}, (0, 0, "N04"))})
    assert folded.of_windows == {1: WindowCounts(), 3: WindowCounts(covered=2, removed=1)}


def test_a_row_that_evidence_without_windows_said_thrice_counts_once():
    old = {k: Told({(0, "N04", "a"): k}, None) for k in (1, 2, 3)}
    found = Table(declared())
    folded = found.fold(old | {4: Told({}, (0, 0, "N04"))})
    assert folded.of_windows == {4: WindowCounts(covered=1, removed=1)}
    assert found.rows == {}


@pytest.mark.parametrize(
    ("partition", "label", "reached"),
    [
        (Partition(field="day", grain="month"), "2026-04", True),
        (Partition(field="day", grain="month"), "2026-05", True),
        (Partition(field="day", grain="month"), "2026-06", False),
        (Partition(field="day", grain="month"), "2025-04", False),
        (Partition(field="day", grain="year"), "2026", True),
        (Partition(field="day", grain="year"), "2025", False),
        (Partition(field="at", grain="month"), "2020-01", True),
        (Partition(), "all", True),
    ],
)
def test_what_a_window_reaches(partition: Partition, label: str, reached: bool):
    window = Window({"day": ("2026-04-30", "2026-05-01"), "kind": ("N04", "N04")})
    assert window.reaches(partition, label) is reached


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ((0, 1, "N04"), (1, 2, "N04"), True),
        ((0, 0, "N04"), (1, 2, "N04"), False),
        ((0, 4, "N04"), (2, 2, "N04"), True),
        ((0, 1, "N04"), (1, 2, "N05"), False),
    ],
)
def test_windows_meet_where_a_row_may_lie_in_both(one: tuple[int, int, str], other: tuple[int, int, str], meets: bool):
    first, second = Told({}, one).window, Told({}, other).window
    assert first is not None
    assert second is not None
    assert first.meets(second) is second.meets(first) is meets


def test_a_row_without_a_day_lies_nowhere():
    window = Window({"day": ("0001-01-01", "9999-12-31")})
    assert window.covers(pa.table({"day": pa.array([None, DAYS[0]], pa.date32())})).tolist() == [False, True]


def test_a_row_that_was_not_asked_for_is_named():
    said = declared()
    rows = pa.concat_tables([table(said, 1, {(0, "N04", "a"): 1}), table(said, 2, {(2, "N05", "a"): 1})])
    asked = {1: Window({"day": ("2026-04-29", "2026-04-29")}), 2: Window({"day": ("2026-04-01", "2026-04-30")})}
    fetch, sentence = windows.check(rows, asked) or (0, "")
    assert fetch == 2
    assert sentence == (
        "expected rows of day 2026-04-01 to 2026-04-30, as asked, found row 1 of day 2026-05-01: not what was asked"
    )


def test_a_window_is_told_in_declared_fields():
    asked = {"day": ("2026-04-01", "2026-04-01"), "kind": ("N04", "N04")}
    assert windows.in_fields(asked, {"day": "trade_date", "kind": "kind"}) == {
        "trade_date": ["2026-04-01", "2026-04-01"],
        "kind": ["N04", "N04"],
    }
    with pytest.raises(DeclarationError, match=r"expected minsheng.window to name the field for 'kind', found day"):
        windows.in_fields(asked, {"day": "trade_date"})


@dataclass(frozen=True)
class Brought(Told):
    """A fetch that speaks of the values that it brings, and of those that its file's name says."""

    named: tuple[tuple[int, str], ...] = ()

    @property
    def window(self) -> ValueWindow:  # type: ignore[override]
        spoken = table(declared(), 1, self.rows | {(day, kind, ""): None for day, kind in self.named})
        return of_values(spoken, ["day", "kind"])

    def covers(self, key: Key) -> bool:
        return key[:2] in {one[:2] for one in self.rows} | set(self.named)


@st.composite
def brought(draw: st.DrawFn) -> Brought:
    """A fetch of any rows, which may say of a day that nothing was there."""
    keys = st.tuples(st.integers(0, len(DAYS) - 1), KINDS, CROPS)
    named = draw(st.lists(st.tuples(st.integers(0, len(DAYS) - 1), KINDS), max_size=2))
    return Brought(draw(st.dictionaries(keys, PRICES, max_size=4)), None, tuple(named))


@settings(max_examples=100)
@given(st.lists(brought(), min_size=1, max_size=7), GRAINS)
def test_values_at_once_equal_values_step_by_step_equal_a_dict(told: list[Brought], grain: str):
    numbered: dict[int, Told] = dict(enumerate(told, 1))
    step, once, late = Table(declared(grain)), Table(declared(grain)), Table(declared(grain))
    before: Rows = {}
    for k, one in enumerate(told, 1):
        after = one.over(before)
        counts = step.fold({k: one}).counts
        both = set(before) & set(after)
        changed = sum(before[key] != after[key] for key in both)
        assert counts == Counts(len(set(after) - both), changed, len(set(before) - both))
        reached = {str(DAYS[key[0]])[:7] if grain == "month" else "all" for key in (*one.rows, *one.named)}
        assert set(step.read) <= reached, "no other partition is read"
        before = after
        assert step.rows == after
    once.fold(numbered)
    assert once.rows == before
    for k in [*list(numbered)[1:], 1]:  # what was set aside first is folded below what came later
        late.fold({k: numbered[k]})
    assert late.rows == before


def test_values_meet_where_a_row_may_be_of_both():
    def window(**said: Any) -> ValueWindow:
        return ValueWindow(pa.table(said))

    one = window(season=["113", "114"], letter=["a", "f"])
    assert one.meets(window(season=["114"], letter=["f"]))
    assert not one.meets(window(season=["114", "113"], letter=["a", "f"]))
    assert one.meets(Window({"season": ("100", "101")})), "of another declaration"
    assert Window({"season": ("100", "101")}).meets(one)
    assert not one.meets(window(season=pa.array([], pa.string()), letter=pa.array([], pa.string())))
    assert str(one) == "season 113, letter a; season 114, letter f"
    assert str(window(x=[1, 2, 3, 4, 5])) == "x 1; x 2; x 3 and 2 more"


@pytest.mark.parametrize(
    ("value", "grain", "label"),
    [
        ("2026-07", "month", "2026-07"),
        ("2026-07", "year", "2026"),
        ("2020-W53", "year", "2020"),
        (2026, "year", "2026"),
    ],
)
def test_a_window_of_periods_reaches_their_partitions(value: Any, grain: Any, label: str):
    window = ValueWindow(pa.table({"x": [value]}))
    assert window.reaches(Partition(field="x", grain=grain), label)
    assert not window.reaches(Partition(field="x", grain=grain), "1999")
