"""Where a table lies in an answer now: the paths of its records and of what is beside them, lines, sheet, member."""

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from catalog.errors import SourceError
from pipelines.decode.parts import bounded, gzip, json_values, path
from pipelines.drift.changes import Draft, SourceChange
from pipelines.drift.edits import Append, Edit, Put
from pipelines.propose import forms
from pipelines.propose.forms.parts.document import record_paths
from pipelines.propose.paging import values_beside
from pipelines.protocols.parts.request import MAX_BODY_BYTES

_PLACES = (
    "records",
    "shape",
    "prefix",
    "skip",
    "header",
    "header_line",
    "sheet",
    "sheets",
    "table",
    "member",
    "members",
)
"""Options that say where a table lies, and not how it is written."""
_OF_JSON = ("json", "javascript")
_SIGNS = (("paging", "total"), ("paging", "pages"), ("paging", "more"), ("paging", "next"), ("success", "path"))
"""Where the source of `rest` names paths that each answer has."""
_MOST_PATHS = 20


class DeclaredLayout(NamedTuple):
    """A declared layout: of a source without `readings` the only one."""

    format: str
    reading: Mapping[str, Any]
    alternative: Mapping[str, Any] | None
    """As it stands under `readings`; None where it stands alone."""

    def edits(self, reading: Mapping[str, Any]) -> tuple[Edit, ...]:
        """Return what declares another reading: instead of this one, or after all that are tried."""
        if self.alternative is not None:
            return (Append(("minsheng", "source", "readings"), {**self.alternative, "reading": dict(reading)}),)
        place = ("minsheng", "source", "reading")
        if not self.reading or set(self.reading) - set(reading):
            return (Put(place, dict(reading)),)
        return tuple(Put((*place, key), value) for key, value in reading.items() if self.reading.get(key) != value)

    @property
    def after(self) -> str:
        """What a sentence says of the others."""
        return "; it is tried after the other layouts" if self.alternative is not None else ""


def layouts(source: Mapping[str, Any]) -> list[DeclaredLayout]:
    """Return the layouts of a declared source, the first that is tried first; none where it has no format."""
    if "format" not in source:
        return []
    if not source.get("readings"):
        return [DeclaredLayout(source["format"], source.get("reading", {}), None)]
    return [
        DeclaredLayout(one.get("format", source["format"]), one.get("reading", {}), one) for one in source["readings"]
    ]


def moved_tables(draft: Draft, bodies: Sequence[bytes]) -> Iterator[SourceChange]:
    """Yield other places in which a table of an answer may lie; whether it does, only reading it shows.

    Args:
        draft: the declaration.
        bodies: of the answer.
    """
    if not bodies:
        return
    signs = _moved_signs(draft, bodies[0])
    edits = tuple(Put(("minsheng", "source", *place), new) for place, _, new in signs)
    told = [f"{old} is at {new} now" for _, old, new in signs]
    if edits:
        yield SourceChange("moved", "; ".join(told), edits)
    for layout in layouts(draft.dataset.minsheng.origin):
        for reading in bounded.call(find_places, bodies[0], layout.format, dict(layout.reading)):
            says = "; ".join(
                [f"the table lies elsewhere now: {_differs(layout.reading, reading)}{layout.after}", *told]
            )
            yield SourceChange("moved", says, (*layout.edits(reading), *edits))
    yield from _in_another_form(draft, bodies[0])


def _in_another_form(draft: Draft, body: bytes) -> Iterator[SourceChange]:
    """The form that a proposal would give the answer: another format, or another way to write a member of a zip."""
    declared, found = layouts(draft.dataset.minsheng.origin), bounded.call(find_form, body)
    if found is None or not declared:
        return
    name, reading = found
    says = f"the answer is {name} now, and was {declared[0].format}"
    if name == declared[0].format:
        says = f"the {name} is written otherwise now: {_differs(declared[0].reading, reading)}"
    new: dict[str, Any] = {"format": name, "reading": reading}
    if declared[0].alternative is not None:
        edits: tuple[Edit, ...] = (Append(("minsheng", "source", "readings"), new),)
    else:
        edits = tuple(Put(("minsheng", "source", key), value) for key, value in new.items())
    yield SourceChange("moved", f"{says}{declared[0].after}", edits)


