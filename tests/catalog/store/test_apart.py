"""Two stores as one: what some datasets have lies in the other store."""

import contextlib
from pathlib import Path

from catalog.store.apart import Apart
from catalog.store.file import FileStore


def test_the_keys_of_a_dataset_apart_lie_in_the_other_store(tmp_path: Path):
    first, other = FileStore(tmp_path / "a"), FileStore(tmp_path / "b")
    both = Apart(first, other, lambda slug: slug == "steps")
    both.put_new("datasets/steps/datapackage-1.json", b"{}")
    both.put_if("datasets/rivers/status.json", b"[]", None)
    both.put_new("catalog.json", b"1")
    assert list(first.list("")) == ["catalog.json", "datasets/rivers/status.json"] == list(both.list(""))
    assert list(other.list("")) == ["datasets/steps/datapackage-1.json"] == list(both.list("datasets/steps/"))
    assert both.get("datasets/steps/datapackage-1.json", (0, 1)).body == b"{"
    assert both.sizes("datasets/steps/") == {"datasets/steps/datapackage-1.json": 2}
    with contextlib.closing(both.open("datasets/rivers/status.json")) as opened:
        assert opened.read((0, 2)) == b"[]"
    assert both.url == first.url
    both.delete("datasets/steps/datapackage-1.json")
    assert both.head("datasets/steps/datapackage-1.json") is None
