"""NDJSON: one JSON value a line."""

from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.document import see_document
from pipelines.propose.forms.parts.encodings import encoding_of

_SAMPLE = 2_000


def see(body: bytes) -> Form | None:
    """Return how a body is written, or None if its lines are not each a JSON value."""
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] not in (b"{", b"["):
        return None
    encoded = encoding_of(body)
    text = encoded.decoded(body).lstrip("\ufeff")
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return None
    values = []
    for line in lines[:_SAMPLE]:
        try:
            values.append(json_values.parse(line.encode()))
        except SourceError:
            continue  # a bad line leaves alone; a document of several lines has almost no good one
    bad = len(lines[:_SAMPLE]) - len(values)
    if (
        len(values) < 2
        or bad > max(1, 0.1 * len(lines[:_SAMPLE]))
        or not all(isinstance(value, dict) for value in values)
    ):
        return None
    found = see_document(values)
    reading, notes = found or ({}, [])
    return Form("ndjson", encoded.options | reading, (*encoded.notes(text), *notes))
