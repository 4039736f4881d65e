"""Every address on the pages of a store: whether it leads to what is there."""

import posixpath
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlsplit

from catalog.store import Store

_NAMES = {"href", "src", "action", "aria-labelledby", "aria-describedby", "for"}
_IDS = {"aria-labelledby", "aria-describedby", "for"}
ELSEWHERE = ("http:", "https:", "mailto:")


class _Page(HTMLParser):
    """The ids of a page, and what its attributes name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.named: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in _NAMES:
                self.named.append((name, value or ""))


def broken(store: Store) -> Iterator[str]:
    """Yield a sentence for each address of a page that leads nowhere, and for each id that stands twice.

    Args:
        store: it holds the pages and all that they link.
    """
    there = set(store.list(""))
    pages = {key: _Page(store.get(key).body.decode()) for key in there if key.endswith(".html")}
    for key, page in sorted(pages.items()):
        for twice in {each for each in page.ids if page.ids.count(each) > 1}:
            yield f"{key}: the id {twice} stands twice"
        for name, value in dict.fromkeys(page.named):
            if name in _IDS:
                lacking = [each for each in value.split() if each not in page.ids]
                yield from (f"{key}: {name}={value} names no id {each}" for each in lacking)
            elif not value.startswith(ELSEWHERE):
                yield from _broken(key, value, there, pages)


def _broken(key: str, value: str, there: set[str], pages: dict[str, _Page]) -> Iterator[str]:
    path, fragment = urldefrag(value)
    target = posixpath.normpath(posixpath.join(posixpath.dirname(key), unquote(urlsplit(path).path))) if path else key
    if target not in there:
        yield f"{key}: {value} leads to {target}, which is not there"
    elif fragment and target in pages and unquote(fragment) not in pages[target].ids and not _is_view(target):
        yield f"{key}: {value} names a part that {target} does not have"


def _is_view(page: str) -> bool:
    """Whether what stands behind the # is read by a script: what explore shows."""
    return re.search(r"/explore(\.en)?\.html$", page) is not None
