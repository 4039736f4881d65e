"""catalog.duckdb: the catalog as a DuckDB file, derived; a view for each dataset, and tables about them in `meta`.

It holds no rows of data: the views read the Parquet files of the newest releases where they lie. docs/reading.md tells
how it is used, and why a reader may have to say where that is.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalog import keys
from catalog.declaration.dataset import digest
from catalog.derived import releases_json
from catalog.release import notices, publish
from catalog.release.announcements import Announced
from catalog.release.digest import Document, canonical, sha256
from catalog.release.document import Release
from catalog.release.notices import WithdrawalNotice
from catalog.release.read import DamagedFile, ReleaseFiles
from catalog.store import Store, put_over

KEY = "catalog.duckdb"
ABOUT = "catalog.duckdb.json"
"""Beside it: `of`, the digest of what it was made of; `bytes`, `sha256` and `etag` of the file."""

_LAYOUT = 3
"""Raised when what is written here changes, so that every catalog is written anew."""
_STORAGE = "v1.0.0"
"""The oldest form that DuckDB still writes, so that older versions read it too."""
_BLOCK_BYTES = 16_384
"""The smallest block: a reader far away fetches whole blocks."""
_ROWS_AT_ONCE = 10_000
_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP WITH TIME ZONE",
    "year": "BIGINT",
    "yearmonth": "VARCHAR",
}
_UNKNOWN = "SET VARIABLE base = here() first; then "
"""Begins the path that a view reads while nobody said where the files lie: DuckDB shows it in its error."""

_TABLES = """
CREATE SCHEMA meta;
CREATE TABLE meta.datasets (
    name VARCHAR, title_en VARCHAR, title_zh VARCHAR, description_en VARCHAR, description_zh VARCHAR,
    license VARCHAR, license_path VARCHAR, attribution_en VARCHAR, attribution_zh VARCHAR, primary_key VARCHAR[],
    n BIGINT, version VARCHAR, created TIMESTAMPTZ, as_of TIMESTAMPTZ, "rows" BIGINT, bytes BIGINT, synthetic BOOLEAN
);
CREATE TABLE meta.fields (
    dataset VARCHAR, position BIGINT, name VARCHAR, type VARCHAR, unit VARCHAR, is_key BOOLEAN,
    title_en VARCHAR, title_zh VARCHAR, description_en VARCHAR, description_zh VARCHAR
);
CREATE TABLE meta.releases (
    dataset VARCHAR, n BIGINT, version VARCHAR, created TIMESTAMPTZ, as_of TIMESTAMPTZ, kind VARCHAR, "rows" BIGINT,
    bytes BIGINT, inserted BIGINT, updated BIGINT, deleted BIGINT, document VARCHAR, changes VARCHAR, sha256 VARCHAR,
    withdrawn BIGINT
);
CREATE TABLE meta.notices (
    dataset VARCHAR, i BIGINT, withdrawn TIMESTAMPTZ, withdrawn_by VARCHAR, reason VARCHAR, basis VARCHAR,
    releases BIGINT[], document VARCHAR
);
CREATE TABLE meta.announcements (
    dataset VARCHAR, i BIGINT, starts DATE, change_en VARCHAR, change_zh VARCHAR, instead_en VARCHAR,
    instead_zh VARCHAR, fields VARCHAR[], state VARCHAR, came_with BIGINT, ended_by BIGINT,
    announced TIMESTAMPTZ, announced_by VARCHAR, document VARCHAR
);
CREATE TABLE meta.files (
    dataset VARCHAR, path VARCHAR, partition VARCHAR, "rows" BIGINT, bytes BIGINT,
    first_release BIGINT, last_release BIGINT
);
COMMENT ON TABLE meta.datasets IS 'A row for each dataset, with what its newest release says of it';
COMMENT ON TABLE meta.fields IS 'A row for each column of each dataset; units are UCUM';
COMMENT ON TABLE meta.releases IS
    'A row for each release; document and changes are paths from the root; withdrawn numbers the notice';
