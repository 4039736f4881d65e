"""What the templates show of release documents and their facts: values and sentences, in the words of one language."""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from catalog.reasons.sentences import sentence
from catalog.reasons.values import CheckFailed, Reason, Recorded
from catalog.release.assemble import SYNTHETIC
from catalog.release.digest import Document
from catalog.release.document import Contributor, Licence, Release, Resource, SourceReference
from catalog.site.sources import Released, Standing
from catalog.site.words import Words

SHOWN_EXAMPLES = 5
MOST_CHARACTERS = 300
"""Of a value from an agency; the whole stands in the file that the page links."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_UCUM = (("ug", "µg"), ("um", "µm"), ("Cel", "°C"), ("deg", "°"))
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Partition(NamedTuple):
    """One part of the rows, in two files."""

    label: str
    rows: int
    csv: Resource
    parquet: Resource


class Field(NamedTuple):
    """A column, as it is explained."""

    name: str
    title: str
    description: str
    type: str
    unit: str
    ucum: str
    is_key: bool
    rules: list[Markup]
    missing: list[Markup]
    codes: list[tuple[str, str]]


class Finding(NamedTuple):
    """A check that failed, or what it took out."""

    id: str
    says: str
    severity: str
    failed: int
    rows: int
    reason: str
    examples: list[Document]
    observed: str = ""
    expected: str = ""


class Why(NamedTuple):
    """One reason why a dataset is held or fails."""

    says: str = ""
    meaning: str = ""
    """What the check asks."""
    recorded: str = ""
    """A sentence of an earlier version, in English."""


def web(address: Any) -> str | None:
    """Return an address that may become a link: http or https, a host, no user; None for anything else."""
    try:
        parts = urlsplit(str(address or ""))
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        return None
    rest = [quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", one), safe="/!$&'()*+,;=:@%~?") for one in parts[2:]]
    path, query, fragment = rest
    return (
        f"{parts.scheme}://{parts.netloc}{path}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    )


def cut(text: Any) -> str:
    """Return a text from outside, cut where it is too long to be looked at."""
    text = str(text)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def title(words: Words, one: Released) -> str:
    """Return the dataset's title; its name, if that is blank."""
    said = words.of(one.declared.get("title")) or one.release.title
    return said if said.strip() else one.slug


def paragraphs(words: Words, one: Released) -> list[str]:
    """Return the description; that the data is synthetic is said apart."""
    said = words.of(one.declared.get("description")) or one.release.description
    said = said.removeprefix(SYNTHETIC.en).removeprefix(SYNTHETIC.zh_tw)
    return [line for line in said.split("\n") if line.strip()]


def first_sentence(text: str) -> str:
    """Return the first sentence of a text; a point inside a word or number does not end one."""
    found = re.match(r".+?(?:[。！？]|[.!?](?=\s|$))", text, re.DOTALL)
    return found[0] if found else text


def contributors(words: Words, one: Released, role: str) -> list[str]:
    """Return the names of those who have a role."""
    return [
        words.of(each["title"])
        for each in _declared(one, "contributors", one.release.contributors)
        if role in each.get("roles", ())
    ]


def agency(words: Words, one: Released) -> str:
    """Return who the data comes from."""
    return words.of(one.declaration.get("agency", {}).get("title")) or ", ".join(contributors(words, one, "publisher"))


def licences(words: Words, one: Released) -> list[Document]:
    """Return name, title and path of each licence."""
    return [each | {"title": words.of(each.get("title"))} for each in _declared(one, "licenses", one.release.licenses)]


def sources(words: Words, one: Released) -> list[Document]:
    """Return title and path of each source."""
    return [
        {"path": None} | each | {"title": words.of(each.get("title"))}
        for each in _declared(one, "sources", one.release.sources)
    ]


def attribution(words: Words, one: Released) -> str:
    """Return how the source asks to be named."""
    said = one.declared.get("minsheng", {}).get("attribution") or one.release.attribution
    return words.of(said)


def _declared(one: Released, name: str, released: Sequence[Contributor | Licence | SourceReference]) -> list[Document]:
    """What the declaration says, in both languages; else what the release says."""
    declared: list[Document] = one.declared.get(name) or [dataclasses.asdict(each) for each in released]
    return declared


