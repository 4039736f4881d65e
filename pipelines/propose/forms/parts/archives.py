"""The members of a zip file, as far as their names say what it is."""

from catalog.errors import SourceError
from pipelines.decode.parts.archive import Archive


def member_names(body: bytes) -> list[str]:
    """Return the names of the members of a zip file; none if the body is none."""
    if not body.startswith(b"PK"):
        return []
    try:
        return Archive(body).names
    except SourceError:
        return []
