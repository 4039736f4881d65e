"""What must be true of a store after thirty nights, whatever happened; looked at without code of the pipeline."""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
from agencies import leaks
from leaks import texts
from thirty_count import TABLES, Table, Values, document, fetched

from catalog.store import Store


def newest(served: str, slug: str) -> int:
    """The number of the newest release, by trying one after the other."""
    n = 0
    while fetched(f"{served}/datasets/{slug}/datapackage-{n + 1}.json") is not None:
        n += 1
    return n


def chain(served: str, slug: str) -> None:
    """Numbers have no gaps, each release names the one before by its hash, and the pointer is the newest."""
    base, before = f"{served}/datasets/{slug}", None
    for n in range(1, newest(served, slug) + 1):
        body = fetched(f"{base}/datapackage-{n}.json")
        assert body
        said = json.loads(body)["minsheng"]
        assert said["n"] == n
        assert (said.get("previous") or {}).get("sha256") == (before and hashlib.sha256(before).hexdigest())
        before = body
    assert before
    assert fetched(f"{base}/datapackage.json") == before


def summed_changes(served: str, slug: str) -> Values:
    """The rows that all changes files together come to, from nothing."""
    table, found = TABLES[slug], Values()
    for n in range(1, newest(served, slug) + 1):
        for resource in document(served, slug, n)["resources"]:
            if resource["name"].endswith("_changes"):
                body = fetched(f"{served}/datasets/{slug}/{resource['path']}")
                assert body
                _apply(table, found, pq.read_table(io.BytesIO(body)).to_pylist())
    return found


def _apply(table: Table, found: Values, changes: list[dict[str, Any]]) -> None:
    for change in changes:
        key = tuple(_plain(change[name]) for name, _ in table.key.values())
        before = tuple(_plain(change[f"_before_{name}"]) for name, _ in table.values.values())
        after = tuple(_plain(change[name]) for name, _ in table.values.values())
        if change["_change"] == "insert":
            assert key not in found, f"{key} is inserted twice"
        else:
            assert found.pop(key) == before, f"{key} was not what the change says"
        if change["_change"] != "delete":
            found[key] = after


def _plain(value: Any) -> Any:
    """As the count has it."""
    if isinstance(value, int):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") and not hasattr(value, "hour") else value


def no_secret(store: Store) -> int:
    """No object shows a key of an agency, in whatever form; returns how many were looked at."""
    count = 0
    for count, key in enumerate(store.list(""), 1):  # noqa: B007
        shown = [form for text in (key, *texts(store.get(key).body)) for form in leaks(text)]
        assert not shown, f"{store.url}/{key} shows {shown}"
    return count


def unnamed(store: Store, served: str, slug: str) -> Iterator[str]:
    """The files of a dataset that no release names: a run that was killed left them."""
    base, named = f"datasets/{slug}/", set[str]()
    for n in range(1, newest(served, slug) + 1):
        said = document(served, slug, n)
        files = [*said["resources"], *said["minsheng"]["facts"], said["minsheng"]["schema"]]
        named |= {base + each["path"] for each in files}
    for folder in ("data/", "schema/", "facts/"):
        yield from (key for key in store.list(base + folder) if key not in named)


def candidates(store: Store) -> str:
    """What the documents of all candidates say."""
    kept = (key for key in store.list("candidates/") if key.endswith(".json"))
    return "\n".join(store.get(key).body.decode() for key in kept)
