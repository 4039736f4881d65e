"""A JSON value in a script: the text before it."""

import re

from catalog.errors import SourceError
from pipelines.decode.parts.json_values import parse_from
from pipelines.propose.forms import Form
from pipelines.propose.forms.parts.document import see_document
from pipelines.propose.forms.parts.encodings import encoding_of

_BEGINS = re.compile(r"(?<![\w$])((?:(?:var|let|const)\s+)?[\w$.]+\s*=|[\w$.]+\s*\()\s*(?=[\[{])")
_FEWEST = 2


def see(body: bytes) -> Form | None:
    """Return how a body is written, or None if no JSON value stands behind a name; the largest value is taken."""
    try:
        encoded = encoding_of(body)
    except SourceError:
        return None
    text = encoded.decoded(body)
    found: list[tuple[int, Form]] = []
    for begins in _BEGINS.finditer(text):
        prefix = " ".join(begins[1].split())
        if len(re.findall(r"\s+".join(map(re.escape, prefix.split())), text)) != 1:
            continue
        try:
            value = parse_from(text, begins.end())
        except SourceError:
            continue
        if isinstance(value, list) and len(value) >= _FEWEST and not any(isinstance(one, dict | list) for one in value):
            seen: tuple[dict[str, object], list[str]] | None = (
                {"shape": "single", "columns": [f"column_{at + 1}" for at in range(len(value))]},
                ["Question: what are the values called? They are a list without names."],
            )
        else:
            seen = see_document(value)
        if seen:
            reading = encoded.options | {"prefix": prefix} | seen[0]
            found.append((len(str(value)), Form("javascript", reading, tuple(seen[1]))))
    return max(found, key=lambda one: one[0])[1] if found else None
