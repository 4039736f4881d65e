"""How a release is fetched, read and cited: what a researcher copies from a page."""

import re
from typing import NamedTuple

from catalog import keys
from catalog.release.document import Release
from catalog.site.sources import Released
from catalog.site.views import contributors, parquet_paths, title
from catalog.site.words import Words

UNKNOWN = "https://…"
"""Stands in snippets and citations for the address of the store where that is not known.

A script puts the address of the page there, and without one the page says once what is meant.
"""

_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # BibTeX counts braces, escaped or not.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{mark: rf"\{mark}" for mark in "%&#_$"},
}


class Snippet(NamedTuple):
    """Code that reads a release."""

    name: str
    """As the text `snippet.<name>` explains it."""
    title: str
    code: str


class Citation(NamedTuple):
    """How a release is cited: a sentence, and an entry for a reference manager."""

    sentence: str
    bibtex: str


def snippets(release: Release, address: str | None) -> list[Snippet]:
    """Return code that fetches, verifies and reads a release by its address.

    A table in one file is read by that file's address. A table in many files takes their names from the document, so
    that the code does not grow with the history.
    """
    slug, n = release.name, release.n
    base = f"{address or UNKNOWN}/{keys.dataset(slug)}"
    paths = parquet_paths(release)
    file = f"{base}/{paths[0]}" if len(paths) == 1 else None
    document = f"datapackage-{n}.json"
    return [
        Snippet("shell", "curl", _SHELL.format(base=base, n=n)),
        Snippet(
            "pandas",
            "Python (pandas)",
            _PANDAS_ONE.format(file=file) if file else _PANDAS.format(base=base, document=document),
        ),
        Snippet(
            "duckdb", "DuckDB", _DUCKDB_ONE.format(file=file) if file else _DUCKDB.format(base=base, document=document)
        ),
        Snippet(
            "r" if file else "r_many",
            "R (arrow)",
            _R_ONE.format(file=file) if file else _R.format(base=base, document=document),
        ),
    ]


def citation(words: Words, released: Released, address: str | None) -> Citation:
    """Return how to cite a release, after APA 7 (https://apastyle.apa.org) and in BibTeX.

    Args:
        words: the language.
        released: the release with its facts.
        address: where readers reach the store, without a slash at the end; None if that is not known.
    """
    release = released.release
    authors = contributors(words, released, "creator") or contributors(words, released, "publisher")
    publishers = contributors(words, released, "publisher") or authors
    created = release.created
    values = {
        "authors": words("cite.and").join(authors),
        "publisher": words("cite.and").join(publishers),
        "title": title(words, released),
        "year": created[:4],
        "day": words.day(created),
        "version": release.version,
        "n": str(release.n),
        "address": f"{address or UNKNOWN}/{keys.document(released.slug, release.n)}",
        "sha256": release.sha256,
    }
    bibtex = _BIBTEX.format(
        key=f"{released.slug}-{release.n}",
        day=created[:10],
        note=_tex(words.plain("cite.note", **values)),
        **{name: _tex(str(values[name])) for name in ("title", "publisher", "year", "version")},
        authors=" and ".join(f"{{{_tex(each)}}}" for each in authors),
        address=values["address"],
    )
    same = values["authors"] == values["publisher"]
    return Citation(words.plain("cite.sentence_own" if same else "cite.sentence", **values), bibtex)


def _tex(text: str) -> str:
    return "".join(_TEX.get(mark, mark) for mark in re.sub(r"\s+", " ", text))


_SHELL = """\
base={base}
curl -sSf -O "$base/SHA256SUMS-{n}"
cut -c67- SHA256SUMS-{n} | while read -r file; do
    curl -sSf --create-dirs -o "$file" "$base/$file"
done
sha256sum -c SHA256SUMS-{n}
"""

_PANDAS_ONE = """\
import pandas

data = pandas.read_parquet("{file}")
"""

_PANDAS = """\
import json
import urllib.request

import pandas

base = "{base}/"
with urllib.request.urlopen(base + "{document}") as answer:
    release = json.load(answer)
files = [one["path"] for one in release["resources"] if one["path"].startswith("data/")]
data = pandas.concat(pandas.read_parquet(base + path) for path in files if path.endswith(".parquet"))
"""

_DUCKDB_ONE = """\
INSTALL httpfs; LOAD httpfs;
SELECT * FROM read_parquet('{file}');
"""

_DUCKDB = """\
INSTALL httpfs; LOAD httpfs;
SET VARIABLE base = '{base}/';
SET VARIABLE files = (
    SELECT list(getvariable('base') || file.path)
    FROM (SELECT unnest(resources) AS file FROM read_json(getvariable('base') || '{document}'))
    WHERE file.path LIKE 'data/%.parquet'
);
SELECT * FROM read_parquet(getvariable('files'));
"""

_R_ONE = """\
local <- tempfile(fileext = ".parquet")
download.file("{file}", local, mode = "wb")
data <- arrow::read_parquet(local)
"""

_R = """\
base <- "{base}/"
release <- jsonlite::fromJSON(paste0(base, "{document}"))
files <- grep("^data/.*[.]parquet$", release$resources$path, value = TRUE)
data <- do.call(rbind, lapply(files, function(path) {{
  local <- tempfile(fileext = ".parquet")
  download.file(paste0(base, path), local, mode = "wb")
  arrow::read_parquet(local)
}}))
"""

_BIBTEX = """\
@misc{{{key},
  author       = {{{authors}}},
  title        = {{{{{title}}}}},
  year         = {{{year}}},
  version      = {{{version}}},
  publisher    = {{{{{publisher}}}}},
  howpublished = {{\\url{{{address}}}}},
  note         = {{{note}}}
}}
"""