COMMENT ON TABLE meta.notices IS 'A row for each withdrawal: who, when, why, and the numbers of the releases';
COMMENT ON TABLE meta.announcements IS
    'A row for each breaking change that was announced: what, from which day on, and what became of it';
COMMENT ON TABLE meta.files IS
    'A row for each Parquet file and the releases that hold it, first to last; the last is NULL while it is current';
"""

_MACROS = """
CREATE MACRO here() AS (
    SELECT regexp_replace(path, '[^/\\\\]*$', '') FROM duckdb_databases() WHERE database_name = current_database()
);
CREATE MACRO release_of(wanted, moment) AS (
    SELECT max(n) FROM meta.releases WHERE dataset = wanted AND withdrawn IS NULL AND created <= CAST(
        CASE WHEN length(CAST(moment AS VARCHAR)) = 10 THEN CAST(moment AS VARCHAR) || ' 23:59:59.999999+08'
        ELSE CAST(moment AS VARCHAR) END AS TIMESTAMPTZ)
);
CREATE MACRO as_of(wanted, moment) AS coalesce(
    (SELECT list(coalesce(getvariable('base'), here()) || path ORDER BY path) FROM meta.files
     WHERE dataset = wanted AND first_release <= release_of(wanted, moment)
       AND coalesce(last_release >= release_of(wanted, moment), true)),
    error(concat(wanted, ' has no release with rows by ', moment, '; FROM meta.releases lists all releases'))
);
CREATE MACRO changes_of(wanted) AS coalesce(
    (SELECT list(DISTINCT coalesce(getvariable('base'), here()) || changes) FROM meta.releases
     WHERE dataset = wanted AND changes IS NOT NULL),
    error(concat(wanted, ' has no row changes here; FROM meta.datasets lists all datasets'))
);
CREATE MACRO history(files) AS TABLE (
    SELECT r.n, r.version, r.created, c.* EXCLUDE (_file)
    FROM read_parquet(files, union_by_name = true, hive_partitioning = false, filename = '_file') AS c
    JOIN meta.releases AS r ON r.changes = regexp_extract(c._file, 'datasets/[^/]+/facts/[^/]+$')
    ORDER BY r.n
);
COMMENT ON MACRO here IS 'The folder this catalog was attached from: here();';
COMMENT ON MACRO release_of IS
    'release_of(dataset, moment): the newest standing release created by then; a day alone is its end in Taipei';
