"""A real browser, and what pages say, ask for and try in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from catalog import keys
from catalog.site.assets import script, style

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ON_EVERY_PAGE = {keys.ICON, style().key, script("theme").key}
"""What each page asks for beside itself."""
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


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
