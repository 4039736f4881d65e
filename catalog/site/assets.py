"""What a page hands to the browser: the style sheet, scripts, and the data that a script reads.

Style sheet and scripts are content-addressed: their names say which bytes they are, so that a browser keeps them for
ever and a page always gets those that it was made with. Scripts are bundled at set-up, from browser/ into built/.
"""

import functools
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from markupsafe import Markup

from catalog import keys
from catalog.errors import MinshengError
from catalog.release.digest import sha256
from catalog.site.words import FOLDER, UNSEEN

BUILT = FOLDER / "built"
SCRIPTS = ("chart", "compare", "copy", "explore", "search", "theme")
"""The entry points: for each, browser/<name>.ts is bundled into built/<name>.js."""

_ACTIVE = re.compile("[<>&'\u2028\u2029]")


class MissingBundle(MinshengError):
    """A script of the site was not bundled."""


class Asset(NamedTuple):
    """A file that pages name."""

    key: str
    body: bytes


def style() -> Asset:
    """Return the style sheet of all pages, without what only people read.

    Raises:
        MissingBundle: it was not made.
    """
    return _built("style.css")


def other_style() -> Asset:
    """Return the style sheet of all pages but those of datasets, beside that of all.

    Raises:
        MissingBundle: it was not made.
    """
    return _built("other.css")


def sheet(name: str) -> Asset | None:
    """Return the style sheet of what a script draws, by the name of its entry point; None where it has none.

    Raises:
        MissingBundle: it was not made.
    """
    return _built(f"{name}.css") if (FOLDER / "browser" / f"{name}.css").is_file() else None


def script(name: str) -> Asset:
    """Return a script, by the name of its entry point.

    Raises:
        MissingBundle: it was not bundled.
    """
    return _built(f"{name}.js")


def _built(name: str) -> Asset:
    path = BUILT / name
    if not path.is_file():
        raise MissingBundle(f"{path} is missing: the browser code of the site is bundled at set-up; run make setup")
    return _addressed(path)


def all_assets() -> list[Asset]:
    """Return every file that pages name.

    The style sheet is also at the address that it had before it was content-addressed, for pages that were kept or
    copied then.

    Raises:
        MissingBundle: a script was not bundled.
    """
    of_all = style()
    fixed = [Asset(keys.STYLE, of_all.body), Asset(keys.ICON, (FOLDER / "icon.svg").read_bytes())]
    return [*fixed, of_all, other_style(), *filter(None, map(sheet, SCRIPTS)), *map(script, SCRIPTS)]


def data_json(value: Any) -> Markup:
    """Return JSON that stands in a page as the text of `<script type="application/json">`.

    No character of it can end the element, and a page can hold each; who reads the JSON gets the value as it was.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Markup(UNSEEN.sub(_escaped, _ACTIVE.sub(_escaped, text)))  # noqa: S704  nothing active is left


def _escaped(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


@functools.cache
def _addressed(path: Path) -> Asset:
    """Read a file; a process reads it once, and all its pages name the same."""
    body = path.read_bytes()
    return Asset(keys.site_file(path.stem, sha256(body), path.suffix), body)
