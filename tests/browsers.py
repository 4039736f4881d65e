"""A real browser, and what pages say, ask for and try in it."""

import itertools
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from catalog import keys
from catalog.site.assets import script, style

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ON_EVERY_PAGE = {keys.ICON, style().key, script("theme").key}
"""What each page asks for beside itself."""
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
LOOKS = {"phone": (PHONE, "light"), "desktop-dark": (DESKTOP, "dark")}
"""What a scheme of colours changes does not depend on the width."""


def looks(names: str, *kinds: Iterable[str]) -> pytest.MarkDecorator:
    """Each page in each look; the fast tests see each page in one of the two, and neighbours in different ones.

    Args:
        names: the parameters: those of the page, then `size,scheme`.
        kinds: the pages; of several parameters, each with each.
    """
    found = []
    for i, page in enumerate(itertools.product(*map(list, kinds))):
        for j, (look, how) in enumerate(LOOKS.items()):
            marks = [pytest.mark.soak] if (i + i // 2 + j) % 2 else []
            found.append(pytest.param(*page, *how, marks=marks, id="-".join((*page, look))))
    return pytest.mark.parametrize(names, found)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        # A browser that runs as root cannot use its sandbox, and everything that it sees here is our own.
        rights = ["--no-sandbox"] if os.getuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=rights)
        yield opened
        opened.close()


class Watch:
    """What a page said, asked for and tried while it was open."""

    def __init__(self, page: Any) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", self._heard)
        page.on("dialog", lambda dialog: self.said.append(f"dialog: {dialog.message}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)