def partitions(release: Release) -> list[Partition]:
    """Return the files of data, the newest period first."""
    found = [Partition(label, each.rows, release.texts[label], each) for label, each in release.partitions.items()]
    return sorted(found, reverse=True)


def period(release: Release) -> tuple[str, str] | None:
    """Return the first and the last partition, where there are periods."""
    labels = sorted(release.partitions)
    return (labels[0], labels[-1]) if labels and labels != ["all"] else None


def data_bytes(release: Release) -> tuple[int, int]:
    """Return the bytes of all CSV and of all Parquet files of data."""
    found = partitions(release)
    return sum(one.csv.bytes for one in found), sum(one.parquet.bytes for one in found)


def changes(words: Words, counts: Mapping[str, int], previous: int | None) -> Markup:
    """Say in a sentence what became of the rows."""
    if previous is None:
        return words("changes.first", n=counts["insert"])
    parts = [words(f"changes.{name}", n=counts[name]) for name in ("insert", "update", "delete") if counts[name]]
    if not parts:
        return words("changes.none", previous=previous)
    return words("changes.compared", previous=previous, parts=words.listed(parts))


def changes_short(words: Words, counts: Mapping[str, int]) -> str:
    """Return row changes for a column of a table: `+133 ~4 −1`."""
    signs = {"insert": "+", "update": "~", "delete": "−"}
    return "\u2002".join(f"{sign}{words.number(counts[name])}" for name, sign in signs.items() if counts[name])


def unit(ucum: str) -> str:
    """Return a UCUM unit (https://ucum.org/ucum) as people write it: `ug/m3` is µg/m³, `{cases}` is cases."""
    said = re.sub(r"[\[\]{}]", "", ucum)
    for code, shown in _UCUM:
        said = re.sub(rf"(?<![A-Za-z]){code}(?![A-Za-z])", shown, said)
    return re.sub(r"(?<=[A-Za-zµ])-?[0-9]+", lambda power: power[0].translate(_SUPERSCRIPT), said)


def fields(words: Words, one: Released) -> list[Field]:
    """Return every column with its meaning."""
    declared = {each["name"]: each for each in one.declared.get("schema", {}).get("fields", ())}
    key = one.schema["primaryKey"]
    return [
        _field(words, each, declared.get(each["name"], {}), is_key=each["name"] in key) for each in one.schema["fields"]
    ]


def missing_everywhere(words: Words, one: Released) -> Markup | str:
    """Say which of the agency's texts mean "no value" in every column that says nothing else; nothing if none do."""
    texts = [each for each in one.declared.get("schema", {}).get("missingValues", ()) if each]
    return words("field.missing", texts=words.listed(map(_code, texts))) if texts else ""


def _field(words: Words, said: Document, declared: Document, *, is_key: bool) -> Field:
    ours = said if words.language == "en" else said | said.get("translations", {}).get(words.language, {})
    ucum = said.get("unit", "")
    return Field(
        name=said["name"],
        title=ours["title"],
        description=ours["description"],
        type=words(f"type.{said['type']}"),
        unit=unit(ucum),
        ucum=ucum,
        is_key=is_key,
        rules=_rules(words, said.get("constraints", {}), is_key=is_key),
        missing=_missing(words, declared),
        codes=[(each["value"], each["label"]) for each in ours.get("categories", ())],
    )


def _rules(words: Words, constraints: Document, *, is_key: bool) -> list[Markup]:
    found = [words("field.required" if is_key or constraints.get("required") else "field.optional")]
    low, high = constraints.get("minimum"), constraints.get("maximum")
    if low is not None and high is not None:
        found.append(words("field.between", low=str(low), high=str(high)))
    elif low is not None:
        found.append(words("field.minimum", low=str(low)))
    elif high is not None:
        found.append(words("field.maximum", high=str(high)))
    if "pattern" in constraints:
        found.append(words("field.pattern", pattern=_code(constraints["pattern"])))
    return found


