"""What a candidate says of itself: the published findings stay the same bytes, the reasons are values."""

from dataclasses import replace

import pyarrow as pa
import pytest
from nights import DAILY, MONTHS, Make, approve
from worlds import SLUG, World, column, declared, text, texts

from catalog.declaration.dataset import digest
from catalog.declaration.fields import Severity
from catalog.reasons.concerned import ConcernedRow, ConcernedRows
from catalog.reasons.measures import AtMostShare, NoColumn, ShareOfRows, UnknownColumns
from catalog.reasons.values import CheckFailed, Finding, GuardTripped
from pipelines.candidate.build import build
from pipelines.candidate.checks import checks_of_rows
from pipelines.candidate.facts import candidate_quality
from pipelines.candidate.plan import FoldPlan
from pipelines.candidate.verdict import (
    Judged,
    check_lines,
    judged,
    quality_fact,
    reasons,
    row_failures,
    tripping,
    verdict_of,
)
from pipelines.conform.columns import find_columns
from pipelines.conform.quarantine import SCHEMA
from pipelines.conform.rows import Conformed, conform
from pipelines.decode.parts.beside import FAULT
from pipelines.refresh.settle import effective
from pipelines.refresh.state import read_state
from quality.guards import QUARANTINED, FetchFigures, GuardFinding
from quality.suite import Check

GUARDS = {"changed": 0.1, "age": "1h", "rows": {"field": "day", "period": "day", "minimum": 1000, "maximum": 1200}}
FIRST = "site,day,level\n" + "".join(f"s{i},2026-06-30,1\n" for i in range(1100))
SECOND = (
    "site,day,depth\n"
    + "".join(f"s{i},2026-06-30,{i}\n" for i in range(1050))
    + "".join(f"s{i},2026-06-29,\n" for i in range(1234))
    + "s1,2026-06-30,1\n"
)
FINDINGS = [
    ("guard.removed", "4.55% of rows removed", "at most 1.00%"),
    ("guard.quarantined", "0.00% of rows with something quarantined", "at most 1.00%"),
    ("guard.collapsed", "0.04% of rows that stand twice", "at most 0.10%"),
    ("guard.columns-unknown", "unknown columns: 1", "no unknown column (declare them, `publish: no` is enough)"),
    ("guard.columns-vanished", "level", "no vanished column (their cells are missing in this fetch)"),
    ("guard.changed", "95.45% of rows changed", "at most 10.00%"),
    ("guard.rows", "2026-06-29: 1234", "1000 to 1200 rows a day"),
    ("guard.age", "newest row 34 h old", "at most 1h"),
    ("key.unique", "0 keys twice", "each key once"),
    ("approve.declared", "approve: always", "a steward's approval"),
]

LEVEL_THERE = {
    "id": "level-there",
    "type": "ExpectColumnValuesToNotBeNull",
    "kwargs": {"column": "level"},
    "severity": "hold",
    "reason": text("x"),
}


FACT = "2b80c4554466bf50fde1cb8bbbf61a4e72785aa178ae94c157bcbcdccf7402f3"
"""The digest of the whole fact, as version 0.1.0 made it, which named the unknown columns."""


def reasons_of(world: World, body: str) -> tuple[Finding, ...]:
    """What holds or blocks a fetch, folded on the newest release."""
    k = world.hear(body)
    state = read_state(world.ctx, SLUG)
    built = build(world.ctx, FoldPlan(effective(world.ctx, state)[0], state.base, (k,)))
    assert built
    return built.reasons


def test_the_published_findings_are_the_same_bytes_as_ever(make: Make):
    world = make(fields=DAILY, **MONTHS, load="replace", guards=GUARDS, approve="always")
    world.tell(FIRST)
    approve(world)
    (item,) = world.tell(SECOND)
    fact = candidate_quality(world.ctx, SLUG, str(item.candidate))
    assert [(one["id"], one["observed"], one["expected"]) for one in fact["guards"]] == FINDINGS
    named = [one | {"observed": "depth"} if one["id"] == "guard.columns-unknown" else one for one in fact["guards"]]
    since = ("published", "left")
    lines = [{name: each for name, each in line.items() if name not in since} for line in fact["fetches"]]
    assert digest(fact | {"guards": named, "fetches": lines}) == FACT


