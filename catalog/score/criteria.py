"""The criteria: what each one looks at in the documents of a release, and how much it counts.

The first three heads are those of the government's open data portal. What people read of a criterion stands in the
texts of the site, under its id.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from catalog.declaration.pipeline import seconds
from catalog.release.digest import Document
from catalog.release.document import Release

Head = Literal["available", "processable", "understandable", "timely", "complete", "consistent"]
HEADS: tuple[Head, ...] = ("available", "processable", "understandable", "timely", "complete", "consistent")
TOLERANCE = 0.05
"""The share of rows at which nothing is left of a criterion; a share in between counts in proportion. It is the largest
share that a guard of our own declarations lets pass."""
OPEN_LICENCES = frozenset(
    {"OGDL-Taiwan-1.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "ODC-BY-1.0", "ODbL-1.0", "PDDL-1.0"}
)
"""SPDX names of licences that conform to the Open Definition (https://opendefinition.org/licenses)."""
_LANGUAGES = ("en", "zh-TW")
_TODAY = {"fresh": 1.0, "held": 0.5, "overdue": 0.0, "failing": 0.0}
"""What a state is worth: news that waits for a steward has come in time, and is not served."""


class Documents(NamedTuple):
    """A release, and what its facts say."""

    release: Release
    schema: Document
    quality: Document
    declaration: Document


class Judgement(NamedTuple):
    """What a criterion finds."""

    value: float | None = None
    """How far it is met, 0 to 1; None if it cannot be judged here. Then it does not count."""
    figures: Mapping[str, int | str] = {}
    """What a sentence about it needs."""
    columns: tuple[str, ...] = ()
    """The columns that fall short."""


class Criterion(NamedTuple):
    """One question, and what it counts."""

    id: str
    head: Head
    weight: int
    judge: Callable[[Documents], Judgement]


def today(state: str | None) -> Judgement:
    """Judge how the dataset stands now: the one criterion that is not about a release."""
    return Judgement(_TODAY.get(state or ""), {"state": state or ""})


def _only_today(_: Documents) -> Judgement:
    return Judgement()


def _part(met: int, of: int, columns: Iterable[str] = ()) -> Judgement:
    return Judgement(met / of, {"met": met, "of": of}, tuple(columns)) if of else Judgement()


def _yes(fulfilled: Any, **figures: int | str) -> Judgement:
    return Judgement(float(bool(fulfilled)), figures)


def _dataset(documents: Documents) -> Document:
    dataset: Document = documents.declaration.get("dataset", {})
    return dataset


def _block(documents: Documents) -> Document:
    block: Document = _dataset(documents).get("minsheng", {})
    return block


def _declared_fields(documents: Documents) -> dict[str, Document]:
    return {each["name"]: each for each in _dataset(documents).get("schema", {}).get("fields", ())}


def _in_both(text: Any) -> bool:
    return isinstance(text, Mapping) and all(str(text.get(language) or "").strip() for language in _LANGUAGES)


# available


def _downloads(documents: Documents) -> Judgement:
    files = [*documents.release.partitions.values(), *documents.release.texts.values()]
    return _part(sum(file.bytes > 0 for file in files), len(files))


def _licence(documents: Documents) -> Judgement:
    names = [each.name for each in documents.release.licenses]
    return _yes(OPEN_LICENCES & set(names), licence=names[0])


def _source(documents: Documents) -> Judgement:
    if _block(documents).get("derive"):
        return Judgement()  # it is computed here; its inputs name their sources
    return _yes(any(str(each.path or "").startswith(("https://", "http://")) for each in documents.release.sources))


def _contact(documents: Documents) -> Judgement:
    return _yes((documents.declaration.get("agency") or {}).get("contact"))


# processable


def _formats(documents: Documents) -> Judgement:
    return _yes(documents.release.partitions) if documents.release.partitions else Judgement()


def _encoding(documents: Documents) -> Judgement:
    stated = [each.document.get("encoding") == "utf-8" for each in documents.release.texts.values()]
    return _part(sum(stated), len(stated))


def _rules(documents: Documents) -> Judgement:
    """Columns about which nothing is said that could turn out wrong: free text, in no key and in no check."""
    declared = _declared_fields(documents)
    suite = documents.declaration.get("quality")
    checks = suite.get("expectations", ()) if isinstance(suite, Mapping) else ()
    named = {name for check in checks for name in _columns(check.get("kwargs", {}))}
    named |= {name for each in _block(documents).get("references", ()) for name in each.get("fields", ())}
    named |= set(documents.schema.get("primaryKey", ()))

    def has_rule(column: Document) -> bool:
        words = column.get("categories") or declared.get(column["name"], {}).get("codes")
        return column["type"] != "string" or bool(column.get("constraints") or words) or column["name"] in named

    loose = [each["name"] for each in documents.schema["fields"] if not has_rule(each)]
    return _part(len(documents.schema["fields"]) - len(loose), len(documents.schema["fields"]), loose)


def _columns(kwargs: Document) -> Iterable[str]:
    """The columns that a check of quality.yaml names."""
    for name, value in kwargs.items():
        if name.startswith("column"):
            yield from value if isinstance(value, list) else [value]


def _units(documents: Documents) -> Judgement:
    numbers = [each for each in documents.schema["fields"] if each["type"] == "number"]
    without = [each["name"] for each in numbers if not each.get("unit")]
    return _part(len(numbers) - len(without), len(numbers), without)


# understandable


def _described(documents: Documents) -> Judgement:
    texts = [_dataset(documents).get(name) for name in ("title", "description")]
    return _part(sum(map(_in_both, texts)), len(texts))


def _columns_described(documents: Documents) -> Judgement:
    declared = _declared_fields(documents)

    def is_described(name: str) -> bool:
        texts = declared.get(name, {})
        return all(_in_both(texts.get(part)) for part in ("title", "description"))

    names = [each["name"] for each in documents.schema["fields"]]
    bare = [name for name in names if not is_described(name)]
    return _part(len(names) - len(bare), len(names), bare)


def _codes_labelled(documents: Documents) -> Judgement:
    published = {each["name"] for each in documents.schema["fields"]}
    labels = [
        (name, _in_both(category.get("label")))
        for name, column in _declared_fields(documents).items()
        if name in published
        for category in column.get("categories", ())
    ]
    bare = dict.fromkeys(name for name, labelled in labels if not labelled)
    return _part(sum(labelled for _, labelled in labels), len(labels), bare)


def _keywords(documents: Documents) -> Judgement:
    words = [word for word in _dataset(documents).get("keywords", ()) if _in_both(word)]
    return _yes(words, count=len(words))


# timely


def _promptly(documents: Documents) -> Judgement:
    release, due = documents.release, _block(documents).get("due", {}).get("fetched")
    if not due:
        return Judgement()
    waited = dt.datetime.fromisoformat(release.created) - dt.datetime.fromisoformat(release.facts.as_of)
    took, limit = max(0, int(waited.total_seconds())), seconds(due)
    return Judgement(1.0 if took <= limit else limit / took, {"took": took, "limit": limit})


# complete


def _kept(documents: Documents) -> Judgement:
    rows, left = (_sum(documents, name) for name in ("rows", "quarantined"))
    return Judgement(_tolerated(left, rows), {"rows": rows, "left": left}) if rows else Judgement()


def _periods_full(documents: Documents) -> Judgement:
    return _guard(documents, "guard.rows")


def _columns_there(documents: Documents) -> Judgement:
    return _guard(documents, "guard.columns-vanished")


# consistent


def _no_doubles(documents: Documents) -> Judgement:
    unique, rows, collapsed = _guard(documents, "key.unique"), _sum(documents, "rows"), _sum(documents, "collapsed")
    if unique.value is None:
        return unique
    return Judgement(unique.value * (_tolerated(collapsed, rows) if rows else 1), {"collapsed": collapsed})


def _checks_met(documents: Documents) -> Judgement:
    checks = [each for each in documents.quality.get("checks", ()) if each["rows"]]
    if not checks:
        return Judgement()
    shares = [_tolerated(each["failed"], each["rows"]) for each in checks]
    met = sum(not each["failed"] for each in checks)
    return Judgement(sum(shares) / len(shares), {"met": met, "of": len(checks)})


def _form_steady(documents: Documents) -> Judgement:
    return _guard(documents, "guard.columns-unknown")


def _guard(documents: Documents, identity: str) -> Judgement:
    asked = [each["success"] for each in documents.quality.get("guards", ()) if each["id"] == identity]
    return _yes(asked[0]) if asked else Judgement()


def _sum(documents: Documents, name: str) -> int:
    return sum(int(each.get(name, 0)) for each in documents.quality.get("fetches", ()))


def _tolerated(part: int, whole: int) -> float:
    return max(0.0, 1 - part / whole / TOLERANCE)


CRITERIA: tuple[Criterion, ...] = (
    # Without a licence, or files that anyone can fetch, nothing else helps.
    Criterion("downloads", "available", 6, _downloads),
    Criterion("licence", "available", 8, _licence),
    # What the source itself says settles doubts; a person is asked more rarely.
    Criterion("source", "available", 3, _source),
    Criterion("contact", "available", 3, _contact),
    # Met by how this catalogue publishes: small, yet the portal asks both.
    Criterion("formats", "processable", 5, _formats),
    Criterion("encoding", "processable", 3, _encoding),
    # What is typed or checked is what a program can rely on; a number without a unit is read wrongly.
    Criterion("rules", "processable", 7, _rules),
    Criterion("units", "processable", 5, _units),
    Criterion("described", "understandable", 4, _described),
    # Most questions of readers are about a column.
    Criterion("columns", "understandable", 9, _columns_described),
    Criterion("codes", "understandable", 4, _codes_labelled),
    Criterion("keywords", "understandable", 3, _keywords),
    # What is old now matters more than how long one release took.
    Criterion("promptly", "timely", 6, _promptly),
    Criterion("today", "timely", 9, _only_today),
    # A row that is left out is lost to every use.
    Criterion("kept", "complete", 7, _kept),
    Criterion("periods", "complete", 5, _periods_full),
    Criterion("vanished", "complete", 3, _columns_there),
    # Doubles and failed rules are seen in the rows; a new column alone does no harm.
    Criterion("doubles", "consistent", 3, _no_doubles),
    Criterion("checks", "consistent", 5, _checks_met),
    Criterion("steady", "consistent", 2, _form_steady),
)
TODAY = "today"
"""The id of the criterion that `today` judges."""
