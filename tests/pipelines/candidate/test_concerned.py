"""The rows that a guard speaks of, by month and by codes."""

from nights import DAILY, MONTHS, Make
from worlds import World, column, text

from catalog.reasons.concerned import ConcernedRows
from catalog.reasons.values import GuardTripped
from catalog.release.read import CandidateFiles
from pipelines.candidate.concerned import concerned, values_of

COUNTY = column("county", codes={"map": {"臺北": "TW-TPE", "高雄": "TW-KHH"}})
FIELDS = [*DAILY, COUNTY, column("kind", categories=[{"value": one, "label": text(one)} for one in "xyz"])]
BEFORE = "".join(f"s{i},2026-0{1 + i % 2}-01,{i},{'臺北' if i < 4 else '高雄'},{'xyz'[i % 3]}\n" for i in range(6))
HEAD = "site,day,level,county,kind\n"


def held(make: Make, after: str, **guards: float) -> World:
    world = make(fields=FIELDS, load="replace", guards={"removed": 0, "changed": 0} | guards, **MONTHS)
    world.tell(HEAD + BEFORE)
    world.tell(HEAD + after)
    return world


def found(world: World, guard: str) -> ConcernedRows:
    waiting = world.state().waiting
    assert waiting
    (reason,) = [one for one in waiting.reasons if isinstance(one, GuardTripped) and one.guard == guard]
    assert reason.public().concerned is None
    assert reason.concerned
    return reason.concerned


def groups(rows: ConcernedRows) -> dict[str, dict[str, int]]:
    return {each.field: {one.value: one.rows for one in each.groups} for each in rows.groups}


def test_rows_that_go_by_month_and_by_the_code_that_tells_most(make: Make):
    rows = found(held(make, BEFORE.splitlines(keepends=True)[0]), "guard.removed")
    assert rows.rows == 5
    assert groups(rows) == {
        "day": {"2026-02": 3, "2026-01": 2},
        "county": {"TW-TPE": 3, "TW-KHH": 2},
        "kind": {"y": 2, "z": 2, "x": 1},
    }
    assert [one.key for one in rows.examples] == [f"site=s{i}, day=2026-0{1 + i % 2}-01" for i in (2, 4, 1, 3, 5)]
    assert rows.examples[0].values.startswith("level: 2; county: TW-TPE; kind: z")


def test_rows_that_change_are_grouped_by_what_they_were(make: Make):
    rows = found(held(make, BEFORE.replace("臺北", "高雄"), removed=1), "guard.changed")
    assert rows.rows == 4
    assert groups(rows)["county"] == {"TW-TPE": 4}
    assert rows.examples[0].values == "county: TW-TPE -> TW-KHH"


def test_nothing_where_no_row_is_of_the_kind(make: Make):
    world = held(make, BEFORE.replace("臺北", "高雄"), removed=1)
    waiting = world.state().waiting
    assert waiting
    moved = CandidateFiles(world.private, world.public, waiting.candidate).changes()
    assert concerned(world.ctx.declarations.dataset("rivers"), moved, "delete") is None
    assert concerned(world.ctx.declarations.dataset("rivers"), None, "delete") is None


def test_values_beyond_the_most_frequent_are_counted(make: Make):
    many = "".join(f"s{i},{2000 + i // 2}-01-01,1,臺北,x\n" for i in range(80))
    world = make(fields=FIELDS, load="replace", guards={"removed": 0}, **MONTHS)
    world.tell(HEAD + many)
    world.tell(HEAD + "t,2026-01-01,1,臺北,x\n")
    by_month = found(world, "guard.removed").groups[0]
    assert (by_month.field, len(by_month.groups), by_month.more) == ("day", 24, 16)


def test_a_long_cell_is_cut(make: Make):
    world = make(fields=[column("site"), column("note")], load="replace", guards={"removed": 0})
    world.tell(f"site,note\na,{'n' * 2000}\nb,\n")
    world.tell("site,note\nb,\n")
    (row,) = found(world, "guard.removed").examples
    assert (len(row.values), row.values[-1]) == (500, "…")
    assert found(world, "guard.removed").groups == ()


def test_what_comes_what_goes_and_what_changes():
    row = {"_change": "insert", "site": "a", "level": 1.0, "_before_level": None, "note": None, "_before_note": "x"}
    assert values_of(row) == "level: 1"
    assert values_of(row | {"_change": "delete"}) == "note: x"
    assert values_of(row | {"_change": "update"}) == "level: (none) -> 1; note: x -> (none)"
