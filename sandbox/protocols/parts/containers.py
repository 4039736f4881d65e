"""Several tables in one file: a zip file, and a workbook of OpenDocument (https://docs.oasis-open.org/office/OpenDocument/)."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """Return a zip file of members, by name. It holds no time: the same members give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), body)
    return file.getvalue()


def ods_bytes(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """Return a workbook of sheets, by name; a text that is a number is stored as one."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_row, lines))}</table:table>"
        for name, lines in sheets.items()
    )
    content = (
        f'<office:document-content {_SPACES} office:version="1.3"><office:body><office:spreadsheet>{tables}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    # the type stands first: so the format wants it
    return zip_bytes(
        {"mimetype": ODS_TYPE.encode(), "content.xml": content.encode(), "META-INF/manifest.xml": _MANIFEST.encode()}
    )


def _row(cells: Sequence[str]) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells))}</table:table-row>"


def _cell(text: str) -> str:
    if not text:
        return "<table:table-cell/>"
    kind = f'"float" office:value="{text}"' if _NUMBER.fullmatch(text) else '"string"'
    return f"<table:table-cell office:value-type={kind}><text:p>{escape(text)}</text:p></table:table-cell>"
