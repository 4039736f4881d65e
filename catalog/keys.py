"""The key layout of both stores: the one place that builds a key or says how its object is served.

Public keys follow section "key layout" of docs/layout.md; all are relative to the store's root.
"""

import re
from typing import NamedTuple

from catalog.errors import StoreError

SHA_SHORT = 16
"""Hex digits of the SHA-256 in a file's name; the document holds all 64."""

SOURCE_KIND = "source.json"
"""In both stores: which kind of sources all of it came from."""

LANGUAGES = ("zh-TW", "en")
"""Of the site; the first is that of the ministry, whose pages have the shorter names."""

STYLE = "site/style.css"
"""For pages that were kept before the style sheet was content-addressed."""
ICON = "site/icon.svg"
SITE_LEDGER = "site/made-of.json"
"""What the pages of the site were made of, so that they are written again only when that changed."""

SEARCH = "site/search/"
"""Begins the key of every file of the index of the search."""
SEARCH_HEAD = f"{SEARCH}head.json"
SEARCH_NUMBERS = f"{SEARCH}numbers.json"
"""The number of each dataset in the index: for the writer alone."""

READ_BACK = ("candidates/", "releases/")
"""Private keys of what a run writes and reads next begin so: candidates, and copies of release documents."""

DECISIONS = "decisions/"
"""Begins the private key of every decision."""

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=+@-]*")
_LONGEST_SEGMENT, _LONGEST_KEY = 255, 900
"""Characters: file systems take no longer name, and S3 no key of more than 1024, with the prefix of the store."""
_TYPES = {
    ".json": "application/json",
    ".json.gz": "application/gzip",
    ".jsonld": "application/ld+json",
    ".parquet": "application/vnd.apache.parquet",
    ".csv.gz": "application/gzip",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".xml": "application/atom+xml",
    ".duckdb": "application/octet-stream",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_IMMUTABLE = re.compile(
    r"datasets/[^/]+/(?:(?:data|schema|facts|notices)/.+|datapackage-\d+\.json)"
    r"|evidence/(?:blobs/.+|[^/]+/\d+\.(?:outcome\.)?json)|candidates/[^/]+/[0-9a-f]{64}/.+|releases/[^/]+/\d+\.json"
)
_ADDRESSED = re.compile(r"site/[^/]+\.[0-9a-f]{16}\.[a-z0-9]+")
"""Derived, but the name says which bytes it is: a browser may keep it for ever, and one that is broken is mended."""


NIGHTS = "nights/"
"""Begins the private keys of the reports of nights."""
NIGHT_TOLD = "nights/told.json"
"""Private: what the report before said, and what each person was told."""

PROBE = "probe/"
"""Begins the keys by which a store is tried; each is removed again, unless who tried was killed."""
MARKED = "gc/marked.json"
"""Private: since when nothing names an object that garbage collection has seen."""
LEAVING = "gc/leaving.json"
"""Private: what garbage collection is deleting right now."""
BLOBS = "evidence/blobs/"
"""Begins the private key of every body."""


class Headers(NamedTuple):
    """How an object is served."""

    content_type: str
    cache_control: str


def check_key(key: str) -> str:
    """Return the key if it is safe in every store, as a path and as an address.

    Raises:
        StoreError: a segment is empty, starts with a dot or holds a character outside `A-Za-z0-9._=+@-`; or it is too
            long for some store.
    """
    if not key or not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        raise StoreError(f"{key!r} is not a key: expected segments of A-Za-z0-9._=+@- that do not start with a dot")
    if len(key) > _LONGEST_KEY or max(map(len, key.split("/"))) > _LONGEST_SEGMENT:
        raise StoreError(
            f"{key[:40]!r}... is not a key: expected at most {_LONGEST_KEY} characters, and {_LONGEST_SEGMENT} between "
            f"slashes; found {len(key)}"
        )
    return key


def headers(key: str) -> Headers:
    """Say with which type and cache rule an object is served; only immutable keys may be cached unasked."""
    name = key.rsplit("/", 1)[-1]
    if name.startswith("SHA256SUMS"):
        content_type = "text/plain; charset=utf-8"
    else:
        content_type = next((kind for end, kind in _TYPES.items() if name.endswith(end)), "application/octet-stream")
    stays = _IMMUTABLE.fullmatch(key) or _ADDRESSED.fullmatch(key)
    cache = "public, max-age=31536000, immutable" if stays else "no-cache"
    return Headers(content_type, cache)


def create_only(key: str) -> bool:
    """Say whether an object is created once and never replaced."""
    return key == SOURCE_KIND or key.startswith(DECISIONS) or _IMMUTABLE.fullmatch(key) is not None


def dataset(slug: str, path: str = "") -> str:
    """Return the public key of a path below a dataset's folder."""
    return f"datasets/{slug}/{path}" if path else f"datasets/{slug}"


def dataset_of(key: str) -> str | None:
    """Return the dataset whose folder a public key, or the beginning of one, lies in; None for no dataset's."""
    parts = key.split("/", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "datasets" else None


def document(slug: str, n: int) -> str:
    """Return the key whose creation is the commit of release n."""
    return dataset(slug, f"datapackage-{n}.json")


def pointer(slug: str) -> str:
    """Return the key of the copy of the newest release's document."""
    return dataset(slug, "datapackage.json")


def sums(slug: str, n: int) -> str:
    """Return the key of the checksum list of release n."""
    return dataset(slug, f"SHA256SUMS-{n}")


def releases(slug: str) -> str:
    """Return the key of the derived list of a dataset's releases."""
    return dataset(slug, "releases.json")


def spreadsheet(slug: str, label: str | None, end: str) -> str:
    """Return the key of a derived file for spreadsheet programs.

    Args:
        slug: the dataset.
        label: of a period; None for a whole table, whose file lies at the top of the dataset's folder.
        end: xlsx or csv.
    """
    return f"{spreadsheets_folder(slug)}{slug}_{label}.{end}" if label else dataset(slug, f"{slug}.{end}")


def spreadsheets_folder(slug: str) -> str:
    """Return the beginning of the keys of the files that periods have for spreadsheet programs."""
    return dataset(slug, "excel/")


def spreadsheets(slug: str) -> str:
    """Return the key of the derived list of a dataset's files for spreadsheet programs."""
    return dataset(slug, "excel.json")


def figures(slug: str) -> str:
    """Return the key of a dataset's derived newest figures."""
    return dataset(slug, "figures.json")


def profile(slug: str) -> str:
    """Return the key of the derived summary of a dataset's columns and periods."""
    return dataset(slug, "profile.json")


def profile_parts(slug: str) -> str:
    """Return the key of what that summary is merged from, partition by partition."""
    return dataset(slug, "profile-parts.json")


def score(slug: str) -> str:
    """Return the key of a dataset's derived score."""
    return dataset(slug, "score.json")


def badge(slug: str, language: str) -> str:
    """Return the key of the derived picture of a dataset's score."""
    return dataset(slug, f"badge{_of_language(language)}.svg")


def status(slug: str) -> str:
    """Return the key of a dataset's derived status."""
    return dataset(slug, "status.json")


def site_file(name: str, sha256: str, end: str) -> str:
    """Return the key of a file that pages name: a style sheet or a script; `end` begins with a dot."""
    return f"site/{file_name(name, sha256, end.removeprefix('.'))}"


def home_page(language: str) -> str:
    """Return the key of the site's first page."""
    return f"index{_of_language(language)}.html"


def search_page(language: str) -> str:
    """Return the key of the page of the search."""
    return f"search{_of_language(language)}.html"


def search_file(name: str) -> str:
    """Return the key of a file of the index of the search."""
    return f"{SEARCH}{name}"


def dataset_page(slug: str, language: str) -> str:
    """Return the key of a dataset's page."""
    return dataset(slug, home_page(language))


def explore_page(slug: str, language: str) -> str:
    """Return the key of the page on which a reader explores a dataset."""
    return dataset(slug, f"explore{_of_language(language)}.html")


def release_page(slug: str, n: int, language: str) -> str:
    """Return the key of the page of release n."""
    return dataset(slug, f"release-{n}{_of_language(language)}.html")


def history_page(slug: str, language: str, part: int = 0) -> str:
    """Return the key of the page of all changes of a dataset, or of a part of its older releases, counted from 1."""
    return dataset(slug, f"changes{f'-{part}' if part else ''}{_of_language(language)}.html")


def compare_page(slug: str, language: str) -> str:
    """Return the key of the page on which a reader compares any two releases of a dataset."""
    return dataset(slug, f"compare{_of_language(language)}.html")


def changes_page(language: str) -> str:
    """Return the key of the page of the newest changes of all datasets."""
    return f"changes{_of_language(language)}.html"


def site_page(name: str, language: str) -> str:
    """Return the key of a page that is of no dataset, as `places/index` or `about`."""
    return f"site/{name}{_of_language(language)}.html"


def quality_page(slug: str, language: str) -> str:
    """Return the key of the page of a dataset's quality."""
    return dataset(slug, f"quality{_of_language(language)}.html")


def _of_language(language: str) -> str:
    return "" if language == LANGUAGES[0] else f".{language}"


def notice(slug: str, i: int) -> str:
    """Return the key of notice i of a dataset."""
    return dataset(slug, f"notices/{i}.json")


def evidence(slug: str, k: int) -> str:
    """Return the private key of evidence record k."""
    return f"evidence/{slug}/{k:08d}.json"


def evidence_folder(slug: str) -> str:
    """Return the beginning of the private keys of a dataset's evidence."""
    return f"evidence/{slug}/"


def outcome(slug: str, k: int) -> str:
    """Return the private key of what became of evidence k."""
    return f"evidence/{slug}/{k:08d}.outcome.json"


def blob(sha256: str) -> str:
    """Return the private key of a body, compressed, by the SHA-256 of its uncompressed bytes."""
    return f"{BLOBS}{sha256}"


def candidate(slug: str, identity: str, path: str = "document.json") -> str:
    """Return the private key of a file of a candidate."""
    return f"candidates/{slug}/{identity}/{path}"


def waiting(slug: str) -> str:
    """Return the private key that names the candidate that waits for a steward, if any."""
    return f"candidates/{slug}/waiting.json"


def failing(slug: str) -> str:
    """Return the private key of why a dataset fails, with what only stewards may read: derived, as its status."""
    return f"evidence/{slug}/failing.json"


def kept_documents(slug: str) -> str:
    """Return the beginning of the private keys of the copies of a dataset's release documents."""
    return f"releases/{slug}/"


def kept_document(slug: str, n: int) -> str:
    """Return the private key of the copy of release n's document: a witness that readers cannot reach."""
    return f"{kept_documents(slug)}{n:08d}.json"


def night(at: str, end: str) -> str:
    """Return the private key of the report of a night.

    Args:
        at: when it was made, as `20261122T033000`.
        end: `.json`, or `.html` and `.en.html` for the pages.
    """
    return f"nights/{at}{end}"


def night_newest(end: str) -> str:
    """Return the private key of the newest report of a night."""
    return f"nights/newest{end}"


def decision(slug: str, i: int) -> str:
    """Return the private key of decision i."""
    return f"{DECISIONS}{slug}/{i:08d}.json"


def tombstone(sha256: str) -> str:
    """Return the private key of what stays of a body that was purged."""
    return f"evidence/purged/{sha256}.json"


def candidates(slug: str) -> str:
    """Return the beginning of the private keys of a dataset's candidates."""
    return f"candidates/{slug}/"


def number(key: str) -> int | None:
    """Return the number that the name of an object has: of a record, an outcome, a release; None if it has none."""
    name = re.fullmatch(r"(?:datapackage-|SHA256SUMS-)?([0-9]+)(?:\..*)?", key.rpartition("/")[2])
    return int(name[1]) if name else None


def file_name(stem: str, sha256: str, end: str) -> str:
    """Return `<stem>.<sha16>.<end>`: a name that makes sense on a disk and says which bytes it is."""
    return f"{stem}.{sha256[:SHA_SHORT]}.{end}"
