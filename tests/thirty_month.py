"""Thirty nights as they go on: what is asked of the home in each, and what should be in it then."""

import datetime as dt
import subprocess
from collections.abc import Callable
from typing import Any

import thirty_plan as plan
from thirty_agencies import CADENCE_HOURS, FIRST, ODD, PLACES, REACH_HOURS, write_places
from thirty_count import DERIVED, TABLES, Count, Heard, Values, by_county, differences, monthly, served_rows
from thirty_home import Home, at
from thirty_proof import newest

from sandbox.faults.registry import FAULTS, read_fault
from sandbox.rows.table import table_at
from sandbox.spec import load

OUTCOMES = {"well": {"released", "unchanged"}, "rows": {"released"}, "lost": {"refused", "failed"}, "held": {"held"}}
ASKED = ("air", "prices", "cases", "gauges", "permits")
ALWAYS, AT_FIRST = "permits", "gauges"
"""What waits for a steward each night, and in the first one."""
Told = list[dict[str, Any]]


class Month:
    """The nights so far: the home, and what should be in it."""

    def __init__(self, found: Home) -> None:
        self.home = found
        self.count = Count()
        self.places = dict(PLACES)
        self.asked_until: dt.date | None = None
        """The last day on which a night of `prices` was asked to its end."""
        self.refused: list[tuple[str, str]] = []
        """Days for which a night asked that was overtaken."""
        self.newest_air = FIRST
        """The time of the newest fetch of `air`: what is dated before it is overtaken."""
        self.lost: list[tuple[dt.datetime, dt.datetime]] = []
        """The first and the last fetch that a report said were missed for good."""

    # ---- a night

    def begin(self, night: int) -> None:
        """Set the clock and the faults of a night; what the steward does before it."""
        self.clock(at(night))
        found: dict[str, Any] = {slug: [] for slug in ASKED}
        for trouble in plan.troubles(night):
            found[trouble.slug].append({"fault": trouble.fault, **trouble.params})
        self.home.agencies.put("faults", found)
        if night == plan.TABLE_GROWS:
            self.places[ODD] = "TW-F"
            write_places(self.home.root / "datasets", self.places)

    def run(self) -> Told:
        """A run of all, and what it says of each dataset."""
        said: Told = self.home.tell("run", codes=(0, 1, 3))
        return said

    def ends(self, night: int, told: Told | None) -> None:
        """After the run: its outcomes are as planned, the steward decides, and what is served is right."""
        for slug in ASKED:
            if told is not None:
                self.outcome(night, slug, told)
            self.hear(night, slug)
        for (when, slug), decision in plan.DECISIONS.items():
            if when == night:
                self.decide(night, slug, decision, told)
        self.agrees(f"night {night}")

    def outcome(self, night: int, slug: str, told: Told) -> None:
        """What the run said is what the plan says."""
        effect = "lost" if slug == "air" and at(night) < self.newest_air else plan.effect(night, slug)
        waits = slug == ALWAYS or (slug == AT_FIRST and night == 1)
        expected = {"held"} if waits and effect == "well" else OUTCOMES[effect]
        items = [item for item in told if item["dataset"] == slug]
        found = {item["outcome"] for item in items}
        assert found & expected, f"night {night}: {slug}: expected {expected}, found {items}"
        assert effect == "lost" or found <= expected, f"night {night}: {slug}: expected {expected}, found {items}"

    def hear(self, night: int, slug: str, hours: int = 0) -> None:
        """Count what the fetch of a dataset brought, by the sandbox's own rows."""
        time, effect = at(night, hours), plan.effect(night, slug)
        if hours:  # at noon all is well, unless an agency is away
            effect = "lost" if self.is_down(night, slug) else "well"
        if slug == "air":
            effect = "lost" if time < self.newest_air else effect
            self.newest_air = max(self.newest_air, time)
        if effect == "lost":
            return
        dataset = load(self.home.root / "datasets")[slug]
        table = table_at(dataset.file.rows.kind, dataset.entities, dataset.file.seed, time)
        for trouble in plan.troubles(night) if effect == "rows" else ():
            change = FAULTS[trouble.fault].change_rows
            if change and trouble.slug == slug:
                table = change(table, read_fault({"fault": trouble.fault, **trouble.params}).params)
        counts = effect != "held" and slug != ALWAYS and (slug, night) != (AT_FIRST, 1)
        for days in self.spans(time.date()) if slug == "prices" else [None]:
            rows = [row for row in table.rows if not days or days[0] <= row["TransDate"] <= days[1]]
            self.count.heard[slug].append(Heard(time, rows, days, counts))

    def spans(self, today: dt.date) -> list[tuple[str, str]]:
        """The days of which `prices` is asked tonight: three, those that no night asked for, and those refused."""
        unasked = min(today, (self.asked_until or today) + dt.timedelta(days=1))
        refused, self.asked_until, self.refused = self.refused, today, []
        return [_three_days(unasked, today), *refused]

    def is_down(self, night: int, slug: str) -> bool:
        return night in plan.AWAY and slug in plan.DOWN

    def noon(self, night: int, ahead: int = 0) -> None:
        """At noon only `air` is fetched, and what is derived of it; the clock may be some hours ahead."""
        hours = 12 + ahead
        self.clock(at(night, hours))
        self.home.agencies.put("faults", {slug: [{"fault": "down"}] if self.is_down(night, slug) else None
                                          for slug in ASKED})  # fmt: skip
        told = self.home.tell("run", "air", "air-monthly", codes=(0, 1))
        found = {item["outcome"] for item in told if item["dataset"] == "air"}
        expected = OUTCOMES["lost" if self.is_down(night, "air") or at(night, hours) < self.newest_air else "well"]
        assert found <= expected, f"noon {night}: {told}"
        self.hear(night, "air", hours)
        self.agrees(f"noon {night}")

    def overtaken(self, night: int) -> None:
        """A night whose clock is nine days behind: nothing is folded, and nothing breaks."""
        self.clock(at(night - 9))
        told = self.run()
        for slug in ASKED:
            found = {item["outcome"] for item in told if item["dataset"] == slug}
            assert "refused" in found, f"night {night}: {slug}: expected it to be overtaken, found {told}"
            assert not found & {"released", "held"}, f"night {night}: {slug}: {told}"
        self.agrees(f"night {night}, the clock behind")
        self.clock(at(night))
        self.refused = [_three_days(at(night - 9).date())]

    def fetches(self, slug: str) -> int:
        """How many fetches of a dataset are recorded."""
        k = 0
        while self.home.is_kept(f"evidence/{slug}/{k + 1:08}.json"):
            k += 1
        return k

    def next_evidence(self, slug: str) -> Callable[[], bool]:
        """Whether the next fetch of a dataset is recorded."""
        key = f"evidence/{slug}/{self.fetches(slug) + 1:08}.json"
        return lambda: self.home.is_kept(key)

    def next_commit(self, slug: str) -> Callable[[], bool]:
        """Whether the next release of a dataset is committed."""
        n = newest(self.home.served, slug) + 1
        return lambda: self.home.is_public(f"datasets/{slug}/datapackage-{n}.json")

    # ---- the steward

    def decide(self, night: int, slug: str, decision: str, told: Told | None) -> None:
        """Decide on what waits, as the run told, or else the list of candidates."""
        heard = self.count.heard[slug]
        if decision == "drift":
            self.accept_drift(slug)
            heard[-1].counts = True
            return
        if told is None or not any(one["dataset"] == slug and one["outcome"] == "held" for one in told):
            told = self.home.tell("candidates")
        waits = {one["candidate"] for one in told if one["dataset"] == slug and one.get("outcome", "held") == "held"}
        assert len(waits) == 1, f"night {night}: {slug}: expected one candidate, found {waits}"
        who = ("--by", "Lin", "--reason", "looked at it")
        # Where all waits, no fetch alone is the reason: the steward names the newest.
        named = ("--evidence", str(self.fetches(slug))) if (decision, slug) == ("reject", ALWAYS) else ()
        self.home.do(decision, slug, "--candidate", waits.pop(), *named, *who, codes=(0, 3))
        if decision == "approve":
            pending = [one for one in heard if not one.counts]
            for one in pending[-1:] if slug == ALWAYS else pending:
                one.counts = True
        else:
            heard[:] = [one for one in heard if one.counts]

    def accept_drift(self, slug: str) -> None:
        """Take the patch that `drift` proposes, and run the dataset again."""
        patch = self.home.do("drift", slug, codes=(0, 1))
        subprocess.run(["patch", "-p1"], input=patch, text=True, cwd=self.home.root, check=True, timeout=60)
        told = [one for one in self.home.tell("run", slug, codes=(0, 3)) if one["dataset"] == slug]
        assert "released" in {one["outcome"] for one in told}, told

    # ---- the count

    def expected(self) -> dict[str, Values]:
        """The rows that each dataset should have."""
        air, cases = self.count.by_place(self.places), self.count.rows("cases")
        found = {slug: self.count.rows(slug) for slug in TABLES} | {"air": air}
        found["places"] = {(spelling,): (code,) for spelling, code in self.places.items()}
        return found | {"air-monthly": monthly(air), "cases-by-county": by_county(cases)}

    def agrees(self, when: str) -> None:
        """What is served is what should be there, of each dataset."""
        expected = self.expected()
        for slug in TABLES | DERIVED:
            wrong = self.wrong(slug, expected[slug], served_rows(self.home.served, slug))
            assert not wrong, f"{when}: {slug}: " + "\n".join(wrong)

    def wrong(self, slug: str, expected: Values, found: Values) -> list[str]:
        """What differs between two tables of a dataset, in words; means are rounded."""
        return differences(expected, found, 0.0051 if slug == "air-monthly" else 0.0)

    # ---- what is lost for good

    def reports(self, when: str) -> None:
        """Read the report, and note what it says is lost."""
        for line in self.home.tell("night", codes=(0, 1, 3))["datasets"]:
            if missed := line["missed"]:
                assert line["dataset"] == "air", f"{when}: {line}"
                self.lost.append((dt.datetime.fromisoformat(missed["from"]), dt.datetime.fromisoformat(missed["to"])))

    def said_lost(self) -> set[dt.datetime]:
        """The hours that the fetches would have told that the reports say were missed."""
        hour, cadence = dt.timedelta(hours=1), dt.timedelta(hours=CADENCE_HOURS)
        found = set()
        for first, last in self.lost:
            begin = (first - cadence).replace(minute=0) + hour
            while begin <= last:
                found.add(begin)
                begin += hour
        return found

    def never_heard(self) -> set[dt.datetime]:
        """The hours, between the first and the last that was heard, of which nothing came."""
        heard = {key[1] for key in self.count.rows("air")}
        begin, found = min(heard), set()
        while begin < max(heard):
            found |= {begin} - heard
            begin += dt.timedelta(hours=1)
        return found

    def clock(self, time: dt.datetime) -> None:
        self.home.agencies.put("clock", {"now": time.isoformat()})


def _three_days(first: dt.date, last: dt.date | None = None) -> tuple[str, str]:
    """From two days before the one to the other."""
    return (first - dt.timedelta(days=2)).isoformat(), (last or first).isoformat()


assert REACH_HOURS % CADENCE_HOURS == 0, "else the hours between two fetches are told in part"
