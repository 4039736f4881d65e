"""What the pages say of a release's quality: sentences with its figures, made from the quality fact alone.

docs/site.md tells where which of them stand. A text of quality.yaml is the steward's reason, never a result.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from markupsafe import Markup

from catalog.declaration.pipeline import seconds
from catalog.release.digest import Document
from catalog.site.sources import Released, Standing
from catalog.site.views import Field, check, fields, rule_name, suite
from catalog.site.words import Words

SHOWN_VALUES = 5
_MOSTLY = 0.5
"""The share from which on something is mostly so."""
_UNREAD = ("type", "date", "code")
"""Rules of the schema that a cell breaks which cannot be read: it is empty then, whatever the severity."""
Mark = Literal["good", "some", "bad", "unknown"]


class Example(NamedTuple):
    """A row that fails a check."""

    key: list[tuple[str, str]]
    """Title and text of each part of its key; empty where the release does not say it."""
    value: str | None
    values: list[tuple[str, str]]
    """Title and text of each column that a check about several columns looks at."""
    where: Markup
    """For whoever looks it up in the evidence."""


class CheckShown(NamedTuple):
    """A check of rows, and its result in this release."""

    id: str
    says: Markup
    met: bool
    severity: str
    reason: str
    """Why the steward set it; empty for a rule of the schema."""
    examples: list[Example]
    more: int
    """Rows that fail and are not among the examples."""
    column: str
    """The title of the column whose values the examples show."""


class Question(NamedTuple):
    """One of the four questions that stand first."""

    id: str
    mark: Mark
    share: float | None
    """How far it is so, 0 to 1, for the bar."""
    says: Markup


class LeftOut(NamedTuple):
    """A cell or row that the release does not have."""

    key: list[tuple[str, str]]
    """Title and text of each part; one part without a title where the parts cannot be told apart."""
    column: str
    raw: str | None
    rule: str
    whole_row: bool


def checks(words: Words, released: Released) -> list[CheckShown]:
    """Return every check of rows with its result; those that fail first."""
    known = {each.name: each for each in fields(words, released)}
    declared = suite(released)
    results = [_check(words, released, line, known, declared) for line in released.quality.get("checks", ())]
    return sorted(results, key=lambda each: each.met)


def questions(words: Words, released: Released, standing: Standing | None) -> list[Question]:
    """Answer whether it came in time, is whole, without doubles and plausible.

    Args:
        words: the language.
        released: the release with its facts.
        standing: how the dataset stands now; None on a page of one release, which says nothing of today.
    """
    return [
        _in_time(words, released, standing),
        _whole(words, released),
        _single(words, released),
        _plausible(words, released),
    ]


def left_out(words: Words, released: Released, rows: Iterable[Document]) -> list[LeftOut]:
    """Return the entries of a quarantine for people.

    Args:
        words: the language.
        released: the release with its facts.
        rows: of its quarantine, as the file has them.
    """
    titles = {each.name: each.title for each in fields(words, released)}
    return [
        LeftOut(
            key=_parts(row["key"], released.schema["primaryKey"], titles) if row["key"] else [],
            column=titles.get(row["column"] or "", row["column"] or ""),
            raw=row["raw"],
            rule=rule(words, released, row["rule"]),
            whole_row=row["left"] == "row",
        )
        for row in rows
    ]


def _parts(key: str, names: Sequence[str], titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """The parts of `site=a, day=b`, unless a text of the agency looks as if another part began in it."""
    first, *others = names
    starts = [f"{first}=", *(f", {name}=" for name in others)]
    if not key.startswith(starts[0]) or any(key.count(start) != 1 for start in starts[1:]):
        return [("", key)]
    texts = []
    for start in reversed(starts):
        key, _, text = key.rpartition(start) if start != starts[0] else ("", "", key.removeprefix(start))
        texts.append(text)
    return [(titles.get(name, name), text) for name, text in zip(names, reversed(texts), strict=True)]


def left_by_rule(words: Words, released: Released) -> list[tuple[str, int]]:
    """Return what left, by what was asked, in words, the most first."""
    counts = released.quality.get("quarantine", {}).get("by_check", {})
    return [(rule(words, released, name), count) for name, count in sorted(counts.items(), key=lambda each: -each[1])]


def rule(words: Words, released: Released, identity: str) -> str:
    """Say what a check found wrong: `「測站名稱」缺少必要的值。`; for one of quality.yaml, what it asks.

    Args:
        words: the language.
        released: the release with its facts.
        identity: of the check.
    """
    line = suite(released).get(identity)
    if line is None:
        return check(words, identity, released)
    known = {each.name: each for each in fields(words, released)}
    return words("qualitypage.not_so", asked=_asked(words, released, line, known))


# Checks of rows ----------------------------------------------------------------------------------------------------


def _check(
    words: Words, released: Released, line: Document, known: Mapping[str, Field], of_suite: Mapping[str, Document]
) -> CheckShown:
    identity, column = line["id"], line["column"]
    name, _, of_schema = identity.rpartition(".")
    declared = of_suite.get(identity)
    if declared is not None or not words.has(f"qualitypage.asked.{of_schema}"):
        asked = _asked(words, released, declared or {}, known)
    else:
        asked = _rule(words, released, of_schema, name, known)
    examples = [_example(words, each, known) for each in line["examples"]]
    return CheckShown(
        id=identity,
        says=_result(words, line, asked, _row_goes(released, column)),
        met=line["success"],
        severity=line["severity"],
        reason=words.of(line.get("reason")),
        examples=examples,
        more=max(0, line["failed"] - len(examples)),
        column=known[column].title if column in known else "",
    )


def _result(words: Words, line: Document, asked: Markup, row_goes: bool) -> Markup:
    rows, failed = line["rows"], line["failed"]
    if not failed:
        return words("qualitypage.all_rows", asked=asked, n=rows)
    text = words("qualitypage.some_rows", asked=asked, met=rows - failed, n=rows)
    leaves = line["severity"] != "warn" or line["id"].rpartition(".")[2] in _UNREAD
    end = "published" if not leaves else "row_gone" if row_goes else "cell_gone"
    decided = words(f"severity.{line['severity']}") if line["severity"] in ("hold", "block") else ""
    return words.sentences(text, words(f"qualitypage.then.{end}", n=failed), decided)


def _row_goes(released: Released, column: str | None) -> bool:
    """Whether a row leaves with a bad cell of this column: one of the key, or a required one; or the row as a whole."""
    required = {
        each["name"] for each in released.schema["fields"] if each.get("constraints", {}).get("required")
    } | set(released.schema["primaryKey"])
    return column is None or column in required


def _rule(words: Words, released: Released, of_schema: str, name: str, known: Mapping[str, Field]) -> Markup:
    """What a rule of the schema asks of a column."""
    title = known[name].title if name in known else name
    column: Document = next((each for each in released.schema["fields"] if each["name"] == name), {})
    limits = column.get("constraints", {})
    if of_schema == "range" and name in known:
        return _between(words, title, limits.get("minimum"), limits.get("maximum"), known[name].unit)
    return words(f"qualitypage.asked.{rule_name(released, name, of_schema)}", column=title)


def _between(words: Words, title: str, low: Any, high: Any, unit: str = "") -> Markup:
    def said(limit: Any) -> str:
        return words.number(limit) if isinstance(limit, int | float) else str(limit)

    end = f"\u00a0{unit}" if unit else ""
    if low is None and high is None:
        return words("qualitypage.asked.range", column=title)
    if low is None or high is None:
        name, limit = ("maximum", high) if low is None else ("minimum", low)
        return words(f"qualitypage.asked.{name}", column=title, limit=said(limit) + end)
    return words("qualitypage.asked.between", column=title, low=said(low), high=said(high) + end)


def _asked(words: Words, released: Released, line: Document, known: Mapping[str, Field]) -> Markup:
    """What a check of quality.yaml asks, by the name that Great Expectations gives it."""
    kwargs = line.get("kwargs", {})
    named = [each for name, each in kwargs.items() if name.startswith("column")]
    columns = [name for each in named for name in (each if isinstance(each, list) else [each])]
    titles = [known[name].title if name in known else str(name) for name in columns]
    kind = str(line.get("type", "")).removeprefix("Expect")
    if kind == "ColumnValuesToBeBetween" and titles:
        unit = known[columns[0]].unit if columns[0] in known else ""
        return _between(words, titles[0], kwargs.get("min_value"), kwargs.get("max_value"), unit)
    if kind == "ColumnPairValuesAToBeGreaterThanB" and len(titles) > 1:
        asked = "at_least" if kwargs.get("or_equal") else "greater"
        return words(f"qualitypage.asked.{asked}", column=titles[0], other=titles[1])
    if kind in _OF_VALUES and titles:
        return _of_values(words, _OF_VALUES[kind], titles[0], kwargs.get("value_set") or ())
    if kind in _PLAIN and titles:
        return words(f"qualitypage.asked.{_PLAIN[kind]}", column=titles[0])
    if titles:
        return words("qualitypage.own_rule", columns=words.listed(titles))
    return words("qualitypage.own_rule_bare")


_OF_VALUES = {"ColumnValuesToBeInSet": "one_of", "ColumnValuesToNotBeInSet": "none_of"}
_PLAIN = {
    "ColumnValuesToBeUnique": "unique",
    "ColumnValuesToMatchRegex": "pattern",
    "ColumnValuesToNotMatchRegex": "not_pattern",
    "ColumnValuesToNotBeNull": "required",
    "ColumnValuesToBeNull": "empty",
}


def _of_values(words: Words, name: str, title: str, values: Sequence[Any]) -> Markup:
    if 0 < len(values) <= SHOWN_VALUES:
        listed = words.listed(Markup("<code>{}</code>").format(each) for each in values)
        return words(f"qualitypage.asked.{name}", column=title, values=listed)
    return words(f"qualitypage.asked.{name}_counted", column=title, n=len(values))


def _example(words: Words, example: Document, known: Mapping[str, Field]) -> Example:
    def titled(texts: Document) -> list[tuple[str, str]]:
        in_order = sorted(texts, key=[*known, *texts].index)
        return [(known[name].title if name in known else name, str(texts[name] or "")) for name in in_order]

    where = words("quality.where", fetch=str(example["fetch"]), row=example["row"])
    return Example(titled(example.get("key", {})), example["value"], titled(example.get("values", {})), where)


# The four questions ------------------------------------------------------------------------------------------------


def _heard(released: Released, name: str) -> int:
    return sum(int(each.get(name, 0)) for each in released.quality.get("fetches", ()))


def _in_time(words: Words, released: Released, standing: Standing | None) -> Question:
    release = released.release
    as_of = words.time(release.facts.as_of)
    if standing is None:
        published = words("qualitypage.as_of", as_of=as_of, created=words.time(release.created))
        return _published(released, published)
    if standing.state == "fresh":
        return Question("in_time", "good", 1, words("qualitypage.in_time", as_of=as_of))
    mark: Mark = "some" if standing.state == "held" else "bad"
    says = words(f"state.{standing.state}.says", since=words.time(standing.since)) if standing.since else ""
    return Question(
        "in_time",
        mark,
        0.5 if mark == "some" else 0,
        words.sentences(says, words("qualitypage.as_of_only", as_of=as_of)),
    )


def _published(released: Released, says: Markup) -> Question:
    """Whether a release came out within the time that its declaration gives a dataset to be looked at again."""
    due = released.declared.get("minsheng", {}).get("due", {}).get("fetched")
    if not due:
        return Question("in_time", "unknown", None, says)
    created, as_of = map(dt.datetime.fromisoformat, (released.release.created, released.release.facts.as_of))
    part = min(1.0, seconds(due) / max(1.0, (created - as_of).total_seconds()))
    return Question("in_time", "good" if part == 1 else _mark(part), part, says)


def _mark(part: float) -> Mark:
    return "some" if part >= _MOSTLY else "bad"


def _whole(words: Words, released: Released) -> Question:
    rows, left = _heard(released, "rows"), _heard(released, "quarantined")
    if not rows:
        return Question("whole", "unknown", None, words("qualitypage.nothing_new"))
    says = words("qualitypage.some_left", n=left, rows=rows) if left else words("qualitypage.whole", n=rows)
    periods = [each["success"] for each in released.quality.get("guards", ()) if each["id"] == "guard.rows"]
    about = "periods_unknown" if not periods else "periods_good" if periods[0] else "periods_bad"
    good = not left and periods != [False]
    return Question(
        "whole",
        "good" if good else _mark(1 - left / rows),
        1 - left / rows,
        words.sentences(says, words(f"qualitypage.whole_{about}")),
    )


def _single(words: Words, released: Released) -> Question:
    unique = [each["success"] for each in released.quality.get("guards", ()) if each["id"] == "key.unique"]
    rows, twice = _heard(released, "rows"), _heard(released, "collapsed")
    if not unique:
        return Question("single", "unknown", None, words("qualitypage.not_asked"))
    if not unique[0]:
        return Question("single", "bad", 0, words("qualitypage.doubles"))
    if not twice or not rows:
        return Question("single", "good", 1, words("qualitypage.single"))
    return Question("single", _mark(1 - twice / rows), 1 - twice / rows, words("qualitypage.merged", n=twice))


def _plausible(words: Words, released: Released) -> Question:
    asked = released.quality.get("checks", ())
    if not asked:
        return Question("plausible", "unknown", None, words("qualitypage.not_asked"))
    met, of = sum(not each["failed"] for each in asked), len(asked)
    if met == of:
        return Question("plausible", "good", 1, words("qualitypage.plausible", n=of))
    says = words("qualitypage.odd", n=of, met=met, failed=of - met)
    return Question("plausible", _mark(met / of), met / of, says)
