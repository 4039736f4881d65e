"""What a candidate says of itself: the published findings stay the same bytes, the reasons are values."""

from nights import DAILY, MONTHS, Make, approve
from worlds import SLUG, World, column

from catalog.declaration.dataset import digest
from catalog.reasons.measures import AtMostShare, NoColumn, ShareOfRows, UnknownColumns
from catalog.reasons.values import CheckFailed, Finding, GuardTripped
from pipelines.candidate.build import build
from pipelines.candidate.facts import candidate_quality
from pipelines.candidate.plan import FoldPlan
from pipelines.refresh.settle import effective
from pipelines.refresh.state import read_state

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
    ("guard.columns-unknown", "depth", "no unknown column (declare them, `publish: no` is enough)"),
    ("guard.columns-vanished", "level", "no vanished column (their cells are missing in this fetch)"),
    ("guard.changed", "95.45% of rows changed", "at most 10.00%"),
    ("guard.rows", "2026-06-29: 1234", "1000 to 1200 rows a day"),
    ("guard.age", "newest row 34 h old", "at most 1h"),
    ("key.unique", "0 keys twice", "each key once"),
    ("approve.declared", "approve: always", "a steward's approval"),
]


FACT = "2b80c4554466bf50fde1cb8bbbf61a4e72785aa178ae94c157bcbcdccf7402f3"
"""The digest of the whole fact, as version 0.1.0 made it."""


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
    assert digest(fact) == FACT


def test_reasons_say_what_was_observed_and_what_was_expected(make: Make):
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    world = make(fields=[column("site"), level], load="replace", guards={"quarantined": 1})
    world.tell("site,level\na,1\nb,2\n")
    reasons = (
        CheckFailed(check="level.range", failed=1, rows=1, values=("90210",)),
        GuardTripped(
            guard="guard.removed",
            observed=ShareOfRows(rows="removed", share=0.5),
            expected=AtMostShare(share=0.01),
        ),
        GuardTripped(
            guard="guard.columns-unknown",
            observed=UnknownColumns(count=1, names=("phone",)),
            expected=NoColumn(columns="unknown"),
        ),
    )
    assert reasons_of(world, "site,level,phone\na,90210,0912\n") == reasons


def test_where_only_counts_are_published_a_reason_holds_no_value(make: Make):
    level = column("level", "number", constraints={"maximum": 5}, severity={"range": "hold"})
    world = make(fields=[column("site"), level], quarantine="counts", guards={"quarantined": 1})
    reason = CheckFailed(check="level.range", failed=1, rows=1)
    assert reasons_of(world, "site,level\na,90210\n") == (reason,)
