"""What the page that explores a dataset hands to its script: the newest release, its columns and files, and names."""

from collections.abc import Mapping, Sequence

from catalog.declaration.dates import Dates
from catalog.declaration.references import plain_references
from catalog.release.digest import Document
from catalog.release.document import Resource
from catalog.site import views
from catalog.site.cells import KINDS
from catalog.site.measures import unit
from catalog.site.sources import Released
from catalog.site.words import Words

SHOWN_RELEASES = 30
"""In the page; the script finds the others in releases.json."""
LARGEST_REFERENCE_ROWS = 2_000
"""Of a table that says what codes mean."""


def explore_data(
    words: Words, released: Released, listed: Sequence[Document], references: Mapping[str, Released]
) -> Document:
    """Return what the script needs before it reads any file.

    Args:
        words: the language.
        released: the newest release.
        listed: all releases as releases.json lists them, oldest first.
        references: the tables that it refers to, by dataset.
    """
    authors = views.contributors(words, released, "creator") or views.contributors(words, released, "publisher")
    publishers = views.contributors(words, released, "publisher") or authors
    return {
        "slug": released.slug,
        "title": views.title(words, released),
        "authors": words.plain("cite.and").join(authors),
        "publisher": words.plain("cite.and").join(publishers),
        "attribution": str(views.attribution(words, released)),
        "release": _release(words, released),
        "releases": [[each["n"], each["created"]] for each in reversed(listed)][:SHOWN_RELEASES],
        "units": {each.ucum: unit(words, each.ucum) for each in views.fields(words, released) if each.ucum},
        "zones": _zones(released),
        "references": _references(words, released, references),
        "partition": _partition(released),
        "views": _views(released),
    }


def _release(words: Words, released: Released) -> Document:
    release, facts = released.release, released.release.facts
    return {
        "n": release.n,
        "version": release.version,
        "created": release.created,
        "sha256": release.sha256,
        "schema": facts.schema.path,
        "columns": _columns(words, released),
        "key": released.schema["primaryKey"],
        "files": {
            "data": [_file(each, label) for label, each in release.partitions.items()],
            **{name: [_file(each)] if (each := release.resource(name)) else [] for name in ("changes", "quarantine")},
        },
        "provenance": facts.facts["provenance"].path,
    }


def _columns(words: Words, released: Released) -> list[Document]:
    kinds = {each["name"]: each["type"] for each in released.schema["fields"]}
    zones = _zones(released)
    return [
        {
            "name": each.name,
            "title": each.title,
            "kind": KINDS.get(kinds[each.name], kinds[each.name]),
            "unit": unit(words, each.ucum) if each.ucum else "",
            "zone": zones.get(each.name, Dates.model_fields["zone"].default),
            "labels": dict(each.codes),
        }
        for each in views.fields(words, released)
    ]


def _zones(released: Released) -> dict[str, str]:
    """The zones of columns of times, where one is declared."""
    fields = released.declared.get("schema", {}).get("fields", ())
    return {each["name"]: zone for each in fields if (zone := (each.get("date") or {}).get("zone"))}


def _partition(released: Released) -> Document | None:
    declared = released.declared.get("minsheng", {}).get("partition") or {}
    grain = declared.get("grain", "none")
    return {"field": declared["field"], "grain": grain} if grain != "none" else None


def _views(released: Released) -> Document:
    """What the declaration says of places, of the quantity that is shown first, and of the column that names places."""
    views = released.declared.get("minsheng", {}).get("views") or {}
    named = (views.get("labels") or {}).get(views.get("by"))
    return {
        "position": views.get("position"),
        "measure": views.get("measure"),
        "together": views.get("together"),
        "name": named if isinstance(named, str) else None,
    }


def _file(file: Resource, partition: str = "") -> Document:
    return {
        "path": file.path,
        "bytes": file.bytes,
        "footer": file.footer_bytes,
        "rows": file.rows,
        "partition": partition,
    }


def _references(words: Words, released: Released, tables: Mapping[str, Released]) -> list[Document]:
    """Where the codes of which columns are explained in this language."""
    single = [each for each in plain_references(released.declared.get("minsheng", {})) if each.dataset in tables]
    found = [(each, _names_of_codes(words, tables[each.dataset], each.to[0])) for each in single]
    return [{"column": each.fields[0], **names} for each, names in found if names]


def _names_of_codes(words: Words, table: Released, code: str) -> Document | None:
    """The file of a small table with a name for each code; None if it has none in this language."""
    declared = ((table.declared.get("minsheng", {}).get("views") or {}).get("labels") or {}).get(code)
    ending = f"_{words.language.split('-')[0]}"  # so are they called in releases older than the declaration of labels
    names = [each["name"] for each in table.schema["fields"] if each["name"].endswith(ending)]
    if declared:
        names = [declared if isinstance(declared, str) else declared[words.language]]
    files = list(table.release.partitions.values())
    if not names or len(files) != 1 or files[0].rows > LARGEST_REFERENCE_ROWS:
        return None
    file = _file(files[0])
    return {"file": file | {"path": f"../{table.slug}/{file['path']}"}, "code": code, "label": names[0]}