def test_reasons_say_what_was_observed_and_what_was_expected(make: Make):
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    world = make(fields=[column("site"), level], load="replace", guards={"quarantined": 1})
    world.tell("site,level\na,1\nb,2\n")
    expected = (
        CheckFailed(check="level.range", failed=1, rows=1, values=("90210",)),
        GuardTripped(
            guard="guard.removed",
            observed=ShareOfRows(rows="removed", share=0.5),
            expected=AtMostShare(share=0.01),
            concerned=ConcernedRows(rows=1, examples=(ConcernedRow(key="site=b", values="level: 2"),)),
        ),
        GuardTripped(
            guard="guard.columns-unknown",
            observed=UnknownColumns(count=1, names=("phone",)),
            expected=NoColumn(columns="unknown"),
        ),
    )
    assert reasons_of(world, "site,level,phone\na,90210,0912\n") == expected


def test_where_only_counts_are_published_a_reason_holds_no_value(make: Make):
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    world = make(fields=[column("site"), level], quarantine="counts", guards={"quarantined": 1})
    reason = CheckFailed(check="level.range", failed=1, rows=1)
    assert reasons_of(world, "site,level\na,90210\n") == (reason,)


# Findings made by hand: no rows are judged. ------------------------------------------------------------------------


def finding(id_: str, severity: Severity, *places: tuple[int, int]) -> Judged:
    """A finding of a check of quality.yaml that fails for rows of fetches."""
    check = Check(id=id_, type="ExpectColumnValuesToBeBetween", kwargs={}, severity=severity, column="level")
    examples = tuple({"fetch": fetch, "row": row, "value": f"v{row}"} for fetch, row in places)
    return Judged(check, 10, places, examples)


def guard(id_: str, severity: Severity, *, success: bool, fetches: tuple[int, ...] = ()) -> GuardFinding:
    measures = ShareOfRows(rows="removed", share=0.5), AtMostShare(share=0.01)
    return GuardFinding(id_, severity, success, *measures, fetches)


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([], "pass"),
        (["warn", "quarantine"], "pass"),
        (["warn", "hold"], "hold"),
        (["hold", "block", "quarantine"], "block"),
    ],
)
def test_the_gravest_failure_decides(severities: list[Severity], verdict: str):
    findings = [finding(f"c{i}", severity, (1, 1)) for i, severity in enumerate(severities)]
    passing = finding("passing", "block")
    assert verdict_of([*findings, passing], [guard("guard.removed", "block", success=True)]) == (
        verdict,
        tuple(f"c{i}" for i in range(len(severities))),
    )


def test_a_guard_decides_too():
    assert verdict_of([], [guard("guard.removed", "hold", success=False)]) == ("hold", ("guard.removed",))


def test_the_fetches_that_fail_alone():
    findings = [finding("a", "hold", (1, 1), (3, 1)), finding("b", "block", (2, 1)), finding("c", "warn", (9, 1))]
    guards = [
        guard("guard.removed", "hold", success=False, fetches=(4,)),
        guard("guard.age", "hold", success=True, fetches=(8,)),
    ]
    assert tripping(findings, guards, ("hold", "block")) == (1, 2, 3, 4)
    assert tripping(findings, guards, ("block",)) == (2,)


def test_a_finding_of_some_fetches_has_only_their_rows_and_examples():
    some = finding("a", "hold", (1, 1), (2, 5)).of({2})
    assert (some.rows, some.values, some.fetches) == (((2, 5),), ("v5",), {2})
    assert some.of({2, 3}) is some


def test_a_check_that_quarantines_is_a_reason_only_where_too_much_is_in_quarantine():
    taken = [finding("level-low", "quarantine", (1, 1))]
    quiet, loud = (guard(QUARANTINED, "hold", success=success) for success in (True, False))
    assert reasons(declared(), taken, [quiet]) == ()
    assert [type(reason) for reason in reasons(declared(), taken, [loud])] == [CheckFailed, GuardTripped]


