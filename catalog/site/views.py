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
from catalog.release.document import Licence, Release, ReleaseContributor, Resource, SourceReference
from catalog.release.read import WHOLE
from catalog.site.sources import Released, Standing
from catalog.site.words import Words

MOST_CHARACTERS = 300
"""Of a value from an agency; the whole stands in the file that the page links."""
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_UCUM = (("ug", "µg"), ("um", "µm"), ("Cel", "°C"), ("deg", "°"))
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class PartitionFiles(NamedTuple):
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
    personal: Markup | str = ""
    """Why it may be public, where it looks like personal data."""


class ShownReason(NamedTuple):
    """One reason why a dataset is held or fails."""

    says: str
    meaning: str = ""
    """What the check asks."""


def web(address: Any) -> str | None:
    """Return an address that may become a link: http or https, a host, no user; None for anything else."""
    try:
        parts = urlsplit(str(address or ""))
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        return None
    rest = [quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", part), safe="/!$&'()*+,;=:@%~?") for part in parts[2:]]
    path, query, fragment = rest
    return (
        f"{parts.scheme}://{parts.netloc}{path}" + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    )


def cut(text: Any) -> str:
    """Return a text from outside, cut where it is too long to be looked at."""
    text = str(text)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def title(words: Words, released: Released) -> str:
    """Return the dataset's title; its name, if that is blank."""
    text = words.of(released.declared.get("title")) or released.release.title
    return text if text.strip() else released.slug


def paragraphs(words: Words, released: Released) -> list[str]:
    """Return the description, without its words on synthetic data: the page has them elsewhere."""
    text = words.of(released.declared.get("description")) or released.release.description
    text = text.removeprefix(SYNTHETIC.en).removeprefix(SYNTHETIC.zh_tw)
    return [line for line in text.split("\n") if line.strip()]


def first_sentence(text: str) -> str:
    """Return the first sentence of a text; a point inside a word or number does not end one."""
    match = re.match(r".+?(?:[。！？]|[.!?](?=\s|$))", text, re.DOTALL)
    return match[0] if match else text


def contributors(words: Words, released: Released, role: str) -> list[str]:
    """Return the names of those who have a role.

    Args:
        words: the language.
        released: the release with its facts.
        role: publisher, creator, steward or contributor.
    """
    return [
        words.of(each["title"])
        for each in _declared(released, "contributors", released.release.contributors)
        if role in each.get("roles", ())
    ]


def agency(words: Words, released: Released) -> str:
    """Return who the data comes from."""
    return words.of(released.declaration.get("agency", {}).get("title")) or ", ".join(
        contributors(words, released, "publisher")
    )


def licences(words: Words, released: Released) -> list[Document]:
    """Return name, title and path of each licence."""
    return [
        each | {"title": words.of(each.get("title"))}
        for each in _declared(released, "licenses", released.release.licenses)
    ]


def sources(words: Words, released: Released) -> list[Document]:
    """Return title and path of each source."""
    return [
        {"path": None} | each | {"title": words.of(each.get("title"))}
        for each in _declared(released, "sources", released.release.sources)
    ]


def attribution(words: Words, released: Released) -> str:
    """Return how the source asks to be named."""
    text = released.declared.get("minsheng", {}).get("attribution") or released.release.attribution
    return words.of(text)


def _declared(
    released: Released, name: str, published: Sequence[ReleaseContributor | Licence | SourceReference]
) -> list[Document]:
    """What the declaration says, in both languages; else what the release document says."""
    declared: list[Document] = released.declared.get(name) or [dataclasses.asdict(each) for each in published]
    return declared


def partitions(release: Release) -> list[PartitionFiles]:
    """Return the files of data, the newest period first."""
    files = [PartitionFiles(label, each.rows, release.texts[label], each) for label, each in release.partitions.items()]
    return sorted(files, reverse=True)


def period(release: Release) -> tuple[str, str] | None:
    """Return the first and the last partition, where there are periods."""
    labels = list(release.partitions)
    return (labels[0], labels[-1]) if labels and labels != [WHOLE] else None


def data_bytes(release: Release) -> tuple[int, int]:
    """Return the bytes of all CSV and of all Parquet files of data."""
    files = partitions(release)
    return sum(pair.csv.bytes for pair in files), sum(pair.parquet.bytes for pair in files)


def changes(words: Words, counts: Mapping[str, int], previous: int | None) -> Markup:
    """Say in a sentence how the rows changed.

    Args:
        words: the language.
        counts: rows by kind of change: insert, update, delete.
        previous: the number of the release before; None for the first.
    """
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
    text = re.sub(r"[\[\]{}]", "", ucum)
    for code, shown in _UCUM:
        text = re.sub(rf"(?<![A-Za-z]){code}(?![A-Za-z])", shown, text)
    return re.sub(r"(?<=[A-Za-zµ])-?[0-9]+", lambda power: power[0].translate(_SUPERSCRIPT), text)


def fields(words: Words, released: Released) -> list[Field]:
    """Return every column with its meaning."""
    declared = {each["name"]: each for each in released.declared.get("schema", {}).get("fields", ())}
    key = released.schema["primaryKey"]
    personal = released.declared.get("minsheng", {}).get("personal", {})
    return [
        _field(words, each, declared.get(each["name"], {}), is_key=each["name"] in key)._replace(
            personal=words("field.personal", reason=words.of(said)) if (said := personal.get(each["name"])) else ""
        )
        for each in released.schema["fields"]
    ]


def missing_everywhere(words: Words, released: Released) -> Markup | str:
    """Say which of the agency's texts mean "no value" in every column that says nothing else; nothing if none do."""
    texts = [each for each in released.declared.get("schema", {}).get("missingValues", ()) if each]
    return words("field.missing", texts=words.listed(map(_code, texts))) if texts else ""


def _field(words: Words, column: Document, declared: Document, *, is_key: bool) -> Field:
    texts = column if words.language == "en" else column | column.get("translations", {}).get(words.language, {})
    ucum = column.get("unit", "")
    return Field(
        name=column["name"],
        title=texts["title"],
        description=texts["description"],
        type=words(f"type.{column['type']}"),
        unit=unit(ucum),
        ucum=ucum,
        is_key=is_key,
        rules=_rules(words, column.get("constraints", {}), is_key=is_key),
        missing=_missing(words, declared),
        codes=[(each["value"], each["label"]) for each in texts.get("categories", ())],
    )


def _rules(words: Words, constraints: Document, *, is_key: bool) -> list[Markup]:
    rules = [words("field.required" if is_key or constraints.get("required") else "field.optional")]
    low, high = constraints.get("minimum"), constraints.get("maximum")
    if low is not None and high is not None:
        rules.append(words("field.between", low=str(low), high=str(high)))
    elif low is not None:
        rules.append(words("field.minimum", low=str(low)))
    elif high is not None:
        rules.append(words("field.maximum", high=str(high)))
    if "pattern" in constraints:
        rules.append(words("field.pattern", pattern=_code(constraints["pattern"])))
    return rules


def _missing(words: Words, declared: Document) -> list[Markup]:
    """Say which of the agency's texts became an empty cell, or went to another column."""
    sentences: list[Markup] = []
    texts = [text for text in declared.get("missingValues", ()) if text]
    if texts:
        sentences.append(words("field.missing_here", texts=words.listed(map(_code, texts))))
    when = declared.get("missing_when")
    if when:
        others = [
            words("field.other_is" if text else "field.other_empty", name=_code(name), text=_code(text))
            for name, text in when["when"].items()
        ]
        sentences.append(words("field.missing_when", text=_code(when["text"]), others=words.listed(others)))
    numbers = declared.get("missing_numbers") or {}
    if numbers.get("values"):
        shown = words.listed(_code(f"{number:.15g}") for number in numbers["values"])
        sentences.append(words("field.missing_numbers", numbers=shown))
    for side, key in (("below", "field.missing_below"), ("above", "field.missing_above")):
        if numbers.get(side) is not None:
            sentences.append(words(key, number=_code(f"{numbers[side]:.15g}")))
    flag = declared.get("flag")
    if flag:
        marks = words.listed(map(_code, (*flag.get("texts", ()), *flag.get("alone", ()))))
        sentences.append(words("field.flag", texts=marks, field=_code(flag["field"])))
    return sentences


def _code(text: Any) -> Markup:
    return Markup("<code>{}</code>").format(text)


def check(words: Words, identity: str, released: Released | None) -> str:
    """Say what a check asks.

    Args:
        words: the language.
        identity: the id of a guard, of a rule of the schema for a column, or of a check of quality.yaml.
        released: the release, for the titles of its columns.
    """
    known = f"check.{identity}"
    if words.has(known):
        return words(known)
    titles = {each.name: each.title for each in fields(words, released)} if released else {}
    column, _, rule = identity.rpartition(".")
    rule = rule_name(released, column, rule)
    if column and words.has(f"rule.{rule}"):
        return words(f"rule.{rule}", column=titles.get(column, column))
    columns = [titles[name] for name in _columns(released, identity) if name in titles]
    return words.listed(columns) if columns else ""


def rule_name(released: Released | None, column: str, rule: str) -> str:
    """Return under which name the texts speak of a rule: that of the type is `text` where a text cannot be read."""
    named = [each["type"] for each in released.schema["fields"] if each["name"] == column] if released else []
    return "text" if rule == "type" and named == ["string"] else rule


def suite(released: Released | None) -> Document:
    """Return the checks of quality.yaml, by id."""
    declared = released.declaration.get("quality") if released else None
    return {each["id"]: each for each in declared.get("expectations", ())} if isinstance(declared, dict) else {}


def _columns(released: Released | None, identity: str) -> list[str]:
    """The columns that a check of quality.yaml names."""
    kwargs = suite(released).get(identity, {}).get("kwargs", {})
    named = [value for name, value in kwargs.items() if name.startswith("column")]
    return [column for value in named for column in (value if isinstance(value, list) else [value])]


def why(words: Words, standing: Standing, released: Released | None) -> list[ShownReason]:
    """Say in this language why a dataset is held or fails, a sentence for each reason.

    Args:
        words: the language.
        standing: how the dataset stands.
        released: its newest release, which has the titles of the columns that a check names.
    """
    reasons = [_why(words, reason, released) for reason in standing.reasons]
    if standing.state == "held" and any(isinstance(reason, Recorded) for reason in standing.reasons):
        # An earlier version stored no values, but the ids of the checks that failed.
        reasons = [*(ShownReason(name, check(words, name, released)) for name in standing.failed_checks), *reasons]
    return reasons


def _why(words: Words, reason: Reason, released: Released | None) -> ShownReason:
    identity = reason.check if isinstance(reason, CheckFailed) else getattr(reason, "guard", "")
    meaning = check(words, identity, released) if identity else ""
    return ShownReason(words.plain("state.reason", reason=sentence(reason.public(), words.language)), meaning)


def parquet_paths(release: Release) -> list[str]:
    """Return the Parquet files of data, the oldest period first."""
    return [each.path for each in release.partitions.values()]
