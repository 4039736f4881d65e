"""What the pages say of a score: each criterion in words, what would raise it, how it went from release to release."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from catalog.score.criteria import HEADS, TODAY
from catalog.score.scores import Score, ScoredCriterion, ScoredRelease
from catalog.site.guards import span
from catalog.site.words import Words

SHOWN_SCORES = 60
"""How many of the newest releases the picture has."""
_COLOURS = ((90, "#13693f"), (70, "#00616b"), (0, "#8c5a00"), (-1, "#60717a"))
"""From how many points on; white text on each has a contrast of 5 or more."""
_SHARE_AT_LEAST = 0.0005
"""A smaller change of a criterion is not named."""


class CriterionShown(NamedTuple):
    """One criterion of the newest release."""

    id: str
    name: str
    weight: int
    value: float | None
    says: Markup
    why: str
    """Why it counts, and how much."""
    columns: str
    """The titles of columns that fall short, as a list."""


class HeadShown(NamedTuple):
    """The criteria under one head."""

    id: str
    name: str
    points: int | None
    criteria: list[CriterionShown]


class Advice(NamedTuple):
    """What a steward can do."""

    name: str
    says: str
    gain: str
    """The points that it would add, in words."""
    columns: str


class PastScore(NamedTuple):
    """The score of a release, and what differs from the one before."""

    n: int
    created: str
    points: int | None
    better: str
    worse: str


class Bar(NamedTuple):
    """A release in the picture: percent of its width and height."""

    x: str
    width: str
    y: str
    height: str


class Badge(NamedTuple):
    """The picture of a score: two fields with their texts."""

    label: str
    value: str
    left: int
    """Width of the label's field, in pixels; of the value's."""
    right: int
    colour: str


def badge(words: Words, score: Score) -> Badge:
    """Return what the picture of a score shows.

    Args:
        words: the language.
        score: of the dataset.
    """
    label = words("qualitypage.title")
    value = f"{score.score} / 100" if score.score is not None else words("qualitypage.scored_not")
    colour = next(colour for least, colour in _COLOURS if (score.score if score.score is not None else -1) >= least)
    return Badge(label, value, _pixels(label), _pixels(value), colour)


def _pixels(text: str) -> int:
    return 12 + sum(11 if mark > "\u2e7f" else 7 for mark in text)


def heads(words: Words, score: Score, titles: Mapping[str, str]) -> list[HeadShown]:
    """Return the six heads with their criteria.

    Args:
        words: the language.
        score: of the dataset.
        titles: of columns, by name.
    """
    return [
        HeadShown(
            head,
            words(f"qualitypage.head.{head}"),
            score.heads[head],
            [_criterion(words, each, titles) for each in score.criteria if each.head == head],
        )
        for head in HEADS
    ]


def advice(words: Words, score: Score, titles: Mapping[str, str]) -> list[Advice]:
    """Return what would raise the score, the most first; then what would let something be judged that is not."""
    short = [each for each in score.criteria if each.value is None or each.gain is not None]
    return [
        Advice(
            words(f"qualitypage.name.{each.id}"),
            words(f"qualitypage.advice.{each.id}"),
            _gain(words, each),
            _titles(words, each.columns, titles),
        )
        for each in sorted(short, key=lambda each: -(each.gain or 0))
    ]


def history(words: Words, score: Score) -> list[PastScore]:
    """Return the score of each release, the newest first; a criterion is named where it rose or fell."""
    shown = [
        PastScore(each.n, each.created, each.score, *_changed(words, score.order, before, each))
        for before, each in zip([None, *score.releases[:-1]], score.releases, strict=True)
    ]
    return shown[::-1]


def bars(score: Score) -> list[Bar]:
    """Return the picture of the newest releases: a column each, from 0 to 100 points."""
    shown = score.releases[-SHOWN_SCORES:]
    step = 100 / max(len(shown), 12)
    return [
        Bar(f"{i * step:.2f}%", f"{step * 0.7:.2f}%", f"{100 - (each.score or 0)}%", f"{each.score or 0}%")
        for i, each in enumerate(shown)
    ]


def _gain(words: Words, each: ScoredCriterion) -> Markup:
    if each.gain is None:
        return words("qualitypage.gain_none")
    return words("qualitypage.gain", points=f"{each.gain:.1f}") if each.gain >= 0.1 else words("qualitypage.gain_small")


def _criterion(words: Words, each: ScoredCriterion, titles: Mapping[str, str]) -> CriterionShown:
    return CriterionShown(
        id=each.id,
        name=words(f"qualitypage.name.{each.id}"),
        weight=each.weight,
        value=each.value,
        says=_says(words, each),
        why=words(f"qualitypage.why.{each.id}"),
        columns=_titles(words, each.columns, titles),
    )


def _says(words: Words, each: ScoredCriterion) -> Markup:
    if each.value is None:
        return words("qualitypage.not_judged")
    figures: dict[str, object] = dict(each.figures)
    if each.id == TODAY:
        figures["state"] = words(f"state.{each.figures['state']}.name")
    if "took" in figures:
        figures |= {name: span(words, int(each.figures[name])) for name in ("took", "limit")}
    return words(f"qualitypage.{'met' if each.value == 1 else 'unmet'}.{each.id}", **figures)


def _titles(words: Words, columns: Sequence[str], titles: Mapping[str, str]) -> str:
    return words.listed(titles.get(name, name) for name in columns) if columns else ""


def _changed(words: Words, order: Sequence[str], before: ScoredRelease | None, after: ScoredRelease) -> tuple[str, str]:
    """The names of the criteria that rose and of those that fell."""
    if before is None:
        return "", ""
    pairs = [
        (name, now - then)
        for name, then, now in zip(order, before.values, after.values, strict=True)
        if then is not None and now is not None
    ]
    better = [name for name, by in pairs if by > _SHARE_AT_LEAST]
    worse = [name for name, by in pairs if by < -_SHARE_AT_LEAST]
    return _names(words, better), _names(words, worse)


def _names(words: Words, criteria: Sequence[str]) -> str:
    return words.listed(words(f"qualitypage.name.{name}") for name in criteria) if criteria else ""