def test_what_quality_yaml_takes_out_is_a_mask_of_rows():
    rows = pa.table({"_fetch": [1, 1, 2], "_row": [1, 2, 1], "level": [1.0, 9.0, 9.0]})
    conformed = Conformed(rows, {}, rows, ())
    failing = [finding("low", "quarantine", (1, 2), (2, 1)), finding("odd", "warn", (1, 1)), finding("none", "hold")]
    (failure,) = row_failures(conformed, failing)
    assert (failure.check, failure.column, failure.mask.to_pylist()) == ("low", "level", [False, True, True])


def test_the_fact_says_what_each_fetch_would_do_alone():
    findings = [finding("a", "hold", (1, 1)), finding("b", "quarantine", (2, 1))]
    guards = [guard("guard.removed", "hold", success=False, fetches=(2,))]
    fetches = [FetchFigures(fetch=k, heard=5, quarantined=1, collapsed=0) for k in (1, 2)]
    fact = quality_fact("hold", findings, guards, fetches, declared(), SCHEMA.empty_table())
    assert [(line["fetch"], line["alone_held_by"]) for line in fact["fetches"]] == [(1, ["a"]), (2, ["guard.removed"])]
    assert [line["examples"][0]["value"] for line in fact["checks"]] == ["v1", "v1"]
    assert fact["quarantine"]["listed"] == 0


def keyed(key: dict[str, str]) -> Judged:
    """A finding whose example names its row."""
    bare = finding("a", "hold", (1, 1))
    return replace(bare, examples=tuple(example | {"key": key} for example in bare.examples))


def test_an_example_names_its_row_by_the_key_as_it_was_sent(make: Make):
    world = make(
        fields=[column("site"), column("level", "number", constraints={"maximum": 5})], guards={"quarantined": 1}
    )
    world.tell("site,level\n 東 ,90210\nwest,1\n")
    (line,) = (line for line in world.fact("quality")["checks"] if line["id"] == "level.range")
    assert line["examples"] == [{"fetch": 1, "row": 1, "value": "90210", "key": {"site": "東"}}]


def test_an_example_of_a_check_about_two_columns_has_the_values_of_both(make: Make):
    fields = [column("site"), column("low", "number"), column("high", "number")]
    kwargs = {"column_A": "high", "column_B": "low", "or_equal": True}
    rule = {"id": "high-above-low", "type": "ExpectColumnPairValuesAToBeGreaterThanB", "kwargs": kwargs}
    world = make(fields=fields, quality=[rule | {"severity": "warn", "reason": text("It is.")}])
    world.tell("site,low,high\neast,7,3\nwest,1,2\n")
    (line,) = (line for line in world.fact("quality")["checks"] if line["id"] == "high-above-low")
    values = {"high": "3", "low": "7"}
    assert line["examples"] == [{"fetch": 1, "row": 1, "value": None, "key": {"site": "east"}, "values": values}]


def test_where_only_counts_are_published_examples_have_no_value_and_no_key():
    (line,) = check_lines(declared(quarantine="counts"), [keyed({"site": "a"})])
    assert line["examples"] == [{"fetch": 1, "row": 1, "value": None}]


def test_a_part_of_the_key_that_is_kept_back_is_left_out():
    fields = [column("site"), column("level", "number"), column("phone", publish="no", heard_as="level")]
    (line,) = check_lines(declared(fields=fields), [keyed({"site": "a", "level": "0912"})])
    assert line["examples"] == [{"fetch": 1, "row": 1, "value": None, "key": {"site": "a"}}]


def test_rows_that_cannot_be_read_are_judged_by_no_other_check_even_where_none_asks_for_them():
    said = declared(quality=[LEVEL_THERE])
    records = texts(site=["a", None], level=["1", None]).append_column(FAULT, pa.array([None, "?"]))
    rows = conform(said.dataset, find_columns(said.dataset, 1, records).table, {})
    findings = judged(SLUG, rows, checks_of_rows(said))
    assert [(each.check.id, each.elements, each.fails) for each in findings] == [
        ("site.required", 1, False),
        ("level.type", 1, False),
        ("level-there", 1, False),
    ]