def moved_values(draft: Draft, bodies: Sequence[bytes]) -> list[SourceChange]:
    """Return which values from above the records are at another path, of an answer whose records are found."""
    layout = next(iter(layouts(draft.dataset.minsheng.origin)), None)
    if layout is None or layout.alternative is not None or layout.format != "json" or not bodies:
        return []
    keep = layout.reading.get("keep", {})
    found = bounded.call(find_paths, bodies[0], list(keep.values()))
    return [
        SourceChange(
            "moved",
            f"{name}, which is kept from above the records, is at {found[said]} now, and was at {said}",
            (Put(("minsheng", "source", "reading", "keep", name), found[said]),),
        )
        for name, said in keep.items()
        if said in found
    ]


def _moved_signs(draft: Draft, body: bytes) -> list[tuple[tuple[str, ...], str, str]]:
    """Of paths that each answer has: where each stands in the source, what it is, and what it is now."""
    source = draft.dataset.minsheng.origin
    said = {place: source[place[0]][place[1]] for place in _SIGNS if place[1] in (source.get(place[0]) or {})}
    found = bounded.call(find_paths, body, list(said.values())) if said else {}
    return [(place, old, found[old]) for place, old in said.items() if old in found]


def _differs(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What two readings say otherwise, for people."""
    keys = [key for key in {**now, **before} if before.get(key) != now.get(key)]
    return ", ".join(f"{key} {now.get(key, 'none')!r} and not {before.get(key, 'none')!r}" for key in keys)


def find_places(body: bytes, name: str, reading: dict[str, Any]) -> list[dict[str, Any]]:
    """Return other readings of a format in which the table may lie, the likeliest first.

    Args:
        body: of an answer.
        name: of the format.
        reading: as it is declared.
    """
    try:
        body = gzip.unpack(body, MAX_BODY_BYTES)
        sees: forms.Sees = importlib.import_module(f"{forms.__name__}.{name}")
        form = sees.see(body)
        paths = record_paths(_document(body, reading))[:_MOST_PATHS] if name in _OF_JSON else []
    except SourceError:
        return []
    found = [_with_kept(body, reading | {"records": each}, reading) for each in paths]
    if form is not None:
        said = {key: form.reading[key] for key in _PLACES if key in form.reading}
        found.append({key: value for key, value in reading.items() if key not in _PLACES} | said)
    plain = [{key: value for key, value in one.items() if (key, value) != ("records", "")} for one in found]
    return [one for at, one in enumerate(plain) if one != reading and one not in plain[:at]]


def find_form(body: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return the format of a body and its options, as `minsheng new` proposes them; None where it knows none.

    Args:
        body: of an answer.
    """
    try:
        form, _ = forms.look(body)
    except SourceError:
        return None
    return form.format, dict(form.reading)


def find_paths(body: bytes, paths: list[str]) -> dict[str, str]:
    """Return, of paths that lead to nothing in a JSON body, those by which a value of the same name is found.

    Args:
        body: of an answer.
        paths: as declared.
    """
    try:
        document = _document(gzip.unpack(body, MAX_BODY_BYTES), {})
    except SourceError:
        return {}
    found = {said: _elsewhere(document, said) for said in paths if not _leads(document, said)}
    return {said: new for said, new in found.items() if new is not None}


def _document(body: bytes, reading: Mapping[str, Any]) -> Any:
    return json_values.parse(body, reading.get("encoding", "utf-8"), "quarantine")


def _with_kept(body: bytes, now: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """A reading whose kept values lie where its records lie now."""
    if not now.get("keep"):
        return now
    document = _document(body, now)
    was, new = before.get("records", ""), now["records"]
    keep = {}
    for name, said in now["keep"].items():
        ways = [said, *([f"{new.removesuffix(was)}{said}"] if new.endswith(was) else [])]
        ways += [said.removeprefix(was.removesuffix(new))] if was.endswith(new) else []
        keep[name] = next((way for way in ways if _leads(document, way)), None) or _elsewhere(document, said) or said
    return now | {"keep": keep}


def _leads(document: Any, said: str) -> bool:
    """Whether a path leads to a value."""
    try:
        reached = path.walk(document, path.parse(said))
    except (SourceError, ValueError):
        return False
    return any(one.value is not None for one in reached or ())


def _elsewhere(document: Any, said: str) -> str | None:
    """The only path to a value whose key is the last of another path."""
    last = path.parse(said)[-1]
    if last.to != "key":
        return None
    found = [one.path for one in values_beside(document) if one.key == last.key]
    return found[0] if len(found) == 1 else None
