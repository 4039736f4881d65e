"""The ledger says what pages were made of; one that is gone, broken or of other code is as an empty one."""

from pathlib import Path

import pytest
from stores import quick_store

from catalog import keys
from catalog.site.about import About, Both
from catalog.site.ledger import Ledger
from catalog.site.sources import Shared
from catalog.store.sure import UNSEEN

SAID = About(
    made_of="a", title=Both(), agency="x", agency_title=Both(), homepage="", email="", topic="", licences=[],
    is_reference=False,
)  # fmt: skip


def test_a_page_is_made_again_where_it_is_made_of_something_else_or_is_gone(tmp_path: Path) -> None:
    public, made = quick_store(tmp_path), list[bytes]()

    def make() -> bytes:
        made.append(b"page")
        return b"page"

    ledger = Ledger(public, Shared())
    for made_of in ("one", "one", "two"):
        ledger.keep("a.html", made_of, make)
    assert len(made) == 2
    public.delete("a.html")
    ledger.keep("a.html", "two", make)
    assert len(made) == 3
    assert public.get("a.html").body == b"page"


def test_what_it_knows_it_knows_the_next_night(tmp_path: Path) -> None:
    public = quick_store(tmp_path)
    ledger = Ledger(public, Shared())
    assert (ledger.about("air"), ledger.etag_of_unlisted("air", 1)) == (None, UNSEEN)
    ledger.keep("a.html", "one", lambda: b"page")
    ledger.set_about("air", SAID)
    ledger.set_written_up_to("air", 3)
    ledger.close()
    again = Ledger(public, Shared())
    assert again.about("air") == SAID
    assert (again.written_up_to("air", 3), again.written_up_to("air", 2)) == (3, 0)
    assert again.etag_of_unlisted("air", 3) is None
    assert Ledger(public, Shared(address="https://other.example")).about("air") is None, "all is made again"


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"made_by": 3}', b'{"about": {"air": {}}}'])
def test_a_broken_one_is_as_an_empty_one(tmp_path: Path, stored: bytes) -> None:
    public = quick_store(tmp_path)
    public.put_new(keys.SITE_LEDGER, stored)
    assert Ledger(public, Shared()).written_up_to("air", 9) == 0