COMMENT ON MACRO as_of IS 'as_of(dataset, moment): the Parquet files of the newest release created by then';
COMMENT ON MACRO changes_of IS 'changes_of(dataset): the files of row changes of all its releases';
COMMENT ON MACRO TABLE history IS 'history(files): row changes, with the release that made them';
"""


Announcements = Mapping[str, Sequence[Announced]]
"""By dataset, the breaking changes that were announced."""
_NONE: Announcements = {}


def write(public: Store, newest: list[Release], address: str | None, announced: Announcements = _NONE) -> None:
    """Write catalog.duckdb, if what it is made of is not what it was made of last.

    Args:
        public: the store; its releases.json are written already.
        newest: the newest release of each dataset.
        address: where readers reach the store over HTTP, if that is known.
        announced: the breaking changes that were announced, by dataset.

    Raises:
        DamagedFile: the schema of a dataset; the catalog is written without that dataset.
    """
    # A release names the hash of the one before: the newest says all that can be said of its dataset.
    chains = {release.name: release.sha256 for release in newest}
    told = [row for each in announced.values() for row in map(_announcement, each)]
    of = digest({"layout": _LAYOUT, "newest": chains, "address": address, "announced": told})
    about, stored = publish.read_json(public, ABOUT), public.head(KEY)
    if stored and isinstance(about, dict) and (about.get("of"), about.get("etag")) == (of, stored.etag):
        return
    try:
        body = render(public, newest, address, announced)
    except DamagedFile as damaged:
        write(public, [each for each in newest if each.name != damaged.dataset], address, announced)
        raise
    etag = put_over(public, KEY, body, seen=stored.etag if stored else None)
    put_over(public, ABOUT, canonical({"of": of, "bytes": len(body), "sha256": sha256(body), "etag": etag}))


def render(public: Store, newest: list[Release], address: str | None, announced: Announcements = _NONE) -> bytes:
    """Return the database; its bytes are DuckDB's and do not repeat.

    Args:
        public: where schemas and lists of releases are read.
        newest: as for `write`.
        address: as for `write`.
        announced: as for `write`.
    """
    import duckdb  # here: what only reads or lists releases does not need it

    with tempfile.TemporaryDirectory() as name:
        root, base = Path(name), address.rstrip("/") + "/" if address else _UNKNOWN
        with duckdb.connect() as db:
            db.execute(
                f"ATTACH {_text(str(root / KEY))} AS made (STORAGE_VERSION '{_STORAGE}', BLOCK_SIZE {_BLOCK_BYTES})"
            )
            db.execute("USE made; BEGIN")  # one commit waits for the disk once
            db.execute(_TABLES)
            db.execute("SET VARIABLE base = " + _text(f"{root}/"))
            meta = _Meta(db)
            for release in newest:
                schema = ReleaseFiles(public, release).schema()
                _fill(meta, public, release, schema)
                meta.add("announcements", map(_announcement, announced.get(release.name, ())))
                _view(db, root, base, release, schema)
            meta.flush()
            db.execute(_MACROS)
            db.execute("COMMIT; USE memory; DETACH made")
        return (root / KEY).read_bytes()


class _Meta:
    """What is to be said in `meta`: many rows at once, for an insert costs as much as a thousand rows."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self._rows: dict[str, list[Document]] = defaultdict(list)

    def add(self, table: str, rows: Iterable[Document]) -> None:
        """Say rows, now or later."""
        self._rows[table] += rows
        if len(self._rows[table]) > _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Say what is not said yet."""
        for table, rows in self._rows.items():
            if rows:
                self._db.register("rows_to_insert", pa.Table.from_pylist(rows))
                self._db.execute(f"INSERT INTO meta.{table} BY NAME FROM rows_to_insert")
                self._db.unregister("rows_to_insert")
        self._rows.clear()


def _fill(meta: _Meta, public: Store, release: Release, schema: Document) -> None:
    """Say in `meta` what there is to say of a dataset."""
    slug, licence = release.name, release.licenses[0]
    listed = releases_json.upto(public, slug, release)
    dataset = {
        "name": slug,
        "title_en": release.title,
        "title_zh": release.title_zh,
        "description_en": release.description,
        "description_zh": release.description_zh,
        "license": licence.name,
        "license_path": licence.path,
        "attribution_en": release.attribution,
        "attribution_zh": release.attribution_zh,
        "primary_key": schema["primaryKey"],
        "n": release.n,
        "version": release.version,
        "created": release.created,
        "as_of": release.facts.as_of,
        "rows": release.rows,
        "bytes": listed[-1]["bytes"],
        "synthetic": release.facts.synthetic,
    }
    meta.add("datasets", [dataset])
    meta.add("fields", [_field(slug, schema, i) for i in range(len(schema["fields"]))])
    later = releases_json.listed(public, slug)[release.n :]  # all of them withdrawn
    meta.add("releases", [_release(slug, each) for each in (*listed, *later)])
    if any(each.get("withdrawn") for each in (*listed, *later)):
        meta.add("notices", [_notice(each) for each in notices.withdrawals(notices.read(public, slug))])
    meta.add("files", _lives(slug, listed))


def _field(slug: str, schema: Document, i: int) -> Document:
    field = schema["fields"][i]
    zh = field["translations"]["zh-TW"]
    return {
        "dataset": slug,
        "position": i + 1,
        "name": field["name"],
        "type": field["type"],
        "unit": field.get("unit"),
        "is_key": field["name"] in schema["primaryKey"],
        "title_en": field["title"],
        "title_zh": zh["title"],
        "description_en": field["description"],
        "description_zh": zh["description"],
    }


def _release(slug: str, listed: Document) -> Document:
    return {
        **{name: listed[name] for name in ("n", "version", "created", "as_of", "kind", "rows", "bytes", "sha256")},
        "dataset": slug,
        "inserted": listed["changes"]["insert"],
        "updated": listed["changes"]["update"],
        "deleted": listed["changes"]["delete"],
        "document": keys.dataset(slug, listed["path"]),
        "changes": keys.dataset(slug, listed["changes_path"]) if listed["changes_path"] else None,
        "withdrawn": listed.get("withdrawn"),
    }


def _notice(notice: WithdrawalNotice) -> Document:
    return {
        **{name: getattr(notice, name) for name in ("dataset", "i", "reason", "basis")},
        "withdrawn": notice.at,
        "withdrawn_by": notice.by,
        "releases": [each.n for each in notice.releases_of(notice.dataset)],
        "document": keys.notice(notice.dataset, notice.i),
    }


def _announcement(each: Announced) -> Document:
    notice = each.notice
    became = {"came_with": None, "ended_by": None} | each.document
    return {
        **{name: getattr(notice, name) for name in ("dataset", "i")},
        "starts": notice.starts.isoformat(),
        "change_en": notice.change.en,
        "change_zh": notice.change.zh_tw,
        "instead_en": notice.instead.en if notice.instead else None,
        "instead_zh": notice.instead.zh_tw if notice.instead else None,
        "fields": list(notice.fields),
        **became,
        "announced": notice.at,
        "announced_by": notice.by,
        "document": keys.notice(notice.dataset, notice.i),
    }


def _lives(slug: str, listed: list[Document]) -> list[Document]:
    """Each file with the first and the last release that hold it; one that comes back has several lives."""
    begun: dict[str, Document] = {}
    lives: list[Document] = []
    for release in listed:
        for path in release["removed"]:
            lives.append(begun.pop(path) | {"last_release": release["n"] - 1})
        for file in release["added"]:
            path = keys.dataset(slug, file["path"])
            begun[file["path"]] = {**file, "dataset": slug, "path": path, "first_release": release["n"]}
    return lives + [begun[path] | {"last_release": None} for path in sorted(begun)]


def _view(db: Any, root: Path, base: str, release: Release, schema: Document) -> None:
    """The view of a dataset over its Parquet files.

    DuckDB looks into the files when a view is made: files of the same columns, without rows, stand in for them.
    """
    slug = release.name
    paths = [keys.check_key(keys.dataset(slug, each.path)) for each in release.partitions.values()]
    none = ", ".join(f"CAST(NULL AS {_TYPES[field['type']]}) AS {_name(field['name'])}" for field in schema["fields"])
    empty = f"SELECT {none} WHERE false"
    read = empty
    if paths:
        folder = root / paths[0].rpartition("/")[0]
        folder.mkdir(parents=True)
        db.execute(f"COPY ({empty}) TO {_text(str(root / paths[0]))} (FORMAT parquet)")
        for path in paths[1:]:
            (root / path).hardlink_to(root / paths[0])
        files = ", ".join(f"coalesce(getvariable('base'), {_text(base)}) || {_text(path)}" for path in paths)
        read = f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)"  # noqa: S608 - all is quoted
    view = _name(slug)
    db.execute(f"CREATE VIEW {view} AS {read}")
    about = f"{release.title} {release.title_zh}\n{release.description}\n{release.description_zh}"
    db.execute(f"COMMENT ON VIEW {view} IS {_text(about)}")
    for field in schema["fields"]:
        unit = f" [{field['unit']}]" if field.get("unit") else ""
        about = f"{field['title']} {field['translations']['zh-TW']['title']}{unit}: {field['description']}"
        db.execute(f"COMMENT ON COLUMN {view}.{_name(field['name'])} IS {_text(about)}")


def _name(text: str) -> str:
    """A name as SQL writes it."""
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    """A text as SQL writes it; DuckDB ends a statement at a NUL, so it goes."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"