def _missing(words: Words, declared: Document) -> list[Markup]:
    """Say which of the agency's texts became an empty cell, or went to another column."""
    found: list[Markup] = []
    texts = [one for one in declared.get("missingValues", ()) if one]
    if texts:
        found.append(words("field.missing_here", texts=words.listed(map(_code, texts))))
    when = declared.get("missing_when")
    if when:
        others = [
            words("field.other_is" if text else "field.other_empty", name=_code(name), text=_code(text))
            for name, text in when["when"].items()
        ]
        found.append(words("field.missing_when", text=_code(when["text"]), others=words.listed(others)))
    flag = declared.get("flag")
    if flag:
        marks = words.listed(map(_code, flag["texts"]))
        found.append(words("field.flag", texts=marks, field=_code(flag["field"])))
    return found


def _code(text: Any) -> Markup:
    return Markup("<code>{}</code>").format(text)


def check(words: Words, identity: str, one: Released | None) -> str:
    """Say what a check asks, by its id: a guard, a rule of the schema for a column, or one of quality.yaml."""
    known = f"check.{identity}"
    if words.has(known):
        return words(known)
    titles = {each.name: each.title for each in fields(words, one)} if one else {}
    column, _, rule = identity.rpartition(".")
    if column and words.has(f"rule.{rule}"):
        return words(f"rule.{rule}", column=titles.get(column, column))
    columns = [titles[name] for name in _columns(one, identity) if name in titles]
    return words.listed(columns) if columns else ""


def _suite(one: Released | None) -> Document:
    """The checks of quality.yaml, by id."""
    said = one.declaration.get("quality") if one else None
    return {each["id"]: each for each in said.get("expectations", ())} if isinstance(said, dict) else {}


def _columns(one: Released | None, identity: str) -> list[str]:
    """The columns of which a check of quality.yaml speaks."""
    kwargs = _suite(one).get(identity, {}).get("kwargs", {})
    named = [value for name, value in kwargs.items() if name.startswith("column")]
    return [column for value in named for column in (value if isinstance(value, list) else [value])]


def failed(words: Words, one: Released) -> list[Finding]:
    """Return the checks and guards that failed."""
    found = [
        Finding(
            id=each["id"],
            says=check(words, each["id"], one),
            severity=each["severity"],
            failed=each["failed"],
            rows=each["rows"],
            reason=words.of(each.get("reason")),
            examples=each["examples"][:SHOWN_EXAMPLES],
        )
        for each in one.quality.get("checks", ())
        if not each["success"]
    ]
    return found + [
        Finding(
            each["id"],
            check(words, each["id"], one),
            each["severity"],
            0,
            0,
            "",
            [],
            each["observed"],
            each["expected"],
        )
        for each in one.quality.get("guards", ())
        if not each["success"]
    ]


def asked(one: Released) -> int:
    """Return how many checks and guards were asked."""
    return len(one.quality.get("checks", ())) + len(one.quality.get("guards", ()))


def left(words: Words, one: Released) -> list[tuple[str, str, int]]:
    """Return what left, by check: its id, what it asks, how many cells and rows."""
    said = one.quality.get("quarantine", {}).get("by_check", {})
    return [(name, check(words, name, one), count) for name, count in sorted(said.items(), key=lambda each: -each[1])]


def why(words: Words, found: Standing, one: Released | None) -> list[Why]:
    """Say in this language why a dataset is held or fails, a sentence for each reason.

    Args:
        words: the language.
        found: how the dataset stands.
        one: its newest release, which has the titles of the columns that a check names.
    """
    told = [_why(words, reason, one) for reason in found.reasons]
    if found.state == "held" and any(each.recorded for each in told):
        # An earlier version kept no values: that it fails these checks is known.
        told = [*(Why(name, check(words, name, one)) for name in found.failed_checks), *told]
    return told


def _why(words: Words, reason: Reason, one: Released | None) -> Why:
    if isinstance(reason, Recorded) and reason.sentence:
        return Why(recorded=reason.sentence)
    identity = reason.check if isinstance(reason, CheckFailed) else getattr(reason, "guard", "")
    meaning = check(words, identity, one) if identity else ""
    return Why(words.plain("state.reason", reason=sentence(reason, words.language)), meaning)


def parquet_paths(release: Release) -> list[str]:
    """Return the Parquet files of data, the oldest period first."""
    return [each.path for _, each in sorted(release.partitions.items())]
