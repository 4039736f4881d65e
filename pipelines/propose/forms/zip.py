"""Zip files: which member is the table, or which are one together, and how it is written."""

from pathlib import PurePosixPath
from typing import Any

from catalog.errors import SourceError
from pipelines.decode.parts.archive import Archive
from pipelines.propose import forms
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.archives import member_names

_DATA = (
    ".csv",
    ".tsv",
    ".txt",
    ".json",
    ".geojson",
    ".ndjson",
    ".jsonl",
    ".xml",
    ".kml",
    ".xls",
    ".xlsx",
    ".ods",
    ".html",
)
_MOST = 20
"""Members that are looked at."""


def see(body: bytes) -> Form | None:
    """Return which member is read and how, or None if the body is no zip file or holds none that can be read."""
    names = [name for name in member_names(body) if not name.startswith("__MACOSX/")]
    if not names or _is_workbook(names):
        return None  # the form of workbooks says what it lacks
    data = [name for name in names if PurePosixPath(name).suffix.lower() in _DATA] or names
    archive = Archive(body)
    seen: dict[str, Form] = {}
    sizes: dict[str, int] = {}
    for name in sorted(data)[:_MOST]:
        try:
            member = archive.unpack(name)
            seen[name], _ = forms.look(member)
        except SourceError:
            continue
        sizes[name] = len(member)
    if not seen:
        return None
    return _of_members(body, names, seen, max(sizes, key=lambda name: sizes[name]))


def _is_workbook(names: list[str]) -> bool:
    return "[Content_Types].xml" in names or {"content.xml", "mimetype"} <= set(names)


def _of_members(body: bytes, names: list[str], seen: dict[str, Form], largest: str) -> Form:
    form = seen[largest]
    inner: dict[str, Any] = {"format": form.format}
    inner |= {"reading": dict(form.reading)} if form.reading else {}
    suffix = PurePosixPath(largest).suffix
    alike = [name for name in names if PurePosixPath(name).suffix == suffix]
    said = (form.titles, form.units)
    if len(names) == 1:
        return Form("zip", inner, form.notes, *said)
    if len(alike) > 1:
        together = Form("zip", {"members": f"*{suffix}"} | inner, (*_together(alike), *form.notes), *said)
        if together.reads(body):
            return together
    member = f"*{suffix}" if len(alike) == 1 else largest
    others = [name for name in names if name != largest]
    question = f"Question: are other members data too ({', '.join(others[:5])}{', …' if len(others) > 5 else ''})?"
    return Form("zip", {"member": member} | inner, (question, *form.notes), *said)


def _together(names: list[str]) -> list[str]:
    return [
        f"Seen: {len(names)} members with the same columns, {names[0]} to {names[-1]}; they are one table.",
        "Question: does a member's name say something, such as the county? A field takes it by from: {member: …}.",
    ]
