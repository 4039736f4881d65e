"""JSON: the encoding, and where the records lie."""

from catalog.errors import SourceError
from pipelines.decode.parts import json_values
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.document import see_document
from pipelines.propose.forms.parts.encodings import encoding_of


def see(body: bytes) -> Form | None:
    """Return how a body is written, or None if it is no JSON, or holds nothing like a record."""
    encoded = encoding_of(body)
    text = encoded.decoded(body)
    if text.lstrip("\ufeff \t\r\n")[:1] not in ("{", "["):
        return None
    try:
        document = json_values.parse(body, encoded.encoding, "quarantine" if encoded.lost else "refuse")
    except SourceError:
        return None
    found = see_document(document)
    if found is None:
        return None
    reading, notes = found
    return Form("json", encoded.options | reading, (*encoded.notes(text), *notes))
