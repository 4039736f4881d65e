"""No link of the site is broken: each address of each page leads to a file and a part of it that are there."""

import pytest
from links import broken
from worlds import World

from catalog.store.file import FileStore


def test_each_address_of_each_page_leads_somewhere(world: World, land: World) -> None:
    for each in (world, land):
        assert list(broken(each.public)) == []


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ('<a href="../gone.html">', "site/page.html: ../gone.html leads to gone.html, which is not there"),
        ('<a href="page.html#no">', "site/page.html: page.html#no names a part that site/page.html does not have"),
        ('<a href="#no">', "site/page.html: #no names a part that site/page.html does not have"),
        ('<img src="">', None),
        ('<label for="q">', "site/page.html: for=q names no id q"),
        ('<p id="a"></p><p id="a">', "site/page.html: the id a stands twice"),
        ('<p id="a"><a href="page.html?q=1#a"><a href="https://example.org/">', None),
    ],
)
def test_a_broken_one_is_found(tmp_path_factory: pytest.TempPathFactory, html: str, says: str | None) -> None:
    store = FileStore(tmp_path_factory.mktemp("pages"))
    store.put_new("site/page.html", html.encode())
    assert list(broken(store)) == ([says] if says else [])
