"""Bodies that could cost a decoder far more than their size: by format and shape, each as large as it is asked for."""

import functools
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any, NamedTuple

from workbooks import label, ods, ods_row, xls, xlsx

CHILD = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'


class Shape(NamedTuple):
    """A kind of body, and how it is read."""

    format: str
    make: Callable[[int], bytes]
    """A body whose size grows with the number."""
    base: int
    """The number to begin with."""
    reading: dict[str, Any] = {}  # noqa: RUF012  nobody changes it


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _features(properties: list[Any], geometry: Any = None) -> bytes:
    features = [{"type": "Feature", "properties": one, "geometry": geometry} for one in properties]
    return _json({"type": "FeatureCollection", "features": features})


def _keys(n: int, first: str = "k") -> dict[str, int]:
    return {f"{first}{i}": i for i in range(n)}


def _twice(n: int) -> bytes:
    """Many keys, all different but the last."""
    return b"[{" + b", ".join(b'"k%d": 1' % i for i in range(n)) + b', "k%d": 2}]' % (n - 1)


def _deep(depth: int, leaf: Any) -> Any:
    return functools.reduce(lambda value, _: {"a": value}, range(depth), leaf)


def _xml(within: str) -> bytes:
    return f"<r>{within}</r>".encode()


def _zip(**members: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return body.getvalue()


def _sheet(fill: Callable[[Any], None]) -> bytes:
    return xlsx(lambda workbook: fill(workbook.add_worksheet()))


def _filled(rows: int, columns: int) -> bytes:
    return _sheet(lambda sheet: [sheet.write_row(row, 0, [f"c{i}" for i in range(columns)]) for row in range(rows)])


def _repacked(body: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as old:
        return _zip(**{one: change(old.read(one)) if one == name else old.read(one) for one in old.namelist()})


def _merged(n: int) -> bytes:
    cells = "".join(f'<mergeCell ref="A{2 * i + 1}:B{2 * i + 2}"/>' for i in range(n))
    merged = f'</sheetData><mergeCells count="{n}">{cells}</mergeCells>'.encode()
    sheet = "xl/worksheets/sheet1.xml"
    return _repacked(_filled(2, 2), sheet, lambda old: old.replace(b"</sheetData>", merged))


def _shared(n: int) -> bytes:
    """One long text in many cells."""
    return _sheet(lambda sheet: [sheet.write(row, 0, "x" * 30_000) for row in range(n)])


def _pieces(n: int) -> bytes:
    """A shared text of many pieces."""
    runs = b"<si>" + b"<r><t>a</t></r>" * n + b"</si></sst>"
    return _repacked(_filled(2, 2), "xl/sharedStrings.xml", lambda old: old.replace(b"</sst>", runs))


def _in_xlsx(name: str, end: bytes, more: Callable[[int], bytes]) -> Callable[[int], bytes]:
    return lambda n: _repacked(_filled(2, 2), name, lambda old: old.replace(end, more(n) + end))


def _cell(content: str) -> str:
    return f"<table:table-cell office:value-type='string'>{content}</table:table-cell>"


def _row(cells: str, times: int = 1) -> str:
    return f"<table:table-row table:number-rows-repeated='{times}'>{cells}</table:table-row>"


def _rows_of(n: int, columns: int) -> bytes:
    head = ",".join(f"c{i}" for i in range(columns))
    return "\n".join([head, *[",".join(["1"] * columns)] * n, ""]).encode()


PAD = {"ragged": "pad", "empty_rows": "drop", "comment": "#", "repeated": "number", "encoding": "utf-8"}
ITEMS = {"records": "r/i"}
SHAPES: dict[str, Shape] = {
    "json: keys of one object": Shape("json", lambda n: _json([_keys(n)]), 20_000),
    "json: a key twice": Shape("json", _twice, 20_000),
    "json: a key twice, each": Shape("json", lambda n: b"[{" + b'"a": 1, ' * n + b'"b": 1}]', 20_000),
    "json: a key in each record": Shape("json", lambda n: _json([{f"a{i}": 1} for i in range(n)]), 20_000),
    "json: 2,000 keys, one in each record": Shape(
        "json", lambda n: _json([{f"a{i % 2000}": 1} for i in range(n)]), 2_000
    ),
    "json: 1,500 fields": Shape("json", lambda n: _json([_keys(1_500)] * n), 100),
    "json: small records": Shape("json", lambda n: b"[" + b'{"a":1},' * n + b'{"a":1}]', 100_000),
    "json: empty records": Shape("json", lambda n: b"[" + b"{}," * n + b'{"a":1}]', 300_000),
    "json: empty lists": Shape("json", lambda n: b'[{"a":[' + b"[]," * n + b"[]]}]", 300_000),
    "json: numbers in a list": Shape("json", lambda n: b'[{"a":[' + b"1," * n + b"1]}]", 500_000),
    "json: brackets": Shape("json", lambda n: b"[" * n, 500_000),
    "json: a long number": Shape("json", lambda n: b'[{"a":' + b"1" * n + b"}]", 500_000),
    "json: a long text": Shape("json", lambda n: _json([{"a": "x" * n}]), 1_000_000),
    "json: a long text deep within": Shape("json", lambda n: _json([_deep(300, "x" * n)]), 500_000),
    "json: many texts deep within": Shape("json", lambda n: _json([_deep(300, ["x"] * n)]), 100_000),
    "json: escapes": Shape("json", lambda n: b'[{"a": "' + b"\\u0041" * n + b'"}]', 200_000),
    "json: flat, deep and wide": Shape("json", lambda n: _json([_deep(200, _keys(n))]), 10_000, {"flatten": True}),
    "json: flat, wide": Shape(
        "json", lambda n: _json([{"a": {f"b{i}": {"c": 1} for i in range(n)}}]), 10_000, {"flatten": True}
    ),
    "json: flat, many": Shape(
        "json", lambda n: _json([{f"a{i}": {"b": 1}} for i in range(n)]), 20_000, {"flatten": True}
    ),
    "json: parts": Shape("json", lambda n: _json([{f"a{i}": 1} for i in range(n)]), 20_000, {"shape": "parts"}),
    "json: columns": Shape("json", lambda n: _json({"a": [1] * n, "b": [2] * n}), 100_000, {"shape": "columns"}),
    "json: many columns": Shape(
        "json", lambda n: _json({f"a{i}": [1] for i in range(n)}), 20_000, {"shape": "columns"}
    ),
    "json: members": Shape(
        "json", lambda n: _json({f"a{i}": {"b": 1} for i in range(n)}), 50_000, {"records": "{}", "keep": {"k": "{}"}}
    ),
    "json: named items": Shape(
        "json",
        lambda n: _json([{"l": [{"n": f"x{i}", "v": 1} for i in range(n)]}]),
        20_000,
        {"flatten": True, "named": {"l": "n"}},
    ),
    "json: one name of items": Shape(
        "json", lambda n: _json([{"l": [{"n": "x", "v": 1}] * n}]), 20_000, {"flatten": True, "named": {"l": "n"}}
    ),
    "json: elements that are no records": Shape("json", lambda n: b"[{}" + b",5" * n + b"]", 100_000),
    "fixed: blanks": Shape("fixed", lambda n: b"a b\n" + b"1   2\n" * n, 20_000),
    "fixed: a line of blanks": Shape("fixed", lambda n: b"a" + b" " * n + b"b", 500_000),
    "html: rows": Shape("html", lambda n: b"<table><tr><td>a" + b"<tr><td>1" * n + b"</table>", 20_000),
    "html: comments without an end": Shape("html", lambda n: b"<!--" * n + b">", 50_000),
    "ndjson: lines": Shape("ndjson", lambda n: b'{"a":1}\n' * n, 20_000),
    "ndjson: bad lines": Shape("ndjson", lambda n: b'{"a":1}\n' + b'{"a":1},\n' * n, 20_000),
    "ndjson: one line": Shape("ndjson", lambda n: b'{"a":1}' * n, 50_000),
    "ndjson: one value in many lines": Shape("ndjson", lambda n: b"[1\n" + b",1\n" * n + b"]\n", 50_000),
    "geojson: properties": Shape("geojson", lambda n: _features([_keys(n)]), 20_000),
    "geojson: one of many properties": Shape("geojson", lambda n: _features([{f"a{i}": 1} for i in range(n)]), 20_000),
    "geojson: features": Shape("geojson", lambda n: _features([{"a": 1}] * n), 20_000),
    "geojson: a long line": Shape(
        "geojson", lambda n: _features([{"a": 1}], {"type": "LineString", "coordinates": [[1.5, 2.5]] * n}), 50_000
    ),
    "javascript: prefixes": Shape("javascript", lambda n: b"var x = " * n + b"[]", 50_000, {"prefix": "var x ="}),
    "javascript: blanks": Shape("javascript", lambda n: b"var" + b" " * n + b"y", 500_000, {"prefix": "var x ="}),
    "javascript: many blanks": Shape(
        "javascript", lambda n: (b"var " + b" " * 999) * (n // 1000), 500_000, {"prefix": "var x ="}
    ),
    "javascript: keys": Shape("javascript", lambda n: b"var x = " + _twice(n), 20_000, {"prefix": "var x ="}),
    "xml: elements": Shape("xml", lambda n: _xml("<i><a>1</a></i>" * n), 50_000, ITEMS),
    "xml: one of many children": Shape(
        "xml", lambda n: _xml("".join(f"<i><a{i}/></i>" for i in range(n))), 20_000, ITEMS
    ),
    "xml: 2,000 children, one in each record": Shape(
        "xml", lambda n: _xml("".join(f"<i><a{i % 2000}/></i>" for i in range(n))), 2_000, ITEMS
    ),
    "xml: children": Shape(
        "xml", lambda n: _xml("<i>" + "".join(f"<a{i}/>" for i in range(n)) + "</i>"), 20_000, ITEMS
    ),
    "xml: attributes": Shape(
        "xml", lambda n: _xml("<i " + " ".join(f'a{i}="1"' for i in range(n)) + "/>"), 20_000, ITEMS
    ),
    "xml: one attribute of many": Shape(
        "xml", lambda n: _xml("".join(f'<i a{i}="1"/>' for i in range(n))), 20_000, ITEMS
    ),
    "xml: prefixes": Shape(
        "xml", lambda n: _xml("<i " + " ".join(f'xmlns:a{i}="u{i}"' for i in range(n)) + "/>"), 20_000, ITEMS
    ),
    "xml: a long namespace": Shape(
        "xml", lambda n: f'<r xmlns="{"u" * n}">{"<i/>" * (n // 10)}</r>'.encode(), 10_000, ITEMS
    ),
    "xml: a long namespace of many names": Shape(
        "xml",
        lambda n: f'<r xmlns="{"u" * n}">{"".join(f"<a{i}/>" for i in range(n // 10))}</r>'.encode(),
        10_000,
        ITEMS,
    ),
    "xml: deep": Shape("xml", lambda n: _xml("<i>" * n + "</i>" * n), 100_000, {"records": "r//i"}),
    "xml: records within records": Shape(
        "xml", lambda n: _xml(("<i>" * 150 + "</i>" * 150) * (n // 150)), 3_000, {"records": "r//i//i"}
    ),
    "xml: any depth, again and again": Shape(
        "xml",
        lambda n: _xml(("<i>" * 100 + "<x>1</x>" + "</i>" * 100) * (n // 100)),
        3_000,
        {"records": "//i//i//i//x"},
    ),
    "xml: any depth of wide": Shape("xml", lambda n: _xml("<i/>" * n), 50_000, {"records": "//r//i"}),
    "xml: a text in a deep element": Shape(
        "xml", lambda n: _xml("<i>" + "<a>" * 150 + "x" * n + "</a>" * 150 + "</i>"), 200_000, ITEMS
    ),
    "xml: cells of a deep element": Shape(
        "xml",
        lambda n: _xml("<i>" + "<a>" * 150 + "".join(f"<b{i % 4000}/>" for i in range(n)) + "</a>" * 150 + "</i>"),
        2_000,
        ITEMS,
    ),
    "xml: a list": Shape("xml", lambda n: _xml("<i>" + "<a>1</a>" * n + "</i>"), 50_000, {**ITEMS, "lists": ["a"]}),
    "xml: names in a list": Shape(
        "xml",
        lambda n: _xml("<i><a>" + "".join(f"<b{i}/>" for i in range(n)) + "</a></i>"),
        5_000,
        {**ITEMS, "lists": ["a"]},
    ),
    "xml: named": Shape(
        "xml",
        lambda n: _xml("<i>" + "".join(f"<a><n>x{i % 4000}</n><v>1</v></a>" for i in range(n)) + "</i>"),
        2_000,
        {**ITEMS, "named": {"a": "n"}},
    ),
    "xml: kept for each": Shape(
        "xml", lambda n: _xml("<k>1</k>" + "<i><a>1</a></i>" * n), 3_000, {**ITEMS, "keep": {"k": "r/k"}}
    ),
    "xml: kept from afar": Shape(
        "xml", lambda n: _xml("<i><a>1</a></i>" * n + "<k>1</k>"), 3_000, {**ITEMS, "keep": {"k": "r/k"}}
    ),
    "xml: records that cannot be read": Shape(
        "xml", lambda n: _xml("<i/>" + "<i><a/></i>" * n), 50_000, {**ITEMS, "named": {"a": "@n"}}
    ),
    "xml: a long line": Shape(
        "xml",
        lambda n: _xml("<i><LineString><coordinates>" + "1.5,2.5 " * n + "</coordinates></LineString></i>"),
        50_000,
        {**ITEMS, "geometry": "text"},
    ),
    "xml: references": Shape("xml", lambda n: _xml("<i>" + "&#65;" * n + "</i>"), 200_000, ITEMS),
    "xml: comments in a text": Shape("xml", lambda n: _xml("<i>" + "a<!---->" * n + "</i>"), 400_000, ITEMS),
    "xml: text between children": Shape(
        "xml", lambda n: _xml("<i>" + "a<b/>" * n + "</i>"), 100_000, {**ITEMS, "lists": ["b"]}
    ),
    "csv: rows": Shape("csv", lambda n: _rows_of(n, 1), 1_000_000),
    "csv: 1,500 columns": Shape("csv", lambda n: _rows_of(n, 1_500), 200),
    "csv: columns": Shape("csv", lambda n: _rows_of(1, n), 20_000),
    "csv: 4,000 columns": Shape("csv", lambda n: _rows_of(n, 4_000), 50),
    "csv: one name": Shape("csv", lambda n: b",".join([b"a"] * n) + b"\n", 2_000),
    "csv: a long cell": Shape("csv", lambda n: b'a,b\n"' + b"x" * n + b'",1\n', 2_000_000),
    "csv: quotes": Shape("csv", lambda n: b'a,b\n"' + b'""' * n + b'",1\n', 1_000_000),
    "csv: a quote without an end": Shape("csv", lambda n: b'a,b\n"' + b"x\n" * n, 1_000_000),
    "csv: another width at the end": Shape("csv", lambda n: b"a,b\n" + b"1,2\n" * n + b"1\n", 500_000),
    "csv: rows, padded": Shape("csv", lambda n: _rows_of(n, 1), 300_000, PAD),
    "csv: short rows, padded": Shape("csv", lambda n: _rows_of(0, 4_000) + b"1\n" * n, 500, PAD),
    "csv: long rows, padded": Shape("csv", lambda n: b"a\n" + (b"1" + b"," * 1_000 + b"\n") * n, 200, PAD),
    "csv: one name, numbered": Shape("csv", lambda n: b",".join([b"a"] * n) + b"\n", 2_000, PAD),
    "csv: comments": Shape("csv", lambda n: b"a,b\n" + b"#\n" * n, 500_000, PAD),
    "csv: quotes, padded": Shape("csv", lambda n: b'a,b\n"' + b'""' * n + b'",1\n', 500_000, PAD),
    "csv: notes": Shape("csv", lambda n: b"a,b\n" + b"note\n" * n, 200_000, {**PAD, "notes": ["note"]}),
    "csv: no end": Shape("csv", lambda n: b"a,b\n" + b"1,2\n" * n, 200_000, {**PAD, "until": ["end"]}),
    "csv: skipped at the end": Shape("csv", lambda n: b"a,b\n" + b"1,2\n" * n, 200_000, {"skip_last": 500}),
    "csv: merged header": Shape(
        "csv",
        lambda n: b",".join([b"a"] * n) + b"\n" + b",".join(b"b%d" % i for i in range(n)) + b"\n",
        2_000,
        {"header": 2},
    ),
    "csv: bytes that are none": Shape("csv", lambda n: b"a\n" + b"\xff\n" * n, 300_000, {"encoding": "cp950"}),
    "csv: bytes that are none, kept": Shape(
        "csv", lambda n: b"a\n" + b"\xff\n" * n, 200_000, {"encoding": "cp950", "undecodable": "quarantine"}
    ),
    "xlsx: rows": Shape("xlsx", lambda n: _filled(n, 2), 10_000),
    "xlsx: columns": Shape("xlsx", lambda n: _filled(2, n), 2_000),
    "xlsx: 1,500 columns": Shape("xlsx", lambda n: _filled(n, 1_500), 20),
    "xlsx: sheets": Shape(
        "xlsx",
        lambda n: xlsx(lambda book: [book.add_worksheet().write(0, 0, "a") for _ in range(n)]),
        100,
        {"sheet": "*"},
    ),
    "xlsx: merged": Shape("xlsx", _merged, 5_000),
    "xlsx: one text in many cells": Shape("xlsx", _shared, 500),
    "xlsx: a text of pieces": Shape("xlsx", _pieces, 100_000),
    "xlsx: empty rows": Shape(
        "xlsx", _in_xlsx("xl/worksheets/sheet1.xml", b"</sheetData>", lambda n: b"<row/>" * n), 200_000
    ),
    "xlsx: cells without places": Shape(
        "xlsx",
        _in_xlsx("xl/worksheets/sheet1.xml", b"</sheetData>", lambda n: b"<row><c><v>1</v></c></row>" * n),
        50_000,
    ),
    "xlsx: styles": Shape(
        "xlsx", _in_xlsx("xl/styles.xml", b"</cellXfs>", lambda n: b'<xf numFmtId="14"/>' * n), 100_000
    ),
    "xlsx: number formats": Shape(
        "xlsx",
        _in_xlsx(
            "xl/styles.xml",
            b"<fonts",
            lambda n: (
                b"<numFmts>"
                + b"".join(b'<numFmt numFmtId="%d" formatCode="yyyy"/>' % i for i in range(n))
                + b"</numFmts>"
            ),
        ),
        50_000,
    ),
    "xlsx: defined names": Shape(
        "xlsx",
        _in_xlsx(
            "xl/workbook.xml",
            b"<calcPr",
            lambda n: b"<definedNames>" + b'<definedName name="a">Sheet1!$A$1</definedName>' * n + b"</definedNames>",
        ),
        50_000,
    ),
    "xlsx: a long number format": Shape(
        "xlsx",
        _in_xlsx(
            "xl/styles.xml",
            b"<fonts",
            lambda n: b'<numFmts><numFmt numFmtId="200" formatCode="' + b"0" * n + b'"/></numFmts>',
        ),
        500_000,
    ),
    "ods: rows": Shape("ods", lambda n: ods(("a", ods_row("x", "y") * n)), 10_000),
    "ods: 1,500 columns": Shape("ods", lambda n: ods(("a", ods_row(*[f"c{i}" for i in range(1_500)]) * n)), 20),
    "ods: columns": Shape("ods", lambda n: ods(("a", ods_row(*[f"c{i}" for i in range(n)]))), 2_000),
    "ods: repeated rows": Shape("ods", lambda n: ods(("a", ods_row("x") + ods_row("y", times=n))), 200_000),
    "ods: repeated cells": Shape("ods", lambda n: ods(("a", ods_row("x", "y") + _row(CHILD * 2, n // 2))), 200_000),
    "ods: paragraphs of a cell": Shape("ods", lambda n: ods(("a", _row(_cell("<text:p>x</text:p>" * n)))), 50_000),
    "ods: blanks of a cell": Shape(
        "ods",
        lambda n: ods(("a", ods_row("x") + _row(_cell(f"<text:p><text:s text:c='{n * 1_000}'/></text:p>")))),
        1_000,
    ),
    "ods: a long text in repeated rows": Shape(
        "ods", lambda n: ods(("a", ods_row("x") + ods_row("y" * 2_000, times=n))), 2_000
    ),
    "ods: sheets": Shape("ods", lambda n: ods(*[(f"s{i}", ods_row("x")) for i in range(n)]), 100, {"sheet": "*"}),
    "xls: rows": Shape(
        "xls",
        lambda n: xls(("a", b"".join(label(row, column, "x") for row in range(n // 20) for column in range(40)))),
        10_000,
    ),
    "xls: sheets": Shape("xls", lambda n: xls(*[(f"s{i}", label(0, 0, "x")) for i in range(n)]), 100, {"sheet": "*"}),
    "zip: members": Shape(
        "zip",
        lambda n: _zip(**{f"m{i}.csv": b"a\n1\n" for i in range(n)}),
        1_000,
        {"member": "m1.csv", "format": "csv"},
    ),
    "zip: keys": Shape("zip", lambda n: _zip(**{"a.json": _twice(n)}), 20_000, {"member": "a.json", "format": "json"}),
    "zip: blanks": Shape(
        "zip", lambda n: _zip(**{"a.csv": b"a,b\n" + b" ,1\n" * n}), 500_000, {"member": "a.csv", "format": "csv"}
    ),
}
