"""Values of criteria -> scores, and `score.json` as types.

A score is 100 times the weighted mean of what can be judged, rounded down: 100 means that all of it is met.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from catalog.release.digest import Document, canonical, sha256
from catalog.score.criteria import CRITERIA, HEADS, TODAY, Criterion, Documents, Head, Judgement, today

FORMULA = 1
"""Raised when criteria, weights or the way they are judged change: then all scores are made anew."""
_DIGITS = 4
_ORDER = tuple(each.id for each in CRITERIA)

Points = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ScoredCriterion(_Form):
    """What one criterion found in the newest release."""

    id: str
    head: Head
    weight: int
    value: Share | None
    """None: it cannot be judged here, and does not count."""
    figures: dict[str, int | str]
    columns: list[str]
    """That fall short."""
    gain: float | None
    """Points that the score would rise by if it were met whole; None if it is met, or cannot be judged."""


class ScoredRelease(_Form):
    """One release in the history: by its documents alone, so that it never changes."""

    n: int
    sha256: str
    created: str
    score: Points | None
    values: list[Share | None]
    """In the order of `Score.order`."""


class Score(_Form):
    """`score.json`."""

    dataset: str
    formula: int
    release: int
    sha256: str
    state: str | None
    """How the dataset stood when this was made: fresh, held, overdue, failing."""
    score: Points | None
    heads: dict[Head, Points | None]
    criteria: list[ScoredCriterion]
    order: list[str]
    releases: list[ScoredRelease]
    """Oldest first."""
    seal: str
    """SHA-256 of all the rest as canonical JSON: a file that was altered is made anew."""

    @property
    def body(self) -> bytes:
        """The bytes of the file."""
        return canonical(self.model_dump())


def scored_release(documents: Documents) -> ScoredRelease:
    """Return what the history says of a release."""
    values = [_rounded(each.judge(documents).value) for each in CRITERIA]
    release = documents.release
    total = points(dict(zip(_ORDER, values, strict=True)))
    return ScoredRelease(n=release.n, sha256=release.sha256, created=release.created, score=total, values=values)


def score(documents: Documents, releases: Sequence[ScoredRelease], state: str | None) -> Score:
    """Return the score of a dataset.

    Args:
        documents: of the newest release.
        releases: all of them, oldest first.
        state: how the dataset stands now; None if that is not known.
    """
    found = {each.id: today(state) if each.id == TODAY else each.judge(documents) for each in CRITERIA}
    values = {name: _rounded(each.value) for name, each in found.items()}
    release = documents.release
    made = {
        "dataset": release.name,
        "formula": FORMULA,
        "release": release.n,
        "sha256": release.sha256,
        "state": state,
        "score": points(values),
        "heads": {head: points(_of_head(values, head)) for head in HEADS},
        "criteria": [_scored(each, found[each.id], values) for each in CRITERIA],
        "order": list(_ORDER),
        "releases": [each.model_dump() for each in releases],
    }
    return Score.model_validate(made | {"seal": _seal(made)})


def read(stored: object) -> Score | None:
    """Return what a stored `score.json` says; None if it is broken, altered, or of another formula."""
    try:
        found = Score.model_validate(stored)
    except ValidationError:
        return None
    rest = {name: each for name, each in found.model_dump().items() if name != "seal"}
    return found if found.formula == FORMULA and found.seal == _seal(rest) else None


def points(values: Mapping[str, float | None]) -> int | None:
    """Return the score of some criteria, 0 to 100; None if none of them can be judged.

    Args:
        values: by id.
    """
    judged = [(weight, value) for weight, value in _weighed(values) if value is not None]
    whole = sum(weight for weight, _ in judged)
    # The small summand keeps a sum of floats that is whole in truth from falling short of it.
    return math.floor(100 * sum(weight * value for weight, value in judged) / whole + 1e-9) if whole else None


def _weighed(values: Mapping[str, float | None]) -> Iterable[tuple[int, float | None]]:
    return ((each.weight, values[each.id]) for each in CRITERIA if each.id in values)


def _of_head(values: Mapping[str, float | None], head: Head) -> dict[str, float | None]:
    return {each.id: values[each.id] for each in CRITERIA if each.head == head}


def _scored(criterion: Criterion, found: Judgement, values: Mapping[str, float | None]) -> Document:
    value = values[criterion.id]
    whole = sum(weight for weight, each in _weighed(values) if each is not None)
    gain = None if value is None or value == 1 else round(100 * criterion.weight * (1 - value) / whole, 1)
    return {
        "id": criterion.id,
        "head": criterion.head,
        "weight": criterion.weight,
        "value": value,
        "figures": dict(found.figures),
        "columns": list(found.columns),
        "gain": gain,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)


def _seal(rest: Document) -> str:
    return sha256(canonical(rest))
