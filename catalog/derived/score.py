"""`score.json`: how good a dataset is, and was at each release; derived from documents and facts, never from rows.

A night without news reads this one file. A new release adds an entry, for which its own facts are read. A file that is
gone, altered or of an earlier formula is made anew from the documents of all releases.
"""

from collections.abc import Sequence

from catalog import keys
from catalog.errors import IntegrityError
from catalog.release import publish
from catalog.release.digest import Document
from catalog.release.document import Release
from catalog.score import scores
from catalog.score.criteria import Documents
from catalog.score.scores import Score, ScoredRelease
from catalog.site.sources import Reader, Standing
from catalog.store import Store, put_over


def update(public: Store, newest: Release, listed: Sequence[Document], standing: Standing | None) -> Score:
    """Add to score.json what was committed since it was written, and return it.

    Args:
        public: the store.
        newest: the newest release.
        listed: all releases that are not withdrawn, as releases.json lists them, oldest first.
        standing: how the dataset stands; None if that is not known.

    Raises:
        IntegrityError: a document or fact that is needed is missing, or not what was committed or can be judged.
    """
    stored = scores.read(publish.read_json(public, keys.score(newest.name)))
    state = standing.state if standing else None
    if stored and stored.sha256 == newest.sha256 and stored.state == state and len(stored.releases) == len(listed):
        return stored
    try:
        made = _made(public, newest, listed, _known(stored, listed), state)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise IntegrityError(
            f"{newest.name}: no score can be made of what its facts say, please report it: "
            f"{type(error).__name__}: {error}"
        ) from error
    put_over(public, keys.score(newest.name), made.body)
    return made


def _made(
    public: Store, newest: Release, listed: Sequence[Document], known: list[ScoredRelease], state: str | None
) -> Score:
    reader = Reader(public)
    for n in [each["n"] for each in listed][len(known) :]:
        release = newest if n == newest.n else publish.load(public, newest.name, n)
        known.append(scores.scored_release(_documents(reader, release)))
    return scores.score(_documents(reader, newest), known, state)


def _known(stored: Score | None, listed: Sequence[Document]) -> list[ScoredRelease]:
    """The entries of those releases that are still the same."""
    known: list[ScoredRelease] = []
    for entry, release in zip(stored.releases if stored else (), listed, strict=False):
        if (entry.n, entry.sha256) != (release["n"], release["sha256"]):
            break
        known.append(entry)
    return known


def _documents(reader: Reader, release: Release) -> Documents:
    released = reader.released(release)
    return Documents(released.release, released.schema, released.quality, released.declaration)
